/** Catches documents of JSON that are cut at their lines, and records that something else than a line end ends. Answers are those of Spark 4.3. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { gzipSync } from "node:zlib";
import { session } from "../../src/index.ts";

const root = mkdtempSync(join(tmpdir(), "millrace-documents-")), spark = session();
after(async () => {
  await spark.stop();
  rmSync(root, { recursive: true, force: true });
});
let files = 0;
function file(content: string | Uint8Array, ending = ".json"): string {
  const path = join(root, `${files++}${ending}`);
  writeFileSync(path, content);
  return path;
}
const SCHEMA = "a INT, b STRING, _corrupt_record STRING";
const read = async (content: string | Uint8Array, options = {}, ending?: string) => (await spark.read.schema(SCHEMA).json(file(content, ending), { multiLine: true, ...options }).collect()).map(row => Object.values(row as object));

test("a document is a row, an array a row an element", async () => {
  assert.deepEqual(await read('{"a":1}\n{"a":2}\n'), [[1, null, null]]);
  const array = '[{"a":1,\n"b":"x"},\n {"a":"bad","b":"y"}, {"b":"z"}]\n';
  assert.deepEqual(await read(array), [[1, "x", array], [null, "y", array], [null, "z", array]]);
  assert.deepEqual(await read(array.replace('"bad"', "2"), { mode: "FAILFAST" }), [[1, "x", null], [2, "y", null], [null, "z", null]]);
  assert.deepEqual(await read('{"a":\n 1, "b": "x\ny"}'), [[null, null, '{"a":\n 1, "b": "x\ny"}']]);
  assert.deepEqual(await read(""), []);
  assert.deepEqual(await read(" \n "), []);
  for (const bad of ['{"a":1,', "5", "[1,2]"]) assert.deepEqual(await read(bad), [[null, null, bad]]);
  assert.deepEqual(await read('\ufeff{"a":7}'), [[7, null, null]]);
  assert.deepEqual(await read(gzipSync('{"a":\n8}'), {}, ".json.gz"), [[8, null, null]]);
  assert.deepEqual(await read(array, { mode: "DROPMALFORMED" }), []);
});

test("many elements come in several batches, and a schema is found", async () => {
  const path = file(`[\n${Array.from({ length: 10_000 }, (_, i) => `{"i": ${i},\n "s": {"t": "${"x".repeat(i % 50)}"}}`).join(",\n")}\n]`);
  const frame = spark.read.json(path, { multiLine: true });
  assert.deepEqual((await frame.groupBy().count().collect()), [{ count: 10_000n }]);
  assert.deepEqual(await frame.where("i = 9999").select("s.t").collect(), [{ t: "x".repeat(49) }]);
});

test("records that end otherwise", async () => {
  for (const [lineSep, text] of [["|", '{"a":1,\n"b":"x"}|{"a":2}|'], ["||", '{"a":1,\n"b":"x"}||{"a":2}'], ["\r\n", '{"a":1,\n"b":"x"}\r\n{"a":2}\r\n']] as const) {
    assert.deepEqual(await read(text, { multiLine: false, lineSep }), [[1, "x", null], [2, null, null]]);
    assert.deepEqual(await spark.read.json(file(text), { lineSep }).collect(), [{ a: 1n, b: "x" }, { a: 2n, b: null }]);
  }
  assert.deepEqual(await read(Buffer.from('{"a":1,"b":"é"}\n{"a":2}', "utf16le"), { multiLine: false, encoding: "UTF-16LE" }), [[1, "é", null], [2, null, null]]);
  assert.deepEqual(await read(Buffer.from('{"b":"é"}', "latin1"), { encoding: "ISO-8859-1" }), [[null, "é", null]]);
});
