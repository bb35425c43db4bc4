/** Catches row groups that are left out although a row in them meets the filters, and filters that leave nothing out. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { seededRandom } from "../../../src/base/clock.ts";
import { Batch } from "../../../src/columns/batch.ts";
import { vectorOf } from "../../../src/columns/cells.ts";
import type { FileBytes } from "../../../src/formats/file-format.ts";
import type { FileFilter, FilterOperator } from "../../../src/formats/file-filter.ts";
import { BloomFilter, xxHash64 } from "../../../src/formats/parquet/bloom.ts";
import { parquetFileFormat } from "../../../src/formats/parquet/parquet-file-format.ts";
import { Arena } from "../../../src/memory/arena.ts";
import type { Cell } from "../../../src/types/cell.ts";
import { BIGINT, DOUBLE, INT, STRING, TIMESTAMP, decimal, field, struct, type StructType } from "../../../src/types/data-type.ts";
import { CONTEXT, fileOf, fileOfBytes, rowsOfFile } from "./support.ts";

const SEED = Number(process.env["MILLRACE_SEED"] ?? "1"), OPERATORS: readonly FilterOperator[] = ["=", "<=>", "<", "<=", ">", ">="];

/** SQL's order: text by bytes, NaN above all. */
function order(a: Cell, b: Cell): number {
  if (a instanceof Uint8Array || typeof a === "string") return Math.sign(Buffer.compare(Buffer.from(a as string), Buffer.from(b as string)));
  if (typeof a === "number" && (Number.isNaN(a) || Number.isNaN(b))) return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
  return a! < b! ? -1 : a! > b! ? 1 : 0;
}

function meets(filter: FileFilter, row: readonly Cell[], schema: StructType): boolean {
  if ("left" in filter) {
    const left = meets(filter.left, row, schema), right = meets(filter.right, row, schema);
    return filter.kind === "and" ? left && right : left || right;
  }
  const value = row[schema.fields.findIndex(one => one.name === filter.column)] ?? null;
  if (!("values" in filter || "value" in filter || "prefix" in filter)) return (value === null) === (filter.kind === "null");
  if (filter.kind === "compare" && filter.operator === "<=>" && filter.value === null) return value === null;
  if (value === null) return false;
  if (filter.kind === "starts with") return Buffer.from(value as string).subarray(0, Buffer.byteLength(filter.prefix)).equals(Buffer.from(filter.prefix));
  if (filter.kind === "in") return filter.values.some(one => order(value, one) === 0);
  const way = order(value, filter.value);
  return filter.operator === "=" || filter.operator === "<=>" ? way === 0 : filter.operator === "<" ? way < 0 : filter.operator === "<=" ? way <= 0 : filter.operator === ">" ? way > 0 : way >= 0;
}

/** Filters about the columns of a schema with values that rows have, and some that none has. */
function someFilter(random: { uint32(): number }, schema: StructType, rows: readonly Cell[][], depth = 2): FileFilter {
  const below = (end: number): number => random.uint32() % end;
  if (depth > 0 && below(3) === 0) return { kind: below(2) === 0 ? "and" : "or", left: someFilter(random, schema, rows, depth - 1), right: someFilter(random, schema, rows, depth - 1) };
  const at = below(schema.fields.length), { name: column, type } = schema.fields[at]!;
  const value = (): Cell => {
    const cell = rows[below(rows.length)]![at]!;
    if (cell === null || below(3) > 0) return cell;
    return typeof cell === "number" ? cell + 1 : typeof cell === "bigint" ? cell / 3n : typeof cell === "string" ? `${cell}~` : cell;
  };
  switch (below(6)) {
    case 0: return { kind: below(2) === 0 ? "null" : "not null", column, type };
    case 1: return { kind: "in", column, type, values: [value(), value()].filter(one => one !== null) };
    case 2: if (type.kind === "string") return { kind: "starts with", column, type, prefix: String(value() ?? "").slice(0, below(4)).toWellFormed() };
  }
  const one = value();
  return one === null ? { kind: "compare", column, type, operator: "<=>", value: null } : { kind: "compare", column, type, operator: OPERATORS[below(OPERATORS.length)]!, value: one };
}

