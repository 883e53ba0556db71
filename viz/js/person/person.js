// One simulated person in two futures: two timelines on one clock, why they differ, all like them.
import { drawAlike } from "./similar_people.js";
import { drawCauses } from "./causes.js";
import { choose, el, labelled, replace, svg } from "../core/elements.js";
import { drawLanes, scaleOf, SHAPES } from "./timelines.js";
import { badge } from "../core/two_policies.js";
import { drawRisks, percent } from "./emergency_chances.js";
import { monthName, number, t } from "../core/strings.js";

const FIGURES = /** @type {[string, number][]} */ ([
  ["consultation", 0], ["gp_consultations_usual", 0], ["clinic", 0], ["clinic_outside_hospital", 0], ["operation", 0],
  ["admission", 0], ["expected_crises", 2], ["handovers", 0], ["lost", 0], ["expected_lost", 2], ["teams", 0], ["bodies", 0], ["contracts", 0],
]);

/** A mark with the handovers that came of it.
 * @typedef {Mark & { links: Handover[] }} MonthMark */
/** What the timelines consist of, and what was drawn last.
 * @typedef {{ plots: SVGSVGElement[], risks: SVGSVGElement, range: HTMLInputElement, heads: HTMLElement[], cursor: HTMLElement,
 *   circles: HTMLElement, month: HTMLElement, table: HTMLElement, legend: HTMLElement, root: HTMLElement, width: number,
 *   mark?: string, lives?: Life[] }} LifeLines */
/** @typedef {{ who: HTMLElement, lines: LifeLines, why: HTMLElement, like: HTMLElement, drawn?: Life[] }} PersonParts */

const ONE_COLUMN = 1100; // px, as in person.css
const OTHERWISE = 300; // px of the timelines' panel that are not lanes

/** @param {Store} store */
export function makePerson(store) {
  /** @type {PersonParts} */
  const parts = {
    who: el("section", { class: "panel who" }), lines: makeLines(store),
    why: el("section", { class: "panel chains" }), like: el("section", { class: "panel like" }),
  };
  const root = el("div", { class: "life", hidden: true }, parts.who, parts.lines.root,
    el("div", { class: "reasons", role: "group", tabindex: 0, "aria-label": t("person.why") }, parts.why, parts.like));
  store.on("scene", () => {
    drawWho(store, parts.who);
    if (store.view.view === "person") ask(store, {});
    else draw(store, parts);
  });
  store.on("view", () => {
    if (store.scene && store.view.view === "person" && !store.life.page && !store.life.progress) ask(store, {});
    draw(store, parts);
  });
  store.on("life", () => draw(store, parts));
  root.addEventListener("keydown", (event) => stepKeys(store, parts, event));
  return root;
}

/** Ask the session; what is known of whom is asked for stays, unless it is changed.
 * @param {Store} store @param {Partial<AskedLife>} changes */
function ask(store, changes) {
  const { life } = store;
  if ("group" in changes || "against" in changes) delete life.asked.numbers;
  Object.assign(life.asked, changes);
  Object.assign(life, { refused: "", progress: { done: 0, of: 1, lives: true }, page: null });
  store.send({ do: "person", ...life.asked });
  store.tell("life");
}

/** @param {Store} store @returns {(message: Asked) => void} */
const askMore = (store) => (message) => {
  store.send({ ...store.life.asked, group: store.life.page?.group.name, ...message });
  store.life.progress = message.on === false ? null : { done: 0, of: 1 };
  store.tell("life");
};

/** @param {Store} store @param {PersonParts} parts */
function draw(store, parts) {
  if (store.view.view !== "person" || !store.scene) return;
  const { page } = store.life;
  drawWho(store, parts.who);
  for (const part of [parts.lines.root, parts.why, parts.like]) part.hidden = !page;
  if (!page) return;
  /** @param {number} month */
  const show = (month) => setMonth(store, parts, month);
  if (parts.drawn !== page.lives) { // what a page's counts do not change
    parts.drawn = page.lives;
    drawCauses(page, parts.why, show);
  }
  drawAlike(store, page, parts.like, askMore(store));
  drawLines(store, parts.lines);
}

