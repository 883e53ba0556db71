import assert from "node:assert/strict";
import { shade } from "../../../viz/js/core/colours.js";

Deno.test("a shade runs from the first colour of its ramp to the last, and not beyond", () => {
  assert.equal(shade("few", 0), "rgb(238,242,244)");
  assert.equal(shade("few", 1), "rgb(31,90,150)");
  assert.deepEqual([shade("few", -3), shade("few", 7)], [shade("few", 0), shade("few", 1)]);
});

Deno.test("a shade lies between its neighbours", () => assert.equal(shade("lost", 0.125), "rgb(243,225,211)"));
