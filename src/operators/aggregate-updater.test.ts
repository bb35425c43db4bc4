/**
 * Catches aggregates whose parts do not add up to the whole: for every aggregate function, groups that were merged, and
 * groups that went through a snapshot and changes in the middle of their rows, must give what one pass over all rows gives.
 */
import assert from "node:assert/strict";
import test from "node:test";
import { seededRandom } from "../base/clock.ts";
import { Batch, type Selection } from "../columns/batch.ts";
import { cellAt, constantVector, vectorOf } from "../columns/cells.ts";
import { aggregateFunctions } from "../functions/aggregates/index.ts";
import { linearMemory } from "../memory/linear-memory.ts";
import type { Evaluator } from "../plan/function.ts";
import type { ResolvedExpression } from "../plan/resolved.ts";
import type { Cell, MapCell } from "../types/cell.ts";
import { BIGINT, BINARY, BOOLEAN, DATE, DOUBLE, FLOAT, INT, STRING, TIMESTAMP, VARIANT, array, decimal, field, map, struct, typeToSql, type DataType } from "../types/data-type.ts";
import { AggregateUpdater, type AggregateSpec } from "./aggregate-updater.ts";
import { ExecutionContext } from "./context.ts";

const settings = { timeZone: "UTC", ansi: true, conf: new Map<string, string>() };
const TYPES: readonly DataType[] = [INT, BIGINT, DOUBLE, FLOAT, decimal(10, 2), decimal(38, 4), STRING, BINARY, BOOLEAN, DATE, TIMESTAMP, array(INT), struct([field("a", INT), field("b", STRING)]), map(STRING, INT), VARIANT, array(FLOAT)];
const rowType = struct([field("key", INT), ...TYPES.map((type, i) => field(`c${i}`, type))]);

const column = (type: DataType): Evaluator => { const index = TYPES.indexOf(type) + 1; return { type, evaluate: batch => batch.columns[index]! }; };
const literal = (type: DataType, cell: Cell): Evaluator & { cell: Cell } => ({ type, cell, evaluate: (_batch, _rows, { arena }) => constantVector(type, cell, arena) });

/** Arguments for functions that do not take one column of any type. */
const ARGUMENTS: { readonly [name: string]: readonly (readonly Evaluator[])[] } = {
  count: [[column(INT)], [column(INT), column(STRING)]],
  count_if: [[column(BOOLEAN)]], bool_and: [[column(BOOLEAN)]], bool_or: [[column(BOOLEAN)]],
  max_by: [[column(STRING), column(BIGINT)], [column(INT), column(STRING), literal(INT, 3)]], min_by: [[column(STRING), column(DOUBLE)]],
  percentile: [[column(DOUBLE), literal(DOUBLE, 0.3)], [column(DOUBLE), literal(array(DOUBLE), [0.1, 0.9])]], percentile_cont: [[column(DOUBLE), literal(DOUBLE, 0.5)]],
  percentile_disc: [[column(DOUBLE), literal(DOUBLE, 0.5), literal(BOOLEAN, true)]], percentile_approx: [[column(INT), literal(DOUBLE, 0.5)]], histogram_numeric: [[column(INT), literal(INT, 400)]],
  listagg: [[column(STRING)], [column(STRING), literal(STRING, ",")], [column(STRING), literal(STRING, ","), column(BIGINT), literal(BOOLEAN, true)]],
  bitmap_construct_agg: [[literal(BIGINT, 5n)]],
  collect_union: [[column(TYPES[11]!)]], median: [[column(DOUBLE)]],
  schema_of_variant_agg: [[column(VARIANT)]],
  first: [[column(STRING)], [column(DOUBLE), literal(BOOLEAN, true)]],
};
const PAIRS = new Set(["corr", "covar_pop", "covar_samp"]);

function randomCell(type: DataType, random: () => number, nulls = 0.2): Cell {
  if (random() < nulls) return null;
  const n = Math.floor(random() * 20) - 8;
  switch (type.kind) {
    case "int": case "date": return n;
    case "float": case "double": return n / 4;
    case "boolean": return n > 0;
    case "string": return n % 2 === 0 ? `text ${n}` : `a text of more bytes ${n}`;
    case "binary": return Uint8Array.from([n & 255, 1]);
    case "array": return type.element.kind === "float" ? [n / 4, n / 2] : [n, null];
    case "struct": return [n, "x"];
    case "variant": return { variant: n % 2 === 0 ? { a: n } : n };
    case "map": return { entries: [["k", n]] } satisfies MapCell;
    default: return BigInt(n);
  }
}

/** The aggregates that a function makes of the arguments it accepts. */
function specsOf(name: string): readonly AggregateSpec[] {
  const entry = aggregateFunctions.find(one => one.name === name)!;
  const candidates = ARGUMENTS[name] ?? (name.startsWith("regr") || PAIRS.has(name) ? [[column(DOUBLE), column(DOUBLE)]] : TYPES.map(type => [column(type)]));
  return candidates.flatMap(args => {
    const expressions = args.map((arg, id): ResolvedExpression => "cell" in arg ? { kind: "literal", value: arg.cell as Cell, type: arg.type, nullable: false, origin: {} } : { kind: "attribute", id, name: `a${id}`, type: arg.type, nullable: true, qualifier: [] });
    try {
      const binding = entry.bind(expressions, settings, undefined);
      // Where coercion would put a cast, another candidate is of the type itself.
      if (binding.argTypes?.some((type, i) => type.kind !== args[i]!.type.kind) === true) return [];
      return [{ call: { binding, distinct: false }, args, filter: undefined }];
    } catch (error) {
      assert.match(String(error), /DATATYPE_MISMATCH/);
      return [];
    }
  });
}

