// Escape and a click elsewhere close an open menu. Single keys: `/` search, `?` help, `g` and a letter to go somewhere, `j` and `k` along the rows of a list.
(() => {
  "use strict";

  const GOING = 1500;
  let going = 0;

  function step(by) {
    const rows = [...document.querySelectorAll(".main .row-link")];
    if (!rows.length) return;
    const here = rows.findIndex((row) => row.closest("tr, li")?.contains(document.activeElement));
    const next = here < 0 ? 0 : Math.min(Math.max(here + by, 0), rows.length - 1);
    rows[next].focus();
  }

  function shortcut({ key, timeStamp }) {
    if (timeStamp < going) {
      going = 0;
      return document.querySelector(`a[data-key="${CSS.escape(key)}"]`)?.click() ?? true;
    }
    if (key === "g") going = timeStamp + GOING;
    else if (key === "j") step(1);
    else if (key === "k") step(-1);
    else if (key === "/") document.querySelector("[data-search]")?.focus();
    else if (key === "?") document.getElementById("shortcuts")?.showModal();
    else return false;
    return true;
  }

  const menu = () => document.querySelector("details.views[open]");

  document.addEventListener("click", (event) => {
    const open = menu();
    if (open && !open.contains(event.target)) open.open = false;
  });

  document.addEventListener("keydown", (event) => {
    const open = event.key === "Escape" && menu();
    if (!open) return;
    open.open = false;
    open.querySelector("summary").focus();
  });

  document.addEventListener("keydown", (event) => {
    const off = document.documentElement.dataset.shortcuts === "off";
    if (off || event.ctrlKey || event.metaKey || event.altKey || event.key === "Shift") return;
    if (event.target.closest("input, select, textarea, [contenteditable], dialog, [popover]:popover-open")) return;
    if (shortcut(event)) event.preventDefault();
  });
})();
