import assert from "node:assert/strict";
import { bordersOf, isOpen, lostRange, patternOf } from "../../../viz/js/watch/legend.js";

const store = (colour, scene = {}) => ({ view: { colour }, scene: { thresholds: { few: 0.5, lost: 40 }, ...scene } });

Deno.test("areas are hatched from the threshold of need without alternatives", () => {
  assert.deepEqual([0.49, 0.5, 0.9].map((few) => patternOf(store("few"), few, 3)), ["usual", "more", "more"]);
});

Deno.test("by handovers and regimes, areas have the pattern of their regime; an unknown one has none", () => {
  assert.deepEqual([0, 1, 2, 4, -1].map((code) => patternOf(store("lost"), 1, code)), ["usual", "more", "fewer", "more", "usual"]);
});

Deno.test("colours of lost handovers reach as far below the status quo as above", () => {
  const [low, high] = lostRange(store("lost"));
  assert.equal((low + high) / 2, 40);
  assert.ok(low > 0 && low < 40);
});

Deno.test("a hospital is open with a service or a department", () => {
  const arrays = { open_lines: [0, 2, 0], department: [0, 0, 1] };
  assert.deepEqual([0, 1, 2].map((n) => isOpen(arrays, n)), [false, true, true]);
});

Deno.test("a border runs once between areas whose main hospitals have different owners", () => {
  const areas = [{ beyond: [1, 2, -1] }, { beyond: [0] }, { beyond: [0] }];
  const borders = (main, owner) => bordersOf(store("few", { areas }), main, owner);
  assert.deepEqual(borders([0, 1, 0], [5, 6]), [[0, 0]]);
  assert.deepEqual(borders([0, 1, 0], [5, 5]), []);
  assert.deepEqual(borders([0, -1, 1], [5, 6]), [[0, 1]]);
});
