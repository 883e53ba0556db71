// What a map shows, drawn with a pen: areas, catchments, flows, practices and hospitals of one economy.
import { HUES, INK, LAND, PAPER, QUIET, shade } from "../core/colours.js";
import { REGIMES } from "../core/regimes.js";
import { practiceAt } from "../core/store.js";
import { bordersOf, FLOWS, isOpen, lostRange, patternOf } from "./legend.js";

const SECONDS_A_TRIP = 2.4;
const LETTERS_ABOVE = 17; // px that a regime's letters are above the middle of an area, where practices are
const FAINT = 0.82; // of the hues of regimes: flows and borders show on them
export const CROWDED = 520; // px: a narrower map has smaller names
const STILL = globalThis.matchMedia?.("(prefers-reduced-motion: reduce)") ?? { matches: true };

/** A value of an area between the last month and this one.
 * @typedef {(name: "few" | "lost", n: number) => number} AreaValue */
/** A referral flow: from practice g, to which site, what share, how thick.
 * @typedef {{ g: number, site: number, share: number, weight: number }} Flow */

/** Whether the map moves while the months go by.
 * @param {PlaceMap} map */
export const moving = (map) => map.store.playing && !STILL.matches;

/** @param {Site} site */
export const siteSize = (site) => 8 + Math.sqrt(site.beds) * 0.42;

/** The map `share` of the way from the last frame to this one.
 * @param {PlaceMap} map @param {Pen} pen @param {number} share */
export function drawWith(map, pen, share) {
  const { store, economy } = map;
  const now = store.frame.economies[economy];
  const was = (store.before ?? store.frame).economies[economy];
  /** @type {AreaValue} */
  const value = (name, n) => was.arrays[name][n] + (now.arrays[name][n] - was.arrays[name][n]) * share;
  drawAreas(map, pen, value, now.arrays.regime);
  if (store.view.catchments) drawCatchments(map, pen, now.arrays.main_site, now.arrays.owner);
  if (store.view.flows) drawFlows(map, pen, now.arrays);
  drawPractices(map, pen, now);
  drawSites(map, pen, now.arrays);
}

/** @param {PlaceMap} map @param {Pen} pen @param {AreaValue} value @param {Numbers} codes */
function drawAreas(map, pen, value, codes) {
  const { store } = map;
  store.scene.areas.forEach((_, n) => {
    const code = codes[n];
    const pattern = patternOf(store, value("few", n), code);
    pen.fillStyle = colourOf(store, value, code, n);
    pen.globalAlpha = store.view.colour === "regime" ? FAINT : 1;
    pen.fill(map.paths[n]);
    pen.globalAlpha = 1;
    pen.strokeStyle = "rgba(255,253,248,.9)";
    pen.lineWidth = 1;
    pen.stroke(map.paths[n]);
    if (pattern !== "usual") (pattern === "more" ? hatch : dots)(map, pen, n);
  });
  if (store.view.colour === "regime") letters(map, pen, codes);
}

/** @param {Store} store @param {AreaValue} value @param {number} code @param {number} n */
function colourOf(store, value, code, n) {
  const { colour } = store.view;
  if (colour === "regime") return code < 0 ? LAND : REGIMES[code].hue;
  const [low, high] = colour === "few" ? [0, 1] : lostRange(store);
  const worth = value(colour, n);
  return Number.isFinite(worth) ? shade(colour, (worth - low) / (high - low)) : LAND;
}

/** Lines and dots are light on the full hues of regimes, dark on the shades.
 * @param {PlaceMap} map */
const inkOf = ({ store }) => (store.view.colour === "regime" ? "rgba(255,253,248,.5)" : "rgba(28,38,48,.28)");

