// Other seeds in the background: paired differences of two policies with their intervals.
import { HUES } from "../core/colours.js";
import { el, replace, svg } from "../core/elements.js";
import { badge, isPair } from "../core/two_policies.js";
import { regimeSwatch } from "../core/regimes.js";
import { number, t } from "../core/strings.js";
import { baseAxis, roundTicks, scaleLinear, tickNames } from "./axes.js";

const PLOT = { width: 124, height: 32, middle: 9, base: 18 }; // px
const FAMILIES = /** @type {Family[]} */ (["monopoly", "fragmentation", "care", "money"]);
const BUSY = ["waiting", "running"];
const OVER = ["done", "failed"];
const STILL_HERE = 3000; // ms between words that the page is open: without them the server stops

/** The charts of these two runs, or the same two policies under other seeds.
 * @param {Store} store @param {HTMLElement} charts */
export function makeOutlook(store, charts) {
  const luck = el("section", { class: "panel luck", tabindex: 0, "aria-label": t("luck.title") });
  const state = { begun: false, wanted: false };
  /** @param {boolean} on */
  const ask = (on) => {
    Object.assign(state, { begun: true, wanted: on });
    store.send({ do: "replicates", on });
  };
  const begin = () => {
    if (isPair(store) && !state.begun && (store.playing || store.view.luck)) ask(true);
  };
  const root = el("div", { class: "outlook" }, makeSwitch(store), charts, luck);
  const show = () => {
    luck.hidden = !(isPair(store) && store.view.luck);
    charts.hidden = !luck.hidden;
  };
  store.on("scene", () => Object.assign(state, { begun: false, wanted: false }));
  for (const what of ["frame", "view"]) store.on(what, begin);
  for (const what of ["scene", "view"]) store.on(what, show);
  for (const what of ["scene", "replicates"]) store.on(what, () => drawLuck(store, luck, ask));
  setInterval(() => {
    if (state.wanted && !OVER.includes(store.replicates?.state ?? "")) store.send({ do: "replicates", on: true, quiet: true });
  }, STILL_HERE);
  return root;
}

/** @param {Store} store */
function makeSwitch(store) {
  /** @param {boolean} luck */
  const button = (luck) => el("button", { type: "button", onclick: () => store.set({ luck }) });
  const buttons = [button(false), button(true)];
  const root = el("div", { class: "switch", role: "group" }, buttons);
  const draw = () => {
    root.hidden = !isPair(store);
    root.setAttribute("aria-label", t("luck.switch"));
    const told = store.replicates;
    const far = told ? ` ${told.done}/${told.seeds.length}` : "";
    buttons[0].textContent = t("luck.lines");
    buttons[1].textContent = `${t("luck.title")}${far}`;
    buttons.forEach((one, n) => one.setAttribute("aria-pressed", String(Boolean(store.view.luck) === Boolean(n))));
  };
  for (const what of ["scene", "view", "replicates"]) store.on(what, draw);
  return root;
}

/** @param {Store} store @param {HTMLElement} root @param {(on: boolean) => void} ask */
function drawLuck(store, root, ask) {
  const told = store.replicates;
  if (!told) return replace(root, el("p", { class: "quiet" }, t("luck.none")));
  const focused = root.contains(document.activeElement) && document.activeElement?.tagName === "BUTTON";
  replace(root, head(told, ask), told.rows.length ? forest(told) : null, regimes(told), foot(told));
  if (focused) root.querySelector("button")?.focus();
}

/** @param {Replicates} told @param {(on: boolean) => void} ask */
function head(told, ask) {
  const { seeds, done, patients, years, state } = told;
  const busy = BUSY.includes(state);
  const button = busy || done < seeds.length
    ? el("button", { type: "button", onclick: () => ask(!busy) }, t(busy ? "luck.stop" : "luck.go_on")) : null;
  const values = { n: seeds.length, first: seeds[0], last: seeds.at(-1), patients: number(patients, 0), years, done };
  return el("div", { class: "luck-head" },
    el("p", {}, el("strong", {}, t("luck.question")), " ", t("luck.lead", values)),
    el("div", { class: "progress" },
      el("progress", { max: seeds.length, value: done, "aria-label": t("luck.progress") }),
      el("span", {}, told.failure || t(`luck.${state}`, values)), button));
}

