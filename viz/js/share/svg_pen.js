// A pen with the strokes of a canvas that the map uses; what it draws is kept as SVG.
import { plain } from "./saving.js";

const ANCHORS = { center: "middle", left: "start", right: "end" };
const round = (value) => Math.round(value * 100) / 100;

export function svgPen() {
  const ruler = document.createElement("canvas").getContext("2d");
  const marks = [];
  const pen = {
    fillStyle: "#000", strokeStyle: "#000", lineWidth: 1, globalAlpha: 1, font: "10px sans-serif",
    textAlign: "left", textBaseline: "middle", lineJoin: "miter", dash: "", open: 0, d: "",
  };
  const alpha = () => (pen.globalAlpha < 1 ? ` opacity="${pen.globalAlpha}"` : "");
  const filled = () => `fill="${pen.fillStyle}"${alpha()}`;
  const stroked = () => `fill="none" stroke="${pen.strokeStyle}" stroke-width="${round(pen.lineWidth)}" stroke-linejoin="${pen.lineJoin}"`
    + `${pen.dash ? ` stroke-dasharray="${pen.dash}"` : ""}${alpha()}`;
  const box = (x, y, width, height) => `<rect x="${round(x)}" y="${round(y)}" width="${round(width)}" height="${round(height)}"`;
  const written = (text, x, y, how) => {
    const [, weight, size] = pen.font.match(/^(?:(\d+) )?([\d.]+)px/);
    marks.push(`<text x="${round(x)}" y="${round(y + 0.35 * size)}" font-size="${size}" font-weight="${weight ?? 400}" text-anchor="${ANCHORS[pen.textAlign]}" ${how}>${plain(text)}</text>`);
  };
  return Object.assign(pen, {
    beginPath: () => (pen.d = ""),
    moveTo: (x, y) => (pen.d += `M${round(x)} ${round(y)}`),
    lineTo: (x, y) => (pen.d += `L${round(x)} ${round(y)}`),
    quadraticCurveTo: (a, b, x, y) => (pen.d += `Q${round(a)} ${round(b)} ${round(x)} ${round(y)}`),
    arc: (x, y, r) => (pen.d += `M${round(x + r)} ${round(y)}A${r} ${r} 0 1 1 ${round(x - r)} ${round(y)}A${r} ${r} 0 1 1 ${round(x + r)} ${round(y)}`),
    fill: (path) => marks.push(`<path d="${path?.d ?? pen.d}" ${filled()}/>`),
    stroke: (path) => marks.push(`<path d="${path?.d ?? pen.d}" ${stroked()}/>`),
    fillRect: (...sides) => marks.push(`${box(...sides)} ${filled()}/>`),
    strokeRect: (...sides) => marks.push(`${box(...sides)} ${stroked()}/>`),
    fillText: (text, x, y) => written(text, x, y, filled()),
    strokeText: (text, x, y) => written(text, x, y, stroked()),
    setLineDash: (dash) => (pen.dash = dash.join(" ")),
    save: () => (pen.open = 0),
    clip: (path) => {
      marks.push(`<clipPath id="c${marks.length}"><path d="${path.d}"/></clipPath><g clip-path="url(#c${marks.length})">`);
      pen.open += 1;
    },
    restore: () => {
      marks.push("</g>".repeat(pen.open));
      pen.open = 0;
    },
    measureText: (text) => Object.assign(ruler, { font: pen.font }).measureText(text),
    drawn: () => marks.join(""),
  });
}
