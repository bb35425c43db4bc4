/**
 * Catches wrong results of grouped aggregation: against a reference that works row by row, over random rows with nulls,
 * selections, filters, DISTINCT and constant columns; and groups or memory left behind.
 */
import assert from "node:assert/strict";
import test from "node:test";
import { seededRandom } from "../base/clock.ts";
import { Batch } from "../columns/batch.ts";
import { cellAt, constantVector, rowsOf, vectorOf } from "../columns/cells.ts";
import { cellOrder } from "../columns/compare-cells.ts";
import { aggregateFunctions } from "../functions/aggregates/index.ts";
import { linearMemory } from "../memory/linear-memory.ts";
import type { Evaluator } from "../plan/function.ts";
import type { Cell } from "../types/cell.ts";
import { BIGINT, BOOLEAN, DATE, DOUBLE, FLOAT, INT, SMALLINT, STRING, TIMESTAMP, TINYINT, VOID, decimal, field, struct, type DataType } from "../types/data-type.ts";
import { divideHalfUp } from "../types/decimal-rules.ts";
import type { AggregateSpec } from "./aggregate-updater.ts";
import { ExecutionContext } from "./context.ts";
import type { Predicate } from "./filter.ts";
import { HashAggregate } from "./hash-aggregate.ts";
import type { Operator } from "./operator.ts";

const settings = { timeZone: "UTC", ansi: true, conf: new Map<string, string>() };
const memory = linearMemory();

class Collect implements Operator {
  rows: Cell[][] = [];
  ended = false;
  push(batch: Batch): boolean { this.rows.push(...rowsOf(batch)); return true; }
  finish(): void { this.ended = true; }
}

const column = (index: number, type: DataType): Evaluator => ({ type, evaluate: batch => batch.columns[index]! });
const literal = (type: DataType, cell: Cell): Evaluator => ({ type, evaluate: (_batch, _rows, { arena }) => constantVector(type, cell, arena) });
const isTrue = (index: number): Predicate => (batch, rows, { arena }) => {
  const pointer = arena.allocate(4 * rows.count);
  let count = 0;
  for (let i = 0; i < rows.count; i++) {
    const row = rows.pointer === 0 ? i : memory.u32[(rows.pointer >>> 2) + i]!;
    if (cellAt(batch.columns[index]!, row) === true) memory.u32[(pointer >>> 2) + count++] = row;
  }
  return { pointer, count };
};

function aggregate(name: string, args: readonly Evaluator[], more: { filter?: Predicate; distinct?: boolean; ansi?: boolean } = {}): AggregateSpec {
  const entry = aggregateFunctions.find(one => one.name === name || (one.aliases ?? []).includes(name));
  assert.ok(entry, name);
  const attributes = args.map((arg, id) => ({ kind: "attribute" as const, id, name: `a${id}`, type: arg.type, nullable: true, qualifier: [] }));
  return { call: { binding: entry.bind(attributes, { ...settings, ansi: more.ansi ?? true }, undefined), distinct: more.distinct ?? false }, args, filter: more.filter };
}

/** Runs batches of rows through an aggregation; every fourth row is not selected unless `dense`. */
function run(types: readonly DataType[], batches: readonly (readonly (readonly Cell[])[])[], keys: readonly Evaluator[], aggregates: readonly AggregateSpec[], dense = true): Cell[][] {
  const before = memory.inUseBytes, context = new ExecutionContext(settings), collect = new Collect();
  const schema = struct([...keys.map((key, i) => field(`k${i}`, key.type)), ...aggregates.map((a, i) => field(`a${i}`, a.call.binding.type))]);
  const input = struct(types.map((type, i) => field(`c${i}`, type)));
  const operator = new HashAggregate({ schema, keys, aggregates }, context, collect);
  for (const rows of batches) {
    const columns = types.map((type, i) => vectorOf(type, rows.map(row => row[i]!), context.arena));
    const chosen = rows.map((_, i) => i).filter(i => dense || i % 4 !== 1), pointer = context.arena.allocate(4 * chosen.length);
    chosen.forEach((row, i) => { memory.u32[(pointer >>> 2) + i] = row; });
    operator.push(new Batch(input, columns, rows.length, { pointer: dense ? 0 : pointer, count: chosen.length }));
    context.arena.reset();
  }
  operator.finish();
  context.arena.release();
  assert.ok(collect.ended);
  assert.equal(memory.inUseBytes, before);
  return collect.rows;
}

const NUMERIC: readonly DataType[] = [TINYINT, SMALLINT, INT, BIGINT, FLOAT, DOUBLE, decimal(7, 2), decimal(15, 3), decimal(30, 5)];
const ORDERED: readonly DataType[] = [...NUMERIC, BOOLEAN, DATE, TIMESTAMP, STRING];

function value(type: DataType, random: () => number): Cell {
  if (random() < 0.2) return null;
  const whole = Math.floor(random() * 200) - 100;
  switch (type.kind) {
    case "boolean": return whole > 0;
    case "tinyint": case "smallint": case "int": case "date": return whole;
    case "bigint": case "timestamp": return BigInt(whole) * 10n ** 12n;
    case "decimal": return type.precision > 18 ? BigInt(whole) * 10n ** 20n + 3n : BigInt(whole);
    case "float": case "double": return random() < 0.02 ? NaN : whole / 4;
    default: return `${whole}${whole % 3 === 0 ? " and a long tail of text" : ""}`;
  }
}

