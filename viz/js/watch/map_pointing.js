// Pointing at a map: with a mouse, a finger or the arrow keys.
import { regimeSaid } from "../core/regimes.js";
import { number, t } from "../core/strings.js";

/** @param {PlaceMap} map */
export function listen(map) {
  const { canvas, store } = map;
  canvas.addEventListener("click", (event) => {
    const found = under(map, event);
    store.select(found?.what, found?.code ?? null, map.economy);
    if (found) store.set({ tab: "card" });
  });
  canvas.addEventListener("mousemove", (event) => hoverOver(map, under(map, event), event));
  canvas.addEventListener("mouseleave", (event) => hoverOver(map, null, event));
  canvas.addEventListener("keydown", (event) => keys(map, event));
}

/** @param {PlaceMap} map @param {MouseEvent} event @returns {Hovered | null} */
function under(map, event) {
  if (!map.to) return null;
  const box = map.canvas.getBoundingClientRect();
  const [x, y] = [event.clientX - box.left, event.clientY - box.top];
  const near = map.places
    .map((place) => ({ place, gap: Math.hypot(place.at[0] - x, place.at[1] - y) - place.size / 2 }))
    .filter(({ gap }) => gap < 8).sort((a, b) => a.gap - b.gap);
  if (near.length) return near[0].place;
  const pen = /** @type {CanvasRenderingContext2D} */ (map.canvas.getContext("2d"));
  const n = map.paths.findIndex((path) => pen.isPointInPath(path, x * map.ratio, y * map.ratio));
  return n < 0 ? null : { what: "area", n, code: map.store.scene.areas[n].code, name: map.store.scene.areas[n].name };
}

/** @param {PlaceMap} map @param {Hovered | null} found @param {MouseEvent} event */
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

/** @param {PlaceMap} map @param {Hovered} found */
function tipOf(map, found) {
  const named = t("map.at", { name: found.name, kind: t(`map.${found.what}`) });
  if (found.what !== "area" || !map.store.frame) return named;
  const { few, lost, regime } = map.store.frame.economies[map.economy].arrays;
  const figures = { few: number(100 * few[found.n], 0), lost: number(lost[found.n], 0), regime: regimeSaid(regime[found.n]) };
  return `${named}. ${t("map.figures", figures)}${figures.regime ? ` ${t("map.figure_regime", figures)}` : ""}`;
}

/** @type {Record<string, Point>} */
const TURNS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** @param {PlaceMap} map @param {KeyboardEvent} event */
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

/** The nearest place within the quarter that an arrow points to.
 * @param {Spot[]} places @param {Spot} from @param {Point} turn */
export function towards(places, from, [dx, dy]) {
  const ranked = places.filter((place) => place !== from).map((place) => {
    const [x, y] = [place.at[0] - from.at[0], place.at[1] - from.at[1]];
    return { forward: x * dx + y * dy, far: Math.hypot(x, y), place };
  });
  const ahead = ranked.filter(({ forward, far }) => forward > 0.5 * far);
  return ahead.sort((a, b) => 2 * a.far - a.forward - (2 * b.far - b.forward))[0]?.place;
}
