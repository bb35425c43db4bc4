/** Catches operators that build another plan than they say, accessors that lose a column or a side, and late or mute errors of wrong names. */
import assert from "node:assert/strict";
import test from "node:test";
import { Window, coalesce, col, count, expr, from_json, lit, row_number, sum, transform, upper, when, window } from "../functions.ts";
import type { Expression } from "../plan/expressions.ts";
import type { Relation } from "../plan/relations.ts";
import type { DataFrame } from "./data-frame.ts";
import type { Engine } from "./engine.ts";
import type { FrameNode } from "./frame.ts";
import { array, bigint, decimal, double, int, map, schema, string, struct, timestamp } from "./schema.ts";
import { createSession } from "./session.ts";

/** Plans are built without an engine, but for the views that tell a stream from a table. */
const mill = createSession({ timeZone: "UTC" }, () => {
  const views = new Map<string, Relation>();
  return {
    createView: (parts, plan) => { views.set(parts.join().toLowerCase(), plan); },
    view: parts => views.get(parts.join().toLowerCase()),
  } satisfies Partial<Engine> as unknown as Engine;
});
const Trade = schema({ ts: timestamp().notNull(), key: string(), qty: int().notNull(), price: bigint().notNull(), rate: double(), fee: decimal(10, 2), at: struct({ city: string(), like: int() }), tags: array(string()), attrs: map(string(), int()) });
const trades = mill.read.schema(Trade).json("t");
const untyped = mill.read.json("u");

const node = (frame: unknown): FrameNode => frame as FrameNode;
const planOf = (frame: unknown): Relation => node(frame).relation;
const names = (frame: unknown): string[] | undefined => node(frame).columns?.map(column => column.name);

/** An expression as a short text, so that a test reads. */
function text(e: Expression): string {
  switch (e.kind) {
    case "literal": return `${String(e.value)}:${e.type.kind}`;
    case "unresolved_attribute": return e.nameParts.join(".") + (e.planId === undefined ? "" : "#");
    case "unresolved_star": return "*";
    case "unresolved_function": return `${e.name}(${e.args.map(text).join(", ")})`;
    case "alias": return `${text(e.child)} AS ${e.names.join(",")}`;
    case "extract_value": return `${text(e.child)}[${text(e.extraction)}]`;
    case "cast": return `cast(${text(e.child)} as ${e.to.kind})`;
    case "case_when": return `case(${e.branches.map(b => `${text(b.when)} -> ${text(b.then)}`).join("; ")}${e.otherwise ? `; else ${text(e.otherwise)}` : ""})`;
    case "in_list": return `in(${text(e.child)}, ${e.values.map(text).join(", ")})`;
    case "sort_order": return `${text(e.child)} ${e.direction} ${e.nulls}`;
    case "lambda": return `(${e.params.length}) -> ${text(e.body)}`;
    case "lambda_variable": return "var";
    case "expression_string": return `sql(${e.sql})`;
    case "window": return `${text(e.function)} over (${e.partitionBy.map(text).join(",")}; ${e.orderBy.map(text).join(",")})`;
    default: return e.kind;
  }
}
const condition = (frame: unknown): string => { const plan = planOf(frame); assert.equal(plan.kind, "filter"); return plan.kind === "filter" ? text(plan.condition) : ""; };
const selected = (frame: unknown): string[] => { const plan = planOf(frame); assert.equal(plan.kind, "project"); return plan.kind === "project" ? plan.expressions.map(text) : []; };

test("a bare number takes the kind of what it stands beside", () => {
  assert.equal(condition(trades.where(r => r.price.gt(100))), ">(price, 100:bigint)");
  assert.equal(condition(trades.where(r => r.qty.gt(100))), ">(qty, 100:int)");
  assert.equal(condition(trades.where(r => r.rate.lte(1))), "<=(rate, 1:double)");
  assert.equal(condition(trades.where(r => r.fee.eq(1.5))), "=(fee, 15:decimal)");
  assert.equal(condition(trades.where(r => r.price.plus(r.qty).eq(1))), "=(+(price, qty), 1:bigint)");
  assert.equal(condition(untyped.where(col("x").gt(1.5))), ">(x, 1.5:double)");
  assert.throws(() => trades.where(r => r.qty.gt(1.5)), { condition: "MILLRACE_LITERAL_DOES_NOT_FIT", hint: "cast the column or write lit(1.5)" });
  assert.throws(() => trades.where(r => r.qty.plus(3_000_000_000).gt(1)), { condition: "MILLRACE_LITERAL_DOES_NOT_FIT" });
});

