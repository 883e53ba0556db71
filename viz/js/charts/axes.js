// Axes with round ticks, by D3, in the look of the page.
import { svg } from "../core/elements.js";
import { axisBottom, axisLeft, scaleLinear, select } from "../library/d3.js";

const COUNTS = [3, 4, 2, 5, 6, 8]; // of ticks, in the order in which they are tried
const DIGIT = 0.58; // of the size of type: how wide a digit is
const TICK = 0.75; // of the size of type of the page, as in panels.css
const PADDING = 5; // px between a tick and its name

export { scaleLinear };

/** About three round values of a scale, two at least where there are so many, `most` at most.
 * @param {LinearScale} scale @param {number} [most] @returns {number[]} */
export function roundTicks(scale, most = 3) {
  const tried = COUNTS.map((count) => scale.ticks(count));
  const several = tried.find((ticks) => ticks.length > 1) ?? tried[0];
  return tried.find((ticks) => ticks.length > 1 && ticks.length <= most) ?? thinned(several, most);
}

/** @param {number[]} ticks @param {number} most */
function thinned(ticks, most) {
  const every = Math.ceil(ticks.length / most);
  return ticks.filter((_, n) => n % every === 0);
}

/** Names of ticks, with as many decimals as tell them apart; `specifier` as D3 has it, "%" or "+f".
 * @param {LinearScale} scale @param {number[]} ticks @param {string} [specifier] */
export function tickNames(scale, ticks, specifier = "") {
  const step = ticks.length > 1 ? Math.abs(ticks[1] - ticks[0]) : Math.abs(ticks[0]) || 1;
  const [low, high] = scale.domain();
  const named = scale.tickFormat(Math.max(Math.round(Math.abs(high - low) / step), 1), specifier || undefined);
  return ticks.map((tick) => (tick === 0 ? named(0).replace("+", "") : named(tick)));
}

/** How wide the widest name is, px, in the type of the page.
 * @param {string[]} names @param {number} size */
export const widthOf = (names, size) =>
  Math.max(...names.map((name) => name.length), 0) * DIGIT * TICK * size + PADDING + 2;

/** A value axis left of a plot: names of ticks, and a faint line across at each.
 * @param {LinearScale} y @param {number[]} ticks @param {string[]} names @param {number} left @param {number} right */
export function valueAxis(y, ticks, names, left, right) {
  const axis = axisLeft(y).tickValues(ticks).tickFormat((_, n) => names[n])
    .tickSizeInner(left - right).tickSizeOuter(0).tickPadding(PADDING);
  return drawn(axis, "values", `translate(${left},0)`, true);
}

/** An axis below a plot.
 * @param {LinearScale} x @param {number[]} ticks @param {string[]} names @param {number} base @param {number} [across] px of the lines up from it @param {number} [padding] px above names */
export function baseAxis(x, ticks, names, base, across = 0, padding = across ? PADDING : 3) {
  const axis = axisBottom(x).tickValues(ticks).tickFormat((_, n) => names[n])
    .tickSizeInner(across ? -across : 3).tickSizeOuter(0).tickPadding(padding);
  return drawn(axis, across ? "values" : "months", `translate(0,${base})`, false);
}

/** @param {import("../library/d3.js").Axis} axis @param {string} kind @param {string} place @param {boolean} bare */
function drawn(axis, kind, place, bare) {
  const group = svg("g", { class: `scale ${kind}` });
  const made = select(group).call(axis);
  for (const name of ["font-family", "font-size", "text-anchor"]) made.attr(name, null);
  made.attr("transform", place).selectAll("text").attr("text-anchor", bare ? "end" : "middle");
  if (bare) made.select(".domain").remove();
  return group;
}
