// The legend of the map: every mark that is on it now, and no other.
import { whyButton } from "../evidence/assumptions.js";
import { rampOf } from "../core/colours.js";
import { el, replace } from "../core/elements.js";
import { letterOf } from "../core/two_policies.js";
import { REGIMES, swatch } from "../core/regimes.js";
import { number, t } from "../core/strings.js";

/** @type {Record<Colouring, string>} */
const GROUPS = { few: "few_alternatives", lost: "lost_handovers", regime: "regime" };

/** An economy that is shown, with its number; a mark with what its text says.
 * @typedef {Economy & { economy: number }} ShownEconomy */
/** @typedef {[name: string, values: Record<string, any>]} LegendMark */

/** Marks of areas by what they are coloured by: lines across, dots, or none (`code`: of its regime).
 * @param {Store} store @param {number} few @param {number} code */
export function patternOf(store, few, code) {
  const { colour } = store.view;
  if (colour === "few") return few >= store.scene.thresholds.few ? "more" : "usual";
  return code < 0 ? "usual" : REGIMES[code].handovers;
}

/** From where to where the colours of lost handovers reach.
 * @param {Store} store @returns {[number, number]} */
export const lostRange = ({ scene }) => [0.6 * scene.thresholds.lost, 1.4 * scene.thresholds.lost];

/** Which flows are drawn: shares of a practice's referrals, and how many of a practice. */
export const FLOWS = { least: 0.08, most: 3 };

/** Whether a hospital treats anybody: planned patients or emergencies.
 * @param {MonthArrays} arrays @param {number} n */
export const isOpen = ({ open_lines: open, department }, n) => open[n] > 0 || department[n] > 0;

/** The sides of areas (area, number of the side) whose main hospitals have different owners.
 * @param {Store} store @param {Numbers} main @param {Numbers} owner */
export const bordersOf = ({ scene }, main, owner) =>
  scene.areas.flatMap((area, n) => area.beyond.flatMap((other, k) =>
    other > n && main[other] >= 0 && main[n] >= 0 && owner[main[other]] !== owner[main[n]] ? [[n, k]] : []));

/** @param {Store} store @param {HTMLElement} legend @param {number[]} economies */
export function drawLegend(store, legend, economies) {
  const { scene, view, frame } = store;
  if (!scene || !frame) return;
  const shown = economies.filter((economy) => frame.economies[economy]).map((economy) => ({ economy, ...frame.economies[economy] }));
  if (!shown.length) return;
  const marks = marksOf(store, shown);
  const mark = JSON.stringify([view.colour, marks, scene.place.name, economies]);
  if (legend.dataset.mark === mark) return;
  legend.dataset.mark = mark;
  replace(legend, view.colour === "regime" ? null : scale(store),
    whyButton(store, t(`map.${view.colour}`), () => GROUPS[view.colour]),
    marks.map(([name, values]) => key(name, values)));
}

/** @param {Store} store */
function scale(store) {
  const { colour } = store.view;
  const ends = lostRange(store).map((v, n) => t(n ? "map.or_more" : "map.or_less", { n: number(v, 0) }));
  const [low, high] = colour === "few" ? ["0%", "100%"] : ends;
  return el("span", { class: "key", title: t(`map.${colour}_help`) },
    el("span", {}, low), el("span", { class: "ramp", style: `background:${rampOf(colour)}` }), el("span", {}, high));
}

/** Names of the marks that are drawn, in order, with what their texts say.
 * @param {Store} store @param {ShownEconomy[]} shown @returns {LegendMark[]} */
