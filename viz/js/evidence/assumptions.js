// What a number rests on: values, ranges, sources, and the command that shows what each does.
import { makeAnswer } from "./responses.js";
import { choose, el, replace } from "../core/elements.js";
import { copyable, openSheet } from "../core/sheet.js";
import { number, t } from "../core/strings.js";

/** A button that opens what the numbers of a group rest on. `group()` names it when pressed.
 * @param {Store} store @param {string} label @param {() => string} group */
export function whyButton(store, label, group) {
  const said = t("assumptions.of", { what: label });
  return el("button", { type: "button", class: "tool why", "aria-label": said, title: said, "aria-haspopup": "dialog",
    onclick: () => openAssumptions(store, group()) }, "?");
}

/** The group of assumptions of an outcome's series.
 * @param {Store} store @param {string} outcome */
export function groupOf(store, outcome) {
  const groups = Object.entries(store.scene.assumptions.groups);
  return groups.find(([, group]) => group.outcomes.includes(outcome))?.[0] ?? "regime";
}

/** @param {Store} store @param {string} first */
export function openAssumptions(store, first) {
  openSheet(store, t("assumptions.title"), (body) => {
    const shown = el("div", { class: "assumptions" });
    const groups = Object.keys(store.scene.assumptions.groups).map((name) => [name, t(`assumptions.groups.${name}`)]);
    /** @param {string} name */
    const show = (name) => replace(shown, groupShown(store, name));
    body.append(el("label", { class: "field" }, el("span", {}, t("assumptions.choose")),
      choose(t("assumptions.choose"), groups, first, show)), shown);
    show(first);
  });
}

/** @param {Store} store @param {string} name */
function groupShown(store, name) {
  const { groups, parameters, mechanisms } = store.scene.assumptions;
  const group = groups[name];
  const assumed = group.parameters.filter((one) => parameters[one].assumption).length;
  return [
    el("p", {}, group.how),
    el("p", { class: "quiet" }, counted(group.parameters.length, assumed)),
    el("h3", {}, t("assumptions.parameters")),
    el("ul", { class: "parameters" }, group.parameters.map((one) => parameter(store, one, parameters[one]))),
    group.mechanisms.length ? el("h3", {}, t("assumptions.mechanisms")) : null,
    group.mechanisms.length ? el("p", { class: "quiet" }, t("assumptions.mechanisms_lead")) : null,
    group.mechanisms.length ? el("ul", { class: "mechanisms" }, group.mechanisms.map((one) => mechanism(one, mechanisms[one]))) : null,
    el("h4", {}, t("assumptions.all")), copyable(t("assumptions.all"), ablate(store)),
  ];
}

/** How many of the numbers listed are assumed, and how many have a source.
 * @param {number} n @param {number} assumed */
function counted(n, assumed) {
  const key = assumed === n ? "all_assumed" : assumed ? "some_assumed" : "none_assumed";
  return t(`assumptions.${key}`, { n, assumed, sourced: n - assumed });
}

/** @param {Store} store @param {string} name @param {Parameter} one */
function parameter(store, name, one) {
  const [kind, words] = one.source ? ["source", one.source] : ["assumption", one.assumption];
  return el("li", { class: kind },
    el("div", { class: "what" }, el("strong", {}, sentence(one.meaning)), el("span", { class: `ground-of ${kind}` }, t(`assumptions.${kind}`))),
    one.lever ? el("div", { class: "worth" }, el("b", {}, plainNumber(one.value)), ` ${one.unit}`, range(one))
      : el("div", { class: "worth table" }, String(one.value), el("span", { class: "quiet" }, ` (${one.unit})`)),
    el("p", {}, words, words.endsWith(".") ? "" : "."),
    el("details", {}, el("summary", {}, el("code", {}, name), " ", t("assumptions.see")),
      one.lever && one.low !== null ? tried(store, name) : el("p", { class: "quiet" }, t("assumptions.no_range"))));
}

/** How to see what it does: here and small, or by the command.
 * @param {Store} store @param {string} name */
const tried = (store, name) => el("div", {}, store.scene.recorded ? null : makeAnswer(store, name), copyable(name, respond(store, name)));

/** Where the value lies between the lowest and the highest that may be believed.
 * @param {Parameter} parameter */
function range({ value, low, high }) {
  if (typeof value !== "number" || low === null || high === null || high <= low) return null;
  const at = Math.min(Math.max((value - low) / (high - low), 0), 1);
  const said = t("assumptions.range", { low: plainNumber(low), high: plainNumber(high) });
  return el("span", { class: "range" }, el("span", {}, plainNumber(low)),
    el("span", { class: "rail", role: "img", "aria-label": said, style: `--at:${at}` }), el("span", {}, plainNumber(high)));
}

/** @param {string} name @param {Assumptions["mechanisms"][string]} hinges */
function mechanism(name, hinges) {
  const said = hinges.map((one) => one.meaning).join("; ");
  return el("li", {}, el("strong", {}, sentence(name.replaceAll("_", " "))), ` — ${said}. `,
    el("code", {}, `--without ${name}`));
}

/** @param {string} text */
const sentence = (text) => text.charAt(0).toUpperCase() + text.slice(1);
/** @param {string | number} value */
const plainNumber = (value) => (typeof value === "number" && Number.isInteger(value) ? number(value, 0) : String(value).replace("-", "−"));
/** @param {Store} store @param {string} name */
const respond = (store, name) => `uv run joinedup response ${name}${policies(store, " --policy ")}${world(store)}`;
/** @param {Store} store */
const ablate = (store) => `uv run joinedup ablate${policies(store, " ")}${world(store)}`;

/** The first policy that is not the status quo, as the address has it.
 * @param {Store} store @param {string} before */
function policies(store, before) {
  const named = store.scene.address.filter(([key]) => key === "policy").map(([, name]) => name.split("~")[0]);
  return `${before}${named.find((name) => name !== "status_quo") ?? named[0]}`;
}

/** @param {Store} store */
function world(store) {
  const place = store.scene.address.filter(([key]) => key === "place")[0][1].split("~")[0];
  const data = store.scene.place.synthetic ? "" : " --data DIR";
  return place === "anyshire" ? "" : ` --place ${place}${data}`;
}
