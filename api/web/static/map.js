// The map beside a ranked list. Without this script its table says the same; nothing is asked of another site.
"use strict";

(async () => {
  const box = document.getElementById("carte");
  const places = JSON.parse(document.getElementById("carte-lieux").textContent);
  const outlines = await (await fetch(box.dataset.outlines)).json();
  box.hidden = false;
  const map = L.map(box, {
    attributionControl: false, // said in words under the map
    fadeAnimation: false,
    zoomAnimation: false,
    markerZoomAnimation: false,
    scrollWheelZoom: false, // the wheel scrolls the page
    zoomControl: false,
    maxZoom: 13,
  });
  L.control.zoom({ zoomInTitle: "Agrandir", zoomOutTitle: "Réduire" }).addTo(map);
  L.control.scale({ imperial: false }).addTo(map);
  L.geoJSON(outlines, {
    style: { className: "land" },
    interactive: false,
    onEachFeature: (one, layer) =>
      layer.bindTooltip(one.properties.name, { permanent: true, direction: "center", className: "land-name" }),
  }).addTo(map);

  const text = (...lines) => {
    const whole = document.createElement("div");
    for (const line of lines) {
      const row = document.createElement("div");
      row.textContent = line; // never as HTML: names come from files
      whole.append(row);
    }
    return whole;
  };
  const mark = (at, className, label, options) =>
    L.marker(at, { icon: L.divIcon({ className, html: text(label), iconSize: null }), ...options });

  const points = places.pins.map((one) => [one.lat, one.lon]);
  if (places.target) {
    const at = [places.target.lat, places.target.lon];
    mark(at, "aim", "", { interactive: false, keyboard: false, zIndexOffset: -1000 }).addTo(map);
    points.push(at);
  }

  // Pins that would lie over one another are one: each stays large enough to be hit, and is read whole.
  const together = () => {
    const groups = places.pins.map((one) => ({ pins: [one], actors: one.actors, at: map.latLngToLayerPoint([one.lat, one.lon]) }));
    const label = (group) => group.actors.map(([rank]) => rank).join(", ");
    const half = (group) => 20 + 4 * label(group).length;
    for (let again = true; again; ) {
      again = false;
      for (const one of groups) {
        const near = groups.find(
          (other) =>
            other !== one &&
            Math.abs(other.at.x - one.at.x) < half(one) + half(other) &&
            Math.abs(other.at.y - one.at.y) < 34,
        );
        if (near) {
          one.pins = [...one.pins, ...near.pins];
          one.actors = [...one.actors, ...near.actors].sort((a, b) => a[0] - b[0]);
          groups.splice(groups.indexOf(near), 1);
          again = true;
          break;
        }
      }
    }
    return groups.map((group) => ({ ...group, label: label(group) }));
  };

  const shown = L.layerGroup().addTo(map);
  const draw = () => {
    shown.clearLayers();
    for (const group of together()) {
      const lines = group.pins.flatMap((one) => [
        one.place,
        ...one.actors.map(([rank, name, far]) => `${rank}. ${name}${far ? `, ${far}` : ""}`),
      ]);
      mark([group.pins[0].lat, group.pins[0].lon], "pin", group.label, { title: lines.join(" ; ") })
        .bindPopup(text(...lines))
        .addTo(shown);
    }
  };
  map.fitBounds(L.latLngBounds(points).pad(0.2), { maxZoom: 10 });
  draw();
  map.on("zoomend", draw);
})();
