import assert from "node:assert/strict";
import { partsOf, unpack } from "../../../viz/js/core/frames.js";
import { packed } from "./packing.js";

const HEADER = { month: 7, economies: [{ policy: "a" }, { policy: "b" }] };
const ARRAYS = {
  "0.few": new Float32Array([0.25, 0.5, 1]), "0.to_site": new Uint8Array([1, 2, 3, 4, 5, 6]),
  "1.few": new Float32Array([0]), "1.owner": new Int16Array([-1, 300]),
};

Deno.test("a frame gives back its month and the arrays of each economy", () => {
  const { month, economies } = unpack(packed(HEADER, ARRAYS));
  assert.equal(month, 7);
  assert.deepEqual(economies.map((one) => one.policy), ["a", "b"]);
  assert.deepEqual([...economies[0].arrays.few], [0.25, 0.5, 1]);
  assert.deepEqual([...economies[0].arrays.to_site], [1, 2, 3, 4, 5, 6]);
  assert.deepEqual([...economies[1].arrays.owner], [-1, 300]);
  assert.deepEqual(Object.keys(economies[1].arrays), ["few", "owner"]);
});

Deno.test("a frame may begin anywhere in a buffer, also where numbers do not", () => {
  const bytes = packed(HEADER, ARRAYS);
  const later = new Uint8Array(bytes.length + 3);
  later.set(bytes, 3);
  const view = new DataView(later.buffer, 3, bytes.length);
  assert.deepEqual(partsOf(view).arrays, partsOf(bytes).arrays);
  assert.equal(unpack(view).month, 7);
});

Deno.test("an array keeps the kind that its header names", () => {
  const { arrays } = partsOf(packed(HEADER, ARRAYS));
  assert.deepEqual(Object.values(arrays).map((array) => array.constructor.name),
    ["Float32Array", "Uint8Array", "Float32Array", "Int16Array"]);
});
