// Two policies on one page: their letters, their lines' ends, the month in which they part.
import { INK } from "./colours.js";
import { el, svg } from "./elements.js";
import { monthName, t } from "./strings.js";

export const LETTERS = ["A", "B"];

/** Whether two policies are on the page.
 * @param {Store} store */
export const isPair = (store) => store.series.length > 1;

/** "A " or "B " before a name, nothing where there is only one policy.
 * @param {Store} store @param {number} economy */
export const letterOf = (store, economy) => (isPair(store) ? `${LETTERS[economy]} ` : "");

/** @param {number[]} economies */
export const badge = (economies) =>
  el("span", { class: `badge of-${economies.join("")}` }, economies.map((n) => LETTERS[n]).join(" "));

/** A heading with the letter and the title of a policy, and how its lines are drawn.
 * @param {Store} store @param {number} economy */
export function policyName(store, economy) {
  return el("h2", { class: "policy-name" }, badge([economy]), " ", el("span", {}, store.scene.wish.titles[economy]),
    svg("svg", { class: "sample", viewBox: "0 0 30 6", "aria-hidden": "true" },
      svg("path", { d: "M0 3H30", class: `economy-${economy}`, stroke: INK, fill: "none" })));
}

/** When the futures part, and what is done in only one of them.
 * @param {Store} store */
export function partingSaid(store) {
  const { parting, lived } = store;
  if (!parting) return [el("p", {}, t(lived ? "pair.same" : "pair.begin"))];
  const when = el("strong", {}, t("pair.part", { when: monthName(parting.month) }));
  const told = parting.told.flatMap((rows, n) => rows.slice(0, 1).map((row) => ({ n, row })));
  if (told.length) return told.map(({ n, row }, k) => el("p", {}, k ? null : when, k ? null : " ", ...deed(n, row)));
  const names = parting.figures.flatMap((name) => store.scene.series.filter((s) => s.name === name));
  return [el("p", {}, when, " ", t("pair.figures", { names: names.map((s) => `${s.chart} (${s.label})`).join(", ") }))];
}

/** @param {number} economy @param {Happening} row @returns {Child[]} */
function deed(economy, row) {
  const why = row.why ? `, ${row.why}` : "";
  return [badge([economy]), " ", el("b", {}, row.who), row.agent ? " " : " — ", `${row.did}${why}.`];
}
