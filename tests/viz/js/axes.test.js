import assert from "node:assert/strict";
import { roundTicks, scaleLinear, tickNames, widthOf } from "../../../viz/js/charts/axes.js";

const DOMAINS = [[0, 1], [0.42, 0.58], [0.7775, 0.7791], [-3, 19], [91.2, 92.6], [1200, 5800], [-0.002, 0.0004], [1e6, 3.2e6], [99.9, 100.1]];
const scaleOf = (domain) => scaleLinear(domain, [100, 0]);

Deno.test("every scale has two or three round ticks, all of them on it", () => {
  for (const domain of DOMAINS) {
    const ticks = roundTicks(scaleOf(domain));
    assert.ok(ticks.length >= 2 && ticks.length <= 3, `${domain}: ${ticks}`);
    assert.ok(ticks.every((tick) => tick >= domain[0] && tick <= domain[1]), `${domain}: ${ticks}`);
    const step = ticks[1] - ticks[0];
    const lead = step / 10 ** Math.floor(Math.log10(step) + 1e-9);
    assert.ok([1, 2, 5, 10, 4, 6, 8, 3].some((digit) => Math.abs(lead - digit) < 1e-6), `${domain}: ${step}`);
  }
});

Deno.test("where there is room for two, there are two", () => {
  for (const domain of [...DOMAINS, [0.655, 0.745], [0.64, 0.76]]) assert.ok(roundTicks(scaleOf(domain), 2).length === 2, `${domain}`);
});

Deno.test("no more ticks than there is room for", () => {
  for (const domain of DOMAINS) for (const most of [2, 4]) assert.ok(roundTicks(scaleOf(domain), most).length <= most);
});

Deno.test("names of ticks differ, with no decimal more than that takes", () => {
  const namesOf = (domain, kind) => tickNames(scaleOf(domain), roundTicks(scaleOf(domain)), kind);
  for (const domain of DOMAINS) assert.equal(new Set(namesOf(domain)).size, namesOf(domain).length);
  assert.deepEqual(namesOf([0, 1]), ["0.0", "0.5", "1.0"]);
  assert.deepEqual(namesOf([-12, 12]), ["−10", "0", "10"]);
  assert.deepEqual(namesOf([1200, 5800]), ["2,000", "4,000"]);
});

Deno.test("names may be shares or differences; nought has no sign", () => {
  const scale = scaleOf([-0.1, 0.2]);
  assert.deepEqual(tickNames(scale, [-0.1, 0, 0.1], "+"), ["−0.1", "0", "+0.1"]);
  assert.deepEqual(tickNames(scaleOf([0, 0.02]), [0, 0.01, 0.02], "%"), ["0%", "1%", "2%"]);
});

Deno.test("the margin is as wide as the widest name", () => {
  assert.ok(widthOf(["1", "1,000"], 14) > widthOf(["1", "100"], 14));
  assert.ok(widthOf(["100"], 18) > widthOf(["100"], 14));
  assert.ok(widthOf([], 14) < 10);
});
