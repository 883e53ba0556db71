// The contrasts of a sweep: for each outcome, how far each policy is from the one it is put beside.
import { whyButton, groupOf } from "../evidence/assumptions.js";
import { HUES, INK, QUIET } from "../core/colours.js";
import { choose, el, replace, svg } from "../core/elements.js";
import { fileName, saveMenu, standalone } from "../share/saving.js";
import { number, t } from "../core/strings.js";

const FAMILIES = ["monopoly", "fragmentation", "care", "money", "regime"];
const ROW = 24;
const EDGE = { left: 4, right: 122, top: 4, low: 20 };
const LEAST = 240;

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
  root.querySelectorAll("svg").forEach((plot) => plot.redraw?.());
}

function familyOf(store, family, rows) {
  const outcomes = [...new Set(rows.map((row) => row.outcome))];
  if (!outcomes.length) return null;
  return el("section", { class: `panel family ${family}` }, el("h2", {}, t(`contrasts.${family}`)),
    outcomes.map((outcome) => forest(store, outcome, rows.filter((row) => row.outcome === outcome))));
}

function forest(store, outcome, rows) {
  const title = t(`contrasts.outcomes.${outcome}`) || sentence(words(outcome));
  const plot = svg("svg", { role: "img", "aria-label": `${title}: ${rows.map(said).join("; ")}` });
  const state = { width: LEAST };
  plot.redraw = () => drawForest(plot, rows, state.width);
  new ResizeObserver(([{ contentRect }]) => {
    if (Math.abs(contentRect.width - state.width) < 1) return;
    state.width = Math.max(contentRect.width, LEAST);
    plot.redraw();
  }).observe(plot);
  const height = ROW * rows.length + EDGE.top + EDGE.low;
  const parts = { name: fileName("contrasts", outcome), rows: () => rows,
    svg: () => standalone(store, `${title} (${rows[0].unit}), ${t("contrasts.difference")}`, plot, state.width, height) };
  return el("figure", { class: "chart contrast" },
    el("figcaption", { title: rows[0].meaning }, el("span", { class: "named" }, el("strong", {}, title), " ", el("span", {}, rows[0].unit)),
      el("span", { class: "tools" }, whyButton(store, title, () => groupOf(store, outcome)), saveMenu(store, title, parts))),
    plot, store.view.tables ? table(title, rows) : null);
}

function drawForest(plot, rows, width) {
  const ends = rows.flatMap((row) => [row.low_all ?? row.estimate, row.high_all ?? row.estimate, 0]).filter((value) => value !== null);
  const [low, high] = [Math.min(...ends), Math.max(...ends)];
  const span = high - low || 1;
  const names = Math.min(140, width * 0.34);
  const across = width - names - EDGE.left - EDGE.right;
  const x = (value) => EDGE.left + names + (across * (value - low)) / span;
  const height = ROW * rows.length + EDGE.top + EDGE.low;
  plot.setAttribute("height", height);
  plot.style.height = `${height}px`;
  const base = height - EDGE.low + 2;
  const tick = (value) => svg("text", { x: x(value), y: base + 13, class: "tick", "text-anchor": "middle" }, short(value, rows[0].decimals));
  replace(plot,
    svg("line", { x1: x(0), x2: x(0), y1: EDGE.top, y2: base, class: "axis" }), tick(0),
    rows.flatMap((row, n) => mark(row, EDGE.top + ROW * (n + 0.5), x, names, width)));
}

function mark(row, y, x, names, width) {
  const ink = HUES[row.family] ?? INK;
  const sure = row.star;
  const known = row.low_all !== null && row.low_all !== undefined;
  return [
    svg("text", { x: EDGE.left, y: y + 4, class: "name", fill: INK }, cut(words(row.policy), names)),
    known ? svg("line", { x1: x(row.low_all), x2: x(row.high_all), y1: y, y2: y, stroke: ink, "stroke-width": sure ? 3 : 1.6 }) : null,
    row.estimate === null ? null : svg("circle", { cx: x(row.estimate), cy: y, r: 4, fill: sure ? ink : "#fffdf8", stroke: ink, "stroke-width": 1.6 }),
    svg("text", { x: width - EDGE.right + 12, y: y + 4, class: sure ? "value sure" : "value", fill: sure ? INK : QUIET }, valueSaid(row)),
  ].filter(Boolean);
}

/** Two figures of the interval's half, as the command line has it, as far as they fit beside the bars. */
const decimalsOf = (row) => {
  const half = (row.high_all - row.low_all) / 2;
  return half > 0 ? Math.min(Math.max(Math.ceil(1 - Math.log10(half)), 0), row.decimals + 2) : row.decimals;
};
const valueSaid = (row) => {
  const known = row.low_all !== null && row.low_all !== undefined;
  const decimals = known ? decimalsOf(row) : row.decimals;
  if (row.negligible) return t("luck.negligible");
  return `${short(row.estimate, decimals)}${row.star ? " *" : ""}${known ? ` ±${number((row.high_all - row.low_all) / 2, decimals)}` : ""}`;
};
const short = (value, decimals) => (value > 0 ? "+" : "") + number(value, value === 0 ? 0 : decimals);
const words = (name) => name.replaceAll("_", " ");
const sentence = (text) => text.charAt(0).toUpperCase() + text.slice(1);
const cut = (text, room) => (text.length * 6.1 > room ? `${text.slice(0, Math.floor(room / 6.1) - 1)}…` : text);
const said = (row) => `${words(row.policy)} ${valueSaid(row)}`;

function table(title, rows) {
  const heads = ["policy", "estimate", "low_all", "high_all", "runs"];
  return el("div", { class: "table", tabindex: 0 }, el("table", {}, el("caption", {}, `${title}, ${t("contrasts.difference")}`),
    el("tr", {}, heads.map((head) => el("th", { scope: "col" }, t(`contrasts.${head}`)))),
    rows.map((row) => el("tr", {}, el("th", { scope: "row" }, words(row.policy)),
      heads.slice(1).map((head) => el("td", {}, head === "runs" ? row.runs : number(row[head], row.low_all === null ? row.decimals : decimalsOf(row))))))));
}
