/** Catches files that are read as types that Spark refuses, or refused as types that it reads; columns that are missing, in other case, or in nested fields. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { conversionFor } from "../../../src/formats/parquet/conversions.ts";
import { PHYSICAL, type Annotation, type SchemaNode } from "../../../src/formats/parquet/metadata.ts";
import { parquetFileFormat } from "../../../src/formats/parquet/parquet-file-format.ts";
import type { Cell } from "../../../src/types/cell.ts";
import { parseDataType, parseSchemaDdl } from "../../../src/types/ddl.ts";
import { CONTEXT, fileOf, fileOfBytes, rowsOfFile } from "./support.ts";

const leaf = (physical: number, annotation?: Annotation, length = 0): SchemaNode => ({ name: "a", repetition: "optional", physical, length, annotation, children: [], maxRep: 0, maxDef: 1, column: 0 });
const whole = (bits: number, signed = true): Annotation => ({ kind: "integer", bits, signed }), moment = (unit: "MILLIS" | "MICROS", utc: boolean): Annotation => ({ kind: "timestamp", unit, utc });
const dec = (precision: number, scale: number): Annotation => ({ kind: "decimal", precision, scale });
const TYPES = ["boolean", "tinyint", "smallint", "int", "bigint", "float", "double", "decimal(5,0)", "decimal(10,0)", "decimal(10,2)", "decimal(12,2)", "decimal(20,0)", "decimal(20,4)", "decimal(38,2)", "date", "timestamp", "timestamp_ntz", "string", "binary", "array<int>", "interval year to month", "interval day to second"];
const INTS = ["tinyint", "smallint", "int", "bigint", "double", "date", "interval year to month"], DECIMALS = ["decimal(10,0)", "decimal(12,2)", "decimal(20,0)", "decimal(20,4)", "decimal(38,2)"];

/** What Spark 4.3 read each leaf as, of TYPES. */
const asked: readonly (readonly [SchemaNode, readonly string[]])[] = [
  [leaf(PHYSICAL.boolean), ["boolean"]],
  [leaf(PHYSICAL.int32), [...INTS, ...DECIMALS]], [leaf(PHYSICAL.int32, whole(8)), [...INTS, ...DECIMALS]], [leaf(PHYSICAL.int32, whole(16)), [...INTS, ...DECIMALS]],
  [leaf(PHYSICAL.int64), ["bigint", "decimal(20,0)", "decimal(38,2)", "interval day to second"]],
  [leaf(PHYSICAL.int32, whole(8, false)), INTS], [leaf(PHYSICAL.int32, whole(16, false)), INTS],
  [leaf(PHYSICAL.int32, whole(32, false)), ["bigint"]], // and DOUBLE, as a signed number
  [leaf(PHYSICAL.int64, whole(64, false)), ["decimal(20,0)"]],
  [leaf(PHYSICAL.float), ["float", "double"]], [leaf(PHYSICAL.double), ["double"]],
  [leaf(PHYSICAL.int32, dec(7, 2)), ["decimal(10,2)", "decimal(12,2)", "decimal(20,4)", "decimal(38,2)"]], // and INTS, without the point
  [leaf(PHYSICAL.int64, dec(15, 2)), ["decimal(20,4)", "decimal(38,2)"]], // and BIGINT and an interval, without the point
  [leaf(PHYSICAL.fixed, dec(30, 2), 13), ["decimal(38,2)", "binary"]],
  [leaf(PHYSICAL.int32, { kind: "date" }), [...INTS, "timestamp_ntz"]],
  ...[moment("MICROS", true), moment("MICROS", false), moment("MILLIS", false)].map(one => [leaf(PHYSICAL.int64, one), ["bigint", "timestamp", "timestamp_ntz", "interval day to second"]] as const),
  [leaf(PHYSICAL.int96), ["timestamp", "timestamp_ntz"]],
  [leaf(PHYSICAL.byteArray, { kind: "string" }), ["string", "binary"]], [leaf(PHYSICAL.byteArray), ["string", "binary"]], [leaf(PHYSICAL.fixed, undefined, 5), ["binary"]],
];

test("what may be read as what", () => {
  for (const [node, expected] of asked) {
    const read = TYPES.filter(type => conversionFor(node, parseDataType(type)) !== undefined);
    assert.deepEqual(read.sort(), [...expected].sort(), JSON.stringify(node.annotation ?? node.physical));
  }
});

const read = (name: string, ddl: string): Promise<Cell[][]> => rowsOfFile(fileOf(name), parseSchemaDdl(ddl));
const column = async (name: string, ddl: string): Promise<Cell[]> => (await read(name, ddl)).map(row => row[0]!);

test("values as wider types", async () => {
  const same = async (from: string, to: string, change: (cell: never) => Cell, name = "arrow-int-decimals"): Promise<void> => {
    assert.deepEqual(await column(name, to), (await column(name, from)).map(cell => (cell === null ? null : change(cell as never))), to);
  };
  await same("i32 INT", "i32 BIGINT", BigInt);
  await same("i16 SMALLINT", "i16 DOUBLE", Number);
  await same("i8 TINYINT", "i8 DECIMAL(12, 2)", (cell: number) => BigInt(cell) * 100n);
  await same("i64 BIGINT", "i64 DECIMAL(38, 4)", (cell: bigint) => cell * 10000n);
  await same("f32 FLOAT", "f32 DOUBLE", Number);
  await same("dec9 DECIMAL(9, 2)", "dec9 DECIMAL(38, 20)", (cell: bigint) => cell * 10n ** 18n);
  await same("dec18 DECIMAL(18, 5)", "dec18 DECIMAL(20, 6)", (cell: bigint) => cell * 10n);
  await same("dec9 DECIMAL(9, 2)", "dec9 DECIMAL(18, 4)", (cell: bigint) => cell * 100n, "arrow-v1");
  await same("dec38 DECIMAL(38, 10)", "dec38 BINARY", (cell: bigint) => new Uint8Array(Buffer.from(BigInt.asUintN(128, cell).toString(16).padStart(32, "0"), "hex")), "arrow-v1");
  await same("date DATE", "date TIMESTAMP_NTZ", (cell: number) => BigInt(cell) * 86_400_000_000n);
  await same("text STRING", "text BINARY", (cell: string) => new Uint8Array(Buffer.from(cell)));
  await same("ntz_ms TIMESTAMP_NTZ", "ntz_ms BIGINT", (cell: bigint) => cell / 1000n);
});

