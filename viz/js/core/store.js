// What the page knows. Views read it and are told what has changed; only this module changes it.
import { unpack } from "./frames.js";

const PERIODS = { lag: 400 }; // of measured lags that are kept

const RENEWED = 300; // ms between two askings for a card that is open

const USUAL = {
  view: "watch", colour: "few", flows: true, catchments: true, big: false, tables: false, keys: true,
  tab: "events", luck: false,
};

const NOBODY = { page: null, progress: null, refused: "", month: 0 };

export function makeStore(model) {
  const store = {
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
    store.selected = code === null ? null : { what, code };
    store.card = null;
    if (store.selected) store.send({ do: "card", what, code, economy });
    store.tell("selected");
  };
  model.on("msg:custom", (message, buffers) => receive(store, message, buffers));
  return store;
}

function receive(store, message, buffers) {
  const known = {
    scene: () => newScene(store, message),
    full: () => waitForPlace(store, message),
    frame: () => newFrame(store, message, buffers[0]),
    card: () => newCard(store, message),
    moved: () => newMove(store, message),
    replicates: () => newReplicates(store, message),
    command: () => keep(store, "command", message),
    contrasts: () => keep(store, "contrasts", message),
    answer: () => keep(store, "answers", { ...store.answers, [message.lever]: message }),
    recording: () => keep(store, "recording", { name: message.name, content: buffers[0] }),
    person: () => newPerson(store, message),
    person_progress: () => newLife(store, { progress: message, page: message.person ? null : store.life.page }),
    person_refused: () => newLife(store, { refused: message.text }),
    person_stopped: () => newLife(store, {}),
    person_counts: () => newLife(store, { page: { ...store.life.page, like: message.like } }),
  };
  if (known[message.kind]) known[message.kind]();
  else store.say(message.kind, message.text);
}

/** All places are taken: ask again, and again, until one is free. */
function waitForPlace(store, { text, seconds }) {
  store.say("preparing", text);
  setTimeout(() => store.send({ do: "hello", address: location.search }), 1000 * seconds);
}

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
    if (store.stats.lags.length > PERIODS.lag) store.stats.lags.shift();
  });
}

function afterDrawing(work) {
  if (document.hidden) setTimeout(work, 60);
  else requestAnimationFrame(() => setTimeout(work));
}

function addNews(store, news) {
  news.rows.forEach((rows, n) => rows.forEach((row, k) => (store.series[n][news.first + k] = row)));
  news.events.forEach((months, n) =>
    months.forEach((told, k) => (store.events[n][news.first + k] = told)));
}

/** Ask anew for the card that is open if more was lived than it knows, now and then while it plays. */
function renewCard(store) {
  if (store.renewing || !store.selected || !store.card) return;
  store.renewing = setTimeout(() => {
    store.renewing = 0;
    const { selected, card, lived } = store;
    if (selected && card && card.lived < lived) store.send({ do: "card", ...selected, economy: card.economy });
  }, RENEWED);
}

function newCard(store, card) {
  if (store.selected?.code !== card.code) return;
  store.card = card;
  store.tell("card");
  if (card.lived < store.lived) renewCard(store);
}

/** What a view asked for once. */
function keep(store, what, content) {
  store[what] = content;
  store.tell(what);
}

function newMove(store, { month, lever, choice }) {
  delete store.pending[lever]; // the last that was moved comes last
  store.pending[lever] = choice;
  store.moves.push([month, lever, choice]);
  store.tell("levers");
}

function newReplicates(store, told) {
  store.replicates = told;
  store.tell("replicates");
}

function newLife(store, changes) {
  const told = changes.progress?.done ? {} : { refused: "" };
  Object.assign(store.life, { progress: null }, told, changes);
  store.tell("life");
  afterDrawing(() => store.send({ do: "person_heard" }));
}

/** A life may be told while it is lived: the reader's month stays once there is something to read. */
function newPerson(store, page) {
  const { page: before, progress, month } = store.life;
  const same = before?.person === page.person && before.causes.length;
  newLife(store, { page, progress: page.partial ? progress : null, month: same ? month : firstMonth(page) });
}

/** Where to begin to read: the first thing that differs, else the first emergency. */
function firstMonth({ causes, lives }) {
  const marks = lives[0].marks.filter((mark) => mark.what === "admission");
  return (causes[0] ?? marks[0])?.month ?? 0;
}

/** The practice in a row of the map in the month shown: others may have opened in its place. */
export const practiceAt = (store, economy, g) =>
  store.frame?.economies[economy]?.holders[g] ?? store.scene.practices[g];

/** Values of one line up to the month shown, by economy: what a chart draws. */
export function line(store, economy, index) {
  return store.series[economy].slice(0, store.shown + 1).map((row) => row?.[index] ?? null);
}