/** Doubles are near each other: their sums depend on the order of additions, and so does what is left of values of about one that cancel out. */
function same(actual: unknown, expected: unknown, message: string): void {
  const round = (_key: string, value: unknown) => typeof value === "bigint" ? `${value}n` : typeof value === "number" && Number.isFinite(value) ? Math.abs(value) < 1e-12 ? 0 : Number(value.toPrecision(9)) : value;
  assert.equal(JSON.stringify(actual, round), JSON.stringify(expected, round), message);
}

/** Bins of two histograms stay apart while there is room for all, also two with one middle. */
function joined(name: string, cells: readonly Cell[] | undefined): unknown {
  if (name !== "histogram_numeric" || cells === undefined) return cells;
  const sums = new Map<number, number>();
  for (const [x, y] of cells[0] as unknown as readonly [number, number][]) sums.set(x, (sums.get(x) ?? 0) + y);
  return [[...sums]];
}

test("every aggregate function: merged and restored groups equal those of one pass", () => {
  const memory = linearMemory(), before = memory.inUseBytes, { uint32 } = seededRandom(42), random = () => uint32() / 2 ** 32;
  const rows = Array.from({ length: 240 }, (_, i) => [i % 6, ...TYPES.map(type => randomCell(type, random))] as Cell[]);
  const keys: Evaluator[] = [{ type: INT, evaluate: batch => batch.columns[0]! }];
  let tried = 0;
  for (const { name } of aggregateFunctions) {
    const aggregates = specsOf(name);
    assert.ok(aggregates.length > 0, `no arguments for ${name}`);
    tried += aggregates.length;
    const context = new ExecutionContext(settings);
    const batchOf = (part: readonly Cell[][]): Batch => new Batch(rowType, rowType.fields.map((f, i) => vectorOf(f.type, part.map(row => row[i]!), context.arena)), part.length);
    const add = (updater: AggregateUpdater, part: readonly Cell[][], chosen?: Selection): void => {
      const batch = batchOf(part);
      updater.table.beginBatch();
      updater.update(batch, chosen ?? batch.selection, context);
    };
    const resultsOf = (updater: AggregateUpdater): Map<Cell, Cell[]> => {
      const { pointer, count } = updater.table.allAddresses(), columns = updater.results(pointer, count, context);
      return new Map(Array.from({ length: count }, (_, i) => [cellAt(columns[0]!, i), columns.slice(1).map(vector => cellAt(vector, i))]));
    };
    const options = { keys, aggregates, logged: true };
    const whole = new AggregateUpdater(options), parts = new AggregateUpdater(options), restored = new AggregateUpdater(options);
    add(whole, rows);
    const expected = resultsOf(whole);
    assert.equal(expected.size, 6);
    // Half of the rows go through a snapshot, a quarter through a change, the rest on top.
    add(parts, rows.slice(0, 120));
    parts.table.changes();
    restored.table.load(parts.table.snapshot());
    add(parts, rows.slice(120, 180));
    for (const block of parts.table.changes()) restored.table.load(block);
    add(restored, rows.slice(180));
    const afterRestore = resultsOf(restored);
    for (const [key, cells] of expected) same(afterRestore.get(key), cells, `${name} restored`);
    // The same rows under other keys, whose groups then join those of the first half, in order.
    const merged = new AggregateUpdater(options);
    add(merged, [...rows.slice(0, 120), ...rows.slice(120).map(row => [(row[0] as number) + 10, ...row.slice(1)])]);
    const { pointer, count } = merged.table.allAddresses(), keyColumn = merged.table.keyVectors(pointer, count, context.arena)[0]!;
    const addressOf = new Map(Array.from({ length: count }, (_, i) => [cellAt(keyColumn, i) as number, memory.u32[(pointer >>> 2) + i]!]));
    const pairs = context.arena.allocate(8 * 6);
    for (let key = 0; key < 6; key++) {
      memory.u32[(pairs >>> 2) + key] = addressOf.get(key)!;
      memory.u32[(pairs >>> 2) + 6 + key] = addressOf.get(key + 10)!;
    }
    merged.merge(pairs, pairs + 4 * 6, 6);
    const afterMerge = resultsOf(merged);
    for (const [key, cells] of expected) same(joined(name, afterMerge.get(key)), cells, `${name} merged (${aggregates.map(a => a.args.map(arg => typeToSql(arg.type)).join()).join("; ")})`);
    // A state of the first half, with the second half added as groups of their own table, some of them new.
    const absorbing = new AggregateUpdater(options), latter = new AggregateUpdater(options);
    add(absorbing, rows.slice(0, 120).filter(row => row[0] !== 5));
    add(latter, [...rows.slice(0, 120).filter(row => row[0] === 5), ...rows.slice(120)]);
    absorbing.absorb(latter, context);
    const afterAbsorbing = resultsOf(absorbing);
    for (const [key, cells] of expected) same(joined(name, afterAbsorbing.get(key)), cells, `${name} absorbed`);
    for (const updater of [whole, parts, restored, merged, absorbing, latter]) updater.release();
    context.arena.release();
  }
  assert.ok(tried > 120, `only ${tried} aggregates were tried`);
  assert.equal(memory.inUseBytes, before);
});