test("operators carry Spark's function names", () => {
  assert.equal(condition(trades.where(r => r.key.isNotNull().and(r.qty.between(1, 2)).or(r.key.ne("a")))), "or(and(isnotnull(key), and(>=(qty, 1:int), <=(qty, 2:int))), not(=(key, a:string)))");
  assert.equal(condition(trades.where(r => r.qty.mod(2).eqNullSafe(0))), "<=>(%(qty, 2:int), 0:int)");
  assert.equal(condition(trades.where(r => r.key.isin("a", "b"))), "in(key, a:string, b:string)");
  assert.equal(condition(trades.where(r => r.ts.minus("1 hour").gt("2026-01-01"))), ">(-(ts, 3600000000:day_time_interval), 2026-01-01:string)");
  assert.deepEqual(selected(trades.select(r => ({ a: r.key.cast("int"), b: when(r.qty.gt(1), "x").when(r.qty.gt(0), "y").otherwise("z"), c: coalesce(r.rate, 0), d: lit(1), e: expr("1 + 1") }))),
    ["cast(key as int) AS a", "case(>(qty, 1:int) -> x:string; >(qty, 0:int) -> y:string; else z:string) AS b", "coalesce(rate, 0:double) AS c", "1:int AS d", "sql(1 + 1) AS e"]);
});

test("struct fields, elements and entries", () => {
  assert.deepEqual(selected(trades.select(r => ({ city: r.at.city, like: r.at.like, tag: r.tags.at(0), w: r.attrs.at("w") }))),
    ["at[city:string] AS city", "at[like:string] AS like", "tags[0:int] AS tag", "attrs[w:string] AS w"]);
  assert.deepEqual(selected(trades.select(r => ({ e: from_json(r.key, schema({ user: string() })) })).select(r => ({ user: r.e.user }))), ["e[user:string] AS user"]);
  assert.deepEqual(selected(trades.select(r => ({ up: transform(r.tags, x => upper(x)) }))), ["transform(tags, (1) -> upper(var)) AS up"]);
  assert.throws(() => trades.select(r => ({ c: (r.at as unknown as { town: typeof r.key }).town })), { condition: "FIELD_NOT_FOUND" });
});

test("an unknown name in a known schema is an error at the call, with the line and the nearest name", () => {
  const prise = (): unknown => trades.where(r => (r as unknown as { prise: typeof r.price }).prise.gt(1));
  assert.throws(prise, (error: { condition: string; hint: string; queryContext: { callSite: string }[] }) => {
    assert.equal(error.condition, "UNRESOLVED_COLUMN.WITH_SUGGESTION");
    assert.equal(error.hint, "did you mean 'price'?");
    assert.match(error.queryContext[0]!.callSite, /frame\.test\.ts:\d+:\d+$/);
    return true;
  });
  assert.throws(() => trades.select("prise" as "price"), { condition: "UNRESOLVED_COLUMN.WITH_SUGGESTION" });
  assert.throws(() => trades.groupBy("prise" as "price"), { condition: "UNRESOLVED_COLUMN.WITH_SUGGESTION" });
  assert.throws(() => trades.withWatermark("tz" as "ts", "1 second"), { condition: "UNRESOLVED_COLUMN.WITH_SUGGESTION" });
  assert.doesNotThrow(() => untyped.where(col("anything").gt(1)));
});

test("an accessor spreads into its columns, and into * where they aren't known", () => {
  assert.deepEqual(selected(trades.select(r => ({ ...r, price: r.price.plus(1) }))).slice(0, 4), ["ts", "key", "qty", "+(price, 1:bigint) AS price"]);
  const plan = planOf(untyped.select(r => ({ ...r, x: lit(1) })));
  assert.equal(plan.kind === "with_columns" && plan.aliases.map(text).join(), "1:int AS x");
  assert.deepEqual(selected(untyped.select(r => ({ ...r }))), ["*"]);
});

