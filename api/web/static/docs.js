// Opens Swagger UI over the description of the API.
"use strict";

const box = document.getElementById("swagger-ui");
SwaggerUIBundle({
  url: box.dataset.url,
  dom_id: "#swagger-ui",
  layout: "BaseLayout",
  deepLinking: true,
  presets: [SwaggerUIBundle.presets.apis, SwaggerUIBundle.SwaggerUIStandalonePreset],
});
