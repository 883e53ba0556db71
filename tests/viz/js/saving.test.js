import assert from "node:assert/strict";
import { csv } from "../../../viz/js/share/saving.js";

Deno.test("a table that is saved holds no formula", () => {
  const cells = ["=1+1", "+1+1", "-2+3", "@x", "\t=1", "\r=1", "-3.5", "plain"];
  const rows = csv(cells.map((cell) => ({ "=a": cell, n: -1 }))).split("\r\n");
  assert.deepEqual(rows, ["'=a,n", ...cells.slice(0, 6).map((cell) => `'${cell},-1`), "-3.5,-1", "plain,-1", ""]);
});
