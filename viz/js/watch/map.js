// The canvas map: areas, catchments, flows, practices and hospitals of one economy.
import { el, choose, toggle, replace } from "../core/elements.js";
import { HUES, INK, LAND, PAPER, QUIET, shade } from "../core/colours.js";
import { bordersOf, drawLegend, FLOWS, isOpen, lostRange, patternOf } from "./legend.js";
import { isPair, letterOf, policyName } from "../core/two_policies.js";
import { REGIMES, regimeSaid } from "../core/regimes.js";
import { fileName, framed, ran, saveMenu } from "../share/saving.js";
import { practiceAt } from "../core/store.js";
import { number, t } from "../core/strings.js";
import { svgPen } from "../share/svg_pen.js";

const MARGIN = 26;
const SECONDS_A_TRIP = 2.4;
const LETTERS_ABOVE = 17; // px that a regime's letters are above the middle of an area, where practices are
const FAINT = 0.82; // of the hues of regimes: flows and borders show on them
const CROWDED = 520; // px: a narrower map has smaller names
const STILL = window.matchMedia("(prefers-reduced-motion: reduce)");

export function makeMap(store, economy = 0) {
  const canvas = el("canvas", { tabindex: 0, role: "application" });
  const tip = el("div", { class: "tip", hidden: true });
  const sky = el("div", { class: "sky" }, canvas, tip);
  const head = el("div", { class: "map-head" });
  const legend = el("div", { class: "legend" });
  const root = el("section", { class: "panel map", "aria-label": "map" }, head, sky, legend);
  const map = { store, economy, canvas, tip, root, head, legend, hover: null, dirty: true, places: [] };
  new ResizeObserver(() => resize(map)).observe(sky);
  listen(map);
  store.on("scene", () => begin(map));
  for (const what of ["frame", "view", "selected"]) store.on(what, () => (map.dirty = true));
  for (const what of ["frame", "view", "selected"]) store.on(what, () => drawLegend(store, legend, [economy]));
  const tick = () => {
    if (!canvas.isConnected && map.begun) return;
    map.begun = canvas.isConnected;
    if (map.dirty || moving(map)) draw(map);
    requestAnimationFrame(tick);
  };
  requestAnimationFrame(tick);
  return root;
}

function begin(map) {
  const { scene } = map.store;
  const under = isPair(map.store) ? ` ${letterOf(map.store, map.economy)}${scene.wish.titles[map.economy] ?? ""}.` : "";
  map.canvas.setAttribute("aria-label", `${t("map.canvas", { place: scene.place.title })}${under}`);
  map.root.setAttribute("aria-label", `${t("map.title")}${under}`);
  const title = isPair(map.store) ? policyName(map.store, map.economy) : el("h2", {}, scene.place.title);
  replace(map.head, el("div", { class: "titled" }, title, saveMenu(map.store, t("map.title"), partsOf(map))),
    isPair(map.store) ? null : mapTools(map.store));
  map.root.hidden = map.economy >= scene.wish.policies.length;
  resize(map);
  drawLegend(map.store, map.legend, [map.economy]);
}

/** What the maps show: colour, flows, catchments. */
export function mapTools(store) {
  const { view } = store;
  const colours = ["few", "lost", "regime"].map((colour) => [colour, t(`map.${colour}`)]);
  return el("div", { class: "map-tools" },
    choose(t("map.colour"), colours, view.colour, (colour) => store.set({ colour })),
    toggle(t("map.flows"), view.flows, (flows) => store.set({ flows })),
    toggle(t("map.catchments"), view.catchments, (catchments) => store.set({ catchments })));
}

function resize(map) {
  const box = map.canvas.parentElement.getBoundingClientRect();
  const ratio = window.devicePixelRatio || 1;
  map.width = Math.max(box.width, 50);
  map.height = Math.max(box.height, 50);
  map.canvas.width = Math.round(map.width * ratio);
  map.canvas.height = Math.round(map.height * ratio);
  map.ratio = ratio;
  if (map.store.scene) project(map);
  map.dirty = true;
}

