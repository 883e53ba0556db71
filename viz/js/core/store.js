// What the page knows. Views read it and are told what has changed; only this module changes it.
import { unpack } from "./frames.js";

const LAGS_KEPT = 400;
const RENEWED = 300; // ms between two askings for a card that is open

/** @type {View} */
const USUAL = {
  view: "watch", colour: "few", flows: true, catchments: true, big: false, tables: false, keys: true,
  tab: "events", luck: false,
};

const NOBODY = { page: null, progress: null, refused: "", month: 0 };

/** What the page knows before anything is told: scene and frame are null until then.
 * @param {Model} model */
export function makeStore(model) {
  /** @type {any} */
  const state = {
    scene: null, frame: null, before: null, arrived: 0,
    series: [], events: [], // by economy, then by month lived
    shown: 0, lived: 0, first: 0, months: 120, playing: false, speed: 2,
    selected: null, card: null, pending: {}, status: { kind: "connecting", text: "" },
    parting: null, replicates: null, // of two policies: when they first differ, other seeds
    life: { ...NOBODY, asked: {} }, // one person
    view: { ...USUAL }, usual: USUAL,
    answers: {}, // what parameters do, by name: "asked", or what came of it
    moves: [], // levers: month, lever, choice
    stats: { drawn: 0, received: 0, lags: [] },
    listeners: [],
  };
  /** @type {Store} */
  const store = state;
  store.on = (what, listener) => store.listeners.push([what, listener]);
  store.tell = (what) => {
    for (const [wanted, listener] of store.listeners) if (wanted === what) listener();
  };
  store.send = (message) => model.send(message);
  store.set = (changes) => {
    Object.assign(store.view, changes);
    store.tell("view");
  };
  store.say = (kind, text) => {
    store.status = { kind, text };
    store.tell("status");
  };
  store.settle = () => store.say("ready", "");
  store.select = (what, code, economy = 0) => {
    store.selected = what && code !== null ? { what, code } : null;
    store.card = null;
    if (store.selected) store.send({ do: "card", ...store.selected, economy });
    store.tell("selected");
  };
  model.on("msg:custom", (message, buffers) => receive(store, message, buffers));
  return store;
}

/** @param {Store} store @param {Message} message @param {DataView[]} buffers */
function receive(store, message, buffers) {
  /** @type {Record<string, () => void>} */
  const known = {
    scene: () => newScene(store, /** @type {any} */ (message)),
    full: () => waitForPlace(store, message),
    frame: () => newFrame(store, message, buffers[0]),
    card: () => newCard(store, /** @type {any} */ (message)),
    moved: () => newMove(store, message),
    replicates: () => newReplicates(store, /** @type {any} */ (message)),
    command: () => keep(store, "command", message),
    contrasts: () => keep(store, "contrasts", message),
    answer: () => keep(store, "answers", { ...store.answers, [message.lever]: message }),
    recording: () => keep(store, "recording", { name: message.name, content: buffers[0] }),
    person: () => newPerson(store, /** @type {any} */ (message)),
    person_progress: () => newLife(store, { progress: /** @type {any} */ (message), page: message.person ? null : store.life.page }),
    person_refused: () => newLife(store, { refused: message.text }),
    person_stopped: () => newLife(store, {}),
    person_counts: () => newLife(store, { page: { .../** @type {LifePage} */ (store.life.page), like: message.like } }),
  };
  if (known[message.kind]) known[message.kind]();
  else store.say(message.kind, message.text);
}

/** All places are taken: ask again, and again, until one is free.
 * @param {Store} store @param {Message} message */
function waitForPlace(store, { text, seconds }) {
  store.say("preparing", text);
  setTimeout(() => store.send({ do: "hello", address: location.search }), 1000 * seconds);
}

/** @param {Store} store @param {Scene} scene */
function newScene(store, scene) {
  const several = scene.wish.policies.length;
  Object.assign(store, {
    scene, frame: null, before: null, selected: null, card: null, pending: {}, moves: scene.moves, shown: 0,
    parting: null, replicates: null, answers: {},
    life: { ...NOBODY, asked: { group: store.life.asked.group } },
    series: Array.from({ length: several }, () => []),
    events: Array.from({ length: several }, () => []),
    status: { kind: "ready", text: "" },
  });
  store.tell("scene");
  store.tell("status");
}

