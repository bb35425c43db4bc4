/** Catches rows, bad records and limits that differ from what Spark 4.3 answered for the same lines, and memory that grows with the input. */
import assert from "node:assert/strict";
import test from "node:test";
import { cellAt, rowsOf } from "../../columns/cells.ts";
import { linearMemory } from "../../memory/linear-memory.ts";
import type { Cell } from "../../types/cell.ts";
import { parseSchemaDdl } from "../../types/ddl.ts";
import { field, struct, INT, STRING, type StructType } from "../../types/data-type.ts";
import { findTimeZone } from "../../types/time-zone.ts";
import type { FormatReader, ParseMode } from "../format-reader.ts";
import { jsonFormat } from "./json-format.ts";
import { NdjsonReader } from "./ndjson-reader.ts";

const memory = linearMemory();
const nowMicros = (): bigint => 1_795_264_000_000_000n;
interface Settings { mode?: ParseMode; corruptColumn?: string; zone?: string; chunkBytes?: number; maxRecordBytes?: number; maxRows?: number; fullSchema?: StructType }
interface Bad { offset: number; length: number; column: string | undefined; outcome: string }

const readerOf = (schema: StructType, { zone = "UTC", ...settings }: Settings): FormatReader =>
  new NdjsonReader(schema, { mode: "PERMISSIVE", corruptColumn: "_corrupt_record", zone: findTimeZone(zone)!, nowMicros, ...settings });

/** Feeds a reader as a file does, in pieces of at most `piece` bytes. */
function readAll(reader: FormatReader, input: Uint8Array, piece = Number.POSITIVE_INFINITY): { rows: Cell[][]; bad: Bad[] } {
  const rows: Cell[][] = [], bad: Bad[] = [];
  const take = (): void => {
    for (let decoded = reader.next(); decoded !== undefined; decoded = reader.next()) {
      rows.push(...rowsOf(decoded.batch));
      for (const { offset, length, column, outcome } of decoded.badRecords) bad.push({ offset, length, column, outcome });
    }
  };
  for (let at = 0; at < input.length;) {
    const { pointer, length } = reader.space(), bytes = Math.min(length, piece, input.length - at);
    memory.u8.set(input.subarray(at, at + bytes), pointer);
    reader.filled(bytes);
    at += bytes;
    take();
  }
  reader.end();
  take();
  return { rows, bad };
}

function read(schema: string | StructType, input: string | Uint8Array, settings: Settings = {}, piece?: number): { rows: Cell[][]; bad: Bad[] } {
  const reader = readerOf(typeof schema === "string" ? parseSchemaDdl(schema) : schema, settings);
  try { return readAll(reader, typeof input === "string" ? Buffer.from(input) : input, piece); } finally { reader.release(); }
}
const latin = (text: string): Buffer => Buffer.from(text, "latin1");

/** Line, and the rows that Spark's reader gave; the last column is the record's text where it was bad. */
type Case = readonly [line: string | Uint8Array, ...rows: Cell[][]];
function check(schema: string, cases: readonly Case[], settings: Settings = {}): void {
  for (const [line, ...want] of cases) {
    const bytes = typeof line === "string" ? Buffer.from(line) : line, text = Buffer.from(bytes).toString();
    // null stands for: not bad
    assert.deepEqual(read(`${schema}, _corrupt_record STRING`, bytes, settings).rows, want.map(row => row.map(cell => cell === BAD ? text : cell)), JSON.stringify(text.slice(0, 200)));
  }
}
const BAD = "(the record)";
const GONE: Cell[] = [null, null, BAD];

