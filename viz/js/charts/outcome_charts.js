// Small charts, one for each outcome: lines named at their ends, the start as a dashed line.
import { groupOf, whyButton } from "../evidence/assumptions.js";
import { HUES, INK, QUIET } from "../core/colours.js";
import { el, replace, svg } from "../core/elements.js";
import { isPair, letterOf, pairEnds, partingMark, PAIR_EDGE } from "../core/two_policies.js";
import { fileName, ran, saveMenu, standalone } from "../share/saving.js";
import { line } from "../core/store.js";
import { number, t } from "../core/strings.js";

const EDGES = { left: 6, right: 86, top: 10, low: 17 };
const APART = 26; // between the names of two lines
const LEAST = { width: 160, height: 60 };
const SAVED = { width: 560, height: 260 };
const DASHES = ["", "5 4"]; // by economy
const WIDTHS = [2.2, 1.3]; // by line of a chart
const FAMILIES = ["monopoly", "fragmentation", "care", "money"];

export function makeCharts(store) {
  const root = el("section", { class: "panel charts", tabindex: 0, "aria-label": t("charts.title") });
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

/** Titles and lines of a family's charts; of two policies, every line has a chart of its own. */
function chartsOf(store, family) {
  const series = store.scene.series.map((one, index) => ({ ...one, index })).filter((one) => one.family === family);
  const found = [...new Set(series.map((one) => one.chart))].map((title) => [title, series.filter((one) => one.chart === title)]);
  if (!isPair(store)) return found;
  return found.flatMap(([title, lines]) =>
    lines.map((one) => [lines.length > 1 ? `${title} ${one.label}` : title, [one]]));
}

function makeChart(store, family, title, lines) {
  const plot = svg("svg", { role: "img" });
  const table = el("div", { class: "table", tabindex: 0, role: "group", "aria-label": t("charts.table", { title }) });
  const meaning = lines[0].meaning;
  const told = el("div", { class: "told", hidden: !store.view.tables }, el("p", { class: "quiet" }, meaning), table);
  const chart = { family, title, lines, plot, told, table, low: 0, high: 1, ...LEAST };
  const tools = el("span", { class: "tools" }, whyButton(store, title, () => groupOf(store, lines[0].name)),
    saveMenu(store, title, partsOf(store, chart)));
  chart.root = el("figure", { class: "chart" },
    el("figcaption", { title: meaning }, el("span", { class: "named" }, el("strong", {}, title), " ", el("span", {}, lines[0].unit)), tools), plot, told);
  new ResizeObserver(([{ contentRect }]) => {
    chart.width = Math.max(contentRect.width, LEAST.width);
    chart.height = Math.max(contentRect.height, LEAST.height);
    drawChart(store, chart);
  }).observe(plot);
  return chart;
}

/** What is saved of a chart. */
function partsOf(store, chart) {
  return {
    name: fileName(chart.title), rows: () => rowsOf(store, chart),
    svg: () => saved(store, chart),
  };
}

/** The chart drawn anew in the size in which it is saved. */
function saved(store, chart) {
  const shown = { width: chart.width, height: chart.height };
  drawChart(store, Object.assign(chart, SAVED));
  const made = standalone(store, `${chart.title} (${chart.lines[0].unit})`, chart.plot, SAVED.width, SAVED.height);
  drawChart(store, Object.assign(chart, shown));
  return made;
}

function rowsOf(store, chart) {
  return store.series.flatMap((_, economy) => chart.lines.flatMap((series) =>
    line(store, economy, series.index).map((value, month) =>
      ({ month, outcome: series.name, label: series.label, value, unit: series.unit, ...ran(store, economy) }))));
}

function drawChart(store, chart) {
  const drawn = store.series.flatMap((_, economy) =>
    chart.lines.map((series, n) => ({ series, n, economy, values: line(store, economy, series.index) })));
  stretch(store, chart);
  const scale = scaleOf(store, chart);
  replace(chart.plot, axes(store, chart, scale), partingMark(store, chart, scale),
    drawn.map((one) => path(chart, one, scale)), (isPair(store) ? pairEnds : ends)(store, chart, drawn, scale));
  const values = drawn.map((one) => letterOf(store, one.economy) + said(one)).join("; ");
  chart.plot.setAttribute("aria-label", `${chart.title}: ${values}. ${chart.lines[0].meaning}`);
  if (store.view.tables) fill(store, chart);
}

/** The values shown must fit all months lived, so that scrubbing does not move the scale. */
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

/** Margins, and the room that letters take, in the size of type that is chosen. */
function edges(store) {
  const big = store.view.big ? 1.28 : 1;
  return { ...EDGES, right: (isPair(store) ? PAIR_EDGE : EDGES.right) * big, low: EDGES.low * big, big };
}

function scaleOf(store, chart) {
  const EDGE = edges(store);
  const across = chart.width - EDGE.left - EDGE.right;
  const down = chart.height - EDGE.top - EDGE.low;
  return {
    x: (month) => EDGE.left + (across * month) / Math.max(store.months, 1),
    y: (value) => EDGE.top + (down * (chart.high - value)) / (chart.high - chart.low || 1),
  };
}

function axes(store, chart, scale) {
  const EDGE = edges(store);
  const base = chart.height - EDGE.low;
  const years = Math.round(store.months / 12);
  const every = years > 5 ? Math.ceil(years / 2) : Math.max(years, 1);
  const marks = [svg("line", { x1: EDGE.left, x2: scale.x(store.months), y1: base, y2: base, class: "axis" })];
  const narrow = scale.x(store.months) - EDGE.left < 130 * EDGE.big;
  for (let year = 0; year <= years; year += every) {
    if (narrow && year > 0 && year < years) continue;
    const x = scale.x(12 * year);
    marks.push(svg("line", { x1: x, x2: x, y1: base, y2: base + 3, class: "axis" }));
    const anchor = year === 0 ? "start" : year === years ? "end" : "middle";
    const said = year === years ? t("charts.year", { n: year }) : `${year}`;
    marks.push(svg("text", { x, y: base + 13 * EDGE.big, class: "tick", "text-anchor": anchor }, said));
  }
  if (chart.low < 0 && chart.high > 0) {
    marks.push(svg("line", { x1: EDGE.left, x2: scale.x(store.months), y1: scale.y(0), y2: scale.y(0), class: "nought" }));
  }
  const start = store.series[0][0]?.[chart.lines[0].index];
  if (start !== null && start !== undefined) {
    marks.push(svg("line", { x1: EDGE.left, x2: scale.x(store.months), y1: scale.y(start), y2: scale.y(start), class: "began" }));
  }
  return marks;
}

function path(chart, { values, n, economy }, scale) {
  let d = "";
  values.forEach((value, month) => {
    if (value === null) return;
    d += `${d ? "L" : "M"}${scale.x(month).toFixed(1)} ${scale.y(value).toFixed(1)}`;
  });
  return svg("path", {
    d, fill: "none", stroke: HUES[chart.family], "stroke-width": WIDTHS[n] ?? 1.3, class: `economy-${economy}`,
    "stroke-dasharray": DASHES[economy], "stroke-linejoin": "round",
  });
}

/** Values and names at the ends of lines, moved apart where they would lie on one another. */
function ends(store, chart, drawn, scale) {
  const EDGE = edges(store);
  const placed = drawn
    .map((one) => ({ ...one, month: one.values.length - 1, value: one.values.at(-1) }))
    .filter((one) => one.value !== null && one.value !== undefined)
    .map((one) => ({ ...one, y: scale.y(one.value) }))
    .sort((a, b) => a.y - b.y);
  let last = -Infinity;
  for (const one of placed) one.text = last = Math.max(one.y, last + APART * EDGE.big);
  let room = chart.height - EDGE.low - 15 * EDGE.big;
  for (const one of [...placed].reverse()) {
    one.text = Math.min(one.text, room);
    room = one.text - APART * EDGE.big;
  }
  return placed.flatMap((one) => {
    const x = scale.x(one.month);
    return [
      svg("circle", { cx: x, cy: one.y, r: 3, fill: HUES[chart.family] }),
      svg("text", { x: x + 7, y: one.text + 1, class: "value", fill: INK }, number(one.value, one.series.decimals)),
      svg("text", { x: x + 7, y: one.text + 13 * EDGE.big, class: "name", fill: QUIET }, one.series.label),
    ];
  });
}

const said = ({ series, values }) => `${series.label} ${number(values.at(-1), series.decimals)}`;

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
