// Levers: a question with a few answers each, and what it means.
import { el, replace } from "../core/elements.js";
import { monthName, t } from "../core/strings.js";

/** @param {Store} store */
export function makeLevers(store) {
  const root = el("div", { class: "levers" });
  const state = { mark: "" };
  store.on("scene", () => {
    state.mark = "";
    if (store.scene.recorded) root.tabIndex = 0; // no button in it takes the focus: it scrolls by itself
  });
  for (const what of ["frame", "levers"]) store.on(what, () => drawLevers(store, root, state));
  return root;
}

/** @param {Store} store @param {HTMLElement} root @param {any} state */
function drawLevers(store, root, state) {
  if (!store.frame) return;
  const { economies } = store.frame;
  const held = Object.fromEntries(store.scene.levers.map(({ name }) => [name, alike(economies.map((one) => one.levers[name]))]));
  const idle = economies[0].idle.filter((lever) => economies.every((one) => one.idle.includes(lever)));
  const mark = JSON.stringify([held, idle, store.pending, leadOf(store)]);
  if (mark === state.mark) return;
  state.mark = mark;
  replace(root, el("p", { class: "quiet" }, leadOf(store)),
    store.scene.levers.map((lever) => oneLever(store, lever, held[lever.name], idle.includes(lever.name))));
}

/** What holds in all futures shown; nothing if they differ.
 * @param {any} choices */
const alike = (choices) => (new Set(choices).size > 1 ? null : choices[0]);

/** From when a lever that is moved now acts: what was lived stays as it was lived.
 * @param {any} arg0 */
const acts = ({ lived }) => ({ month: monthName(lived + 1) });

/** @param {Store} store */
function leadOf(store) {
  const { scene, shown, lived, months } = store;
  if (scene.recorded) return t("share.recorded_note");
  if (lived >= months) return t("levers.over");
  return `${t("levers.lead", acts(store))}${shown < lived ? ` ${t("levers.past", { month: monthName(shown) })}` : ""}`;
}

/** @param {Store} store @param {Lever} lever @param {string | null | undefined} held @param {any} idle */
function oneLever(store, lever, held, idle) {
  const pending = store.pending[lever.name];
  const set = pending ?? held;
  const still = idle || store.lived >= store.months || Boolean(store.scene.recorded);
  const choices = lever.choices.map((choice) =>
    el("button", {
      type: "button", class: "choice", "aria-pressed": choice.name === set, disabled: still,
      "data-mark": `${lever.name} ${choice.name}`,
      onclick: () => store.send({ do: "lever", lever: lever.name, choice: choice.name }),
    }, choice.label));
  const note = idle ? t("levers.idle") : pending ? t("levers.pending", acts(store)) : set ? "" : t(set === null ? "levers.differ" : "levers.other");
  return el("fieldset", {},
    el("legend", {}, lever.title, note ? el("em", {}, ` ${note}`) : null),
    el("div", { class: "choices" }, choices),
    el("p", { class: "quiet" }, lever.help));
}
