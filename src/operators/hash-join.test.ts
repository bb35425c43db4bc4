/**
 * Catches wrong results of joins: against nested loops over rows, for every join type, over random rows with nulls, long
 * strings, nested values, selections, keys that are null safe or not, conditions on pairs and more pairs than a batch
 * holds; and memory left behind when a join is used again for the next batch of a query.
 */
import assert from "node:assert/strict";
import test from "node:test";
import { seededRandom } from "../base/clock.ts";
import { Batch } from "../columns/batch.ts";
import { cellAt, constantVector, rowsOf, vectorOf } from "../columns/cells.ts";
import { cellOrder } from "../columns/compare-cells.ts";
import { encodeCell } from "../columns/row-codec.ts";
import { linearMemory } from "../memory/linear-memory.ts";
import type { Cell } from "../types/cell.ts";
import { DOUBLE, INT, STRING, array, field, struct, type DataType } from "../types/data-type.ts";
import { ExecutionContext } from "./context.ts";
import type { Predicate } from "./filter.ts";
import { HashJoin, type HashJoinParts, type JoinColumn } from "./hash-join.ts";
import type { Operator } from "./operator.ts";

type Row = readonly Cell[];
const settings = { timeZone: "UTC", ansi: true, conf: new Map<string, string>() };
const memory = linearMemory();
const PAIR = struct([field("x", INT), field("y", STRING)]);
const TYPES: readonly DataType[] = [INT, STRING, DOUBLE, PAIR, array(STRING)];

