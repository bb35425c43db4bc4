/**
 * Catches joins of streams that miss a pair, give one twice, or lose or repeat a row without a partner: against all pairs
 * of rows that are not late, over the whole input, for each kind of join, with null keys and times, several batches and
 * rising watermarks. And state that is not the same after it went through the log: a twin is loaded anew for each batch,
 * from changes or from a snapshot, and must put out the same rows in the same order.
 */
import assert from "node:assert/strict";
import test from "node:test";
import { seededRandom } from "../base/clock.ts";
import { Batch } from "../columns/batch.ts";
import { cellAt, rowsOf, selectedRows, vectorOf } from "../columns/cells.ts";
import { linearMemory } from "../memory/linear-memory.ts";
import type { Cell } from "../types/cell.ts";
import { DOUBLE, INT, TIMESTAMP, field, struct, type DataType } from "../types/data-type.ts";
import { ExecutionContext } from "./context.ts";
import type { Predicate } from "./filter.ts";
import { StreamJoin, type JoinEviction, type JoinSideParts, type StreamJoinColumn } from "./stream-join.ts";
import type { Operator } from "./operator.ts";

type Row = readonly [time: bigint | null, key: number | null, number: number];
type Kind = "inner" | "left" | "right" | "full" | "semi";
const KINDS: readonly Kind[] = ["inner", "left", "right", "full", "semi"];
const settings = { timeZone: "UTC", ansi: true, conf: new Map<string, string>() };
const TYPES: readonly DataType[] = [TIMESTAMP, DOUBLE, INT], SCHEMA = struct(TYPES.map((type, i) => field(`c${i}`, type)));
const SECOND = 1_000_000n, RANGE = 10n * SECOND, MILLI = 1000n, END = 10_000_000n * SECOND;

class Collect implements Operator {
  rows: string[] = [];
  finished = 0;
  push(batch: Batch): boolean { this.rows.push(...rowsOf(batch).map(textOf)); return true; }
  finish(): void { this.finished++; }
  take(): string[] { const { rows } = this; this.rows = []; return rows; }
}
const textOf = (row: readonly Cell[]): string => row.map(cell => Object.is(cell, -0) ? "0" : String(cell)).join(" ");

const chosen = (batch: Batch, context: ExecutionContext, rows: Iterable<number>, keep: (row: number) => boolean) => {
  const found = [...rows].filter(keep), pointer = context.arena.allocate(4 * found.length + 4);
  found.forEach((row, i) => { linearMemory().u32[(pointer >>> 2) + i] = row; });
  return { pointer: found.length === 0 ? 0 : pointer, count: found.length };
};
const inRange = (l: Cell, r: Cell): boolean => l !== null && r !== null && r >= l && (r as bigint) <= (l as bigint) + RANGE;
const rangePredicate: Predicate = (batch, rows, context) => chosen(batch, context, selectedRows(new Batch(batch.schema, batch.columns, batch.length, rows)), row => inRange(cellAt(batch.columns[0]!, row), cellAt(batch.columns[1]!, row)));
const aboveTwo: Predicate = (batch, rows, context) => chosen(batch, context, selectedRows(new Batch(batch.schema, batch.columns, batch.length, rows)), row => (cellAt(batch.columns[2]!, row) as number) > 2);

interface Case { readonly kind: Kind; readonly nullSafe: boolean; readonly prefilter: boolean }

