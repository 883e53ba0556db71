// The six regimes: what they are called, how they look, and the share of people who live in each.
// The hue says who can choose (and which way handovers went where there is a choice), the pattern
// which way handovers went, the letters both: no regime is told by colour alone.
import { whyButton } from "./assumptions.js";
import { HUES } from "./colours.js";
import { el, replace } from "./controls.js";
import { isPair, policyName } from "./pair.js";
import { number, t } from "./strings.js";

/** In the order of their codes (`model.outcomes.regimes.REGIMES`). */
export const REGIMES = [
  { name: "plural", letters: "P", hue: "#5d6770", handovers: "usual" },
  { name: "fragmented", letters: "F", hue: HUES.fragmentation, handovers: "more" },
  { name: "joined_up_with_choice", letters: "J", hue: HUES.care, handovers: "fewer" },
  { name: "local_monopoly", letters: "M", hue: HUES.monopoly, handovers: "usual" },
  { name: "monopoly_and_fragmented", letters: "MF", hue: HUES.monopoly, handovers: "more" },
  { name: "monopoly_and_joined_up", letters: "MJ", hue: HUES.monopoly, handovers: "fewer" },
];
/** How a regime of this name looks. */
export const regimeLook = (name) => REGIMES.find((regime) => regime.name === name);
const LEAST_SHARE = 0.004; // of people, that is shown
const LEAST_ERROR = 0.005;

/** A small square that looks like a regime on the map. */
export const swatch = ({ letters, hue, handovers }) =>
  el("span", { class: `swatch ${handovers}`, style: `--hue:${hue}` }, letters);

/** The share of people by regime: a sentence and a bar whose parts are named. */
export function makeRegime(store, economy = 0) {
  const root = el("section", { class: "panel regime" });
  const draw = () => drawRegime(store, economy, root);
  store.on("scene", draw);
  store.on("frame", draw);
  return root;
}

function drawRegime(store, economy, root) {
  root.hidden = economy >= (store.scene?.wish.policies.length ?? 1);
  if (root.hidden) return;
  const { shares, errors, reason } = store.frame?.economies[economy].regimes ?? { shares: {}, errors: {}, reason: "" };
  const found = REGIMES.map((regime) => ({ ...regime, share: shares[regime.name] ?? 0, error: errors[regime.name] ?? 0 }))
    .filter(({ share }) => share > LEAST_SHARE);
  const mark = `${economy}${JSON.stringify([found, reason])}${store.scene.place.name}${store.scene.wish.policies}`;
  if (root.dataset.mark === mark) return;
  root.dataset.mark = mark;
  const title = isPair(store) ? policyName(store, economy) : el("h2", {}, t("regime.title"));
  replace(root, el("div", { class: "titled" }, title, whyButton(store, t("regime.what"), () => "regime")),
    ...(found.length ? told(found) : [el("p", { class: "unsaid" }, reason || t("regime.none"))]));
}

function told(found) {
  const wide = found.some(({ error }) => error >= LEAST_ERROR);
  return [
    el("p", {}, sentence(found), " ", el("span", { class: "quiet" }, t("regime.compared"), wide ? ` ${t("regime.errors")}` : "")),
    el("div", { class: "bar" }, found.map(part)),
    el("p", { class: "names quiet" }, found.map(nameOf).join(" · ")),
  ];
}

function sentence(found) {
  const { name, share } = [...found].sort((a, b) => b.share - a.share)[0];
  const regime = t(`regime.${name}`);
  const key = share > 0.996 ? "all" : share > 0.5 ? "most" : "lead";
  return t(`regime.${key}`, { regime, share: percent(share) });
}

const percent = (share) => `${number(100 * share, 0)}%`;

const nameOf = ({ name, share, error }) =>
  `${t(`regime.name_${name}`)} ${percent(share)}${error >= LEAST_ERROR ? ` ±${number(100 * error, 0)}` : ""}`;

const part = (one) =>
  el("span", { class: `part ${one.handovers}`, style: `flex-grow:${one.share};--hue:${one.hue}`, title: t(`regime.${one.name}`) },
    el("b", {}, one.letters), ` ${percent(one.share)}`);

/** Where an area has come to rest, in words; nothing where that is not told. */
export const regimeSaid = (code) => (code < 0 ? "" : t(`regime.name_${REGIMES[code].name}`));
