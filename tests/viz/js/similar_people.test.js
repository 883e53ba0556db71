import assert from "node:assert/strict";
import { drawAlike } from "../../../viz/js/person/similar_people.js";
import { storeWith, useFakeDocument } from "./fake_document.js";

useFakeDocument({ person: {
  more_under: "{n} more under {letter}", as_many: "{n} as many", had_under: "{n} under {letter}", more_seeds: "More seeds",
  all_seeds: "All seeds", like_lost: "Lost", like_crises: "Emergencies",
} });

const row = (policy, lost) => ({ policy, with_lost_handover: lost, with_crisis: 2, handovers: 50, lost, crises: 3, person_months: 2400 });
const like = (seeds = 1) => ({ seeds, people: 20, differ: [], rows: [row("A", 5), row("B", 4)],
  pairs: ["lost", "crises"].map((what) => ({ what, more_under_A: 0, alike: 17, more_under_B: 3 })) });
const drawn = (changes, seeds) => {
  const body = document.createElement("div");
  const page = { like: like(seeds), group: { title: "children" }, partial: false, ...changes };
  drawAlike(storeWith({ life: { progress: null }, scene: { most_seeds: 4 } }), page, body, () => {});
  return body;
};

Deno.test("a bar has a part for each that somebody is in, as wide as they are many", () => {
  const parts = drawn({}).all("bar")[0].children;
  assert.deepEqual(parts.map((part) => [part.textContent, part.attributes.style]), [["17", "flex-grow:17"], ["B 3", "flex-grow:3"]]);
});

Deno.test("years are told of the months lived", () => {
  const cells = drawn({}).children.find((child) => child.tagName === "TABLE").textContent;
  assert.match(cells, /200/);
});

Deno.test("more seeds are offered until all were lived, never while a life is told", () => {
  assert.match(drawn({}).textContent, /More seeds/);
  assert.match(drawn({}, 4).textContent, /All seeds/);
  assert.doesNotMatch(drawn({ partial: true }).textContent, /More seeds/);
});
