/** Catches rows that are not what they were after they went through a file: random schemas, nulls, nesting, selections, codecs and page sizes. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Batch, type Selection } from "../../../src/columns/batch.ts";
import { constantVector, vectorOf } from "../../../src/columns/cells.ts";
import type { FormatContext } from "../../../src/formats/file-format.ts";
import { parquetFileFormat } from "../../../src/formats/parquet/parquet-file-format.ts";
import { Arena } from "../../../src/memory/arena.ts";
import type { Cell, MapCell } from "../../../src/types/cell.ts";
import {
  BIGINT, BINARY, BOOLEAN, DATE, DAY_TIME_INTERVAL, DOUBLE, FLOAT, INT, SMALLINT, STRING, TIMESTAMP, TIMESTAMP_NTZ, TINYINT, VOID, YEAR_MONTH_INTERVAL,
  array, decimal, field, map, struct, time, typeToSql, type DataType, type StructType,
} from "../../../src/types/data-type.ts";
import { CONTEXT, fileOfBytes, linearMemoryInUse, rowsOfFile } from "./support.ts";

const whole = (bits: number): fc.Arbitrary<number> => fc.integer({ min: -(2 ** (bits - 1)), max: 2 ** (bits - 1) - 1 });
const few = <T>(values: fc.Arbitrary<T>): fc.Arbitrary<T> => fc.oneof({ weight: 2, arbitrary: values }, { weight: 1, arbitrary: fc.constantFrom(...fc.sample(values, 3)) });
const digits = (precision: number): fc.Arbitrary<bigint> => fc.bigInt({ min: -(10n ** BigInt(precision)) + 1n, max: 10n ** BigInt(precision) - 1n });
const micros = fc.bigInt({ min: -(10n ** 16n), max: 10n ** 17n });

interface Column { readonly type: DataType; readonly cells: fc.Arbitrary<Cell> }
const leaves: readonly Column[] = [
  { type: BOOLEAN, cells: fc.boolean() }, { type: TINYINT, cells: whole(8) }, { type: SMALLINT, cells: whole(16) }, { type: INT, cells: few(whole(32)) },
  { type: BIGINT, cells: few(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })) }, { type: FLOAT, cells: fc.float() }, { type: DOUBLE, cells: fc.double() },
  { type: STRING, cells: few(fc.string({ unit: "binary", maxLength: 20 })) }, { type: BINARY, cells: fc.uint8Array({ maxLength: 20 }) }, { type: DATE, cells: whole(22) },
  { type: TIMESTAMP, cells: micros }, { type: TIMESTAMP_NTZ, cells: micros }, { type: time(6), cells: fc.bigInt({ min: 0n, max: 86_399_999_999n }).map(value => value * 1000n) },
  { type: decimal(7, 2), cells: digits(7) }, { type: decimal(18, 0), cells: digits(18) }, { type: decimal(20, 5), cells: digits(20) }, { type: decimal(38, 10), cells: digits(38) },
  { type: DAY_TIME_INTERVAL, cells: micros }, { type: YEAR_MONTH_INTERVAL, cells: whole(20) }, { type: VOID, cells: fc.constant(null) },
];

const nullable = ({ cells }: Column): fc.Arbitrary<Cell> => fc.oneof({ weight: 3, arbitrary: cells }, { weight: 1, arbitrary: fc.constant(null) });
function columnArbitrary(depth: number): fc.Arbitrary<Column> {
  const leaf = fc.constantFrom(...leaves);
  if (depth === 0) return leaf;
  const inner = columnArbitrary(depth - 1);
  return fc.oneof(
    { weight: 4, arbitrary: leaf },
    { weight: 1, arbitrary: fc.tuple(inner, fc.boolean()).map(([one, hasNulls]) => ({ type: array(one.type, hasNulls || one.type.kind === "void"), cells: fc.array<Cell>(hasNulls || one.type.kind === "void" ? nullable(one) : one.cells, { maxLength: 4 }) })) },
    { weight: 1, arbitrary: fc.array(fc.tuple(inner, fc.boolean()), { minLength: 1, maxLength: 3 }).map(fields => ({
      type: struct(fields.map(([one, hasNulls], i) => field(`f${i}`, one.type, hasNulls || one.type.kind === "void"))),
      cells: fc.tuple(...fields.map(([one, hasNulls]) => (hasNulls ? nullable(one) : one.cells))) as fc.Arbitrary<Cell>,
    })) },
    { weight: 1, arbitrary: inner.map(one => ({ type: map(INT, one.type), cells: fc.array(fc.tuple(whole(8), nullable(one)), { maxLength: 3 }).map(entries => ({ entries })) as fc.Arbitrary<Cell> })) },
  );
}

interface Case { readonly schema: StructType; readonly batches: Cell[][][]; readonly codec: string; readonly options: Record<string, string>; readonly picks: number }
const cases: fc.Arbitrary<Case> = fc.array(fc.tuple(columnArbitrary(2), fc.boolean()), { minLength: 1, maxLength: 4 }).chain(columns => fc.record({
  schema: fc.constant(struct(columns.map(([one, hasNulls], i) => field(`c${i}`, one.type, hasNulls || one.type.kind === "void")))),
  batches: fc.array(fc.array(fc.tuple(...columns.map(([one, hasNulls]) => (hasNulls ? nullable(one) : one.cells))) as unknown as fc.Arbitrary<Cell[]>, { maxLength: 40 }), { maxLength: 4 }),
  codec: fc.constantFrom("none", "snappy", "gzip", "zstd", "lz4", "lz4_raw", "brotli"),
  options: fc.constantFrom<Record<string, string>[]>({}, { "parquet.page.size": "100" }, { "parquet.dictionary.page.size": "40", "parquet.page.size": "300" }, { "parquet.enable.dictionary": "false" }, { "parquet.block.size": "200", "parquet.page.row.count.limit": "7" }),
  picks: fc.integer({ min: 1, max: 3 }),
}));

/** Bytes of a file with the rows of batches; of each batch those whose number `picks` divides. */
async function fileWith({ schema, batches, codec, options, picks }: Case): Promise<{ readonly bytes: Uint8Array; readonly rows: Cell[][] }> {
  const context: FormatContext = { ...CONTEXT, options: { ...options, compression: codec } }, writer = (await parquetFileFormat.writing!(schema, context)).open();
  const chunks: Uint8Array[] = writer.open().map(chunk => chunk.slice()), rows: Cell[][] = [], arena = new Arena();
  for (const cells of batches) {
    const vectors = schema.fields.map(({ type }, c) => vectorOf(type, cells.map(row => row[c]!), arena)), picked = cells.map((_, i) => i).filter(i => i % picks === 0);
    const pointer = arena.allocate(4 * picked.length + 4), selection: Selection = picks === 1 ? { pointer: 0, count: cells.length } : { pointer, count: picked.length };
    arena.memory.u32.set(picked, pointer / 4);
    chunks.push(...writer.write(new Batch(schema, vectors, cells.length, selection)).map(chunk => chunk.slice()));
    rows.push(...picked.map(i => cells[i]!));
    arena.reset();
  }
  chunks.push(...writer.finish());
  arena.release();
  return { bytes: Buffer.concat(chunks), rows };
}