/** Results of a group by definition; `type` is that of the argument. */
const REFERENCE: { readonly [name: string]: (values: readonly Cell[], type: DataType) => Cell } = {
  count: values => BigInt(values.length),
  min: (values, type) => values.reduce<Cell>((best, v) => (best === null || cellOrder(type)(v, best) < 0 ? v : best), null),
  max: (values, type) => values.reduce<Cell>((best, v) => (best === null || cellOrder(type)(v, best) > 0 ? v : best), null),
  sum: (values, type) => values.length === 0 ? null : type.kind === "float" || type.kind === "double" ? values.reduce<number>((sum, v) => sum + (v as number), 0) : values.reduce<bigint>((sum, v) => sum + BigInt(v as number), 0n),
  avg(values, type) {
    if (values.length === 0) return null;
    if (type.kind === "decimal") return divideHalfUp(values.reduce<bigint>((sum, v) => sum + (v as bigint), 0n) * 10n ** 4n, BigInt(values.length));
    return values.reduce<number>((sum, v) => sum + Number(v), 0) / values.length;
  },
};

for (const name of Object.keys(REFERENCE)) {
  test(`${name} equals its definition over all types`, () => {
    const { uint32 } = seededRandom(name.length), random = () => uint32() / 2 ** 32;
    for (const type of name === "sum" || name === "avg" ? NUMERIC : ORDERED) {
      const types = [INT, type, BOOLEAN], keys = [column(0, INT)];
      const batches = Array.from({ length: 3 }, () => Array.from({ length: 200 }, () => [random() < 0.1 ? null : Math.floor(random() * 20), value(type, random), value(BOOLEAN, random)]));
      const aggregates = [aggregate(name, [column(1, type)]), aggregate(name, [column(1, type)], { filter: isTrue(2) }), aggregate(name, [column(1, type)], { distinct: true })];
      for (const dense of [true, false]) {
        const groups = new Map<Cell, Cell[][]>();
        for (const rows of batches) rows.forEach((row, i) => { if (dense || i % 4 !== 1) groups.set(row[0]!, [...(groups.get(row[0]!) ?? []), row]); });
        const reference = REFERENCE[name]!, order = cellOrder(type);
        const expected = [...groups].map(([key, rows]) => {
          const values = rows.filter(row => row[1] !== null);
          const distinct = values.filter((row, i) => values.findIndex(other => order(other[1]!, row[1]!) === 0) === i);
          return [key, ...[values, values.filter(row => row[2] === true), distinct].map(part => reference(part.map(row => row[1]!), type))];
        });
        assert.deepEqual(run(types, batches, keys, aggregates, dense), expected, JSON.stringify(type));
      }
    }
  });
}

test("without keys there is one group, also of no rows", () => {
  const aggregates = [aggregate("count", [literal(INT, 1)]), aggregate("sum", [column(0, INT)]), aggregate("max", [column(0, INT)]), aggregate("avg", [column(0, INT)])];
  assert.deepEqual(run([INT], [], [], aggregates), [[0n, null, null, null]]);
  assert.deepEqual(run([INT], [[[1], [null]], [[4], [4]]], [], aggregates), [[4n, 9n, 4, 3]]);
  assert.deepEqual(run([INT], [], [column(0, INT)], aggregates), []);
});

test("constant columns count for every row", () => {
  const rows = [[1], [2], [1]];
  const aggregates = [aggregate("sum", [literal(INT, 2)]), aggregate("sum", [literal(decimal(5, 1), 15n)]), aggregate("min", [literal(DOUBLE, 1.5)]), aggregate("count", [literal(INT, null)]),
    aggregate("count", [literal(INT, 3), column(0, INT)]), aggregate("avg", [literal(DOUBLE, null)]), aggregate("max", [literal(STRING, "a constant of many bytes")]), aggregate("max", [literal(VOID, null)])];
  assert.deepEqual(run([INT], [rows], [column(0, INT)], aggregates), [
    [1, 4n, 30n, 1.5, 0n, 2n, null, "a constant of many bytes", null], [2, 2n, 15n, 1.5, 0n, 1n, null, "a constant of many bytes", null],
  ]);
  assert.deepEqual(run([INT], [rows], [literal(STRING, "k")], [aggregate("count", [literal(INT, 1)])]), [["k", 3n]]);
});

test("a sum that has no place is an error, null or wraps, by mode", () => {
  const big = 2n ** 63n - 1n, rows = [[big, 10n ** 38n - 1n], [1n, 1n]], types = [BIGINT, decimal(38, 0)];
  const one = (name: string, index: number, ansi: boolean) => run(types, [rows], [], [aggregate(name, [column(index, types[index]!)], { ansi })])[0]![0];
  assert.throws(() => one("sum", 0, true), { condition: "ARITHMETIC_OVERFLOW" });
  assert.throws(() => one("sum", 1, true), { condition: "ARITHMETIC_OVERFLOW" });
  assert.throws(() => one("avg", 1, true), { condition: "ARITHMETIC_OVERFLOW" });
  assert.equal(one("try_sum", 0, true), null);
  assert.equal(one("try_sum", 1, true), null);
  assert.equal(one("try_avg", 0, true), 2 ** 62);
  assert.equal(one("sum", 0, false), -(2n ** 63n));
  assert.equal(one("sum", 1, false), null);
});
