/**
 * Draws the pictures of docs/watermarks.md from queries that run: event time against arrival, the watermark between them.
 *
 *     npm run docs:watermarks
 */
import { writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { schema, string, timestamp, type DataFrame, type Timestamp } from "../src/index.ts";
import { count, window } from "../src/functions.ts";
import { testSession, type MemoryStream } from "../src/testing/index.ts";

const Event = schema({ ts: timestamp(), key: string() });
type Events = DataFrame<{ ts: Timestamp | null; key: string | null }>;
const NOON = Date.UTC(2026, 0, 1, 12);
const seconds = (iso: string): number => (Date.parse(iso) - NOON) / 1000;

/** A row arrives: both in seconds after noon. `lane`: which of the inputs or partitions brings it. */
interface Arrival { readonly at: number; readonly time: number; readonly lane?: number }

interface Scene {
  readonly name: string;
  readonly title: string;
  readonly arrivals: readonly Arrival[];
  /** Moments at which the query is looked at without a row. */
  readonly looks?: readonly number[];
  readonly lanes?: readonly string[];
  /** Lanes are partitions of one stream; else streams of their own. */
  readonly isPartitioned?: true;
  readonly conf?: Readonly<Record<string, string>>;
  readonly plan: (inputs: readonly Events[]) => Events;
  /** Other settings over the same rows, drawn as a line more. */
  readonly beside?: { readonly label: string; readonly plan: (inputs: readonly Events[]) => Events };
  readonly label: string;
  /** Also the watermark by which rows are late, where it differs. */
  readonly showsLate?: true;
}

interface Step { readonly at: number; readonly arrival: Arrival | undefined; readonly isLate: boolean; readonly isFuture: boolean; readonly lateBy: number; readonly watermark: number; readonly closed: readonly { readonly start: number; readonly n: bigint }[] }

/** Runs the query over the rows, one at a time, with the clock of the test in between. */
async function play(scene: Scene, plan: Scene["plan"]): Promise<readonly Step[]> {
  await using mill = testSession({ now: new Date(NOON).toISOString(), ...(scene.conf && { conf: scene.conf }) });
  const { lanes = ["rows"] } = scene;
  const inputs: MemoryStream<{ ts: Timestamp | null; key: string | null }>[] = scene.isPartitioned ? [mill.memoryStream(Event, { partitions: lanes })] : lanes.map(() => mill.memoryStream(Event));
  const counts = plan(inputs.map(input => input.df as Events)).groupBy(r => ({ w: window(r.ts, "10 seconds") })).agg(() => ({ n: count() }));
  await using run = await mill.run(counts);
  const moments = [...scene.arrivals.map(arrival => ({ at: arrival.at, arrival: arrival as Arrival | undefined })), ...(scene.looks ?? []).map(at => ({ at, arrival: undefined }))].sort((a, b) => a.at - b.at);
  const steps: Step[] = [];
  let now = 0, lateBy = Number.NEGATIVE_INFINITY, watermark = Number.NEGATIVE_INFINITY;
  for (const { at, arrival } of moments) {
    const before = run.query.lastProgress?.batchId ?? -1;
    if (at > now) await mill.clock.advance(`${at - now} seconds`);
    now = at;
    if (arrival !== undefined) {
      const row = { ts: new Date(NOON + arrival.time * 1000).toISOString(), key: "k" } as never, { lane = 0 } = arrival;
      if (scene.isPartitioned) inputs[0]!.addTo(lanes[lane]!, row);
      else inputs[lane]!.add(row);
    }
    const rows = await run.process(), batches = run.query.recentProgress.filter(batch => batch.batchId > before), first = batches[0], last = batches.at(-1);
    if (last !== undefined) {
      const used = seconds(last.eventTime.watermark!);
      lateBy = batches.length > 1 ? used : watermark;
      watermark = used;
    }
    steps.push({
      at, arrival, lateBy, watermark, isLate: (first?.millrace.lateRows ?? 0) > 0, isFuture: (first?.millrace.watermarks?.some(one => (one.futureRows ?? 0) > 0) ?? false),
      closed: rows.map(row => ({ start: seconds(row.w.start.toString()), n: row.n })),
    });
  }
  return steps;
}

// ---- drawing

const WIDTH = 760, HEIGHT = 380, LEFT = 58, RIGHT = 160, TOP = 44, BOTTOM = 46;
const COLORS = { watermark: "#c2410c", beside: "#7c3aed", late: "#b91c1c", lanes: ["#1d4ed8", "#047857"], grid: "#d4d4d8", text: "#27272a", closed: "#f4f4f5" } as const;
const text = (x: number, y: number, words: string, more = ""): string => `<text x="${x}" y="${y}" ${more}>${words.replaceAll("&", "&amp;").replaceAll("<", "&lt;")}</text>`;

function draw(scene: Scene, steps: readonly Step[], beside: readonly Step[] | undefined): string {
  const { lanes = ["rows"], arrivals } = scene, lastAt = Math.max(...steps.map(step => step.at)) + 5;
  const low = Math.floor((Math.min(...arrivals.map(a => a.time)) - 5) / 10) * 10, high = Math.ceil((Math.max(...arrivals.map(a => a.time)) + 5) / 10) * 10;
  const x = (at: number): number => Math.round(LEFT + (at / lastAt) * (WIDTH - LEFT - RIGHT));
  const y = (time: number): number => Math.round(HEIGHT - BOTTOM - ((Math.max(low, Math.min(high, time)) - low) / (high - low)) * (HEIGHT - TOP - BOTTOM));
  const parts: string[] = [];
  // Windows: a band until it is closed, and what came out of it.
  for (let start = low; start < high; start += 10) {
    const closing = steps.find(step => step.closed.some(one => one.start === start)), end = closing === undefined ? undefined : x(closing.at);
    parts.push(`<line x1="${LEFT}" y1="${y(start)}" x2="${WIDTH - RIGHT}" y2="${y(start)}" stroke="${COLORS.grid}"/>`);
    if (end !== undefined) {
      parts.push(`<rect x="${end}" y="${y(start + 10)}" width="${WIDTH - RIGHT - end}" height="${y(start) - y(start + 10)}" fill="${COLORS.closed}"/>`);
      parts.push(text(WIDTH - RIGHT - 6, y(start + 5) + 4, `closed: ${closing!.closed.find(one => one.start === start)!.n} rows`, `text-anchor="end" font-size="11" fill="${COLORS.text}"`));
    }
    parts.push(text(LEFT - 8, y(start) + 4, String(start), `text-anchor="end" font-size="11" fill="${COLORS.text}"`));
  }
  for (let at = 0; at <= lastAt; at += 10) parts.push(text(x(at), HEIGHT - BOTTOM + 18, String(at), `text-anchor="middle" font-size="11" fill="${COLORS.text}"`));
  parts.push(text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 10, "arrival, seconds", `text-anchor="middle" font-size="12" fill="${COLORS.text}"`));
  parts.push(`<text transform="translate(16 ${(TOP + HEIGHT - BOTTOM) / 2}) rotate(-90)" text-anchor="middle" font-size="12" fill="${COLORS.text}">event time, seconds</text>`);
  const line = (of: readonly Step[], value: (step: Step) => number, color: string, dash: string): string => {
    let path = `M${LEFT} ${y(low)}`;
    for (const step of of) path += ` H${x(step.at)} V${y(value(step))}`;
    return `<path d="${path} H${WIDTH - RIGHT}" fill="none" stroke="${color}" stroke-width="2"${dash === "" ? "" : ` stroke-dasharray="${dash}"`}/>`;
  };
  const legend: { readonly color: string; readonly words: string; readonly sign: string }[] = [];
  if (beside !== undefined) {
    parts.push(line(beside, step => step.watermark, COLORS.beside, "6 4"));
    legend.push({ color: COLORS.beside, words: scene.beside!.label, sign: "dash" });
  }
  if (scene.showsLate) {
    parts.push(line(steps, step => step.lateBy, COLORS.late, "3 3"));
    legend.push({ color: COLORS.late, words: "rows are late below", sign: "dash" });
  }
  parts.push(line(steps, step => step.watermark, COLORS.watermark, ""));
  legend.push({ color: COLORS.watermark, words: scene.label, sign: "line" });
  for (const { at, arrival, isLate, isFuture } of steps) {
    if (arrival === undefined) continue;
    const color = COLORS.lanes[arrival.lane ?? 0]!, [cx, cy] = [x(at), y(arrival.time)];
    if (isLate) parts.push(`<path d="M${cx - 5} ${cy - 5} L${cx + 5} ${cy + 5} M${cx - 5} ${cy + 5} L${cx + 5} ${cy - 5}" stroke="${COLORS.late}" stroke-width="2.5"/>`);
    else if (isFuture) parts.push(`<path d="M${cx} ${cy - 6} L${cx + 6} ${cy} L${cx} ${cy + 6} L${cx - 6} ${cy} Z" fill="#fff" stroke="${color}" stroke-width="2"/>`);
    else parts.push(`<circle cx="${cx}" cy="${cy}" r="4.5" fill="${color}"/>`);
  }
  lanes.forEach((lane, i) => legend.push({ color: COLORS.lanes[i]!, words: lane, sign: "dot" }));
  if (steps.some(step => step.isLate)) legend.push({ color: COLORS.late, words: "late, dropped", sign: "cross" });
  if (steps.some(step => step.isFuture)) legend.push({ color: COLORS.lanes[0], words: "too far ahead", sign: "diamond" });
  legend.forEach(({ color, words, sign }, i) => {
    const cx = WIDTH - RIGHT + 22, cy = TOP + 12 + 22 * i;
    parts.push(sign === "dot" ? `<circle cx="${cx}" cy="${cy}" r="4.5" fill="${color}"/>`
      : sign === "cross" ? `<path d="M${cx - 5} ${cy - 5} L${cx + 5} ${cy + 5} M${cx - 5} ${cy + 5} L${cx + 5} ${cy - 5}" stroke="${color}" stroke-width="2.5"/>`
      : sign === "diamond" ? `<path d="M${cx} ${cy - 6} L${cx + 6} ${cy} L${cx} ${cy + 6} L${cx - 6} ${cy} Z" fill="#fff" stroke="${color}" stroke-width="2"/>`
      : `<line x1="${cx - 10}" y1="${cy}" x2="${cx + 10}" y2="${cy}" stroke="${color}" stroke-width="2"${sign === "dash" ? ' stroke-dasharray="4 3"' : ""}/>`);
    parts.push(text(cx + 16, cy + 4, words, `font-size="11" fill="${COLORS.text}"`));
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="system-ui, sans-serif">\n<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>\n${text(LEFT, 24, scene.title, `font-size="13" font-weight="600" fill="${COLORS.text}"`)}\n${parts.join("\n")}\n</svg>\n`;
}

// ---- the scenes

const marked = (delay: "10 seconds" | "5 seconds" | "0 seconds", options?: Parameters<Events["withWatermark"]>[2]) => ([input]: readonly Events[]): Events => input!.withWatermark("ts", delay, options) as Events;
const rows = (...pairs: readonly (readonly [at: number, time: number, lane?: number])[]): readonly Arrival[] => pairs.map(([at, time, lane = 0]) => ({ at, time, lane }));

const SCENES: readonly Scene[] = [
  {
    name: "watermark-moves", title: "A delay of 10 seconds: the watermark follows the greatest event time", label: "watermark", lanes: ["row"], plan: marked("10 seconds"),
    arrivals: rows([3, 2], [8, 7], [13, 14], [18, 9], [23, 24], [28, 18], [33, 33], [38, 12], [43, 39], [48, 46], [53, 31], [58, 57]),
  },
  {
    name: "watermark-two", title: "Two watermarks in a batch: rows go by the one before, windows by its own", label: "windows close below", lanes: ["row"], showsLate: true,
    plan: marked("0 seconds"), conf: { "spark.sql.streaming.noDataMicroBatches.enabled": "false" },
    arrivals: rows([4, 4], [10, 12], [16, 8], [22, 9], [28, 24], [34, 18], [40, 36], [46, 34]),
  },
  {
    name: "watermark-sources", title: "Two sources: the slower one decides", label: "watermark", lanes: ["source A", "source B"],
    plan: ([a, b]) => (a!.withWatermark("ts", "5 seconds") as Events).union(b!.withWatermark("ts", "5 seconds") as never) as Events,
    arrivals: rows([3, 4, 0], [8, 14, 0], [12, 6, 1], [18, 27, 0], [22, 13, 1], [28, 36, 0], [32, 24, 1], [38, 47, 0], [42, 33, 1], [48, 55, 0], [52, 46, 1]),
  },
  {
    name: "watermark-idle", title: "perPartition, idleTimeout of 15 seconds: a silent partition is not waited for", label: "watermark", lanes: ["partition a", "partition b"], isPartitioned: true,
    plan: marked("5 seconds", { perPartition: true, idleTimeout: "15 seconds" }), beside: { label: "without idleTimeout", plan: marked("5 seconds", { perPartition: true }) }, looks: [27, 32, 37],
    arrivals: rows([2, 3, 0], [4, 5, 1], [8, 10, 0], [12, 9, 1], [16, 19, 0], [22, 25, 0], [30, 33, 0], [36, 38, 0], [42, 46, 0], [46, 21, 1], [50, 44, 1], [54, 57, 0], [58, 52, 1]),
  },
  {
    name: "watermark-future", title: "maxFutureSkew of 10 seconds: a time far ahead closes no window", label: "watermark", lanes: ["row"],
    plan: marked("5 seconds", { maxFutureSkew: "10 seconds" }), beside: { label: "without the option", plan: marked("5 seconds") },
    arrivals: rows([4, 4], [9, 8], [14, 15], [19, 52], [24, 23], [29, 27], [34, 35], [39, 37], [44, 44]),
  },
];

/** Every picture by its file's name. */
export async function drawWatermarks(): Promise<ReadonlyMap<string, string>> {
  const pictures = new Map<string, string>();
  for (const scene of SCENES) pictures.set(`${scene.name}.svg`, draw(scene, await play(scene, scene.plan), scene.beside && await play(scene, scene.beside.plan)));
  return pictures;
}

if (import.meta.main) for (const [name, svg] of await drawWatermarks()) writeFileSync(join(resolve(import.meta.dirname, "../docs/images"), name), svg);
