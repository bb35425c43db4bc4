/**
 * Catches joins of streams that keep, match or give back rows wrongly: against a model that holds plain rows and does each
 * batch the slow way, its figures included; with keys that are texts, structs, lists and nulls, rows of all kinds of
 * values, times far apart, several batches of columns a batch; restored in between from snapshots and changes, where state,
 * rows and their order must be the same. And memory: what is counted is what is taken, and it goes back.
 */
import assert from "node:assert/strict";
import test from "node:test";
import { seededRandom } from "../base/clock.ts";
import { Batch } from "../columns/batch.ts";
import { cellAt, rowsOf, selectedRows, vectorOf } from "../columns/cells.ts";
import { encodeCell } from "../columns/row-codec.ts";
import { Arena } from "../memory/arena.ts";
import { linearMemory } from "../memory/linear-memory.ts";
import type { Cell } from "../types/cell.ts";
import { BIGINT, DOUBLE, INT, STRING, TIMESTAMP, array, decimal, field, map, struct, type DataType, type StructType } from "../types/data-type.ts";
import { ExecutionContext } from "./context.ts";
import type { Predicate } from "./filter.ts";
import type { Operator } from "./operator.ts";
import { openStateView } from "./open-state-view.ts";
import { StreamJoin, type JoinEviction, type JoinSideParts, type StreamJoinColumn } from "./stream-join.ts";

const SEED = Number(process.env["MILLRACE_SEED"] ?? "3"), random = seededRandom(SEED);
const below = (n: number): number => random.uint32() % n;
const settings = { timeZone: "UTC", ansi: true, conf: new Map<string, string>() }, SECOND = 1_000_000n, MILLI = 1000n;
type Kind = "inner" | "left" | "right" | "full" | "semi";
type Row = readonly Cell[];

/** Time, key, a number, and a value of some type. */
const schemaOf = (key: DataType, value: DataType): StructType => struct([field("t", TIMESTAMP), field("k", key), field("n", INT), field("v", value)]);
const text = (type: DataType, cell: Cell): string => Buffer.from(encodeCell(type, cell)).toString("latin1");

interface Case { readonly kind: Kind; readonly key: DataType; readonly value: DataType; readonly keys: readonly Cell[]; readonly isComputed: boolean; readonly nullSafe: boolean; readonly rows: number; readonly far: boolean }

const chosen = (batch: Batch, rows: { pointer: number; count: number }, context: ExecutionContext, keep: (row: number) => boolean) => {
  const found = [...selectedRows(new Batch(batch.schema, batch.columns, batch.length, rows))].filter(keep), pointer = context.arena.allocate(4 * found.length + 4);
  found.forEach((row, i) => { linearMemory().u32[(pointer >>> 2) + i] = row; });
  return { pointer, count: found.length };
};
/** The rest of the condition: the numbers are not both odd. */
const agrees = (l: Cell, r: Cell): boolean => ((l as number) & (r as number) & 1) === 0;
const residual: Predicate = (batch, rows, context) => chosen(batch, rows, context as ExecutionContext, row => agrees(cellAt(batch.columns[0]!, row), cellAt(batch.columns[1]!, row)));
const SHIFTS = [10n * SECOND, 0n] as const;
const boundOf = (side: number) => (watermark: bigint): bigint => watermark - SHIFTS[side]! - MILLI;
const keeps = (kind: Kind, side: number): boolean => kind === "full" || kind === (side === 0 ? "left" : "right");

class Collect implements Operator {
  rows: string[] = [];
  push(batch: Batch): boolean { this.rows.push(...rowsOf(batch).map(row => row.map((cell, i) => text(batch.schema.fields[i]!.type, cell)).join("|"))); return true; }
  finish(): void { /* nothing */ }
  take(): string[] { const { rows } = this; this.rows = []; return rows; }
}

