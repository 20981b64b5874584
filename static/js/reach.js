// The circle on the map of a promo is drawn wider or narrower; the field beside it says the same, and is what is sent.
(() => {
  "use strict";

  const EDGE = 96;
  let map = null;

  const field = () => document.getElementById("max_distance_km");

  function unitsAt(event) {
    const box = map.getBoundingClientRect();
    const scale = 200 / box.width;
    const x = (event.clientX - box.left) * scale - 100;
    const y = (event.clientY - box.top) * scale - 100;
    return Math.min(EDGE, Math.max(1, Math.hypot(x, y)));
  }

  function draw(event) {
    const units = unitsAt(event);
    map.querySelector(".map-reach").setAttribute("r", units);
    map.querySelector(".map-handle").setAttribute("cx", units);
    field().value = Number((units * map.dataset.kmPerUnit).toPrecision(3));
  }

  document.addEventListener("pointerdown", (event) => {
    if (!event.target.matches("[data-reach] .map-handle") || field().matches(":disabled")) return;
    event.preventDefault();
    map = event.target.closest("[data-reach]");
    event.target.setPointerCapture(event.pointerId);
  });

  document.addEventListener("pointermove", (event) => map && draw(event));

  document.addEventListener("pointerup", () => {
    if (!map) return;
    map = null;
    field().dispatchEvent(new Event("input", { bubbles: true }));
  });
})();
