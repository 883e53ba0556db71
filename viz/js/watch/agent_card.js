// One agent up close: what it is, what it decided and why, its accounts.
import { whyButton } from "../evidence/assumptions.js";
import { el, replace } from "../core/elements.js";
import { badge, isPair } from "../core/two_policies.js";
import { monthName, number, t } from "../core/strings.js";

const HEADINGS_SHOWN = 8;
const DECISIONS_SHOWN = 6;
const MONTHS = 12; // of accounts

/** Pounds of a year by heading.
 * @typedef {[heading: string, pounds: number][]} Year */

/** @param {Store} store */
export function makeCard(store) {
  const body = el("div", { class: "card-body" });
  const finder = el("div", { class: "finder" });
  const state = { parts: /** @type {Record<string, { mark: string, made: Child }>} */ ({}) };
  store.on("scene", () => {
    replace(finder, find(store));
    drawCard(store, body, state);
  });
  for (const what of ["selected", "card", "frame"]) store.on(what, () => drawCard(store, body, state));
  store.on("selected", () => {
    const list = finder.querySelector("select");
    if (!list) return;
    const named = [...list.options].find((one) => store.selected && one.value.endsWith(` ${store.selected.code}`));
    list.value = named?.value ?? ""; // whatever it was chosen as: a sentence knows no kinds
  });
  return el("div", { class: "card" }, finder, body);
}

/** Every agent by name, for those who would rather choose from a list than on a map.
 * @param {Store} store */
function find(store) {
  const { sites, practices, areas, others } = store.scene;
  const groups = /** @type {[string, Holder[], Kind][]} */ ([
    [t("map.off"), others, "body"], [t("map.site"), sites.filter((s) => s.hospital), "site"],
    [t("map.practice"), practices, "practice"], [t("map.area"), areas, "area"],
  ]);
  const list = el("select", { "aria-label": t("card.none") },
    el("option", { value: "" }, t("card.title")),
    groups.map(([label, rows, what]) => el("optgroup", { label },
      rows.map((row) => el("option", { value: `${what} ${row.code}` }, row.name)))));
  list.addEventListener("change", () => {
    const [what, code] = list.value.split(" ");
    store.select(/** @type {Kind} */ (what) || null, code ?? null);
  });
  return list;
}

/** The card as it is in the month shown, or in the last that it knows: what differs is drawn anew.
 * @param {Store} store @param {HTMLElement} body @param {{ parts: Record<string, { mark: string, made: Child }> }} state */
function drawCard(store, body, state) {
  const { card, selected } = store;
  if (!selected || !card) {
    state.parts = {};
    return replace(body, el("p", { class: "quiet" }, selected ? "…" : t("card.none")));
  }
  const month = Math.min(store.shown, card.lived);
  const facts = card.facts.map(([name, told]) => /** @type {[string, string | null]} */ ([name, at(told, month)])).filter(([, value]) => value !== null);
  const balance = card.balance[month];
  if (balance) facts.push([t("card.balance"), balance]);
  const decisions = card.decisions.filter((one) => one.known <= month).slice(-DECISIONS_SHOWN).reverse();
  const sums = card.accounts && { income: yearOf(card.accounts.income, month), spending: yearOf(card.accounts.spending, month) };
  /** @param {string} name @param {unknown} content @param {() => Child} made */
  const part = (name, content, made) => {
    const mark = JSON.stringify([card.code, card.economy, content]);
    if (state.parts[name]?.mark !== mark) state.parts[name] = { mark, made: made() };
    return state.parts[name].made;
  };
  const open = new Set([.../** @type {NodeListOf<HTMLElement>} */ (body.querySelectorAll("details[open]"))].map((one) => one.dataset.mark));
  replace(body, isPair(store) ? part("futures", [card.what], () => futures(store, card)) : null,
    part("name", [], () => el("div", { class: "titled" }, el("h3", {}, card.name), whyButton(store, card.name, () => "decisions"))),
    part("facts", [month, facts], () => [el("p", { class: "quiet" }, t("card.at", { sort: card.sort, month: monthName(month) })),
      el("dl", {}, facts.map(([name, value]) => [el("dt", {}, name), el("dd", {}, value)]).flat())]),
    card.what === "area" ? null : part("decisions", decisions, () => decided(card, decisions, open)),
    sums ? part("accounts", [sums], () => accounts(sums)) : null);
}