test("syntax as Spark's reader takes it", () => check("a INT, b STRING", [
  ["{\"a\":1,\"b\":\"x\"}", [1, "x", null]], ["{\"a\":1,\"b\":\"x\"} trailing", [1, "x", null]], ["{\"a\":1}{\"a\":2}", [1, null, null]], ["{\"a\":1}]", [1, null, null]],
  ["1", GONE], ["\"x\"", GONE], ["null", GONE], ["true", GONE], ["\"\"", GONE], [""], ["   "], ["\t"], ["\r"], ["{}", [null, null, null]],
  ["{,}", GONE], ["{\"a\":1,}", GONE], ["{\"a\":1 \"b\":2}", GONE], ["{\"a\"}", GONE], ["{\"a\":}", GONE], ["{a:1}", GONE],
  ["{'a':1,'b':'it\"s'}", [1, "it\"s", null]], ["{\"a\":1,\"b\":\"it\\'s\"}", [1, "it's", null]], ["{'a':1,'b':'it\\'s'}", [1, "it's", null]],
  ["{\"b\":\"x\\q\"}", GONE], ["{\"b\":\"\\u12\"}", GONE], ["{\"zz\":\"\\q\",\"a\":1}", GONE], ["{\"zz\":\"a\tb\",\"a\":1}", GONE], ["{\"b\":\"a\tb\",\"a\":1}", GONE],
  ["{\"a\":1/*c*/}", GONE], ["{\"a\":01}", GONE], ["{\"a\":-01}", GONE], ["{\"a\":-}", GONE], ["{\"a\":+1}", GONE], ["{\"a\":1.}", GONE], ["{\"a\":.5}", GONE], ["{\"a\":nul,\"b\":\"k\"}", GONE],
  ["{\"a\":1x,\"b\":\"k\"}", GONE], ["{\"b\":\"k\",\"a\":\"x\"", GONE], ["{\"b\":\"k\",\"a\":\"x\", zz}", GONE],
  ["{\"zz\":INF,\"b\":\"k\"}", GONE], ["{\"zz\":NaNa,\"b\":\"k\"}", GONE], ["{\"zz\":truee,\"b\":\"k\"}", GONE], ["\u000b{\"a\":1}", GONE],
  ["{\"zz\":NaN,\"b\":\"k\"}", [null, "k", null]], ["{\"zz\":+INF,\"b\":\"k\"}", [null, "k", null]], ["{\"zz\":-INF,\"b\":\"k\"}", [null, "k", null]], ["{\"zz\":Infinity,\"b\":\"k\"}", [null, "k", null]], ["{\"zz\":+Infinity,\"b\":\"k\"}", [null, "k", null]],
  ["{\"zz\":1 ,\"b\" : \"k\" }", [null, "k", null]], ["{\"a\":1}\r", [1, null, null]], ["{\"\":5,\"a\":1}", [1, null, null]], ["{\"__proto__\":5,\"a\":1}", [1, null, null]], [" {\"a\":1}", [1, null, null]],
  ["{\"a\":1,\"b\":\"x\"}\u0000", [1, "x", null]], ["{\"_corrupt_record\":\"hello\",\"a\":1}", [1, null, null]], ["{\"a\":-0}", [0, null, null]], ["{\"a\" :1}", [1, null, null]],
  ["{\"a\":1,\"b\":\"\\/\\b\\f\\n\\r\\t\\\"\\\\\"}", [1, "/\b\f\n\r\t\"\\", null]], ["{\"A\":1,\"B\":\"k\"}", [null, null, null]], ["{\"\\u0061\":7}", [7, null, null]],
]));

test("a value of a wrong type is null, the others stay", () => check("a INT, b STRING", [
  ["{\"a\":1.0}", GONE], ["{\"a\":1e2}", GONE], ["{\"a\":2147483648,\"b\":\"k\"}", [null, "k", BAD]], ["{\"a\":\"1\",\"b\":\"k\"}", [null, "k", BAD]], ["{\"a\":\"\",\"b\":\"k\"}", [null, "k", BAD]],
  ["{\"a\":true,\"b\":\"k\"}", [null, "k", BAD]], ["{\"a\":null,\"b\":\"k\"}", [null, "k", null]], ["{\"a\":{\"x\":1},\"b\":\"k\"}", [null, "k", BAD]], ["{\"a\":[1],\"b\":\"k\"}", [null, "k", BAD]], ["{\"a\":NaN,\"b\":\"k\"}", [null, "k", BAD]],
]));

test("a key that comes twice: the last good value", () => check("a INT, b STRING", [
  ["{\"a\":1,\"a\":2}", [2, null, null]], ["{\"a\":1,\"a\":\"x\"}", [1, null, BAD]], ["{\"a\":\"x\",\"a\":1}", [1, null, BAD]], ["{\"a\":1,\"a\":null}", [null, null, null]], ["{\"b\":\"k\",\"a\":\"x\",\"a\":\"y\"} ", [null, "k", BAD]],
]));

