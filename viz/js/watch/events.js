// What happens, in sentences, the newest first.
import { el, replace } from "../core/elements.js";
import { isPair } from "../core/two_policies.js";
import { t } from "../core/strings.js";

const MONTHS_SHOWN = 60;
const A_MONTH = 5; // sentences of one month that are shown at once

/** The month that is drawn, and what was made of sentences: it can be clicked and read on.
 * @typedef {{ drawn: number | null, made: WeakMap<object, HTMLElement> }} EventsState */

/** @param {Store} store @param {number} [economy] */
export function makeEvents(store, economy = 0) {
  const list = el("ol", { class: "events", "aria-live": "off", tabindex: 0 });
  const root = el("div", {}, lead(), list);
  /** @type {EventsState} */
  const state = { drawn: null, made: new WeakMap() };
  store.on("scene", () => (state.drawn = null));
  store.on("frame", () => (root.hidden = isPair(store)) || drawEvents(store, economy, list, state));
  return root;
}

/** @param {Store} store @param {number} economy @param {HTMLElement} list @param {EventsState} state */
function drawEvents(store, economy, list, state) {
  if (state.drawn === store.shown) return;
  state.drawn = store.shown;
  const items = [];
  for (let month = store.shown; month >= 0 && items.length < MONTHS_SHOWN; month -= 1) {
    const told = store.events[economy][month] ?? [];
    told.slice(0, A_MONTH).forEach((one, n) => {
      if (!state.made.has(one)) state.made.set(one, item(store, one, n === 0));
      items.push(state.made.get(one));
    });
    if (told.length > A_MONTH) {
      if (!state.made.has(told)) state.made.set(told, rest(told.slice(A_MONTH), (one) => item(store, one, false)));
      items.push(state.made.get(told));
    }
  }
  replace(list, items.length ? items : el("li", { class: "none" }, t("events.none")));
}

/** How many more there are in a month; they unfold.
 * @param {Happening[]} told @param {(one: Happening) => HTMLElement} row */
export function rest(told, row) {
  const list = el("ol", { class: "events" });
  const n = told.reduce((sum, one) => sum + (one.stands_for ?? 1), 0);
  const box = el("details", {}, el("summary", {}, t("events.more", { n })), list);
  box.addEventListener("toggle", () => list.children.length || replace(list, told.map(row)));
  return el("li", { class: "more" }, box);
}

/** How to read the reasons. */
export const lead = () => el("p", { class: "lead quiet" }, t("events.lead"));

/** A sentence of what happened; `more` is put before it.
 * @param {Store} store @param {Happening} one @param {boolean} first @param {number} [economy] @param {Child} [more] */
export function item(store, one, first, economy = 0, more = null) {
  const when = first ? el("h3", {}, one.when) : null;
  const who = one.agent
    ? el("button", { type: "button", class: "link", onclick: () => {
        store.select("body", one.agent, economy);
        store.set({ tab: "card" });
      } }, one.who)
    : el("strong", {}, one.who);
  const why = one.why ? el("span", { class: "why" }, `, ${one.why}.`) : ".";
  const then = one.then ? el("span", { class: "then" }, ` ${t("events.and_then", { then: one.then })}`) : null;
  return el("li", { class: `event ${one.rule}` }, when, more, who, one.agent ? " " : " — ", one.did, why, then);
}
