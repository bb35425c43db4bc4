/**
 * Catches input that is bad on purpose and brings the program down, takes memory without bound, is lost without being
 * counted, or comes out as another value than it was.
 */
import assert from "node:assert/strict";
import { closeSync, openSync, readFileSync, readdirSync, utimesSync, writeSync } from "node:fs";
import { describe, test } from "node:test";
import { bigint, int, schema, session, string, type StreamingQueryProgress } from "millrace";
import { Folder, lines, rowsOf, type Ending } from "./support.ts";

const MAX_BYTES = 400 * 2 ** 20, TIMEOUT = { timeout: 120_000 };
/** 4 MiB each: as long as the line of the file only in the long run, as a pipe takes its time. */
const PIPED_CHUNKS = process.env["MILLRACE_LONG"] === "1" ? 150 : 40;
const BYTES = new TextEncoder();

function succeeded({ code, out, err, maxBytes }: Ending): Record<string, unknown>[] {
  assert.equal(code, 0, err);
  assert.ok(maxBytes > 0 && maxBytes < MAX_BYTES, `${maxBytes / 2 ** 20} MiB`);
  return rowsOf(out);
}

/** `{"id":1}`, a record of one line of so many bytes without any newline, `{"id":2}`; most of it a hole in the file. */
function longLine(path: string, bytes: number): void {
  const file = openSync(path, "w");
  writeSync(file, '{"id":1}\n{"s":"', 0);
  writeSync(file, '"}\n{"id":2}\n', bytes);
  closeSync(file);
}

