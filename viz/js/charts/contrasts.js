// The contrasts of a sweep: for each outcome, how far each policy is from the one it is put beside.
import { whyButton, groupOf } from "../evidence/assumptions.js";
import { HUES, INK, QUIET } from "../core/colours.js";
import { choose, el, replace, svg } from "../core/elements.js";
import { fileName, saveMenu, standalone } from "../share/saving.js";
import { number, t } from "../core/strings.js";
import { baseAxis, roundTicks, scaleLinear, tickNames } from "./axes.js";

const FAMILIES = /** @type {(Family | "regime")[]} */ (["monopoly", "fragmentation", "care", "money", "regime"]);
const ROW = 24;
const EDGE = { left: 4, right: 122, top: 4, low: 20 }; // px
const A_TICK = 44; // px that a tick needs from the next
const LEAST = 240;

/** @param {Store} store */
export function makeContrasts(store) {
  const root = el("section", { class: "contrasts" });
  const state = { group: 0, asked: false };
  const ask = () => {
    store.contrasts = null;
    store.send({ do: "contrasts" });
    draw(store, root, state, ask);
  };
  store.on("contrasts", () => draw(store, root, state, ask));
  store.on("view", () => {
    if (store.view.view !== "contrasts") return;
    if (!state.asked && store.scene?.sweep) ask();
    state.asked = true;
    draw(store, root, state, ask);
  });
  return root;
}

/** @param {Store} store @param {HTMLElement} root @param {{ group: number, asked: boolean }} state @param {() => void} ask */
function draw(store, root, state, ask) {
  const found = store.contrasts;
  const again = el("button", { type: "button", onclick: ask }, t("contrasts.again"));
  if (!store.scene?.sweep) return replace(root, el("p", { class: "status refused" }, t("contrasts.none")));
  if (!found) return replace(root, el("p", { class: "status preparing", role: "status" }, t("contrasts.reading")));
  if (found.error) return replace(root, el("p", { class: "status refused", role: "alert" }, found.error), el("p", {}, again));
  const { study, runs, groups } = found;
  state.group = Math.min(state.group, groups.length - 1);
  const wheres = groups.map((group, n) => [String(n), group.where]);
  const rows = groups[state.group].rows;
  replace(root,
    el("div", { class: "contrasts-head" },
      el("div", {}, el("h2", {}, study.title), el("p", { class: "quiet" }, t("contrasts.about", {
        against: words(study.against), patients: study.patients.toLocaleString("en-GB"), years: study.years,
        first: study.seed, last: study.seed + study.replicates - 1 }))),
      groups.length > 1 ? el("label", { class: "field" }, el("span", {}, t("contrasts.where")),
        choose(t("contrasts.where"), wheres, String(state.group), (n) => {
          state.group = Number(n);
          draw(store, root, state, ask);
        })) : null, again),
    runs.done < runs.asked ? el("p", { class: "status", role: "status" }, t("contrasts.partial", runs)) : null,
    el("div", { class: "forests" }, FAMILIES.map((family) => familyOf(store, family, rows.filter((row) => row.family === family)))));
  root.querySelectorAll("svg").forEach((plot) => /** @type {Redrawn} */ (plot).redraw?.());
}

/** @param {Store} store @param {Family | "regime"} family @param {ContrastRow[]} rows */
function familyOf(store, family, rows) {
  const outcomes = [...new Set(rows.map((row) => row.outcome))];
  if (!outcomes.length) return null;
  return el("section", { class: `panel family ${family}` }, el("h2", {}, t(`contrasts.${family}`)),
    outcomes.map((outcome) => forest(store, outcome, rows.filter((row) => row.outcome === outcome))));
}

/** @param {Store} store @param {string} outcome @param {ContrastRow[]} rows */
function forest(store, outcome, rows) {
  const title = t(`contrasts.outcomes.${outcome}`) || sentence(words(outcome));
  /** @type {Redrawn} */
  const plot = svg("svg", { role: "img", "aria-label": `${title}: ${rows.map(said).join("; ")}` });
  const state = { width: LEAST };
  plot.redraw = () => drawForest(plot, rows, state.width);
  new ResizeObserver(([{ contentRect }]) => {
    if (Math.abs(contentRect.width - state.width) < 1) return;
    state.width = Math.max(contentRect.width, LEAST);
    drawForest(plot, rows, state.width);
  }).observe(plot);
  const height = ROW * rows.length + EDGE.top + EDGE.low;
  const parts = { name: fileName("contrasts", outcome), rows: () => rows.map((row) => ({ ...row })),
    svg: () => standalone(store, `${title} (${rows[0].unit}), ${t("contrasts.difference")}`, plot, state.width, height) };
  return el("figure", { class: "chart contrast" },
    el("figcaption", { title: rows[0].meaning }, el("span", { class: "named" }, el("strong", {}, title), " ", el("span", {}, rows[0].unit)),
      el("span", { class: "tools" }, whyButton(store, title, () => groupOf(store, outcome)), saveMenu(title, parts))),
    plot, store.view.tables ? table(title, rows) : null);
}

