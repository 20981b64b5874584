// A file that takes a while says how far it is, can be stopped, and is kept only when it came whole.
(() => {
  "use strict";

  const PATIENCE = 400;
  const KEPT = 60_000;
  const LINE_END = 10;
  const shown = new Intl.NumberFormat("en");
  const announcer = document.getElementById("announcer");
  const running = new Set();

  const tell = (text, answer) => {
    const detail = { text, requestId: answer?.headers.get("X-Request-ID") };
    document.dispatchEvent(new CustomEvent("told", { detail }));
  };

  const nameOf = (answer) => /filename="([^"]+)"/.exec(answer.headers.get("Content-Disposition"))?.[1] ?? "export.csv";

  // What stands in the corner once it is clear that this is no matter of a moment.
  function strip(name, total, stop) {
    const node = document.getElementById("file-template").content.firstElementChild.cloneNode(true);
    const [text, bar] = [node.querySelector("p"), node.querySelector("progress")];
    node.querySelector("button").addEventListener("click", stop);
    if (total) bar.max = total;
    const timer = setTimeout(() => document.getElementById("toasts").append(node), PATIENCE);
    return {
      move(rows) {
        text.textContent = `${name}: ${shown.format(rows)}${total ? ` of ${shown.format(total)}` : ""} rows`;
        if (total) bar.value = rows;
      },
      close() {
        clearTimeout(timer);
        node.remove();
      },
    };
  }

  function keep(parts, name) {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob(parts, { type: "text/csv" }));
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), KEPT);
  }

  const lines = (part) => part.reduce((many, byte) => many + (byte === LINE_END), 0);

  // The header is a line too; rows that came up while it was read, or lines within a cell, never make it more than all.
  async function read(answer, control) {
    const [name, total] = [nameOf(answer), Number(answer.headers.get("X-Total-Rows"))];
    const [reader, parts, bar] = [answer.body.getReader(), [], strip(name, total, () => control.abort())];
    let rows = -1;
    try {
      for (let part = await reader.read(); !part.done; part = await reader.read()) {
        parts.push(part.value);
        rows += lines(part.value);
        bar.move(Math.max(0, total ? Math.min(rows, total) : rows));
      }
      keep(parts, name);
      announcer.textContent = `${name} is saved.`;
    } catch {
      const much = `${shown.format(Math.max(0, rows))} rows`;
      if (!control.signal.aborted) tell(`${name} broke off after ${much}. Nothing was saved; try again.`, answer);
      else announcer.textContent = `${name} was stopped. Nothing was saved.`;
    } finally {
      bar.close();
    }
  }

  async function take(link) {
    const control = new AbortController();
    running.add(link);
    link.setAttribute("aria-disabled", "true");
    try {
      const answer = await fetch(link.href, { signal: control.signal });
      if (answer.ok && answer.headers.get("Content-Type")?.startsWith("text/csv")) await read(answer, control);
      else tell("The file could not be made. Reload the page and try again.", answer);
    } catch {
      tell("No answer. Nothing was saved; try again.");
    } finally {
      running.delete(link);
      link.removeAttribute("aria-disabled");
    }
  }

  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-file]");
    if (!link || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    if (!running.has(link)) take(link);
  });

  addEventListener("beforeunload", (event) => running.size && event.preventDefault());
})();
