// What happens, in sentences, the newest first, and the regime that it adds up to.
import { whyButton } from "./assumptions.js";
import { el, replace } from "./controls.js";
import { isPair, policyName } from "./pair.js";
import { t, number } from "./strings.js";

const MONTHS_SHOWN = 60;
const A_MONTH = 5; // sentences of one month that are shown at once
const REGIMES = ["joined_up_with_choice", "plural", "fragmented", "local_monopoly", "monopoly_and_fragmented"];

export function makeEvents(store, economy = 0) {
  const list = el("ol", { class: "events", "aria-live": "off", tabindex: 0 });
  const root = el("div", {}, lead(), list);
  const state = { drawn: null, made: new WeakMap() };
  store.on("scene", () => (state.drawn = null));
  store.on("frame", () => (root.hidden = isPair(store)) || drawEvents(store, economy, list, state));
  return root;
}

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

/** How many more there are in a month; they unfold. */
export function rest(told, row) {
  const list = el("ol", { class: "events" });
  const box = el("details", {}, el("summary", {}, t("events.more", { n: told.length })), list);
  box.addEventListener("toggle", () => list.children.length || replace(list, told.map(row)));
  return el("li", { class: "more" }, box);
}

/** How to read the reasons. */
export const lead = () => el("p", { class: "lead quiet" }, t("events.lead"));

/** A sentence of what happened; `more` is put before it. */
export function item(store, one, first, economy = 0, more = null) {
  const when = first ? el("h3", {}, one.when) : null;
  const who = one.agent
    ? el("button", { type: "button", class: "link", onclick: () => {
        store.select("body", one.agent, economy);
        store.set({ tab: "card" });
      } }, one.who)
    : el("strong", {}, one.who);
  const why = one.why ? el("span", { class: "why" }, `, ${one.why}.`) : ".";
  const then = one.then ? t("events.and_then", { then: one.then }) : null;
  return el("li", { class: `event ${one.rule}`, title: then }, when, more, who, one.agent ? " " : " — ", one.did, why);
}

/** The share of people by regime: a sentence and a bar whose parts are named. */
export function makeRegime(store, economy = 0) {
  const root = el("section", { class: "panel regime" });
  const draw = () => drawRegime(store, economy, root);
  store.on("scene", draw);
  store.on("frame", draw);
  return root;
}

function drawRegime(store, economy, root) {
  root.hidden = economy >= (store.scene?.wish.policies.length ?? 1);
  if (root.hidden) return;
  const regimes = store.frame?.economies[economy].regimes ?? {};
  const found = REGIMES.map((name) => [name, regimes[name] ?? 0]).filter(([, share]) => share > 0.004);
  const mark = `${economy}${JSON.stringify(found)}${store.scene.place.name}${store.scene.wish.policies}`;
  if (root.dataset.mark === mark) return;
  root.dataset.mark = mark;
  const title = isPair(store) ? policyName(store, economy) : el("h2", {}, t("regime.title"));
  replace(root, el("div", { class: "titled" }, title, whyButton(store, t("regime.what"), () => "regime")),
    el("p", {}, sentence(found), " ", el("span", { class: "quiet" }, found.length ? t("regime.compared") : "")),
    found.length ? bar(found) : null, found.length ? el("p", { class: "names quiet" }, names(found)) : null);
}

function sentence(found) {
  if (!found.length) return t("regime.none");
  const [name, share] = [...found].sort((a, b) => b[1] - a[1])[0];
  const regime = t(`regime.${name}`);
  const key = share > 0.996 ? "all" : share > 0.5 ? "most" : "lead";
  return t(`regime.${key}`, { regime, share: `${number(100 * share, 0)}%` });
}

const names = (found) =>
  found.map(([name, share]) => `${t(`regime.short_${name}`)} ${number(100 * share, 0)}%`).join(" · ");

function bar(found) {
  return el("div", { class: "bar" }, found.map(([name, share]) =>
    el("span", { class: `part ${name}`, style: `flex-grow:${share}`, title: t(`regime.${name}`) },
      `${number(100 * share, 0)}%`)));
}
