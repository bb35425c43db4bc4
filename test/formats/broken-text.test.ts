/** Catches bytes that make a reader of text crash, hang, leave its memory or keep it: good files cut and with bytes changed, of every format that is read from the first byte to the last. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { seededRandom } from "../../src/base/clock.ts";
import { MillraceError } from "../../src/base/errors.ts";
import { nodeFiles } from "../../src/base/files.ts";
import type { ConnectorEnvironment } from "../../src/connectors/environment.ts";
import { openTable } from "../../src/connectors/registry.ts";
import { linearMemory } from "../../src/memory/linear-memory.ts";
import { ManualClock } from "../../src/testing/manual-clock.ts";
import { parseSchemaDdl } from "../../src/types/ddl.ts";

const SEED = Number(process.env["MILLRACE_SEED"] ?? "1"), ROUNDS = Number(process.env["MILLRACE_ROUNDS"] ?? "40");
const folder = mkdtempSync(join(tmpdir(), "millrace-broken-"));
after(() => rmSync(folder, { recursive: true, force: true }));
const environment: ConnectorEnvironment = { clock: new ManualClock(0), random: seededRandom(1), files: nodeFiles, timeZone: "UTC", print: () => {}, warn: () => {}, renderTable: () => "" };

const rows = Array.from({ length: 60 }, (_, i) => i);
const JSON_LINES = rows.map(i => `{"a":${i},"b":"text ${i} é \\n","c":[1,{"d":null}],"e":{"f":1.5e3}}`).join("\n");
const CSV_LINES = `a,b,c\n${rows.map(i => `${i},"text, ""${i}""\nnext",1.5`).join("\n")}\n`;
const XML_TEXT = `<?xml version="1.0"?><!DOCTYPE r><r>${rows.map(i => `<row id="${i}"><a>${i}</a><b>t &amp; &#65;<!-- c --><![CDATA[<z>]]></b><c/></row>`).join("\n")}</r>`;
interface Kind { readonly name: string; readonly format: string; readonly text: string; readonly schema?: string; readonly options?: Record<string, string>; readonly ending?: string; readonly pack?: (bytes: Buffer) => Buffer }
const KINDS: readonly Kind[] = [
  { name: "json", format: "json", text: JSON_LINES, schema: "a INT, b STRING, c ARRAY<STRUCT<d INT>>, e STRUCT<f DOUBLE>, _corrupt_record STRING" },
  { name: "json, lenient", format: "json", text: JSON_LINES, options: { allowComments: "true", allowUnquotedFieldNames: "true", allowNumericLeadingZeros: "true", allowBackslashEscapingAnyCharacter: "true", allowUnquotedControlChars: "true" } },
  { name: "json document", format: "json", text: `[${JSON_LINES.replaceAll("\n", ",\n")}]`, options: { multiLine: "true" } },
  { name: "json as variants", format: "json", text: JSON_LINES, options: { singleVariantColumn: "v" } },
  { name: "json, inferred", format: "json", text: JSON_LINES, options: { inferTimestamp: "true", prefersDecimal: "true" } },
  { name: "csv", format: "csv", text: CSV_LINES, options: { header: "true", inferSchema: "true" } },
  { name: "csv over lines", format: "csv", text: CSV_LINES, options: { header: "true", multiLine: "true", inferSchema: "true" } },
  { name: "xml", format: "xml", text: XML_TEXT, options: { rowTag: "row" } },
  { name: "xml with a schema", format: "xml", text: XML_TEXT, schema: "_id INT, a INT, b STRING, c STRING, _corrupt_record STRING", options: { rowTag: "row" } },
  { name: "text", format: "text", text: JSON_LINES },
  { name: "utf-16", format: "csv", text: CSV_LINES, options: { encoding: "UTF-16LE" }, pack: bytes => Buffer.from(bytes.toString(), "utf16le") },
  { name: "gzip", format: "json", text: JSON_LINES, ending: ".json.gz", pack: bytes => gzipSync(bytes) },
  { name: "zstd", format: "csv", text: CSV_LINES, ending: ".csv.zst", pack: bytes => zstdCompressSync(bytes) },
];

async function read({ format, schema, options = {} }: Kind, path: string): Promise<void> {
  const table = await openTable({ kind: "read_data_source", format, options, paths: [path], isStreaming: false, ...(schema !== undefined && { schema: parseSchemaDdl(schema) }) }, environment), reader = table.batch!();
  try {
    for (const split of await reader.planBatch()) await reader.read(split, { columns: table.schema.fields.map(one => one.name), signal: new AbortController().signal }, { badRecord: () => {}, push: () => true });
  } finally {
    reader.close?.();
  }
}

for (const kind of KINDS) {
  test(`${kind.name}, cut and with bytes changed`, async () => {
    const random = seededRandom(SEED), below = (end: number): number => random.uint32() % end, plain = Buffer.from(kind.text), whole = kind.pack?.(plain) ?? plain, path = join(folder, `file${kind.ending ?? ""}`);
    writeFileSync(path, whole);
    await read(kind, path);
    const before = linearMemory().inUseBytes;
    for (let round = 0; round < ROUNDS; round++) {
      const bytes = Buffer.from(below(3) === 0 ? whole.subarray(0, below(whole.length)) : whole), changes = below(4);
      for (let i = 0; i < changes && bytes.length > 0; i++) bytes[below(bytes.length)] = below(2) === 0 ? below(256) : [0x22, 0x5c, 0x7b, 0x5d, 0x3c, 0x3e, 0x0a, 0x00, 0xff, 0x80][below(10)]!;
      writeFileSync(path, bytes);
      try { await read(kind, path); } catch (error) {
        // a schema that is found may be none: that is an error too
        if (!(error instanceof MillraceError)) throw new Error(`${kind.name}, seed ${SEED}, round ${round}`, { cause: error });
      }
      assert.equal(linearMemory().inUseBytes, before, `${kind.name}, seed ${SEED}, round ${round}: memory is given back`);
    }
  });
}
