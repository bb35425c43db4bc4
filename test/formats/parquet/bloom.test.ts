/** Catches Bloom filters that are written and leave out a row group in which a value is, or none at all. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Batch } from "../../../src/columns/batch.ts";
import { vectorOf } from "../../../src/columns/cells.ts";
import type { FileFilter } from "../../../src/formats/file-filter.ts";
import { parquetFileFormat } from "../../../src/formats/parquet/parquet-file-format.ts";
import { Arena } from "../../../src/memory/arena.ts";
import type { Cell } from "../../../src/types/cell.ts";
import { BIGINT, DOUBLE, FLOAT, INT, STRING, field, struct, type DataType } from "../../../src/types/data-type.ts";
import { CONTEXT, fileOfBytes } from "./support.ts";

const SCHEMA = struct([field("i", INT), field("l", BIGINT), field("s", STRING), field("d", DOUBLE), field("f", FLOAT), field("none", INT)]);
const ROWS = 3000;
const valueAt = (type: DataType, i: number): Cell => (type.kind === "bigint" ? BigInt(i) * 7_000_000_007n : type.kind === "string" ? (i % 3 === 0 ? `value number ${i}, and more` : `v${i}`) : type.kind === "int" ? 17 * i : Math.fround(i / 4));

async function written(options: Record<string, string>): Promise<Uint8Array> {
  const arena = new Arena(), columns = SCHEMA.fields.map(({ type }) => vectorOf(type, Array.from({ length: ROWS }, (_, i) => (i % 11 === 0 ? null : valueAt(type, i))), arena));
  const writer = (await parquetFileFormat.writing!(SCHEMA, { ...CONTEXT, options })).open(), pieces = [...writer.open(), ...writer.write(new Batch(SCHEMA, columns, ROWS)), ...writer.finish()];
  arena.release();
  return Buffer.concat(pieces);
}

const partsFor = async (bytes: Uint8Array, filter: FileFilter): Promise<number> => {
  const open = await parquetFileFormat.open(fileOfBytes(bytes), SCHEMA, [filter], CONTEXT);
  open.release();
  return open.parts.length;
};

for (const dictionary of ["true", "false"]) {
  test(`values that are there are found, most others are not; dictionaries: ${dictionary}`, async () => {
    const bytes = await written({ "parquet.bloom.filter.enabled": "true", "parquet.bloom.filter.enabled#none": "false", "parquet.enable.dictionary": dictionary });
    for (const { name, type } of SCHEMA.fields) {
      let wrong = 0;
      for (let i = 1; i < ROWS; i += 37) {
        if (i % 11 !== 0) assert.equal(await partsFor(bytes, { kind: "compare", column: name, type, operator: "=", value: valueAt(type, i) }), 1, `${name} ${i}`);
        // between the least and the greatest, so that statistics say nothing
        const absent: Cell = type.kind === "bigint" ? BigInt(i) * 7_000_000_007n + 1n : type.kind === "string" ? `v${i}x` : type.kind === "int" ? 17 * i + 1 : Math.fround(i / 4 + 0.125);
        wrong += await partsFor(bytes, { kind: "in", column: name, type, values: [absent] });
      }
      if (name === "none") assert.ok(wrong > 70, "a column without a filter");
      // fractions have several forms of one value, so readers don't ask about them
      else if (name !== "d" && name !== "f") assert.ok(wrong <= 6, `${name}: ${wrong} of 81 wrong`);
    }
    assert.ok(bytes.length < 200_000, "filters are as small as their values allow");
  });
}

test("sizes by the number of values that is expected, and wrong options", async () => {
  const plain = await written({}), small = await written({ "parquet.bloom.filter.enabled#s": "true", "parquet.bloom.filter.expected.ndv#s": "100" });
  assert.ok(small.length - plain.length < 400);
  await assert.rejects(written({ "parquet.bloom.filter.enabled": "yes" }), /MILLRACE_INVALID_OPTION/);
  await assert.rejects(written({ "parquet.bloom.filter.enabled": "true", "parquet.bloom.filter.fpp": "2" }), /MILLRACE_INVALID_OPTION/);
});
