// Keeps the zones of a page as the server has them: by its event stream, else by asking; else it says how old they are.
(() => {
  "use strict";

  const pill = document.querySelector("[data-stream]");
  if (!pill) return;

  const [said, announced] = pill.children;
  const STALE_SECONDS = 10;
  const SILENCE = 10_000;
  const POLL = 2000;
  const LONGEST_PAUSE = 30_000;
  const jittered = (ms) => ms * (0.75 + Math.random() / 2);

  // Zones are replaced whole, so no row is ever there twice; one that somebody is using waits until it is left.
  const shown = new Map();
  const waiting = new Map();
  const USED = "dialog[open], :popover-open, :active, input:focus, select:focus, textarea:focus";
  const FOCUSABLE = "a[href], button, summary, [tabindex]";

  function focusIn(zone) {
    const node = document.activeElement;
    return zone.contains(node) && { id: node.id, place: [...zone.querySelectorAll(FOCUSABLE)].indexOf(node) };
  }

  function giveBack(zone, focus) {
    const same = (focus.id && document.getElementById(focus.id)) || zone.querySelectorAll(FOCUSABLE)[focus.place];
    same?.focus({ preventScroll: true });
  }

  function put(name, html) {
    const zone = document.querySelector(`[data-zone="${CSS.escape(name)}"]`);
    if (!zone || shown.get(name) === html) return waiting.delete(name);
    if (zone.querySelector(USED)) return waiting.set(name, html);
    const focus = focusIn(zone);
    waiting.delete(name);
    shown.set(name, html);
    zone.innerHTML = html;
    htmx.process(zone);
    if (focus) giveBack(zone, focus);
  }

  const putWhatWaits = () => setTimeout(() => waiting.forEach((html, name) => put(name, html)));
  for (const name of ["close", "toggle", "focusout", "pointerup"]) document.addEventListener(name, putWhatWaits, true);

  // What the page shows is as old as the look at the database behind it; the clock of this machine is not asked.
  let fresh = performance.now();
  let streaming = false;

  function take({ zones = {}, now, age }) {
    Object.entries(zones).forEach(([name, html]) => put(name, html));
    if (age !== null) fresh = performance.now() - age * 1000;
    if (now) document.dispatchEvent(new CustomEvent("servertime", { detail: now }));
    say();
  }

  // The stream, and how it is found again.
  let source = null;
  let silence = 0;
  let pause = 1000;

  function heard({ data }) {
    clearTimeout(silence);
    silence = setTimeout(lost, SILENCE);
    clearTimeout(polling);
    streaming = true;
    pause = 1000;
    take(JSON.parse(data));
  }

  function lost() {
    source.close();
    clearTimeout(silence);
    setTimeout(open, jittered(pause));
    pause = Math.min(pause * 2, LONGEST_PAUSE);
    if (streaming || !polling) {
      streaming = false;
      poll();
    }
  }

  function open() {
    source = new EventSource(pill.dataset.stream, { withCredentials: true });
    for (const kind of ["zones", "beat"]) source.addEventListener(kind, heard);
    source.onerror = lost;
    silence = setTimeout(lost, SILENCE);
  }

  // Without a stream the page asks; who is signed out is led to the login.
  let polling = 0;

  async function ask() {
    const answer = await fetch(pill.dataset.zonesAt, { signal: AbortSignal.timeout(SILENCE / 2) });
    if (answer.status === 401) location.reload();
    if (!answer.ok) throw new Error(answer.status);
    const found = await answer.json();
    if (!streaming) take(found);
  }

  async function poll() {
    clearTimeout(polling);
    await ask().catch(say);
    if (!streaming) polling = setTimeout(poll, jittered(POLL));
  }

  // The pill says it by shape and words; a screen reader hears when the state changes, and not each second.
  const two = (number) => String(number).padStart(2, "0");
  const SENTENCES = {
    live: "Live again.",
    polling: "The live stream is interrupted; this page asks every two seconds.",
    stale: "This page is not up to date.",
  };

  function say() {
    const age = Math.max(0, Math.floor((performance.now() - fresh) / 1000));
    const before = pill.dataset.state;
    const state = age >= STALE_SECONDS ? "stale" : streaming ? "live" : polling ? "polling" : "waiting";
    const words = { live: `Live · ${age} s`, polling: "Polling", waiting: "Connecting" };
    said.textContent = words[state] ?? `Stale ${two(Math.floor(age / 60))}:${two(age % 60)}`;
    if (state === before) return;
    pill.dataset.state = state;
    document.querySelectorAll("[data-zone]").forEach((zone) => zone.toggleAttribute("data-stale", state === "stale"));
    if (state !== "waiting" && (before !== "waiting" || state !== "live")) announced.textContent = SENTENCES[state];
  }

  // Whoever changed something here need not wait for the next question.
  document.addEventListener("zoneschanged", () => streaming || poll());

  setInterval(say, 1000);
  open();
})();
