import assert from "node:assert/strict";
import { towards } from "../../../viz/js/watch/map_pointing.js";

const spot = (code, x, y) => ({ code, at: [x, y] });
const HERE = spot("here", 0, 0);
const SPOTS = [HERE, spot("right", 10, 1), spot("far", 40, 0), spot("up", 2, -20), spot("left", -15, 5)];

Deno.test("an arrow leads to the nearest place that it points to", () => {
  assert.equal(towards(SPOTS, HERE, [1, 0]).code, "right");
  assert.equal(towards(SPOTS, HERE, [0, -1]).code, "up");
  assert.equal(towards(SPOTS, HERE, [-1, 0]).code, "left");
});

Deno.test("where nothing lies, an arrow leads nowhere", () => assert.equal(towards(SPOTS, HERE, [0, 1]), undefined));
