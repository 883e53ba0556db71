// Passing on what is shown: its address, its command line, a recording of it.
import { addressOf } from "../core/address.js";
import { el, replace } from "../core/elements.js";
import { copyable, openSheet } from "../core/sheet.js";
import { save } from "./saving.js";
import { number, t } from "../core/strings.js";

/** What of the sheet is filled later.
 * @typedef {{ command: HTMLElement, record: HTMLElement, said: HTMLElement }} ShareState */

/** What opens the sheet from which things are shared.
 * @param {Store} store */
export function makeShare(store) {
  const state = /** @type {ShareState} */ ({});
  store.on("command", () => replace(state.command, commands(store.command)));
  store.on("recording", () => recorded(store, state));
  return () => open(store, state);
}

/** @param {Store} store @param {ShareState} state */
function open(store, state) {
  store.send({ do: "play", on: false });
  openSheet(store, t("share.title"), (body) => {
    state.command = el("div", {}, el("p", { class: "quiet" }, "…"));
    state.record = el("button", { type: "button", class: "strong", onclick: () => record(store, state) }, t("share.record"));
    state.said = el("span", { class: "quiet", role: "status" });
    replace(body,
      part("address", copyable(t("share.address"), location.origin + location.pathname + addressOf(store))),
      part("command", state.command),
      part("recording", el("p", {}, state.record, " ", state.said)));
  });
  store.send({ do: "command" });
}

/** @param {string} name @param {...Child} children */
const part = (name, ...children) =>
  el("section", {}, el("h3", {}, t(`share.${name}`)), el("p", { class: "quiet" }, t(`share.${name}_help`)), ...children);

/** @param {CommandLine} command */
function commands({ lines, file, name, lacking }) {
  return [
    copyable(t("share.command"), lines.join("\n")),
    file ? el("div", {}, el("p", {}, t("share.file", { name })), copyable(name, file.trim()),
      el("p", {}, el("button", { type: "button", onclick: () => save(name, "application/toml", file) }, t("share.save_file", { name })))) : null,
    lacking.length ? el("div", { class: "lacking" }, el("p", {}, el("strong", {}, t("share.not_exact"))),
      el("ul", {}, lacking.map((one) => el("li", {}, one)))) : el("p", { class: "quiet" }, t("share.exact")),
  ];
}

/** @param {Store} store @param {ShareState} state */
function record(store, state) {
  state.said.textContent = t("share.recording_now");
  store.send({ do: "record" });
}

/** @param {Store} store @param {ShareState} state */
function recorded(store, state) {
  const { name, content } = store.recording;
  save(name, "text/html", /** @type {DataView<ArrayBuffer>} */ (content));
  state.said.textContent = t("share.recorded", { name, size: number(content.byteLength / 1000, 0) });
}
