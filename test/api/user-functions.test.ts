/** Catches functions of a person's that see other rows or values than those of the query, are called where they must not be, or whose failures don't say where they were. */
import assert from "node:assert/strict";
import test from "node:test";
import { bigint, boolean, decimal, double, int, schema, session, string, struct, timestamp, udaf, udf, udtf, Decimal, MillraceError } from "millrace";
import { call_function, col, count, explode, lit, sum, window, Window } from "millrace/functions";
import { testSession } from "millrace/testing";

const Word = schema({ id: bigint().notNull(), text: string(), n: int(), x: double(), fee: decimal(10, 2), ok: boolean() });
const rows = [
  { id: 1, text: "to be", n: 3, x: 0.5, fee: "1.25", ok: true }, { id: 2, n: 4, x: 1.5, ok: false }, { id: 3, text: "or not", x: 2.5, fee: "2" }, { id: 4, text: "", n: 6 },
];
const shout = udf({ args: [string()], returns: string().notNull() }, text => `${text ?? "?"}!`);
const half = udf({ args: [int().notNull()], returns: int() }, n => Math.floor(n / 2));

test("a function of rows: nulls where they are declared, values of the edge, several types", async () => {
  await using mill = session({ timeZone: "UTC" });
  const words = mill.createDataFrame(rows, Word);
  const fee = udf({ args: [decimal(10, 2), boolean()], returns: struct({ twice: decimal(12, 2), ok: boolean() }) }, (of, ok) => of === null ? null : { twice: Decimal.from(of.unscaled * 2n).scale === 0 ? Decimal.of(of.unscaled * 2n, 2) : of, ok });
  assert.deepEqual(await words.select(r => ({ a: shout(r.text), b: half(col("n", int().notNull())) })).collect(), [{ a: "to be!", b: 1 }, { a: "?!", b: 2 }, { a: "or not!", b: null }, { a: "!", b: 3 }]);
  assert.deepEqual((await words.select(r => ({ f: fee(r.fee, r.ok) })).collect()).map(({ f }) => f === null ? null : [f.twice?.toString(), f.ok]), [["2.50", true], null, ["4.00", null], null]);
});

test("functions are called for the rows that reach them, and once a row when they aren't deterministic", async () => {
  await using mill = session({ timeZone: "UTC" });
  let calls = 0;
  const seen: unknown[] = [], next = udf({ args: [bigint()], returns: bigint().notNull(), deterministic: false }, () => BigInt(++calls)), spy = udf({ args: [bigint()], returns: boolean().notNull() }, id => { seen.push(id); return true; });
  const numbered = await mill.createDataFrame(rows, Word).select(r => ({ id: r.id, n: next(r.id) })).where(r => r.n.gt(2)).select(r => ({ id: r.id, a: r.n, b: r.n })).collect();
  assert.deepEqual(numbered, [{ id: 3n, a: 3n, b: 3n }, { id: 4n, a: 4n, b: 4n }]);
  assert.equal(calls, 4);
  await mill.createDataFrame(rows, Word).where(r => r.id.gt(2).and(spy(r.id))).collect();
  assert.deepEqual(seen, [3n, 4n]);
});

test("a function of a batch: typed arrays in and out, validity, selections, constants, plain values", async () => {
  await using mill = session({ timeZone: "UTC" });
  const sizes: number[] = [];
  const scaled = udf.batch({ args: [double().notNull(), double().notNull()], returns: double() }, ([x, by], count) => {
    sizes.push(count);
    const values = x.values as Float64Array, factors = by.values as Float64Array;
    return values.map((value, i) => value * factors[i]!);
  });
  const even = udf.batch({ args: [bigint().notNull()], returns: boolean() }, ([id]) => ({ values: Uint8Array.from(id, value => Number(value % 2n === 0n)), validity: Uint8Array.from(id, value => Number(value !== 3n)) }));
  const lengths = udf.batch({ args: [string()], returns: int() }, ([text]) => text.toArray().map(value => value?.length ?? null));
  const words = mill.createDataFrame(rows, Word);
  assert.deepEqual(await words.where(r => r.id.ne(2)).select(r => ({ id: r.id, y: scaled(col("x", double().notNull()), lit(10, "double")), e: even(r.id), n: lengths(r.text) })).collect(), [
    { id: 1n, y: 5, e: false, n: 5 }, { id: 3n, y: 25, e: null, n: 6 }, { id: 4n, y: null, e: true, n: 0 },
  ]);
  assert.deepEqual(sizes, [2]);
  const many = mill.range(10_000).select(r => ({ y: udf.batch({ args: [bigint().notNull()], returns: bigint().notNull() }, ([id]) => (id.values as BigInt64Array).map(v => v * 3n))(r.id) })).agg(r => ({ total: sum(r.y), n: count() }));
  assert.deepEqual(await many.collect(), [{ total: 3n * 49_995_000n, n: 10_000n }]);
});