function joinOf({ kind, key, value, isComputed, nullSafe }: Case, context: ExecutionContext, next: Operator): StreamJoin {
  const schema = schemaOf(key, value), eviction = (side: number): JoinEviction => ({ from: "column", index: 0, field: undefined, bound: boundOf(side) });
  const side = (i: number): JoinSideParts => ({
    schema, keys: [{ type: key, evaluate: batch => batch.columns[1]! }], keyColumns: [isComputed ? -1 : 1], prefilter: undefined,
    keepsUnmatched: keeps(kind, i), dropsNullKeys: !keeps(kind, i), lateColumn: 0, eviction: eviction(i),
  });
  const columns = (index: 0 | 1): StreamJoinColumn[] => schema.fields.map(({ type }, column) => ({ side: index, column, type }));
  const output = kind === "semi" ? columns(0) : [...columns(0), ...columns(1)];
  return new StreamJoin({
    schema: struct(output.map((c, i) => field(`o${i}`, c.type))), output, nullSafe: [nullSafe], isSemi: kind === "semi", operatorId: () => 0, sides: [side(0), side(1)],
    residual: { columns: [{ side: 0, column: 2, type: INT }, { side: 1, column: 2, type: INT }], schema: struct([field("l", INT), field("r", INT)]), predicate: residual },
  }, context, next);
}

function feed(join: StreamJoin, context: ExecutionContext, schema: StructType, sides: readonly (readonly Row[])[], size: number): void {
  join.beginBatch();
  for (const [i, input] of [join.leftInput, join.rightInput].entries()) {
    const rows = sides[i]!;
    for (let from = 0; from < rows.length; from += size) {
      const part = rows.slice(from, from + size);
      input.push(new Batch(schema, schema.fields.map(({ type }, c) => vectorOf(type, part.map(row => row[c]!), context.arena)), part.length));
      context.arena.reset();
    }
    input.finish();
    context.arena.reset();
  }
}

interface Kept { readonly row: Row; readonly key: string | undefined; matched: boolean }

/** The same join, row by row. */
class Model {
  readonly #case: Case;
  readonly #schema: StructType;
  readonly kept: [Kept[], Kept[]] = [[], []];
  updated = 0;
  removed = 0;

