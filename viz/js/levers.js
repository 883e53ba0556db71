// Levers: a question with a few answers each, and what it means.
import { el, replace } from "./controls.js";
import { t } from "./strings.js";

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

function drawLevers(store, root, state) {
  if (!store.frame) return;
  const { economies } = store.frame;
  const held = economies[0].levers;
  const idle = economies[0].idle.filter((lever) => economies.every((one) => one.idle.includes(lever)));
  const mark = JSON.stringify([held, idle, store.pending]);
  if (mark === state.mark) return;
  state.mark = mark;
  replace(root, el("p", { class: "quiet" }, t(store.scene.recorded ? "share.recorded_note" : "levers.lead")),
    store.scene.levers.map((lever) => oneLever(store, lever, held[lever.name], idle.includes(lever.name))));
}

function oneLever(store, lever, held, idle) {
  const pending = store.pending[lever.name];
  const set = pending ?? held;
  const choices = lever.choices.map((choice) =>
    el("button", {
      type: "button", class: "choice", "aria-pressed": choice.name === set, disabled: idle || Boolean(store.scene.recorded),
      "data-mark": `${lever.name} ${choice.name}`,
      onclick: () => store.send({ do: "lever", lever: lever.name, choice: choice.name }),
    }, choice.label));
  const note = idle ? t("levers.idle") : pending ? t("levers.pending") : set ? "" : t("levers.other");
  return el("fieldset", {},
    el("legend", {}, lever.title, note ? el("em", {}, ` ${note}`) : null),
    el("div", { class: "choices" }, choices),
    el("p", { class: "quiet" }, lever.help));
}
