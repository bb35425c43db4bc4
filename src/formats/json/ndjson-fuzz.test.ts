/**
 * Catches a kernel that reads a line otherwise than the slow reader does: random and mutated lines through both, over
 * columns of every kind. MILLRACE_LONG runs it for a minute; a failure names its seed, to run again with NDJSON_SEED.
 */
import assert from "node:assert/strict";
import test from "node:test";
import { rowsOf } from "../../columns/cells.ts";
import { linearMemory } from "../../memory/linear-memory.ts";
import type { Cell } from "../../types/cell.ts";
import type { DataType, StructType } from "../../types/data-type.ts";
import { parseSchemaDdl } from "../../types/ddl.ts";
import { findTimeZone } from "../../types/time-zone.ts";
import { JsonReader } from "./json-reader.ts";
import { NdjsonDecoder } from "./ndjson-decoder.ts";

const memory = linearMemory();
const ZONE = findTimeZone("Europe/Paris")!, nowMicros = (): bigint => 1_795_264_000_000_000n;
const NARROW = parseSchemaDdl("auction BIGINT, price DOUBLE, channel STRING, dateTime TIMESTAMP, ok BOOLEAN, n INT, t TINYINT, s SMALLINT, f FLOAT, d DECIMAL(10,2), day DATE, ntz TIMESTAMP_NTZ, w DECIMAL(38,10), st STRUCT<x:INT,y:STRING,z:ARRAY<DOUBLE>>, ar ARRAY<STRUCT<k:BIGINT>>, mp MAP<STRING,INT>, b BINARY, a_key_of_more_than_sixteen_bytes STRING, a_key_of_more_than_sixteen_bytez INT, deep STRUCT<st:STRUCT<x:INT,t:TIMESTAMP,q:STRUCT<x:INT,r:ARRAY<INT>>>,x:BIGINT,n:STRING,a_key_of_more_than_sixteen_bytes:STRING,ar:ARRAY<STRUCT<k:BIGINT>>>");
const WIDE = parseSchemaDdl(Array.from({ length: 90 }, (_, i) => `c${i} ${["BIGINT", "STRING", "DOUBLE", "INT"][i % 4]}`).join(", "));

/** Random numbers by mulberry32. */
function random(seed: number): { below(n: number): number; chance(p: number): boolean; pick<T>(items: readonly T[]): T } {
  const next = (): number => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  return { below: n => Math.floor(next() * n), chance: p => next() < p, pick: items => items[Math.floor(next() * items.length)]! };
}
type Random = ReturnType<typeof random>;

const WORDS = ["\"\"", "\"Apple\"", "\"exactly12chr\"", "\"thirteenchars\"", "\"Café 日本 😀\"", "\"q\\\"\\\\\\n\\t\\/\\b\\f\\r\"", "\"\\u00e9\\u65e5\\ud83d\\ude00\"", "\"\\ud800\"", "\"x\\udc00y\"", "\"\\ud83d\\u0041\"",
  "'single \"quoted\"'", "'it\\'s'", "\"it\\'s\"", "\"\\u0000\"", "\"NaN\"", "\"-INF\"", "\"Infinity\"", "\"1.5\"", "\"1,234.5\"", "\"SGVsbG8=\""];
const NUMBERS = ["0", "-0", "-0.0", "1", "12345678", "123456789012345678", "9223372036854775807", "-9223372036854775808", "9223372036854775808", "99999999999999999999", "1e400", "-1e-400", "4.9e-324", "2.2250738585072011e-308",
  "1.7976931348623157e308", "9007199254740993", "0.1", "1.005", "2.675", "99999999.995", "16777217", "1.00000005960464477539062", "1.00000005960464477539063", "3.4028235677973366e38", "1e-45", "7e-46", "1E5", "1e+5", "127", "128", "255", "256", "-129", "32768", "2147483648",
  "01", "-", "1.", ".5", "+1", "1e", "NaN", "Infinity", "-Infinity", "+INF", "-INF", "INF"];
const TIMES = ["2023-11-14T22:13:20.000Z", "2024-02-29 00:00:00Z", "2023-02-29T00:00:00Z", "1969-12-31T23:59:59.999999Z", "2023-11-14T22:13:20+05:30", "2023-11-14T22:13:20-17:59", "2023-11-14T22:13:20+18:00", "2023-11-14T22:13:20+19:00", "2023-13-14T22:13:20Z",
  "2023-11-14T24:13:20Z", "2023-11-14 22:13:20", "2024-03-31 02:30:00", "2024-10-27T02:30:00.5", "2023-11-14T22:13:20.1234567", "2023-11-14T22:13:20.123456789Z", "2023-11-14T22:13:20.1234567890Z", "2023-11-14", "2023-11-14T", "2023-11-14 junk", "2023-1-4", "2023", "12:30", "0000-01-01", "0001-01-01T00:00:00Z", "9999-12-31", "12345-01-01",
  "2023-11-14T22:13:20 Europe/London", "2023-11-14T22:13:20GMT", "junk", "5", "1900-01-01 00:00:00", "2023-11-14T22:13:20.", "  2023-11-14 "];