/** @param {SVGSVGElement} plot @param {ContrastRow[]} rows @param {number} width */
function drawForest(plot, rows, width) {
  const ends = [0, ...rows.flatMap((row) => [row.low_all ?? row.estimate ?? 0, row.high_all ?? row.estimate ?? 0])];
  const names = Math.min(140, width * 0.34);
  const x = scaleLinear([Math.min(...ends), Math.max(...ends, Math.min(...ends) + 1e-9)], [EDGE.left + names, width - EDGE.right]);
  const ticks = roundTicks(x, Math.min(Math.max(Math.floor((width - EDGE.right - names) / A_TICK), 2), 4));
  const height = ROW * rows.length + EDGE.top + EDGE.low;
  plot.setAttribute("height", String(height));
  plot.style.height = `${height}px`;
  const base = height - EDGE.low + 2;
  replace(plot, baseAxis(x, ticks, tickNames(x, ticks, "+"), base, base - EDGE.top),
    svg("line", { x1: x(0), x2: x(0), y1: EDGE.top, y2: base, class: "axis" }),
    rows.flatMap((row, n) => mark(row, EDGE.top + ROW * (n + 0.5), x, names, width)));
}

/** @param {ContrastRow} row @param {number} y @param {LinearScale} x @param {number} names @param {number} width */
function mark(row, y, x, names, width) {
  const ink = row.family === "regime" ? INK : HUES[row.family];
  const sure = row.star;
  const { low_all: low, high_all: high, estimate } = row;
  return [
    svg("text", { x: EDGE.left, y: y + 4, class: "name", fill: INK }, cut(words(row.policy), names)),
    low !== null && high !== null ? svg("line", { x1: x(low), x2: x(high), y1: y, y2: y, stroke: ink, "stroke-width": sure ? 3 : 1.6 }) : null,
    estimate === null ? null : svg("circle", { cx: x(estimate), cy: y, r: 4, fill: sure ? ink : "#fffdf8", stroke: ink, "stroke-width": 1.6 }),
    svg("text", { x: width - EDGE.right + 12, y: y + 4, class: sure ? "value sure" : "value", fill: sure ? INK : QUIET }, valueSaid(row)),
  ].filter((one) => one !== null);
}

/** Half the interval of a difference; null where it is not known.
 * @param {Difference} row */
const halfOf = ({ low_all: low, high_all: high }) => (low === null || high === null ? null : (high - low) / 2);

/** Two figures of the interval's half, as the command line has it, as far as they fit beside the bars.
 * @param {ContrastRow} row */
const decimalsOf = (row) => {
  const half = halfOf(row) ?? 0;
  return half > 0 ? Math.min(Math.max(Math.ceil(1 - Math.log10(half)), 0), row.decimals + 2) : row.decimals;
};
/** @param {ContrastRow} row */
const valueSaid = (row) => {
  const half = halfOf(row);
  const decimals = half === null ? row.decimals : decimalsOf(row);
  if (row.negligible) return t("luck.negligible");
  return `${short(row.estimate, decimals)}${row.star ? " *" : ""}${half === null ? "" : ` ±${number(half, decimals)}`}`;
};
/** @param {number | null} value @param {number} decimals */
const short = (value, decimals) => (value !== null && value > 0 ? "+" : "") + number(value, value === 0 ? 0 : decimals);
/** @param {string} name */
const words = (name) => name.replaceAll("_", " ");
/** @param {string} text */
const sentence = (text) => text.charAt(0).toUpperCase() + text.slice(1);
/** @param {string} text @param {number} room */
const cut = (text, room) => (text.length * 6.1 > room ? `${text.slice(0, Math.floor(room / 6.1) - 1)}…` : text);
/** @param {ContrastRow} row */
const said = (row) => `${words(row.policy)} ${valueSaid(row)}`;

/** @param {string} title @param {ContrastRow[]} rows */
function table(title, rows) {
  const heads = /** @type {("estimate" | "low_all" | "high_all" | "runs")[]} */ (["estimate", "low_all", "high_all", "runs"]);
  return el("div", { class: "table", tabindex: 0 }, el("table", {}, el("caption", {}, `${title}, ${t("contrasts.difference")}`),
    el("tr", {}, ["policy", ...heads].map((head) => el("th", { scope: "col" }, t(`contrasts.${head}`)))),
    rows.map((row) => el("tr", {}, el("th", { scope: "row" }, words(row.policy)),
      heads.map((head) => el("td", {}, head === "runs" ? row.runs : number(row[head], row.low_all === null ? row.decimals : decimalsOf(row))))))));
}
