// The share of people who live in each regime, in a sentence and a bar.
import { el, replace } from "../core/elements.js";
import { REGIMES } from "../core/regimes.js";
import { number, t } from "../core/strings.js";
import { isPair, policyName } from "../core/two_policies.js";
import { whyButton } from "../evidence/assumptions.js";

const LEAST_SHARE = 0.004; // of people, that is shown
const LEAST_ERROR = 0.005;

/** A regime, the share of people who live in it, and half the interval of that.
 * @typedef {Regime & { share: number, error: number }} SharedRegime */

/** The share of people by regime: a sentence and a bar whose parts are named.
 * @param {Store} store @param {number} [economy] */
export function makeRegime(store, economy = 0) {
  const root = el("section", { class: "panel regime" });
  const draw = () => drawRegime(store, economy, root);
  store.on("scene", draw);
  store.on("frame", draw);
  return root;
}

/** @param {Store} store @param {number} economy @param {HTMLElement} root */
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

/** @param {SharedRegime[]} found */
function told(found) {
  const wide = found.some(({ error }) => error >= LEAST_ERROR);
  return [
    el("p", {}, sentence(found), " ", el("span", { class: "quiet" }, t("regime.compared"), wide ? ` ${t("regime.errors")}` : "")),
    el("div", { class: "bar" }, found.map(part)),
    el("p", { class: "names quiet" }, found.map(nameOf).join(" · ")),
  ];
}

/** @param {SharedRegime[]} found */
function sentence(found) {
  const { name, share } = [...found].sort((a, b) => b.share - a.share)[0];
  const regime = t(`regime.${name}`);
  const key = share > 0.996 ? "all" : share > 0.5 ? "most" : "lead";
  return t(`regime.${key}`, { regime, share: percent(share) });
}

/** @param {number} share */
const percent = (share) => `${number(100 * share, 0)}%`;

/** @param {SharedRegime} regime */
const nameOf = ({ name, share, error }) =>
  `${t(`regime.name_${name}`)} ${percent(share)}${error >= LEAST_ERROR ? ` ±${number(100 * error, 0)}` : ""}`;

/** @param {SharedRegime} one */
const part = (one) =>
  el("span", { class: `part ${one.handovers}`, style: `flex-grow:${one.share};--hue:${one.hue}`, title: t(`regime.${one.name}`) },
    el("b", {}, one.letters), ` ${percent(one.share)}`);
