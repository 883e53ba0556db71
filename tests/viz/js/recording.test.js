import assert from "node:assert/strict";
import { recordedModel } from "../../../viz/js/share/recording.js";
import { unpack } from "../../../viz/js/core/frames.js";
import { packed } from "./packing.js";

const FRAMES = [0, 1, 2].map((month) => packed({ month, economies: [] }, {}));

async function opened() {
  const all = new Uint8Array(FRAMES.flatMap((frame) => [...frame]));
  const header = { texts: { a: 1 }, scene: { place: "x" }, rows: [[[1], [2], [3]]], events: [[[], [], []]], parting: null, first: 0,
    months: 12, sizes: FRAMES.map((frame) => frame.length), cards: [{ "body t1": { name: "Trust" } }] };
  const stream = new Blob([packed(header, { frames: all })]).stream().pipeThrough(new CompressionStream("gzip"));
  const bytes = new Uint8Array(await new Response(stream).arrayBuffer());
  const model = await recordedModel(` ${btoa(String.fromCharCode(...bytes))}\n`);
  const heard = [];
  model.on("msg:custom", (message, parts) => heard.push({ ...message, at: parts[0] ? unpack(parts[0]).month : null }));
  return { model, heard };
}

Deno.test("a recording greets with the scene and the first month, and all that is told", async () => {
  const { model, heard } = await opened();
  model.send({ do: "hello" });
  assert.deepEqual(heard.map(({ kind, at }) => [kind, at]), [["scene", null], ["frame", 0]]);
  assert.deepEqual(heard[1].news.rows, [[[1], [2], [3]]]);
  model.send({ do: "step", by: 1 });
  assert.deepEqual(heard[2].news.rows, [[]]);
});

Deno.test("months are those recorded, and no others", async () => {
  const { model, heard } = await opened();
  for (const month of [1, 99, -5]) model.send({ do: "seek", month });
  assert.deepEqual(heard.map(({ month, at }) => [month, at]), [[1, 1], [2, 2], [0, 0]]);
});

Deno.test("a site has the card of its owner; nobody else has one", async () => {
  const { model, heard } = await opened();
  model.send({ do: "card", what: "site", code: "t1", economy: 0 });
  model.send({ do: "card", what: "site", code: "t2", economy: 0 });
  assert.deepEqual(heard.map(({ kind, name }) => [kind, name]), [["card", "Trust"]]);
});

Deno.test("a recording has its texts and says that it is one; what it cannot do is not answered", async () => {
  const { model, heard } = await opened();
  assert.deepEqual([model.get("strings"), model.get("recorded")], [{ a: 1 }, true]);
  model.send({ do: "lever", lever: "x" });
  assert.deepEqual(heard, []);
});
