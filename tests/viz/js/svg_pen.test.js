import assert from "node:assert/strict";
import { svgPen } from "../../../viz/js/share/svg_pen.js";

Deno.test("a path is kept as it was drawn, rounded", () => {
  const pen = svgPen();
  pen.moveTo(1.234, 2);
  pen.beginPath();
  pen.moveTo(0, 0);
  pen.lineTo(3.14159, 1);
  pen.quadraticCurveTo(1, 2, 3, 4);
  Object.assign(pen, { strokeStyle: "#123456", lineWidth: 2 });
  pen.stroke();
  assert.match(pen.drawn(), /^<path d="M0 0L3.14 1Q1 2 3 4" fill="none" stroke="#123456" stroke-width="2"/);
});

Deno.test("strokes are dashed, and faint, only while that is set", () => {
  const pen = svgPen();
  pen.setLineDash([5, 4]);
  pen.globalAlpha = 0.25;
  pen.strokeRect(0, 0, 1, 1);
  pen.setLineDash([]);
  pen.globalAlpha = 1;
  pen.fillRect(0, 0, 1, 1);
  const [first, second] = pen.drawn().split("/>");
  assert.match(first, /stroke-dasharray="5 4" opacity="0.25"/);
  assert.doesNotMatch(second, /dash|opacity/);
});

Deno.test("a text has its size, weight and place, and no markup of its own", () => {
  const pen = svgPen();
  Object.assign(pen, { font: "600 12px system-ui", textAlign: "center", fillStyle: "#000" });
  pen.fillText('A & "B" <c>', 10, 20);
  assert.match(pen.drawn(), /x="10" y="24.2" font-size="12" font-weight="600" text-anchor="middle"/);
  assert.match(pen.drawn(), />A &#38; &#34;B&#34; &#60;c&#62;<\/text>$/);
});

Deno.test("what is clipped ends with what was saved", () => {
  const pen = svgPen();
  pen.save();
  pen.clip({ d: "M0 0Z" });
  pen.fillRect(0, 0, 1, 1);
  pen.restore();
  pen.fillRect(2, 2, 1, 1);
  const [clipped, free] = pen.drawn().split("</g>");
  assert.match(clipped, /<clipPath id="c0"><path d="M0 0Z"\/><\/clipPath><g clip-path="url\(#c0\)"><rect x="0"/);
  assert.match(free, /^<rect x="2"/);
});