async function checkFilters(name: string, file: FileBytes, schema: StructType, rounds: number): Promise<void> {
  const random = seededRandom(SEED), rows = await rowsOfFile(file, schema);
  let left = 0;
  for (let round = 0; round < rounds; round++) {
    const filter = someFilter(random, schema, rows), got = await rowsOfFile(file, schema, [filter]), text = (cells: Cell[][]): string[] => cells.filter(row => meets(filter, row, schema)).map(row => row.map(String).join("|"));
    assert.deepEqual(text(got), text(rows), `${name}, seed ${SEED}, round ${round}: ${JSON.stringify(filter, (_, value) => (typeof value === "bigint" ? String(value) : value))}`);
    if (got.length < rows.length) left++;
  }
  assert.ok(left > 0, `${left} of ${rounds} filters left something out`);
}

for (const name of ["arrow-v1", "all-null", "spark-bloom"]) {
  test(`filters over ${name}`, async () => {
    const file = fileOf(name), schema = await parquetFileFormat.schemaOf!(file, CONTEXT);
    await checkFilters(name, file, struct(schema.fields.filter(one => one.type.kind !== "array" && one.type.kind !== "binary")), 150);
  });
}

test("filters over what was written, sorted, with NaN and nulls", async () => {
  const schema = struct([field("i", INT), field("b", BIGINT), field("d", DOUBLE), field("s", STRING), field("t", TIMESTAMP), field("m", decimal(30, 3)), field("n", decimal(7, 1))]), arena = new Arena();
  const writer = (await parquetFileFormat.writing!(schema, { ...CONTEXT, options: { "parquet.block.size": "300" } })).open(), chunks: Uint8Array[] = [...writer.open()];
  for (let b = 0; b < 12; b++) {
    const rows = Array.from({ length: 20 }, (_, i): Cell[] => (i === 7 || b === 5 ? schema.fields.map(() => null)
      : [b * 20 + i, BigInt(b * 1000 - i), i === 3 && b % 2 === 0 ? NaN : b === 2 ? -0 : b - 4.5, `${String.fromCharCode(97 + b)}é${i}`, BigInt(b) * 10n ** 9n, BigInt(b - 6) * 10n ** 20n + BigInt(i), BigInt(i - 10)]));
    chunks.push(...writer.write(new Batch(schema, schema.fields.map(({ type }, c) => vectorOf(type, rows.map(row => row[c]!), arena)), rows.length)).map(chunk => chunk.slice()));
  }
  chunks.push(...writer.finish());
  arena.release();
  await checkFilters("written", fileOfBytes(Buffer.concat(chunks)), schema, 400);
});

test("a Bloom filter of Spark knows all its keys and few others", async () => {
  const file = fileOf("spark-bloom"), column = (value: string): FileFilter => ({ kind: "compare", column: "k", type: STRING, operator: "=", value }), schema = struct([field("k", STRING)]);
  assert.equal((await rowsOfFile(file, schema, [column("key 700")])).length, 900);
  let left = 0;
  for (let i = 0; i < 100; i++) if ((await rowsOfFile(file, schema, [column(`key ${7 * i + 1}`)])).length === 0) left++;
  assert.ok(left > 80, String(left));
  assert.equal((await rowsOfFile(file, schema, [{ kind: "in", column: "K", type: STRING, values: ["nothing", "key 7"] }])).length, 900);
});

test("XXH64 gives the values of its specification's test vectors", () => {
  assert.equal(xxHash64(new Uint8Array(0)), 0xef46db3751d8e999n);
  assert.equal(xxHash64(Buffer.from("a")), 0xd24ec4f1a98c6e5bn);
  assert.equal(xxHash64(Buffer.from("abc")), 0x44bc2cf5ad770999n);
  assert.equal(xxHash64(Buffer.from("Nobody inspects the spammish repetition")), 0xfbcea83c8a378bf1n);
});

test("a place that has no Bloom filter has everything", async () => {
  const file = fileOfBytes(Buffer.alloc(200, 0xff));
  for (const offset of [-1, 0, 150, 199, 200, 2 ** 60]) assert.equal(await BloomFilter.read(file, offset, undefined), undefined);
});
