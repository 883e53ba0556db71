// The address of the page: it changes with what is shown, and what is shown with it.
const PAUSE = 700; // milliseconds between two changes of the month in it

const wordOf = (value) => (value === true ? "on" : value === false ? "off" : String(value));
const valueOf = (word) => ({ on: true, off: false })[word] ?? word;

/** The part of an address after "?" that shows the same elsewhere. */
export function addressOf(store) {
  const parts = new URLSearchParams(store.scene.address);
  if (store.shown > 0) parts.set("month", store.shown);
  if (store.moves.length) parts.set("moved", store.moves.map((move) => move.join(".")).join(","));
  if (store.selected) parts.set("at", `${store.selected.what}.${store.selected.code}`);
  if (store.view.view === "person") for (const [key, value] of whoseLife(store)) parts.set(key, value);
  for (const key of Object.keys(store.scene.views)) {
    const word = wordOf(store.view[key]);
    if (word !== wordOf(store.usual[key])) parts.set(key, word);
  }
  return `?${parts}`;
}

/** Whom the page follows, told or still asked for. */
function whoseLife({ life: { page, asked } }) {
  const known = [["group", page?.group.name ?? asked.group], ["person", page?.person ?? asked.numbers?.[0]], ["beside", asked.against]];
  return known.filter(([, value]) => value !== undefined);
}

/** Write the address of every state; go where Back leads. */
export function keepAddress(store) {
  const state = { written: "", timer: 0 };
  store.on("scene", () => arrive(store, state));
  for (const what of ["frame", "view", "selected", "levers", "life"]) store.on(what, () => later(store, state));
  window.addEventListener("popstate", () => {
    state.written = "";
    store.send({ do: "open", address: location.search });
  });
}

/** A scene that an address asked for is where we are; any other is a new place in the history. */
function arrive(store, state) {
  const { opened, views } = store.scene;
  if (!opened) return write(store, state, "pushState");
  for (const key of Object.keys(views)) {
    store.view[key] = key in opened.view ? valueOf(opened.view[key]) : store.usual[key];
  }
  Object.assign(store.life.asked, opened.life);
  state.written = location.search; // nothing is written until something changes
  const [what, code] = opened.at;
  setTimeout(() => { // once the scene is drawn
    store.tell("view");
    if (code) store.select(what, code);
  });
}

function later(store, state) {
  if (state.timer || !store.scene) return;
  state.timer = setTimeout(() => {
    state.timer = 0;
    write(store, state, "replaceState");
  }, PAUSE);
}

function write(store, state, how) {
  const address = addressOf(store);
  if (address === state.written || store.status.kind === "refused") return;
  state.written = address;
  history[how](null, "", location.pathname + address);
}