class Collect implements Operator {
  rows: Cell[][] = [];
  readonly #wanted: number;
  constructor(wanted = Number.POSITIVE_INFINITY) { this.#wanted = wanted; }
  push(batch: Batch): boolean { this.rows.push(...rowsOf(batch)); return this.rows.length < this.#wanted; }
  finish(): void { /* nothing is held back */ }
}

function randomRow(random: () => number): Row {
  const int = () => (random() < 0.15 ? null : Math.floor(random() * 6));
  const text = () => (random() < 0.15 ? null : ["", "a", "a string of more than twelve bytes", "another string of that length"][Math.floor(random() * 4)]!);
  const double = () => (random() < 0.15 ? null : [0, -0, Number.NaN, 1.5][Math.floor(random() * 4)]!);
  return [int(), text(), double(), random() < 0.2 ? null : [int(), text()], random() < 0.2 ? null : Array.from({ length: Math.floor(random() * 3) }, text)];
}

function batchOf(rows: readonly Row[], context: ExecutionContext, everyThird: boolean): Batch {
  const chosen = rows.map((_, i) => i).filter(i => !everyThird || i % 3 !== 2), pointer = context.arena.allocate(4 * chosen.length + 4);
  chosen.forEach((row, i) => { memory.u32[(pointer >>> 2) + i] = row; });
  const columns = TYPES.map((type, c) => vectorOf(type, rows.map(row => row[c]!), context.arena));
  return new Batch(SCHEMA, columns, rows.length, { pointer: everyThird ? pointer : 0, count: chosen.length });
}
const SCHEMA = struct(TYPES.map((type, i) => field(`c${i}`, type)));
const selected = (rows: readonly Row[], everyThird: boolean): readonly Row[] => rows.filter((_, i) => !everyThird || i % 3 !== 2);

type Kind = "inner" | "left" | "full" | "semi" | "anti" | "null_aware_anti";

/** Probe's first column below build's: null is not true. */
const below = (p: Row, b: Row): boolean => p[0] !== null && b[0] !== null && (p[0] as number) < (b[0] as number);
const belowPredicate: Predicate = (batch, rows, { arena }) => {
  const pointer = arena.allocate(4 * rows.count);
  let count = 0;
  for (let i = 0; i < rows.count; i++) {
    const a = cellAt(batch.columns[0]!, i), b = cellAt(batch.columns[1]!, i);
    if (a !== null && b !== null && a < b) memory.u32[(pointer >>> 2) + count++] = i;
  }
  return { pointer, count };
};

function partsOf(kind: Kind, keys: readonly number[], nullSafe: boolean, residual: boolean): HashJoinParts {
  const side = (which: "probe" | "build"): JoinColumn[] => TYPES.map((type, column) => ({ side: which, column, type }));
  const both = kind === "inner" || kind === "left" || kind === "full", output = both ? [...side("probe"), ...side("build")] : side("probe");
  const key = (column: number) => ({ type: TYPES[column]!, evaluate: (batch: Batch) => batch.columns[column]! });
  const asked: JoinColumn[] = [{ side: "probe", column: 0, type: INT }, { side: "build", column: 0, type: INT }];
  return {
    schema: struct(output.map((c, i) => field(`o${i}`, c.type))), output,
    keys: keys.map(column => ({ probe: key(column), build: key(column), nullSafe })),
    residual: residual ? { columns: asked, schema: struct([field("p", INT), field("b", INT)]), predicate: belowPredicate } : undefined,
    buildColumns: TYPES.map((type, column) => ({ column, type })),
    kind: both ? "pairs" : kind, keepProbe: kind === "left" || kind === "full", keepBuild: kind === "full",
  };
}

function reference(kind: Kind, keys: readonly number[], nullSafe: boolean, residual: boolean, probe: readonly Row[], build: readonly Row[]): Cell[][] {
  const orders = TYPES.map(cellOrder), nulls = TYPES.map(() => null);
  const equal = (p: Row, b: Row): boolean | null => {
    let result: boolean | null = true;
    for (const k of keys) {
      const x = p[k]!, y = b[k]!;
      const same = x === null || y === null ? (nullSafe ? x === y : null) : orders[k]!(x, y) === 0;
      if (same === false) return false;
      if (same === null) result = null;
    }
    return result;
  };
  const matches = (p: Row, b: Row): boolean => equal(p, b) === true && (!residual || below(p, b));
  switch (kind) {
    case "semi": return probe.filter(p => build.some(b => matches(p, b))).map(p => [...p]);
    case "anti": return probe.filter(p => !build.some(b => matches(p, b))).map(p => [...p]);
    case "null_aware_anti": return probe.filter(p => build.every(b => equal(p, b) === false)).map(p => [...p]);
    default: {
      const out: Cell[][] = [];
      for (const p of probe) {
        const partners = build.filter(b => matches(p, b));
        for (const b of partners) out.push([...p, ...b]);
        if (partners.length === 0 && kind !== "inner") out.push([...p, ...nulls]);
      }
      if (kind === "full") for (const b of build) if (!probe.some(p => matches(p, b))) out.push([...nulls, ...b]);
      return out;
    }
  }
}

const sorted = (rows: readonly (readonly Cell[])[], types: readonly DataType[]): string[] =>
  rows.map(row => row.map((cell, i) => (cell === null ? "null" : Buffer.from(encodeCell(types[i]!, cell === 0 ? 0 : cell)).toString("hex"))).join(",")).sort();

test("every kind of join gives what nested loops give", () => {
  const random = seededRandom(3), number = () => random.uint32() / 2 ** 32;
  for (let round = 0; round < 120; round++) {
    const kind = (["inner", "left", "full", "semi", "anti", "null_aware_anti"] as const)[round % 6]!;
    const alone = kind === "null_aware_anti", all = [[], [0], [1], [2], [3], [4], [0, 1], [2, 3, 4]];
    const keys = alone ? [Math.floor(number() * 3)] : all[Math.floor(number() * all.length)]!, nullSafe = !alone && number() < 0.4, residual = !alone && number() < 0.5;
    const parts = partsOf(kind, keys, nullSafe, residual), context = new ExecutionContext(settings), collect = new Collect(), before = memory.inUseBytes;
    const join = new HashJoin(parts, context, collect);
    for (let batchOfQuery = 0; batchOfQuery < 2; batchOfQuery++) {
      collect.rows = [];
      const take = (input: Operator, batches: number, rowsEach: number): Row[] => {
        const taken: Row[] = [];
        for (let b = 0; b < batches; b++) {
          const rows = Array.from({ length: Math.floor(number() * rowsEach) }, () => randomRow(number)), everyThird = number() < 0.5;
          taken.push(...selected(rows, everyThird));
          const more = input.push(batchOf(rows, context, everyThird));
          context.arena.reset();
          if (!more && input === join) assert.ok(kind !== "left" && kind !== "full", "rows that an outer join keeps are still wanted");
        }
        return taken;
      };
      const build = take(join.buildInput, Math.floor(number() * 3), round % 10 === 0 ? 2 : 30);
      join.buildInput.finish();
      const probe = take(join, 2, 25);
      join.finish();
      const types = parts.output.map(c => c.type);
      assert.deepEqual(sorted(collect.rows, types), sorted(reference(kind, keys, nullSafe, residual, probe, build), types), `round ${round}: ${kind} on [${keys}]${nullSafe ? ", null safe" : ""}${residual ? ", below" : ""}`);
    }
    context.arena.release();
    assert.equal(memory.inUseBytes, before);
  }
});

test("more pairs than a batch holds come in parts, and stop when no more are wanted", () => {
  const rows = (count: number): Row[] => Array.from({ length: count }, (_, i) => [i % 2, `number ${i} of a long text`, i, null, null]);
  for (const keys of [[], [0]]) {
    const context = new ExecutionContext(settings), collect = new Collect();
    const join = new HashJoin(partsOf("inner", keys, false, false), context, collect);
    for (let i = 0; i < 3; i++) join.buildInput.push(batchOf(rows(1000), context, false));
    join.buildInput.finish();
    join.push(batchOf(rows(11), context, false));
    join.finish();
    assert.equal(collect.rows.length, keys.length === 0 ? 33_000 : 6 * 1500 + 5 * 1500);
    assert.equal(collect.rows.at(-1)![6], `number ${keys.length === 0 ? 999 : 998} of a long text`);
    const few = new Collect(10), limited = new HashJoin(partsOf("inner", keys, false, false), context, few);
    limited.buildInput.push(batchOf(rows(3000), context, false));
    limited.buildInput.finish();
    assert.equal(limited.push(batchOf(rows(11), context, false)), false);
    assert.ok(few.rows.length <= 4096);
    limited.finish();
    context.arena.release();
  }
});

test("constant columns join as values", () => {
  const context = new ExecutionContext(settings), collect = new Collect(), join = new HashJoin(partsOf("inner", [1], false, false), context, collect);
  const constant = () => new Batch(SCHEMA, TYPES.map((type, c) => constantVector(type, [7, "one text for all of the rows", 1, [1, "x"], ["y"]][c]!, context.arena)), 3);
  join.buildInput.push(constant());
  join.buildInput.finish();
  join.push(constant());
  join.finish();
  assert.equal(collect.rows.length, 9);
  assert.deepEqual(collect.rows[8], [7, "one text for all of the rows", 1, [1, "x"], ["y"], 7, "one text for all of the rows", 1, [1, "x"], ["y"]]);
  context.arena.release();
});
