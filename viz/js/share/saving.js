// Saving a chart or the map: as a picture, as a drawing, as numbers with their units.
import { el, replace } from "../core/elements.js";
import { INK, PAPER, QUIET } from "../core/colours.js";
import { monthName, t } from "../core/strings.js";

const KEPT = ["fill", "stroke", "stroke-width", "stroke-dasharray", "stroke-linejoin", "font-size", "font-weight", "text-anchor", "paint-order"];
const FONT = "Inter, 'Segoe UI', system-ui, 'Liberation Sans', sans-serif";
const SHARPNESS = 3; // pixels of a picture for each of the page
const EDGE = { side: 14, top: 34, low: 26 };

/** A menu that saves what `parts` gives: name, svg() with its width and height, rows() of a table.
 * @param {string} label @param {Saveable} parts */
export function saveMenu(label, parts) {
  /** @param {string} kind @param {() => void} work */
  const item = (kind, work) => el("button", { type: "button", onclick: () => {
    work();
    menu.open = false;
    summary.focus();
  } }, t(`share.${kind}`));
  const summary = el("summary", { "aria-label": t("share.save_as", { what: label }), title: t("share.save_as", { what: label }) }, "⤓");
  const choices = el("div", { class: "choices" });
  const menu = el("details", { class: "menu" }, summary, choices);
  menu.addEventListener("toggle", () => replace(choices, menu.open ? [
    item("png", () => savePicture(parts)), item("svg", () => save(`${parts.name}.svg`, "image/svg+xml", parts.svg().text)),
    item("csv", () => save(`${parts.name}.csv`, "text/csv", csv(parts.rows())))] : []));
  menu.addEventListener("focusout", (event) => {
    if (!menu.contains(/** @type {Node | null} */ (event.relatedTarget))) menu.open = false;
  });
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !menu.open) return;
    event.stopPropagation();
    menu.open = false;
    summary.focus();
  });
  return menu;
}

/** @param {string} name @param {string} kind @param {BlobPart} content */
export function save(name, kind, content) {
  const address = URL.createObjectURL(new Blob([content], { type: kind }));
  el("a", { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

/** @param {Saveable} parts */
async function savePicture({ name, svg }) {
  const { text, width, height } = svg();
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
  await image.decode();
  const canvas = el("canvas", { width: SHARPNESS * width, height: SHARPNESS * height });
  const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  pen.scale(SHARPNESS, SHARPNESS);
  pen.drawImage(image, 0, 0, width, height);
  canvas.toBlob((blob) => blob && save(`${name}.png`, "image/png", blob));
}

/** What was run, in one line: for the foot of a picture.
 * @param {Store} store */
export function about(store) {
  const { wish, place } = store.scene;
  const policies = (store.frame?.economies ?? []).map((one) => one.policy).join(", ");
  const moved = store.moves.length ? `; ${t("share.moved")} ${movesSaid(store)}` : "";
  return t("share.about", { place: place.title, policies, patients: place.patients.toLocaleString("en-GB"), seed: wish.seed, month: monthName(store.shown) }) + moved + (place.licence ? `. ${place.licence}` : "");
}

/** @param {Store} store */
export const movesSaid = (store) => store.moves.map((move) => move.join(".")).join(",");

/** The columns that say what was run, for rows of a table.
 * @param {Store} store @param {number} economy */
export function ran(store, economy) {
  const { place, wish } = store.scene;
  return { policy: store.frame.economies[economy].policy, place: place.name, patients: place.patients, seed: wish.seed, levers_moved: movesSaid(store) };
}

/** @param {...string} words */
export const fileName = (...words) => words.join("-").toLowerCase().replace(/[^a-z0-9_]+/g, "-").replace(/^-|-$/g, "");

/** A drawing on the page as a drawing of its own: with a title, and at its foot what was run.
 * @param {Store} store @param {string} title @param {SVGSVGElement} plot @param {number} width @param {number} height */
export function standalone(store, title, plot, width, height) {
  const copy = /** @type {SVGSVGElement} */ (plot.cloneNode(true));
  const from = [plot, ...plot.querySelectorAll("*")];
  [copy, ...copy.querySelectorAll("*")].forEach((part, n) => {
    const style = getComputedStyle(from[n]);
    for (const name of KEPT) part.setAttribute(name, style.getPropertyValue(name));
  });
  return framed(store, title, copy.innerHTML, width, height);
}

/** Marks of a drawing within a page of their own.
 * @param {Store} store @param {string} title @param {string} marks @param {number} width @param {number} height @returns {Drawing} */
export function framed(store, title, marks, width, height) {
  const foot = lines(about(store), Math.floor(width / 5.2));
  const whole = { width: Math.ceil(width + 2 * EDGE.side), height: Math.ceil(height + EDGE.top + EDGE.low + 12 * (foot.length - 1)) };
  const text = `<svg xmlns="http://www.w3.org/2000/svg" width="${whole.width}" height="${whole.height}" viewBox="0 0 ${whole.width} ${whole.height}" font-family="${FONT}">`
    + `<title>${plain(title)}</title><rect width="100%" height="100%" fill="${PAPER}"/>`
    + `<text x="${EDGE.side}" y="21" font-size="14" font-weight="700" fill="${INK}">${plain(title)}</text>`
    + `<g transform="translate(${EDGE.side} ${EDGE.top})">${marks}</g>`
    + foot.map((line, n) => `<text x="${EDGE.side}" y="${height + EDGE.top + 17 + 12 * n}" font-size="9.5" fill="${QUIET}">${plain(line)}</text>`).join("")
    + "</svg>";
  return { text, ...whole };
}

/** @param {string} text @param {number} most */
function lines(text, most) {
  const [first, ...words] = text.split(" ");
  const found = [first];
  for (const word of words) {
    const last = found[found.length - 1];
    if (last.length + 1 + word.length > most) found.push(word);
    else found[found.length - 1] = `${last} ${word}`;
  }
  return found;
}

/** A text as SVG takes it.
 * @param {unknown} text */
export const plain = (text) => String(text).replace(/[<>&"]/g, (sign) => `&#${sign.charCodeAt(0)};`);

const FORMULA = /^[=+\-@\t\r\n]/; // how a cell begins that a spreadsheet obeys

/** @param {Record<string, unknown>[]} rows */
export function csv(rows) {
  const heads = Object.keys(rows[0] ?? {});
  /** @param {unknown} value */
  const cell = (value) => {
    const said = value === null || value === undefined || Number.isNaN(value) ? "" : String(value);
    const text = FORMULA.test(said) && Number.isNaN(Number(said)) ? `'${said}` : said;
    return /[",\n]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text;
  };
  return `${[heads, ...rows.map((row) => heads.map((head) => row[head]))].map((row) => row.map(cell).join(",")).join("\r\n")}\r\n`;
}
