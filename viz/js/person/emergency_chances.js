// The chance of an emergency admission in each month of both futures, and the draws near it.
import { HUES, INK } from "../core/colours.js";
import { svg } from "../core/elements.js";
import { monthName, number, t } from "../core/strings.js";
import { baseAxis, roundTicks, scaleLinear, tickNames, valueAxis } from "../charts/axes.js";
import { select } from "../library/d3.js";

const HEIGHT = 92;
const EDGE = { top: 8, low: 18 };
const LINES = [{ stroke: INK, "stroke-width": 1.4 }, { stroke: "#7d8790", "stroke-width": 4, "stroke-dasharray": "5 3" }];

/** @param {number} share */
export const percent = (share) => `${number(100 * share, share < 0.1 ? 2 : 1)}%`;

/** Draws them; says whether there is any draw so low that it is a circle.
 * @param {SVGSVGElement} plot @param {LifePage} page @param {LifeScale} scale */
export function drawRisks(plot, page, scale) {
  const height = HEIGHT * scale.big;
  const most = 1.15 * Math.max(...page.lives.flatMap((life) => life.risks.map(([, chance]) => chance)), 0.002);
  const base = height - EDGE.low * scale.big;
  const y = scaleLinear([0, most], [base, EDGE.top]);
  plot.setAttribute("viewBox", `0 0 ${scale.width} ${height}`);
  plot.style.height = `${height}px`;
  const near = draws(page, scale, y, most);
  const lines = [1, 0].map((n) => steps(page.lives[n], n, scale, y));
  const chances = values(scale, y);
  plot.replaceChildren(...years(scale, base), ...(scale.narrow ? [] : [chances]), ...near, ...lines, ...ends(page, scale, y),
    ...(scale.narrow ? [chances] : []));
  return near.length > 0;
}

/** Chances at the left. A narrow page has their names within the plot, over all else.
 * @param {LifeScale} scale @param {LinearScale} y */
function values(scale, y) {
  const ticks = roundTicks(y).filter((tick) => tick > 0 || !scale.narrow);
  const axis = valueAxis(y, ticks, tickNames(y, ticks, "%"), scale.left, scale.width - scale.right);
  if (scale.narrow) select(axis).selectAll("text").attr("x", 0).attr("dy", "-0.3em").attr("text-anchor", "start");
  return axis;
}

/** Years below, with a line between them.
 * @param {LifeScale} scale @param {number} base */
function years(scale, base) {
  const right = scale.width - scale.right;
  const every = Math.max(1, Math.ceil(((scale.months / 12) * 62 * scale.big) / (right - scale.left)));
  const all = Array.from({ length: Math.floor(scale.months / 12) }, (_, n) => n + 1);
  const lines = all.map((year) => svg("line", { x1: scale.x(12 * year), x2: scale.x(12 * year), y1: EDGE.top, y2: base, class: "year-line" }));
  const names = all.filter((year) => year % every === 0).map((year) => svg("text", {
    x: scale.x(12 * year - 6), y: base + 13 * scale.big, class: "tick", "text-anchor": "middle" }, t("charts.year", { n: year })));
  return [svg("line", { x1: scale.left, x2: right, y1: base, y2: base, class: "axis" }), ...lines, ...names];
}

/** Chances hold for a month, so a line goes in steps.
 * @param {Life} life @param {number} n @param {LifeScale} scale @param {LinearScale} y */
function steps(life, n, scale, y) {
  const d = life.risks.map(([month, chance], k) =>
    `${k ? "L" : "M"}${scale.x(month).toFixed(1)} ${y(chance).toFixed(1)}H${scale.x(month + 1).toFixed(1)}`).join("");
  return svg("path", { d, fill: "none", ...LINES[n] });
}

/** Draws that lie as low as chances do: below the line they are an admission.
 * @param {LifePage} page @param {LifeScale} scale @param {LinearScale} y @param {number} most */
