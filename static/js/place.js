// The pin of a store: dragged, put down or moved by arrow keys, it writes the two fields; what is typed there moves it.
(() => {
  "use strict";

  const EARTH_KM = 6371.0088;
  const RADIANS = Math.PI / 180;
  const STEP = 2;
  const WAYS = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] };
  let dragged = null;

  const map = () => document.querySelector("[data-place]");
  const field = (name) => document.getElementById(name);

  function middle() {
    const { latitude, longitude } = map().dataset;
    return [Number(latitude), Number(longitude)];
  }

  // Where the fields say that the store is; null while they say nothing that could be true.
  function named() {
    const typed = ["latitude", "longitude"].map((name) => field(name).value.trim().replace(",", "."));
    const [latitude, longitude] = typed.map(Number);
    const known = typed.every(Boolean) && Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180;
    return known ? [latitude, longitude] : null;
  }

  // From a place so many units east and south; the map is true from there.
  function moved([latitude, longitude], x, y) {
    const angle = (Math.hypot(x, y) * map().dataset.kmPerUnit) / EARTH_KM;
    const course = Math.atan2(x, -y);
    const from = latitude * RADIANS;
    const sine = Math.sin(from) * Math.cos(angle) + Math.cos(from) * Math.sin(angle) * Math.cos(course);
    const east = Math.sin(course) * Math.sin(angle) * Math.cos(from);
    const turn = Math.atan2(east, Math.cos(angle) - Math.sin(from) * sine) / RADIANS;
    return [Math.asin(Math.max(-1, Math.min(1, sine))) / RADIANS, ((longitude + turn + 540) % 360) - 180];
  }

  function unitsTo([latitude, longitude]) {
    const [from, to] = [middle()[0] * RADIANS, latitude * RADIANS];
    const turn = (longitude - middle()[1]) * RADIANS;
    const half = Math.sin((to - from) / 2) ** 2 + Math.cos(from) * Math.cos(to) * Math.sin(turn / 2) ** 2;
    const away = (2 * EARTH_KM * Math.asin(Math.sqrt(Math.min(1, half)))) / map().dataset.kmPerUnit;
    const north = Math.cos(from) * Math.sin(to) - Math.sin(from) * Math.cos(to) * Math.cos(turn);
    const course = Math.atan2(Math.sin(turn) * Math.cos(to), north);
    return [away * Math.sin(course), -away * Math.cos(course)];
  }

  function draw() {
    const place = named();
    const pin = map().querySelector(".place-pin");
    const at = place ? unitsTo(place) : [0, 0];
    pin.setAttribute("transform", `translate(${at.map((units) => units.toFixed(2)).join(" ")})`);
    pin.classList.toggle("place-pin-unset", !place);
    pin.setAttribute("aria-valuetext", place ? place.map((degrees) => degrees.toFixed(5)).join(", ") : "No place yet");
    if (place) pin.setAttribute("aria-valuenow", place[0]);
  }

  function write(place) {
    ["latitude", "longitude"].forEach((name, at) => (field(name).value = Number(place[at].toFixed(5))));
    draw();
  }

  const tell = () => field("latitude").dispatchEvent(new Event("input", { bubbles: true }));

  function unitsAt(event) {
    const box = map().getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top].map((px) =>
      Math.max(-100, Math.min(100, (px * 200) / box.width - 100)),
    );
  }

  document.addEventListener("pointerdown", (event) => {
    const pin = event.target.closest("[data-place] .place-pin");
    if (!pin || event.button) return;
    event.preventDefault();
    pin.focus();
    pin.setPointerCapture(event.pointerId);
    const [x, y] = unitsAt(event);
    const [atX, atY] = named() ? unitsTo(named()) : [0, 0];
    dragged = [atX - x, atY - y];
  });

  document.addEventListener("pointermove", (event) => {
    if (!dragged) return;
    const [x, y] = unitsAt(event);
    write(moved(middle(), x + dragged[0], y + dragged[1]));
  });

  ["pointerup", "pointercancel"].forEach((kind) =>
    document.addEventListener(kind, () => {
      if (!dragged) return;
      dragged = null;
      tell();
    }),
  );

  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-place]") || event.target.closest(".place-pin")) return;
    write(moved(middle(), ...unitsAt(event)));
    tell();
  });

  document.addEventListener("keydown", (event) => {
    const way = WAYS[event.key];
    if (!way || !event.target.matches?.("[data-place] .place-pin")) return;
    event.preventDefault();
    const far = event.shiftKey ? 10 * STEP : STEP;
    write(moved(named() ?? middle(), way[0] * far, way[1] * far));
    tell();
  });

  document.addEventListener("input", (event) => {
    if (map() && event.target.matches("#latitude, #longitude")) draw();
  });

  // A map that comes while the pin is dragged would take it out of the hand; the next one is asked for when it is let go.
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (dragged && event.detail.target.matches(".place")) event.detail.shouldSwap = false;
  });

  document.addEventListener("htmx:afterSwap", () => map() && draw());
})();
