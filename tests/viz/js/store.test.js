import assert from "node:assert/strict";
import { line, makeStore, practiceAt } from "../../../viz/js/core/store.js";
import { packed } from "./packing.js";

/** A store with a connection that a test speaks through; what is put off is done at once. */
function connected() {
  const later = [];
  Object.assign(globalThis, { document: { hidden: true }, location: { search: "?seed=9" } });
  globalThis.setTimeout = (work) => later.push(work);
  const sent = [], heard = [];
  const model = { send: (message) => sent.push(message), on: (_, listener) => (model.hear = listener) };
  const store = makeStore(model);
  for (const what of ["scene", "frame", "card", "status", "levers", "selected"]) store.on(what, () => heard.push(what));
  const catchUp = () => later.splice(0).forEach((work) => work());
  return { store, sent, heard, hear: (message, ...parts) => model.hear(message, parts), catchUp };
}

const SCENE = { kind: "scene", wish: { policies: ["a", "b"] }, moves: [], practices: [{ code: "p0" }, { code: "p1" }] };
const news = (first, rows) => ({ first, rows: [rows, rows], events: [rows.map(() => []), rows.map(() => [])] });
const frame = (month, told) => ({
  kind: "frame", month, lived: month, first: 0, months: 24, playing: false, speed: 2, parting: null, sent: 0, news: told,
});
const bytes = (month) => packed({ month, economies: [{ holders: { 1: { code: "new" } } }, { holders: {} }] }, {});

Deno.test("a scene begins with as many futures as it has policies, and views hear of it", () => {
  const { store, heard, hear } = connected();
  hear(SCENE);
  assert.deepEqual([store.series, store.events], [[[], []], [[], []]]);
  assert.deepEqual(heard, ["scene", "status"]);
});

Deno.test("a frame is kept with its news, and said to be drawn only once it is", () => {
  const { store, sent, hear, catchUp } = connected();
  hear(SCENE);
  hear(frame(1, news(0, [[1, null], [2, 5]])), bytes(1));
  assert.deepEqual(sent, []);
  catchUp();
  assert.deepEqual(sent, [{ do: "ack", month: 1 }]);
  hear(frame(2, news(2, [[3, 6]])), bytes(2));
  assert.deepEqual(line(store, 0, 0), [1, 2, 3]);
  assert.deepEqual(line(store, 1, 1), [null, 5, 6]);
  assert.deepEqual([store.before.month, store.frame.month, store.shown], [1, 2, 2]);
});

Deno.test("a line ends with the month that is shown", () => {
  const { store, hear } = connected();
  hear(SCENE);
  hear(frame(2, news(0, [[1], [2], [3]])), bytes(2));
  store.shown = 1;
  assert.deepEqual(line(store, 0, 0), [1, 2]);
});

Deno.test("a practice is whoever is in its place in the month shown", () => {
  const { store, hear } = connected();
  hear(SCENE);
  assert.equal(practiceAt(store, 0, 1).code, "p1");
  hear(frame(1, news(0, [[1], [1]])), bytes(1));
  assert.equal(practiceAt(store, 0, 1).code, "new");
  assert.equal(practiceAt(store, 1, 1).code, "p1");
});

Deno.test("whoever is selected has a card asked for; another's card is not shown", () => {
  const { store, sent, hear } = connected();
  hear(SCENE);
  store.select("site", "s1", 1);
  assert.deepEqual(sent, [{ do: "card", what: "site", code: "s1", economy: 1 }]);
  hear({ kind: "card", code: "s2", lived: 0 });
  assert.equal(store.card, null);
  hear({ kind: "card", code: "s1", lived: 0 });
  assert.equal(store.card.code, "s1");
  store.select(null, null);
  assert.deepEqual([store.selected, store.card, sent.length], [null, null, 1]);
});

Deno.test("a card that knows less than was lived is asked for anew, once", () => {
  const { store, sent, hear, catchUp } = connected();
  hear(SCENE);
  store.select("site", "s1");
  hear({ kind: "card", code: "s1", lived: 0, economy: 0 });
  hear(frame(1, news(0, [[1], [1]])), bytes(1));
  hear(frame(2, news(2, [[1]])), bytes(2));
  catchUp();
  assert.equal(sent.filter((message) => message.do === "card").length, 2);
});

Deno.test("a lever that is moved twice waits as it was moved last, until a month is lived", () => {
  const { store, hear } = connected();
  hear(SCENE);
  for (const choice of ["higher", "lower"]) hear({ kind: "moved", month: 3, lever: "tariff", choice });
  assert.deepEqual(store.pending, { tariff: "lower" });
  assert.equal(store.moves.length, 2);
  hear(frame(1, news(0, [[1], [1]])), bytes(1));
  assert.deepEqual(store.pending, {});
});

Deno.test("a full server is asked again with the same address", () => {
  const { store, sent, hear, catchUp } = connected();
  hear({ kind: "full", text: "wait", seconds: 3 });
  assert.deepEqual(store.status, { kind: "preparing", text: "wait" });
  catchUp();
  assert.deepEqual(sent, [{ do: "hello", address: "?seed=9" }]);
});

Deno.test("what is not known is said as it came", () => {
  const { store, hear } = connected();
  hear({ kind: "refused", text: "no such policy" });
  assert.deepEqual(store.status, { kind: "refused", text: "no such policy" });
  store.settle();
  assert.equal(store.status.kind, "ready");
});

Deno.test("a life told in parts keeps the month of its reader once there is something to read", () => {
  const { store, hear } = connected();
  hear(SCENE);
  const page = (causes, partial) => ({ kind: "person", person: 4, causes, partial, lives: [{ marks: [{ what: "admission", month: 6 }] }, {}] });
  hear(page([], true));
  assert.equal(store.life.month, 6);
  hear(page([{ month: 9 }], true));
  assert.equal(store.life.month, 9);
  store.life.month = 2;
  hear(page([{ month: 9 }], false));
  assert.equal(store.life.month, 2);
});
