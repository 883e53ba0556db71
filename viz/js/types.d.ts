// What the modules of the page hand to one another, and what a server says to it. Messages are made
// in viz/session/ and viz/sharing/, the scene in viz/scene/scene.py, a life in viz/person/life_page.py.

/** Texts and nodes in one another; nothing, where a part is not shown. */
type Child = Node | string | number | null | undefined | false | Child[];
type Point = [x: number, y: number];
type Family = "monopoly" | "fragmentation" | "care" | "money";
/** What can be selected. */
type Kind = "area" | "site" | "practice" | "body";
/** Which colours a map has. */
type Colouring = "few" | "lost" | "regime";
type Numbers = Float32Array | Int32Array | Int16Array | Uint8Array | Int8Array;

// --- The frame of a month -----------------------------------------------------------------------

/** Numbers of a month: by area, by practice, by site, or by practice and its sites. */
interface MonthArrays {
  few: Numbers; lost: Numbers; alternatives: Numbers; regime: Numbers; main_site: Numbers;
  list: Numbers; letter: Numbers; trust: Numbers; to_site: Numbers;
  referrals: Numbers; urgent: Numbers; open_lines: Numbers; department: Numbers; closed: Numbers; owner: Numbers;
}
interface Holder { code: string; name: string }
interface Shares { shares: Record<string, number>; errors: Record<string, number>; reason: string }
/** An economy after a month. */
interface Economy {
  policy: string; arrays: MonthArrays; organisations: { letter: string; name: string }[];
  holders: Record<number, Holder>; levers: Record<string, string>; idle: string[]; regimes: Shares;
}
interface Frame { month: number; economies: Economy[] }
// deno-lint-ignore no-explicit-any -- it comes as JSON
interface Packed { header: any; arrays: Record<string, Numbers> }

// --- The scene: what does not change while a session plays --------------------------------------

interface Area { code: string; name: string; x: number; y: number; cell: Point[]; beyond: number[] }
interface Practice { code: string; name: string; x: number; y: number; commissioner: string; sites: number[] }
interface Site {
  code: string; name: string; trust: string; kind: string; x: number; y: number; beds: number; hospital: boolean;
}
interface Named { name: string; title: string }
interface Lever extends Named { help: string; choices: { name: string; label: string }[] }
/** An outcome of which a chart shows a line. */
interface Series {
  name: string; family: Family; unit: string; decimals: number; meaning: string; label: string; chart: string;
}
interface Parameter {
  value: number | string; unit: string; meaning: string; source: string; assumption: string;
  low: number | null; high: number | null; lever: boolean; mechanism: string;
}
interface Group { outcomes: string[]; how: string; mechanisms: string[]; parameters: string[] }
interface Assumptions {
  groups: Record<string, Group>; parameters: Record<string, Parameter>;
  mechanisms: Record<string, { name: string; off: number; meaning: string }[]>;
}
type Move = [month: number, lever: string, choice: string];
interface Scene {
  place: { name: string; title: string; synthetic: boolean; licence: string; people: number; patients: number };
  areas: Area[]; practices: Practice[]; sites: Site[]; others: { code: string; name: string; kind: string }[];
  policies: (Named & { help: string })[]; places: Record<string, string>; levers: Lever[]; series: Series[];
  groups: Named[]; most_seeds: number; thresholds: { few: number; lost: number }; assumptions: Assumptions;
  sweep: boolean; recorded?: boolean;
  wish: { policies: string[]; place: string; seed: number; titles: string[]; patients: number; years: number };
  /** Parts of the address that say what is lived, and what of a view may stand in it. */
  address: [string, string][]; views: Record<string, unknown>; moves: Move[];
  opened: { view: Record<string, string>; life: Partial<AskedLife>; at: [Kind, string] | [] } | null;
}

// --- What happens -------------------------------------------------------------------------------

/** A sentence of what happened: who did what, why, what followed. */
interface Happening {
  agent: string; who: string; did: string; why: string; then?: string; when: string; rule: string;
  with?: string; stands_for?: number;
}
/** The first month in which two futures differ, and in what. */
interface Parting { month: number; told: Happening[][]; figures: string[] }
/** Months lived since the last frame: values of series and sentences, by economy. */
interface News { first: number; rows: Row[][]; events: Happening[][][] }
/** A month's values in the order of the scene's series. */
type Row = (number | null)[];
/** [month from which it is so, what]. */
type Told = [from: number, what: string | null][];
type Headings = [name: string, pence: number[]][];
interface Decision {
  when: string; known: number; question: string; did: string;
  options: { did: string; pounds: string; chance: number; chosen: boolean }[]; saw: [string, string][];
}
interface Card {
  economy: number; lived: number; what: Kind; code: string; name: string; sort: string;
  facts: [string, Told][]; decisions: Decision[]; balance: (string | null)[];
  accounts: { income: Headings; spending: Headings } | null;
}

