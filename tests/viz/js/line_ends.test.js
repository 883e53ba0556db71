import assert from "node:assert/strict";
import { apart } from "../../../viz/js/charts/line_ends.js";

const WITHIN = { top: 10, base: 60, big: 1 };
const placed = (ys, within = WITHIN) => apart(ys.map((y) => ({ y })), within).map(({ y }) => y);

Deno.test("labels that are apart stay at their lines", () => assert.deepEqual(placed([20, 50]), [20, 50]));
Deno.test("labels too near move apart alike", () => assert.deepEqual(placed([30, 34]), [25, 39]));
Deno.test("no label leaves the plot above or below", () => {
  assert.deepEqual(placed([10, 12]), [10, 24]);
  assert.deepEqual(placed([58, 60]), [46, 60]);
});
Deno.test("larger type needs more room", () => {
  const [upper, lower] = placed([30, 34], { ...WITHIN, big: 1.5 });
  assert.equal(lower - upper, 21);
});
Deno.test("one label stays where it is", () => assert.deepEqual(placed([10]), [10]));