describe("bad input", { concurrency: 2 }, () => {
  test("nesting five million deep is one bad record, in a value that is read and in one that is not", TIMEOUT, async () => {
    using folder = new Folder();
    const deep = 5_000_000;
    folder.write("in.json", `{"id":1}\n{"id":2,"v":${"[".repeat(deep)}${"]".repeat(deep)}}\n{"id":3,"w":${'{"a":'.repeat(deep / 2)}1${"}".repeat(deep / 2)}}\n{"id":4,"v":${"[".repeat(deep)}\n{"id":5}\n`);
    for (const type of ["STRING", "ARRAY<ARRAY<INT>>"]) {
      const rows = succeeded(await folder.run("sql", "--schema", `id BIGINT, v ${type}, _corrupt_record STRING`, "SELECT id, v IS NULL AS none, length(_corrupt_record) > 65000 AS bad FROM json.`in.json`"));
      assert.deepEqual(rows, [{ id: 1, none: true }, { none: true, bad: true }, { none: true, bad: true }, { none: true, bad: true }, { id: 5, none: true }]);
    }
    assert.deepEqual(succeeded(await folder.run("sql", "SELECT count(*) AS n, count(id) AS ids FROM json.`in.json`")), [{ n: 5, ids: 2 }], "also where the schema is inferred");
  });

  test("a line of 600 MB is one bad record, of a file and of a pipe", TIMEOUT, async () => {
    using folder = new Folder();
    longLine(folder.at("in.json"), 600 * 2 ** 20);
    const args = ["sql", "--schema", "id BIGINT, _corrupt_record STRING", "SELECT id, length(_corrupt_record) AS kept FROM "] as const;
    const expected = [{ id: 1 }, { kept: 65_536 }, { id: 2 }];
    assert.deepEqual(succeeded(await folder.run(...args.slice(0, 3), `${args[3]}json.\`in.json\``)), expected);
    const run = folder.start(...args.slice(0, 3), `${args[3]}STREAM stdin`), chunk = new Uint8Array(4 << 20).fill(0x61);
    const write = (bytes: string | Uint8Array): Promise<unknown> | undefined => (run.process.stdin.write(bytes) ? undefined : new Promise(resolve => { run.process.stdin.once("drain", resolve); }));
    await write('{"id":1}\n{"s":"');
    for (let i = 0; i < PIPED_CHUNKS; i++) await write(chunk);
    run.process.stdin.end('"}\n{"id":2}');
    assert.deepEqual(succeeded(await run.ended), expected);
  });

  test("numbers out of range, odd keys, texts that are no text: the right value or a bad record, never another value", TIMEOUT, async () => {
    using folder = new Folder();
    const cases: readonly (readonly [line: string | Uint8Array, row: object])[] = [
      ['\ufeff{"id":1}', { id: 1 }],
      ['{"id":2,"s":"a"}\r', { id: 2, s: "a" }],
      ['{"id":3,"x":1e400}', { id: 3, x: "Infinity" }],
      ['{"id":1e400,"s":"a"}', { s: "a", bad: true }],
      ['{"id":9223372036854775807}', { id: "9223372036854775807" }],
      ['{"id":-9223372036854775808}', { id: "-9223372036854775808" }],
      ['{"id":9223372036854775808,"s":"a"}', { s: "a", bad: true }],
      ['{"id":-9223372036854775809,"s":"a"}', { s: "a", bad: true }],
      ['{"id":4,"s":"a","id":5}', { id: 5, s: "a" }],
      ['{"__proto__":{"id":6},"constructor":1,"toString":2,"id":7}', { id: 7 }],
      ['{"id":8,"s":"\\ud800 x"}', { id: 8, s: "? x" }],
      ['{"id":8,"s":"\\ud83d\\ude00"}', { id: 8, s: "😀" }],
      [Uint8Array.of(...BYTES.encode('{"id":9,"s":"'), 0xff, 0xfe, ...BYTES.encode('"}')), { bad: true }],
// Too long a form of U+0000: taken, as by the parser that Spark uses.
      [Uint8Array.of(...BYTES.encode('{"id":9,"s":"'), 0xc0, 0x80, ...BYTES.encode('"}')), { id: 9, s: "\u0000" }],
      ['{"id":10,"s":"\u0000"}', { bad: true }],
      ['{"id":10,"s":"\\u0000"}', { id: 10, s: "\u0000" }],
      ["no json", { bad: true }],
      ["null", { bad: true }],
      ["{}", {}],
      ['{"id":11,"s":"half', { bad: true }],
    ];
    const bytes = cases.flatMap(([line], i) => [...(typeof line === "string" ? BYTES.encode(line) : line), ...(i === cases.length - 1 ? [] : [10])]);
    folder.write("in/data.json", Uint8Array.from(bytes));
    utimesSync(folder.at("in/data.json"), 1, 1); // a stream waits for the other half of a line while its file is young
    folder.write("in/empty.json", "");
    folder.write("in/lines.json", "\n\r\n  \n");
    const text = "SELECT CAST(id AS STRING) AS id, s, x, _corrupt_record IS NOT NULL AS bad FROM";
    const expected = cases.map(([, row]) => ({ ...row, ...("id" in row && { id: String(row.id) }), bad: "bad" in row }));
    const same = (rows: Record<string, unknown>[]) => assert.deepEqual(rows.map(row => ({ ...row })), expected.map(row => ({ ...row })));
    const schemaText = "id BIGINT, s STRING, x DOUBLE, _corrupt_record STRING";
    same(succeeded(await folder.run("sql", "--schema", schemaText, `${text} json.\`in\``)));
    same(succeeded(await folder.run("sql", "--schema", schemaText, "--available-now", `${text} STREAM json.\`in\``)));
    const run = folder.start("sql", "--schema", schemaText, `${text} STREAM stdin`);
    run.process.stdin.end(readFileSync(folder.at("in/data.json")));
    same(succeeded(await run.ended));
  });

  test("with __proto__ as a column, a field and a map's key it is a name like others", TIMEOUT, async () => {
    using folder = new Folder();
    folder.write("in.json", '{"__proto__":1,"constructor":{"__proto__":2},"m":{"__proto__":3,"hasOwnProperty":4}}\n');
    const rows = await folder.run("sql", "--schema", "`__proto__` INT, constructor STRUCT<`__proto__`: INT>, m MAP<STRING, INT>", "SELECT `__proto__` AS a, constructor.`__proto__` AS b, m['__proto__'] AS c, m['hasOwnProperty'] AS d, `__proto__` FROM json.`in.json`");
    assert.equal(rows.out, '{"a":1,"b":2,"c":3,"d":4,"__proto__":1}\n', rows.err);
    assert.equal((await folder.run("sql", "SELECT `__proto__` AS a, constructor.`__proto__` AS b FROM json.`in.json`")).out, '{"a":1,"b":2}\n');
  });
});

const GOOD = [{ id: 1, s: "a" }, { id: 2, s: "b" }, { id: 3, s: null }];
const BAD = ['{"id":"x","s":"c"}', "no json", '{"s":"without id"}', '{"id":null,"s":"null id"}', '{"id":4,"s":{"a":', '{"id":2147483648,"s":"d"}'];