// --- Differences between policies, and what parameters do ---------------------------------------

interface Difference {
  estimate: number | null; low_all: number | null; high_all: number | null; star: boolean; negligible: boolean;
}
interface Outcome { family: Family; unit: string; decimals: number; meaning: string }
interface SeedsRow extends Difference, Outcome { outcome: string; title: string; levels: (number | null)[] }
/** Two policies under other seeds. */
interface Replicates {
  state: "waiting" | "running" | "done" | "stopped" | "failed"; failure: string; done: number; seeds: number[];
  patients: number; years: number; rows: SeedsRow[]; command: string;
  regimes: { reason: string; rows: { name: string; levels: number[]; halves: (number | null)[] }[] };
}
interface ContrastRow extends Difference, Omit<Outcome, "family"> {
  policy: string; outcome: string; family: Family | "regime"; runs: number;
}
interface Contrasts {
  error?: string; runs: { asked: number; done: number }; groups: { where: string; rows: ContrastRow[] }[];
  study: { title: string; against: string; patients: number; years: number; replicates: number; seed: number };
}
/** What came of one parameter at the ends of its range. */
interface Response {
  lever: string; error?: string; runs: number; patients: number; years: number; seeds: number; first: number;
  central: number; ends: number[];
  outcomes: { outcome: string; title: string; unit: string; decimals: number; changes: Difference[] }[];
}
interface CommandLine { lines: string[]; file: string | null; name: string; lacking: string[] }
interface Recording { name: string; content: DataView }

// --- One person in two futures ------------------------------------------------------------------

interface Lane { code: string; name: string; setting: string; contacts: [number, number] }
interface Mark { month: number; what: string; own: boolean; said: string; lanes: number[] }
/** A handover between two lanes; `of` is the number of its mark. */
interface Handover {
  month: number; from: number; to: number; of: number; lost: boolean; own: boolean; boundary: string;
  chance: number; draw: number; harm: number; said: string;
}
type Risk = [month: number, chance: number, withoutHarm: number, draw: number];
interface Life {
  months: number; end: string | null; marks: Mark[]; links: Handover[]; risks: Risk[]; figures: Record<string, number>;
}
interface Gauge { draw: number; chances: (number | null)[]; without: number | null }
interface Cause { month: number; what: string; in: number; links: { said: string; gauge: Gauge | null }[] }
/** Everybody of a group under both policies. */
interface AllLike {
  seeds: number; people: number; differ: number[];
  pairs: { what: string; more_under_A: number; alike: number; more_under_B: number }[];
  rows: LikeRow[];
}
interface LikeRow {
  policy: string; with_lost_handover: number; with_crisis: number; handovers: number; lost: number; crises: number;
  person_months: number;
}
interface LifePage {
  person: number; who: string; group: Named; lanes: Lane[]; lives: [Life, Life]; alike: boolean; causes: Cause[];
  policies: string[]; titles: string[]; like: AllLike; rank: number; partial: boolean;
}
interface AskedLife { group: string; rank: number; numbers: number[]; against: string; on: boolean }
interface Progress { done: number; of: number; lives?: boolean; person?: string }
/** Whom the page follows. */
interface Followed {
  page: LifePage | null; progress: Progress | null; refused: string; month: number; asked: Partial<AskedLife>; said?: string;
}

// --- The store, and what drives it --------------------------------------------------------------

