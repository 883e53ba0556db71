import assert from "node:assert/strict";
import { makeEvents, rest } from "../../../viz/js/watch/events.js";
import { makePairEvents } from "../../../viz/js/watch/pair_events.js";
import { storeWith, useFakeDocument } from "./fake_document.js";

useFakeDocument({ events: { more: "{n} more", none: "Nothing yet." }, pair: { here: "They part." } });
const one = (did, agent = "t1", more = {}) => ({ agent, who: agent, did, why: "", when: "April", rule: "r", with: "", ...more });

Deno.test("what happens is told newest first, a few of each month at once", () => {
  const months = [[one("begins")], [], Array.from({ length: 8 }, (_, n) => one(`does ${n}`))];
  const store = storeWith({ events: [months], shown: 2 });
  const list = makeEvents(store).children[1];
  store.tell("frame");
  assert.deepEqual(list.children.map((item) => item.textContent.match(/does \d|3 more|begins/)?.[0]),
    ["does 0", "does 1", "does 2", "does 3", "does 4", "3 more", "begins"]);
});

Deno.test("months that are not shown are not told, and a sentence is drawn once", () => {
  const store = storeWith({ events: [[[one("begins")], [one("later")]]], shown: 0 });
  const list = makeEvents(store).children[1];
  store.tell("frame");
  assert.equal(list.children.length, 1);
  const [begins] = list.children;
  store.shown = 1;
  store.tell("frame");
  assert.ok(list.children.length === 2 && list.children[1] === begins);
});

Deno.test("a sentence that stands for several counts as so many", () => {
  assert.match(rest([one("x", "a", { stands_for: 4 }), one("y")], () => null).textContent, /5 more/);
});

Deno.test("of two futures, what both share is told once, the rest beside one another", () => {
  const store = storeWith({
    series: [[], []], shown: 0, parting: { month: 0 }, events: [[[one("merges"), one("pays")]], [[one("pays"), one("closes")]]],
  });
  const root = makePairEvents(store);
  store.tell("frame");
  const said = (name) => root.all(name).map((part) => part.textContent);
  assert.equal(said("both").length, 1);
  assert.match(said("both")[0], /pays/);
  assert.match(root.all("of-0").find((part) => part.tagName === "OL").textContent, /merges/);
  assert.match(root.all("of-1").find((part) => part.tagName === "OL").textContent, /closes/);
  assert.match(root.all("parts")[0].textContent, /They part/);
});

Deno.test("an answer of one future to another question is not shared", () => {
  const asked = (partner) => one("agrees", "t1", { with: partner });
  const store = storeWith({ series: [[], []], events: [[[asked("a")]], [[asked("b")]]] });
  const root = makePairEvents(store);
  store.tell("frame");
  assert.equal(root.all("both").length, 0);
});