const NESTED = ["{}", "[]", "[1,2,{\"a\":[]}]", "{\"k\":\"}]\",\"z\":{\"y\":[[[]]]}}", "{\"x\":1,\"y\":\"a\\n\",\"z\":[1.5,null,\"NaN\"]}", "{\"x\":\"bad\",\"y\":5}", "[{\"k\":1},{\"k\":null},null]", "[{\"k\":1},{\"k\":\"x\"}]", "{\"a\":1,\"b\":null}", "{\"a\":\"x\",\"b\":2}",
  "{'a':1}", "[1,]", "{\"a\"}", "[true,false,null,-1.5e3]", "{\"a\":1 \"b\":2}", "[ 1 , 2 ]", "{ \"x\" : 1 }", "{\"x\":1,\"x\":2}"];

function value(r: Random): string {
  switch (r.below(12)) {
    case 0: return "null";
    case 1: return r.pick(["true", "false", "tru", "nul"]);
    case 2: case 3: return r.pick(WORDS);
    case 4: return r.pick(NUMBERS);
    case 5: return String(r.below(2) === 0 ? r.below(1e6) : (r.below(2 ** 30) - 2 ** 29) / 10 ** r.below(9));
    case 6: return String(Number(`${r.below(2 ** 31)}${r.below(1e6)}e${r.below(60) - 40}`));
    case 7: return `"${r.pick(TIMES)}"`;
    case 8: return r.pick(NESTED);
    case 9: return `"${"é".repeat(r.below(20))}${"x".repeat(r.below(40))}"`;
    case 10: return `${r.below(1e9)}${"0".repeat(r.below(25))}${r.chance(0.5) ? `.${r.below(1e6)}` : ""}`;
    default: return `"2023-11-${String(r.below(30) + 1).padStart(2, "0")}T${String(r.below(24)).padStart(2, "0")}:00:00${r.pick(["Z", "", ".5Z", "+02:00"])}"`;
  }
}

/** A value that is mostly right for the type. */
function fitting(type: DataType, r: Random): string {
  if (r.chance(0.06)) return value(r);
  if (r.chance(0.08)) return "null";
  switch (type.kind) {
    case "bigint": case "int": case "smallint": case "tinyint": return String(r.below(200) - 100);
    case "double": case "float": case "decimal": return r.chance(0.5) ? String(r.below(100000) / 100) : String((r.below(2 ** 31) + r.below(1e6) / 1e6) / 1e5);
    case "boolean": return r.pick(["true", "false"]);
    case "timestamp": return `"${r.pick(TIMES)}"`;
    case "timestamp_ntz": case "date": return `"${r.pick(TIMES)}"`;
    case "struct": return r.chance(0.2) ? r.pick(NESTED) : object(type, r);
    case "array": case "map": return r.pick(NESTED);
    default: return r.pick(WORDS);
  }
}

/** An object that mostly fits. */
function object(schema: StructType, r: Random): string {
  const space = (): string => r.chance(0.03) ? r.pick([" ", "  ", "\t"]) : "";
  const members: string[] = [];
  const add = (key: string, text: string): void => { members.push(`${space()}${key}${space()}:${space()}${text}${space()}`); };
  for (const { name, type } of schema.fields) if (r.chance(schema.fields.length > 50 ? 0.3 : 0.6)) add(JSON.stringify(name), fitting(type, r));
  if (r.chance(0.3)) add(r.pick(["\"zz\"", "\"unknown key that is long\"", "\"\"", "\"__proto__\"", "'q'", "\"esc\\u0061ped\"", "\"a\\\":1,\\\"b\"", "\"constructor\""]), value(r));
  if (r.chance(0.1)) { const { name, type } = r.pick(schema.fields); add(JSON.stringify(name), fitting(type, r)); }
  if (r.chance(0.05)) { const { name } = r.pick(schema.fields); add(`"\\u${name.charCodeAt(0).toString(16).padStart(4, "0")}${name.slice(1)}"`, value(r)); }
  if (r.chance(0.2)) members.reverse();
  return `{${members.join(",")}}`;
}

function line(schema: StructType, r: Random): string {
  const text = object(schema, r);
  if (r.chance(0.02)) return r.pick(["", " ", "null", "[]", "5", "\"x\"", `${text} trailing`, `\ufeff${text}`, `[${text}]`, `[${text},${text}]`, `[${text},5]`, `${text}}`]);
  return text;
}

