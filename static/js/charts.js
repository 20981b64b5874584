// Draws what the tables of a page say. Without this file the tables are all there is, and they are enough.
(() => {
  "use strict";

  const HEIGHT = 220;
  const HOURS = [...Array(24).keys()];
  const drawn = new Map();
  const colour = (selector, property = "color") => getComputedStyle(document.querySelector(selector))[property];
  const two = (number) => String(number).padStart(2, "0");

  const units = new Intl.NumberFormat("en", { maximumFractionDigits: 2 });
  const shortened = new Intl.NumberFormat("en", { notation: "compact" });
  const money = (currency) => new Intl.NumberFormat("en", { style: "currency", currency });

  // Times by the clock of the business, whatever the clock of the reader says.
  const STYLES = {
    minute: { hour: "2-digit", minute: "2-digit", hourCycle: "h23" },
    hour: { weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23" },
    day: { weekday: "short", day: "numeric", month: "short", year: "numeric" },
  };

  // How far apart the marks of the axis may be, and what they say.
  const STEPS = {
    clock: [1, 2, 3, 4, 6, 12],
    minute: [60, 300, 600, 1800, 3600, 7200, 14400, 21600],
    hour: [3600, 7200, 10800, 21600, 43200, 86400, 172800, 604800],
    day: [1, 2, 7, 14, 28, 91].map((days) => days * 86400),
  };

  function marking({ grain, zone }) {
    if (grain === "clock") return two;
    const clock = new Intl.DateTimeFormat("en-GB", { ...STYLES.minute, timeZone: zone });
    const date = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", timeZone: zone });
    return (seconds) => {
      const time = clock.format(seconds * 1000);
      return grain === "day" || (grain === "hour" && time === "00:00") ? date.format(seconds * 1000) : time;
    };
  }

  function naming({ grain, zone }) {
    if (grain === "clock") return (hour) => `${two(hour)}:00`;
    const style = new Intl.DateTimeFormat("en-GB", { ...STYLES[grain], timeZone: zone });
    return (seconds) => style.format(seconds * 1000);
  }

  function axes(facts, ink, line) {
    const both = { stroke: ink, font: "12px system-ui, sans-serif", grid: { stroke: line, width: 1 }, ticks: { show: false } };
    const x = { incrs: STEPS[facts.grain], values: (_, marks) => marks.map(marking(facts)) };
    return [
      { ...both, ...x, grid: { show: false }, size: 28 },
      { ...both, size: 52, values: (_, numbers) => numbers.map((number) => shortened.format(number)) },
    ];
  }

  function series(points, facts) {
    const bars = uPlot.paths.bars({ size: [0.7, 40] });
    const now = colour(".plot");
    const few = facts.grain === "clock" || points.x.length <= 62;
    const first = few
      ? { paths: bars, fill: now, stroke: now, width: 0, points: { show: false } }
      : { stroke: now, width: 2, points: { show: false } };
    const second = { stroke: colour(".plot", "outlineColor"), width: 2, dash: [4, 4], points: { show: points.x.length === 1 } };
    return [{}, first, ...(points.before ? [second] : [])];
  }

  function options(node, points, say) {
    const facts = node.dataset;
    const line = colour(".plot", "borderTopColor");
    return {
      width: node.clientWidth,
      height: HEIGHT,
      legend: { show: false },
      cursor: { y: false, drag: { x: false, y: false }, points: { show: false } },
      scales: {
        x: facts.grain === "clock" ? { time: false, range: () => [-0.7, HOURS.length - 0.3] } : { time: true, range: around(points.x) },
        y: { range: (_, low, high) => [Math.min(0, low), high > 0 ? high * 1.1 : 1] },
      },
      tzDate: (seconds) => (facts.zone ? uPlot.tzDate(new Date(seconds * 1000), facts.zone) : new Date(seconds * 1000)),
      series: series(points, facts),
      axes: axes(facts, colour(".plot ~ .read-out"), line),
      hooks: { setCursor: [(plot) => say(plot.cursor.idx)] },
    };
  }

  // Half a bucket of room at both ends, so that the first and the last bar are whole.
  function around(moments) {
    const half = moments.length > 1 ? (moments[1] - moments[0]) / 2 : 1800;
    return () => [moments[0] - half, moments.at(-1) + half];
  }

  function reader(node, points) {
    const named = naming(node.dataset);
    const amount = node.dataset.currency ? money(node.dataset.currency) : units;
    const line = node.parentElement.querySelector(".read-out");
    return (index) => {
      if (index == null) line.textContent = "";
      else {
        const beside = points.before ? `, before ${amount.format(points.before[index])}` : "";
        line.textContent = `${named(points.x[index])}: ${amount.format(points.now[index])}${beside}`;
      }
    };
  }

  function draw(node) {
    const points = JSON.parse(node.dataset.chart);
    if (!points.x.length || !node.clientWidth) return;
    const columns = [points.x, points.now, ...(points.before ? [points.before] : [])];
    const plot = new uPlot(options(node, points, reader(node, points)), columns, node);
    drawn.set(node, plot);
  }

  function drawAll() {
    for (const [node, plot] of drawn) {
      plot.destroy();
      drawn.delete(node);
    }
    document.querySelectorAll("[data-chart]").forEach(draw);
  }

  // Arrow keys go from bucket to bucket; Home and End to the ends.
  document.addEventListener("keydown", (event) => {
    const plot = drawn.get(event.target);
    if (!plot) return;
    const last = plot.data[0].length - 1;
    const at = plot.cursor.idx;
    const to = {
      ArrowRight: Math.min(last, at == null ? 0 : at + 1),
      ArrowLeft: Math.max(0, at == null ? last : at - 1),
      Home: 0,
      End: last,
    }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    plot.setCursor({ left: plot.valToPos(plot.data[0][to], "x"), top: 0 });
  });

  let waiting = 0;
  const soon = () => {
    cancelAnimationFrame(waiting);
    waiting = requestAnimationFrame(drawAll);
  };

  drawAll();
  let width = innerWidth;
  addEventListener("resize", () => innerWidth !== width && ((width = innerWidth), soon()));
  addEventListener("beforeprint", drawAll);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", soon);
  new MutationObserver(soon).observe(document.documentElement, { attributeFilter: ["data-theme"] });
  document.addEventListener("htmx:afterSettle", drawAll);
})();
