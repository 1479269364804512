// The map of takeovers to come. Without this script the table says the same; nothing is asked of another site.
"use strict";

(async () => {
  const box = document.getElementById("carte");
  const { areas } = JSON.parse(document.getElementById("carte-territoires").textContent);
  const territories = await (await fetch(box.dataset.territories)).json();
  box.hidden = false;
  const map = L.map(box, {
    attributionControl: false, // said in words under the tables
    fadeAnimation: false,
    zoomAnimation: false,
    scrollWheelZoom: false, // the wheel scrolls the page
    zoomControl: false,
    zoomSnap: 0.25,
    maxZoom: 11,
  });
  L.control.zoom({ zoomInTitle: "Agrandir", zoomOutTitle: "Réduire" }).addTo(map);
  L.control.scale({ imperial: false }).addTo(map);
  const words = (text) => {
    const line = document.createElement("div");
    line.textContent = text; // never as HTML
    return line;
  };
  const layer = L.geoJSON(territories, {
    style: (territory) => {
      const area = areas[territory.properties.code];
      return { className: area ? `area shade-${area.shade}` : "area" };
    },
    onEachFeature: (territory, shape) => {
      const area = areas[territory.properties.code];
      shape.bindTooltip(words(area ? area.words : `${territory.properties.name} : trop peu d’entreprises`), { sticky: true });
    },
  }).addTo(map);
  map.fitBounds(layer.getBounds());
})();
