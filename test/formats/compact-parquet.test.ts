/** Catches rows, types and compressions that `millrace compact` loses of files of Parquet, and streams that read rows again behind it. */
import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { seededRandom } from "../../src/base/clock.ts";
import { nodeFiles } from "../../src/base/files.ts";
import { Batch } from "../../src/columns/batch.ts";
import { vectorOf } from "../../src/columns/cells.ts";
import { compactFolder } from "../../src/connectors/files/compact.ts";
import { parquetFileFormat } from "../../src/formats/parquet/parquet-file-format.ts";
import { session } from "../../src/index.ts";
import { Arena } from "../../src/memory/arena.ts";
import { Manifest, stagedName } from "../../src/storage/manifest.ts";
import { BIGINT, STRING, VARIANT, array, field, struct } from "../../src/types/data-type.ts";

const folder = mkdtempSync(join(tmpdir(), "millrace-compact-parquet-")), random = seededRandom(9);
after(() => rmSync(folder, { recursive: true, force: true }));
const SCHEMA = struct([field("i", BIGINT), field("s", STRING), field("l", array(BIGINT)), field("v", VARIANT)]);

async function fileOf(first: number, rows: number): Promise<Uint8Array> {
  const arena = new Arena(), cells = (cell: (i: number) => never) => Array.from({ length: rows }, (_, i) => (i % 5 === 4 ? null : cell(first + i)));
  const columns = [cells(i => BigInt(i) as never), cells(i => `text ${i}` as never), cells(i => [BigInt(i), null] as never), cells(i => ({ variant: { n: i } }) as never)].map((column, c) => vectorOf(SCHEMA.fields[c]!.type, column, arena));
  const writer = (await parquetFileFormat.writing!(SCHEMA, { options: { compression: "zstd" }, timeZone: "UTC", nowMicros: () => 0n })).open(), bytes = Buffer.concat([...writer.open(), ...writer.write(new Batch(SCHEMA, columns, rows)), ...writer.finish()]);
  arena.release();
  return bytes;
}

test("many small files become few, with the same rows in the same order", async () => {
  const manifest = new Manifest(nodeFiles, folder, "query", random);
  for (let batch = 0; batch < 12; batch++) {
    const path = stagedName("part", batch, 1, random.uuid(), ".zstd.parquet"), bytes = await fileOf(batch * 100, 100);
    writeFileSync(join(folder, path), bytes);
    manifest.publish(batch, 1, [{ path, bytes: bytes.length, rows: 100, crc32c: 0 }]);
  }
  await using spark = session();
  const rows = async (): Promise<readonly unknown[]> => await spark.read.parquet(folder).selectExpr("i", "s", "l", "to_json(v) AS v").collect(), before = await rows();
  assert.equal(before.length, 1200);
  const { filesBefore, filesAfter, rows: count } = await compactFolder(nodeFiles, random, 0, folder, { removeReplaced: true });
  assert.deepEqual([filesBefore, filesAfter, count], [12, 1, 1200]);
  assert.deepEqual(await rows(), before);
  assert.equal(readdirSync(folder).filter(name => name.endsWith(".zstd.parquet")).length, 1);
});
