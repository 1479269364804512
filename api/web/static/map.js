// The map beside a ranked list. Without this script its table says the same; nothing is asked of another site.
"use strict";

(async () => {
  const box = document.getElementById("carte");
  const places = JSON.parse(document.getElementById("carte-lieux").textContent);
  const [outlines, landmarks] = await Promise.all(
    [box.dataset.outlines, box.dataset.landmarks].map(async (address) => (await fetch(address)).json()),
  );
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
  map.createPane("names"); // under the labels of actors (style.css)
  L.geoJSON(outlines, {
    style: { className: "land" },
    interactive: false,
    onEachFeature: (one, layer) =>
      layer.bindTooltip(one.properties.name, { permanent: true, direction: "center", className: "land-name", pane: "names" }),
  }).addTo(map);

  L.geoJSON(landmarks, {
    style: (landmark) => ({ className: landmark.properties.kind }),
    interactive: false,
    pointToLayer: (landmark, at) => L.circleMarker(at, { radius: 2, className: "town", interactive: false }),
    onEachFeature: (landmark, layer) =>
      layer.bindTooltip(landmark.properties.name, {
        permanent: true,
        direction: landmark.properties.kind === "town" ? "right" : "center",
        className: `${landmark.properties.kind}-name`,
        pane: "names",
      }),
  }).addTo(map);

  const element = (tag, words, attributes = {}) => {
    const made = Object.assign(document.createElement(tag), attributes);
    made.textContent = words; // never as HTML: names come from files
    return made;
  };
  const mark = (at, className, label, options) =>
    L.marker(at, { icon: L.divIcon({ className, html: element("div", label), iconSize: null }), ...options });

  const points = places.pins.map((one) => [one.lat, one.lon]);
  if (places.target) {
    const at = [places.target.lat, places.target.lon];
    mark(at, "aim", "", { interactive: false, keyboard: false, zIndexOffset: -1000 }).addTo(map);
    points.push(at);
  }

  // Labels that would lie over one another are one: it stays large enough to be hit, and is read whole. It lies in the
  // middle of its places, which keep their own dots, with a line to each.
  const together = () => {
    const groups = places.pins.map((pin) => ({ pins: [pin], at: map.latLngToLayerPoint([pin.lat, pin.lon]) }));
    const actors = (group) => group.pins.flatMap((pin) => pin.actors).sort((a, b) => a.rank - b.rank);
    const label = (group) => actors(group).map((actor) => actor.rank).join(", ");
    const half = (group) => 20 + 4 * label(group).length;
    const overlap = (group, other) =>
      Math.abs(other.at.x - group.at.x) < half(group) + half(other) && Math.abs(other.at.y - group.at.y) < 34;
    for (let again = true; again; ) {
      again = false;
      for (const group of groups) {
        const near = groups.find((other) => other !== group && overlap(group, other));
        if (near) {
          const count = group.pins.length + near.pins.length;
          group.at = group.at.multiplyBy(group.pins.length).add(near.at.multiplyBy(near.pins.length)).divideBy(count);
          group.pins = [...group.pins, ...near.pins];
          groups.splice(groups.indexOf(near), 1);
          again = true;
          break;
        }
      }
    }
    return groups.map((group) => ({ ...group, label: label(group), ranks: actors(group).map((actor) => actor.rank) }));
  };

  const popup = (group) => {
    const whole = document.createElement("div");
    for (const pin of group.pins) {
      whole.append(element("div", pin.place, { className: "place" }));
      for (const actor of pin.actors) {
        const line = document.createElement("div");
        line.append(element("a", `${actor.rank}.`, { href: `#rang-${actor.rank}`, title: "Sa ligne dans la liste" }));
        line.append(" ", element("a", actor.name, { href: actor.address }));
        if (actor.distance) line.append(`, ${actor.distance}`);
        whole.append(line);
      }
    }
    return whole;
  };
  const inWords = (group) =>
    group.pins
      .flatMap((pin) => [pin.place, ...pin.actors.map(({ rank, name, distance }) => `${rank}. ${name}${distance ? `, ${distance}` : ""}`)])
      .join(" ; ");

  const shown = L.layerGroup().addTo(map);
  let markers = new Map(); // rank → the label that it is read on
  const line = (rank) => document.getElementById(`rang-${rank}`);
  const light = (ranks, on) => ranks.forEach((rank) => line(rank)?.classList.toggle("lit", on));
  const draw = () => {
    shown.clearLayers();
    markers = new Map();
    for (const group of together()) {
      const at = map.layerPointToLatLng(group.at);
      for (const pin of group.pins) {
        const own = [pin.lat, pin.lon];
        if (group.pins.length > 1) L.polyline([at, own], { className: "leader", interactive: false }).addTo(shown);
        L.circleMarker(own, { radius: 4, className: "spot", interactive: false }).addTo(shown);
      }
      const marker = mark(at, "pin", group.label, { title: inWords(group) }).bindPopup(popup(group)).addTo(shown);
      marker.on("mouseover focus", () => light(group.ranks, true));
      marker.on("mouseout blur", () => light(group.ranks, false));
      for (const rank of group.ranks) markers.set(rank, marker);
    }
  };
  map.fitBounds(L.latLngBounds(points).pad(0.2), { maxZoom: 10 });
  draw();
  // Names of rivers and roads would hide one another from afar.
  const near = () => box.classList.toggle("near", map.getZoom() >= 10);
  near();
  map.on("zoomend", draw).on("zoomend", near);

  for (const { rank } of places.pins.flatMap((pin) => pin.actors)) {
    const own = line(rank);
    if (!own) continue;
    const toggle = (on) => markers.get(rank)?.getElement()?.classList.toggle("lit", on);
    own.addEventListener("mouseenter", () => toggle(true));
    own.addEventListener("mouseleave", () => toggle(false));
    const button = element("button", "Voir sur la carte", { type: "button", className: "second small on-map" });
    button.addEventListener("click", () => {
      box.scrollIntoView({ block: "nearest" });
      const marker = markers.get(rank);
      marker.openPopup();
      marker.getElement().focus();
    });
    (own.querySelector(".acts") ?? own).append(button);
  }
})();
