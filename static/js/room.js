// The sale room: clocks and bars that tick by the server's clock, a question before a unit is taken away, and the pill.
(() => {
  "use strict";

  const room = document.getElementById("room");
  if (!room) return;
  const one = (selector, from = room) => from.querySelector(selector);
  const two = (number) => String(number).padStart(2, "0");

  let told = "";
  let ahead = 0;

  function readClock() {
    const now = document.getElementById("room-now").dataset.serverTime;
    if (now === told) return;
    told = now;
    ahead = Date.parse(now) - Date.now();
  }

  const clocks = [...room.querySelectorAll("[data-clock]")].map((node) => {
    const options = { timeZone: node.dataset.clock, hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" };
    return [node, new Intl.DateTimeFormat("en-GB", options)];
  });

  function tick() {
    const now = Date.now() + ahead;
    for (const [node, format] of clocks) node.textContent = format.format(now);
    room.querySelectorAll("[data-until]").forEach((bar) => {
      bar.value = Math.min(bar.max, Math.max(0, (Date.parse(bar.dataset.until) - now) / 1000));
    });
  }

  // Pausing hides the button that did it; whoever used it goes on with the one in its place.
  let used = null;

  function keepFocus() {
    const there = document.activeElement;
    if (there && there !== document.body && there.checkVisibility()) {
      used = there;
      return;
    }
    if (!used?.closest(".room-swap") || used.checkVisibility()) return;
    [...used.closest(".room-swap").querySelectorAll("button")].find((button) => button.checkVisibility())?.focus();
  }

  function drawn() {
    readClock();
    tick();
    keepFocus();
    document.dispatchEvent(new Event("holdfast:drawn"));
  }

  let waiting = false;
  const watch = new MutationObserver((records) => {
    const zones = records.some(({ target }) => target.id === "room-now" || target === room || target.closest?.(".room-zone"));
    if (!zones || waiting) return;
    waiting = true;
    queueMicrotask(() => {
      waiting = false;
      watch.takeRecords();
      drawn();
      watch.takeRecords();
    });
  });
  const watched = { childList: true, subtree: true, attributes: true, attributeFilter: ["data-server-time"] };
  watch.observe(room, watched);
  room.addEventListener("focusin", keepFocus);

  // The rows of holds move on by themselves, so the question names whose unit it is.
  room.addEventListener("click", (event) => {
    const button = event.target.closest("[data-release]");
    if (!button) return;
    event.preventDefault();
    one("[data-release-name]").textContent = button.dataset.release;
    document.getElementById("room-release-one").value = button.value;
    document.getElementById("room-release-question").showModal();
  });

  document.addEventListener("htmx:afterRequest", ({ detail }) => {
    if (detail.requestConfig.elt.id === "room-release") document.getElementById("room-release-question").close();
  });

  // While the page polls, the pill says so; when the answers stay away, how old it all is.
  const STALE_MS = 6000;
  const poll = document.getElementById("room-poll");
  const pill = one("[data-live-pill]");
  let good = performance.now();

  function say() {
    if (!poll) return;
    const old = performance.now() - good;
    const stale = old > STALE_MS;
    const seconds = Math.floor(old / 1000);
    pill.textContent = stale ? `Stale ${two(Math.floor(seconds / 60))}:${two(seconds % 60)}` : "Polling";
    pill.dataset.state = stale ? "stale" : "ok";
    room.toggleAttribute("data-stale", stale);
  }

  poll?.addEventListener("htmx:afterRequest", ({ detail }) => {
    if (detail.successful) good = performance.now();
    say();
  });

  drawn();
  say();
  setInterval(() => (tick(), say()), 1000);
})();
