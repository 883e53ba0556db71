// Small charts, one for each outcome: lines named at their ends, the start as a dashed line.
import { groupOf, whyButton } from "../evidence/assumptions.js";
import { HUES } from "../core/colours.js";
import { el, replace, svg } from "../core/elements.js";
import { isPair, letterOf } from "../core/two_policies.js";
import { fileName, ran, saveMenu, standalone } from "../share/saving.js";
import { line } from "../core/store.js";
import { number, t } from "../core/strings.js";
import { select } from "../library/d3.js";
import { baseAxis, roundTicks, scaleLinear, tickNames, valueAxis, widthOf } from "./axes.js";
import { namedEnds, pairEnds, partingMark } from "./line_ends.js";

const EDGES = { top: 10, low: 17 }; // px
const AFTER = { names: 82, letters: 62 }; // px right of the lines: names, or letters of policies, with values
const BIG = 1.28; // how much larger the type is on a projector
const SIZE = 14; // px, of the type of the page
const A_YEAR = 65; // px that the name of a year needs from the next; two names by themselves need less
const TWO_YEARS = 52;
const A_TICK = 21; // px that a tick needs from the next
const LEAST = { width: 160, height: 60 };
const SAVED = { width: 560, height: 260 };
const DASHES = ["", "5 4"]; // by economy
const WIDTHS = [2.2, 1.3]; // by line of a chart
const FAMILIES = /** @type {Family[]} */ (["monopoly", "fragmentation", "care", "money"]);

/** @typedef {{ store: Store, root: HTMLElement, made: Chart[] }} MadeCharts */

/** @param {Store} store */
export function makeCharts(store) {
  const root = el("section", { class: "panel charts", tabindex: 0, "aria-label": t("charts.title") });
  /** @type {MadeCharts} */
  const charts = { store, root, made: [] };
  store.on("scene", () => begin(charts));
  store.on("frame", () => charts.made.forEach((chart) => drawChart(store, chart)));
  store.on("view", () => {
    root.classList.toggle("with-tables", store.view.tables);
    for (const chart of charts.made) chart.told.hidden = !store.view.tables;
    charts.made.forEach((chart) => drawChart(store, chart));
  });
  return root;
}

/** @param {MadeCharts} charts */
function begin(charts) {
  const { store } = charts;
  charts.made = [];
  const groups = FAMILIES.map((family) => {
    const parts = chartsOf(store, family).map(([title, lines]) => makeChart(store, family, title, lines));
    charts.made.push(...parts);
    return el("div", { class: `family ${family}` },
      el("h2", {}, t(`charts.${family}`)), parts.map((part) => part.root));
  });
  replace(charts.root, groups, el("p", { class: "quiet began-said" }, t("charts.began")));
}

/** Titles and lines of a family's charts; of two policies, every line has a chart of its own.
 * @param {Store} store @param {Family} family @returns {[title: string, lines: IndexedSeries[]][]} */
function chartsOf(store, family) {
  const series = store.scene.series.map((one, index) => ({ ...one, index })).filter((one) => one.family === family);
  const found = [...new Set(series.map((one) => one.chart))]
    .map((title) => /** @type {[string, IndexedSeries[]]} */ ([title, series.filter((one) => one.chart === title)]));
  if (!isPair(store)) return found;
  return found.flatMap(([title, lines]) =>
    lines.map((one) => /** @type {[string, IndexedSeries[]]} */ ([lines.length > 1 ? `${title} ${one.label}` : title, [one]])));
}