/** @param {PlaceMap} map @param {number} n */
function boxOf(map, n) {
  const xs = map.cells[n].map((c) => c[0]);
  const ys = map.cells[n].map((c) => c[1]);
  return [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
}

/** @param {PlaceMap} map @param {Pen} pen @param {number} n */
function dots(map, pen, n) {
  const [left, right, top, low] = boxOf(map, n);
  pen.save();
  pen.clip(map.paths[n]);
  pen.fillStyle = inkOf(map);
  pen.beginPath();
  for (let x = Math.ceil(left / 8) * 8; x < right; x += 8) {
    for (let y = Math.ceil(top / 8) * 8; y < low; y += 8) {
      pen.moveTo(x + 1.3, y);
      pen.arc(x, y, 1.3, 0, 7);
    }
  }
  pen.fill();
  pen.restore();
}

/** @param {PlaceMap} map @param {Pen} pen @param {Numbers} codes */
function letters(map, pen, codes) {
  pen.font = `700 ${map.store.view.big ? 15 : 11}px system-ui, sans-serif`;
  map.areaPoints.forEach((at, n) => {
    if (codes[n] >= 0) write(pen, REGIMES[codes[n]].letters, at[0], at[1] - LETTERS_ABOVE);
  });
}

/** @param {PlaceMap} map @param {Pen} pen @param {number} n */
function hatch(map, pen, n) {
  pen.save();
  pen.clip(map.paths[n]);
  pen.strokeStyle = inkOf(map);
  pen.lineWidth = 1;
  pen.beginPath();
  const [left, right, top, low] = boxOf(map, n);
  const first = Math.floor((left - (low - top)) / 7) * 7;
  for (let x = first; x < right; x += 7) {
    pen.moveTo(x, low);
    pen.lineTo(x + (low - top), top);
  }
  pen.stroke();
  pen.restore();
}

/** @param {PlaceMap} map @param {Pen} pen @param {Numbers} main @param {Numbers} owner */
function drawCatchments(map, pen, main, owner) {
  pen.strokeStyle = INK;
  pen.lineWidth = 1.6;
  pen.setLineDash([5, 4]);
  pen.beginPath();
  for (const [n, k] of bordersOf(map.store, main, owner)) {
    const [a, b] = [map.cells[n][k], map.cells[n][(k + 1) % map.cells[n].length]];
    pen.moveTo(...a);
    pen.lineTo(...b);
  }
  pen.stroke();
  pen.setLineDash([]);
}

/** @param {PlaceMap} map @param {MonthArrays} arrays @returns {Flow[]} */
function flowsOf(map, arrays) {
  const { practices } = map.store.scene;
  const most = Math.max(...arrays.list, 1);
  /** @type {Flow[]} */
  const found = [];
  practices.forEach((practice, g) => {
    const width = practice.sites.length;
    const own = practice.sites.map((site, c) => [site, arrays.to_site[g * width + c]]);
    own.filter(([site, share]) => site >= 0 && share >= FLOWS.least)
      .sort((a, b) => b[1] - a[1]).slice(0, FLOWS.most)
      .forEach(([site, share]) => found.push({ g, site, share, weight: (share * arrays.list[g]) / most }));
  });
  return found;
}

/** @param {PlaceMap} map @param {Pen} pen @param {MonthArrays} arrays */
function drawFlows(map, pen, arrays) {
  const chosen = map.store.selected;
  const { sites } = map.store.scene;
  /** @param {number} g */
  const codeOf = (g) => practiceAt(map.store, map.economy, g).code;
  const clock = performance.now() / 1000 / SECONDS_A_TRIP;
  for (const flow of flowsOf(map, arrays)) {
    const mine = chosen && (codeOf(flow.g) === chosen.code || sites[flow.site].code === chosen.code);
    const [a, b] = [map.practicePoints[flow.g], map.sitePoints[flow.site]];
    /** @type {Point} */
    const bend = [(a[0] + b[0]) / 2 + (b[1] - a[1]) * 0.12, (a[1] + b[1]) / 2 - (b[0] - a[0]) * 0.12];
    pen.strokeStyle = mine ? INK : "rgba(28,38,48,.34)";
    pen.globalAlpha = chosen && !mine && chosen.what !== "area" ? 0.25 : 1;
    pen.lineWidth = (mine ? 1 : 0.4) + 2.6 * flow.weight;
    pen.beginPath();
    pen.moveTo(...a);
    pen.quadraticCurveTo(...bend, ...b);
    pen.stroke();
    if (moving(map)) traveller(pen, a, bend, b, (clock + flow.g * 0.37 + flow.site * 0.21) % 1);
    pen.globalAlpha = 1;
  }
}

/** @param {Pen} pen @param {Point} a @param {Point} bend @param {Point} b @param {number} at */
function traveller(pen, a, bend, b, at) {
  const [x, y] = [0, 1].map((k) =>
    (1 - at) ** 2 * a[k] + 2 * at * (1 - at) * bend[k] + at ** 2 * b[k]);
  pen.fillStyle = INK;
  pen.beginPath();
  pen.arc(x, y, 1.7, 0, 7);
  pen.fill();
}

/** @param {PlaceMap} map @param {Pen} pen @param {Economy} now */
function drawPractices(map, pen, now) {
  const { arrays, organisations } = now;
  const lists = arrays.list;
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  map.practicePoints.forEach(([x, y], g) => {
    if (lists[g] <= 0) return cross(pen, x, y);
    const size = 3 + Math.sqrt(lists[g]) / 26;
    const letter = arrays.letter[g] >= 0 ? organisations[arrays.letter[g]].letter : arrays.trust[g] >= 0 ? "T" : "";
    pen.beginPath();
    pen.arc(x, y, letter ? Math.max(size, 7.5) : size, 0, 7);
    pen.fillStyle = letter ? INK : PAPER;
    pen.fill();
    pen.lineWidth = 1.4;
    pen.strokeStyle = INK;
    pen.stroke();
    if (letter) {
      pen.fillStyle = PAPER;
      pen.font = "700 10px system-ui, sans-serif";
      pen.fillText(letter, x, y + 0.5);
    }
  });
}

/** @param {Pen} pen @param {number} x @param {number} y */
function cross(pen, x, y) {
  pen.strokeStyle = QUIET;
  pen.lineWidth = 1.4;
  pen.beginPath();
  for (const [dx, dy] of [[-3, -3], [3, -3]]) {
    pen.moveTo(x + dx, y + dy);
    pen.lineTo(x - dx, y - dy);
  }
  pen.stroke();
}

/** @param {PlaceMap} map @param {Pen} pen @param {MonthArrays} arrays */
function drawSites(map, pen, arrays) {
  const { sites } = map.store.scene;
  const big = map.store.view.big;
  sites.forEach((site, n) => {
    if (!site.hospital) return;
    const [x, y] = map.sitePoints[n];
    const size = siteSize(site);
    const open = isOpen(arrays, n);
    pen.fillStyle = open ? INK : PAPER;
    pen.strokeStyle = open ? PAPER : INK;
    pen.lineWidth = 3;
    pen.strokeRect(x - size / 2, y - size / 2, size, size);
    pen.fillRect(x - size / 2, y - size / 2, size, size);
    if (arrays.department[n]) plus(pen, x, y, size);
    if (arrays.closed[n]) cross(pen, x, y);
  });
  const taken = sites.flatMap((site, n) => (site.hospital ? [around(map.sitePoints[n], siteSize(site))] : []));
  sites.forEach((site, n) => {
    if (site.hospital) name(map, pen, site, map.sitePoints[n], (big ? 15 : 12) - (map.width < CROWDED ? 1 : 0), taken);
  });
}

/** @param {Pen} pen @param {number} x @param {number} y @param {number} size */
function plus(pen, x, y, size) {
  pen.strokeStyle = PAPER;
  pen.lineWidth = 2;
  pen.beginPath();
  pen.moveTo(x - size / 4, y);
  pen.lineTo(x + size / 4, y);
  pen.moveTo(x, y - size / 4);
  pen.lineTo(x, y + size / 4);
  pen.stroke();
}

/** @param {Point} at @param {number} size */
const around = ([x, y], size) => [x - size / 2, y - size / 2, x + size / 2, y + size / 2];
/** @param {number[]} a @param {number[]} b */
const apart = (a, b) => a[2] < b[0] || b[2] < a[0] || a[3] < b[1] || b[3] < a[1];

/** The name of a hospital where it hides no other: below, above, to the right or left of it.
 * @param {PlaceMap} map @param {Pen} pen @param {Site} site @param {Point} at @param {number} size @param {number[][]} taken */
function name(map, pen, site, [x, y], size, taken) {
  pen.font = `600 ${size}px system-ui, sans-serif`;
  const half = pen.measureText(site.name).width / 2 + 2;
  const [gap, tall] = [siteSize(site) / 2 + size * 0.75, size * 0.62];
  /** @param {number} at */
  const inside = (at) => Math.min(Math.max(at, half + 2), map.width - half - 2);
  const beside = [x + gap + half, x - gap - half];
  const spots = /** @type {Point[]} */ ([[inside(x), y + gap], [inside(x), y - gap], ...[0, tall, -tall].flatMap((by) => beside.map((at) => [at, y + by]))]);
  /** @param {Point} at */
  const box = ([left, top]) => [left - half, top - tall, left + half, top + tall];
  /** @param {Point} at */
  const seen = ([left]) => left >= half && left <= map.width - half;
  /** @param {Point} spot */
  const fits = (spot) => seen(spot) && taken.every((other) => apart(box(spot), other));
  const free = spots.find(fits);
  if (!free) return; // the tip has it
  taken.push(box(free));
  write(pen, site.name, ...free);
}

/** @param {Pen} pen @param {string} text @param {number} at @param {number} y */
function write(pen, text, at, y) {
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  pen.lineJoin = "round";
  pen.lineWidth = 4;
  pen.strokeStyle = "rgba(255,253,248,.92)";
  pen.strokeText(text, at, y);
  pen.fillStyle = INK;
  pen.fillText(text, at, y);
}

/** @param {PlaceMap} map @param {Pen} pen */
export function drawMarks(map, pen) {
  for (const { mark, width } of [{ mark: map.hover, width: 1.5 }, { mark: map.store.selected, width: 3 }]) {
    if (!mark) continue;
    pen.strokeStyle = HUES.fragmentation;
    pen.lineWidth = width;
    const place = map.places.find((p) => p.code === mark.code);
    if (place) {
      pen.beginPath();
      pen.arc(...place.at, place.size + 5, 0, 7);
      pen.stroke();
    }
    const area = map.store.scene.areas.findIndex((a) => a.code === mark.code);
    if (area >= 0) pen.stroke(map.paths[area]);
  }
}