interface View {
  view: "watch" | "person" | "contrasts"; colour: Colouring; flows: boolean; catchments: boolean; big: boolean;
  tables: boolean; keys: boolean; tab: "events" | "levers" | "card"; luck: boolean;
}
interface Status { kind: string; text: string }
/** What the page knows; views read it, `core/store.js` changes it. */
interface Store {
  scene: Scene; frame: Frame; before: Frame | null; arrived: number;
  series: Row[][]; events: Happening[][][];
  shown: number; lived: number; first: number; months: number; playing: boolean; speed: number;
  selected: { what: Kind; code: string } | null; card: Card | null; pending: Record<string, string>; status: Status;
  parting: Parting | null; replicates: Replicates | null; life: Followed;
  view: View; usual: View; answers: Record<string, Response | "asked">; moves: Move[];
  stats: { drawn: number; received: number; lags: number[] };
  listeners: [what: string, listener: () => void][]; renewing: number;
  command: CommandLine; contrasts: Contrasts | null; recording: Recording;
  root: HTMLElement; share: () => void;
  on(what: string, listener: () => void): void;
  tell(what: string): void;
  send(message: Asked): void;
  set(changes: Partial<View>): void;
  say(kind: string, text: string): void;
  settle(): void;
  select(what: Kind | null | undefined, code: string | null, economy?: number): void;
}
/** What the page asks: viz/server/messages.py says what may stand in it. */
type Asked = { do: string } & Record<string, unknown>;
/** What the page is told; binary parts come beside it. */
// deno-lint-ignore no-explicit-any -- it comes as JSON
type Message = { kind: string } & Record<string, any>;
/** The connection with a server, as anywidget gives it, or a recording. */
interface Model {
  // deno-lint-ignore no-explicit-any -- texts, or whether it is a recording
  get(name: string): any;
  on(event: string, listener: (message: Message, buffers: DataView[]) => void): void;
  send(message: Asked): void;
}

// --- Charts, maps, timelines --------------------------------------------------------------------

/** What is saved of a drawing: as a picture, and as rows of a table. */
interface Saveable { name: string; svg(): Drawing; rows(): Record<string, unknown>[] }
interface Drawing { text: string; width: number; height: number }
type IndexedSeries = Series & { index: number };
/** One chart: lines over the months, with what tells them in words and numbers. */
interface Chart {
  family: Family; title: string; lines: IndexedSeries[]; plot: SVGSVGElement; told: HTMLElement; table: HTMLElement;
  root: HTMLElement; low: number; high: number; width: number; height: number;
  axes?: { mark: string; nodes: SVGElement[] };
}
/** A line as it is drawn: of which series, the n-th of its chart, in which economy. */
interface Drawn { series: IndexedSeries; n: number; economy: number; values: Row }
type LinearScale = import("./library/d3.d.ts").LinearScale;
/** Where months and values lie in a chart, px; the ticks of the values and what they are called. */
interface ChartScale { x: LinearScale; y: LinearScale; ticks: number[]; names: string[]; edge: Edges }
/** Margins of a chart, px, and by how much its type is larger than usual. */
interface Edges { left: number; right: number; top: number; low: number; big: number }
/** What can be pointed at on a map. */
interface Spot { what: Kind; n: number; code: string; name: string; at: Point; size: number }
interface Hovered { what: Kind; n: number; code: string; name: string }
type MapPath = Path2D & { d: string };
interface PlaceMap {
  store: Store; economy: number; canvas: HTMLCanvasElement; tip: HTMLElement; root: HTMLElement; head: HTMLElement;
  legend: HTMLElement; hover: Hovered | null; dirty: boolean; begun: boolean; width: number; height: number; ratio: number;
  places: Spot[]; cells: Point[][]; paths: MapPath[]; sitePoints: Point[]; practicePoints: Point[]; areaPoints: Point[];
  to?: (x: number, y: number) => Point;
}
/** The strokes of a canvas that a map uses, as `svgPen` has them too. */
type Pen = Pick<CanvasRenderingContext2D,
  | "fillStyle" | "strokeStyle" | "lineWidth" | "globalAlpha" | "font" | "textAlign" | "textBaseline" | "lineJoin"
  | "beginPath" | "moveTo" | "lineTo" | "quadraticCurveTo" | "arc" | "fillRect" | "strokeRect" | "fillText"
  | "strokeText" | "setLineDash" | "save" | "restore" | "measureText"
> & { fill(path?: MapPath): void; stroke(path?: MapPath): void; clip(path: MapPath): void };
/** What a pen that writes SVG is set to; the path so far, and how many groups are open. */
type SvgState = Pick<Pen,
  "fillStyle" | "strokeStyle" | "lineWidth" | "globalAlpha" | "font" | "textAlign" | "textBaseline" | "lineJoin"
> & { dash: string; open: number; d: string };
type SvgMarks = Pick<Pen, "fill" | "stroke" | "fillRect" | "strokeRect" | "fillText" | "strokeText" | "clip" | "restore"> & {
  drawn(): string;
};
type SvgPen = Pen & SvgState & SvgMarks;
/** The drawing of an own part of a page is redrawn by it, where its width changes. */
type Redrawn = SVGSVGElement & { redraw?: () => void };
/** Where months and lanes of a life lie, px. */
interface LifeScale {
  big: number; narrow: boolean; left: number; right: number; width: number; months: number; lane: number; low: number;
  x(month: number): number; monthAt(x: number): number;
}
interface Regime { name: string; letters: string; hue: string; handovers: "usual" | "more" | "fewer" }
