// Two policies on one page: their letters, their lines' ends, the month in which they part.
import { HUES, INK } from "./colours.js";
import { el, svg } from "./elements.js";
import { monthName, number, t } from "./strings.js";

const LETTERS = ["A", "B"];
export const PAIR_EDGE = 66; // right of the lines, px
const SPACE = 14; // between the ends of two lines, px

export const isPair = (store) => store.series.length > 1;

/** "A " or "B " before a name, nothing where there is only one policy. */
export const letterOf = (store, economy) => (isPair(store) ? `${LETTERS[economy]} ` : "");

export const badge = (economies) =>
  el("span", { class: `badge of-${economies.join("")}` }, economies.map((n) => LETTERS[n]).join(" "));

/** A heading with the letter and the title of a policy, and how its lines are drawn. */
export function policyName(store, economy) {
  return el("h2", { class: "policy-name" }, badge([economy]), " ", el("span", {}, store.scene.wish.titles[economy]),
    svg("svg", { class: "sample", viewBox: "0 0 30 6", "aria-hidden": "true" },
      svg("path", { d: "M0 3H30", class: `economy-${economy}`, stroke: INK, fill: "none" })));
}

/** A letter and a value at the end of each line; one label for both where they show the same. */
export function pairEnds(store, chart, drawn, scale) {
  const ends = drawn
    .map((one) => ({ economies: [one.economy], month: one.values.length - 1, value: one.values.at(-1), series: one.series }))
    .filter((one) => one.value !== null && one.value !== undefined)
    .map((one) => ({ ...one, y: scale.y(one.value), said: number(one.value, one.series.decimals) }));
  const dots = ends.map((one) => dot(chart, one, scale));
  return [...dots, ...apart(chart, together(ends), store.view.big ? 1.28 : 1).map((one) => label(one, scale))];
}

function together(ends) {
  const [a, b] = ends;
  return a && b && a.said === b.said ? [{ ...a, economies: [0, 1] }] : ends.sort((x, y) => x.y - y.y);
}

function apart(chart, ends, big) {
  if (ends.length < 2) return ends;
  const [top, low] = ends;
  const lack = Math.max(SPACE * big - (low.y - top.y), 0) / 2;
  const over = Math.max(low.y + lack - (chart.height - 14), 0);
  return [{ ...top, y: top.y - lack - over }, { ...low, y: low.y + lack - over }];
}

function dot(chart, { month, y, economies }, scale) {
  const hue = HUES[chart.family];
  return svg("circle", { cx: scale.x(month), cy: y, r: 3, stroke: hue, "stroke-width": 1.5, fill: economies[0] ? "#fffdf8" : hue });
}

function label({ economies, month, y, said }, scale) {
  const letters = economies.map((n) => LETTERS[n]).join(" ");
  return svg("text", { x: scale.x(month) + 7, y: y + 4, class: "value", fill: INK },
    svg("tspan", { class: "letter" }, letters), ` ${said}`);
}

/** A line at the first month in which the futures differ. */
export function partingMark(store, chart, scale) {
  if (!isPair(store) || !store.parting || !store.parting.month) return null;
  const x = scale.x(store.parting.month);
  return svg("line", { x1: x, x2: x, y1: 2, y2: chart.height - 16, class: "parting-mark" });
}

/** When the futures part, and what is done in only one of them. */
export function partingSaid(store) {
  const { parting, lived } = store;
  if (!parting) return [el("p", {}, t(lived ? "pair.same" : "pair.begin"))];
  const when = el("strong", {}, t("pair.part", { when: monthName(parting.month) }));
  const told = parting.told.flatMap((rows, n) => rows.slice(0, 1).map((row) => [n, row]));
  if (told.length) return told.map(([n, row], k) => el("p", {}, k ? null : when, k ? null : " ", ...deed(n, row)));
  const names = parting.figures.map((name) => store.scene.series.find((s) => s.name === name));
  return [el("p", {}, when, " ", t("pair.figures", { names: names.map((s) => `${s.chart} (${s.label})`).join(", ") }))];
}

function deed(economy, row) {
  const why = row.why ? `, ${row.why}` : "";
  return [badge([economy]), " ", el("b", {}, row.who), row.agent ? " " : " — ", `${row.did}${why}.`];
}
