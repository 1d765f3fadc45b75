import { el } from "./dom.js";
import { count as whole, dayAndTime } from "./words.js";

const short = new Intl.NumberFormat("en", { notation: "compact" });
const height_px = 220;

/** Loaded when the first chart is drawn (https://github.com/leeoniya/uPlot). */
let library;

function load() {
  library ??= Promise.all([
    import("/vendor/uplot.js"),
    new Promise((resolve, reject) => {
      const link = el("link", { rel: "stylesheet", href: "/vendor/uplot.css", onLoad: resolve });
      link.addEventListener("error", () => reject(new Error("the chart's style did not load")));
      document.head.append(link);
    }),
  ]).then(([{ default: UPlot }]) => UPlot);
  // Whoever asks again tries again.
  library.catch(() => library = undefined);
  return library;
}

/**
 * A line of counts over time, which says in words what it shows, too.
 * @returns {{node: HTMLElement, show: (name: string, points: {at: string, count: number | null}[]) =>
 *   Promise<void>, end: () => void}}
 */
export function createChart() {
  const node = el("div", { class: "chart", role: "img" });
  let plot;
  let latest = 0;

  async function show(name, points) {
    const mine = ++latest;
    const words = inWords(name, points);
    const UPlot = await load().catch(() => null);
    if (mine !== latest) return;
    plot?.destroy();
    plot = undefined;
    node.setAttribute("aria-label", words);
    // What a chart would show can be told without one.
    node.textContent = UPlot === null ? words : "";
    if (UPlot === null) return;
    const color = (variable) => resolveColor(node, variable);
    const axis = {
      stroke: () => color("--soft"),
      grid: { stroke: () => color("--line"), width: 1 },
      ticks: { show: false },
      font: "12px system-ui",
    };
    plot = new UPlot(
      {
        width: node.clientWidth,
        height: height_px,
        legend: { show: true, live: true },
        cursor: { y: false, drag: { x: false, y: false } },
        scales: { y: { range: (_, low, high) => roomAround(low, high) } },
        axes: [axis, {
          ...axis,
          size: 70,
          values: (_, ticks, __, ___, step) =>
            ticks.map((it) => step < 1000 ? whole(it) : short.format(it)),
        }],
        series: [
          { label: "On", value: (_, at) => at === null ? "–" : dayAndTime(at * 1000) },
          {
            label: name,
            stroke: () => color("--accent"),
            fill: () => color("--accent-soft"),
            width: 2,
            points: { show: points.length < 40 },
            value: (_, count) => whole(count),
          },
        ],
      },
      [points.map(({ at }) => Date.parse(at) / 1000), points.map(({ count }) => count)],
      node,
    );
  }

  // A canvas does not follow the page by itself.
  const resized = new ResizeObserver(() => {
    plot?.setSize({ width: node.clientWidth, height: height_px });
  });
  resized.observe(node);
  const scheme = matchMedia("(prefers-color-scheme: dark)");
  const redraw = () => plot?.redraw();
  scheme.addEventListener("change", redraw);

  return {
    node,
    show,
    end() {
      latest++;
      resized.disconnect();
      scheme.removeEventListener("change", redraw);
      plot?.destroy();
    },
  };
}

/** As the canvas takes it: a variable holds both schemes' colors. */
function resolveColor(node, variable) {
  const probe = el("span");
  probe.style.color = `var(${variable})`;
  node.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}

/** A line that hardly moves should look so. */
function roomAround(low, high) {
  const room = Math.max((high - low) * 0.1, high * 0.005, 2);
  return [Math.max(0, Math.floor(low - room)), Math.ceil(high + room)];
}

function inWords(name, points) {
  const told = points.filter(({ count }) => count !== null);
  if (told.length === 0) return `${name}: nothing is known.`;
  const say = ({ at, count }) => `${whole(count)} on ${dayAndTime(at)}`;
  return `${name}: from ${say(told[0])} to ${say(told.at(-1))}, in ${told.length} readings.`;
}
