// Why two lives differ: each admission or lost handover of one life only, with its chain of causes.
import { el, replace } from "../core/elements.js";
import { gauge } from "./emergency_chances.js";
import { monthName, t } from "../core/strings.js";

const MOST = 12;

/** @param {LifePage} page @param {HTMLElement} body @param {(month: number) => void} show */
export function drawCauses(page, body, show) {
  const { causes, alike, partial } = page;
  const lead = partial && !causes.length ? t("person.so_far") : alike ? t("person.alike") : causes.length ? t("person.causes_lead") : t("person.no_causes");
  replace(body, el("h2", {}, t("person.why")), el("p", { class: "quiet" }, lead),
    causes.slice(0, MOST).map((cause, n) => one(cause, n === 0, show)),
    causes.length > MOST ? el("p", { class: "quiet" }, t("person.more_causes", { n: causes.length - MOST })) : null);
}

/** @param {Cause} cause @param {boolean} open @param {(month: number) => void} show */
function one(cause, open, show) {
  const what = t(`person.only_${cause.what}`, { letter: "AB"[cause.in] });
  const made = el("details", { open, class: `cause ${cause.what}` },
    el("summary", {}, el("span", { class: "when" }, monthName(cause.month + 1)), " ", el("strong", {}, what)),
    el("button", { type: "button", class: "link", onclick: () => show(cause.month) }, t("person.show_month")),
    el("ol", { class: "chain" }, cause.links.map((link) => el("li", {}, link.gauge ? gauge(link.gauge) : null, el("p", {}, link.said)))));
  return made;
}