const longest = udaf({
  name: "longest", args: [string().notNull()], state: struct({ text: string(), n: int().notNull() }).notNull(), returns: string(),
  zero: () => ({ text: null as string | null, n: 0 }), reduce: (state, text) => text.length > state.n ? { text, n: text.length } : state, merge: (a, b) => b.n > a.n ? b : a, finish: state => state.text,
});

test("an aggregate function: groups, a global one, filter, a window, nothing", async () => {
  await using mill = session({ timeZone: "UTC" });
  const words = mill.createDataFrame(rows, Word), text = () => col("text", string().notNull());
  assert.deepEqual(await words.groupBy(r => ({ even: r.id.mod(2).eq(0) })).agg(() => ({ l: longest(text()) })).orderBy("even").collect(), [{ even: false, l: "or not" }, { even: true, l: null }]);
  assert.deepEqual(await words.agg(r => ({ l: longest(text()), few: longest(text()).filter(r.id.lt(2)) })).collect(), [{ l: "or not", few: "to be" }]);
  assert.deepEqual(await words.where(r => r.id.gt(9)).agg(() => ({ l: longest(text()) })).collect(), [{ l: null }]);
  assert.deepEqual(await words.select(r => ({ id: r.id, l: longest(text()).over(Window.orderBy(r.id)) })).collect(), [{ id: 1n, l: "to be" }, { id: 2n, l: "to be" }, { id: 3n, l: "or not" }, { id: 4n, l: "or not" }]);
});

const split = udtf({ args: [string().notNull()], returns: schema({ word: string().notNull(), at: int().notNull() }) }, function* split(text) {
  for (const [at, word] of text.split(" ").entries()) if (word !== "") yield { word, at };
});

test("a function that makes rows: beside a row, outer, alone", async () => {
  await using mill = session({ timeZone: "UTC" });
  const words = mill.createDataFrame(rows, Word);
  const made = words.lateralJoin(r => split(r.text.notNull())).select((r, w) => ({ id: r.id, word: w.word }));
  assert.deepEqual(await words.where(r => r.text.isNotNull()).lateralJoin(r => split(r.text.notNull())).select((r, w) => ({ id: r.id, word: w.word })).collect(), [
    { id: 1n, word: "to" }, { id: 1n, word: "be" }, { id: 3n, word: "or" }, { id: 3n, word: "not" },
  ]);
  await assert.rejects(made.collect(), { condition: "NOT_NULL_ASSERT_VIOLATION" });
  assert.deepEqual(await words.lateralJoin(() => split(col("text", string().notNull())), undefined, "left").select((r, w) => ({ id: r.id, word: w.word })).where(r => r.word.isNull()).collect(), [{ id: 2n, word: null }, { id: 4n, word: null }]);
  assert.deepEqual(await mill.table(split(lit("a b"))).collect(), [{ word: "a", at: 0 }, { word: "b", at: 1 }]);
});

test("functions by name in SQL: scalar, aggregate, table, with what DESCRIBE and a wrong name say", async () => {
  await using mill = session({ timeZone: "UTC" });
  mill.createDataFrame(rows, Word).createOrReplaceTempView("words");
  mill.udf.register("shout", shout);
  mill.udf.register("longest", longest);
  mill.udf.register("split_words", split);
  assert.deepEqual(await mill.sql("SELECT SHOUT(text) AS s FROM words WHERE shout(text) <> '?!' ORDER BY id LIMIT 1").collect(), [{ s: "to be!" }]);
  assert.deepEqual(await mill.sql("SELECT longest(text) AS l, longest(text) FILTER (WHERE id = 1) AS f FROM words").collect(), [{ l: "or not", f: "to be" }]);
  assert.deepEqual(await mill.sql("SELECT id, word FROM words, LATERAL split_words(text) ORDER BY id, at").collect(), [{ id: 1n, word: "to" }, { id: 1n, word: "be" }, { id: 3n, word: "or" }, { id: 3n, word: "not" }]);
  assert.deepEqual(await mill.sql("SELECT id, word FROM words LATERAL VIEW split_words(text) w WHERE at = 1").collect(), [{ id: 1n, word: "be" }, { id: 3n, word: "not" }]);
  assert.deepEqual(await mill.sql("SELECT * FROM split_words('x y')").collect(), [{ word: "x", at: 0 }, { word: "y", at: 1 }]);
  assert.deepEqual(await mill.range(1).select(() => ({ s: call_function("shout", lit("a")) })).collect(), [{ s: "a!" }]);
  assert.match(JSON.stringify(await mill.sql("DESCRIBE FUNCTION shout").collect()), /shout/);
  await assert.rejects(mill.sql("SELECT shout(1, 2)").collect(), { condition: "WRONG_NUM_ARGS.WITHOUT_SUGGESTION" });
  await assert.rejects(mill.sql("SELECT shout(array(1))").collect(), { condition: "DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE" });
  await assert.rejects(mill.sql("SELECT shou('a')").collect(), (error: unknown) => error instanceof MillraceError && error.condition === "UNRESOLVED_ROUTINE" && error.hint?.includes("shout") === true);
  assert.throws(() => mill.udf.register("upper", shout), { condition: "ROUTINE_ALREADY_EXISTS" });
});