/** @param {Store} store @param {HTMLElement} root */
function drawWho(store, root) {
  const { page, progress, refused } = store.life;
  const said = page?.who ?? progress?.person ?? store.life.said ?? "";
  store.life.said = said;
  replace(root,
    el("div", { class: "who-said" },
      el("p", {}, el("span", { class: "simulated" }, t("person.simulated")), " ", el("strong", {}, refused ? "" : `${said}${said ? "." : ""}`)),
      refused ? el("p", { role: "alert", class: "refused" }, refused)
        : progress?.lives ? living(progress) : el("p", { class: "quiet" }, t("person.nobody"), " ", t("person.levers"))),
    el("div", { class: "who-asked" }, groupChoice(store), againstChoice(store), numberChoice(store), others(store)));
}

/** @param {Progress} progress */
const living = ({ done, of }) => el("p", { class: "quiet living" }, t("person.living"),
  el("progress", { max: of, value: done, "aria-label": t("person.living") }));

/** @param {Store} store */
function groupChoice(store) {
  const groups = store.scene.groups.map((group) => [group.name, group.title]);
  const held = store.life.page?.group.name ?? store.life.asked.group;
  return labelled(t("person.group"), choose(t("person.group"), groups, held, (group) => ask(store, { group, rank: 0 })));
}

/** @param {Store} store */
function againstChoice(store) {
  const { wish, policies } = store.scene;
  if (wish.policies.length > 1) return null;
  const known = policies.filter((one) => one.name !== wish.policies[0]).map((one) => [one.name, one.title]);
  const held = store.life.asked.against ?? (wish.policies[0] === "status_quo" ? "population_ico" : "status_quo");
  return labelled(t("person.against"), choose(t("person.against"), known, held, (against) => ask(store, { against })));
}

/** @param {Store} store */
function numberChoice(store) {
  const field = el("input", { type: "number", min: 0, max: store.scene.place.patients - 1, value: store.life.page?.person ?? "" });
  field.addEventListener("change", () => {
    delete store.life.asked.group;
    ask(store, { numbers: [Number(field.value)] });
  });
  return labelled(t("person.number"), field);
}

/** @param {Store} store */
function others(store) {
  const { page, asked } = store.life;
  const next = () => {
    if (!page) return;
    delete asked.numbers;
    ask(store, { group: page.group.name, rank: Math.max(page.rank, asked.rank ?? 0) + 1 });
  };
  const differ = (!page?.partial && page?.like.differ) || [];
  const from = differ.findIndex((number) => number === page?.person) + 1;
  const order = [...differ.slice(from), ...differ.slice(0, from)].filter((number) => number !== page?.person);
  return el("div", { class: "others" },
    el("button", { type: "button", class: "strong", disabled: !page || page.partial, onclick: next }, t("person.another")),
    el("button", { type: "button", disabled: !order.length, title: t(page?.partial === false && !differ.length ? "person.differ_none" : "person.differ_help"),
      onclick: () => ask(store, { group: page?.group.name, numbers: order.slice(0, 6) }) }, t("person.differ")));
}

/** @param {Store} store */
function makeLines(store) {
  const plots = [0, 1].map(() => svg("svg", { role: "img" }));
  const risks = svg("svg", { role: "img" });
  const range = el("input", { type: "range", min: 0, step: 1, "aria-label": t("person.month") });
  /** @type {LifeLines} */
  const lines = {
    plots, risks, range, heads: [0, 1].map(() => el("h2", {})), cursor: el("div", { class: "cursor", "aria-hidden": true }),
    circles: el("span", { hidden: true }, t("person.circles_help")), month: el("div", { class: "month-told" }), table: el("div", { class: "table life-table", tabindex: 0 }), legend: el("p", { class: "life-legend quiet" }), root: el("section", { class: "panel lines", hidden: true }), width: 0,
  };
  const area = el("div", { class: "plots" }, lines.cursor, [0, 1].flatMap((n) => [lines.heads[n], plots[n]]),
    el("h3", { class: "risk-head" }, t("person.chance"), " ", el("span", { class: "quiet" }, t("person.chance_help"), lines.circles)), risks, range);
  lines.root.append(area, lines.legend, lines.month, lines.table);
  range.addEventListener("input", () => setMonth(store, { lines }, Number(range.value)));
  for (const plot of [...plots, risks]) plot.addEventListener("click", (event) => {
    const scale = scaleOf(store, lines.width, null);
    setMonth(store, { lines }, scale.monthAt(event.clientX - plot.getBoundingClientRect().left));
  });
  new ResizeObserver(([{ contentRect }]) => {
    if (Math.abs(contentRect.width - lines.width) < 1) return;
    lines.width = contentRect.width;
    if (store.life.page) drawLines(store, lines);
  }).observe(area);
  return lines;
}