function project(map) {
  const { areas, practices, sites } = map.store.scene;
  const corners = areas.flatMap((area) => area.cell);
  const points = [...corners, ...sites.map((s) => [s.x, s.y]), ...practices.map((p) => [p.x, p.y])];
  const [xs, ys] = [points.map((p) => p[0]), points.map((p) => p[1])];
  const [left, right] = [Math.min(...xs), Math.max(...xs)];
  const [low, high] = [Math.min(...ys), Math.max(...ys)];
  const margin = map.width < CROWDED ? MARGIN / 2 : MARGIN;
  const scale = Math.min((map.width - 2 * margin) / (right - left), (map.height - 2 * margin) / (high - low));
  const [dx, dy] = [(map.width - scale * (right - left)) / 2, (map.height - scale * (high - low)) / 2];
  map.to = (x, y) => [dx + scale * (x - left), map.height - dy - scale * (y - low)];
  map.cells = areas.map((area) => area.cell.map(([x, y]) => map.to(x, y)));
  map.paths = map.cells.map(pathOf);
  map.places = [
    ...sites.map((s, n) => ({ what: "site", n, code: s.code, name: s.name, at: map.to(s.x, s.y), size: siteSize(s) })),
    ...practices.map((p, n) => ({ what: "practice", n, at: map.to(p.x, p.y), size: 7,
      get code() { return practiceAt(map.store, map.economy, n).code; },
      get name() { return practiceAt(map.store, map.economy, n).name; } })),
  ].filter((place) => place.what !== "site" || sites[place.n].hospital);
  map.sitePoints = sites.map((s) => map.to(s.x, s.y));
  map.practicePoints = practices.map((p) => map.to(p.x, p.y));
  map.areaPoints = areas.map((a) => map.to(a.x, a.y));
}

