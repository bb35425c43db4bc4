/** Catches what Spark refuses of a streaming query (its UnsupportedOperationChecker) when it is let through, refused in other words, or without saying what to do instead. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { MillraceError, bigint, int, schema, string, timestamp } from "../index.ts";
import { testSession } from "../testing/index.ts";
import type { OutputMode } from "./writer.ts";

const Event = schema({ ts: timestamp(), key: string(), v: int() });
const LATE = "Detected pattern of possible 'correctness' issue due to global watermark.";
const JOIN = "is not supported without a watermark in the join keys, or a watermark on the nullable side and an appropriate range condition";

interface Case { readonly sql: string; readonly mode?: OutputMode; readonly condition?: string; readonly message: string; readonly hint: RegExp }
const mode = (outputMode: OutputMode, operation: string): Pick<Case, "mode" | "condition" | "message"> =>
  ({ mode: outputMode, condition: "STREAMING_OUTPUT_MODE.UNSUPPORTED_OPERATION", message: `Invalid streaming output mode: ${outputMode}. This output mode is not supported for ${operation} on streaming DataFrames/DataSets.` });
const WINDOW = "window(ts, '10 seconds')";

const cases: readonly Case[] = [
  { sql: "SELECT * FROM dim", condition: "WRITE_STREAM_NOT_ALLOWED", message: "`writeStream` can be called only on streaming Dataset/DataFrame.", hint: /readStream/ },
  { sql: "SELECT key, count(*) FROM s GROUP BY key", ...mode("append", "streaming aggregations without watermark"), hint: /withWatermark/ },
  { sql: "SELECT DISTINCT key FROM s", ...mode("append", "streaming aggregations without watermark"), hint: /withWatermark/ },
  { sql: "SELECT key, count(*) FROM w GROUP BY key", ...mode("append", "streaming aggregations without watermark"), hint: /group by it/ },
  { sql: "SELECT key, count(*) FROM w GROUP BY session_window(ts, '5 seconds'), key", ...mode("update", "session window streaming aggregations"), hint: /append/ },
  { sql: "SELECT key FROM s", ...mode("complete", "no streaming aggregations"), hint: /aggregate/ },
  { sql: "SELECT count(DISTINCT key) FROM s", mode: "complete", message: "Distinct aggregations are not supported on streaming DataFrames/Datasets. Consider using approx_count_distinct() instead.", hint: /approx_count_distinct/ },
  { sql: "SELECT sum(DISTINCT v) FROM s", mode: "update", message: "Distinct aggregations are not supported on streaming DataFrames/Datasets. Consider using approx_count_distinct() instead.", hint: /dropDuplicates/ },
  { sql: "SELECT key FROM s ORDER BY key", message: "Sorting is not supported on streaming DataFrames/Datasets, unless it is on aggregated DataFrame/Dataset in Complete output mode", hint: /complete mode/ },
  { sql: "SELECT key, count(*) AS n FROM s GROUP BY key ORDER BY n", mode: "update", message: "Sorting is not supported on streaming DataFrames/Datasets, unless it is on aggregated DataFrame/Dataset in Complete output mode", hint: /complete mode/ },
  { sql: "SELECT key FROM s LIMIT 5", mode: "update", message: "Limits are not supported on streaming DataFrames/Datasets in Update output mode", hint: /append mode/ },
  { sql: "SELECT key FROM s OFFSET 5", message: "Offset is not supported on streaming DataFrames/Datasets", hint: /no last row/ },
  { sql: "SELECT key FROM s TABLESAMPLE (10 PERCENT)", message: "Sampling is not supported on streaming DataFrames/Datasets", hint: /rand\(\)/ },
  { sql: "SELECT key, monotonically_increasing_id() AS n FROM s", message: "Expression(s): monotonically_increasing_id() is not supported with streaming DataFrames/Datasets", hint: /uuid/ },
  { sql: "SELECT key, row_number() OVER (PARTITION BY key ORDER BY ts) AS rn FROM s", condition: "NON_TIME_WINDOW_NOT_SUPPORTED_IN_STREAMING", message: "Window function is not supported in ROW_NUMBER() (as column `rn`) on streaming DataFrames/Datasets.", hint: /window\(ts/ },
  { sql: `SELECT n, count(*) FROM (SELECT key, count(*) AS n FROM s GROUP BY key) GROUP BY n`, mode: "update", message: LATE, hint: /append mode/ },
  { sql: `SELECT n, count(*) FROM (SELECT key, count(*) AS n FROM s GROUP BY key) GROUP BY n`, mode: "complete", message: LATE, hint: /append mode/ },
  { sql: `SELECT DISTINCT n FROM (SELECT key, count(*) AS n FROM s GROUP BY key)`, mode: "complete", message: LATE, hint: /append mode/ },
  { sql: "SELECT key FROM s UNION ALL SELECT key FROM dim", message: "Union between streaming and batch DataFrames/Datasets is not supported", hint: /as a stream/ },
  { sql: "SELECT key FROM dim EXCEPT SELECT key FROM s", message: "Except on a streaming DataFrame/Dataset on the right is not supported", hint: /on the left/ },
  { sql: "SELECT key FROM s INTERSECT SELECT key FROM other", message: "Intersect of streaming DataFrames/Datasets is not supported", hint: /join/ },
  { sql: "SELECT key FROM s INTERSECT SELECT key FROM dim", message: "Intersect of streaming DataFrames/Datasets is not supported", hint: /join/ },
  { sql: "SELECT s.key FROM s FULL JOIN dim ON s.key = dim.key", message: "FullOuter joins with streaming DataFrames/Datasets on the left and a static DataFrame/Dataset on the right is not supported", hint: /left outer/ },
  { sql: "SELECT s.key FROM dim FULL JOIN s ON s.key = dim.key", message: "FullOuter joins with streaming DataFrames/Datasets on the right and a static DataFrame/Dataset on the left is not supported", hint: /left outer/ },
  { sql: "SELECT s.key FROM dim LEFT JOIN s ON s.key = dim.key", message: "LeftOuter join with a streaming DataFrame/Dataset on the right and a static DataFrame/Dataset on the left is not supported", hint: /swap/ },
  { sql: "SELECT dim.key FROM dim LEFT SEMI JOIN s ON s.key = dim.key", message: "LeftSemi join with a streaming DataFrame/Dataset on the right and a static DataFrame/Dataset on the left is not supported", hint: /swap/ },
  { sql: "SELECT s.key FROM s RIGHT JOIN dim ON s.key = dim.key", message: "RightOuter join with a streaming DataFrame/Dataset on the left and a static DataFrame/DataSet on the right not supported", hint: /swap/ },
  { sql: "SELECT w.key FROM w LEFT ANTI JOIN other ON w.key = other.key", message: "LeftAnti joins with a streaming DataFrame/Dataset on the right are not supported", hint: /left outer/ },
  { sql: "SELECT w.key FROM w LEFT JOIN other ON w.key = other.key", message: `Stream-stream LeftOuter join between two streaming DataFrame/Datasets ${JOIN}`, hint: /withWatermark/ },
  { sql: "SELECT w.key FROM w RIGHT JOIN other ON w.key = other.key", message: `Stream-stream RightOuter join between two streaming DataFrame/Datasets ${JOIN}`, hint: /withWatermark/ },
  { sql: "SELECT w.key FROM w FULL JOIN other ON w.key = other.key", message: `Stream-stream FullOuter join between two streaming DataFrame/Datasets ${JOIN}`, hint: /withWatermark/ },
  { sql: "SELECT w.key FROM w LEFT SEMI JOIN other ON w.key = other.key", message: `Stream-stream LeftSemi join between two streaming DataFrame/Datasets ${JOIN}`, hint: /withWatermark/ },
  { sql: "SELECT w.key FROM w LEFT JOIN w2 ON w.ts = w2.ts", mode: "update", message: "LeftOuter join between two streaming DataFrames/Datasets is not supported in Update output mode, only in Append output mode", hint: /append/ },
];

const open = (conf: Record<string, string> = {}) => {
  const mill = testSession({ conf }), streams = { s: mill.memoryStream(Event), other: mill.memoryStream(Event) };
  const dim = mill.createDataFrame([{ key: "a", n: 1n }], schema({ key: string(), n: bigint() }));
  streams.s.df.createOrReplaceTempView("s");
  streams.other.df.createOrReplaceTempView("other");
  streams.s.df.withWatermark("ts", "5 seconds").createOrReplaceTempView("w");
  streams.other.df.withWatermark("ts", "5 seconds").createOrReplaceTempView("w2");
  dim.createOrReplaceTempView("dim");
  return { mill, ...streams };
};

test("each refusal at the start: Spark's condition and words, and a hint", async () => {
  const { mill } = open();
  for (const { sql, mode: outputMode = "append", condition = "_LEGACY_ERROR_TEMP_3102", message, hint } of cases) {
    await assert.rejects(mill.run(mill.sql(sql), { outputMode }), (error: unknown) => {
      assert.ok(error instanceof MillraceError, `${sql}: ${String(error)}`);
      assert.deepEqual([error.condition, error.text.slice(0, message.length)], [condition, message], sql);
      assert.match(error.hint ?? "", hint, sql);
      return true;
    });
  }
  await mill.stop();
});

test("what looks like it and is allowed", async () => {
  const { mill } = open();
  const allowed: readonly (readonly [string, OutputMode])[] = [
    ["SELECT key, approx_count_distinct(v) FROM s GROUP BY key", "update"],
    ["SELECT key, count(*) AS n FROM s GROUP BY key ORDER BY n LIMIT 3", "complete"],
    ["SELECT key FROM s LIMIT 5", "append"],
    [`SELECT window(t, '1 minute') AS w2, count(*) FROM (SELECT window_time(w1) AS t, n FROM (SELECT window AS w1, count(*) AS n FROM w GROUP BY ${WINDOW})) GROUP BY w2`, "append"],
    ["SELECT s.key FROM s JOIN other ON s.key = other.key", "update"],
    ["SELECT w.key FROM w LEFT JOIN w2 ON w.key = w2.key AND w2.ts BETWEEN w.ts AND w.ts + INTERVAL 5 SECONDS", "append"],
    ["SELECT s.key FROM dim RIGHT JOIN s ON s.key = dim.key", "append"],
    ["SELECT s.key FROM s LEFT ANTI JOIN dim ON s.key = dim.key", "append"],
  ];
  for (const [sql, outputMode] of allowed) await (await mill.run(mill.sql(sql), { outputMode })).stop();
  const counts = mill.sql("SELECT key, count(*) AS n FROM s GROUP BY key");
  await (await mill.run(counts.dropDuplicates("key"), { outputMode: "update" })).stop();
  await mill.stop();
});

test("duplicates above an aggregation are refused outside append mode if event time tells them apart", async () => {
  const { mill } = open();
  const counts = mill.sql(`SELECT window AS w, count(*) AS n FROM w GROUP BY ${WINDOW}`);
  for (const outputMode of ["update", "complete"] as const) {
    await assert.rejects(mill.run(counts.dropDuplicates("w"), { outputMode }), (error: MillraceError) => error.text.startsWith(LATE) && error.hint !== undefined);
  }
  await mill.stop();
});

test("both checks can be turned off, as in Spark", async () => {
  const chain = "SELECT n, count(*) FROM (SELECT key, count(*) AS n FROM s GROUP BY key) GROUP BY n";
  for (const key of ["spark.sql.streaming.statefulOperator.checkCorrectness.enabled", "spark.sql.streaming.unsupportedOperationCheck"]) {
    const { mill } = open({ [key]: "false" });
    await (await mill.run(mill.sql(chain), { outputMode: "update" })).stop();
    await mill.stop();
  }
});

test("EXCEPT passes the start and fails with its first batch; a stream read as a batch; duplicates within a watermark in a batch", async () => {
  const { mill, s } = open();
  const run = await mill.run(mill.sql("SELECT key FROM s EXCEPT SELECT key FROM dim"));
  s.add({ key: "a", v: 1 });
  await assert.rejects(run.process(), (error: MillraceError) => error.condition === "UNSUPPORTED_STREAMING_OPERATOR_WITHOUT_WATERMARK" && /anti join/.test(error.hint ?? ""));
  const update = await mill.run(mill.sql("SELECT key FROM s EXCEPT SELECT key FROM dim"), { outputMode: "update" });
  s.add({ key: "a", v: 1 }, { key: "b", v: 1 });
  assert.deepEqual(await update.process(), [{ key: "b" }]);
  await update.stop();
  await assert.rejects(s.df.collect(), { condition: "MILLRACE_STREAMING_ACTION" });
  await assert.rejects(mill.sql("SELECT * FROM dim").dropDuplicatesWithinWatermark("key").collect(), { text: "dropDuplicatesWithinWatermark is not supported with batch DataFrames/DataSets" });
  await mill.stop();
});

test("what can't give rows isn't read: LIMIT 0, a condition that is false, NOT IN a list with a null", async () => {
  const { mill, s } = open();
  mill.createDataFrame([{ key: "a" }, { key: null }], schema({ key: string() })).createOrReplaceTempView("nulls");
  for (const sql of ["SELECT key FROM s LIMIT 0", "SELECT key FROM s WHERE 1 > 2", "SELECT key FROM s WHERE key NOT IN (SELECT key FROM nulls)"]) {
    const run = await mill.run(mill.sql(sql));
    s.add({ key: "b", v: 1 });
    assert.deepEqual([await run.process(), run.query.lastProgress?.numInputRows, run.query.lastProgress?.stateOperators], [[], 0, []], sql);
    await run.stop();
  }
  const twice = await mill.run(mill.sql("SELECT a.v AS x, b.v AS y FROM s a JOIN s b ON a.key = b.key AND a.v < b.v"));
  s.add({ key: "k", v: 1 }, { key: "k", v: 2 });
  assert.deepEqual([await twice.process(), twice.query.lastProgress?.numInputRows], [[{ x: 1, y: 2 }], 2]);
  await twice.stop();
  const other = await mill.run(mill.sql("SELECT a.v AS x, b.v AS y FROM s a JOIN s b ON a.key = b.key AND a.v = 1"));
  s.add({ key: "k", v: 1 }, { key: "k", v: 2 });
  await other.process();
  assert.equal(other.query.lastProgress?.numInputRows, 4, "the sides differ: each reads for itself");
  await mill.stop();
});