/** @param {Store} store @param {LifeLines} lines */
function drawLines(store, lines) {
  const { page } = store.life;
  if (!lines.width || !page) return;
  const scale = scaleOf(store, lines.width, roomOf(store, lines));
  const mark = JSON.stringify([scale.lane, page.person, page.policies, page.group.name, lines.width, store.view.big, store.months, store.view.tables]);
  if (lines.mark !== mark || lines.lives !== page.lives) {
    Object.assign(lines, { mark, lives: page.lives });
    [0, 1].forEach((n) => {
      replace(lines.heads[n], badge([n]), ` ${page.titles[n]} `, el("span", { class: "quiet" }, ending(page.lives[n])));
      drawLanes(lines.plots[n], page, n, scale, t("person.self"));
      lines.plots[n].setAttribute("aria-label", summary(page, n));
    });
    lines.circles.hidden = !drawRisks(lines.risks, page, scale);
    lines.risks.setAttribute("aria-label", t("person.chance"));
    replace(lines.legend, legend(page));
    drawTables(store, lines.table, page);
  }
  lines.range.max = String(scale.months - 1);
  lines.range.style.marginLeft = `${scale.left - 8}px`;
  lines.range.style.width = `${scale.width - scale.left - scale.right + 16}px`;
  setMonth(store, { lines }, store.life.month);
}

/** The height that is left for the lanes of each future where the page does not scroll.
 * @param {Store} store @param {LifeLines} lines */
function roomOf(store, lines) {
  if (globalThis.innerWidth <= ONE_COLUMN) return null;
  return (lines.root.clientHeight - OTHERWISE * (store.view.big ? 1.25 : 1)) / 2;
}

/** @param {Life} life */
const ending = (life) => (life.end ? t(`person.end_${life.end}`, { month: monthName(life.months) }) : "");

/** @param {LifePage} page @param {number} n */
const summary = (page, n) => t("person.summary", {
  title: page.titles[n], admissions: page.lives[n].figures.admission, lost: page.lives[n].figures.lost, handovers: page.lives[n].figures.handovers,
});

/** Every mark that is in the drawing, and no other.
 * @param {LifePage} page */
function legend(page) {
  const marks = new Set(page.lives.flatMap((life) => life.marks.map((mark) => mark.what)));
  const links = page.lives.flatMap((life) => life.links);
  return [
    ...Object.keys(SHAPES).filter((what) => marks.has(what)).map(markKey),
    ...(links.some((link) => !link.lost && link.from !== link.to) ? [key(el("span", { class: "stroke" }), "kept")] : []),
    ...(links.some((link) => link.lost) ? [key(el("span", { class: "cross" }, "✕"), "lost")] : []),
    key(el("span", { class: "pale" }), "same"),
  ];
}

/** @param {string} what */
function markKey(what) {
  const shape = SHAPES[what](7, 7.5, 0.95, "#1c2630", what !== "admission");
  return key(svg("svg", { viewBox: "0 0 14 14", width: 14, height: 14 }, shape), what);
}

/** @param {Element} sign @param {string} what */
function key(sign, what) {
  sign.setAttribute("aria-hidden", "true");
  return el("span", { class: "key" }, sign, t(`person.mark_${what}`));
}

/** @param {Store} store @param {{ lines: LifeLines }} parts @param {number} month */
function setMonth(store, { lines }, month) {
  const scale = scaleOf(store, lines.width, null);
  store.life.month = Math.min(Math.max(month, 0), store.months - 1);
  lines.range.value = String(store.life.month);
  lines.range.setAttribute("aria-valuetext", monthName(store.life.month + 1));
  const x = scale.x(store.life.month);
  Object.assign(lines.cursor.style, { left: `${x}px`, width: `${Math.max(scale.x(store.life.month + 1) - x, 2)}px` });
  drawMonth(store, lines.month);
}

/** @param {Store} store @param {HTMLElement} root */
function drawMonth(store, root) {
  const { page, month } = store.life;
  if (!page) return;
  replace(root, el("h3", {}, monthName(month + 1)),
    el("div", { class: "both" }, page.lives.map((life, n) => el("div", {},
      el("h4", {}, badge([n]), ` ${page.titles[n]}`), monthOf(life, month)))));
}

