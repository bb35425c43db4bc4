/** Operators with state but joins, each from the rules of test/corpus/streaming/README.md, as slow as they are plain. */
import { nothingSeen, results, saw, sawBoth, type Aggregates, type Seen } from "./aggregates.ts";
import { evaluate, keyOf, windowsOf } from "./expressions.ts";
import type { Expression, OutputMode, Row, TimeWindow, Value } from "./query.ts";

/** Watermarks of a batch as one operator sees them: rows are late by the first, state leaves by the second. */
export interface Watermarks { readonly late: number; readonly evict: number }
export interface Metrics { readonly operator: string; numRowsTotal: number; numRowsUpdated: number; numRowsRemoved: number; numRowsDroppedByWatermark: number }

export const metrics = (operator: string): Metrics => ({ operator, numRowsTotal: 0, numRowsUpdated: 0, numRowsRemoved: 0, numRowsDroppedByWatermark: 0 });
export const beginBatch = (m: Metrics): void => { m.numRowsUpdated = m.numRowsRemoved = m.numRowsDroppedByWatermark = 0; };

/** Whether a time, or the end of a window, is reached. Null never is. */
export function reached(value: Value, watermark: number): boolean {
  if (value === null) return false;
  return (typeof value === "object" ? value.end : value as number) <= watermark;
}

interface Group { readonly keys: Row; seen: Seen }

export class Aggregation {
  readonly metrics = metrics("stateStoreSave");
  readonly #keys: readonly (readonly [string, Expression])[];
  readonly #values: Aggregates;
  /** The key that carries a watermark. */
  readonly #time: string | undefined;
  readonly #mode: OutputMode;
  readonly #groups = new Map<string, Group>();

  constructor(keys: Readonly<Record<string, Expression>>, values: Aggregates, time: string | undefined, mode: OutputMode) {
    this.#keys = Object.entries(keys);
    this.#values = values;
    this.#time = time;
    this.#mode = mode;
  }

