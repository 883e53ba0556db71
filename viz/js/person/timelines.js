// A person's contacts in one future: a lane for each organisation, handovers as lines between them.
import { QUIET } from "../core/colours.js";
import { svg } from "../core/elements.js";
import { monthName } from "../core/strings.js";

const LOSS = "#b8471b";
const SAME = "#a5adb4"; // what is alike in both futures
const OWN = "#1c2630";
const KEPT = "#d6cfbf";
const NARROW = 560;
const LANE = { least: 15, most: 23 };

/** Where months and lanes lie; the same for both futures and for the chances below them. `room` is
 * the height for all lanes of one future, null where a page may grow.
 * @param {Store} store @param {number} width @param {number | null} room @returns {LifeScale} */
export function scaleOf(store, width, room) {
  const big = store.view.big ? 1.25 : 1;
  const narrow = width < NARROW;
  const left = narrow ? 8 : 168 * big;
  const right = 14;
  const months = store.months;
  return {
    big, narrow, left, right, width, months, lane: laneHeight(store, narrow, room) * big, low: narrow ? 13 : 0,
    x: (month) => left + ((width - left - right) * month) / months,
    monthAt: (x) => Math.min(Math.max(Math.floor(((x - left) / (width - left - right)) * months), 0), months - 1),
  };
}

/** @param {Store} store @param {boolean} narrow @param {number | null} room */
function laneHeight(store, narrow, room) {
  if (narrow) return 32;
  const lanes = (store.life.page?.lanes.length ?? 0) + 1;
  return room === null ? LANE.most : Math.min(Math.max(room / lanes, LANE.least), LANE.most);
}

/** The drawing of a life; lane -1, the person's own, lies on top.
 * @param {SVGSVGElement} plot @param {LifePage} page @param {number} economy @param {LifeScale} scale @param {string} ownName */
export function drawLanes(plot, page, economy, scale, ownName) {
  const life = page.lives[economy];
  /** @param {number} lane */
  const y = (lane) => (lane + 1.5) * scale.lane + scale.low / 2;
  const height = (page.lanes.length + 1) * scale.lane + scale.low / 2 + 4;
  plot.setAttribute("viewBox", `0 0 ${scale.width} ${height}`);
  plot.style.height = `${height}px`;
  const spots = spotsOf(life);
  plot.replaceChildren(
    ...years(scale, height), ...lines(page, scale, y), ...ended(page, life, scale, height),
    ...life.links.filter((link) => !link.lost).flatMap((link) => kept(link, spots, scale, y)),
    ...life.marks.flatMap((mark, n) => mark.lanes.flatMap((lane) => shape(mark, scale.x(spots[n]), y(lane), scale.big * (lane >= 0 && mark.what === "admission" ? 0.6 : 1)))),
    ...life.links.filter((link) => link.lost).map((link) => lost(link, spots, scale, y)),
    ...names(page, economy, scale, y, ownName));
}

/** Things of one month lie side by side within it.
 * @param {Life} life */
function spotsOf(life) {
  /** @type {Record<number, number>} */
  const of = {};
  life.marks.forEach((mark) => (of[mark.month] = (of[mark.month] ?? 0) + 1));
  /** @type {Record<number, number>} */
  const seen = {};
  return life.marks.map(({ month }) => {
    seen[month] = (seen[month] ?? 0) + 1;
    return month + seen[month] / (of[month] + 1);
  });
}

/** @param {LifeScale} scale @param {number} height */
function years(scale, height) {
  const lines = [];
  for (let month = 0; month <= scale.months; month += 12) {
    lines.push(svg("line", { x1: scale.x(month), x2: scale.x(month), y1: 0, y2: height, class: "year-line" }));
  }
  return lines;
}

/** @param {LifePage} page @param {LifeScale} scale @param {(lane: number) => number} y */
const lines = (page, scale, y) => [null, ...page.lanes].map((lane, n) =>
  svg("line", { x1: scale.left, x2: scale.width - scale.right, y1: y(n - 1), y2: y(n - 1), class: lane ? "lane-line" : "lane-line self" }));

/** @param {LifePage} page @param {number} economy @param {LifeScale} scale @param {(lane: number) => number} y @param {string} ownName */
function names(page, economy, scale, y, ownName) {
  const all = [{ name: ownName, own: true, contacts: [0, 0] }, ...page.lanes.map((lane) => ({ ...lane, own: false }))];
  return all.map((lane, n) => {
    const at = y(n - 1);
    const used = lane.own || lane.contacts[economy] > 0 || reached(page.lives[economy], n - 1);
    const room = scale.narrow ? scale.width / 6.4 : scale.left / (6.5 * scale.big);
    return svg("text", {
      x: scale.narrow ? 8 : scale.left - 8, y: scale.narrow ? at - 12 : at + 4,
      class: `lane-name${lane.own ? " self" : ""}${used ? "" : " unused"}`, "text-anchor": scale.narrow ? "start" : "end",
    }, cut(lane.name, room), svg("title", {}, lane.name));
  });
}

/** @param {Life} life @param {number} lane */
const reached = (life, lane) => life.links.some((link) => link.from === lane || link.to === lane);

/** @param {string} name @param {number} room */
const cut = (name, room) => (name.length > room ? `${name.slice(0, Math.max(Math.floor(room) - 1, 3))}…` : name);