function marksOf(store, shown) {
  const { scene, view } = store;
  /** @param {(arrays: MonthArrays) => boolean} is */
  const any = (is) => shown.some(({ arrays }) => is(arrays));
  const sites = scene.sites.flatMap((site, n) => (site.hospital ? [n] : []));
  /** @type {Record<string, unknown>} */
  const there = {
    ...ofAreas(store, shown),
    practice: any(({ list, letter, trust }) => list.some((people, g) => people > 0 && letter[g] < 0 && trust[g] < 0)),
    trust: any(({ list, letter, trust }) => list.some((people, g) => people > 0 && letter[g] < 0 && trust[g] >= 0)),
    closed: any(({ list }) => list.some((people) => people <= 0)),
    hospital: any((arrays) => sites.some((n) => isOpen(arrays, n))),
    emergency: any(({ department }) => sites.some((n) => department[n])),
    shut: any((arrays) => sites.some((n) => !arrays.closed[n] && !isOpen(arrays, n))),
    closed_site: any(({ closed }) => sites.some((n) => closed[n])),
    flow: view.flows,
    catchment: view.catchments && any(({ main_site: main, owner }) => bordersOf(store, main, owner).length > 0),
    selected: store.selected && store.selected.what !== "body",
  };
  const values = { few: number(100 * scene.thresholds.few, 0), least: number(100 * FLOWS.least, 0), most: FLOWS.most };
  /** @type {LegendMark[]} */
  const found = Object.keys(there).filter((name) => there[name]).map((name) => [name, values]);
  return [...found, ...members(store, shown)];
}

/** Organisations whose members are on the map, by the letters that they have there.
 * @param {Store} store @param {ShownEconomy[]} shown @returns {LegendMark[]} */
function members(store, shown) {
  /** @type {Map<string, { letter: string, name: string, economies: number[] }>} */
  const known = new Map();
  for (const { economy, arrays, organisations } of shown) {
    organisations.forEach(({ letter, name }, n) => {
      if (!arrays.list.some((people, g) => people > 0 && arrays.letter[g] === n)) return;
      const mark = `${letter} ${name}`;
      known.set(mark, { letter, name, economies: [...(known.get(mark)?.economies ?? []), economy] });
    });
  }
  return [...known.values()].map(({ letter, name, economies }) =>
    ["member", { letter, name: economies.length < shown.length ? letterOf(store, economies[0]) + name : name }]);
}

/** @param {Store} store @param {ShownEconomy[]} shown @returns {Record<string, unknown>} */
function ofAreas(store, shown) {
  const { view } = store;
  const codes = shown.flatMap(({ arrays }) => [...arrays.regime]);
  if (view.colour === "regime") {
    const found = REGIMES.map((_, code) => [`regime ${code}`, codes.includes(code)]);
    return Object.fromEntries([...found, ["unsaid", codes.includes(-1)]]);
  }
  const patterns = shown.flatMap(({ arrays }) => [...arrays.few].map((few, n) => patternOf(store, few, arrays.regime[n])));
  const unknown = shown.some(({ arrays }) => [...arrays[view.colour]].some((value) => !Number.isFinite(value)));
  return { [`more_${view.colour}`]: patterns.includes("more"), [`fewer_${view.colour}`]: patterns.includes("fewer"), nobody: unknown };
}

/** @type {Record<string, string[]>} */
const SIGNS = {
  practice: ["dot"], closed: ["sign", "×"], hospital: ["square"], emergency: ["square", "+"],
  shut: ["square hollow"], closed_site: ["square hollow", "×"], flow: ["stroke"], catchment: ["stroke dashed"],
  unsaid: ["swatch none"], nobody: ["swatch none"], selected: ["ring"],
  trust: ["dot lettered", "T"], more_few: ["hatch"], more_lost: ["hatch"], fewer_lost: ["dots"],
};

/** @param {string} name @param {Record<string, any>} values */
function key(name, values) {
  const [kind, code] = name.split(" ");
  const regime = REGIMES[Number(code)];
  if (kind === "regime") return el("span", { class: "key" }, swatch(regime), t(`regime.name_${regime.name}`));
  const [look, text] = name === "member" ? ["dot lettered", values.letter] : SIGNS[name];
  return el("span", { class: "key" }, el("span", { class: look, "aria-hidden": "true" }, text), t(`map.legend_${name}`, values));
}
