// The console's behaviour on top of plain HTML: every page works without this file.
(() => {
  "use strict";

  const root = document.documentElement;
  const one = (selector, from = document) => from.querySelector(selector);
  const copyOf = (id) => document.getElementById(id).content.firstElementChild.cloneNode(true);

  // Toasts: good news leaves by itself, bad news stays until it is closed.
  const LIFETIME = 8000;

  function expire(toast) {
    setTimeout(() => (toast.matches(":hover, :focus-within") ? expire(toast) : toast.remove()), LIFETIME);
  }

  function watchToasts() {
    const region = document.getElementById("toasts");
    if (!region) return;
    const arm = (node) => node.matches?.(".toast-ok") && expire(node);
    region.querySelectorAll(".toast").forEach(arm);
    new MutationObserver((records) => records.forEach((r) => r.addedNodes.forEach(arm))).observe(region, {
      childList: true,
    });
  }

  document.addEventListener("click", ({ target }) => target.closest(".toast .button")?.closest(".toast").remove());

  function toast(text, requestId, source) {
    const node = copyOf("toast-template");
    one("p", node).textContent = text;
    if (requestId) one("code", node).textContent = `Request ${requestId}`;
    const dialog = source?.closest("dialog[open]") ?? source?.querySelector("dialog[open]");
    dialog?.querySelector(".toast")?.remove();
    (dialog ?? document.getElementById("toasts")).append(node);
  }

  document.addEventListener("told", ({ detail }) => toast(detail.text, detail.requestId));

  // A form that is on its way cannot be sent again; its buttons say so without losing the focus.
  function setPending(form, pending) {
    form.toggleAttribute("data-pending", pending);
    form.setAttribute("aria-busy", String(pending));
    form
      .querySelectorAll("button:not([type=button])")
      .forEach((button) => button.setAttribute("aria-disabled", String(pending)));
  }

  document.addEventListener(
    "submit",
    (event) => {
      const form = event.target;
      if (form.method !== "post" || form.matches("[data-kept-form]")) return;
      if (form.hasAttribute("data-pending")) {
        event.preventDefault();
        event.stopImmediatePropagation();
      } else {
        setPending(form, true);
      }
    },
    true,
  );

  addEventListener("pageshow", () => {
    document.querySelectorAll("form[data-pending]").forEach((form) => setPending(form, false));
  });

  // htmx: the CSRF token, clean filter URLs, and what to show when an answer does not come.
  const requestId = (detail) => detail.xhr?.getResponseHeader("X-Request-ID");
  const bringsToast = (detail) => detail.xhr.responseText.trimStart().startsWith('<div id="toasts"');

  // Nothing came, or nothing that says what happened: what was typed stays where it is, dialogs too.
  const failed = (detail) => detail.xhr.status === 0 || (detail.xhr.status >= 500 && !bringsToast(detail));

  document.addEventListener("htmx:configRequest", ({ detail }) => {
    if (detail.verb !== "get") {
      detail.headers["X-CSRFToken"] = one("meta[name=csrf-token]").content;
      return;
    }
    for (const [name, value] of Object.entries(detail.parameters)) {
      if (value === "") delete detail.parameters[name];
    }
  });

  // What refreshes by itself does not fade, and where rows can be ticked it waits until nobody is about to act on them.
  const inUse = (part) => part.querySelector(":checked, dialog[open], :focus");

  document.addEventListener("htmx:beforeRequest", (event) => {
    const { requestConfig, target } = event.detail;
    if (requestConfig.elt.matches("[data-live=patient]") && inUse(requestConfig.elt)) event.preventDefault();
    else if (requestConfig.verb === "get" && !requestConfig.elt.matches("[data-live]")) {
      target.setAttribute("aria-busy", "true");
    }
  });

  document.addEventListener("htmx:beforeSwap", ({ detail }) => {
    if (detail.requestConfig.verb === "get" || !bringsToast(detail)) return;
    detail.shouldSwap = true;
    detail.swapOverride = "none";
  });

  document.addEventListener("htmx:afterRequest", ({ detail }) => {
    detail.target.removeAttribute("aria-busy");
    if (detail.xhr.getResponseHeader("HX-Redirect")) return;
    const source = detail.requestConfig.elt;
    if (source.matches("form[data-pending]")) setPending(source, false);
    const dialog = source.closest("dialog");
    if (!dialog || detail.requestConfig.verb === "get" || failed(detail)) return;
    dialog.querySelector(".toast")?.remove();
    dialog.close();
  });

  document.addEventListener("htmx:afterSwap", ({ detail }) => {
    if (detail.successful !== false && detail.target.previousElementSibling?.matches(".failure")) {
      detail.target.previousElementSibling.remove();
    }
  });

  document.addEventListener("htmx:afterSettle", () => {
    const said = one("[data-announce]");
    const region = document.getElementById("announcer");
    if (said && region) region.textContent = said.dataset.announce;
  });

  function showFailure(detail) {
    const { target, requestConfig } = detail;
    if (target.previousElementSibling?.matches(".failure")) target.previousElementSibling.remove();
    const bar = copyOf("failure-template");
    if (requestId(detail)) one("code", bar).textContent = `Request ${requestId(detail)}`;
    one("button", bar).addEventListener("click", () => {
      const source = requestConfig.elt;
      source.matches("form") ? source.requestSubmit() : source.click();
    });
    target.before(bar);
  }

  for (const name of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) {
    document.addEventListener(name, ({ detail }) => {
      const { verb, elt } = detail.requestConfig;
      const unsure = "No answer. Reload to see whether it was saved before trying again.";
      if (verb === "get") showFailure(detail);
      else if (name !== "htmx:responseError") toast(unsure, null, elt);
      else if (!bringsToast(detail)) toast("The server could not do that.", requestId(detail), elt);
    });
  }

  // Countdowns tick here, by the server's clock: each list says what time it was there when it was made.
  let told = "";
  let ahead = 0;

  // What watches its subject hears the time with every event, and what stands in the page is older.
  let watching = false;

  document.addEventListener("servertime", ({ detail }) => {
    watching = true;
    ahead = Date.parse(detail) - Date.now();
    tick();
  });

  function readClock() {
    if (watching) return;
    const now = one("[data-server-time]")?.dataset.serverTime;
    if (!now || now === told) return;
    told = now;
    ahead = Date.parse(now) - Date.now();
  }

  const two = (number) => String(number).padStart(2, "0");

  function lasting(seconds) {
    const minutes = Math.floor(seconds / 60);
    if (minutes < 60) return `${minutes}:${two(seconds % 60)}`;
    const hours = Math.floor(minutes / 60);
    return hours < 48 ? `${hours}:${two(minutes % 60)}:${two(seconds % 60)}` : `${Math.floor(hours / 24)} d ${hours % 24} h`;
  }

  function tick() {
    document.querySelectorAll("[data-expires-at]").forEach((node) => {
      const left = Math.max(0, Math.ceil((Date.parse(node.dataset.expiresAt) - Date.now() - ahead) / 1000));
      const line = node.closest("[data-when-over]");
      if (left > 0 || !line) node.textContent = lasting(left);
      else {
        line.textContent = line.dataset.whenOver;
        line.dispatchEvent(new Event("over", { bubbles: true }));
      }
    });
  }

  readClock();
  tick();
  setInterval(tick, 1000);
  document.addEventListener("htmx:afterSettle", () => (readClock(), tick()));

  // One box ticks every row of its list on the page.
  document.addEventListener("change", ({ target }) => {
    if (!target.matches("[data-tick-page]")) return;
    const rows = [...target.form.elements].filter((box) => box.name === "row");
    rows.forEach((box) => (box.checked = target.checked));
  });

  document.addEventListener("click", ({ target }) => target.closest("[data-print]") && print());

  // The theme and the shortcuts change at once; the server remembers them for the next page.
  const keep = (form, button) =>
    fetch(form.action, { method: "POST", body: new FormData(form, button), redirect: "manual" })
      .then((answer) => answer.status < 400 || Promise.reject(answer))
      .catch(() => toast("This could not be saved."));

  document.addEventListener("submit", (event) => {
    const form = event.target.closest("[data-kept-form]");
    if (!form) return;
    event.preventDefault();
    const chosen = event.submitter.value;
    root.dataset.theme = chosen;
    form.querySelectorAll("button").forEach((b) => b.setAttribute("aria-pressed", String(b.value === chosen)));
    keep(form, event.submitter);
  });

  document.addEventListener("change", ({ target }) => {
    if (!target.matches("[data-shortcuts-switch]")) return;
    root.dataset.shortcuts = target.checked ? "on" : "off";
    keep(target.form);
  });

  // Browsers without invoker commands open and close dialogs here.
  if (!("commandForElement" in HTMLButtonElement.prototype)) {
    document.addEventListener("click", (event) => {
      const button = event.target.closest("button[commandfor]");
      if (!button) return;
      const dialog = document.getElementById(button.getAttribute("commandfor"));
      button.getAttribute("command") === "close" ? dialog.close() : dialog.showModal();
    });
  }

  watchToasts();
})();
