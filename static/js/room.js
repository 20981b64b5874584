// The sale room: clocks and bars that tick by the server's clock, and a question before a unit is taken away.
(() => {
  "use strict";

  const room = document.getElementById("room");
  if (!room) return;
  const one = (selector, from = room) => from.querySelector(selector);

  let ahead = Date.parse(room.dataset.serverTime) - Date.now();

  document.addEventListener("servertime", ({ detail }) => {
    ahead = Date.parse(detail) - Date.now();
  });

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
    tick();
    keepFocus();
  }

  let waiting = false;
  const watch = new MutationObserver((records) => {
    if (waiting || !records.some(({ target }) => target.closest?.(".room-zone"))) return;
    waiting = true;
    queueMicrotask(() => {
      waiting = false;
      drawn();
      watch.takeRecords();
    });
  });
  watch.observe(room, { childList: true, subtree: true });
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

  drawn();
  setInterval(tick, 1000);
})();
