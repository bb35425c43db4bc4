/** Catches rows that limits, sorts, windows and duplicates' removal let through or keep back wrongly, whatever the batches and selections are. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { seededRandom } from "../base/clock.ts";
import { Batch } from "../columns/batch.ts";
import { constantVector, rowsOf, vectorOf } from "../columns/cells.ts";
import { linearMemory } from "../memory/linear-memory.ts";
import type { Evaluator } from "../plan/function.ts";
import type { Cell } from "../types/cell.ts";
import { DOUBLE, INT, STRING, TIMESTAMP, TIME_WINDOW, field, struct, type DataType } from "../types/data-type.ts";
import { AssignWindows } from "./assign-windows.ts";
import { ExecutionContext } from "./context.ts";
import { Deduplicate } from "./deduplicate.ts";
import { dropLate } from "./event-time-key.ts";
import { EventTimeWatermark } from "./event-time-watermark.ts";
import { Limit } from "./limit.ts";
import type { Operator } from "./operator.ts";
import { Sort, type SortKey } from "./sort.ts";
import { StreamingDeduplicate } from "./streaming-deduplicate.ts";
import { StreamingLimit } from "./streaming-limit.ts";

const SEED = Number(process.env["MILLRACE_SEED"] ?? "1"), random = seededRandom(SEED), memory = linearMemory();
const below = (end: number): number => random.uint32() % end;
const contextOf = (): ExecutionContext => new ExecutionContext({ timeZone: "UTC", ansi: true, conf: new Map<string, string>() });
const column = (index: number, type: DataType): Evaluator => ({ type, evaluate: batch => batch.columns[index]! });

class Collect implements Operator {
  rows: Cell[][] = [];
  ends = 0;
  readonly #most: number;
  constructor(most = Number.POSITIVE_INFINITY) { this.#most = most; }
  push(batch: Batch): boolean {
    this.rows.push(...rowsOf(batch));
    return this.rows.length < this.#most;
  }
  finish(): void { this.ends++; }
}

const COLUMNS = [field("n", INT), field("s", STRING), field("x", DOUBLE), field("at", TIMESTAMP)], SCHEMA = struct(COLUMNS);
const randomRow = (): Cell[] => [
  below(5) === 0 ? null : below(6) - 3, below(5) === 0 ? null : "abc".slice(below(3)).repeat(1 + below(6)), below(5) === 0 ? null : [0, -0, 1.5, Number.NaN, Number.NEGATIVE_INFINITY][below(5)]!,
  below(6) === 0 ? null : BigInt(below(4000) - 2000),
];

/** Pushes random rows in random batches, some with a selection, and gives the rows that were selected. */
function feed(operator: Operator, context: ExecutionContext, rows: readonly (readonly Cell[])[]): Cell[][] {
  const selected: Cell[][] = [];
  for (let from = 0; from < rows.length;) {
    const part = rows.slice(from, from += 1 + below(9)), columns = COLUMNS.map((one, i) => vectorOf(one.type, part.map(row => row[i]!), context.arena));
    const all = below(2) === 0, chosen = part.map((_, i) => i).filter(() => all || below(3) > 0), pointer = context.arena.allocate(4 * chosen.length + 4);
    chosen.forEach((row, i) => { memory.u32[(pointer >>> 2) + i] = row; });
    selected.push(...chosen.map(row => [...part[row]!]));
    const more = operator.push(new Batch(SCHEMA, columns, part.length, { pointer: all ? 0 : pointer, count: chosen.length }));
    context.arena.reset();
    if (!more) break;
  }
  return selected;
}
const rowsOfAny = (count: number): Cell[][] => Array.from({ length: count }, randomRow);

test("LIMIT and OFFSET over a bounded input, again for each result", () => {
  for (let i = 0; i < 100; i++) {
    const limit = below(3) === 0 ? undefined : below(30), offset = below(20), out = new Collect(), context = contextOf(), operator = new Limit(limit, offset, context, out);
    for (let result = 0; result < 2; result++) {
      out.rows = [];
      const given = feed(operator, context, rowsOfAny(below(60)));
      operator.finish();
      assert.deepEqual(out.rows, given.slice(offset, limit === undefined ? undefined : offset + limit), `seed ${SEED}, ${i}`);
    }
    assert.equal(out.ends, 2);
  }
});

test("LIMIT over a stream counts over batches and restarts", () => {
  const out = new Collect(), context = contextOf(), given: Cell[][] = [];
  let operator = new StreamingLimit(() => 0, 25, context, out), saved: Uint8Array | undefined;
  for (let batch = 0; batch < 12; batch++) {
    if (batch % 3 === 2 && saved !== undefined) {
      operator = new StreamingLimit(() => 0, 25, context, out);
      operator.load(saved);
    }
    operator.beginBatch();
    given.push(...feed(operator, context, rowsOfAny(below(8))));
    operator.finish();
    saved = operator.changes()[0] ?? saved;
  }
  assert.deepEqual(out.rows, given.slice(0, 25));
  assert.deepEqual(operator.changes(), [], "a batch that let nothing through changes nothing");
});

