// The chance of an emergency admission in each month of both futures, and the draws near it.
import { HUES, INK } from "../core/colours.js";
import { svg } from "../core/elements.js";
import { monthName, number, t } from "../core/strings.js";

const HEIGHT = 92;
const EDGE = { top: 8, low: 18 };
const LINES = [{ stroke: INK, "stroke-width": 1.4 }, { stroke: "#7d8790", "stroke-width": 4, "stroke-dasharray": "5 3" }];

export const percent = (share) => `${number(100 * share, share < 0.1 ? 2 : 1)}%`;

/** Draws them; says whether there is any draw so low that it is a circle. */
export function drawRisks(plot, page, scale) {
  const height = HEIGHT * scale.big;
  const most = 1.15 * Math.max(...page.lives.flatMap((life) => life.risks.map(([, chance]) => chance)), 0.002);
  const base = height - EDGE.low * scale.big;
  const y = (share) => EDGE.top + ((base - EDGE.top) * (most - share)) / most;
  plot.setAttribute("viewBox", `0 0 ${scale.width} ${height}`);
  plot.style.height = `${height}px`;
  const near = draws(page, scale, y, most);
  plot.replaceChildren(...axes(scale, base, most, y), ...near,
    ...[1, 0].map((n) => steps(page.lives[n], n, scale, y)), ...ends(page, scale, y));
  return near.length > 0;
}

function axes(scale, base, most, y) {
  const marks = [svg("line", { x1: scale.left, x2: scale.width - scale.right, y1: base, y2: base, class: "axis" })];
  const years = scale.months / 12;
  const every = Math.max(1, Math.ceil((years * 62 * scale.big) / (scale.width - scale.left)));
  for (let year = 1; year <= years; year += 1) {
    const x = scale.x(12 * year);
    marks.push(svg("line", { x1: x, x2: x, y1: EDGE.top, y2: base, class: "year-line" }));
    if (year % every) continue;
    marks.push(svg("text", { x: scale.x(12 * year - 6), y: base + 13 * scale.big, class: "tick", "text-anchor": "middle" }, t("charts.year", { n: year })));
  }
  const step = [0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001].find((s) => s < most) ?? most;
  const label = scale.narrow ? { x: scale.left, "text-anchor": "start" } : { x: scale.left - 8, "text-anchor": "end" };
  marks.push(svg("line", { x1: scale.left, x2: scale.width - scale.right, y1: y(step), y2: y(step), class: "nought" }),
    svg("text", { ...label, y: y(step) + (scale.narrow ? -3 : 4), class: "tick" }, `${number(100 * step, step < 0.01 ? 1 : 0)}%`));
  return marks;
}

/** Chances hold for a month, so a line goes in steps. */
function steps(life, n, scale, y) {
  const d = life.risks.map(([month, chance], k) =>
    `${k ? "L" : "M"}${scale.x(month).toFixed(1)} ${y(chance).toFixed(1)}H${scale.x(month + 1).toFixed(1)}`).join("");
  return svg("path", { d, fill: "none", ...LINES[n] });
}

/** Draws that lie as low as chances do: below the line they are an admission. */
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

function ends(page, scale, y) {
  const last = page.lives.map((life) => life.risks.at(-1)).filter(Boolean);
  if (last.length < 2) return [];
  const [a, b] = last.map(([month, chance]) => ({ x: scale.x(month + 1) + 3, y: y(chance) + 4 }));
  const apart = Math.max(0, 12 * scale.big - Math.abs(a.y - b.y)) / 2;
  const up = a.y <= b.y ? 1 : -1;
  return [[a, "A", -up], [b, "B", up]].map(([at, said, side]) =>
    svg("text", { x: at.x, y: at.y + side * apart, class: "value", fill: INK }, said));
}

/** A draw on a line with the chances it was held against: which is above it, which below. */
export function gauge({ draw, chances, without }, big) {
  const marks = [
    ...chances.map((chance, n) => ({ at: chance, said: "AB"[n], kind: "chance" })),
    { at: without, said: t("person.without"), kind: "without" }, { at: draw, said: t("person.draw"), kind: "draw" },
  ].filter((mark) => mark.at !== null);
  const most = 1.25 * Math.max(...marks.map((mark) => mark.at));
  const x = (share) => 6 + (288 * share) / most;
  const spread = apart(marks.filter((mark) => mark.kind !== "draw"), x);
  const said = marks.map((mark) => `${mark.said} ${percent(mark.at)}`).join(", ");
  return svg("svg", { viewBox: "0 0 300 56", class: "gauge", role: "img", "aria-label": said },
    svg("line", { x1: 6, x2: 294, y1: 28, y2: 28, class: "axis" }),
    ...spread.flatMap(({ mark, text }) => [
      svg("line", { x1: x(mark.at), x2: x(mark.at), y1: 20, y2: 36, stroke: INK, "stroke-width": 2, "stroke-dasharray": mark.kind === "without" ? "2 2" : "" }),
      svg("text", { x: text, y: 14, class: "gauge-text", "text-anchor": "middle" }, `${mark.said} ${percent(mark.at)}`)]),
    svg("circle", { cx: x(draw), cy: 28, r: 5, fill: HUES.fragmentation }),
    svg("text", { x: Math.min(Math.max(x(draw), 42), 258), y: 51, class: "gauge-text", "text-anchor": "middle" }, `${t("person.draw")} ${percent(draw)}`));
}

/** Texts above a line, moved apart, none beyond its ends. */
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
