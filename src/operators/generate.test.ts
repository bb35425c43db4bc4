/**
 * Catches wrong rows of generators: items, positions and fields against loops over the same rows, with nulls, empty and
 * long lists, null structs, OUTER, selections and more rows than a batch holds.
 */
import assert from "node:assert/strict";
import test from "node:test";
import { Batch } from "../columns/batch.ts";
import { rowsOf, vectorOf } from "../columns/cells.ts";
import { linearMemory } from "../memory/linear-memory.ts";
import type { Cell, MapCell } from "../types/cell.ts";
import { INT, STRING, array, field, map, struct, type DataType, type StructType } from "../types/data-type.ts";
import { ExecutionContext } from "./context.ts";
import { Generate, type GenerateParts } from "./generate.ts";
import { rowGenerator } from "./row-generators.ts";

const settings = { timeZone: "UTC", ansi: true, conf: new Map<string, string>() };

function run(type: DataType, rows: readonly (readonly [number, Cell])[], output: StructType, generator: GenerateParts["generator"], outer: boolean): Cell[][] {
  const context = new ExecutionContext(settings), out: Cell[][] = [], memory = linearMemory(), before = memory.inUseBytes;
  const schema = struct([field("id", INT), ...output.fields]);
  const operator = new Generate({ schema, kept: [0], generated: output.fields.map((_, i) => i), args: [{ type, evaluate: batch => batch.columns[1]! }], generator, outer }, context,
    { push: batch => { out.push(...rowsOf(batch)); return true; }, finish: () => {} });
  const columns = [vectorOf(INT, rows.map(row => row[0]), context.arena), vectorOf(type, rows.map(row => row[1]), context.arena)];
  // Every row but each fifth.
  const chosen = rows.map((_, i) => i).filter(i => i % 5 !== 4), pointer = context.arena.allocate(4 * chosen.length);
  chosen.forEach((row, i) => { memory.u32[(pointer >>> 2) + i] = row; });
  operator.push(new Batch(struct([field("id", INT), field("list", type)]), columns, rows.length, { pointer, count: chosen.length }));
  operator.finish();
  context.arena.release();
  assert.equal(memory.inUseBytes, before);
  return out;
}

/** What a generator over items gives. */
function reference(rows: readonly (readonly [number, Cell])[], outer: boolean, width: number, items: (cell: Cell) => Cell[][]): Cell[][] {
  return rows.filter((_, i) => i % 5 !== 4).flatMap(([id, cell]) => {
    const made = cell === null ? [] : items(cell);
    return made.length === 0 && outer ? [[id, ...new Array<Cell>(width).fill(null)]] : made.map(row => [id, ...row]);
  });
}

const texts: readonly Cell[] = [[], ["a"], null, ["a text that is longer than twelve bytes", null, "c"], Array.from({ length: 5000 }, (_, i) => `item ${i}`), ["z"]];
const rowsOfLists = (lists: readonly Cell[]) => Array.from({ length: 23 }, (_, i) => [i, lists[i % lists.length]!] as const);

for (const outer of [false, true]) {
  const suffix = outer ? ", outer" : "";
  test(`items of arrays with their positions${suffix}`, () => {
    const rows = rowsOfLists(texts), output = struct([field("pos", INT), field("col", STRING)]);
    assert.deepEqual(run(array(STRING), rows, output, { kind: "list", position: true, fields: false }, outer), reference(rows, outer, 2, cell => (cell as readonly Cell[]).map((item, i) => [i, item])));
  });
  test(`entries of maps${suffix}`, () => {
    const entries = (count: number): MapCell => ({ entries: Array.from({ length: count }, (_, i) => [i, i % 2 === 0 ? null : `v${i}`] as const) });
    const rows = rowsOfLists([entries(0), entries(3), null, entries(1)]), output = struct([field("key", INT), field("value", STRING)]);
    assert.deepEqual(run(map(INT, STRING), rows, output, { kind: "list", position: false, fields: false }, outer), reference(rows, outer, 2, cell => (cell as MapCell).entries.map(([key, value]) => [key, value])));
  });
  test(`fields of structs, also of null ones${suffix}`, () => {
    const rows = rowsOfLists([[[1, "x"], null, [null, "y"]], null, [], [[2, null]]]), output = struct([field("a", INT), field("b", STRING)]);
    assert.deepEqual(run(array(output), rows, output, { kind: "list", position: false, fields: true }, outer), reference(rows, outer, 2, cell => (cell as readonly Cell[]).map(item => (item === null ? [null, null] : [...item as readonly Cell[]]))));
  });
  test(`rows of JSON fields${suffix}`, () => {
    const rows = rowsOfLists(['{"f1": "v", "f2": {"n": [1, 2.50]}}', "no JSON", null]), output = struct([field("c0", STRING), field("c1", STRING)]);
    const tuple = rowGenerator("json_tuple", 2)!;
    const out = run(STRING, rows, output, { kind: "rows", output, rows: (args, context) => tuple([args[0]!, "f1", "f2"], context) }, outer);
    assert.deepEqual(out.slice(0, 3), [[0, "v", '{"n":[1,2.5]}'], [1, null, null], [2, null, null]]);
    assert.equal(out.length, 19);
  });
}

test("stack fills its last row with nulls", () => {
  assert.deepEqual([...rowGenerator("stack", 2)!([2, "a", "b", "c"], new ExecutionContext(settings))], [["a", "b"], ["c", null]]);
});
