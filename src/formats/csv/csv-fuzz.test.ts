/**
 * Catches records that the kernel cuts otherwise than the tokenizer, values that it reads otherwise than the slow reader, and places where a chunk
 * ends that change a result. Input is random text of the characters that mean something.
 */
import assert from "node:assert/strict";
import test from "node:test";
import { rowsOf } from "../../columns/cells.ts";
import { CSV_CONTEXT, CSV_FLAGS } from "../../kernels/csv.ts";
import { kernels } from "../../kernels/kernels.ts";
import { Arena } from "../../memory/arena.ts";
import { linearMemory } from "../../memory/linear-memory.ts";
import type { Cell } from "../../types/cell.ts";
import { STRING, field, struct } from "../../types/data-type.ts";
import { parseSchemaDdl } from "../../types/ddl.ts";
import type { FormatReader } from "../format-reader.ts";
import { bytesAsText, csvOptions, textOfBytes } from "./csv-options.ts";
import { csvReader } from "./csv-reader.ts";
import { CsvTokenizer } from "./csv-tokenizer.ts";
import { csvValue } from "./csv-values.ts";

const seed = Number(process.env["MILLRACE_SEED"] ?? 1);
let state = seed >>> 0 || 1;
const below = (bound: number): number => { state ^= state << 13; state ^= state >>> 17; state ^= state << 5; return (state >>> 0) % bound; };
const pick = <T>(list: readonly T[]): T => list[below(list.length)]!;

function readAll(reader: FormatReader, bytes: Uint8Array, chunk: () => number): Cell[][] {
  const rows: Cell[][] = [], drain = (): void => { for (let decoded = reader.next(); decoded !== undefined; decoded = reader.next()) rows.push(...rowsOf(decoded.batch)); };
  reader.reset(0);
  for (let at = 0; at < bytes.length;) {
    const { pointer, length } = reader.space(), size = Math.min(length, chunk(), bytes.length - at);
    linearMemory().u8.set(bytes.subarray(at, at + size), pointer);
    at += size;
    reader.filled(size);
    drain();
  }
  reader.end();
  drain();
  return rows;
}

const SCHEMA = struct([field("a", STRING), field("b", STRING), field("c", STRING)]);
const OPTIONS = [{}, { ignoreLeadingWhiteSpace: "true" }, { ignoreTrailingWhiteSpace: "true" }, { ignoreLeadingWhiteSpace: "true", ignoreTrailingWhiteSpace: "true", nullValue: "N", emptyValue: "E" }, { escape: "\"" }, { sep: "\t" }, { comment: "#" }, { unescapedQuoteHandling: "STOP_AT_CLOSING_QUOTE" }, { lineSep: "|" }, { sep: "||" }, { quote: "" }, { escape: "" }];

test("lines: what the kernel and the reader make of them is what the tokenizer says", () => {
  for (let round = 0; round < 400; round++) {
    const options = { ...pick(OPTIONS) }, csv = csvOptions(options, "UTC", () => 0n), { syntax } = csv, end = syntax.lineSeparator ?? pick(["\n", "\r\n", "\n", "\r"]);
    const piece = (): string => pick([",", ",", "\"", "\"", "x", "longer than twelve bytes", " ", "\\", "é", "#", "\t", "|", "||", "N"]);
    const text = Array.from({ length: below(12) }, () => Array.from({ length: below(10) }, piece).join("").replaceAll(end === "|" ? "|" : "\0", "")).join(end);
    const tokenizer = new CsvTokenizer(syntax), expected: Cell[][] = [];
    for (const line of bytesAsText(text).split(end === "|" ? "|" : /\r\n|\r|\n/)) {
      if (/^[\x00-\x20]*$/.test(line) || syntax.comment !== undefined && line.startsWith(syntax.comment)) continue;
      const tokens = tokenizer.line(line) ?? [];
      expected.push(SCHEMA.fields.map((_, i) => (tokens[i] === undefined || tokens[i] === syntax.nullValue ? null : textOfBytes(tokens[i]))));
    }
    const reader = csvReader(SCHEMA, SCHEMA, csv, { chunkBytes: 1024 - 64, maxRows: 1 + below(5) });
    assert.deepEqual(readAll(reader, Buffer.from(text), () => 1 + below(40)), expected, `seed ${seed}, round ${round}: ${JSON.stringify({ options, text })}`);
    reader.release();
  }
});

test("records over lines: chunks of any size give what one chunk gives", () => {
  for (let round = 0; round < 300; round++) {
    const options = { multiLine: "true", ...pick(OPTIONS.filter(one => !("lineSep" in one))) }, csv = csvOptions(options, "UTC", () => 0n), end = pick(["\n", "\r\n"]);
    const piece = (): string => pick([",", ",", "\"", "\"", "\"", "x", "longer than twelve bytes", " ", "\\", "é", end, end, "||"]), text = Array.from({ length: below(60) }, piece).join("");
    const whole = csvReader(SCHEMA, SCHEMA, csv), parts = csvReader(SCHEMA, SCHEMA, csv, { chunkBytes: 1024 - 64, maxRows: 1 + below(5) });
    assert.deepEqual(readAll(parts, Buffer.from(text), () => 1 + below(30)), readAll(whole, Buffer.from(text), () => 1 << 20), `seed ${seed}, round ${round}: ${JSON.stringify({ options, text })}`);
    whole.release();
    parts.release();
  }
});