/** @param {Replicates} told */
function forest(told) {
  const groups = FAMILIES.map((family) => ({ family, rows: told.rows.filter((row) => row.family === family) }));
  /** @param {Child} said */
  const column = (said) => el("th", { scope: "col" }, said);
  return el("table", { class: "forest" },
    el("caption", {}, t("luck.caption", { n: told.done })),
    el("thead", {}, el("tr", {}, column(t("luck.outcome")), column(badge([0])), column(badge([1])),
      column(t("luck.difference")), column(t("luck.interval")))),
    groups.filter(({ rows }) => rows.length).map(({ family, rows }) => el("tbody", { class: family }, rows.map((row) => oneRow(row)))));
}

/** Shares of people by regime under both policies, or why they are not told.
 * @param {Replicates} told */
function regimes({ done, regimes: { rows, reason } }) {
  if (!rows.length) return reason ? el("p", { class: "luck-regimes unsaid" }, reason) : null;
  /** @param {Child} said */
  const column = (said) => el("th", { scope: "col" }, said);
  return el("table", { class: "forest luck-regimes" },
    el("caption", {}, t("luck.regimes", { n: done })),
    el("thead", {}, el("tr", {}, column(t("luck.regime")), column(badge([0])), column(badge([1])))),
    el("tbody", {}, rows.map(({ name, levels, halves }) => el("tr", {},
      el("th", { scope: "row", title: t(`regime.${name}`) }, regimeSwatch(name), " ", t(`regime.name_${name}`)),
      levels.map((level, n) => el("td", { class: "level" }, share(level, halves[n])))))));
}

/** A share in per cent with half its interval, where that is known and not rounded away.
 * @param {number} level @param {number | null} half */
const share = (level, half) =>
  number(100 * level, 0) + (half !== null && 100 * half >= 0.5 ? ` ±${number(100 * half, 0)}` : "");

/** @param {SeedsRow} row */
function oneRow(row) {
  const decimals = digits(row);
  /** @param {number | null} value @param {Child} [more] */
  const cell = (value, more) => el("td", {}, number(value, decimals), more);
  return el("tr", { class: row.star ? "differs" : "" },
    el("th", { scope: "row", title: row.meaning }, row.title, " ", el("span", {}, row.unit)),
    row.levels.map((level) => el("td", { class: "level" }, number(level, row.decimals))),
    el("td", { class: "plot" }, plot(row)),
    row.low_all === null || row.high_all === null ? cell(row.estimate) : el("td", {}, el("b", {}, verdict(row, decimals)),
      el("span", {}, `${signed(row.low_all, decimals)} ${t("luck.to")} ${signed(row.high_all, decimals)}`)));
}

/** A difference with its star, or that it is too small to matter.
 * @param {SeedsRow} row @param {number} decimals */
const verdict = (row, decimals) =>
  row.negligible ? t("luck.negligible") : signed(row.estimate, decimals) + (row.star ? " *" : "");
/** @param {number | null} value @param {number} decimals */
const signed = (value, decimals) => (value !== null && value > 0 ? "+" : "") + number(value, decimals);

/** Decimals that show two digits of half the interval.
 * @param {SeedsRow} row */
function digits(row) {
  const { low_all: low, high_all: high } = row;
  const half = low === null || high === null ? 0 : (high - low) / 2;
  if (!(half > 0)) return row.decimals;
  return Math.min(Math.max(1 - Math.floor(Math.log10(half)), row.decimals), row.decimals + 3);
}

/** The difference on a scale of its own around nought: filled if it has a star.
 * @param {SeedsRow} row */
function plot(row) {
  const { width, height, middle, base } = PLOT;
  const estimate = row.estimate ?? 0;
  const [low, high] = [row.low_all ?? estimate, row.high_all ?? estimate];
  const reach = 1.08 * Math.max(Math.abs(low), Math.abs(high), 1e-12);
  const x = scaleLinear([-reach, reach], [0, width]);
  const ticks = roundTicks(x);
  const hue = HUES[row.family];
  return svg("svg", { viewBox: `0 0 ${width} ${height}`, "aria-hidden": "true" },
    baseAxis(x, ticks, tickNames(x, ticks), base, base),
    svg("path", { d: `M${width / 2} 0V${base}`, class: "nought" }),
    svg("path", { d: `M${x(low)} ${middle}H${x(high)}M${x(low)} ${middle - 4}v8M${x(high)} ${middle - 4}v8`, stroke: hue, "stroke-width": 1.6 }),
    svg("circle", { cx: x(estimate), cy: middle, r: 4, fill: row.star ? hue : "#fffdf8", stroke: hue, "stroke-width": 1.8 }));
}

/** @param {Replicates} told */
function foot(told) {
  return el("div", { class: "quiet" }, el("p", {}, t("luck.meaning")),
    el("p", {}, t("luck.command"), " ", el("code", {}, told.command.split(" ").flatMap((word) => [el("span", {}, word), " "]))));
}
