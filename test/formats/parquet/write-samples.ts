/**
 * Rewrites files of the folder files/ with this writer, for other readers to look at (check-written.py):
 * `node test/formats/parquet/write-samples.ts FOLDER`.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parquetFileFormat } from "../../../src/formats/parquet/parquet-file-format.ts";
import { CONTEXT, fileOf } from "./support.ts";

const NAMES = ["arrow-v1", "nested-v1", "spark", "duck-v1", "old-lists", "long-runs", "all-null", "null-type", "empty", "time-us"];
const WAYS: Readonly<Record<string, Record<string, string>>> = {
  snappy: {}, none: { compression: "none" }, gzip: { compression: "gzip" }, zstd: { compression: "zstd" }, lz4: { compression: "lz4" }, lz4_raw: { compression: "lz4_raw" },
  plain: { compression: "none", "parquet.enable.dictionary": "false" }, pages: { "parquet.page.size": "300", "parquet.block.size": "4000", "parquet.dictionary.page.size": "500" },
};
const folder = process.argv[2]!;
mkdirSync(folder, { recursive: true });
for (const name of NAMES) {
  for (const [way, options] of Object.entries(WAYS)) {
    const file = fileOf(name), schema = await parquetFileFormat.schemaOf!(file, CONTEXT), open = await parquetFileFormat.open(file, schema, [], CONTEXT);
    const writer = (await parquetFileFormat.writing!(schema, { ...CONTEXT, options })).open(), chunks: Uint8Array[] = [...writer.open()];
    for (const part of open.parts) for await (const batch of open.batches(part, new AbortController().signal)) chunks.push(...writer.write(batch).map(chunk => chunk.slice()));
    writeFileSync(join(folder, `${name}.${way}.parquet`), Buffer.concat([...chunks, ...writer.finish()]));
  }
}