  constructor(of: Case) { this.#case = of; this.#schema = schemaOf(of.key, of.value); }

  batch(sides: readonly (readonly Row[])[], late: bigint, watermark: bigint): string[] {
    const { kind, key, nullSafe } = this.#case, out: string[] = [], isSemi = kind === "semi";
    this.updated = this.removed = 0;
    const came = sides.map((rows, side) => rows.filter(row => row[0] === null || (row[0] as bigint) > late).flatMap((row): Kept[] => {
      const matchable = row[1] !== null || nullSafe || kind === "full";
      return matchable || keeps(kind, side) ? [{ row, key: matchable ? text(key, row[1]!) : undefined, matched: false }] : [];
    }));
    const meet = (mine: readonly Kept[], theirs: readonly Kept[], side: number) => {
      const byKey = Map.groupBy(theirs, other => other.key);
      for (const one of mine) for (const other of one.key === undefined ? [] : byKey.get(one.key) ?? []) {
        const l = side === 0 ? one : other, r = side === 0 ? other : one;
        if (!agrees(l.row[2]!, r.row[2]!)) continue;
        if (!isSemi) out.push(this.#text(l.row, r.row));
        else if (!l.matched) out.push(this.#text(l.row));
        l.matched = r.matched = true;
      }
    };
    meet(came[0]!, this.kept[1], 0);
    meet(came[1]!, [...this.kept[0], ...came[0]!], 1);
    for (const [side, rows] of came.entries()) {
      const old = this.kept[side]!, bound = boundOf(side)(watermark), goes = (one: Kept) => one.row[0] !== null && (one.row[0] as bigint) <= bound;
      const isLast = isSemi ? side === 0 : side === 1, taken = isSemi && side === 0 ? old.filter(one => one.matched) : [];
      const stored = rows.filter(one => !(isSemi && side === 0 && one.matched) && !(isLast && goes(one) && !(keeps(kind, side) && !one.matched)));
      this.updated += stored.length;
      const all = [...old.filter(one => !taken.includes(one)), ...stored], gone = all.filter(goes);
      this.removed += taken.length + gone.length;
      if (keeps(kind, side)) for (const one of gone) if (!one.matched) out.push(side === 0 ? this.#text(one.row, NOTHING) : this.#text(NOTHING, one.row));
      this.kept[side as 0 | 1] = all.filter(one => !goes(one));
    }
    return out;
  }

  #text(...rows: readonly Row[]): string { return rows.flatMap(row => row.map((cell, i) => text(this.#schema.fields[i]!.type, cell))).join("|"); }
}
const NOTHING: Row = [null, null, null, null];

const words = ["", "a", "exactly12byt", "thirteen byte", "a text that is longer than what a view holds", "ä".repeat(30)];
const STRUCT = struct([field("a", STRING), field("b", array(INT))]), LONG = "x".repeat(300);
const KEYS: readonly (readonly [DataType, readonly Cell[]])[] = [
  [STRING, [...words, null]], [BIGINT, [0n, -1n, 1n, 2n ** 62n, 5n, null]], [STRUCT, [["a", [1]], ["a", null], [words[4]!, [1, 2, 3]], [null, []], null]], [array(STRING), [[], ["a"], [null, words[3]!], null]],
  [decimal(30, 5), [0n, 1n, 10n ** 29n, -(10n ** 29n), null]],
];
const VALUES: readonly (readonly [DataType, () => Cell])[] = [
  [STRING, () => below(5) === 0 ? null : below(3) === 0 ? `${LONG.slice(below(300))}${below(100)}` : words[below(words.length)]!],
  [map(STRING, DOUBLE), () => below(4) === 0 ? null : { entries: [["b", -0], ["a", below(2) === 0 ? null : Number.NaN], [`key ${below(1000)} of a map`, below(1000) / 7]] }],
  [decimal(38, 2), () => below(4) === 0 ? null : BigInt(below(1e9)) ** 3n * (below(2) === 0 ? -1n : 1n)],
  [DOUBLE, () => [0, -0, Number.NaN, null, 1.5][below(5)]!],
  [struct([field("x", DOUBLE), field("y", STRUCT)]), () => below(4) === 0 ? null : [-0, below(3) === 0 ? null : [words[below(6)]!, [below(9), null]]]],
];

test("rows, order and figures are those of a join done the slow way, also when restored at any time", () => {
  for (let round = 0; round < 25; round++) {
    const [key, keys] = KEYS[round % KEYS.length]!, [value, makeValue] = VALUES[below(VALUES.length)]!;
    const kinds: readonly Kind[] = ["inner", "left", "right", "full", "semi"];
    const options: Case = { kind: kinds[(round + Math.floor(round / KEYS.length)) % 5]!, key, value, keys, isComputed: below(2) === 0, nullSafe: below(4) === 0, rows: below(5) === 0 ? 300 : 50, far: below(3) === 0 };
    const name = `seed ${SEED}, round ${round}, ${options.kind}`, schema = schemaOf(key, value), before = linearMemory().inUseBytes;
    const context = new ExecutionContext(settings), once = new Collect(), twice = new Collect(), model = new Model(options), join = joinOf(options, context, once);
    let twin = joinOf(options, context, twice), blocks: Uint8Array[] = [], watermark = 0n, greatest = 0n;
    for (let batch = 0; batch < 9; batch++) {
      const now = 1_000_000n * SECOND + BigInt(batch) * 6n * SECOND;
      const rows = (): Row[] => Array.from({ length: below(options.rows) }, () => {
        const time = below(15) === 0 ? null : now + BigInt(below(30_000) - 15_000) * MILLI + (options.far && below(20) === 0 ? BigInt(below(1000)) * 86_400n * SECOND : 0n);
        return [time, keys[below(keys.length)]!, below(100), makeValue()];
      });
      const sides = [rows(), rows()], late = watermark;
      if (greatest - 5n * SECOND > watermark) watermark = greatest - 5n * SECOND;
      context.lateWatermarkMicros = late;
      context.watermarkMicros = watermark;
      for (const row of sides.flat()) if (row[0] !== null && (row[0] as bigint) < now + 100n * SECOND && (row[0] as bigint) > greatest) greatest = row[0] as bigint;
      const size = 1 + below(90);
      feed(join, context, schema, sides, size);
      feed(twin, context, schema, sides, size);
      const out = once.take();
      assert.deepEqual(twice.take(), out, `${name}: restored`);
      assert.deepEqual(out.toSorted(), model.batch(sides, late, watermark).sort(), name);
      const { rowsTotal, rowsUpdated, rowsRemoved } = join.metrics();
      assert.deepEqual([rowsTotal, rowsUpdated, rowsRemoved], [model.kept[0].length + model.kept[1].length, model.updated, model.removed], name);
      assert.deepEqual([twin.metrics().rowsTotal, twin.metrics().rowsUpdated, twin.metrics().rowsRemoved], [rowsTotal, rowsUpdated, rowsRemoved], name);
      assert.deepEqual(twin.changes(), join.changes(), `${name}: what is written`);
      blocks.push(...twin.changes());
      if (below(3) === 0) {
        const parts = (of: StreamJoin) => [0, 64, 128, 192].map(from => of.snapshot(from, from + 64));
        assert.deepEqual(parts(twin), parts(join), `${name}: snapshots`);
        blocks = parts(twin);
      }
      if (batch % 4 === 2) checkView(join, model, blocks, name);
      twin.release();
      twin = joinOf(options, context, twice);
      for (const block of blocks) twin.load(block);
    }
    twin.release();
    join.release();
    context.release();
    assert.equal(linearMemory().inUseBytes, before, `${name}: memory is left`);
  }
});

/** What people see of the state: the operator's own, and of its blocks alone. */
function checkView(join: StreamJoin, model: Model, blocks: readonly Uint8Array[], name: string): void {
  const alone = openStateView(JSON.parse(JSON.stringify(join.stateView.description))), arena = new Arena();
  for (const block of blocks) alone.load(block);
  for (const view of [join.stateView, alone]) for (const side of [0, 1] as const) {
    const store = view.stores[side]!, seen: string[] = [];
    for (const rows of store.rows(arena)) for (let i = 0; i < rows.count; i++) seen.push(store.value.fields.map((f, c) => text(f.type, cellAt(rows.values[c]!, i))).join("|"));
    assert.deepEqual(seen.sort(), model.kept[side].map(({ row }) => row.map((cell, c) => text(store.value.fields[c]!.type, cell)).join("|")).sort(), name);
  }
  alone.release();
  arena.release();
}

test("memory that is counted is what is taken, and goes back with the rows, wherever their times lie", () => {
  for (const far of [false, true]) {
    const options: Case = { kind: "left", key: BIGINT, value: STRING, keys: [], isComputed: false, nullSafe: false, rows: 0, far }, schema = schemaOf(BIGINT, STRING);
    const context = new ExecutionContext(settings), join = joinOf(options, context, new Collect()), start = join.metrics().memoryBytes, outside = linearMemory().inUseBytes - start;
    let now = 1_000_000n * SECOND, greatest = 0, least = Number.POSITIVE_INFINITY;
    context.lateWatermarkMicros = 0n;
    for (let batch = 0; batch < 60; batch++) {
      now += 4n * SECOND;
      const rows = Array.from({ length: 3000 }, (_, i): Row => [now + BigInt(below(4000)) * MILLI + (far && i % 100 === 0 ? BigInt(below(20)) * 3600n * SECOND : 0n), BigInt(below(100_000)), 1, LONG.slice(below(280))]);
      context.watermarkMicros = now - 8n * SECOND;
      feed(join, context, schema, [rows, []], 1000);
      join.changes();
      context.arena.release();
      const { memoryBytes, rowsTotal } = join.metrics(), taken = linearMemory().inUseBytes - outside;
      assert.ok(Math.abs(taken - memoryBytes) <= taken / 10, `${memoryBytes} counted, ${taken} taken`);
      if (batch < 30) continue;
      greatest = Math.max(greatest, memoryBytes / rowsTotal);
      least = Math.min(least, memoryBytes / rowsTotal);
    }
    // A row takes 80 bytes and some 150 of text; its group, with its place in the directory, as much as a row.
    assert.ok(greatest < 1000, `${greatest} bytes a row`);
    context.watermarkMicros = now + 1_000_000n * SECOND;
    feed(join, context, schema, [[], []], 1);
    feed(join, context, schema, [[], []], 1);
    assert.equal(join.metrics().rowsTotal, 0);
    assert.ok(join.metrics().memoryBytes < start + 1_500_000, `${join.metrics().memoryBytes} bytes for nothing, ${start} at first`);
    join.release();
    context.release();
  }
});
