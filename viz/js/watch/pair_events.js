// What happens in two futures: what both share across, the rest in a column for each policy.
import { el, replace } from "../core/elements.js";
import { item, lead, rest } from "./events.js";
import { badge, isPair } from "../core/two_policies.js";
import { t } from "../core/strings.js";

const ROWS_SHOWN = 60;
const A_MONTH = 4; // sentences of one month and column that are shown at once

/** @param {Store} store */
export function makePairEvents(store) {
  const root = el("div", { class: "pair-events" });
  /** @type {number | null} */
  let drawn = null;
  const made = new Map(); // months as they were drawn: what stays can be clicked and read on
  store.on("scene", () => {
    drawn = null;
    made.clear();
  });
  store.on("frame", () => {
    root.hidden = !isPair(store);
    if (root.hidden || drawn === store.shown) return;
    drawn = store.shown;
    draw(store, root, made);
  });
  return root;
}

/** @param {Store} store @param {HTMLElement} root @param {Map<string, HTMLElement>} made */
function draw(store, root, made) {
  const months = [];
  for (let month = store.shown, rows = 0; month >= 0 && rows < ROWS_SHOWN; month -= 1) {
    const told = store.events.map((all) => all[month] ?? []);
    if (!told.some((one) => one.length)) continue;
    const mark = `${month} ${store.parting?.month === month}`;
    if (!made.has(mark)) made.set(mark, oneMonth(store, month, told));
    months.push(made.get(mark));
    rows += Math.max(...told.map((one) => one.length));
  }
  replace(root, months.length ? [lead(), ...months] : el("p", {}, t("events.none")));
}

/** @param {Happening} one */
const key = (one) => `${one.agent} ${one.rule} ${one.did} ${one.with}`; // an answer stays with its question

/** @param {Store} store @param {number} month @param {Happening[][]} told */
function oneMonth(store, month, [a, b]) {
  const [ofA, ofB] = [new Set(a.map(key)), new Set(b.map(key))];
  const both = a.filter((one) => ofB.has(key(one)));
  const own = [a.filter((one) => !ofB.has(key(one))), b.filter((one) => !ofA.has(key(one)))];
  const parts = store.parting?.month === month;
  return el("section", { class: parts ? "month parts" : "month" },
    el("h3", {}, (a[0] ?? b[0]).when, parts ? el("em", {}, ` ${t("pair.here")}`) : null),
    both.length ? sentences(store, both, [0, 1]) : null,
    own[0].length + own[1].length ? own.map((told, n) => sentences(store, told, [n])) : null);
}

/** @param {Store} store @param {Happening[]} told @param {number[]} economies */
function sentences(store, told, economies) {
  /** @param {Happening} one */
  const row = (one) => item(store, one, false, economies[0], badge(economies));
  const rows = told.slice(0, A_MONTH).map(row);
  if (told.length > A_MONTH) rows.push(rest(told.slice(A_MONTH), row));
  return el("ol", { class: economies.length > 1 ? "events both" : `events of-${economies[0]}` }, rows);
}
