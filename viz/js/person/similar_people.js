// All people like the one who is followed: how many had what, in each future, under how many seeds.
import { el, replace } from "../core/elements.js";
import { number, t } from "../core/strings.js";

const WHATS = /** @type {[string, keyof LikeRow][]} */ ([["lost", "with_lost_handover"], ["crises", "with_crisis"]]);

/** @param {Store} store @param {LifePage} page @param {HTMLElement} body @param {(message: Asked) => void} ask */
export function drawAlike(store, page, body, ask) {
  const { like, group, partial } = page;
  const seeds = t(like.seeds === 1 ? "person.one_seed" : "person.seeds", { n: like.seeds });
  replace(body, el("h2", {}, t("person.like"), partial ? el("span", { class: "quiet" }, ` ${t("person.until_now")}`) : null),
    el("p", {}, t("person.of", { n: number(like.people, 0), group: group.title, seeds })),
    WHATS.map(([what, key]) => pair(like, what, key)), totals(like),
    el("p", { class: "quiet" }, t("person.like_note")), more(store, page, ask));
}

/** A bar of everybody: who had more under A, alike, more under B.
 * @param {AllLike} like @param {string} what @param {keyof LikeRow} key */
function pair(like, what, key) {
  const [found] = like.pairs.filter((one) => one.what === what);
  const parts = /** @type {[string, number][]} */ ([["A", found.more_under_A], ["", found.alike], ["B", found.more_under_B]]);
  const had = like.rows.map((row) => t("person.had_under", { n: number(Number(row[key]), 0), letter: row.policy })).join(", ");
  return el("div", { class: "likes" },
    el("h3", {}, t(`person.like_${what}`)), el("p", { class: "quiet" }, had),
    el("div", { class: "bar" }, parts.filter(([, n]) => n).map(([letter, n]) => {
      const said = letter ? t("person.more_under", { n: number(n, 0), letter }) : t("person.as_many", { n: number(n, 0) });
      return el("span", { class: `part like-${letter || "same"}`, style: `flex-grow:${n}`, title: said }, `${letter} ${number(n, 0)}`.trim());
    })),
    el("p", { class: "names quiet" }, parts.map(([letter, n]) =>
      letter ? t("person.more_under", { n: number(n, 0), letter }) : t("person.as_many", { n: number(n, 0) })).join(" · ")));
}

/** @param {AllLike} like */
function totals(like) {
  const rows = /** @type {[string, keyof LikeRow][]} */ ([["handovers", "handovers"], ["lost", "lost"], ["crises", "crises"], ["person_years", "person_months"]]);
  /** @param {LikeRow} row @param {keyof LikeRow} key */
  const value = (row, key) => number(Number(row[key]) / (key === "person_months" ? 12 : 1), 0);
  return el("table", {}, el("caption", {}, t("person.in_all")),
    el("tr", {}, el("td", {}), ["A", "B"].map((letter) => el("th", { scope: "col" }, letter))),
    rows.map(([name, key]) => el("tr", {}, el("th", { scope: "row" }, t(`person.sum_${name}`)),
      like.rows.map((row) => el("td", {}, value(row, key))))));
}

/** @param {Store} store @param {LifePage} page @param {(message: Asked) => void} ask */
function more(store, { like, partial }, ask) {
  const { progress } = store.life;
  if (partial) return null;
  if (progress) {
    return el("div", { class: "counting" },
      el("progress", { max: progress.of, value: progress.done, "aria-label": t("person.counting") }),
      el("button", { type: "button", onclick: () => ask({ do: "person_seeds", on: false }) }, t("person.stop")));
  }
  if (like.seeds >= store.scene.most_seeds) return el("p", { class: "quiet" }, t("person.all_seeds"));
  return el("button", { type: "button", onclick: () => ask({ do: "person_seeds" }) }, t("person.more_seeds"));
}
