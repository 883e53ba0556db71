// The top of the page: what is shown, what else can be, and ways to look at it.
import { openAssumptions } from "./evidence/assumptions.js";
import { choose, el, labelled, replace } from "./core/elements.js";
import { number, t } from "./core/strings.js";

const VIEWS = /** @type {View["view"][]} */ (["watch", "person", "contrasts"]);
/** @typedef {"big" | "tables" | "keys"} Look switches of the view */
const LOOKS = /** @type {Look[]} */ (["big", "tables", "keys"]);

/** What of the top changes; `folds`: whether it is folded, null before that is known.
 * @typedef {{ title: HTMLElement, views: HTMLElement, said: HTMLElement, wish: HTMLElement, fold: HTMLDetailsElement,
 *   folds: boolean | null }} HeaderParts */

/** @param {Store} store */
export function makeHead(store) {
  const title = el("p", {}, t("page.tagline"));
  const [said, wish] = [el("summary", {}), el("div", { class: "wish" })];
  const fold = el("details", { class: "fold", hidden: true }, said, wish);
  const parts = { title, views: makeViews(store), said, wish, fold, folds: /** @type {boolean | null} */ (null) };
  store.on("scene", () => draw(store, parts));
  store.on("view", () => folded(store, parts));
  store.on("status", () => {
    if (store.scene && store.status.kind === "refused") draw(store, parts);
  });
  return el("header", { class: "head" },
    el("div", { class: "brand" }, el("h1", {}, t("page.brand")), title, parts.views), parts.fold, makeLooks(store));
}

/** On a projector what is shown takes one line, and what else can be shown opens from it.
 * @param {Store} store @param {HeaderParts} parts */
function folded(store, parts) {
  const folds = store.view.big && !store.scene?.recorded;
  if (parts.folds !== folds) parts.fold.open = !folds;
  parts.folds = folds;
}

/** @param {Store} store @param {HeaderParts} parts */
function draw(store, parts) {
  const { title, views, wish, said, fold } = parts;
  const { recorded } = store.scene;
  fold.hidden = false;
  said.textContent = t("page.shown", { policies: store.scene.wish.titles.join(" | "), place: store.scene.place.title.split(": ")[0] });
  folded(store, parts);
  title.textContent = [t(recorded ? "share.recording" : "page.tagline"), store.scene.place.licence].filter(Boolean).join(" ");
  views.hidden = Boolean(recorded);
  replace(wish, recorded ? lived(store) : wishes(store));
}

/** What a recording shows.
 * @param {Store} store */
function lived({ scene: { place, wish } }) {
  const start = { place: place.title, patients: number(place.patients, 0), seed: wish.seed };
  return el("p", {}, el("strong", {}, wish.titles.join(" | ")), el("br"), el("span", { class: "quiet" }, t("share.about_start", start)));
}

/** What can be lived instead: policies, place, luck.
 * @param {Store} store */
function wishes(store) {
  const { wish, policies, places, place } = store.scene;
  const asked = { policies: wish.policies, place: wish.place, seed: wish.seed };
  const known = policies.map((p) => [p.name, p.title]);
  const own = wish.policies.map((name, n) => [name, wish.titles[n]]).filter(([name]) => !policies.some((p) => p.name === name));
  const listed = [...own, ...known];
  const chosen = [wish.policies[0], wish.policies[1] ?? ""];
  /** @param {number} n @param {string} name */
  const set = (n, name) => {
    chosen[n] = name;
    asked.policies = chosen.filter(Boolean);
  };
  const drawn = Object.entries(places);
  const here = places[wish.place] ? drawn : [[wish.place, place.title], ...drawn];
  const seed = el("input", { type: "number", min: 0, max: 4294967295, value: wish.seed });
  seed.addEventListener("change", () => (asked.seed = Number(seed.value)));
  return [
    labelled(t("page.policy"), choose(t("page.policy"), listed, chosen[0], (name) => set(0, name))),
    labelled(t("page.against"), choose(t("page.against"), [["", t("page.alone")], ...listed], chosen[1], (name) => set(1, name))),
    labelled(t("page.place"), choose(t("page.place"), here, wish.place, (name) => (asked.place = name))),
    labelled(t("page.seed"), seed),
    el("button", { type: "button", class: "strong", onclick: () => store.send({ do: "start", ...asked }) }, t("page.start")),
  ];
}

/** Which screen: a place, one person in it, or what a sweep found.
 * @param {Store} store */
function makeViews(store) {
  const buttons = VIEWS.map((view) => el("button", { type: "button", onclick: () => store.set({ view }) }, t(`views.${view}`)));
  const show = () => buttons.forEach((button, n) => {
    button.hidden = VIEWS[n] === "contrasts" && !store.scene?.sweep;
    if (VIEWS[n] === store.view.view) button.setAttribute("aria-current", "page");
    else button.removeAttribute("aria-current");
  });
  store.on("view", show);
  store.on("scene", show);
  show();
  return el("nav", { class: "which", "aria-label": t("views.title"), hidden: true }, buttons);
}

/** Ways to look at it, and what can be opened beside.
 * @param {Store} store */
function makeLooks(store) {
  /** @param {() => void} open @param {string} said */
  const sheet = (open, said) => el("button", { type: "button", "aria-haspopup": "dialog", onclick: open }, t(said));
  const share = sheet(() => store.share(), "share.title");
  const looks = LOOKS.map((name) => look(store, name));
  const root = el("div", { class: "views", hidden: true }, sheet(() => openAssumptions(store, "hhi"), "assumptions.open_all"), share, looks);
  store.on("scene", () => {
    root.hidden = false;
    share.hidden = Boolean(store.scene.recorded);
  });
  return root;
}

/** A switch of the view, which shows what holds, whatever it was changed by.
 * @param {Store} store @param {Look} name */
function look(store, name) {
  const made = el("button", { type: "button", class: "toggle", title: t(`page.${name}_help`),
    onclick: () => store.set({ [name]: !store.view[name] }) }, t(`page.${name}`));
  const show = () => made.setAttribute("aria-pressed", String(store.view[name]));
  store.on("view", show);
  show();
  return made;
}