/** @param {Store} store @param {Family} family @param {string} title @param {IndexedSeries[]} lines */
function makeChart(store, family, title, lines) {
  const plot = svg("svg", { role: "img" });
  const table = el("div", { class: "table", tabindex: 0, role: "group", "aria-label": t("charts.table", { title }) });
  const meaning = lines[0].meaning;
  const told = el("div", { class: "told", hidden: !store.view.tables }, el("p", { class: "quiet" }, meaning), table);
  /** @type {Chart} */
  const chart = { family, title, lines, plot, told, table, root: el("figure", { class: "chart" }), low: 0, high: 1, ...LEAST };
  const tools = el("span", { class: "tools" }, whyButton(store, title, () => groupOf(store, lines[0].name)),
    saveMenu(title, partsOf(store, chart)));
  chart.root.append(
    el("figcaption", { title: meaning }, el("span", { class: "named" }, el("strong", {}, title), " ", el("span", {}, lines[0].unit)), tools), plot, told);
  new ResizeObserver(([{ contentRect }]) => {
    chart.width = Math.max(contentRect.width, LEAST.width);
    chart.height = Math.max(contentRect.height, LEAST.height);
    drawChart(store, chart);
  }).observe(plot);
  return chart;
}

/** What is saved of a chart.
 * @param {Store} store @param {Chart} chart */
function partsOf(store, chart) {
  return {
    name: fileName(chart.title), rows: () => rowsOf(store, chart),
    svg: () => saved(store, chart),
  };
}

/** The chart drawn anew in the size in which it is saved.
 * @param {Store} store @param {Chart} chart */
function saved(store, chart) {
  const shown = { width: chart.width, height: chart.height };
  drawChart(store, Object.assign(chart, SAVED));
  const made = standalone(store, `${chart.title} (${chart.lines[0].unit})`, chart.plot, SAVED.width, SAVED.height);
  drawChart(store, Object.assign(chart, shown));
  return made;
}

/** @param {Store} store @param {Chart} chart */
function rowsOf(store, chart) {
  return store.series.flatMap((_, economy) => chart.lines.flatMap((series) =>
    line(store, economy, series.index).map((value, month) =>
      ({ month, outcome: series.name, label: series.label, value, unit: series.unit, ...ran(store, economy) }))));
}

/** @param {Store} store @param {Chart} chart */
function drawChart(store, chart) {
  const drawn = store.series.flatMap((_, economy) =>
    chart.lines.map((series, n) => ({ series, n, economy, values: line(store, economy, series.index) })));
  stretch(store, chart);
  const scale = scaleOf(store, chart);
  replace(chart.plot, axes(store, chart, scale), partingMark(store, chart, scale),
    drawn.map((one) => path(chart, one, scale)), (isPair(store) ? pairEnds : namedEnds)(chart, drawn, scale));
  const values = drawn.map((one) => letterOf(store, one.economy) + said(one)).join("; ");
  chart.plot.setAttribute("aria-label", `${chart.title}: ${values}. ${chart.lines[0].meaning}`);
  if (store.view.tables) fill(store, chart);
}

/** The values shown must fit all months lived, so that scrubbing does not move the scale.
 * @param {Store} store @param {Chart} chart */
function stretch(store, chart) {
  const all = store.series.flatMap((rows) => rows.flatMap((row) => chart.lines.map((s) => row?.[s.index])));
  const known = all.filter((v) => v !== null && v !== undefined);
  if (!known.length) return;
  const [low, high] = [Math.min(...known), Math.max(...known)];
  const middle = (low + high) / 2;
  const half = Math.max((high - low) / 2, Math.abs(middle) * 0.06, 1e-3) * 1.15;
  chart.low = middle - half;
  chart.high = middle + half;
}

/** Where months and values lie. The margin left of the lines is as wide as the names of the values.
 * @param {Store} store @param {Chart} chart @returns {ChartScale} */
function scaleOf(store, chart) {
  const big = store.view.big ? BIG : 1;
  const [base, right] = [chart.height - EDGES.low * big, chart.width - (isPair(store) ? AFTER.letters : AFTER.names) * big];
  const y = scaleLinear([chart.low, chart.high], [base, EDGES.top]);
  const ticks = roundTicks(y, Math.min(Math.max(Math.floor((base - EDGES.top) / (A_TICK * big)), 2), 4));
  const names = tickNames(y, ticks);
  const left = Math.round(widthOf(names, SIZE * big));
  const x = scaleLinear([0, Math.max(store.months, 1)], [left, Math.max(right, left + 1)]);
  return { x, y, ticks, names, edge: { left, right, top: EDGES.top, low: EDGES.low * big, big } };
}