/** A path for the canvas that also says what it is, for a drawing. */
function pathOf(corners) {
  const d = `${corners.map(([x, y], n) => `${n ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`).join("")}Z`;
  return Object.assign(new Path2D(d), { d });
}

const siteSize = (site) => 8 + Math.sqrt(site.beds) * 0.42;

/** How far the drawing is between the last frame and this one, 0-1. */
function progress(map) {
  const { store } = map;
  if (!store.playing || STILL.matches) return 1;
  return Math.min((performance.now() - store.arrived) / (1000 / Math.min(store.speed, 15)), 1);
}

const moving = (map) => map.store.playing && !STILL.matches;

function draw(map) {
  const { store } = map;
  map.dirty = false;
  if (!store.scene || !store.frame || !map.to) return;
  if (!store.frame.economies[map.economy]) return;
  const pen = map.canvas.getContext("2d");
  pen.setTransform(map.ratio, 0, 0, map.ratio, 0, 0);
  pen.clearRect(0, 0, map.width, map.height);
  drawWith(map, pen, progress(map));
  drawMarks(map, pen);
  if (map.economy === 0) store.stats.drawn += 1;
}

/** The map `share` of the way from the last frame to this one. */
function drawWith(map, pen, share) {
  const { store, economy } = map;
  const now = store.frame.economies[economy];
  const was = (store.before ?? store.frame).economies[economy];
  drawAreas(map, pen, (name, n) => was.arrays[name][n] + (now.arrays[name][n] - was.arrays[name][n]) * share, now.arrays.regime);
  if (store.view.catchments) drawCatchments(map, pen, now.arrays.main_site, now.arrays.owner);
  if (store.view.flows) drawFlows(map, pen, now.arrays);
  drawPractices(map, pen, now);
  drawSites(map, pen, now.arrays);
}

/** What is saved of the map. */
function partsOf(map) {
  const { store, economy } = map;
  const { place, areas, practices, sites, wish } = store.scene;
  const svg = () => {
    const pen = svgPen();
    drawWith(map, pen, 1);
    return framed(store, letterOf(store, economy) + t(`map.${store.view.colour}`), pen.drawn(), map.width, map.height);
  };
  const rows = () => {
    const { arrays, organisations } = store.frame.economies[economy];
    const figures = (kind, agents, told) => agents.flatMap((agent, n) => told.map(([figure, unit, value]) => ({
      month: store.shown, kind, code: agent.code, name: agent.name, x_km: agent.x, y_km: agent.y,
      figure, value: value(n), unit, ...ran(store, economy) })));
    return [
      ...figures("area", areas, [
        ["need_without_real_alternatives", "share, 0-1", (n) => arrays.few[n]],
        ["real_alternatives", "mean number", (n) => arrays.alternatives[n]],
        ["lost_handovers", "per 100 person-years", (n) => arrays.lost[n]],
        ["regime", "name", (n) => regimeSaid(arrays.regime[n])],
        ["most_referrals_to", "site", (n) => sites[arrays.main_site[n]]?.code]]),
      ...figures("practice", practices.map((practice, g) => ({ ...practice, ...practiceAt(store, economy, g) })), [
        ["registered_patients", "people", (n) => arrays.list[n]],
        ["organisation", "letter and name", (n) => member(organisations[arrays.letter[n]])]]),
      ...figures("site", sites, [
        ["referrals", "per month, mean of a year", (n) => arrays.referrals[n]],
        ["emergencies", "per month, mean of a year", (n) => arrays.urgent[n]],
        ["services_open", "number", (n) => arrays.open_lines[n]]]),
    ];
  };
  const policy = isPair(store) ? [wish.policies[economy]] : [];
  return { name: fileName("map", place.name, ...policy), svg, rows };
}

const member = (organisation) => (organisation ? `${organisation.letter}: ${organisation.name}` : "");

function drawAreas(map, pen, value, codes) {
  const { store } = map;
  store.scene.areas.forEach((area, n) => {
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

function colourOf(store, value, code, n) {
  const { colour } = store.view;
  if (colour === "regime") return code < 0 ? LAND : REGIMES[code].hue;
  const [low, high] = colour === "few" ? [0, 1] : lostRange(store);
  const worth = value(colour, n);
  return Number.isFinite(worth) ? shade(colour, (worth - low) / (high - low)) : LAND;
}

/** Lines and dots are light on the full hues of regimes, dark on the shades. */
const inkOf = ({ store }) => (store.view.colour === "regime" ? "rgba(255,253,248,.5)" : "rgba(28,38,48,.28)");

function boxOf(map, n) {
  const xs = map.cells[n].map((c) => c[0]);
  const ys = map.cells[n].map((c) => c[1]);
  return [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
}

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

function letters(map, pen, codes) {
  pen.font = `700 ${map.store.view.big ? 15 : 11}px system-ui, sans-serif`;
  map.areaPoints.forEach((at, n) => {
    if (codes[n] >= 0) write(pen, REGIMES[codes[n]].letters, at[0], at[1] - LETTERS_ABOVE);
  });
}

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

function flowsOf(map, arrays) {
  const { practices } = map.store.scene;
  const most = Math.max(...arrays.list, 1);
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

function drawFlows(map, pen, arrays) {
  const chosen = map.store.selected;
  const { sites } = map.store.scene;
  const codeOf = (g) => practiceAt(map.store, map.economy, g).code;
  const clock = performance.now() / 1000 / SECONDS_A_TRIP;
  for (const flow of flowsOf(map, arrays)) {
    const mine = chosen && (codeOf(flow.g) === chosen.code || sites[flow.site].code === chosen.code);
    const [a, b] = [map.practicePoints[flow.g], map.sitePoints[flow.site]];
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

function traveller(pen, a, bend, b, at) {
  const [x, y] = [0, 1].map((k) =>
    (1 - at) ** 2 * a[k] + 2 * at * (1 - at) * bend[k] + at ** 2 * b[k]);
  pen.fillStyle = INK;
  pen.beginPath();
  pen.arc(x, y, 1.7, 0, 7);
  pen.fill();
}

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

const around = ([x, y], size) => [x - size / 2, y - size / 2, x + size / 2, y + size / 2];
const apart = (a, b) => a[2] < b[0] || b[2] < a[0] || a[3] < b[1] || b[3] < a[1];

/** The name of a hospital where it hides no other: below, above, to the right or left of it. */
function name(map, pen, site, [x, y], size, taken) {
  pen.font = `600 ${size}px system-ui, sans-serif`;
  const half = pen.measureText(site.name).width / 2 + 2;
  const [gap, tall] = [siteSize(site) / 2 + size * 0.75, size * 0.62];
  const inside = (at) => Math.min(Math.max(at, half + 2), map.width - half - 2);
  const beside = [x + gap + half, x - gap - half];
  const spots = [[inside(x), y + gap], [inside(x), y - gap], ...[0, tall, -tall].flatMap((by) => beside.map((at) => [at, y + by]))];
  const box = ([left, top]) => [left - half, top - tall, left + half, top + tall];
  const seen = ([left]) => left >= half && left <= map.width - half;
  const fits = (spot) => seen(spot) && taken.every((other) => apart(box(spot), other));
  const free = spots.find(fits);
  if (!free) return; // the tip has it
  taken.push(box(free));
  write(pen, site.name, ...free);
}

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

function drawMarks(map, pen) {
  for (const [mark, width] of [[map.hover, 1.5], [map.store.selected, 3]]) {
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

function listen(map) {
  const { canvas, store } = map;
  canvas.addEventListener("click", (event) => {
    const found = under(map, event);
    store.select(found?.what, found?.code ?? null, map.economy);
    if (found) store.set({ tab: "card" });
  });
  canvas.addEventListener("mousemove", (event) => hoverOver(map, under(map, event), event));
  canvas.addEventListener("mouseleave", () => hoverOver(map, null));
  canvas.addEventListener("keydown", (event) => keys(map, event));
}

function under(map, event) {
  if (!map.to) return null;
  const box = map.canvas.getBoundingClientRect();
  const [x, y] = [event.clientX - box.left, event.clientY - box.top];
  const near = map.places
    .map((place) => [Math.hypot(place.at[0] - x, place.at[1] - y) - place.size / 2, place])
    .filter(([gap]) => gap < 8).sort((a, b) => a[0] - b[0]);
  if (near.length) return near[0][1];
  const pen = map.canvas.getContext("2d");
  const n = map.paths.findIndex((path) => pen.isPointInPath(path, x * map.ratio, y * map.ratio));
  return n < 0 ? null : { what: "area", n, code: map.store.scene.areas[n].code, name: map.store.scene.areas[n].name };
}

function hoverOver(map, found, event) {
  if (map.hover?.code !== found?.code) map.dirty = true;
  map.hover = found;
  map.tip.hidden = !found;
  if (!found) return;
  map.tip.textContent = tipOf(map, found);
  const box = map.canvas.getBoundingClientRect();
  map.tip.style.left = `${Math.min(event.clientX - box.left + 14, map.width - 190)}px`;
  map.tip.style.top = `${event.clientY - box.top + 14}px`;
}

function tipOf(map, found) {
  const named = t("map.at", { name: found.name, kind: t(`map.${found.what}`) });
  if (found.what !== "area" || !map.store.frame) return named;
  const { few, lost, regime } = map.store.frame.economies[map.economy].arrays;
  const figures = { few: number(100 * few[found.n], 0), lost: number(lost[found.n], 0), regime: regimeSaid(regime[found.n]) };
  return `${named}. ${t("map.figures", figures)}${figures.regime ? ` ${t("map.figure_regime", figures)}` : ""}`;
}

const TURNS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

function keys(map, event) {
  const { store } = map;
  if (event.key === "Escape") return store.select(null, null);
  if (event.key === "Enter" && store.selected) return store.set({ tab: "card" });
  const turn = TURNS[event.key];
  if (!turn || !map.places.length) return;
  event.preventDefault();
  const from = map.places.find((place) => place.code === store.selected?.code);
  const next = from ? towards(map.places, from, turn) : map.places[0];
  if (next) {
    store.select(next.what, next.code, map.economy);
    map.canvas.setAttribute("aria-description", tipOf(map, next));
  }
}

/** The nearest place within the quarter that an arrow points to. */
function towards(places, from, [dx, dy]) {
  const ranked = places.filter((place) => place !== from).map((place) => {
    const [x, y] = [place.at[0] - from.at[0], place.at[1] - from.at[1]];
    return [x * dx + y * dy, Math.hypot(x, y), place];
  });
  const ahead = ranked.filter(([forward, far]) => forward > 0.5 * far);
  return ahead.sort((a, b) => 2 * a[1] - a[0] - (2 * b[1] - b[0]))[0]?.[2];
}
