// The palette: Ctrl-K or ⌘K, a few letters, an arrow, Enter. The input keeps the focus; an option is only pointed at.
(() => {
  "use strict";

  const palette = document.getElementById("palette");
  if (!palette) return;
  const text = document.getElementById("palette-text");
  const found = document.getElementById("palette-found");
  const said = document.getElementById("palette-said");
  const options = () => [...found.querySelectorAll(".palette-option[href]")];
  const chosen = () => found.querySelector('[aria-selected="true"]');

  // The key has another name on a keyboard of Apple's.
  if (/^(Mac|iP)/.test(navigator.platform)) {
    for (const key of document.querySelectorAll("[data-modifier]")) key.textContent = "⌘";
  }

  // What stands below belongs to the text only once it was fetched for it; until then Enter asks for the whole page.
  function point(option) {
    chosen()?.setAttribute("aria-selected", "false");
    if (option) {
      option.setAttribute("aria-selected", "true");
      option.scrollIntoView({ block: "nearest" });
      text.setAttribute("aria-activedescendant", option.id);
    } else text.removeAttribute("aria-activedescendant");
  }

  function open() {
    if (palette.open) return;
    palette.showModal();
    text.select();
    palette.querySelector("form").dispatchEvent(new Event("palette"));
  }

  function move(by) {
    const all = options();
    if (!all.length) return;
    const here = all.indexOf(chosen());
    point(all[(here + by + all.length) % all.length]);
  }

  document.addEventListener("keydown", (event) => {
    if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return;
    event.preventDefault();
    palette.open ? palette.close() : document.querySelector("dialog[open]") || open();
  });

  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-palette]") || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    open();
  });

  text.addEventListener("input", () => point(null));

  text.addEventListener("keydown", (event) => {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (by) {
      event.preventDefault();
      move(chosen() || by > 0 ? by : 0);
    } else if (event.key === "Enter" && chosen()) {
      event.preventDefault();
      chosen().click();
    }
  });

  found.addEventListener("mousemove", (event) => {
    const option = event.target.closest(".palette-option[href]");
    if (option && option !== chosen()) point(option);
  });

  document.addEventListener("htmx:afterSwap", ({ detail }) => {
    if (detail.target !== found) return;
    const list = document.getElementById("palette-list");
    const count = options().length;
    text.setAttribute("aria-expanded", String(count > 0));
    text.setAttribute("aria-controls", "palette-list");
    list.scrollTop = 0;
    said.textContent = count === 1 ? "1 hit" : `${count} hits`;
    if (text.value.trim().replace(/\s+/g, " ") === list.dataset.q) point(options()[0]);
  });
})();
