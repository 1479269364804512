// A button that prints the page. Without this script the browser's own command does.
"use strict";

(() => {
  const button = document.getElementById("imprimer");
  if (!button) return;
  button.hidden = false;
  button.addEventListener("click", () => window.print());
})();
