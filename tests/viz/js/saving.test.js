import assert from "node:assert/strict";
import { csv, fileName, framed, plain } from "../../../viz/js/share/saving.js";
import { setTexts } from "../../../viz/js/core/strings.js";

Deno.test("a table that is saved holds no formula", () => {
  const cells = ["=1+1", "+1+1", "-2+3", "@x", "\t=1", "\r=1", "-3.5", "plain"];
  const rows = csv(cells.map((cell) => ({ "=a": cell, n: -1 }))).split("\r\n");
  assert.deepEqual(rows, ["'=a,n", ...cells.slice(0, 6).map((cell) => `'${cell},-1`), "-3.5,-1", "plain,-1", ""]);
});

Deno.test("cells with commas, quotes or lines are quoted; what is not known is empty", () => {
  const told = csv([{ a: "one, two", b: 'say "no"', c: null, d: NaN, e: 0 }]);
  assert.equal(told, 'a,b,c,d,e\r\n"one, two","say ""no""",,,0\r\n');
  assert.equal(csv([]), "\r\n");
});

Deno.test("a file is named in small letters", () => {
  assert.equal(fileName("Map", "Any shire (drawn)", "population_ico"), "map-any-shire-drawn-population_ico");
});

Deno.test("a drawing says what was run at its foot, in lines that fit, and escapes its title", () => {
  setTexts({ share: { about: "{place} {policies} {patients} {seed} {month}" }, page: { before: "the start" } });
  const store = { scene: { wish: { seed: 3 }, place: { title: "A place with a long name", patients: 1000, licence: "" } },
    frame: { economies: [{ policy: "population_ico" }] }, moves: [], shown: 0 };
  const narrow = framed(store, "<b> & c", "<rect/>", 120, 50);
  const wide = framed(store, "<b> & c", "<rect/>", 600, 50);
  assert.match(narrow.text, /<title>&#60;b&#62; &#38; c<\/title>/);
  assert.match(narrow.text, /<g transform="translate\(14 34\)"><rect\/><\/g>/);
  assert.ok(narrow.height > wide.height);
  const lines = [...narrow.text.matchAll(/font-size="9.5"[^>]*>([^<]*)</g)].map(([, line]) => line);
  assert.equal(lines.join(" "), "A place with a long name population_ico 1,000 3 the start");
  assert.ok(lines.length > 1 && lines.every((line) => line.length <= 23));
});

Deno.test("a text within a drawing is text", () => assert.equal(plain('<a href="x">&'), "&#60;a href=&#34;x&#34;&#62;&#38;"));
