// What a screen reader is told unasked: answers, choices and where the clock stopped, never the
// months that pass.
import { el } from "./elements.js";
import { monthName, t } from "./strings.js";

export function makeSpeaker(store) {
  const root = el("div", { class: "unseen", role: "status" });
  const said = { playing: false, shown: 0, code: null };
  const say = (text) => text && (root.textContent = text);
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
  store.on("selected", () => (said.code = store.selected ? said.code : null));
  store.on("card", () => {
    if (said.code !== store.card.code) say(`${store.card.name}: ${store.card.sort}`);
    said.code = store.card.code;
  });
  return root;
}

/** The range says the month itself. */
const scrubbing = () => document.activeElement?.type === "range";

function moved(store) {
  const [name, chosen] = Object.entries(store.pending).at(-1) ?? [];
  const lever = store.scene.levers.find((one) => one.name === name);
  const choice = lever?.choices.find((one) => one.name === chosen);
  return choice && `${lever.title}: ${choice.label}, ${t("levers.pending", { month: monthName(store.lived + 1) })}`;
}
