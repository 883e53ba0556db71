// The six regimes: what they are called and how they look.
// The hue says who can choose (and which way handovers went where there is a choice), the pattern
// which way handovers went, the letters both: no regime is told by colour alone.
import { HUES } from "./colours.js";
import { el } from "./elements.js";
import { t } from "./strings.js";

/** In the order of their codes (`model.outcomes.regimes.REGIMES`). */
export const REGIMES = /** @type {Regime[]} */ ([
  { name: "plural", letters: "P", hue: "#5d6770", handovers: "usual" },
  { name: "fragmented", letters: "F", hue: HUES.fragmentation, handovers: "more" },
  { name: "joined_up_with_choice", letters: "J", hue: HUES.care, handovers: "fewer" },
  { name: "local_monopoly", letters: "M", hue: HUES.monopoly, handovers: "usual" },
  { name: "monopoly_and_fragmented", letters: "MF", hue: HUES.monopoly, handovers: "more" },
  { name: "monopoly_and_joined_up", letters: "MJ", hue: HUES.monopoly, handovers: "fewer" },
]);

/** A small square that looks like a regime on the map.
 * @param {Pick<Regime, "letters" | "hue" | "handovers">} regime */
export const swatch = ({ letters, hue, handovers }) =>
  el("span", { class: `swatch ${handovers}`, style: `--hue:${hue}` }, letters);

/** The same, by the name of the regime.
 * @param {string} name */
export const regimeSwatch = (name) => REGIMES.filter((regime) => regime.name === name).map(swatch);

/** Where an area has come to rest, in words; nothing where that is not told.
 * @param {number} code */
export const regimeSaid = (code) => (code < 0 ? "" : t(`regime.name_${REGIMES[code].name}`));