test("lines that are arrays", () => {
  check("a INT, b STRING", [
    ["[{\"a\":1},{\"a\":2}]", [1, null, null], [2, null, null]], ["[{\"a\":1},{\"a\":\"x\"},{\"a\":3}]", [1, null, BAD], GONE, [3, null, BAD]],
    ["[{\"a\":1},5]", GONE], ["[]"], ["[1]", GONE], ["[[{\"a\":1}]]", GONE], ["[{\"a\":1},", GONE], ["[{\"a\":1}] x", [1, null, null]],
  ]);
  const many = `{"a":0}\n[${Array.from({ length: 10_000 }, (_, i) => `{"a":${i}}`).join(",")}]\n{"a":1}`;
  const { rows, bad } = read("a INT", many);
  assert.deepEqual([rows.length, rows[1]![0], rows[10_000]![0], rows[10_001]![0], bad.length], [10_002, 0, 9999, 1, 0]);
});

test("UTF-8, byte order marks, surrogates", () => check("a INT, b STRING", [
  [latin("\xef\xbb\xbf{\"a\":1}"), [1, null, null]], [latin("{\"b\":\"\xff\",\"a\":1}"), GONE], [latin("{\"zz\":\"\xff\",\"a\":1}"), GONE], [latin("{\"b\":\"\xc0\x80\",\"a\":1}"), [1, "\u0000", null]], [latin("{\"zz\":\"\xc0\x80\",\"a\":1}"), [1, null, null]],
  [latin("{\"b\":\"\xf4\x90\x80\x80\",\"a\":1}"), [1, "??", null]], [latin("{\"b\":\"\xf8\x88\x80\x80\x80\",\"a\":1}"), GONE], [latin("{\"b\":\"\xe2\x28\xa1\",\"a\":1}"), GONE], [latin("{\"b\":\"\xf0\x80\x80\x80\",\"a\":1}"), [1, "\uffc0?", null]],
  [latin("{\"b\":\"\xe0\x80\x80\",\"a\":1}"), [1, "\u0000", null]], [latin("{\"b\":\"\x80\",\"a\":1}"), GONE], [latin("{\"\xff\":1,\"a\":1}"), GONE], [latin("{\"b\":{\"x\":\"\xff\"},\"a\":1}"), GONE],
  ["{\"b\":\"é😀\",\"a\":1}", [1, "é😀", null]], ["{\"b\":\"\\ud800\",\"a\":1}", [1, "?", null]], ["{\"b\":\"\\ud800x\",\"a\":1}", [1, "?x", null]], ["{\"b\":\"\\ud83d\\ude00\",\"a\":1}", [1, "😀", null]],
  ["{\"b\":\"\\ude00\",\"a\":1}", [1, "?", null]], ["{\"b\":\"\\ud83d\\u0041\",\"a\":1}", [1, "?A", null]], ["{\"b\":\"\\u0000\",\"a\":1}", [1, "\u0000", null]], ["{\"b\":[\"\\ud800\"],\"a\":1}", [1, "[\"\\ud800\"]", null]], ["{\"\\ud800\":7,\"a\":1}", GONE],
  [latin("{\"a\":1} \xff"), [1, null, null]], ["{\"a\":1,\u00a0\"b\":\"x\"}", GONE],
]));

test("a STRING column keeps the text of any value", () => check("b STRING", [
  ["{\"b\":1}", ["1", null]], ["{\"b\":1.50}", ["1.50", null]], ["{\"b\":-0}", ["-0", null]], ["{\"b\":true}", ["true", null]], ["{\"b\":null}", [null, null]], ["{\"b\":NaN}", ["NaN", null]], ["{\"b\":-INF}", ["-INF", null]],
  ["{\"b\":[ 1, 2 ]}", ["[ 1, 2 ]", null]], ["{\"b\":{\"x\" : 1 }}", ["{\"x\" : 1 }", null]], ["{\"b\":\"\"}", ["", null]], ["{\"b\": 1 }", ["1", null]], ["{\"b\":123456789012345678901234567890}", ["123456789012345678901234567890", null]], ["{\"b\":['x']}", ["['x']", null]],
]));

