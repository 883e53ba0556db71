// What stands at the ends of lines, and where two futures part.
import { HUES, INK, QUIET } from "../core/colours.js";
import { svg } from "../core/elements.js";
import { number } from "../core/strings.js";
import { isPair, LETTERS } from "../core/two_policies.js";

const SPACE = 14; // between the ends of two policies' lines, px
const APART = 26; // between the names of two lines, px

/** The last point of a line, with its value in words.
 * @typedef {{ economies: number[], month: number, series: IndexedSeries, y: number, said: string }} LineEnd */

/** @param {Drawn[]} drawn @param {ChartScale} scale @returns {LineEnd[]} */
function endsOf(drawn, scale) {
  return drawn.flatMap(({ economy, values, series }) => {
    const value = values.at(-1);
    if (value === null || value === undefined) return [];
    return [{ economies: [economy], month: values.length - 1, series, y: scale.y(value), said: number(value, series.decimals) }];
  });
}

/** Values and names at the ends of lines, moved apart where they would lie on one another.
 * @param {Chart} chart @param {Drawn[]} drawn @param {ChartScale} scale @returns {SVGElement[]} */
export function namedEnds(chart, drawn, scale) {
  const { big, low } = scale.edge;
  const placed = endsOf(drawn, scale).map((one) => ({ ...one, text: one.y })).sort((a, b) => a.y - b.y);
  let last = -Infinity;
  for (const one of placed) one.text = last = Math.max(one.y, last + APART * big);
  let room = chart.height - low - 15 * big;
  for (const one of [...placed].reverse()) {
    one.text = Math.min(one.text, room);
    room = one.text - APART * big;
  }
  return placed.flatMap((one) => {
    const x = scale.x(one.month);
    return [
      svg("circle", { cx: x, cy: one.y, r: 3, fill: HUES[chart.family] }),
      svg("text", { x: x + 7, y: one.text + 1, class: "value", fill: INK }, one.said),
      svg("text", { x: x + 7, y: one.text + 13 * big, class: "name", fill: QUIET }, one.series.label),
    ];
  });
}

/** A letter and a value at the end of each line; one label for both where they show the same.
 * @param {Chart} chart @param {Drawn[]} drawn @param {ChartScale} scale @returns {SVGElement[]} */
export function pairEnds(chart, drawn, scale) {
  const ends = endsOf(drawn, scale);
  const dots = ends.map((one) => dot(chart, one, scale));
  return [...dots, ...apart(together(ends), { ...scale.edge, base: chart.height - scale.edge.low }).map((one) => label(one, scale))];
}

/** @param {LineEnd[]} ends @returns {LineEnd[]} */
function together(ends) {
  const [a, b] = ends;
  return a && b && a.said === b.said ? [{ ...a, economies: [0, 1] }] : ends.sort((x, y) => x.y - y.y);
}

/** Two labels, moved apart, both between the top of the plot and its base.
 * @param {LineEnd[]} ends @param {{ top: number, base: number, big: number }} within @returns {LineEnd[]} */
export function apart(ends, { top, base, big }) {
  if (ends.length < 2) return ends;
  const [upper, lower] = ends;
  const lack = Math.max(SPACE * big - (lower.y - upper.y), 0) / 2;
  const over = Math.max(lower.y + lack - base, 0) - Math.max(top - (upper.y - lack), 0);
  return [{ ...upper, y: upper.y - lack - over }, { ...lower, y: lower.y + lack - over }];
}

/** @param {Chart} chart @param {LineEnd} end @param {ChartScale} scale */
function dot(chart, { month, y, economies }, scale) {
  const hue = HUES[chart.family];
  return svg("circle", { cx: scale.x(month), cy: y, r: 3, stroke: hue, "stroke-width": 1.5, fill: economies[0] ? "#fffdf8" : hue });
}

/** @param {LineEnd} end @param {ChartScale} scale */
function label({ economies, month, y, said }, scale) {
  const letters = economies.map((n) => LETTERS[n]).join(" ");
  return svg("text", { x: scale.x(month) + 7, y: y + 4, class: "value", fill: INK },
    svg("tspan", { class: "letter" }, letters), ` ${said}`);
}

/** A line at the first month in which the futures differ.
 * @param {Store} store @param {Chart} chart @param {ChartScale} scale */
export function partingMark(store, chart, scale) {
  if (!isPair(store) || !store.parting || !store.parting.month) return null;
  const x = scale.x(store.parting.month);
  return svg("line", { x1: x, x2: x, y1: 2, y2: chart.height - scale.edge.low, class: "parting-mark" });
}
