// What a parameter does to the outcomes: lived small in the background when a reader asks.
import { el, replace } from "../core/elements.js";
import { number, t } from "../core/strings.js";

/** Keeps what is shown of answers in step with what comes in.
 * @param {Store} store */
export function watchAnswers(store) {
  store.on("answers", () => /** @type {NodeListOf<HTMLElement>} */ (store.root.querySelectorAll(".answer")).forEach((root) => draw(store, root)));
}

/** @param {Store} store @param {string} name */
export function makeAnswer(store, name) {
  const root = el("div", { class: "answer", role: "status" });
  root.dataset.lever = name;
  draw(store, root);
  return root;
}

/** @param {Store} store @param {HTMLElement} root */
function draw(store, root) {
  const lever = String(root.dataset.lever);
  const found = store.answers[lever];
  if (!found) return replace(root, askButton(store, lever, "ask"), el("p", {}, t("answers.bounds")));
  if (found === "asked") return replace(root, el("p", { class: "asked" }, t("answers.asked")));
  if (found.error) return replace(root, el("p", { class: "refused" }, found.error), askButton(store, lever, "again"));
  replace(root, table(found), el("p", {}, t("answers.about", {
    runs: found.runs, patients: number(found.patients, 0), years: found.years, seeds: found.seeds,
    first: found.first, last: found.first + found.seeds - 1, from: found.years - 2, central: plain(found.central) })));
}

/** @param {Store} store @param {string} lever @param {string} said */
function askButton(store, lever, said) {
  const ask = () => {
    store.answers[lever] = "asked";
    store.send({ do: "response", lever });
    store.tell("answers");
  };
  return el("button", { type: "button", onclick: ask }, t(`answers.${said}`));
}

/** @param {Response} found */
function table({ outcomes, ends, central }) {
  const heads = ends.map((value) => el("th", { scope: "col" }, t("answers.at", { value: plain(value) })));
  return el("table", {}, el("caption", {}, t("answers.caption", { central: plain(central) })),
    el("tr", {}, el("td", {}), heads),
    outcomes.map((one) => el("tr", {}, el("th", { scope: "row" }, one.title, " ", el("span", { class: "quiet" }, one.unit)),
      one.changes.map((change) => el("td", { class: change.star ? "sure" : "" }, said(change, one.decimals))))));
}

/** A difference with half its interval, and a star if all of it matters; or that none of it does.
 * @param {Difference} change @param {number} decimals */
function said({ estimate, low_all: low, high_all: high, star, negligible }, decimals) {
  if (estimate === null) return "–";
  if (negligible) return t("luck.negligible");
  const half = low === null || high === null ? "" : ` ±${number((high - low) / 2, decimals)}`;
  return `${estimate > 0 ? "+" : ""}${number(estimate, decimals)}${half}${star ? " *" : ""}`;
}

/** @param {number} value */
const plain = (value) => String(value).replace("-", "−");