test("whole numbers", () => check("t TINYINT, s SMALLINT, i INT, l BIGINT", [
  ["{\"t\":127,\"s\":32767,\"i\":2147483647,\"l\":9223372036854775807}", [127, 32767, 2147483647, 2n ** 63n - 1n, null]], ["{\"t\":-128,\"s\":-32768,\"i\":-2147483648,\"l\":-9223372036854775808}", [-128, -32768, -2147483648, -(2n ** 63n), null]],
  ["{\"t\":200}", [-56, null, null, null, null]], ["{\"t\":255}", [-1, null, null, null, null]],
  ...["{\"t\":256}", "{\"t\":-129}", "{\"s\":32768}", "{\"i\":-2147483649}", "{\"l\":9223372036854775808}", "{\"l\":-9223372036854775809}", "{\"l\":1e3}", "{\"l\":1.0}", "{\"l\":\"5\"}", `{"l":${"9".repeat(1001)}}`].map(line => [line, [null, null, null, null, BAD]] as Case),
  [`{"zz":${"9".repeat(1001)},"i":1}`, [null, null, null, null, BAD]], [`{"zz":${"9".repeat(1000)},"i":1}`, [null, null, 1, null, null]],
]));

test("FLOAT and DOUBLE are rounded once", () => {
  const d = (text: string, value: number | null): Case => [`{"d":${text}}`, [null, value, value === null ? BAD : null]], f = (text: string, value: number): Case => [`{"f":${text}}`, [value, null, null]];
  check("f FLOAT, d DOUBLE", [
    d("1.5", 1.5), d("-0", 0), d("-0.0", -0), d("1e400", Infinity), d("-1e400", -Infinity), d("1e-400", 0), d("4.9e-324", 5e-324), d("2.4703282292062327e-324", 0), d("2.4703282292062328e-324", 5e-324), d("NaN", NaN), d("+INF", Infinity), d("-INF", -Infinity),
    d("\"NaN\"", NaN), d("\"Infinity\"", Infinity), d("\"+INF\"", Infinity), d("\"-INF\"", -Infinity), d("\"INF\"", null), d("\"1.5\"", null), d("\"\"", null), d("true", null), d("9223372036854775808", 2 ** 63), d("1e99999999999", Infinity), d("0e99999999999", 0), d("9007199254740993", 2 ** 53),
    d(`1${"0".repeat(400)}`, Infinity), d(`0.${"0".repeat(400)}1`, 0), d("1".repeat(1000), Infinity), d("1".repeat(1001), null), d(`0.${"1".repeat(1000)}`, null),
    f("0.1", Math.fround(0.1)), f("-0", 0), f("16777217", 16777216), f("16777219", 16777220), f("1.00000005960464477539062", 1), f("1.00000005960464477539063", 1.0000001192092896), f("1e39", Infinity), f("3.4028235677973366e38", 3.4028234663852886e38), f("1e-45", 1.401298464324817e-45), f("7e-46", 0), f("7.1e-46", 1.401298464324817e-45), f("\"NaN\"", NaN),
  ]);
});