/** Values at the left, years below, and the start as a dotted line; drawn anew only where they change.
 * @param {Store} store @param {Chart} chart @param {ChartScale} scale */
function axes(store, chart, scale) {
  const start = store.series[0][0]?.[chart.lines[0].index];
  const mark = JSON.stringify([chart.low, chart.high, scale.edge, chart.height, store.months, start]);
  if (chart.axes?.mark !== mark) chart.axes = { mark, nodes: axesOf(store.months, start, chart.height, scale) };
  return chart.axes.nodes;
}

/** @param {number} months @param {number | null | undefined} start @param {number} height @param {ChartScale} scale */
function axesOf(months, start, height, scale) {
  const { edge, x, y } = scale;
  const marks = [valueAxis(y, scale.ticks, scale.names, edge.left, edge.right), years(months, height - edge.low, scale)];
  if (start !== null && start !== undefined) {
    marks.push(svg("line", { x1: edge.left, x2: x(months), y1: y(start), y2: y(start), class: "began" }));
  }
  return marks;
}

/** Years below a plot: the first, the middle where there is room, the last by name.
 * @param {number} months @param {number} base @param {ChartScale} scale */
function years(months, base, { x, edge }) {
  const count = Math.max(Math.round(months / 12), 1);
  const room = Math.floor((edge.right - edge.left) / (A_YEAR * edge.big));
  const every = room > 1 && count > 5 ? Math.ceil(count / 2) : count;
  const shown = Array.from({ length: Math.floor(count / every) + 1 }, (_, n) => n * every).slice(edge.right - edge.left < TWO_YEARS * edge.big ? -1 : 0);
  const names = shown.map((year) => (year === count ? t("charts.year", { n: year }) : `${year}`));
  const axis = baseAxis(x, shown.map((year) => 12 * year), names, base);
  if (shown.at(-1) === count) select(axis).select(".tick:last-of-type text").attr("text-anchor", "end");
  return axis;
}

/** @param {Chart} chart @param {Drawn} drawn @param {ChartScale} scale */
function path(chart, { values, n, economy }, scale) {
  let d = "";
  values.forEach((value, month) => {
    if (value !== null) d += `${d ? "L" : "M"}${scale.x(month).toFixed(1)} ${scale.y(value).toFixed(1)}`;
  });
  return svg("path", {
    d, fill: "none", stroke: HUES[chart.family], "stroke-width": WIDTHS[n] ?? 1.3, class: `economy-${economy}`,
    "stroke-dasharray": DASHES[economy], "stroke-linejoin": "round",
  });
}

/** @param {any} arg0 */
const said = ({ series, values }) => `${series.label} ${number(values.at(-1), series.decimals)}`;

/** @param {Store} store @param {Chart} chart */
function fill(store, chart) {
  const years = [];
  for (let month = 0; month <= store.shown; month += 12) years.push(month);
  if (years.at(-1) !== store.shown) years.push(store.shown);
  const head = el("tr", {}, el("th", { scope: "col" }, t("charts.month")),
    store.series.flatMap((_, n) => chart.lines.map((s) => el("th", { scope: "col" }, letterOf(store, n) + s.label))));
  const rows = years.map((month) => el("tr", {}, el("th", { scope: "row" }, `${month}`),
    store.series.flatMap((rows) =>
      chart.lines.map((s) => el("td", {}, number(rows[month]?.[s.index], s.decimals))))));
  replace(chart.table, el("table", {}, el("caption", {}, t("charts.table", { title: chart.title })), head, ...rows));
}