/** Months after the end of the life.
 * @param {LifePage} page @param {Life} life @param {LifeScale} scale @param {number} height */
function ended(page, life, scale, height) {
  if (page.partial && !life.end) return [];
  if (life.months >= scale.months) return [];
  const x = scale.x(life.months);
  return [svg("rect", { x, y: 0, width: scale.width - scale.right - x, height, class: "gone" }),
    svg("line", { x1: x, x2: x, y1: 0, y2: height, class: "gone-line" })];
}

/** @param {Handover} link @param {number[]} spots @param {LifeScale} scale @param {(lane: number) => number} y */
function kept(link, spots, scale, y) {
  if (link.from === link.to) return [];
  const x = scale.x(spots[link.of]);
  return [svg("line", { x1: x, x2: x, y1: y(link.from), y2: y(link.to), stroke: link.own ? QUIET : KEPT, "stroke-width": 1 })];
}

/** @param {Handover} link @param {number[]} spots @param {LifeScale} scale @param {(lane: number) => number} y */
function lost(link, spots, scale, y) {
  const x = scale.x(spots[link.of]);
  const middle = link.from === link.to ? y(link.from) : (y(link.from) + y(link.to)) / 2;
  const r = (link.own ? 4 : 2.6) * scale.big;
  const ink = { stroke: LOSS, "stroke-width": link.own ? 2.2 : 1.1, fill: "none" };
  const parts = [svg("path", { d: `M${x - r} ${middle - r}L${x + r} ${middle + r}M${x - r} ${middle + r}L${x + r} ${middle - r}`, ...ink })];
  if (link.from !== link.to) {
    parts.unshift(svg("line", { x1: x, x2: x, y1: y(link.from), y2: y(link.to), ...ink, "stroke-dasharray": "3 3" }));
  }
  if (link.own) parts.unshift(svg("circle", { cx: x, cy: middle, r: r + 3.5, fill: "#fff4ec", stroke: LOSS, "stroke-width": 1 }));
  return svg("g", {}, ...parts, svg("title", {}, `${monthName(link.month + 1)}: ${link.said}`));
}

/** A mark by what happened; filled ink where only this future has it, grey where both do.
 * @param {Mark} mark @param {number} x @param {number} y @param {number} big */
function shape(mark, x, y, big) {
  const draw = SHAPES[mark.what];
  if (!draw) return [];
  const made = draw(x, y, big, mark.own ? OWN : SAME, mark.own);
  made.append(svg("title", {}, `${monthName(mark.month + 1)}: ${mark.said}`));
  return [made];
}

/** @param {number} r @returns {MarkShape} */
const dot = (r) => (x, y, big, ink) => svg("circle", { cx: x, cy: y, r: r * big, fill: ink });
/** @param {Point[]} points @returns {MarkShape} */
const path = (points) => (x, y, big, ink) =>
  svg("path", { d: `M${points.map(([a, b]) => `${x + a * big} ${y + b * big}`).join("L")}Z`, fill: ink });

/** @type {MarkShape} */
function emergency(x, y, big, _ink, own) {
  const d = `M${x} ${y - 7 * big}L${x + 6.5 * big} ${y + 5 * big}L${x - 6.5 * big} ${y + 5 * big}Z`;
  return svg("path", { d, fill: own ? LOSS : "#fffdf8", stroke: LOSS, "stroke-width": 1.6, "stroke-linejoin": "round" });
}

/** @param {string} said @param {string | null} [own] @returns {MarkShape} */
const letter = (said, own = null) => (x, y, big, ink) =>
  svg("text", { x, y: y + 4.5 * big, class: "mark-letter", "text-anchor": "middle", fill: own ?? ink }, said);

/** How a mark is drawn: where, how large, in which ink, whether only this future has it.
 * @typedef {(x: number, y: number, big: number, ink: string, own: boolean) => SVGElement} MarkShape */

/** @type {Record<string, MarkShape>} */
export const SHAPES = {
  consultation: dot(1.9),
  yearly_review: (x, y, big, ink) => svg("circle", { cx: x, cy: y, r: 2.6 * big, fill: "#fffdf8", stroke: ink, "stroke-width": 1.3 }),
  clinic: dot(3.6),
  point_of_access: path([[-3.8, -3], [3.8, -3], [0, 4]]),
  clinic_outside_hospital: path([[0, -4.6], [4.6, 0], [0, 4.6], [-4.6, 0]]),
  operation: path([[-3.6, -3.6], [3.6, -3.6], [3.6, 3.6], [-3.6, 3.6]]),
  last_phase: path([[-5, -1.6], [5, -1.6], [5, 1.6], [-5, 1.6]]),
  admission: emergency,
  emergency_department: (x, y, big, ink) =>
    svg("path", { d: `M${x} ${y - 4.5 * big}L${x + 4.2 * big} ${y + 3.2 * big}L${x - 4.2 * big} ${y + 3.2 * big}Z`, fill: "none", stroke: ink, "stroke-width": 1.2 }),
  condition: letter("+"),
  died: letter("†", OWN),
  moved_away: letter("→"),
  list_moved: letter("⇄"),
  chose_practice: letter("⇆"),
  enrolled: letter("∈"),
  programme: dot(2.4),
  left_programme: letter("∉"),
};
