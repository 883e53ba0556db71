// A recording: what a session said, told to the page by a clock of its own.
import { partsOf } from "../core/frames.js";

/** What a recording holds beside its frames: viz/sharing/recording.py.
 * @typedef {{ texts: Record<string, unknown>, scene: Scene, rows: Row[][], events: Happening[][][], parting: Parting | null,
 *   cards: Record<string, Card>[], first: number, months: number, sizes: number[] }} Recorded */
/** @typedef {{ month: number, last: number, playing: boolean, speed: number, told: boolean }} RecordedClock */

const SPEED = 4; // months a second at first

/** What a page takes for its connection with a server, of a recording (base64 of compressed parts).
 * @param {string} recorded */
export async function recordedModel(recorded) {
  const packed = Uint8Array.from(atob(recorded.trim()), (letter) => letter.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  const { header, arrays } = partsOf(new Uint8Array(await new Response(stream).arrayBuffer()));
  return modelOf(header, cut(arrays.frames, header.sizes));
}

/** The frames that stand one after the other.
 * @param {Numbers} all @param {number[]} sizes */
function cut(all, sizes) {
  let start = 0;
  return sizes.map((size) => {
    start += size;
    return new DataView(all.buffer, all.byteOffset + start - size, size);
  });
}

/** @param {Recorded} header @param {DataView[]} frames @returns {Model} */
function modelOf(header, frames) {
  /** @type {RecordedClock} */
  const clock = { month: header.first, last: header.first + frames.length - 1, playing: false, speed: SPEED, told: false };
  /** @type {((message: Message, buffers: DataView[]) => void)[]} */
  const listeners = [];
  /** @param {Message} message @param {...DataView} parts */
  const tell = (message, ...parts) => listeners.forEach((listener) => listener(message, parts));
  const show = () => tell(frameOf(header, clock), frames[clock.month - header.first]);
  /** @type {Record<string, (asked: any) => void>} */
  const answers = {
    hello: () => {
      tell({ kind: "scene", ...header.scene });
      show();
    },
    play: ({ on }) => {
      clock.playing = on && clock.month < clock.last;
      show();
      schedule();
    },
    step: ({ by }) => answers.seek({ month: clock.month + by }),
    seek: ({ month }) => {
      clock.playing = false;
      clock.month = Math.min(Math.max(month, header.first), clock.last);
      show();
    },
    speed: ({ speed }) => Object.assign(clock, { speed }),
    card: ({ what, code, economy }) => {
      const cards = header.cards[economy];
      const card = cards[`${what} ${code}`] ?? cards[`body ${code}`];
      if (card) tell({ ...card, kind: "card", economy });
    },
  };
  const schedule = () => {
    if (clock.playing) setTimeout(advance, 1000 / clock.speed);
  };
  const advance = () => {
    if (!clock.playing) return;
    clock.month += 1;
    clock.playing = clock.month < clock.last;
    show();
    schedule();
  };
  return {
    get: (what) => (what === "strings" ? header.texts : true),
    on: (_, listener) => listeners.push(listener),
    send: (message) => answers[message.do]?.(message),
  };
}

/** A month as the server would send it; with the first goes all that is told of any month.
 * @param {Recorded} header @param {RecordedClock} clock @returns {Message} */
function frameOf(header, clock) {
  const none = header.rows.map(() => []);
  const news = clock.told ? { first: 0, rows: none, events: none } : { first: 0, rows: header.rows, events: header.events };
  clock.told = true;
  return {
    kind: "frame", month: clock.month, lived: clock.last, first: header.first, months: header.months,
    playing: clock.playing, speed: clock.speed, parting: header.parting, news, sent: Date.now() / 1000,
  };
}
