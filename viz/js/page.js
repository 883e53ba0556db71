// The whole page: header, map, charts, what happens, levers, card, clock.
import { keepAddress } from "./core/address.js";
import { watchAnswers } from "./evidence/responses.js";
import { makeCard } from "./watch/agent_card.js";
import { makeCharts } from "./charts/outcome_charts.js";
import { makeContrasts } from "./charts/contrasts.js";
import { watchConnection } from "./core/connection.js";
import { el, replace } from "./core/elements.js";
import { makeEvents } from "./watch/events.js";
import { makeHead } from "./header.js";
import { makeLevers } from "./watch/levers.js";
import { makeOutlook } from "./charts/other_seeds.js";
import { makeMaps } from "./watch/maps.js";
import { isPair } from "./core/two_policies.js";
import { makePairEvents } from "./watch/pair_events.js";
import { makePerson } from "./person/person.js";
import { makeRegime } from "./watch/regime_panel.js";
import { makeShare } from "./share/sharing.js";
import { makeSpeaker } from "./core/screen_reader.js";
import { makeStore } from "./core/store.js";
import { setTexts, t } from "./core/strings.js";
import { makeTransport, transportKeys } from "./watch/clock.js";

const TABS = /** @type {View["tab"][]} */ (["events", "levers", "card"]);

/** @param {any} arg0 */
export function render({ model, el: place }) {
  setTexts(model.get("strings"));
  const store = makeStore(model);
  if (!model.get("recorded")) keepAddress(store); // first, so that all is drawn as the address says
  store.share = makeShare(store);
  const root = el("div", { class: "ju" });
  const status = el("div", { class: "status" });
  const head = makeHead(store);
  const watch = el("div", { class: "watch", hidden: true },
    makeMaps(store), el("div", { class: "middle" }, makeRegime(store, 0), makeRegime(store, 1), makeOutlook(store, makeCharts(store))), makeSide(store));
  const contrasts = makeContrasts(store);
  contrasts.hidden = true;
  const transport = makeTransport(store);
  transport.hidden = true;
  const person = makePerson(store);
  const frame = el("div", { class: "watch frame", "aria-hidden": true }, ["", "", ""].map(() => el("div", { class: "panel" })));
  root.append(head, status, frame, watch, person, contrasts, transport, makeSpeaker(store));
  watchAnswers(store);
  Object.assign(root, { store });
  store.root = root;
  store.on("scene", () => {
    frame.remove(); // it held the place of what is shown now
    root.classList.toggle("recorded", Boolean(store.scene.recorded));
    watch.classList.toggle("pair", isPair(store));
    showView(store, { watch, person, contrasts, transport });
  });
  store.on("view", () => store.scene && showView(store, { watch, person, contrasts, transport }));
  store.on("status", () => drawStatus(store, status));
  store.on("view", () => root.classList.toggle("big", store.view.big));
  root.addEventListener("keydown", (event) => transportKeys(store, event));
  document.addEventListener("keydown", (event) => event.target === document.body && transportKeys(store, event));
  place.append(root);
  store.say("preparing", t("status.connecting"));
  if (!model.get("recorded")) watchConnection(store, root);
  store.send({ do: "hello", address: model.get("recorded") ? "" : location.search });
}

/** @param {Store} store @param {any} arg1 */
function showView(store, { watch, person, contrasts, transport }) {
  const view = store.scene.recorded ? "watch" : store.view.view;
  watch.hidden = transport.hidden = view !== "watch";
  person.hidden = view !== "person";
  contrasts.hidden = view !== "contrasts";
  if (view === "person" && store.playing) store.send({ do: "play", on: false });
}

/** @param {Store} store @param {HTMLElement} status */
function drawStatus(store, status) {
  const { kind, text } = store.status;
  status.className = `status ${kind}`;
  status.hidden = kind === "ready";
  const close = el("button", { type: "button", onclick: () => store.settle() }, t("status.close"));
  replace(status, text, store.scene && kind !== "preparing" ? close : null);
}

/** @param {Store} store */
function makeSide(store) {
  const events = el("div", {}, makeEvents(store), makePairEvents(store));
  /** @type {Record<View["tab"], HTMLElement>} */
  const panels = { events, levers: makeLevers(store), card: makeCard(store) };
  const tabs = el("div", { class: "tabs", role: "tablist" });
  const root = el("section", { class: "panel side" }, tabs);
  const buttons = /** @type {Record<View["tab"], HTMLButtonElement>} */ ({});
  for (const name of TABS) {
    buttons[name] = el("button", {
      type: "button", role: "tab", id: `ju-tab-${name}`, "aria-controls": `ju-panel-${name}`,
      onclick: () => store.set({ tab: name }), onkeydown: (/** @type {KeyboardEvent} */ event) => turn(store, buttons, event),
    });
    Object.assign(panels[name], { id: `ju-panel-${name}` });
    panels[name].setAttribute("role", "tabpanel");
    panels[name].setAttribute("aria-labelledby", `ju-tab-${name}`);
    tabs.append(buttons[name]);
    root.append(panels[name]);
  }
  const show = () => TABS.forEach((name) => {
    const open = store.view.tab === name;
    panels[name].hidden = !open;
    buttons[name].setAttribute("aria-selected", String(open));
    buttons[name].tabIndex = open ? 0 : -1;
    buttons[name].textContent = t(`${name}.title`);
  });
  store.on("view", show);
  store.on("scene", show);
  return root;
}

/** @param {Store} store @param {Record<View["tab"], HTMLButtonElement>} buttons @param {KeyboardEvent} event */
function turn(store, buttons, event) {
  const by = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
  if (!by) return;
  event.preventDefault();
  const next = TABS[(TABS.indexOf(store.view.tab) + by + TABS.length) % TABS.length];
  store.set({ tab: next });
  buttons[next].focus();
}