test("values of all types", () => {
  const schema = parseSchemaDdl("a TINYINT, b SMALLINT, c INT, d BIGINT, e FLOAT, f DOUBLE, g DECIMAL(10,3), h DECIMAL(30,5), i BOOLEAN, j DATE, k TIMESTAMP, l TIMESTAMP_NTZ, m STRING");
  for (const zone of ["UTC", "America/New_York"]) {
    const csv = csvOptions({}, zone, () => 1_700_000_000_000_000n), reader = csvReader(schema, schema, csv, { maxRows: 100 });
    const digits = (): string => Array.from({ length: 1 + below(20) }, () => below(10)).join("");
    const value = (): string => pick([
      () => digits(), () => `${pick(["-", "+", ""])}${digits()}`, () => `${digits()}.${digits()}`, () => `${pick(["", "-"])}${below(1000)}.${below(1000)}e${pick(["", "-", "+"])}${below(330)}`, () => pick(["NaN", "Inf", "-Inf", "Infinity", "nan", "-0", "-0.0", "1d", "0x1p3", " 1", "true", "FALSE", "t", "", "1,5"].filter(one => !one.includes(","))),
      () => `${1900 + below(200)}-${pick(["0", ""])}${1 + below(12)}-${String(1 + below(31)).padStart(2, "0")}`, () => `20${10 + below(80)}-0${1 + below(9)}-${10 + below(19)}${pick(["T", " "])}0${below(10)}:${10 + below(50)}:${10 + below(50)}${pick(["", ".5", ".123456789", "Z", "+02:00", "-05:30", " UTC"])}`, () => "x".repeat(below(20)),
    ])();
    const lines = Array.from({ length: 500 }, () => schema.fields.map(value)), text = lines.map(line => line.join(",")).join("\n");
    const expected = lines.filter(line => line.join(",").trim() !== "").map(line => schema.fields.map(({ type }, i) => (line[i] === "" ? null : csvValue(line[i]!, type, csv.values) ?? null)));
    assert.deepEqual(readAll(reader, Buffer.from(text), () => 1 << 20), expected, `seed ${seed}`);
    reader.release();
  }
});

test("a reader gives all its memory back", () => {
  for (const multiLine of ["false", "true"]) {
    const account = { name: "csv", bytes: 0 }, schema = parseSchemaDdl("a INT, b STRING, c DECIMAL(30,2), _corrupt_record STRING");
    const reader = csvReader(schema, schema, csvOptions({ multiLine }, "UTC", () => 0n), { account, chunkBytes: 1024 - 64 });
    const text = Array.from({ length: 5000 }, (_, i) => `${i},"${"x".repeat(i % 300)}""y",${i === 7 ? "bad" : "1.5"}`).join("\n");
    assert.equal(readAll(reader, Buffer.from(text), () => 700).length, 5000);
    assert.ok(account.bytes > 0);
    reader.release();
    assert.equal(account.bytes, 0);
  }
});

test("records over lines: nothing behind what is known is looked at, not even at the end of the memory", () => {
  const memory = linearMemory(), arena = new Arena(), context = arena.allocateZeroed(CSV_CONTEXT.bytes), { csvSplit } = kernels();
  const set = (place: number, value: number): void => { memory.u32[(context + place) >>> 2] = value; };
  set(CSV_CONTEXT.separator, 44), set(CSV_CONTEXT.quote, 34), set(CSV_CONTEXT.escape, 34), set(CSV_CONTEXT.comment, 35), set(CSV_CONTEXT.maxRows, 10), set(CSV_CONTEXT.maxColumns, 100);
  for (const place of [CSV_CONTEXT.starts, CSV_CONTEXT.lengths, CSV_CONTEXT.counts]) set(place, arena.allocate(64));
  for (const text of ["a,b", "a,", "a,  ", "#comment", "  ", "\"a", "x\n#", "x\nb", "x\n \"b\"", "x\nb, "]) for (const flags of [0, CSV_FLAGS.trimLeading]) for (const last of [0, CSV_FLAGS.isLast]) {
    const from = memory.u8.length - 128, where = JSON.stringify({ text, flags, last });
    memory.u8.fill(0, from);
    memory.bytes.write(text, from, "latin1");
    set(CSV_CONTEXT.flags, CSV_FLAGS.multiLine | flags | last);
    assert.equal(csvSplit(context, from, from + text.length, 0), text.startsWith("x") ? 1 : 0, where);
    assert.ok(memory.u32[(context + CSV_CONTEXT.consumed) >>> 2]! <= from + text.length + 1, where);
    memory.u8.fill(0, from);
  }
  arena.release();
});
