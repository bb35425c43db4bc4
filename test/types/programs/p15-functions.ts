// Functions of a person's own.
import { bigint, double, int, schema, string, struct, udaf, udf, udtf } from "millrace";
import { count, lit } from "millrace/functions";
import { Trade, is, mill } from "./common.ts";

const trades = mill.read.schema(Trade).json("t");
const score = udf({ args: [string(), bigint()], returns: double().notNull() }, (name, n) => (name ?? "").length * Number(n ?? 0n));
const doubled = udf.batch({ args: [bigint().notNull()], returns: bigint().notNull() }, ([price]) => (price.values as BigInt64Array).map(v => v * 2n));
const best = udaf({
  args: [string()], state: struct({ text: string(), n: int().notNull() }).notNull(), returns: string(),
  zero: () => ({ text: null, n: 0 }), reduce: (state, text) => (text?.length ?? 0) > state.n ? { text, n: text!.length } : state, merge: (a, b) => (a.n < b.n ? b : a), finish: state => state.text,
});
const parts = udtf({ args: [string()], returns: schema({ part: string().notNull() }) }, function* (text) { for (const part of text?.split("-") ?? []) yield { part }; });

is<{ s: number; d: bigint }>()(trades.select(r => ({ s: score(r.key, r.price), d: doubled(r.price) })), true);
is<{ price: bigint; b: string | null; n: bigint }>()(trades.groupBy("price").agg(r => ({ b: best(r.key), n: count() })), true);
is<{ key: string | null; part: string | null }>()(trades.lateralJoin(r => parts(r.key), undefined, "left").select((t, p) => ({ key: t.key, part: p.part })), true);
is<{ part: string }>()(mill.table(parts(lit("a-b"))), true);
mill.udf.register("score", score);
