/** Catches a command line that doesn't do what its page says: results, formats, checkpoints, errors, exit codes, signals, pipes. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { appendFileSync, readdirSync } from "node:fs";
import { describe, test } from "node:test";
import { Folder, lines, rowsOf } from "./support.ts";

const TIMEOUT = { timeout: 60_000 };

const BIDS = `SELECT channel, window.start AS st, count(*) AS n FROM STREAM json.\`bids/\` WATERMARK at DELAY OF INTERVAL 4 SECONDS
   WHERE price > 100 GROUP BY channel, window(at, '10 seconds')`;
const bids = (fromSecond: number, toSecond: number): string => lines(...Array.from({ length: toSecond - fromSecond }, (_, i) => {
  const second = fromSecond + i;
  return { channel: `c${second % 2}`, price: second % 5 === 0 ? 100 : 200 + second, at: new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString() };
}));
/** Windows and channels with their counts, of seconds in [0, end). */
function expectedBids(end: number): string[] {
  const counts = new Map<string, number>();
  for (let second = 0; second < end; second++) if (second % 5 !== 0) {
    const key = `${new Date(Date.UTC(2026, 0, 1, 0, 0, second - second % 10)).toISOString()} c${second % 2}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return [...counts].map(([key, n]) => `${key} ${n}`).sort();
}
const bidRows = (out: string): string[] => rowsOf(out).map(row => `${String(row["st"])} ${String(row["channel"])} ${String(row["n"])}`);

describe("millrace sql", { concurrency: 4 }, () => {
test("tail -F of a log that grows is counted while it grows", TIMEOUT, async () => {
  using folder = new Folder();
  folder.write("access.ndjson", lines({ status: 200, path: "/" }, { status: 404, path: "/a" }));
  const tail = spawn("tail", ["-n", "+1", "-F", folder.at("access.ndjson")], { stdio: ["ignore", "pipe", "ignore"] });
  const run = folder.start("sql", "SELECT status, count(*) AS n FROM STREAM stdin GROUP BY status");
  tail.stdout.pipe(run.process.stdin);
  try {
    await run.until(/"status":404,"n":1/);
    appendFileSync(folder.at("access.ndjson"), lines({ status: 404, path: "/b" }, { status: 500, path: "/" }));
    await run.until(/"status":500,"n":1/);
    await run.until(/"status":404,"n":2/);
    assert.equal(run.process.exitCode, null, "it waits for more");
  } finally {
    tail.kill();
  }
  const { code, out, err } = await run.ended;
  assert.equal(code, 0, err);
  assert.equal(err, "");
  // Update mode: a group comes again when it changes, and only then.
  assert.deepEqual(rowsOf(out).map(row => `${String(row["status"])} ${String(row["n"])}`).sort(), ["200 1", "404 1", "404 2", "500 1"]);
});

test("a folder is read once, grouped, sorted and cut", TIMEOUT, async () => {
  using folder = new Folder();
  for (let file = 0; file < 3; file++) folder.write(`flights/${file}.json`, lines(...Array.from({ length: 40 }, (_, i) => ({ origin: `O${i % 13}`, delay: i % 13 === 12 ? null : (i % 13) * 2 + 0.5 }))));
  const { code, out, err } = await folder.run("sql", "SELECT origin, avg(delay) AS d FROM json.`flights/` GROUP BY origin ORDER BY d DESC LIMIT 10");
  assert.equal(code, 0, err);
  assert.deepEqual(rowsOf(out), Array.from({ length: 10 }, (_, i) => ({ origin: `O${11 - i}`, d: (11 - i) * 2 + 0.5 })));
});

test("with a checkpoint the second run gives only what is new, and all runs together what one run gives", TIMEOUT, async () => {
  using folder = new Folder();
  const args = ["sql", "--available-now", "--checkpoint", "ck", "--output-mode", "append", BIDS];
  folder.write("bids/1.json", bids(0, 20));
  folder.write("bids/2.json", bids(20, 37));
  const first = await folder.run(...args);
  assert.equal(first.code, 0, first.err);
  assert.deepEqual(bidRows(first.out).sort(), expectedBids(30), "the window that begins at 30 seconds is open still");
  const idle = await folder.run(...args);
  assert.deepEqual([idle.code, idle.out], [0, ""]);
  folder.write("bids/3.json", bids(37, 61));
  const second = await folder.run(...args);
  assert.equal(second.code, 0, second.err);
  assert.deepEqual([...bidRows(first.out), ...bidRows(second.out)].sort(), expectedBids(50));
});

test("a schema that was inferred stays, whatever comes later", TIMEOUT, async () => {
  using folder = new Folder();
  const args = ["sql", "--available-now", "--checkpoint", "ck", "SELECT * FROM STREAM json.`in`"];
  folder.write("in/1.json", lines({ id: 1, name: "a" }));
  assert.deepEqual(rowsOf((await folder.run(...args)).out), [{ id: 1, name: "a" }]);
  // Sorts before the first file; alone it would make other columns and types.
  folder.write("in/0.json", lines({ id: 2.5, name: { first: "b" }, more: true }, { id: 3, name: "c" }));
  const { code, out, err } = await folder.run(...args);
  assert.equal(code, 0, err);
  assert.deepEqual(rowsOf(out), [{ name: '{"first":"b"}' }, { id: 3, name: "c" }]);
});

test("--schema names the columns, of folders and of standard input", TIMEOUT, async () => {
  using folder = new Folder();
  folder.write("in/1.json", lines({ id: 1, at: "2026-01-01T00:00:00Z", other: 1 }));
  const files = await folder.run("sql", "--schema", "id STRING, at TIMESTAMP, gone INT", "--time-zone", "America/New_York", "SELECT *, date_format(at, 'HH') AS h FROM json.`in`");
  assert.deepEqual([files.code, rowsOf(files.out)], [0, [{ id: "1", at: "2025-12-31T19:00:00.000-05:00", h: "19" }]], files.err);
  const run = folder.start("sql", "--schema", "id BIGINT", "SELECT id + 1 AS next FROM STREAM stdin");
  run.process.stdin.write(lines({ id: 41 }));
  await run.until(/"next":42/);
  run.process.stdin.end();
  assert.equal((await run.ended).code, 0);
});

test("text on standard input is a column of lines; two readers of it each get their columns", TIMEOUT, async () => {
  using folder = new Folder();
  const text = folder.start("sql", "SELECT upper(value) AS v FROM STREAM stdin WHERE value <> ''");
  text.process.stdin.end("one\n\ntwo");
  assert.deepEqual(rowsOf((await text.ended).out), [{ v: "ONE" }, { v: "TWO" }]);
  const both = folder.start("sql", "SELECT a AS v FROM STREAM stdin UNION ALL SELECT b AS v FROM STREAM stdin");
  both.process.stdin.end(lines({ a: 1, b: 10 }, { a: 2, b: 20 }));
  const { code, out, err } = await both.ended;
  assert.equal(code, 0, err);
  assert.deepEqual(rowsOf(out).map(row => row["v"]).sort((x, y) => Number(x) - Number(y)), [1, 2, 10, 20]);
});

test("triggers: once takes one batch, a duration goes on, what is no duration is refused", TIMEOUT, async () => {
  using folder = new Folder();
  folder.write("in/1.json", lines({ id: 1 }));
  const once = await folder.run("sql", "--trigger", "once", "SELECT id FROM STREAM json.`in`");
  assert.deepEqual([once.code, once.out], [0, '{"id":1}\n'], once.err);
  const run = folder.start("sql", "--trigger", "1 second", "SELECT id FROM STREAM json.`in`");
  await run.until(/"id":1/);
  folder.write("in/2.json", lines({ id: 2 }));
  await run.until(/"id":2/);
  run.process.kill("SIGINT");
  assert.equal((await run.ended).code, 0);
  const wrong = await folder.run("sql", "--trigger", "soon", "SELECT id FROM STREAM json.`in`");
  assert.equal(wrong.code, 2);
  assert.match(wrong.err, /--trigger takes a duration such as '5 seconds', or once; not 'soon'/);
});

test("formats: table, ndjson, csv", TIMEOUT, async () => {
  using folder = new Folder();
  folder.write("in.json", lines({ a: 1, b: 'x,"y"' }, { a: null, b: "é" }));
  const run = async (format: string): Promise<string> => (await folder.run("sql", "--format", format, "SELECT a, b FROM json.`in.json`")).out;
  assert.equal(await run("ndjson"), '{"a":1,"b":"x,\\"y\\""}\n{"b":"é"}\n');
  assert.equal(await run("csv"), 'a,b\n1,"x,\\"y\\""\n,é\n');
  assert.equal(await run("table"), '+----+-----+\n|a   |b    |\n+----+-----+\n|1   |x,"y"|\n|NULL|é    |\n+----+-----+\n');
  const wrong = await folder.run("sql", "--format", "xml", "SELECT 1");
  assert.deepEqual([wrong.code, wrong.out], [2, ""]);
  assert.match(wrong.err, /--format takes table, ndjson, csv; not 'xml'/);
});

test("a sink of files is read back by SQL: only what was published", TIMEOUT, async () => {
  using folder = new Folder();
  folder.write("in/1.json", lines({ id: 1 }, { id: 2 }));
  const args = ["sql", "--available-now", "--checkpoint", "ck", "--sink", "json", "--path", "out", "SELECT id FROM STREAM json.`in`"];
  const first = await folder.run(...args);
  assert.deepEqual([first.code, first.out], [0, ""], first.err);
  folder.write("in/2.json", lines({ id: 3 }));
  assert.equal((await folder.run(...args)).code, 0);
  folder.write("out/part-9-1-00000000-0000-0000-0000-000000000000.json", lines({ id: 99 }));
  assert.deepEqual(rowsOf((await folder.run("sql", "SELECT id FROM json.`out` ORDER BY id")).out), [{ id: 1 }, { id: 2 }, { id: 3 }]);
  // The same folder, read as a stream.
  assert.deepEqual(rowsOf((await folder.run("sql", "--available-now", "SELECT id FROM STREAM json.`out`")).out), [{ id: 1 }, { id: 2 }, { id: 3 }]);
  const other = await folder.run("sql", "--available-now", "--checkpoint", "ck2", "--sink", "json", "--path", "out", "SELECT id FROM STREAM json.`in`");
  assert.equal(other.code, 1);
  assert.match(other.err, /MILLRACE_SINK_CONFLICT/);
  assert.match((await folder.run("sql", "--sink", "json", "SELECT id FROM STREAM json.`in`")).err, /--sink needs --path DIR/);
});

test("-f reads the statement, --explain prints plans and runs nothing", TIMEOUT, async () => {
  using folder = new Folder();
  folder.write("in.json", lines({ a: 1 }));
  folder.write("q.sql", "-- the answer\nSELECT a + 41 AS n\nFROM json.`in.json`\n");
  assert.equal((await folder.run("sql", "-f", "q.sql")).out, '{"n":42}\n');
  const explained = await folder.run("sql", "--explain", "-f", "q.sql");
  assert.equal(explained.code, 0);
  assert.match(explained.out, /^== Parsed Logical Plan ==[^]*== Analyzed Logical Plan ==\nn: bigint\n[^]*== Optimized Logical Plan ==[^]*== Physical Plan ==\nProject \[n\]/);
  const missing = await folder.run("sql", "-f", "none.sql");
  assert.equal(missing.code, 2);
  assert.match(missing.err, /none\.sql can't be read/);
});

test("errors say where, name the nearest, and end with 1; wrong use ends with 2", TIMEOUT, async () => {
  using folder = new Folder();
  folder.write("in.json", lines({ amount: 1, name: "a" }));
  const column = await folder.run("sql", "SELECT name,\n  amuont FROM json.`in.json`");
  assert.deepEqual([column.code, column.out], [1, ""]);
  assert.match(column.err, /^\[UNRESOLVED_COLUMN\.WITH_SUGGESTION\] .*`amuont`.* SQLSTATE: 42703\n {4}amuont FROM json\.`in\.json`\n {4}\^{6}\n  hint: did you mean `amount`\?\n$/);
  const word = await folder.run("sql", "SELECT name FRM json.`in.json`");
  assert.equal(word.code, 1);
  assert.match(word.err, /PARSE_SYNTAX_ERROR[^]*hint: did you mean FROM\?/);
  const division = await folder.run("sql", "SELECT amount / (amount - 1) AS q FROM json.`in.json`");
  assert.equal(division.code, 1);
  assert.match(division.err, /^\[DIVIDE_BY_ZERO\][^]*\n {9}\^{21}\n/);
  assert.match((await folder.run("sql", "SELECT * FROM json.`nothing`")).err, /PATH_NOT_FOUND/);
  for (const [args, said] of [
    [["sq"], /there is no command 'sq'/], [["sql"], /sql needs a statement/], [["sql", "--colour", "SELECT 1"], /--colour/], [["sql", "--available-now", "SELECT 1"], /--available-now is for streams; write FROM STREAM/], [[], /^$/],
  ] as const) {
    const ending = await folder.run(...args);
    assert.equal(ending.code, 2, args.join(" "));
    assert.match(ending.err, said);
  }
  const version = await folder.run("--version");
  assert.deepEqual([version.code, version.err], [0, ""]);
  assert.match(version.out, /^\d+\.\d+\.\d+\n$/);
});

test("a stream that fails on a row ends with 1 and says which condition", TIMEOUT, async () => {
  using folder = new Folder();
  const run = folder.start("sql", "SELECT 10 / n AS q FROM STREAM stdin");
  run.process.stdin.write(lines({ n: 5 }));
  await run.until(/"q":2/);
  run.process.stdin.end(lines({ n: 0 }));
  const { code, err } = await run.ended;
  assert.equal(code, 1);
  assert.match(err, /DIVIDE_BY_ZERO/);
});

test("a reader that goes away ends it without a word", TIMEOUT, async () => {
  using folder = new Folder();
  folder.write("in.json", Array.from({ length: 200_000 }, (_, i) => `{"id":${i},"text":"some text to fill the pipe"}\n`).join(""));
  const run = folder.start("sql", "SELECT * FROM json.`in.json`");
  await run.until(/"id":0/);
  run.process.stdout.destroy();
  const { code, err } = await run.ended;
  assert.deepEqual([code, err], [0, ""]);
});

test("Ctrl-C lets out what is there, though the trigger would wait for long", TIMEOUT, async () => {
  using folder = new Folder();
  folder.write("in/1.json", lines({ id: 1 }));
  const run = folder.start("sql", "--trigger", "1 hour", "SELECT id FROM STREAM json.`in`");
  await run.until(/"id":1/);
  folder.write("in/2.json", lines({ id: 2 }));
  run.process.kill("SIGINT");
  const { code, out, err } = await run.ended;
  assert.deepEqual([code, out, err], [0, '{"id":1}\n{"id":2}\n', ""]);
});

test("a place that can't be written is said without a stack", TIMEOUT, async () => {
  using folder = new Folder();
  folder.write("in/1.json", lines({ id: 1 }));
  const { code, err } = await folder.run("sql", "--available-now", "--sink", "json", "--path", "in/1.json", "SELECT id FROM STREAM json.`in`");
  assert.equal(code, 1);
  assert.match(err, /^[^\n]*1\.json[^\n]*\n$/);
});

test("Ctrl-C ends a stream with 0, behind a whole batch; with the checkpoint nothing is lost or doubled", TIMEOUT, async () => {
  using folder = new Folder();
  for (let i = 0; i < 5; i++) folder.write(`in/${i}.json`, lines({ id: i }));
  const args = ["sql", "--checkpoint", "ck", "--sink", "json", "--path", "out", "SELECT id FROM STREAM json.`in`"];
  const run = folder.start(...args);
  while (!readdirSync(folder.path).includes("out") || !readdirSync(folder.at("out")).some(name => name.endsWith(".json"))) await new Promise(resolve => { setTimeout(resolve, 20); });
  run.process.kill("SIGINT");
  const { code, err } = await run.ended;
  assert.equal(code, 0, err);
  folder.write("in/9.json", lines({ id: 9 }));
  assert.equal((await folder.run(...args.slice(0, 1), "--available-now", ...args.slice(1))).code, 0);
  assert.deepEqual(rowsOf((await folder.run("sql", "SELECT id FROM json.`out` ORDER BY id")).out).map(row => row["id"]), [0, 1, 2, 3, 4, 9]);
});
});