test("sorting is stable, puts nulls where they were asked, and NaN behind all numbers; a limit gives the first", () => {
  for (let i = 0; i < 70; i++) {
    // The last rounds have more rows than a limit keeps at once.
    const rows = i < 60 ? below(200) : 20_000 + below(20_000);
    const keys: SortKey[] = [0, 2, 1].slice(0, 1 + below(3)).map(index => ({ evaluator: column(index, COLUMNS[index]!.type), direction: below(2) === 0 ? "asc" : "desc", nulls: below(2) === 0 ? "first" : "last" }));
    const limit = below(2) === 0 && i < 60 ? undefined : below(20), indexes = [0, 2, 1], out = new Collect(), context = contextOf(), operator = new Sort(SCHEMA, keys, limit, context, out);
    const given = feed(operator, context, rowsOfAny(rows));
    operator.finish();
    const rank = (cell: Cell): number | string => (typeof cell === "number" ? (Number.isNaN(cell) ? 1e300 : cell === 0 ? 0 : cell === Number.NEGATIVE_INFINITY ? -1e300 : cell) : String(cell));
    const expected = given.toSorted((a, b) => {
      for (const [k, key] of keys.entries()) {
        const x = a[indexes[k]!]!, y = b[indexes[k]!]!;
        if (x === null || y === null) {
          if (x !== y) return (x === null) === (key.nulls === "first") ? -1 : 1;
          continue;
        }
        const order = rank(x) < rank(y) ? -1 : rank(x) > rank(y) ? 1 : 0;
        if (order !== 0) return key.direction === "asc" ? order : -order;
      }
      return 0;
    }).slice(0, limit);
    assert.deepEqual(out.rows, expected, `seed ${SEED}, ${i}`);
  }
});

test("windows are assigned to rows with a time, latest first; rows without one are in none", () => {
  for (const [sizeMicros, slideMicros, startMicros] of [[10, 10, 0], [10, 10, 3], [30, 10, -4], [25, 7, 2], [1000, 999, 0]] as const) {
    const out = new Collect(), context = contextOf(), operator = new AssignWindows(struct([...COLUMNS, field("window", TIME_WINDOW)]), column(3, TIMESTAMP), { sizeMicros, slideMicros, startMicros, type: TIME_WINDOW }, context, out);
    const given = feed(operator, context, rowsOfAny(300));
    const expected = given.flatMap(row => {
      const time = row[3];
      if (typeof time !== "bigint") return [];
      const windows: Cell[][] = [], at = Number(time);
      for (let start = startMicros + (Math.floor((at - startMicros) / slideMicros) + 1) * slideMicros; start > at - sizeMicros; start -= slideMicros) {
        if (start <= at) windows.push([...row, [BigInt(start), BigInt(start + sizeMicros)]]);
      }
      return windows;
    });
    const text = (row: readonly Cell[]): string => row.map(cell => String(cell)).join("|");
    assert.deepEqual(out.rows.map(text).sort(), expected.map(text).sort());
    assert.equal(context.windowIndex, 0);
  }
});

test("a literal as the time puts all rows into its window", () => {
  const out = new Collect(), context = contextOf();
  const literal: Evaluator = { type: TIMESTAMP, evaluate: (_batch, _rows, { arena }) => constantVector(TIMESTAMP, 15n, arena) };
  const given = feed(new AssignWindows(struct([...COLUMNS, field("window", TIME_WINDOW)]), literal, { sizeMicros: 20, slideMicros: 10, startMicros: 0, type: TIME_WINDOW }, context, out), context, rowsOfAny(20));
  assert.equal(out.rows.length, 2 * given.length);
  assert.deepEqual(new Set(out.rows.map(row => String(row[4]))), new Set(["10,30", "0,20"]));
});

test("the first row of each key stays, over a bounded input", () => {
  const out = new Collect(), context = contextOf(), operator = new Deduplicate(SCHEMA, [0, 1], context, out);
  const given = feed(operator, context, rowsOfAny(400)), seen = new Set<string>();
  operator.finish();
  assert.deepEqual(out.rows, given.filter(row => {
    const key = `${String(row[0])} ${String(row[1])}`;
    return !seen.has(key) && seen.add(key);
  }));
});