  get wantsBatch(): boolean { return this.#mode !== "complete"; }

  run(rows: readonly Row[], { late, evict }: Watermarks): Row[] {
    beginBatch(this.metrics);
    const updated = new Set<string>(), dropped = new Set<string>();
    for (const row of rows) {
      for (const keys of this.#keysOf(row)) {
        const id = keyOf(Object.values(keys));
        if (this.#mode !== "complete" && this.#time !== undefined && reached(keys[this.#time]!, late)) {
          dropped.add(id);
          continue;
        }
        const group = this.#groups.get(id) ?? { keys, seen: nothingSeen(this.#values) };
        group.seen = saw(group.seen, this.#values, row);
        this.#groups.set(id, group);
        updated.add(id);
      }
    }
    if (this.#keys.length === 0) {
      if (!this.#groups.has("[]")) this.#groups.set("[]", { keys: {}, seen: nothingSeen(this.#values) });
      updated.add("[]");
    }
    const out = (id: string): Row => ({ ...this.#groups.get(id)!.keys, ...results(this.#groups.get(id)!.seen, this.#values) });
    const closed = this.#mode === "complete" || this.#time === undefined ? [] : [...this.#groups].filter(([, { keys }]) => reached(keys[this.#time!]!, evict)).map(([id]) => id);
    const result = this.#mode === "complete" ? [...this.#groups.keys()].map(out) : this.#mode === "update" ? [...updated].map(out) : closed.map(out);
    for (const id of closed) this.#groups.delete(id);
    Object.assign(this.metrics, { numRowsTotal: this.#groups.size, numRowsUpdated: updated.size, numRowsRemoved: closed.length, numRowsDroppedByWatermark: dropped.size });
    return result;
  }

  #keysOf(row: Row): Row[] {
    let rows: Record<string, Value>[] = [{}];
    for (const [name, expression] of this.#keys) {
      const values = "window" in expression ? windowsOf(expression, row) : [evaluate(expression, row)];
      rows = rows.flatMap(one => values.map(value => ({ ...one, [name]: value })));
    }
    return rows;
  }
}

interface SessionQuery { readonly as: string; readonly time: string; readonly gap: number; readonly keys: Readonly<Record<string, Expression>>; readonly values: Aggregates }
interface Session { readonly window: TimeWindow; readonly seen: Seen }

export class Sessions {
  readonly metrics = metrics("sessionWindowStateStoreSaveExec");
  readonly #query: SessionQuery;
  readonly #mode: OutputMode;
  readonly #sessions = new Map<string, { readonly keys: Row; sessions: readonly Session[] }>();
  readonly wantsBatch: boolean;
  readonly #hasWatermark: boolean;

  constructor(query: SessionQuery, mode: OutputMode, hasWatermark: boolean) {
    this.#query = query;
    this.#mode = mode;
    this.#hasWatermark = hasWatermark;
    this.wantsBatch = mode !== "complete";
  }

  run(rows: readonly Row[], { late, evict }: Watermarks): Row[] {
    beginBatch(this.metrics);
    const { as, time, gap, keys: keyed, values } = this.#query, dropped = new Set<string>(), given = new Map<string, { keys: Row; sessions: Session[] }>();
    for (const row of rows) {
      const start = row[time] as number | null;
      if (start === null) continue;
      const keys = Object.fromEntries(Object.entries(keyed).map(([name, expression]) => [name, evaluate(expression, row)])), id = keyOf(Object.values(keys));
      const window = { start, end: start + gap };
      if (this.#hasWatermark && reached(window, late)) dropped.add(`${id} ${start}`);
      else {
        const of = given.get(id) ?? { keys, sessions: [] };
        of.sessions.push({ window, seen: saw(nothingSeen(values), values, row) });
        given.set(id, of);
      }
    }
    for (const [id, { keys, sessions }] of given) {
      const before = this.#sessions.get(id)?.sessions ?? [], after = merged([...before, ...sessions]);
      // As Spark stores them: all sessions of a key that got rows are written, by their starts.
      this.metrics.numRowsUpdated += after.length;
      this.metrics.numRowsRemoved += before.filter(({ window }) => !after.some(one => one.window.start === window.start)).length;
      this.#sessions.set(id, { keys, sessions: after });
    }
    const result: Row[] = [];
    for (const [id, { keys, sessions }] of this.#sessions) {
      const closed = this.#mode === "complete" || !this.#hasWatermark ? [] : sessions.filter(({ window }) => reached(window, evict)), left = sessions.filter(one => !closed.includes(one));
      for (const { window, seen } of this.#mode === "complete" ? sessions : closed) result.push({ [as]: window, ...keys, ...results(seen, values) });
      this.metrics.numRowsRemoved += closed.length;
      if (left.length > 0) this.#sessions.set(id, { keys, sessions: left });
      else this.#sessions.delete(id);
    }
    this.metrics.numRowsTotal = [...this.#sessions.values()].reduce((sum, { sessions }) => sum + sessions.length, 0);
    this.metrics.numRowsDroppedByWatermark = dropped.size;
    return result;
  }
}

/** Sessions that overlap or touch become one. */
function merged(sessions: readonly Session[]): Session[] {
  const result: Session[] = [];
  for (const session of [...sessions].sort((a, b) => a.window.start - b.window.start)) {
    const last = result.at(-1);
    if (last === undefined || session.window.start > last.window.end) result.push(session);
    else result[result.length - 1] = { window: { start: last.window.start, end: Math.max(last.window.end, session.window.end) }, seen: sawBoth(last.seen, session.seen) };
  }
  return result;
}

interface MarkedColumn { readonly column: string; readonly delay: number }

export class Deduplication {
  readonly metrics: Metrics;
  readonly #columns: readonly string[];
  /** The column that carries a watermark, with its delay. */
  readonly #time: MarkedColumn | undefined;
  readonly #within: boolean;
  /** By key: when it leaves. */
  readonly #known = new Map<string, Value>();
  readonly wantsBatch = true;

  constructor(columns: readonly string[], time: MarkedColumn | undefined, within: boolean) {
    this.#columns = columns;
    this.#time = time;
    this.#within = within;
    this.metrics = metrics(within ? "dedupeWithinWatermark" : "dedupe");
  }

  run(rows: readonly Row[], { late, evict }: Watermarks): Row[] {
    beginBatch(this.metrics);
    const result: Row[] = [];
    for (const row of rows) {
      const time = this.#time === undefined ? null : row[this.#time.column]!, id = keyOf(this.#columns.map(column => row[column]!));
      if (reached(time, late)) this.metrics.numRowsDroppedByWatermark++;
      else if (!this.#known.has(id)) {
        // Spark reads a null time as the epoch here.
        this.#known.set(id, this.#within ? (time as number | null ?? 0) + this.#time!.delay : this.#columns.includes(this.#time?.column ?? "") ? time : null);
        this.metrics.numRowsUpdated++;
        result.push(row);
      }
    }
    for (const [id, leaves] of this.#known) {
      if (!reached(leaves, evict)) continue;
      this.#known.delete(id);
      this.metrics.numRowsRemoved++;
    }
    this.metrics.numRowsTotal = this.#known.size;
    return result;
  }
}

export class Limit {
  readonly metrics = metrics("globalLimit");
  readonly wantsBatch = false;
  #left: number;
  constructor(rows: number) { this.#left = rows; }

  run(rows: readonly Row[]): Row[] {
    beginBatch(this.metrics);
    const result = rows.slice(0, this.#left);
    this.#left -= result.length;
    this.metrics.numRowsTotal = 1;
    this.metrics.numRowsUpdated = result.length > 0 ? 1 : 0;
    return result;
  }
}