/** What was so in a month: the last of changes up to then; null if nothing is to be said.
 * @param {Told} told @param {number} month */
const at = (told, month) => told.filter(([from]) => from <= month).at(-1)?.[1] ?? null;

/** Pounds of the twelve months that end with this one, by heading, the largest first.
 * @param {Headings} headings @param {number} month @returns {Year} */
function yearOf(headings, month) {
  return headings
    .map(([name, pence]) => /** @type {Year[number]} */ ([name, pence.slice(month, month + MONTHS).reduce((sum, one) => sum + one, 0) / 100]))
    .filter(([, pounds]) => pounds !== 0).sort((a, b) => b[1] - a[1]);
}

/** Whose future it is, and the same agent in the other.
 * @param {Store} store @param {Card} card */
function futures(store, card) {
  return el("div", { class: "switch", role: "group", "aria-label": t("pair.under") },
    store.scene.wish.titles.map((title, n) => el("button", {
      type: "button", "aria-pressed": card.economy === n, onclick: () => store.select(card.what, card.code, n),
    }, badge([n]), title)));
}

/** Decisions, the newest open, and those that a reader had opened.
 * @param {Card} card @param {Decision[]} decisions @param {Set<string | undefined>} open */
function decided(card, decisions, open) {
  if (!decisions.length) return el("p", { class: "quiet" }, t("card.undecided"));
  return el("section", {}, el("h4", {}, t("card.decided")),
    decisions.map((one, n) => el("details", { open: n === 0 || open.has(markOf(card, one)), "data-mark": markOf(card, one) },
      el("summary", {}, el("span", { class: "when" }, one.when), ` ${one.did}`),
      options(one), one.saw.length ? saw(one) : null)));
}

/** @param {Card} card @param {Decision} one */
const markOf = (card, one) => `${card.code} ${one.when} ${one.question}`;

/** @param {Decision} one */
function options(one) {
  const best = Math.max(...one.options.map((o) => o.chance));
  return el("table", {},
    el("tr", {}, [t("card.option"), t("card.worth"), t("card.chance")].map((h) => el("th", { scope: "col" }, h))),
    one.options.map((o) => el("tr", { class: o.chosen ? "chosen" : "" },
      el("td", {}, o.chosen ? `✓ ${o.did}` : o.did), el("td", {}, o.pounds),
      el("td", {}, el("span", { class: "chance", style: `--share:${o.chance / (best || 1)}` }),
        `${number(100 * o.chance, 0)}%`))));
}

/** @param {Decision} one */
function saw(one) {
  return el("div", {}, el("h5", {}, t("card.saw")),
    el("dl", {}, one.saw.map(([name, value]) => [el("dt", {}, name), el("dd", {}, value)]).flat()));
}

/** @param {{ income: Year, spending: Year }} sides */
function accounts(sides) {
  /** @param {"income" | "spending"} side */
  const table = (side) => {
    const rows = sides[side].slice(0, HEADINGS_SHOWN);
    const all = sides[side].reduce((sum, [, pounds]) => sum + pounds, 0);
    /** @param {string} name @param {number} pounds */
    const cells = (name, pounds) => [el("td", {}, name), el("td", {}, number(pounds / 1000, 0))];
    return el("table", {},
      el("tr", {}, el("th", { scope: "col" }, t(`card.${side}`)), el("th", { scope: "col" }, t("card.thousands"))),
      rows.map(([name, pounds]) => el("tr", {}, cells(name, pounds))),
      el("tr", { class: "chosen" }, cells(t("card.total"), all)));
  };
  return el("section", { class: "accounts" }, el("h4", {}, t("card.accounts")), table("income"), table("spending"));
}