test("rows come back as they were", async () => {
  await fc.assert(fc.asyncProperty(cases, async one => {
    const before = linearMemoryInUse(), { bytes, rows } = await fileWith(one), file = fileOfBytes(bytes);
    const schema = await parquetFileFormat.schemaOf!(file, CONTEXT);
    assert.deepEqual(schema.fields.map(({ name, type }) => `${name} ${typeToSql(type).replaceAll(" NOT NULL", "")}`), one.schema.fields.map(({ name, type }) => `${name} ${typeToSql(type).replaceAll(" NOT NULL", "")}`));
    assert.deepEqual(await rowsOfFile(file, one.schema), rows.map(row => row.map(plain)));
    assert.equal(linearMemoryInUse(), before, "memory is given back");
  }), { numRuns: Number(process.env["MILLRACE_RUNS"] ?? 200), ...(process.env["MILLRACE_SEED"] !== undefined && { seed: Number(process.env["MILLRACE_SEED"]) }) });
});

/** Cells as they come back: a surrogate that stands alone becomes U+FFFD in UTF-8. */
function plain(cell: Cell): Cell {
  if (typeof cell === "string") return cell.toWellFormed();
  if (cell instanceof Uint8Array) return new Uint8Array(cell);
  if (Array.isArray(cell)) return cell.map(plain);
  if (cell !== null && typeof cell === "object" && "entries" in cell) return { entries: (cell as MapCell).entries.map(([key, value]) => [plain(key), plain(value)] as const) };
  return cell;
}