test("timestamps and dates in all forms", () => {
  const at = (iso: string): bigint => BigInt(Date.parse(iso)) * 1000n;
  const t = (text: string, value: bigint | null): Case => [`{"x":${text},"k":1}`, [value, 1, value === null ? BAD : null]];
  check("x TIMESTAMP, k INT", [
    t("\"2023-11-14T22:13:20.000Z\"", at("2023-11-14T22:13:20Z")), t("\"2023-11-14 22:13:20\"", at("2023-11-14T21:13:20Z")), t("\"2023-11-14\"", at("2023-11-13T23:00:00Z")), t("\"2023-07-01T00:00:00\"", at("2023-06-30T22:00:00Z")), t("\"2024-03-31 02:30:00\"", at("2024-03-31T01:30:00Z")), t("\"2024-10-27 02:30:00\"", at("2024-10-27T00:30:00Z")),
    t("\"2023-11-14T22:13:20.1234567Z\"", at("2023-11-14T22:13:20.123Z") + 456n), t("\"2023-11-14T22:13:20.123456789Z\"", at("2023-11-14T22:13:20.123Z") + 456n), t("\"2023-11-14T22:13:20.1234567890Z\"", at("2023-11-14T22:13:20.123Z") + 456n), t("\"2023-11-14T22:13:20.Z\"", at("2023-11-14T22:13:20Z")),
    t("\"2023-11-14T22:13:20+05:30\"", at("2023-11-14T16:43:20Z")), t("\"2023-11-14T22:13:20+0530\"", at("2023-11-14T16:43:20Z")), t("\"2023-11-14T22:13:20+5\"", at("2023-11-14T17:13:20Z")), t("\"2023-11-14T22:13:20+05:3\"", at("2023-11-14T17:10:20Z")), t("\"2023-11-14T22:13:20 Europe/London\"", at("2023-11-14T22:13:20Z")), t("\"2023-11-14T22:13:20PST\"", at("2023-11-15T06:13:20Z")),
    t("\"2023-11-14T22:13:20+18:00\"", at("2023-11-14T04:13:20Z")), t("\"2023-11-14T22:13:20+19:00\"", null), t("\"2023-11-14T22:13:20z\"", null), t("\"2023-02-29T00:00:00Z\"", null), t("\"2023-11-14T24:00:00Z\"", null), t("\"2023-11-14T\"", null), t("\"epoch\"", null), t("\"\"", null), t("1.5", null), t("true", null), t("{}", null),
    t("\"294247-01-10T04:00:54.775807Z\"", 2n ** 63n - 1n), t("\"294247-01-10T04:00:54.775808Z\"", null), t("1700000000", 1_700_000_000_000_000n), t("-5", -5_000_000n), t("9223372036854775807", -1_000_000n), t("\"12:13\"", at("2026-11-21T11:13:00Z")), t("\"2023-11-14T22:13:20\\u005a\"", at("2023-11-14T22:13:20Z")), t("'2023-11-14T00:00:00Z'", at("2023-11-14T00:00:00Z")),
  ], { zone: "Europe/Paris" });
  check("x TIMESTAMP_NTZ, k INT", [t("\"2023-11-14 22:13:20\"", at("2023-11-14T22:13:20Z")), t("\"2023\"", at("2023-01-01T00:00:00Z")), t("\"2023-11-14T22:13:20.000Z\"", null), t("\"12:00\"", null), t("1700000000", null)]);
  const d = (text: string, value: number | null): Case => [`{"x":${text},"k":1}`, [value, 1, value === null ? BAD : null]];
  check("x DATE, k INT", [
    d("\"2023-11-14\"", 19675), d("\"2023-11-14T22:13:20Z\"", 19675), d("\"2023-11-14 junk\"", 19675), d("\"2023-11-14junk\"", null), d("\"2023\"", 19358), d("\"2023-1-4\"", 19361), d("\"2023-02-29\"", null), d("\"-2023-01-01\"", -1458413), d("\"99999999\"", 99999999), d("\"-5\"", -5), d("\"0005\"", -717701), d("\"2023-11-14GMT\"", 19675), d("\"10000000000\"", null), d("5", null), d("\"\"", null),
  ]);
});

test("DECIMAL, BINARY, intervals", () => {
  const n = (text: string, value: bigint | null): Case => [`{"x":${text},"k":1}`, [value, 1, value === null ? BAD : null]];
  check("x DECIMAL(10,2), k INT", [
    n("1", 100n), n("1.005", 101n), n("-1.005", -101n), n("1.004", 100n), n("99999999.994", 9999999999n), n("99999999.995", null), n("123456789", null), n("1e3", 100000n), n("1e-3", 0n), n("\"1.5\"", 150n), n("\" 1.5\"", null), n("\"1,234.5\"", 123450n), n("\"abc\"", null), n("\"\"", null), n("NaN", null), n("true", null), n("1e400", null), n("1e1000000000", null), n("1e-400", 0n), n("\"+5\"", 500n), n("\".5\"", 50n), n("\"5.\"", 500n), n("0.00500", 1n),
  ]);
  check("x DECIMAL(18,0), k INT", [n("999999999999999999", 999999999999999999n), n("1000000000000000000", null), n("999999999999999999.4", 999999999999999999n), n("999999999999999999.5", null), n("-0.5", -1n), n("0.4999999999999999999999999999", 0n), n("1e17", 10n ** 17n)]);
  check("x DECIMAL(38,10), k INT", [n("1234567890123456789012345678.12345678905", 12345678901234567890123456781234567891n), n("12345678901234567890123456789", null), n("1e27", 10n ** 37n), n("1e28", null)]);
  check("x INTERVAL DAY TO SECOND, k INT", [n("\"INTERVAL '1 02:03:04.5' DAY TO SECOND\"", 93784500000n), n("\"1 02:03:04.5\"", 93784500000n), n("5", null)]);
  const bytes = (text: string): Cell => new Uint8Array(Buffer.from(text));
  check("x BINARY, k INT", [["{\"x\":\"SGVsbG8=\",\"k\":1}", [bytes("Hello"), 1, null]], ["{\"x\":\"SGVs\\nbG8=\",\"k\":1}", [bytes("Hello"), 1, null]], ["{\"x\":\"SGVsbG8\",\"k\":1}", [null, 1, BAD]], ["{\"x\":\"!!\",\"k\":1}", [null, 1, BAD]], ["{\"x\":\"\",\"k\":1}", [bytes(""), 1, null]]]);
});