test("types that Spark refuses, where a schema says what they are", async () => {
  assert.deepEqual(await column("refused-ts-ns", "a TIMESTAMP"), [1n, -1n]);
  assert.deepEqual(await column("refused-ntz-ns", "a TIMESTAMP_NTZ"), [1n, -1n]);
  assert.deepEqual(await column("refused-ts-ns", "a BIGINT"), [1001n, -1n]);
  assert.deepEqual(await column("refused-half", "a FLOAT"), [1.5, -0.25, 65504, NaN, 2 ** -24]);
  assert.deepEqual((await column("refused-uuid", "a BINARY"))[0], Uint8Array.from({ length: 16 }, (_, i) => (i === 15 ? 5 : 0)));
  assert.deepEqual(await column("refused-time-ms", "a TIME(6)"), [1_000_000n, 2_000_000n]);
  assert.deepEqual(await column("refused-time-ns", "a TIME(6)"), [0n, 0n]);
  await assert.rejects(async () => parquetFileFormat.schemaOf!(fileOf("refused-ts-ns"), CONTEXT), { condition: "PARQUET_TYPE_ILLEGAL", text: "Illegal Parquet type: INT64 (TIMESTAMP(NANOS,true)).", hint: "give a schema in which a is TIMESTAMP" });
});

test("names in any case, missing columns and fields", async () => {
  assert.deepEqual((await read("arrow-v1", "Missing STRING, REQUIRED BIGINT, i32 INT")).slice(0, 2), (await read("arrow-v1", "required INT, i32 INT")).slice(0, 2).map(([n, i]) => [null, BigInt(n as number), i]));
  const structs = await column("nested-v1", "struct STRUCT<name: STRING, age: INT, tags: ARRAY<STRING>>");
  assert.deepEqual(await column("nested-v1", "STRUCT STRUCT<Tags: ARRAY<STRING>, gone: ARRAY<INT>, AGE: BIGINT>"), structs.map(cell => { const one = cell as Cell[] | null; return one && [one[2]!, null, one[1] === null ? null : BigInt(one[1] as number)]; }));
  assert.deepEqual(await column("nested-v1", "struct STRUCT<gone: INT>"), structs.map(cell => cell && [null]));
  const people = await column("nested-v2", "people ARRAY<STRUCT<name: STRING, age: INT, tags: ARRAY<STRING>>>"), each = (to: (person: Cell[]) => Cell) => people.map(all => all && (all as (Cell[] | null)[]).map(one => one && to(one)));
  assert.deepEqual(await column("nested-v2", "people ARRAY<STRUCT<age: INT>>"), each(one => [one[1]!]));
  assert.deepEqual(await column("nested-v2", "people ARRAY<STRUCT<gone: STRING, other: MAP<INT, INT>>>"), each(() => [null, null]));
  assert.deepEqual(await column("nested-v1", "inner STRUCT<a: STRUCT<b: STRUCT<d: INT>>>"), (await column("nested-v1", "inner STRUCT<a: STRUCT<b: STRUCT<c: INT>>>")).map(cell => {
    const b = ((cell as Cell[] | null)?.[0] as Cell[] | null | undefined)?.[0];
    return cell === null ? null : [[b && [null]]];
  }));
});

test("a null in a column that the schema says has none", async () => {
  await assert.rejects(read("arrow-v1", "i32 INT NOT NULL"), { condition: "NOT_NULL_ASSERT_VIOLATION", sqlState: "42000" });
  await assert.rejects(read("arrow-v1", "gone INT NOT NULL"), { condition: "NOT_NULL_ASSERT_VIOLATION" });
  assert.equal((await read("arrow-v1", "required INT NOT NULL")).length, 170);
});

test("types that don't fit name column and types", async () => {
  const fails = (name: string, ddl: string, column: string, expectedType: string, actualType: string) => assert.rejects(read(name, ddl), {
    condition: "FAILED_READ_FILE.PARQUET_COLUMN_DATA_TYPE_MISMATCH", sqlState: "KD001", messageParameters: { path: name, column, expectedType, actualType },
  });
  await fails("arrow-v1", "i64 INT", "[i64]", "int", "INT64");
  await fails("arrow-v1", "text INT", "[text]", "int", "BINARY");
  await fails("arrow-v1", "i32 ARRAY<INT>", "[i32]", "array<int>", "INT32");
  await fails("nested-v1", "struct STRUCT<age: STRING>", "[struct, age]", "string", "INT32");
  await assert.rejects(rowsOfFile(fileOfBytes(Buffer.from("no Parquet at all"), "x"), parseSchemaDdl("a INT")), { condition: "FAILED_READ_FILE.CANNOT_READ_FILE_FOOTER" });
});
