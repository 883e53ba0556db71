// The whole page: header, map, charts, what happens, levers, card, clock.
import { keepAddress } from "./address.js";
import { openAssumptions } from "./assumptions.js";
import { makeCard } from "./card.js";
import { makeCharts } from "./charts.js";
import { makeContrasts } from "./contrasts.js";
import { watchConnection } from "./connection.js";
import { choose, el, labelled, replace, toggle } from "./controls.js";
import { makeEvents, makeRegime } from "./events.js";
import { makeLevers } from "./levers.js";
import { makeOutlook } from "./luck.js";
import { makeMaps } from "./maps.js";
import { isPair } from "./pair.js";
import { makePairEvents } from "./pair_events.js";
import { makePerson } from "./person.js";
import { makeShare } from "./share.js";
import { makeSpeaker } from "./speaker.js";
import { makeStore } from "./store.js";
import { number, setTexts, t } from "./strings.js";
import { makeTransport, transportKeys } from "./transport.js";

const VIEWS = ["watch", "person", "contrasts"];
const TABS = ["events", "levers", "card"];

export function render({ model, el: place }) {
  setTexts(model.get("strings"));
  const store = makeStore(model);
  if (!model.get("recorded")) keepAddress(store); // first, so that all is drawn as the address says
  store.share = makeShare(store);
  const root = el("div", { class: "ju" });
  const status = el("div", { class: "status" });
  const head = el("header", { class: "head" }, brand());
  const watch = el("div", { class: "watch", hidden: true },
    makeMaps(store), el("div", { class: "middle" }, makeRegime(store, 0), makeRegime(store, 1), makeOutlook(store, makeCharts(store))), makeSide(store));
  const contrasts = makeContrasts(store);
  contrasts.hidden = true;
  const transport = makeTransport(store);
  transport.hidden = true;
  const person = makePerson(store);
  root.append(head, status, watch, person, contrasts, transport, makeSpeaker(store));
  root.store = store;
  store.root = root;
  store.on("scene", () => {
    root.classList.toggle("recorded", Boolean(store.scene.recorded));
    drawHead(store, head);
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

function showView(store, { watch, person, contrasts, transport }) {
  const view = store.scene.recorded ? "watch" : store.view.view;
  watch.hidden = transport.hidden = view !== "watch";
  person.hidden = view !== "person";
  contrasts.hidden = view !== "contrasts";
  if (view === "person" && store.playing) store.send({ do: "play", on: false });
}

/** What the page shows: a place, one person in it, or what a sweep found. */
function views(store) {
  const shown = VIEWS.filter((view) => view !== "contrasts" || store.scene.sweep);
  const buttons = shown.map((view) => el("button", { type: "button", onclick: () => store.set({ view }) }, t(`views.${view}`)));
  const show = () => buttons.forEach((button, n) =>
    shown[n] === store.view.view ? button.setAttribute("aria-current", "page") : button.removeAttribute("aria-current"));
  store.on("view", show);
  show();
  return el("nav", { class: "which", "aria-label": t("views.title") }, buttons);
}

function drawStatus(store, status) {
  const { kind, text } = store.status;
  status.className = `status ${kind}`;
  status.hidden = kind === "ready";
  const close = el("button", { type: "button", onclick: () => store.settle() }, t("status.close"));
  replace(status, text, store.scene && kind !== "preparing" ? close : null);
}

const brand = (beside) =>
  el("div", { class: "brand" }, el("h1", {}, t("page.brand")), el("p", {}, t("page.tagline")), beside);

function drawHead(store, head) {
  if (store.scene.recorded) return drawTitle(store, head);
  const { wish, policies, places, place } = store.scene;
  const asked = { policies: wish.policies, place: wish.place, seed: wish.seed };
  const known = policies.map((p) => [p.name, p.title]);
  const own = wish.policies.map((name, n) => [name, wish.titles[n]]).filter(([name]) => !policies.some((p) => p.name === name));
  const listed = [...own, ...known];
  const chosen = [wish.policies[0], wish.policies[1] ?? ""];
  const set = (n, name) => {
    chosen[n] = name;
    asked.policies = chosen.filter(Boolean);
  };
  const drawn = Object.entries(places);
  const here = places[wish.place] ? drawn : [[wish.place, place.title], ...drawn];
  const seed = el("input", { type: "number", min: 0, max: 4294967295, value: wish.seed });
  seed.addEventListener("change", () => (asked.seed = Number(seed.value)));
  const start = el("button", { type: "button", class: "strong", onclick: () => store.send({ do: "start", ...asked }) }, t("page.start"));
  replace(head,
    brand(views(store)),
    el("div", { class: "wish" },
      labelled(t("page.policy"), choose(t("page.policy"), listed, chosen[0], (name) => set(0, name))),
      labelled(t("page.against"), choose(t("page.against"), [["", t("page.alone")], ...listed], chosen[1], (name) => set(1, name))),
      labelled(t("page.place"), choose(t("page.place"), here, wish.place, (name) => (asked.place = name))),
      labelled(t("page.seed"), seed), start),
    looks(store));
}

/** The head of a recording: what was lived, and how to look at it. */
function drawTitle(store, head) {
  const { place, wish } = store.scene;
  replace(head,
    el("div", { class: "brand" }, el("h1", {}, t("page.brand")), el("p", {}, t("share.recording"))),
    el("div", { class: "wish" }, el("p", {}, el("strong", {}, wish.titles.join(" | ")), el("br"),
      el("span", { class: "quiet" }, t("share.about_start", { place: place.title, patients: number(place.patients, 0), seed: wish.seed })))),
    looks(store));
}

/** Ways to look at it, and what can be opened beside. */
const looks = (store) => el("div", { class: "views" },
  el("button", { type: "button", "aria-haspopup": "dialog", onclick: () => openAssumptions(store, "hhi") }, t("assumptions.open_all")),
  store.scene.recorded ? null : el("button", { type: "button", "aria-haspopup": "dialog", onclick: store.share }, t("share.title")),
  toggle(t("page.big"), store.view.big, (big) => store.set({ big }), t("page.big_help")),
  toggle(t("page.tables"), store.view.tables, (tables) => store.set({ tables }), t("page.tables_help")),
  toggle(t("page.keys"), store.view.keys, (keys) => store.set({ keys }), t("page.keys_help")));

function makeSide(store) {
  const events = el("div", {}, makeEvents(store), makePairEvents(store));
  const panels = { events, levers: makeLevers(store), card: makeCard(store) };
  const tabs = el("div", { class: "tabs", role: "tablist" });
  const root = el("section", { class: "panel side" }, tabs);
  const buttons = {};
  for (const name of TABS) {
    buttons[name] = el("button", {
      type: "button", role: "tab", id: `ju-tab-${name}`, "aria-controls": `ju-panel-${name}`,
      onclick: () => store.set({ tab: name }), onkeydown: (event) => turn(store, buttons, event),
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
    buttons[name].setAttribute("aria-selected", open);
    buttons[name].tabIndex = open ? 0 : -1;
    buttons[name].textContent = t(`${name}.title`);
  });
  store.on("view", show);
  store.on("scene", show);
  return root;
}

function turn(store, buttons, event) {
  const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!by) return;
  event.preventDefault();
  const next = TABS[(TABS.indexOf(store.view.tab) + by + TABS.length) % TABS.length];
  store.set({ tab: next });
  buttons[next].focus();
}
