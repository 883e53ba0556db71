// A pen with the strokes of a canvas that the map uses; what it draws is kept as SVG.
import { plain } from "./saving.js";

/** @type {Record<string, string>} */
const ANCHORS = { center: "middle", left: "start", right: "end" };
/** @param {number} value */
const round = (value) => Math.round(value * 100) / 100;

/** @returns {SvgPen} */
export function svgPen() {
  /** @type {string[]} */
  const marks = [];
  /** @type {SvgState} */
  const pen = {
    fillStyle: "#000", strokeStyle: "#000", lineWidth: 1, globalAlpha: 1, font: "10px sans-serif",
    textAlign: "left", textBaseline: "middle", lineJoin: "miter", dash: "", open: 0, d: "",
  };
  return Object.assign(pen, lines(pen), marksOf(pen, marks));
}

/** The strokes that make up a path.
 * @param {SvgState} pen @returns {Omit<SvgPen, keyof SvgState | keyof SvgMarks>} */
const lines = (pen) => ({
  beginPath: () => (pen.d = ""),
  moveTo: (x, y) => (pen.d += `M${round(x)} ${round(y)}`),
  lineTo: (x, y) => (pen.d += `L${round(x)} ${round(y)}`),
  quadraticCurveTo: (a, b, x, y) => (pen.d += `Q${round(a)} ${round(b)} ${round(x)} ${round(y)}`),
  arc: (x, y, r) => (pen.d += `M${round(x + r)} ${round(y)}A${r} ${r} 0 1 1 ${round(x - r)} ${round(y)}A${r} ${r} 0 1 1 ${round(x + r)} ${round(y)}`),
  setLineDash: (dash) => (pen.dash = [...dash].join(" ")),
  save: () => (pen.open = 0),
  measureText: (text) => rulerOf(pen.font).measureText(text),
});

/** What is drawn: paths, boxes, texts, and what they are cut to.
 * @param {SvgState} pen @param {string[]} marks @returns {SvgMarks} */
function marksOf(pen, marks) {
  const alpha = () => (pen.globalAlpha < 1 ? ` opacity="${pen.globalAlpha}"` : "");
  const filled = () => `fill="${pen.fillStyle}"${alpha()}`;
  const stroked = () => `fill="none" stroke="${pen.strokeStyle}" stroke-width="${round(pen.lineWidth)}" stroke-linejoin="${pen.lineJoin}"`
    + `${pen.dash ? ` stroke-dasharray="${pen.dash}"` : ""}${alpha()}`;
  /** @param {string} text @param {number} x @param {number} y @param {string} how */
  const written = (text, x, y, how) => {
    const [, weight, size] = pen.font.match(/^(?:(\d+) )?([\d.]+)px/) ?? ["", "400", "10"];
    marks.push(`<text x="${round(x)}" y="${round(y + 0.35 * Number(size))}" font-size="${size}" font-weight="${weight ?? 400}" text-anchor="${ANCHORS[pen.textAlign]}" ${how}>${plain(text)}</text>`);
  };
  return {
    fill: (path) => marks.push(`<path d="${path?.d ?? pen.d}" ${filled()}/>`),
    stroke: (path) => marks.push(`<path d="${path?.d ?? pen.d}" ${stroked()}/>`),
    fillRect: (...sides) => marks.push(`${box(...sides)} ${filled()}/>`),
    strokeRect: (...sides) => marks.push(`${box(...sides)} ${stroked()}/>`),
    fillText: (text, x, y) => written(text, x, y, filled()),
    strokeText: (text, x, y) => written(text, x, y, stroked()),
    clip: (path) => {
      marks.push(`<clipPath id="c${marks.length}"><path d="${path.d}"/></clipPath><g clip-path="url(#c${marks.length})">`);
      pen.open += 1;
    },
    restore: () => {
      marks.push("</g>".repeat(pen.open));
      pen.open = 0;
    },
    drawn: () => marks.join(""),
  };
}

/** @param {number} x @param {number} y @param {number} width @param {number} height */
const box = (x, y, width, height) =>
  `<rect x="${round(x)}" y="${round(y)}" width="${round(width)}" height="${round(height)}"`;

/** What measures texts of a font.
 * @param {string} font */
function rulerOf(font) {
  const ruler = /** @type {CanvasRenderingContext2D} */ (document.createElement("canvas").getContext("2d"));
  ruler.font = font;
  return ruler;
}