test("a constant column, a dictionary that fills up, and batches of all rows", async () => {
  const schema = struct([field("c", STRING), field("n", BIGINT, false), field("k", STRING)]), arena = new Arena(), writer = (await parquetFileFormat.writing!(schema, CONTEXT)).open(), chunks: Uint8Array[] = [...writer.open()];
  const expected: Cell[][] = [];
  for (let b = 0; b < 30; b++) {
    const rows = Array.from({ length: 4096 }, (_, i) => ["the same text in all rows", BigInt(b * 4096 + i), `key number ${b * 4096 + i}`.repeat(1 + i % 3)] as Cell[]);
    chunks.push(...writer.write(new Batch(schema, [constantVector(STRING, rows[0]![0]!, arena), vectorOf(BIGINT, rows.map(row => row[1]!), arena), vectorOf(STRING, rows.map(row => row[2]!), arena)], 4096)).map(chunk => chunk.slice()));
    expected.push(...rows);
    arena.reset();
  }
  chunks.push(...writer.finish());
  arena.release();
  const read = await rowsOfFile(fileOfBytes(Buffer.concat(chunks)), schema);
  assert.equal(read.length, expected.length);
  for (const [i, row] of read.entries()) if (row.some((cell, c) => cell !== expected[i]![c])) assert.deepEqual(row, expected[i], `row ${i}`);
});

test("bytes that are no UTF-8 are replaced in texts, with a dictionary and without", async () => {
  const written = struct([field("a", BINARY)]), arena = new Arena(), values = Array.from({ length: 300 }, (_, i) => Buffer.concat([Buffer.from(`row ${i % 7} é`), Buffer.from(i % 3 === 0 ? [0xff, 0x61] : []), Buffer.from("a longer text".repeat(i % 2))]));
  for (const dictionary of ["true", "false"]) {
    const writer = (await parquetFileFormat.writing!(written, { ...CONTEXT, options: { "parquet.enable.dictionary": dictionary } })).open(), chunks: Uint8Array[] = [...writer.open()];
    chunks.push(...writer.write(new Batch(written, [vectorOf(BINARY, values, arena)], values.length)).map(chunk => chunk.slice()), ...writer.finish());
    const file = fileOfBytes(Buffer.concat(chunks)), before = linearMemoryInUse();
    assert.deepEqual(await rowsOfFile(file, struct([field("a", STRING)])), values.map(value => [value.toString("utf8")]));
    assert.deepEqual(await rowsOfFile(file, written), values.map(value => [new Uint8Array(value)]));
    assert.equal(linearMemoryInUse(), before);
  }
  arena.release();
});

test("what can't be written says so", () => {
  const writing = (type: DataType, options = {}) => parquetFileFormat.writing!(struct([field("a", type)]), { ...CONTEXT, options });
  assert.throws(() => writing({ kind: "calendar_interval" }), { condition: "UNSUPPORTED_DATA_TYPE_FOR_DATASOURCE", sqlState: "0A000", text: 'The Parquet datasource doesn\'t support the column `a` of the type "INTERVAL".' });
  assert.throws(() => writing(struct([])), { condition: "EMPTY_SCHEMA_NOT_SUPPORTED_FOR_DATASOURCE" });
  assert.throws(() => writing(INT, { "spark.sql.parquet.outputTimestampType": "INT96" }), { condition: "MILLRACE_UNSUPPORTED" });
  assert.throws(() => writing(INT, { compression: "lzop" }), { condition: "CODEC_NOT_AVAILABLE.WITH_AVAILABLE_CODECS_SUGGESTION", sqlState: "56038" });
  assert.throws(() => parquetFileFormat.writing!(struct([field("a", INT), field("A", INT)]), CONTEXT), { condition: "COLUMN_ALREADY_EXISTS" });
});