/** Runs a stream over good and bad records, in two batches, and gives its rows, its progress and what was written about bad ones. */
async function run(folder: Folder, mode: string | undefined, notNull: boolean): Promise<{ readonly rows: object[]; readonly progress: readonly StreamingQueryProgress[]; readonly letters: Record<string, unknown>[] }> {
  folder.write("in/1.json", lines(...GOOD.slice(0, 2)) + BAD.slice(0, 3).join("\n"));
  folder.write("in/2.json", `${BAD.slice(3).join("\n")}\n${lines(...GOOD.slice(2))}`);
  await using mill = session({ timeZone: "UTC" });
  const Row = schema({ id: notNull ? int().notNull() : int(), s: string() }), rows: object[] = [];
  const query = await mill.readStream.schema(Row).json(folder.at("in"), { maxFilesPerTrigger: 1, ...(mode !== undefined && { mode: mode as "PERMISSIVE" }) })
    .writeStream.trigger({ availableNow: true }).foreachBatch(async batch => { rows.push(...await batch.collect()); }).start({ checkpointLocation: folder.at("ck") });
  await query.awaitTermination();
  const place = folder.at("ck/dead-letters");
  const letters = readdirSync(folder.at("ck")).includes("dead-letters") ? await mill.read.schema(schema({ batchId: bigint(), origin: string(), offset: bigint(), length: bigint(), column: string(), reason: string(), raw: string(), encoding: string() })).json(place).collect() : [];
  return { rows, progress: query.recentProgress, letters: letters as unknown as Record<string, unknown>[] };
}
const sum = (progress: readonly StreamingQueryProgress[], of: (one: StreamingQueryProgress) => number): number => progress.reduce((total, one) => total + of(one), 0);

describe("bad records of a stream", { concurrency: 2 }, () => {
  test("PERMISSIVE keeps them as rows with what is good of them", TIMEOUT, async () => {
    using folder = new Folder();
    const { rows, progress, letters } = await run(folder, undefined, false);
    assert.deepEqual(rows, [GOOD[0], GOOD[1], { id: null, s: "c" }, { id: null, s: null }, { id: null, s: "without id" }, { id: null, s: "null id" }, { id: null, s: null }, { id: null, s: "d" }, GOOD[2]]);
    assert.deepEqual([sum(progress, one => one.numInputRows), sum(progress, one => one.millrace.deadLetters), letters.length], [9, 0, 0]);
  });

  test("DROPMALFORMED leaves them out, counts them and keeps their bytes", TIMEOUT, async () => {
    using folder = new Folder();
    const { rows, progress, letters } = await run(folder, "DROPMALFORMED", false);
    assert.deepEqual(rows, [GOOD[0], GOOD[1], { id: null, s: "without id" }, { id: null, s: "null id" }, GOOD[2]]);
    assert.deepEqual([sum(progress, one => one.numInputRows), sum(progress, one => one.millrace.deadLetters)], [5, 4]);
    assert.deepEqual(letters.map(letter => letter["raw"]), [BAD[0], BAD[1], BAD[4], BAD[5]]);
  });

  test("a column that may not be null sends the record to the dead letters, with place and reason; all records are counted", TIMEOUT, async () => {
    using folder = new Folder();
    const { rows, progress, letters } = await run(folder, undefined, true);
    assert.deepEqual(rows, GOOD);
    assert.equal(progress.length, 2);
    assert.deepEqual(progress.map(one => [one.numInputRows, one.millrace.deadLetters]), [[2, 3], [1, 3]]);
    assert.deepEqual(letters.map(letter => letter["raw"]), BAD);
    const first = readFileSync(folder.at("in/1.json"), "utf8");
    for (const letter of letters.slice(0, 3)) {
      assert.equal(letter["origin"], folder.at("in/1.json"));
      assert.equal(first.slice(Number(letter["offset"]), Number(letter["offset"]) + Number(letter["length"])), letter["raw"]);
      assert.ok(String(letter["reason"]).length > 5);
    }
    assert.deepEqual(letters.map(letter => Number(letter["batchId"])), [0, 0, 0, 1, 1, 1]);
  });

  test("FAILFAST ends the query at the first, and says where it is", TIMEOUT, async () => {
    using folder = new Folder();
    await assert.rejects(run(folder, "FAILFAST", false), (error: Error & { condition?: string; hint?: string }) => error.hint?.includes("1.json: ") === true && error.hint.includes("byte 34") && error.condition?.startsWith("MALFORMED_RECORD_IN_PARSING") === true && error.message.includes("[null,c]"));
  });
});
