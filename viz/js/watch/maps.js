// The maps of one or two policies side by side, and what they share.
import { el, replace } from "../core/elements.js";
import { drawLegend } from "./legend.js";
import { makeMap, mapTools } from "./map.js";
import { isPair, partingSaid } from "../core/two_policies.js";

/** @param {Store} store */
export function makeMaps(store) {
  return el("div", { class: "maps" }, makeParting(store), makeMap(store, 0), makeMap(store, 1), makeStrip(store));
}

/** @param {Store} store */
function makeParting(store) {
  const root = el("section", { class: "panel parting", role: "status" });
  let mark = "";
  const draw = () => {
    root.hidden = !isPair(store);
    const now = `${store.parting?.month ?? (store.lived ? "same" : "begin")}`;
    if (root.hidden || now === mark) return;
    mark = now;
    replace(root, partingSaid(store));
  };
  store.on("scene", () => {
    mark = "";
    draw();
  });
  store.on("frame", draw);
  return root;
}

/** The legend and the switches of both maps.
 * @param {Store} store */
function makeStrip(store) {
  const legend = el("div", { class: "legend" });
  const tools = el("div", {});
  const root = el("section", { class: "panel strip" }, legend, tools);
  const draw = () => (root.hidden = !isPair(store)) || drawLegend(store, legend, [0, 1]);
  store.on("scene", () => {
    replace(tools, mapTools(store));
    draw();
  });
  for (const what of ["frame", "view", "selected"]) store.on(what, draw);
  return root;
}