test("over a stream keys leave with the watermark, late rows are dropped and counted, a restart knows the keys", () => {
  const out = new Collect(), context = contextOf();
  const make = (): StreamingDeduplicate => new StreamingDeduplicate({ schema: SCHEMA, keys: [0, 3], operatorId: () => 0, outputMode: "append", withinMicros: undefined, eventTime: { key: 1, field: undefined }, lateColumn: 3 }, context, out);
  const runBatch = (operator: StreamingDeduplicate, rows: Cell[][], late: bigint, watermark: bigint): Cell[][] => {
    context.lateWatermarkMicros = late;
    context.watermarkMicros = watermark;
    out.rows = [];
    operator.beginBatch();
    operator.push(new Batch(SCHEMA, COLUMNS.map((one, i) => vectorOf(one.type, rows.map(row => row[i]!), context.arena)), rows.length));
    operator.finish();
    context.arena.reset();
    return out.rows;
  };
  const row = (n: number, at: bigint | null): Cell[] => [n, "s", null, at];
  let operator = make();
  assert.deepEqual(runBatch(operator, [row(1, 100n), row(1, 100n), row(2, 200n), row(3, null), row(3, null)], 0n, 0n), [row(1, 100n), row(2, 200n), row(3, null)]);
  assert.deepEqual({ ...operator.metrics(), memoryBytes: 0 }, { operatorName: "dedupe", rowsTotal: 3, rowsUpdated: 3, rowsRemoved: 0, rowsDroppedByWatermark: 0, memoryBytes: 0, lateRows: 0 });
  const changes = operator.changes();
  operator.release();
  operator = make();
  for (const block of changes) operator.load(block);
  assert.deepEqual(runBatch(operator, [row(1, 100n), row(2, 200n), row(2, 201n)], 0n, 100n), [row(2, 201n)], "known from before");
  assert.equal(operator.metrics().rowsRemoved, 1, "what is at the watermark is behind it");
  assert.deepEqual(runBatch(operator, [row(1, 100n), row(4, 101n), row(5, null)], 100n, 150n), [row(4, 101n), row(5, null)], "late: the key is gone, and so is the row");
  assert.deepEqual([operator.metrics().lateRows, operator.metrics().rowsTotal], [1, 4]);
  assert.deepEqual([operator.wantsBatch(0), operator.wantsBatch(1)], [false, true], "150 microseconds are within the first millisecond");
  operator.release();
});

test("late is what is not later than the bound; without a bound nothing is", () => {
  const context = contextOf(), time = vectorOf(TIMESTAMP, [1n, null, 3n, 2n], context.arena), all = { pointer: 0, count: 4 };
  const kept = (bound: bigint | null): number[] => {
    context.lateWatermarkMicros = bound;
    const { pointer, count } = dropLate(time, all, context);
    return Array.from({ length: count }, (_, i) => (pointer === 0 ? i : memory.u32[(pointer >>> 2) + i]!));
  };
  assert.deepEqual([kept(null), kept(0n), kept(2n), kept(3n)], [[0, 1, 2, 3], [0, 1, 2, 3], [1, 2], [1]]);
  context.lateWatermarkMicros = 5n;
  assert.equal(dropLate(constantVector(TIMESTAMP, 5n, context.arena), all, context).count, 0);
  assert.equal(dropLate(constantVector(TIMESTAMP, 6n, context.arena), all, context).count, 4);
  assert.equal(dropLate(constantVector(TIMESTAMP, null, context.arena), all, context).count, 4);
});

test("an event time watermark follows the greatest time less its delay, and gives statistics of each batch once", () => {
  const out = new Collect(), context = contextOf(), operator = new EventTimeWatermark(0, 1_500_000, context, out), schema = struct([field("at", TIMESTAMP)]);
  const push = (...times: (bigint | null)[]): boolean => operator.push(new Batch(schema, [vectorOf(TIMESTAMP, times, context.arena)], times.length));
  const reached = (): number | null => operator.reached(0).watermarkMillis;
  assert.equal(reached(), null);
  push();
  assert.deepEqual([reached(), operator.takeStats()], [null, null]);
  push(10_000_999n, 2_000_000n, null);
  assert.equal(reached(), 8500);
  push(4_000_000n);
  assert.equal(reached(), 8500, "it never goes back");
  assert.deepEqual(operator.takeStats(), { minMillis: 0, maxMillis: 10_000, sumMillis: 16_000, rows: 4 });
  assert.equal(operator.takeStats(), null);
  operator.push(new Batch(schema, [constantVector(TIMESTAMP, 20_000_000n, context.arena)], 3));
  assert.deepEqual(operator.takeStats(), { minMillis: 20_000, maxMillis: 20_000, sumMillis: 60_000, rows: 3 });
  assert.equal(out.rows.length, 7);
});