test("an error names the function, the row and its arguments", async () => {
  await using mill = session({ timeZone: "UTC" });
  const words = mill.createDataFrame(rows, Word), told = (error: unknown): boolean => error instanceof MillraceError && error.condition === "FAILED_EXECUTE_UDF";
  const picky = udf({ args: [string(), int()], returns: int() }, function picky(text) { if (text === "or not") throw new RangeError("no doubts"); return 1; });
  await assert.rejects(words.select(r => ({ a: picky(r.text, r.n) })).collect(), (error: unknown) => told(error) && /`picky`: \(string, int\) => int\) failed due to: RangeError: no doubts\. It was called with \('or not', null\) at row 2/.test((error as Error).message) && (error as MillraceError).messageParameters["row"] === "2");
  const never = udf({ args: [bigint()], returns: bigint().notNull(), name: "never" }, () => null as unknown as bigint);
  await assert.rejects(words.select(r => ({ a: never(r.id) })).collect(), (error: unknown) => told(error) && /never.*gave null/s.test(String(error)));
  const wrong = udf({ args: [bigint()], returns: int(), name: "wrong" }, () => "x" as unknown as number);
  await assert.rejects(words.select(r => ({ a: wrong(r.id) })).collect(), (error: unknown) => told(error) && /wrong.*INT; it can't hold the string 'x'/s.test(String(error)));
  const later = udf({ args: [bigint()], returns: int(), name: "later" }, (async () => 1) as unknown as () => number);
  await assert.rejects(words.select(r => ({ a: later(r.id) })).collect(), (error: unknown) => told(error) && (error as MillraceError).hint?.includes("mapAsync") === true);
  const short = udf.batch({ args: [bigint()], returns: bigint(), name: "short" }, () => new BigInt64Array(1));
  await assert.rejects(words.select(r => ({ a: short(r.id) })).collect(), (error: unknown) => told(error) && /short.*1 values for a batch of 4 rows/s.test(String(error)));
  const bad = udaf({ name: "bad", args: [bigint()], state: bigint().notNull(), returns: bigint(), zero: () => 0n, reduce: (_s, id) => { if (id === 3n) throw new Error("three"); return 0n; }, merge: a => a, finish: s => s });
  await assert.rejects(words.agg(r => ({ a: bad(r.id) })).collect(), (error: unknown) => told(error) && /bad.*three.*in reduce, called with \(3\)/s.test(String(error)));
  const torn = udtf({ args: [bigint()], returns: schema({ a: int() }), name: "torn" }, function* () { yield { b: 1 } as unknown as { a: number }; });
  await assert.rejects(words.lateralJoin(r => torn(r.id)).select((_l, r) => ({ a: r.a })).collect(), (error: unknown) => told(error) && /torn.*`b`/s.test(String(error)));
});

test("in a stream functions, aggregates and tables go on as they were after a crash", async () => {
  const Line = schema({ ts: timestamp().notNull(), line: string().notNull() });
  await using mill = testSession({ now: "2026-03-01T00:00:00Z", seed: 3 });
  const input = mill.memoryStream(Line);
  const counts = input.df.withWatermark("ts", "0 seconds").lateralJoin(r => split(r.line)).select((l, w) => ({ ts: l.ts, word: shout(w.word) }))
    .groupBy(r => ({ w: window(r.ts, "1 minute") })).agg(r => ({ best: longest(r.word), n: count() })).select(r => ({ best: r.best, n: r.n }));
  await using run = await mill.run(counts, { outputMode: "append" });
  input.add({ ts: "2026-03-01T00:00:05Z", line: "to be" });
  assert.deepEqual(await run.process(), []);
  input.add({ ts: "2026-03-01T00:00:06Z", line: "question" });
  await run.crashAt("commit");
  await run.restart();
  input.add({ ts: "2026-03-01T00:02:00Z", line: "end" });
  assert.deepEqual(await run.process(), [{ best: "question!", n: 3n }]);
});

test("a correlated query beside each row, and generators of SQL still stand", async () => {
  await using mill = session({ timeZone: "UTC" });
  const a = mill.createDataFrame([{ k: 1n }, { k: 2n }], schema({ k: bigint().notNull() })), b = mill.createDataFrame([{ k: 1n, v: 5 }, { k: 1n, v: 7 }, { k: 3n, v: 9 }], schema({ k: bigint().notNull(), v: int().notNull() }));
  assert.deepEqual(await a.lateralJoin(outer => b.where(r => r.k.eq(outer.k)).agg(r => ({ total: sum(r.v) }))).select((l, r) => ({ k: l.k, total: r.total })).orderBy("k").collect(), [{ k: 1n, total: 12n }, { k: 2n, total: null }]);
  assert.deepEqual(await mill.sql("SELECT explode(array(1, 2)) AS x").collect(), [{ x: 1 }, { x: 2 }]);
  assert.equal(typeof explode, "function");
});
