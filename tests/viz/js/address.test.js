import assert from "node:assert/strict";
import { addressOf } from "../../../viz/js/core/address.js";

const usual = { view: "watch", colour: "few", flows: true, big: false };
const store = (changes = {}) => ({
  scene: { address: [["policy", "population_ico"], ["seed", "3"]], views: { view: 1, colour: 1, flows: 1, big: 1 } },
  shown: 0, moves: [], selected: null, usual, view: { ...usual }, life: { page: null, asked: {} }, ...changes,
});
const partsOf = (changes) => Object.fromEntries(new URLSearchParams(addressOf(store(changes))));

Deno.test("an address says what is lived, and nothing that is as usual", () => {
  assert.equal(addressOf(store()), "?policy=population_ico&seed=3");
});

Deno.test("an address says the month, what was moved and what is selected", () => {
  const told = partsOf({ shown: 7, moves: [[0, "tariff", "higher"], [4, "choice", "one"]], selected: { what: "area", code: "a_1" } });
  assert.equal(told.month, "7");
  assert.equal(told.moved, "0.tariff.higher,4.choice.one");
  assert.equal(told.at, "area.a_1");
});

Deno.test("switches are on or off in an address, and only where they are not as usual", () => {
  const told = partsOf({ view: { ...usual, flows: false, big: true, colour: "lost" } });
  assert.deepEqual([told.flows, told.big, told.colour, told.view], ["off", "on", "lost", undefined]);
});

Deno.test("whose life it is stands in an address only where one is followed", () => {
  const life = { page: { group: { name: "children" }, person: 17 }, asked: { against: "fundholding" } };
  assert.equal(partsOf({ life }).person, undefined);
  const told = partsOf({ life, view: { ...usual, view: "person" } });
  assert.deepEqual([told.group, told.person, told.beside], ["children", "17", "fundholding"]);
  const asked = partsOf({ life: { page: null, asked: { numbers: [5] } }, view: { ...usual, view: "person" } });
  assert.deepEqual([asked.person, asked.group], ["5", undefined]);
});