function draws(page, scale, y, most) {
  const seen = new Map();
  page.lives.forEach((life) => life.risks.forEach(([month, chance, , draw]) => {
    const before = seen.get(month) ?? { draw, came: 0 };
    seen.set(month, { draw, came: before.came + (draw < chance ? 1 : 0) });
  }));
  return [...seen].filter(([, { draw }]) => draw < most).map(([month, { draw, came }]) => {
    const look = { fill: came ? HUES.fragmentation : "none", stroke: came ? HUES.fragmentation : "#98a1a8" };
    return svg("circle", { cx: scale.x(month + 0.5), cy: y(draw), r: (came === 1 ? 5 : 3.2) * scale.big, ...look, "stroke-width": 1.2 },
      svg("title", {}, t("person.draw_at", { month: monthName(month + 1), draw: percent(draw) })));
  });
}

/** @param {LifePage} page @param {LifeScale} scale @param {LinearScale} y */
function ends(page, scale, y) {
  const last = page.lives.flatMap((life) => life.risks.slice(-1));
  if (last.length < 2) return [];
  const [a, b] = last.map(([month, chance]) => ({ x: scale.x(month + 1) + 3, y: y(chance) + 4 }));
  const apart = Math.max(0, 12 * scale.big - Math.abs(a.y - b.y)) / 2;
  const up = a.y <= b.y ? 1 : -1;
  return [{ at: a, said: "A", side: -up }, { at: b, said: "B", side: up }].map(({ at, said, side }) =>
    svg("text", { x: at.x, y: at.y + side * apart, class: "value", fill: INK }, said));
}

/** A chance or a draw on a gauge.
 * @typedef {{ at: number, said: string, kind: "chance" | "without" | "draw" }} GaugeMark */

/** A draw on a line with the chances it was held against: which is above it, which below.
 * @param {Gauge} gauge */
export function gauge({ draw, chances, without }) {
  const marks = marksOf({ draw, chances, without });
  const x = scaleLinear([0, 1.25 * Math.max(...marks.map((mark) => mark.at))], [12, 288]);
  const ticks = roundTicks(x, 4);
  const spread = apart(marks.filter((mark) => mark.kind !== "draw"), x);
  const said = marks.map((mark) => `${mark.said} ${percent(mark.at)}`).join(", ");
  return svg("svg", { viewBox: "0 0 300 74", class: "gauge", role: "img", "aria-label": said },
    baseAxis(x, ticks, tickNames(x, ticks, "%"), 28, 0, 11),
    ...spread.flatMap(({ mark, text }) => [
      svg("line", { x1: x(mark.at), x2: x(mark.at), y1: 20, y2: 36, stroke: INK, "stroke-width": 2, "stroke-dasharray": mark.kind === "without" ? "2 2" : "" }),
      svg("text", { x: text, y: 14, class: "gauge-text", "text-anchor": "middle" }, `${mark.said} ${percent(mark.at)}`)]),
    svg("circle", { cx: x(draw), cy: 28, r: 5, fill: HUES.fragmentation }),
    svg("text", { x: Math.min(Math.max(x(draw), 42), 258), y: 69, class: "gauge-text", "text-anchor": "middle" }, `${t("person.draw")} ${percent(draw)}`));
}

/** @param {Gauge} gauge @returns {GaugeMark[]} */
function marksOf({ draw, chances, without }) {
  const known = chances.flatMap((chance, n) => (chance === null ? [] : [{ at: chance, said: "AB"[n], kind: /** @type {const} */ ("chance") }]));
  return [...known,
    ...(without === null ? [] : [{ at: without, said: t("person.without"), kind: /** @type {const} */ ("without") }]),
    { at: draw, said: t("person.draw"), kind: "draw" }];
}

/** Texts above a line, moved apart, none beyond its ends.
 * @param {GaugeMark[]} marks @param {LinearScale} x */
function apart(marks, x) {
  const placed = marks.map((mark) => ({ mark, half: mark.kind === "without" ? 74 : 28, text: x(mark.at) })).sort((a, b) => a.text - b.text);
  let room = 0;
  for (const one of placed) {
    one.text = Math.max(one.text, room + one.half);
    room = one.text + one.half;
  }
  room = 300;
  for (const one of placed.reverse()) {
    one.text = Math.min(one.text, room - one.half);
    room = one.text - one.half;
  }
  return placed;
}
