/** Catches partitions that a table function sees in part, out of order, or with columns of another name; and calls with tables that can't be. */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { array, bigint, int, schema, session, string, udtf } from "millrace";
import { col, lit, sum } from "millrace/functions";

const mill = session({ timeZone: "UTC" });
after(() => mill.stop());
const Event = schema({ at: bigint().notNull(), user: string() }), Run = schema({ user: string(), from: bigint().notNull(), to: bigint().notNull(), n: int().notNull() });
/** Rows that are at most `gap` apart, of one user. */
const runs = udtf({ args: [array(Event.notNull()), bigint()], returns: Run, name: "runs" }, function* (rows, gap) {
  let from = -1n, to = -1n, n = 0;
  for (const { at } of rows ?? []) {
    if (n > 0 && at - to > (gap ?? 0n)) {
      yield { user: rows![0]!.user, from, to, n };
      n = 0;
    }
    if (n++ === 0) from = at;
    to = at;
  }
  if (n > 0) yield { user: rows![0]!.user, from, to, n };
});
const events = mill.createDataFrame([["b", 30], ["a", 9], ["a", 1], ["b", 2], ["a", 3], [null, 5]].map(([user, at]) => ({ user: user as string | null, other: "x", at: at as number })), schema({ user: string(), other: string(), at: int().notNull() }));
const expected = [{ user: null, from: 5n, to: 5n, n: 1 }, { user: "a", from: 1n, to: 3n, n: 2 }, { user: "a", from: 9n, to: 9n, n: 1 }, { user: "b", from: 2n, to: 2n, n: 1 }, { user: "b", from: 30n, to: 30n, n: 1 }];

test("each partition once, in order; columns by their names, cast", async () => {
  const made = mill.table(runs(events.asTable().partitionBy("user").orderBy("at"), lit(2n)));
  assert.deepEqual(await made.orderBy("user", "from").collect(), expected);
  assert.deepEqual(await mill.table(runs(events.asTable().orderBy(col("at").desc()).withSinglePartition(), lit(-1000n))).agg(r => ({ n: sum(r.n), calls: sum(lit(1)) })).collect(), [{ n: 6n, calls: 6n }]);
  let calls = 0;
  const counted = udtf({ args: [array(Event.notNull())], returns: schema({ n: int() }) }, rows => { calls++; return [{ n: rows!.length }]; }), none = events.where("at < 0").asTable();
  for (const table of [none, none.partitionBy("user")]) assert.deepEqual(await mill.table(counted(table)).collect(), []);
  assert.equal(calls, 0);
  assert.deepEqual(await mill.table(counted(events.asTable())).collect(), [{ n: 6 }]);
});

test("in SQL, of a table or a query", async () => {
  mill.udf.register("runs", runs);
  events.createOrReplaceTempView("events");
  assert.deepEqual(await mill.sql("SELECT * FROM runs(TABLE(events) PARTITION BY user ORDER BY at, 2L) ORDER BY user, from").collect(), expected);
  assert.deepEqual(await mill.sql`SELECT r.n, count(*) AS c FROM runs(TABLE(SELECT at + ${1} AS at, upper(user) AS user FROM ${events}) PARTITION BY (user) ORDER BY (at), 2L) AS r GROUP BY r.n ORDER BY 1`.collect(), [{ n: 1, c: 4n }, { n: 2, c: 1n }]);
  assert.deepEqual(await mill.sql("SELECT sum(n) AS n FROM runs(TABLE events WITH SINGLE PARTITION ORDER BY at, 100L)").collect(), [{ n: 6n }]);
});

test("what can't be is refused", async () => {
  mill.udf.register("words", udtf({ args: [string()], returns: schema({ w: string() }) }, text => [{ w: text }]));
  await assert.rejects(mill.sql("SELECT * FROM words(TABLE(events))").collect(), { condition: "DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE" });
  await assert.rejects(mill.sql("SELECT * FROM explode(TABLE(events))").collect(), { condition: "UNRESOLVABLE_TABLE_VALUED_FUNCTION" });
  await assert.rejects(mill.sql("SELECT * FROM nothing(TABLE(events))").collect(), { condition: "UNRESOLVABLE_TABLE_VALUED_FUNCTION" });
  await assert.rejects(mill.sql("SELECT * FROM runs(TABLE(nothing), 2L)").collect(), { condition: "TABLE_OR_VIEW_NOT_FOUND" });
  await assert.rejects(mill.sql("SELECT * FROM runs(TABLE(SELECT 1 AS at), 2L)").collect(), { condition: "UNRESOLVED_COLUMN.WITH_SUGGESTION" });
  assert.throws(() => mill.sql("SELECT * FROM runs(TABLE(events), TABLE(events))"), { condition: "TABLE_VALUED_FUNCTION_TOO_MANY_TABLE_ARGUMENTS" });
  const stream = mill.readStream.format("rate").load().select(r => ({ at: r.value, user: lit("x") }));
  await assert.rejects(mill.table(runs(stream.asTable().partitionBy("user"), lit(2n))).schema(), { condition: "MILLRACE_UNSUPPORTED" });
});