function joinOf({ kind, nullSafe, prefilter }: Case, context: ExecutionContext, next: Operator): StreamJoin {
  const keepsLeft = kind === "left" || kind === "full", keepsRight = kind === "right" || kind === "full";
  const eviction = (shift: bigint): JoinEviction => ({ from: "column", index: 0, field: undefined, bound: watermark => watermark - shift - MILLI });
  const side = (keepsUnmatched: boolean, shift: bigint, filtered: boolean): JoinSideParts => ({
    schema: SCHEMA, keys: [{ type: DOUBLE, evaluate: batch => batch.columns[1]! }], keyColumns: [1], prefilter: filtered ? aboveTwo : undefined,
    keepsUnmatched, dropsNullKeys: !keepsUnmatched, lateColumn: 0, eviction: eviction(shift),
  });
  const columns = (index: 0 | 1): StreamJoinColumn[] => TYPES.map((type, column) => ({ side: index, column, type }));
  const output = kind === "semi" ? columns(0) : [...columns(0), ...columns(1)];
  return new StreamJoin({
    schema: struct(output.map((c, i) => field(`o${i}`, c.type))), output, nullSafe: [nullSafe], isSemi: kind === "semi", operatorId: () => 0,
    sides: [side(keepsLeft, RANGE, prefilter), side(keepsRight, 0n, false)],
    residual: { columns: [{ side: 0, column: 0, type: TIMESTAMP }, { side: 1, column: 0, type: TIMESTAMP }], schema: struct([field("l", TIMESTAMP), field("r", TIMESTAMP)]), predicate: rangePredicate },
  }, context, next);
}

function feed(join: StreamJoin, context: ExecutionContext, left: readonly Row[], right: readonly Row[]): void {
  join.beginBatch();
  for (const [input, rows] of [[join.leftInput, left], [join.rightInput, right]] as const) {
    for (let from = 0; from < rows.length; from += 7) {
      const part = rows.slice(from, from + 7);
      input.push(new Batch(SCHEMA, TYPES.map((type, c) => vectorOf(type, part.map(row => row[c]!), context.arena)), part.length));
      context.arena.reset();
    }
    input.finish();
    context.arena.reset();
  }
}

/** All pairs of rows that are not late; outer rows without a partner, if they can ever leave. */
function reference({ kind, nullSafe, prefilter }: Case, left: readonly Row[], right: readonly Row[]): string[] {
  const passes = (l: Row) => !prefilter || l[2] > 2, out: string[] = [], nulls: Cell[] = [null, null, null], matched = new Set<Row>();
  const equal = (a: number | null, b: number | null): boolean => a === null || b === null ? a === b && (nullSafe || kind === "full") : Object.is(a + 0, b + 0);
  for (const l of left) for (const r of right) {
    if (!passes(l) || !equal(l[1], r[1]) || !inRange(l[0], r[0])) continue;
    if (kind !== "semi") out.push(textOf([...l, ...r]));
    else if (!matched.has(l)) out.push(textOf(l));
    matched.add(l);
    matched.add(r);
  }
  if (kind === "left" || kind === "full") for (const l of left) if (!matched.has(l) && (l[0] !== null || !passes(l))) out.push(textOf([...l, ...nulls]));
  if (kind === "right" || kind === "full") for (const r of right) if (!matched.has(r) && r[0] !== null) out.push(textOf([...nulls, ...r]));
  return out.sort();
}

