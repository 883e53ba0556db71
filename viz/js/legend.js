// The legend of the map: every mark that is on it now, and no other.
import { whyButton } from "./assumptions.js";
import { rampOf } from "./colours.js";
import { el, replace } from "./controls.js";
import { isPair } from "./pair.js";
import { REGIMES, swatch } from "./regimes.js";
import { number, t } from "./strings.js";

const GROUPS = { few: "few_alternatives", lost: "lost_handovers", regime: "regime" };

/** Marks of areas by what they are coloured by: lines across, dots, or none (`code`: of its regime). */
export function patternOf(store, few, code) {
  const { colour } = store.view;
  if (colour === "few") return few >= store.scene.thresholds.few ? "more" : "usual";
  return code < 0 ? "usual" : REGIMES[code].handovers;
}

/** From where to where the colours of lost handovers reach. */
export const lostRange = ({ scene }) => [0.6 * scene.thresholds.lost, 1.4 * scene.thresholds.lost];

export function drawLegend(store, legend, economies) {
  const { scene, view, frame } = store;
  if (!scene || !frame) return;
  const shown = economies.map((economy) => frame.economies[economy]).filter(Boolean);
  if (!shown.length) return;
  const marks = marksOf(store, shown);
  const mark = JSON.stringify([view.colour, marks, scene.place.name, economies]);
  if (legend.dataset.mark === mark) return;
  legend.dataset.mark = mark;
  replace(legend, view.colour === "regime" ? null : scale(store),
    whyButton(store, t(`map.${view.colour}`), () => GROUPS[view.colour]),
    marks.map((name) => key(store, name)));
}

function scale(store) {
  const { colour } = store.view;
  const [low, high] = colour === "few" ? ["0%", "100%"] : lostRange(store).map((v) => number(v, 0));
  return el("span", { class: "key", title: t(`map.${colour}_help`) },
    el("span", {}, low), el("span", { class: "ramp", style: `background:${rampOf(colour)}` }), el("span", {}, high));
}

/** Names of the marks that are drawn, in order. */
function marksOf(store, shown) {
  const { scene, view } = store;
  const any = (is) => shown.some(({ arrays }) => is(arrays));
  const sites = scene.sites.map((site, n) => [site, n]).filter(([site]) => site.hospital);
  const there = {
    ...ofAreas(store, shown),
    practice: any(({ list, letter, trust }) => list.some((people, g) => people > 0 && letter[g] < 0 && trust[g] < 0)),
    member: any(({ list, letter }) => list.some((people, g) => people > 0 && letter[g] >= 0)),
    trust: any(({ list, letter, trust }) => list.some((people, g) => people > 0 && letter[g] < 0 && trust[g] >= 0)),
    closed: any(({ list }) => list.some((people) => people <= 0)),
    hospital: sites.length > 0,
    emergency: sites.some(([site]) => site.emergency),
    shut: any(({ open_lines: open }) => sites.some(([site, n]) => !site.emergency && open[n] <= 0)),
    flow: view.flows,
    catchment: view.catchments,
  };
  return Object.keys(there).filter((name) => there[name]);
}

function ofAreas(store, shown) {
  const { view } = store;
  const codes = shown.flatMap(({ arrays }) => [...arrays.regime]);
  if (view.colour === "regime") {
    const found = REGIMES.map((regime, code) => [`regime ${code}`, codes.includes(code)]);
    return Object.fromEntries([...found, ["unsaid", codes.includes(-1)]]);
  }
  const patterns = shown.flatMap(({ arrays }) => [...arrays.few].map((few, n) => patternOf(store, few, arrays.regime[n])));
  return { [`more_${view.colour}`]: patterns.includes("more"), [`fewer_${view.colour}`]: patterns.includes("fewer") };
}

const SIGNS = {
  practice: ["dot"], closed: ["sign", "×"], hospital: ["square"], emergency: ["square", "+"],
  shut: ["square hollow"], flow: ["stroke"], catchment: ["stroke dashed"], unsaid: ["swatch none"],
  trust: ["dot lettered", "T"], more_few: ["hatch"], more_lost: ["hatch"], fewer_lost: ["dots"],
};

function key(store, name) {
  const [kind, code] = name.split(" ");
  if (kind === "regime") return el("span", { class: "key" }, swatch(REGIMES[code]), t(`regime.name_${REGIMES[code].name}`));
  const [look, text] = name === "member" ? ["dot lettered", isPair(store) ? "C" : "A"] : SIGNS[name];
  return el("span", { class: "key" }, el("span", { class: look, "aria-hidden": "true" }, text), t(`map.legend_${name}`));
}