/** @param {Life} life @param {number} month */
function monthOf(life, month) {
  if (month >= life.months) return [el("p", { class: "quiet" }, ending(life))];
  const marks = together(life.marks.map((mark, n) => ({ ...mark, links: life.links.filter((link) => link.of === n) }))
    .filter((mark) => mark.month === month));
  const risk = life.risks.find(([m]) => m === month);
  return [risk ? el("p", { class: "risk" }, riskSaid(risk)) : null,
    marks.length ? el("ul", {}, marks.map((mark) => el("li", { class: mark.own ? "own" : "" }, mark.said, handovers(mark.links))))
      : el("p", { class: "quiet" }, t("person.nothing"))];
}

/** Marks of a month; those that say the same and hand nothing over are said once, with their number.
 * @param {MonthMark[]} marks */
function together(marks) {
  /** @param {MonthMark} mark */
  const simple = (mark) => !mark.links.length;
  /** @param {string} said */
  const times = (said) => marks.filter((mark) => simple(mark) && mark.said === said).length;
  /** @param {MonthMark} mark @param {number} n */
  const first = (mark, n) => marks.findIndex((other) => simple(other) && other.said === mark.said) === n;
  return marks.filter((mark, n) => !simple(mark) || first(mark, n))
    .map((mark) => (simple(mark) && times(mark.said) > 1 ? { ...mark, said: `${mark.said} (${times(mark.said)}×)` } : mark));
}

/** @param {Risk} risk */
function riskSaid([, chance, without, draw]) {
  const harm = Math.abs(chance - without) > 1e-9 ? t("person.risk_without", { without: percent(without) }) : "";
  return t(draw < chance ? "person.risk_came" : "person.risk_not", { chance: percent(chance), draw: percent(draw), harm });
}

/** @param {Handover[]} links */
const handovers = (links) => links.length
  ? el("ul", { class: "handovers" }, links.map((link) => el("li", { class: link.lost ? "lost" : "" },
      `${link.lost ? "✕ " : "✓ "}${link.said} `, el("span", { class: "quiet" }, t(link.lost ? "person.handover_lost" : "person.handover_kept",
        { chance: percent(link.chance), draw: percent(link.draw), boundary: link.boundary })))))
  : null;

/** @param {Store} store @param {HTMLElement} root @param {LifePage} page */
function drawTables(store, root, page) {
  root.hidden = !store.view.tables;
  if (root.hidden) return;
  /** @param {string} first */
  const head = (first) => el("tr", {}, el("th", { scope: "col" }, first), ["A", "B"].map((letter) => el("th", { scope: "col" }, letter)));
  /** @param {string} name @param {string[]} cells */
  const row = (name, cells) => el("tr", {}, el("th", { scope: "row" }, name), cells.map((cell) => el("td", {}, cell)));
  replace(root,
    el("table", {}, el("caption", {}, t("person.table_figures")), head(t("person.figure")),
      FIGURES.map(([name, decimals]) => row(t(`person.figure_${name}`), page.lives.map((life) => number(life.figures[name], decimals))))),
    el("table", {}, el("caption", {}, t("person.table_visits")), head(t("person.organisation")),
      page.lanes.filter((lane) => lane.contacts.some(Boolean)).map((lane) => row(lane.name, lane.contacts.map((n) => number(n, 0))))),
    el("table", { class: "wide" }, el("caption", {}, t("person.table_months")), head(t("charts.month")),
      monthsOf(page).map((month) => row(monthName(month + 1), page.lives.map((life) => told(life, month))))));
}

/** @param {LifePage} page */
const monthsOf = (page) => [...new Set(page.lives.flatMap((life) => life.marks.map((mark) => mark.month)))].sort((a, b) => a - b);

/** @param {Life} life @param {number} month */
function told(life, month) {
  const marks = together(life.marks.filter((mark) => mark.month === month).map((mark) => ({ ...mark, links: [] })));
  const losses = life.links.filter((link) => link.month === month && link.lost).map((link) => `✕ ${link.said}`);
  return [...marks.map((mark) => mark.said), ...losses].join("; ") || "–";
}

/** @param {Store} store @param {PersonParts} parts @param {KeyboardEvent} event */
function stepKeys(store, parts, event) {
  const by = event.key === "," ? -1 : event.key === "." ? 1 : 0;
  if (!by || !store.life.page || (event.target instanceof Element && event.target.closest("input[type=number], select"))) return;
  event.preventDefault();
  setMonth(store, parts, store.life.month + by);
}
