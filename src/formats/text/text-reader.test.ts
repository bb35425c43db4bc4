/** Catches lines cut otherwise than Spark 4.3's text reader cuts them, in pieces of any size. */
import assert from "node:assert/strict";
import test from "node:test";
import { rowsOf } from "../../columns/cells.ts";
import { linearMemory } from "../../memory/linear-memory.ts";
import { struct } from "../../types/data-type.ts";
import { TEXT_SCHEMA, textFormat } from "./text-format.ts";
import { TextReader, type TextReaderOptions } from "./text-reader.ts";

const memory = linearMemory();

function read(input: string | Buffer, options: TextReaderOptions = {}, piece = Number.POSITIVE_INFINITY, schema = TEXT_SCHEMA) {
  const reader = new TextReader(schema, options), bytes = Buffer.from(input), rows: unknown[] = [], bad: number[][] = [];
  const take = (): void => {
    for (let decoded = reader.next(); decoded !== undefined; decoded = reader.next()) {
      rows.push(...rowsOf(decoded.batch).map(row => row[0]));
      bad.push(...decoded.badRecords.map(record => [record.offset, record.length]));
    }
  };
  for (let at = 0; at < bytes.length;) {
    const { pointer, length } = reader.space(), part = bytes.subarray(at, at + Math.min(length, piece));
    memory.u8.set(part, pointer);
    reader.filled(part.length);
    at += part.length;
    take();
  }
  reader.end();
  take();
  reader.release();
  return { rows, bad };
}

test("line ends", () => {
  const cases: [string | Buffer, string[]][] = [
    [Buffer.from("\xef\xbb\xbfa\r\nb\rc\n\nd\xff\n \nlast", "latin1"), ["a", "b", "c", "", "d\ufffd", " ", "last"]],
    ["a\n\n", ["a", ""]], ["", []], ["a\r\r\nb\n\rc", ["a", "", "b", "", "c"]], ["\n", [""]], ["\r\n\r\n", ["", ""]], ["a\r", ["a"]], ["é😀 and more than twelve bytes\nx", ["é😀 and more than twelve bytes", "x"]],
  ];
  for (const [input, rows] of cases) for (const piece of [1, 2, 3, 1000]) assert.deepEqual(read(input, { chunkBytes: 256 }, piece).rows, rows, `${JSON.stringify(input.toString())} by ${piece}`);
});

test("more lines than a batch holds, and counting without columns", () => {
  const lines = Array.from({ length: 10_000 }, (_, i) => `line ${i} ${"x".repeat(i % 30)}`);
  assert.deepEqual(read(lines.join("\n")).rows, lines);
  assert.equal(read(lines.join("\n"), {}, 1000, struct([])).rows.length, 10_000);
});

test("a line that is too long is reported and left out", () => {
  assert.deepEqual(read(`a\n${"x".repeat(5000)}\nb`, { maxRecordBytes: 100, chunkBytes: 512 }, 300), { rows: ["a", "b"], bad: [[2, 5000]] });
});

test("options", () => {
  assert.throws(() => textFormat(TEXT_SCHEMA, { lineSep: "" }), { condition: "MILLRACE_INVALID_OPTION" });
  textFormat(TEXT_SCHEMA, {}).release();
});
