// The clock: play, step, speed, and any month that was lived.
import { choose, el, replace } from "../core/elements.js";
import { monthName, t } from "../core/strings.js";

const SPEEDS = [1, 2, 4, 8, 15];

/** What of the clock changes with the month.
 * @typedef {{ play: HTMLElement, back: HTMLElement, step: HTMLElement, range: HTMLInputElement, lived: HTMLElement,
 *   parting: HTMLElement, keys: HTMLElement, now: HTMLElement, held: boolean }} ClockState */

/** @param {Store} store */
export function makeTransport(store) {
  const root = el("section", { class: "transport" });
  const state = /** @type {ClockState} */ ({});
  store.on("scene", () => begin(store, root, state));
  store.on("frame", () => update(store, state));
  store.on("view", () => {
    if (state.keys) state.keys.hidden = !store.view.keys;
  });
  return root;
}

/** @param {Store} store @param {HTMLElement} root @param {ClockState} state */
function begin(store, root, state) {
  /** @param {string} name @param {string} mark @param {() => void} work */
  const button = (name, mark, work) =>
    el("button", { type: "button", class: name, "aria-label": t(`transport.${name}`), title: t(`transport.${name}`), onclick: work }, mark);
  state.play = button("play", "▶", () => store.send({ do: "play", on: !store.playing }));
  state.back = button("back", "◂", () => store.send({ do: "step", by: -1 }));
  state.step = button("step", "▸", () => store.send({ do: "step", by: 1 }));
  state.range = el("input", { type: "range", min: 0, max: 120, step: 1, value: 0, "aria-label": t("transport.scrub") });
  state.range.addEventListener("input", () => {
    state.held = true;
    store.send({ do: "seek", month: Number(state.range.value) });
  });
  state.range.addEventListener("change", () => (state.held = false));
  state.lived = el("span", { class: "lived" });
  state.parting = el("span", { class: "parts", title: t("pair.here"), hidden: true });
  state.keys = el("span", { class: "keys quiet", hidden: !store.view.keys }, t("transport.keys"));
  state.now = el("output", { class: "now", "aria-live": "off" });
  const speeds = SPEEDS.map((n) => [String(n), t("transport.per_second", { n })]);
  root.setAttribute("aria-label", t("transport.title"));
  replace(root, el("div", { class: "buttons" }, state.back, state.play, state.step), state.now,
    el("div", { class: "track" }, state.lived, state.parting, state.range),
    choose(t("transport.speed"), speeds, String(store.speed),
      (speed) => store.send({ do: "speed", speed: Number(speed) })),
    state.keys);
}

/** @param {Store} store @param {ClockState} state */
function update(store, state) {
  const name = store.playing ? "pause" : "play";
  state.play.textContent = store.playing ? "❚❚" : "▶";
  state.play.setAttribute("aria-label", t(`transport.${name}`));
  state.range.max = String(store.months);
  if (!state.held) state.range.value = String(store.shown);
  state.range.setAttribute("aria-valuetext", monthName(store.shown));
  state.lived.style.width = `${(100 * store.lived) / store.months}%`;
  state.parting.hidden = !store.parting;
  state.parting.style.left = `${(100 * (store.parting?.month ?? 0)) / store.months}%`;
  state.now.textContent = monthName(store.shown);
}

/** Keys that work wherever no field wants them.
 * @param {Store} store @param {KeyboardEvent} event */
export function transportKeys(store, event) {
  if (store.view.view !== "watch") return;
  const within = event.target instanceof Element ? event.target : null;
  if (within?.closest("input, select, textarea, [role=application]") && event.key !== " ") return;
  if (within?.closest("button, summary, input, select") && event.key === " ") return;
  if (!store.view.keys) return;
  const work = {
    " ": () => store.send({ do: "play", on: !store.playing }),
    ",": () => store.send({ do: "step", by: -1 }),
    ".": () => store.send({ do: "step", by: 1 }),
  }[event.key];
  if (!work || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  work();
}