test("nested columns keep what is good of them", () => check("s STRUCT<x:INT,y:STRING>, r ARRAY<INT>, m MAP<STRING,INT>, k INT", [
  ["{\"s\":{\"x\":1,\"y\":\"a\"},\"r\":[1,2,null],\"m\":{\"a\":1,\"b\":null},\"k\":1}", [[1, "a"], [1, 2, null], { entries: [["a", 1], ["b", null]] }, 1, null]], ["{\"s\":{\"x\":\"bad\",\"y\":\"a\"},\"k\":1}", [[null, "a"], null, null, 1, BAD]],
  ["{\"s\":5,\"k\":1}", [null, null, null, 1, BAD]], ["{\"s\":[{\"x\":1}],\"k\":1}", [null, null, null, 1, BAD]], ["{\"r\":[1,\"x\",3],\"k\":1}", [null, null, null, 1, BAD]], ["{\"m\":{\"a\":\"x\",\"b\":2},\"k\":1}", [null, null, null, 1, BAD]],
  ["{\"s\":{\"x\":1,\"x\":2,\"X\":3,\"q\":{}},\"k\":1}", [[2, null], null, null, 1, null]], ["{\"s\":{},\"r\":[],\"m\":{}}", [[null, null], [], { entries: [] }, null, null]], ["{\"s\":{\"x\":1,\"y\":{\"z\":[1, 2]}},\"k\":1}", [[1, "{\"z\":[1, 2]}"], null, null, 1, null]],
  ["{\"s\":{\"x\":1},\"s\":{\"y\":\"b\"},\"k\":1}", [[null, "b"], null, null, 1, null]], ["{\"s\":{\"x\":1},\"s\":5,\"k\":1}", [[1, null], null, null, 1, BAD]],
]));

test("depth and lengths of names are limited as Jackson limits them", () => {
  const nested = (depth: number): string => "[".repeat(depth) + "]".repeat(depth);
  check("a INT", [[`{"zz":${nested(999)},"a":1}`, [1, null]], [`{"zz":${nested(1000)},"a":1}`, [null, BAD]], [`{"${"k".repeat(50_000)}":1,"a":2}`, [2, null]], [`{"${"k".repeat(50_001)}":1,"a":2}`, [null, BAD]], [`{"${"k\\n".repeat(20_000)}":1,"a":2}`, [2, null]]]);
  const deep = `{"zz":${"[".repeat(5_000_000)}`;
  assert.deepEqual(read("a INT", `${deep}\n{"a":3}`).rows, [[null], [3]]);
});

test("modes", () => {
  const input = "{\"a\":1,\"b\":\"x\"}\n{\"a\":\"bad\",\"b\":\"y\"}\n{\"a\":2\n{\"a\":3}\n", schema = "a INT, b STRING";
  assert.deepEqual(read(schema, input), {
    rows: [[1, "x"], [null, "y"], [null, null], [3, null]],
    bad: [{ offset: 16, length: 19, column: "a", outcome: "kept" }, { offset: 36, length: 6, column: undefined, outcome: "kept" }],
  });
  assert.deepEqual(read(schema, input, { mode: "DROPMALFORMED" }), {
    rows: [[1, "x"], [3, null]],
    bad: [{ offset: 16, length: 19, column: "a", outcome: "dropped" }, { offset: 36, length: 6, column: undefined, outcome: "dropped" }],
  });
  assert.throws(() => read(schema, input, { mode: "FAILFAST" }), /^ExecutionError: \[MALFORMED_RECORD_IN_PARSING\.WITHOUT_SUGGESTION\] Malformed records are detected in record parsing: \[null,y\]\.\nParse Mode: FAILFAST\..* SQLSTATE: 22023/);
  assert.deepEqual(read("a INT, bad STRING, b STRING", "{\"a\":\"bad\",\"b\":\"y\"}\n{\"b\":\"z\"}", { corruptColumn: "bad" }).rows, [[null, "{\"a\":\"bad\",\"b\":\"y\"}", "y"], [null, null, "z"]]);
  assert.throws(() => read("a INT, _corrupt_record INT", ""), /INVALID_CORRUPT_RECORD_TYPE.*"INT"/);
});