test("each pair once and each row without a partner once, whatever the batches, also over restarts", () => {
  const random = seededRandom(7);
  const below = (n: number) => Math.floor(random.uint32() / 2 ** 32 * n);
  for (let round = 0; round < 60; round++) {
    const options: Case = { kind: KINDS[round % KINDS.length]!, nullSafe: below(4) === 0, prefilter: below(3) === 0 };
    const context = new ExecutionContext(settings), once = new Collect(), twice = new Collect();
    const join = joinOf(options, context, once);
    let twin = joinOf(options, context, twice), blocks: Uint8Array[] = [];
    const out: string[] = [], kept: [Row[], Row[]] = [[], []];
    let watermark = 0n, greatest = 0n, number = 0;
    for (let batch = 0; batch < 12; batch++) {
      const isEnd = batch === 11, now = 100n * SECOND + BigInt(batch) * 6n * SECOND;
      const rows = (count: number): Row[] => Array.from({ length: count }, () => [
        below(12) === 0 ? null : now + BigInt(below(30) - 15) * SECOND + BigInt(below(3) * 500), [null, 0, -0, 1, 2, Number.NaN][below(6)]!, number++ % 6] as const);
      const left = isEnd ? [] : rows(below(20)), right = isEnd ? [] : rows(below(20));
      context.lateWatermarkMicros = watermark;
      // Batches with data may follow one another: what is late is judged by the watermark of the batch before.
      const late = watermark;
      watermark = isEnd ? END : greatest - 5n * SECOND > watermark ? greatest - 5n * SECOND : watermark;
      watermark -= watermark % MILLI;
      context.watermarkMicros = watermark;
      for (const row of [...left, ...right]) if (row[0] !== null && row[0] > greatest) greatest = row[0];
      kept[0].push(...left.filter(row => row[0] === null || row[0] > late));
      kept[1].push(...right.filter(row => row[0] === null || row[0] > late));
      feed(join, context, left, right);
      feed(twin, context, left, right);
      const rowsOut = once.take();
      assert.deepEqual(twice.take(), rowsOut, `${JSON.stringify(options)} after a restart`);
      assert.deepEqual({ ...twin.metrics(), memoryBytes: 0 }, { ...join.metrics(), memoryBytes: 0 });
      assert.equal(join.metrics().lateRows, left.length + right.length - [...left, ...right].filter(row => row[0] === null || row[0] > late).length);
      out.push(...rowsOut);
      blocks.push(...twin.changes());
      if (below(3) === 0) blocks = [0, 64, 128, 192].map(from => twin.snapshot(from, from + 64));
      twin.release();
      twin = joinOf(options, context, twice);
      for (const block of blocks) twin.load(block);
      assert.equal(twin.metrics().rowsTotal, join.metrics().rowsTotal);
    }
    assert.deepEqual(out.sort(), reference(options, kept[0], kept[1]), JSON.stringify(options));
    assert.equal(once.finished, 12);
    // Only what has no time is left.
    assert.ok(join.metrics().rowsTotal <= [...kept[0], ...kept[1]].filter(row => row[0] === null).length);
    context.release();
  }
});

test("a batch without rows is asked for when the watermark rises and rows can leave, also behind another join", () => {
  const context = new ExecutionContext(settings), behind = new ExecutionContext(settings, { context, setBack: watermark => watermark - RANGE });
  const join = joinOf({ kind: "inner", nullSafe: false, prefilter: false }, context, new Collect()), second = joinOf({ kind: "inner", nullSafe: false, prefilter: false }, behind, new Collect());
  assert.equal(join.wantsBatch(5), false); // no watermark at all
  context.watermarkMicros = 20n * SECOND;
  assert.equal(behind.watermarkMicros, 10n * SECOND);
  assert.deepEqual([join.wantsBatch(20_000), join.wantsBatch(20_001), second.wantsBatch(20_000), second.wantsBatch(20_001)], [false, true, false, true]);
});

test("many pairs of one key: more than a batch of columns holds", () => {
  const context = new ExecutionContext(settings), collect = new Collect(), join = joinOf({ kind: "inner", nullSafe: false, prefilter: false }, context, collect);
  const rows = (count: number): Row[] => Array.from({ length: count }, (_, i) => [100n * SECOND, 1, i] as const);
  feed(join, context, rows(120), rows(110));
  const out = collect.take();
  assert.equal(out.length, 120 * 110);
  assert.equal(new Set(out).size, out.length);
  assert.equal(context.watermarkMicros, null);
  assert.equal(join.metrics().rowsTotal, 230);
  context.release();
});

test("a damaged block is told, not taken", () => {
  const context = new ExecutionContext(settings), join = joinOf({ kind: "left", nullSafe: false, prefilter: false }, context, new Collect());
  feed(join, context, [[100n * SECOND, 1, 1]], [[101n * SECOND, 1, 2]]);
  const [block] = join.changes(), fresh = (kind: Kind = "left") => joinOf({ kind, nullSafe: false, prefilter: false }, context, new Collect());
  for (let cut = 1; cut < block!.length; cut += 3) assert.throws(() => fresh().load(block!.subarray(0, block!.length - cut)), /MILLRACE_DAMAGED_(ROW|STATE)|MILLRACE_STATE_/, `without the last ${cut} bytes`);
  fresh().load(block!);
  // A change of a row that was never added.
  const full = joinOf({ kind: "full", nullSafe: false, prefilter: false }, context, new Collect());
  full.load(block!);
  feed(full, context, [[99n * SECOND, 1, 3]], []);
  const [matching] = full.changes();
  assert.throws(() => fresh("full").load(matching!), { condition: "MILLRACE_DAMAGED_ROW" });
  context.release();
});