test("accessors and columns can be awaited, printed and not changed", async () => {
  await new Promise<void>((resolve, reject) => {
    trades.select(r => {
      Promise.all([r as never, r.price as never, r.at as never]).then(() => resolve(), reject);
      assert.equal((r.at as unknown as { then: unknown }).then, undefined);
      assert.equal((r.at as unknown as Record<symbol, unknown>)[Symbol.iterator], undefined);
      assert.throws(() => { (r as unknown as { price: unknown }).price = 1; }, TypeError);
      assert.throws(() => { (r.price as unknown as { x: unknown }).x = 1; }, TypeError);
      assert.equal(`${r.price}`, "Column<price>");
      assert.throws(() => (r.price as unknown as number) > 1, { message: /JavaScript's own operators/ });
      return { a: r.price };
    });
  });
  assert.ok(Object.isFrozen(trades));
});

test("known columns follow the operators", () => {
  assert.deepEqual(names(trades.select("key", col("qty").mul(2).as("q2"))), ["key", "q2"]);
  assert.deepEqual(names(trades.select("key", "qty").withColumn("QTY", lit(1)).withColumn("z", lit(2)).withColumnRenamed("key", "k").drop("z" as never)), ["k", "QTY"]);
  assert.deepEqual(names(trades.groupBy(r => ({ window: window(r.ts, "1 minute"), key: r.key })).agg(r => ({ n: count(), s: sum(r.price) }))), ["window", "key", "n", "s"]);
  assert.deepEqual(names(trades.groupBy(window("ts", "1 minute"), "key").count()), ["window", "key", "count"]);
  assert.equal(names(untyped.withColumn("x", lit(1))), undefined);
  assert.deepEqual(names(untyped.to(schema({ a: int() }))), ["a"]);
});

test("groupBy puts the keys in front of the aggregates", () => {
  const plan = planOf(trades.groupBy(r => ({ w: window(r.ts, "1 minute", "30 seconds"), key: r.key })).agg(r => ({ n: count(), s: sum(r.qty) })));
  assert.ok(plan.kind === "aggregate");
  assert.deepEqual(plan.grouping.map(text), ["window(ts, 1 minute:string, 30 seconds:string)", "key"]);
  assert.deepEqual(plan.aggregates.map(text), ["window(ts, 1 minute:string, 30 seconds:string) AS w", "key", "count(1:int) AS n", "sum(qty) AS s"]);
});

test("SQL texts are parsed at the call", () => {
  assert.equal(condition(trades.where("qty > 1 AND key = 'a'")), "and(>(qty, 1:int), =(key, a:string))");
  const frame = trades.selectExpr("*", "qty + 1 AS next", "price");
  assert.deepEqual(selected(frame), ["*", "+(qty, 1:int) AS next", "price"]);
  assert.deepEqual(names(frame)?.slice(-2), ["next", "price"]);
  assert.equal(names(trades.selectExpr("qty + 1")), undefined);
  assert.throws(() => trades.where("qty >"), { condition: "PARSE_SYNTAX_ERROR" });
});

test("rollup, cube and pivot", () => {
  const rolled = planOf(trades.rollup("key", "qty").agg(() => ({ n: count() })));
  assert.ok(rolled.kind === "aggregate" && rolled.groupType === "rollup");
  assert.deepEqual(rolled.aggregates.map(text), ["key", "qty", "count(1:int) AS n"]);
  const pivoted = planOf(trades.groupBy("qty").pivot("key", ["a", "b"]).agg(r => ({ s: sum(r.price) })));
  assert.ok(pivoted.kind === "pivot");
  assert.deepEqual([pivoted.grouping!.map(text), pivoted.columns.map(text), pivoted.values.map(text), pivoted.aggregates.map(text)], [["qty"], ["key"], ["a:string", "b:string"], ["sum(price) AS s"]]);
});

test("the sides of a join are told apart, also when they are one frame", () => {
  const Person = schema({ id: bigint().notNull(), name: string(), parent: bigint() });
  const people = mill.read.schema(Person).json("p");
  const joined = people.join(people, (child, parent) => child.parent.eq(parent.id), "left"), plan = planOf(joined);
  assert.ok(plan.kind === "join" && plan.joinType === "left" && plan.condition?.kind === "unresolved_function");
  const [left, right] = plan.condition.args as readonly { planId?: number }[];
  assert.deepEqual([left!.planId, right!.planId], [plan.left.planId, plan.right.planId]);
  assert.notEqual(left!.planId, right!.planId);

  const both = joined.select((child, parent) => ({ name: child.name, parent: parent.name }));
  assert.deepEqual(selected(both), ["name#", "name# AS parent"]);

  const twice = planOf(both.join(both, (a, b) => a.name.eq(b.parent)));
  assert.ok(twice.kind === "join");
  const ids = (relation: Relation): number[] => [...JSON.stringify(relation).matchAll(/"planId":(\d+)/g)].map(m => Number(m[1]));
  assert.deepEqual(ids(twice.left).filter(id => ids(twice.right).includes(id)), []);
  assert.throws(() => joined.select("name"), { condition: "AMBIGUOUS_REFERENCE" });
});

test("windows, ordering and limits", () => {
  const plan = planOf(trades.orderBy(r => [r.key.asc(), r.price.desc()], "qty").limit(5));
  assert.ok(plan.kind === "limit" && plan.input.kind === "sort");
  assert.deepEqual(plan.input.order.map(text), ["key asc first", "price desc last", "qty asc first"]);
  assert.deepEqual(selected(trades.select(r => ({ n: row_number().over(Window.partitionBy(r.key).orderBy(r.ts.desc())) }))), ["row_number() over (key; ts desc last) AS n"]);
  assert.throws(() => trades.limit(-1), { condition: "INVALID_LIMIT_LIKE_EXPRESSION.IS_NEGATIVE" });
});

test("batch and stream are told apart by their sources, views included", async () => {
  const stream = mill.readStream.schema(Trade).json("in/");
  assert.deepEqual([trades.isStreaming, stream.isStreaming, stream.union(trades).isStreaming], [false, true, true]);
  stream.createOrReplaceTempView("s");
  assert.equal(mill.table("S").isStreaming, true);
  await assert.rejects(stream.collect(), { condition: "MILLRACE_STREAMING_ACTION", hint: "use writeStream, or iterate()" });
  assert.throws(() => trades.writeStream, { condition: "WRITE_STREAM_NOT_ALLOWED" });
});

test("what isn't a frame, a column or a plain callback is refused with a reason", () => {
  assert.throws(() => trades.union(Promise.resolve(trades) as unknown as typeof trades), { hint: /await is missing/ });
  assert.throws(() => trades.select((async () => ({})) as never), { message: /can't be async/ });
  assert.throws(() => trades.select(() => ({ a: 5 as never })), { message: /Column 'a' is a number/ });
  assert.throws(() => trades.where(() => true as never), { message: /condition is a column/ });
  assert.throws(() => trades.writeStream.trigger({ processingTime: "1 sec" as "1 second" }), { condition: "WRITE_STREAM_NOT_ALLOWED" });
});

test("rows given by people become cells, checked against the schema", () => {
  const Person = schema({ id: bigint().notNull(), name: string() });
  const plan = planOf(mill.createDataFrame([{ id: 1 }, { id: 2n, name: "b" }], Person));
  assert.ok(plan.kind === "local_relation");
  assert.deepEqual(plan.rows, [[1n, null], [2n, "b"]]);
  assert.throws(() => mill.createDataFrame([{ id: "1" as unknown as bigint }], Person), { condition: "CANNOT_ACCEPT_OBJECT_IN_TYPE" });
});

test("schemas describe themselves", () => {
  const Point = schema({ "odd name": int().notNull().comment("it's"), at: struct({ x: double() }) });
  assert.equal(Point.toDDL(), "`odd name` INT NOT NULL COMMENT 'it\\'s',at STRUCT<x: DOUBLE>");
  assert.equal(Trade.pick("key", "price").toDDL(), "key STRING,price BIGINT NOT NULL");
  assert.equal(Trade.pick("key", "price").extend({ price: int(), more: string() }).toDDL(), "key STRING,price INT,more STRING");
  assert.throws(() => decimal(39, 0), { condition: "DECIMAL_PRECISION_EXCEEDS_MAX_PRECISION" });
  const wide: DataFrame<{ price: bigint }> = trades;
  assert.deepEqual(names(wide.select(r => ({ p: r.price }))), ["p"]);
});