/** @param {Store} store @param {Message} message @param {DataView} buffer */
function newFrame(store, message, buffer) {
  store.before = store.frame;
  store.frame = unpack(buffer);
  store.arrived = performance.now();
  store.stats.received += 1;
  addNews(store, message.news);
  const { month, lived, first, months, playing, speed, parting } = message;
  Object.assign(store, { shown: month, lived, first, months, playing, speed, parting });
  if (message.news.rows[0].length && Object.keys(store.pending).length) store.pending = {};
  store.tell("frame");
  renewCard(store);
  afterDrawing(() => {
    store.send({ do: "ack", month });
    store.stats.lags.push(Date.now() - 1000 * message.sent);
    if (store.stats.lags.length > LAGS_KEPT) store.stats.lags.shift();
  });
}

/** @param {() => void} work */
function afterDrawing(work) {
  if (document.hidden) setTimeout(work, 60);
  else requestAnimationFrame(() => setTimeout(work));
}

/** @param {Store} store @param {News} news */
function addNews(store, news) {
  news.rows.forEach((rows, n) => rows.forEach((row, k) => (store.series[n][news.first + k] = row)));
  news.events.forEach((months, n) =>
    months.forEach((told, k) => (store.events[n][news.first + k] = told)));
}

/** Ask anew for the card that is open if more was lived than it knows, now and then while it plays.
 * @param {Store} store */
function renewCard(store) {
  if (store.renewing || !store.selected || !store.card) return;
  store.renewing = setTimeout(() => {
    store.renewing = 0;
    const { selected, card, lived } = store;
    if (selected && card && card.lived < lived) store.send({ do: "card", ...selected, economy: card.economy });
  }, RENEWED);
}

/** @param {Store} store @param {Card} card */
function newCard(store, card) {
  if (store.selected?.code !== card.code) return;
  store.card = card;
  store.tell("card");
  if (card.lived < store.lived) renewCard(store);
}

/** What a view asked for once.
 * @param {Store} store @param {string} what @param {unknown} content */
function keep(store, what, content) {
  Object.assign(store, { [what]: content });
  store.tell(what);
}

/** @param {Store} store @param {Message} move */
function newMove(store, { month, lever, choice }) {
  delete store.pending[lever]; // the last that was moved comes last
  store.pending[lever] = choice;
  store.moves.push([month, lever, choice]);
  store.tell("levers");
}

/** @param {Store} store @param {Replicates} told */
function newReplicates(store, told) {
  store.replicates = told;
  store.tell("replicates");
}

/** @param {Store} store @param {Partial<Followed>} changes */
function newLife(store, changes) {
  const told = changes.progress?.done ? {} : { refused: "" };
  Object.assign(store.life, { progress: null }, told, changes);
  store.tell("life");
  afterDrawing(() => store.send({ do: "person_heard" }));
}

/** A life may be told while it is lived: the reader's month stays once there is something to read.
 * @param {Store} store @param {LifePage} page */
function newPerson(store, page) {
  const { page: before, progress, month } = store.life;
  const same = before?.person === page.person && before.causes.length;
  newLife(store, { page, progress: page.partial ? progress : null, month: same ? month : firstMonth(page) });
}

/** Where to begin to read: the first thing that differs, else the first emergency.
 * @param {LifePage} page */
function firstMonth({ causes, lives }) {
  const marks = lives[0].marks.filter((mark) => mark.what === "admission");
  return (causes[0] ?? marks[0])?.month ?? 0;
}

/** The practice in a row of the map in the month shown: others may have opened in its place.
 * @param {Store} store @param {number} economy @param {number} g @returns {Holder} */
export const practiceAt = (store, economy, g) =>
  store.frame?.economies[economy]?.holders[g] ?? store.scene.practices[g];

/** Values of one line up to the month shown, by economy: what a chart draws.
 * @param {Store} store @param {number} economy @param {number} index @returns {Row} */
export function line(store, economy, index) {
  return store.series[economy].slice(0, store.shown + 1).map((row) => row?.[index] ?? null);
}
