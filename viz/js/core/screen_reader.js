// What a screen reader is told unasked: answers, choices and where the clock stopped, never the
// months that pass.
import { el } from "./elements.js";
import { monthName, t } from "./strings.js";

/** @param {Store} store */
export function makeSpeaker(store) {
  const root = el("div", { class: "unseen", role: "status" });
  const said = { playing: false, shown: 0, code: "" };
  /** @param {string | undefined} text */
  const say = (text) => {
    if (text) root.textContent = text;
  };
  store.on("status", () => say(store.status.text));
  store.on("scene", () => say(t("speaker.ready", { place: store.scene.place.title })));
  store.on("frame", () => {
    const started = store.playing && !said.playing;
    const stopped = !store.playing && said.playing;
    const turned = !store.playing && store.shown !== said.shown && !scrubbing();
    if (started) say(t("speaker.plays"));
    else if (stopped || turned) say(monthName(store.shown));
    Object.assign(said, { playing: store.playing, shown: store.shown });
  });
  store.on("levers", () => say(moved(store)));
  store.on("selected", () => (said.code = store.selected ? said.code : ""));
  store.on("card", () => {
    if (!store.card) return;
    if (said.code !== store.card.code) say(`${store.card.name}: ${store.card.sort}`);
    said.code = store.card.code;
  });
  return root;
}

/** The range says the month itself. */
const scrubbing = () => document.activeElement?.matches("input[type=range]") ?? false;

/** @param {Store} store */
function moved(store) {
  const [name, chosen] = Object.entries(store.pending).at(-1) ?? [];
  const lever = store.scene.levers.find((one) => one.name === name);
  const choice = lever?.choices.find((one) => one.name === chosen);
  return lever && choice && `${lever.title}: ${choice.label}, ${t("levers.pending", { month: monthName(store.lived + 1) })}`;
}