test("a column that may not be null sends the record to the dead letters", () => {
  const schema = struct([field("a", INT, false), field("b", STRING)]), input = "{\"a\":1}\n{\"b\":\"x\"}\n{\"a\":null}\n{\"a\":2,\"b\":\"y\"}\nbad\n";
  const dead = [{ offset: 8, length: 9, column: "a", outcome: "deadLetter" }, { offset: 18, length: 10, column: "a", outcome: "deadLetter" }, { offset: 45, length: 3, column: undefined, outcome: "deadLetter" }];
  assert.deepEqual(read(schema, input), { rows: [[1, null], [2, "y"]], bad: dead });
  assert.deepEqual(read(struct([field("b", STRING)]), input, { fullSchema: schema }), { rows: [[null], ["y"]], bad: dead });
  assert.deepEqual(read(struct([]), input, { fullSchema: schema }).rows.length, 2);
  assert.deepEqual(read(schema, input, { mode: "DROPMALFORMED" }).bad.map(bad => bad.outcome), ["dropped", "dropped", "dropped"]);
  assert.throws(() => read(schema, input, { mode: "FAILFAST" }), /MALFORMED_RECORD_IN_PARSING/);
});

test("line ends, blank lines and pieces of any size make no difference", () => {
  const lines = Array.from({ length: 700 }, (_, i) => i % 50 === 7 ? "" : i % 50 === 9 ? "{\"a\":oops" : `{"a":${i},"b":"${"é".repeat(i % 40)}\\n${i}","t":"2023-11-14 22:13:${String(i % 60).padStart(2, "0")}"}`);
  const schema = "a INT, b STRING, t TIMESTAMP", want = read(schema, lines.join("\n"));
  assert.equal(want.rows.length, 686);
  for (const end of ["\n", "\r\n", "\r"]) for (const piece of [1, 13, 1000]) {
    assert.deepEqual(read(schema, lines.join(end) + end, { chunkBytes: 4096 - 64, maxRows: 33 }, piece).rows, want.rows, `${JSON.stringify(end)}, ${piece}`);
  }
  assert.deepEqual(read("a INT", "{\"a\":1}\r{\"a\":2}\r\n\n{\"a\":\r1}").rows, [[1], [2], [null], [null]]);
});

test("a record beyond maxRecordBytes is one bad record, and what follows is read", () => {
  const schema = "a INT, _corrupt_record STRING", long = `{"a":1,"b":"${"x".repeat(5000)}"}`, input = `{"a":1}\n${long}\n{"a":2}\n${long}\r\n{"a":3}`;
  for (const piece of [7, 1000, 100_000]) for (const chunkBytes of [512, 4096, 65536]) {
    const { rows, bad } = read(schema, input, { maxRecordBytes: 1000, chunkBytes }, piece);
    assert.deepEqual(rows.map(row => row[0]), [1, null, 2, null, 3]);
    assert.deepEqual(bad.map(({ offset, length }) => [offset, length]), [[8, long.length], [8 + long.length + 9, long.length]]);
    assert.ok(long.startsWith(rows[1]![1] as string) && (rows[1]![1] as string).length >= 256);
  }
  assert.deepEqual(read(schema, long, { maxRecordBytes: 1000, chunkBytes: 512 }).rows.length, 1);
  assert.deepEqual(read("a INT", `${long}\n{"a":2}`, { maxRecordBytes: long.length }).rows, [[1], [2]]);
});

