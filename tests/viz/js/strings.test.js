import assert from "node:assert/strict";
import { monthName, number, setTexts, t } from "../../../viz/js/core/strings.js";

setTexts({ page: { before: "the start", after: "{month} of year {year}", odd: "{kept} and {n}" } });

Deno.test("a text has its braces filled, and one that is not there says nothing", () => {
  assert.equal(t("page.odd", { n: 3 }), "{kept} and 3");
  assert.equal(t("page.nothing"), "");
  assert.equal(t("nowhere.at.all"), "");
});

Deno.test("months are told by name from April, the start apart", () => {
  assert.deepEqual([-1, 0].map(monthName), ["the start", "the start"]);
  assert.deepEqual([1, 9, 12, 13, 120].map(monthName),
    ["Apr of year 1", "Dec of year 1", "Mar of year 1", "Apr of year 2", "Mar of year 10"]);
});

Deno.test("numbers have their decimals, a real minus, and a dash where there is none", () => {
  assert.deepEqual([number(1234.56, 1), number(-0.5, 2), number(0, 0)], ["1,234.6", "−0.50", "0"]);
  assert.deepEqual([null, undefined, NaN].map((none) => number(none, 1)), ["–", "–", "–"]);
});
