// The address of the page: it changes with what is shown, and what is shown with it.
const PAUSE = 700; // milliseconds between two changes of the month in it

/** @param {unknown} value */
const wordOf = (value) => (value === true ? "on" : value === false ? "off" : String(value));
/** @param {string} word */
const valueOf = (word) => (word === "on" ? true : word === "off" ? false : word);

/** The part of an address after "?" that shows the same elsewhere.
 * @param {Store} store */
export function addressOf(store) {
  const parts = new URLSearchParams(store.scene.address);
  if (store.shown > 0) parts.set("month", String(store.shown));
  if (store.moves.length) parts.set("moved", store.moves.map((move) => move.join(".")).join(","));
  if (store.selected) parts.set("at", `${store.selected.what}.${store.selected.code}`);
  if (store.view.view === "person") for (const [key, value] of whoseLife(store)) parts.set(key, value);
  for (const key of viewKeys(store)) {
    const word = wordOf(store.view[key]);
    if (word !== wordOf(store.usual[key])) parts.set(key, word);
  }
  return `?${parts}`;
}

/** What of a view may stand in an address.
 * @param {Store} store */
const viewKeys = ({ scene }) => /** @type {(keyof View)[]} */ (Object.keys(scene.views));

/** Whom the page follows, told or still asked for.
 * @param {Store} store @returns {[string, any][]} */
function whoseLife({ life: { page, asked } }) {
  const known = /** @type {[string, any][]} */ ([["group", page?.group.name ?? asked.group], ["person", page?.person ?? asked.numbers?.[0]], ["beside", asked.against]]);
  return known.filter(([, value]) => value !== undefined);
}

/** What the address was last, and the timer of the next.
 * @typedef {{ written: string, timer: number }} AddressState */

/** Write the address of every state; go where Back leads.
 * @param {Store} store */
export function keepAddress(store) {
  const state = { written: "", timer: 0 };
  store.on("scene", () => arrive(store, state));
  for (const what of ["frame", "view", "selected", "levers", "life"]) store.on(what, () => later(store, state));
  globalThis.addEventListener("popstate", () => {
    state.written = "";
    store.send({ do: "open", address: location.search });
  });
}

/** A scene that an address asked for is where we are; any other is a new place in the history.
 * @param {Store} store @param {AddressState} state */
function arrive(store, state) {
  const { opened } = store.scene;
  if (!opened) return write(store, state, "pushState");
  for (const key of viewKeys(store)) {
    const value = key in opened.view ? valueOf(opened.view[key]) : store.usual[key];
    Object.assign(store.view, { [key]: value });
  }
  Object.assign(store.life.asked, opened.life);
  state.written = location.search; // nothing is written until something changes
  const [what, code] = opened.at;
  setTimeout(() => { // once the scene is drawn
    store.tell("view");
    if (code) store.select(what, code);
  });
}

/** @param {Store} store @param {AddressState} state */
function later(store, state) {
  if (state.timer || !store.scene) return;
  state.timer = setTimeout(() => {
    state.timer = 0;
    write(store, state, "replaceState");
  }, PAUSE);
}

/** @param {Store} store @param {AddressState} state @param {"pushState" | "replaceState"} how */
function write(store, state, how) {
  const address = addressOf(store);
  if (address === state.written || store.status.kind === "refused") return;
  state.written = address;
  history[how](null, "", location.pathname + address);
}