function mutate(bytes: Buffer, r: Random): Buffer {
  const copy = Buffer.from(bytes);
  if (copy.length > 0) for (let i = r.below(3); i >= 0; i--) {
    const byte = r.chance(0.5) ? "{}[]\",:\\ tfnu0123456789.eE-+'".charCodeAt(r.below(29)) : r.below(256);
    copy[r.below(copy.length)] = byte === 10 || byte === 13 ? 32 : byte;
  }
  return r.chance(0.2) ? copy.subarray(0, r.below(copy.length + 1)) : copy;
}

interface Outcome { readonly rows: Cell[][]; readonly bad: readonly (readonly [number, number, string])[] }

function slow(lines: readonly Buffer[], schema: StructType): Outcome {
  const rows: Cell[][] = [], bad: [number, number, string][] = [];
  let offset = 0;
  for (const bytes of lines) {
    const record = new JsonReader(bytes, 0, bytes.length, { zone: ZONE, nowMicros }).record(schema.fields);
    rows.push(...record.rows);
    if (record.error !== undefined) bad.push([offset, bytes.length, record.error.reason]);
    offset += bytes.length + 1;
  }
  return { rows, bad };
}

function fast(lines: readonly Buffer[], schema: StructType, decoder: NdjsonDecoder, r: Random): Outcome {
  const input = Buffer.concat(lines.flatMap(bytes => [bytes, NEWLINE]));
  // where it fits: so that a read beyond the 64 spare bytes leaves the memory, and traps
  const isGuarded = input.length < 60_000, pointer = isGuarded ? 2 ** 32 - 64 - input.length : memory.allocate(input.length + 64);
  memory.u8.set(input, pointer);
  // what lies behind must not matter
  for (let i = 0; i < 64; i++) memory.u8[pointer + input.length + i] = r.below(256);
  const rows: Cell[][] = [], bad: [number, number, string][] = [];
  for (let at = pointer; at < pointer + input.length;) {
    const decoded = decoder.decode(at, pointer + input.length, at - pointer);
    rows.push(...rowsOf(decoded.batch));
    for (const record of decoded.badRecords) {
      assert.deepEqual(Buffer.from(record.raw()), input.subarray(record.offset, record.offset + record.length));
      bad.push([record.offset, record.length, record.reason]);
    }
    at += decoded.consumedBytes;
  }
  if (!isGuarded) memory.free(pointer, input.length + 64);
  return { rows, bad };
}
const NEWLINE = Buffer.from("\n");

function campaign(schema: StructType, firstSeed: number, millis: number): number {
  const end = performance.now() + millis;
  let count = 0, seed = firstSeed;
  do {
    const r = random(seed);
    const decoder = new NdjsonDecoder(schema, { mode: "PERMISSIVE", corruptColumn: "_corrupt_record", zone: ZONE, nowMicros, maxRows: r.pick([1, 7, 64, 4096]) });
    try {
      for (let round = 0; round < 3; round++) {
        const lines = Array.from({ length: 60 }, () => {
          const bytes = Buffer.from(line(schema, r));
          return r.chance(0.25) ? mutate(bytes, r) : bytes;
        });
        count += lines.length;
        const want = slow(lines, schema), got = fast(lines, schema, decoder, r);
        if (want.rows.length === got.rows.length && same(want.rows, got.rows) && same(want.bad.map(b => b.slice(0, 2)), got.bad.map(b => b.slice(0, 2)))) continue;
        explain(lines, schema, r, seed);
        assert.deepEqual(got, want, `seed ${seed}`);
      }
    } finally { decoder.release(); }
    seed++;
  } while (performance.now() < end);
  return count;
}

/** Narrows a difference down to a line. */
function explain(lines: readonly Buffer[], schema: StructType, r: Random, seed: number): void {
  for (const bytes of lines) {
    const decoder = new NdjsonDecoder(schema, { mode: "PERMISSIVE", corruptColumn: "_corrupt_record", zone: ZONE, nowMicros });
    const want = slow([bytes], schema), got = fast([bytes], schema, decoder, r);
    decoder.release();
    assert.ok(same(want.rows, got.rows) && same(want.bad.map(b => b.slice(0, 2)), got.bad.map(b => b.slice(0, 2))),
      `seed ${seed}, line ${JSON.stringify(bytes.toString("latin1"))}\n  slow ${show(want)}\n  fast ${show(got)}`);
  }
}

const show = (outcome: unknown): string => JSON.stringify(outcome, (_, v) => typeof v === "bigint" ? `${v}n` : typeof v === "number" && !Number.isFinite(v) ? String(v) : v);

function same(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every(key => same((a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key]));
}

const seed = Number(process.env["NDJSON_SEED"] ?? 1), millis = process.env["MILLRACE_LONG"] === undefined ? 900 : 30_000;

test("every kind of column", () => { assert.ok(campaign(NARROW, seed, millis) > 0); });
test("more than 64 columns", () => { assert.ok(campaign(WIDE, seed, millis) > 0); });