test("a line of 100 MB costs no more than its limit", () => {
  const before = memory.inUseBytes, reader = readerOf(parseSchemaDdl("a INT"), { maxRecordBytes: 1 << 20 });
  const piece = Buffer.alloc(400_000, "x");
  let most = 0, rows = 0, length = 0;
  for (let i = 0; i < 250; i++) {
    const { pointer, length: room } = reader.space();
    assert.ok(room >= 100_000);
    memory.u8.set(piece.subarray(0, 100_000), pointer);
    for (let k = 1; k < 4 && room >= (k + 1) * 100_000; k++) memory.u8.set(piece.subarray(0, 100_000), pointer + k * 100_000);
    reader.filled(Math.min(4, Math.floor(room / 100_000)) * 100_000);
    assert.equal(reader.next(), undefined);
    most = Math.max(most, memory.inUseBytes - before);
  }
  const { pointer } = reader.space();
  memory.u8.set(Buffer.from("\n{\"a\":7}\n"), pointer);
  reader.filled(9);
  for (let decoded = reader.next(); decoded !== undefined; decoded = reader.next()) {
    rows += decoded.batch.length;
    if (decoded.badRecords[0] !== undefined) { length = decoded.badRecords[0].length; assert.equal(decoded.badRecords[0].raw().length, 65536); }
  }
  reader.release();
  assert.equal(rows, 2);
  assert.ok(length >= 50_000_000);
  assert.ok(most < 8 << 20, `${most} bytes`);
});

test("long strings with escapes, many repairs and many columns fit by growing", () => {
  const text = "\\n\\\"é".repeat(300_000), { rows } = read("a STRING, b STRING", `{"a":"${text}","b":"x"}\n{"a":"${text}","b":"${text}"}`);
  assert.equal(rows[1]![1], "\n\"é".repeat(300_000));
  const names = Array.from({ length: 3000 }, (_, i) => `column_${i}`), schema = struct(names.map(name => field(name, INT)));
  const line = (value: string): string => `{${names.map(name => `"${name}":${value}`).join(",")}}`;
  const wide = read(schema, `${line("1")}\n${line("\"x\"")}\n${line("2").split(",").reverse().join(",").replace("}", "").replace("{", "").replace(/^/, "{")}}\n${Array.from({ length: 5 }, () => line("\"y\"")).join("\n")}`, { maxRows: 16 });
  assert.equal(wide.rows.length, 8);
  assert.deepEqual([wide.rows[0]![2999], wide.rows[1]![0], wide.rows[2]![1500], wide.bad.length], [1, null, 2, 6]);
});

test("more unknown keys than are remembered", () => {
  const lines = Array.from({ length: 3000 }, (_, i) => `{"unknown_${i}":{"x":[${i}]},"a":${i},"other\\u005f${i}":1}`);
  assert.deepEqual(read("a INT", lines.join("\n")).rows, lines.map((_, i) => [i]));
});

test("null strings have empty views, so that nothing stale is read", () => {
  const reader = readerOf(parseSchemaDdl("a STRING"), {});
  const views: bigint[] = [];
  const feed = (line: string): void => {
    const { pointer } = reader.space(), bytes = Buffer.from(line);
    memory.u8.set(bytes, pointer);
    reader.filled(bytes.length);
    const { columns: [column] } = reader.next()!.batch;
    views.push(memory.u64[column!.data / 8]!, memory.u64[column!.data / 8 + 1]!);
    assert.equal(cellAt(column!, 0) === null, line.includes("null"));
  };
  feed("{\"a\":\"a string that is longer than twelve bytes\"}\n");
  feed("{\"a\":null}\n");
  reader.release();
  assert.notEqual(views[0], 0n);
  assert.deepEqual(views.slice(2), [0n, 0n]);
});

test("all memory is given back", () => {
  read("a INT", "");
  const before = memory.inUseBytes;
  read("a INT, b STRING, s STRUCT<x:INT>", `{"a":1,"b":"${"\\n".repeat(100_000)}","s":{"x":1}}\n[{"a":1}]\nbad`);
  assert.equal(memory.inUseBytes, before);
});

test("options of the format", () => {
  const schema = parseSchemaDdl("a INT"), open = (options: Record<string, string>): FormatReader => jsonFormat(schema, { options, timeZone: "UTC", nowMicros });
  const reader = open({ MODE: "dropmalformed", maxrecordbytes: "100" });
  assert.deepEqual(readAll(reader, Buffer.from("{\"a\":\"x\"}\n{\"a\":1}")).rows, [[1]]);
  reader.release();
  assert.throws(() => open({ allowComments: "maybe" }), /MILLRACE_INVALID_OPTION.*allowComments/);
  assert.throws(() => open({ maxRecordBytes: "-1" }), /MILLRACE_INVALID_OPTION/);
  assert.throws(() => open({ timeZone: "Mars/Base" }), /MILLRACE_INVALID_OPTION.*Mars/);
});
