// The canvas map of one economy: where things lie, when it is drawn, what is saved of it.
import { el, choose, toggle, replace } from "../core/elements.js";
import { regimeSaid } from "../core/regimes.js";
import { practiceAt } from "../core/store.js";
import { t } from "../core/strings.js";
import { isPair, letterOf, policyName } from "../core/two_policies.js";
import { fileName, framed, ran, saveMenu } from "../share/saving.js";
import { svgPen } from "../share/svg_pen.js";
import { drawLegend } from "./legend.js";
import { CROWDED, drawMarks, drawWith, moving, siteSize } from "./map_drawing.js";
import { listen } from "./map_pointing.js";

/** A figure of an agent: its name, unit, and value for the n-th.
 * @typedef {[name: string, unit: string, value: (n: number) => unknown]} Figure */

const MARGIN = 26;
const COLOURS = ["few", "lost", "regime"];

/** A map before it is known where things lie. */
const NOWHERE = {
  begun: false, width: 0, height: 0, ratio: 1, places: [], cells: [], paths: [], sitePoints: [], practicePoints: [], areaPoints: [],
};

/** @param {Store} store @param {number} [economy] */
export function makeMap(store, economy = 0) {
  const canvas = el("canvas", { tabindex: 0, role: "application" });
  const tip = el("div", { class: "tip", hidden: true });
  const sky = el("div", { class: "sky" }, canvas, tip);
  const head = el("div", { class: "map-head" });
  const legend = el("div", { class: "legend" });
  const root = el("section", { class: "panel map", "aria-label": "map" }, head, sky, legend);
  /** @type {PlaceMap} */
  const map = { store, economy, canvas, tip, root, head, legend, hover: null, dirty: true, ...NOWHERE };
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

/** @param {PlaceMap} map */
function begin(map) {
  const { scene } = map.store;
  const under = isPair(map.store) ? ` ${letterOf(map.store, map.economy)}${scene.wish.titles[map.economy] ?? ""}.` : "";
  map.canvas.setAttribute("aria-label", `${t("map.canvas", { place: scene.place.title })}${under}`);
  map.root.setAttribute("aria-label", `${t("map.title")}${under}`);
  const title = isPair(map.store) ? policyName(map.store, map.economy) : el("h2", {}, scene.place.title);
  replace(map.head, el("div", { class: "titled" }, title, saveMenu(t("map.title"), partsOf(map))),
    isPair(map.store) ? null : mapTools(map.store));
  map.root.hidden = map.economy >= scene.wish.policies.length;
  resize(map);
  drawLegend(map.store, map.legend, [map.economy]);
}

/** What the maps show: colour, flows, catchments.
 * @param {Store} store */
export function mapTools(store) {
  const { view } = store;
  const colours = COLOURS.map((colour) => [colour, t(`map.${colour}`)]);
  return el("div", { class: "map-tools" },
    choose(t("map.colour"), colours, view.colour, (colour) => store.set({ colour: /** @type {Colouring} */ (colour) })),
    toggle(t("map.flows"), view.flows, (flows) => store.set({ flows })),
    toggle(t("map.catchments"), view.catchments, (catchments) => store.set({ catchments })));
}

/** @param {PlaceMap} map */
function resize(map) {
  const box = /** @type {HTMLElement} */ (map.canvas.parentElement).getBoundingClientRect();
  const ratio = globalThis.devicePixelRatio || 1;
  map.width = Math.max(box.width, 50);
  map.height = Math.max(box.height, 50);
  map.canvas.width = Math.round(map.width * ratio);
  map.canvas.height = Math.round(map.height * ratio);
  map.ratio = ratio;
  if (map.store.scene) project(map);
  map.dirty = true;
}

/** @param {PlaceMap} map */
function project(map) {
  const { areas, practices, sites } = map.store.scene;
  const corners = areas.flatMap((area) => area.cell);
  const [xs, ys] = [0, 1].map((k) => [...corners.map((at) => at[k]), ...[...sites, ...practices].map(({ x, y }) => [x, y][k])]);
  const [left, right] = [Math.min(...xs), Math.max(...xs)];
  const [low, high] = [Math.min(...ys), Math.max(...ys)];
  const margin = map.width < CROWDED ? MARGIN / 2 : MARGIN;
  const scale = Math.min((map.width - 2 * margin) / (right - left), (map.height - 2 * margin) / (high - low));
  const [dx, dy] = [(map.width - scale * (right - left)) / 2, (map.height - scale * (high - low)) / 2];
  /** @type {(x: number, y: number) => Point} */
  const to = (x, y) => [dx + scale * (x - left), map.height - dy - scale * (y - low)];
  map.cells = areas.map((area) => area.cell.map(([x, y]) => to(x, y)));
  map.paths = map.cells.map(pathOf);
  map.to = to;
  const hospitals = sites.flatMap((site, n) => (site.hospital ? [{ ...site, n }] : []));
  map.places = [
    ...hospitals.map((s) => ({ what: /** @type {Kind} */ ("site"), n: s.n, code: s.code, name: s.name, at: to(s.x, s.y), size: siteSize(s) })),
    ...practices.map((p, n) => ({ what: /** @type {Kind} */ ("practice"), n, at: to(p.x, p.y), size: 7,
      get code() { return practiceAt(map.store, map.economy, n).code; },
      get name() { return practiceAt(map.store, map.economy, n).name; } })),
  ];
  map.sitePoints = sites.map((s) => to(s.x, s.y));
  map.practicePoints = practices.map((p) => to(p.x, p.y));
  map.areaPoints = areas.map((a) => to(a.x, a.y));
}

/** A path for the canvas that also says what it is, for a drawing.
 * @param {Point[]} corners */
function pathOf(corners) {
  const d = `${corners.map(([x, y], n) => `${n ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`).join("")}Z`;
  return Object.assign(new Path2D(d), { d });
}

/** How far the drawing is between the last frame and this one, 0-1.
 * @param {PlaceMap} map */
function progress(map) {
  const { store } = map;
  if (!moving(map)) return 1;
  return Math.min((performance.now() - store.arrived) / (1000 / Math.min(store.speed, 15)), 1);
}

/** @param {PlaceMap} map */
function draw(map) {
  const { store } = map;
  map.dirty = false;
  if (!store.scene || !store.frame || !map.to) return;
  if (!store.frame.economies[map.economy]) return;
  const pen = /** @type {CanvasRenderingContext2D} */ (map.canvas.getContext("2d"));
  pen.setTransform(map.ratio, 0, 0, map.ratio, 0, 0);
  pen.clearRect(0, 0, map.width, map.height);
  drawWith(map, /** @type {Pen} */ (pen), progress(map));
  drawMarks(map, /** @type {Pen} */ (pen));
  if (map.economy === 0) store.stats.drawn += 1;
}

/** What is saved of the map.
 * @param {PlaceMap} map @returns {Saveable} */
function partsOf(map) {
  const { store, economy } = map;
  const { place, wish } = store.scene;
  const svg = () => {
    const pen = svgPen();
    drawWith(map, pen, 1);
    return framed(store, letterOf(store, economy) + t(`map.${store.view.colour}`), pen.drawn(), map.width, map.height);
  };
  const policy = isPair(store) ? [wish.policies[economy]] : [];
  return { name: fileName("map", place.name, ...policy), svg, rows: () => rowsOf(store, economy) };
}

/** What a map shows, in numbers.
 * @param {Store} store @param {number} economy @returns {Record<string, unknown>[]} */
function rowsOf(store, economy) {
  const { areas, practices, sites } = store.scene;
  const { arrays, organisations } = store.frame.economies[economy];
  /** @param {string} kind @param {{ code: string, name: string, x: number, y: number }[]} agents @param {Figure[]} told */
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
}

/** @param {{ letter: string, name: string } | undefined} organisation */
const member = (organisation) => (organisation ? `${organisation.letter}: ${organisation.name}` : "");

