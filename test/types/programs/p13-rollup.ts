// Subtotals and pivots.
import { count, sum } from "millrace/functions";
import { Trade, is, mill } from "./common.ts";

const trades = mill.read.schema(Trade).json("t");
const rolled = trades.rollup("key", "qty").agg(r => ({ n: count(), s: sum(r.price) }));
is<{ n: bigint; s: bigint | null }>()(rolled.select("n", "s"), true);
const pivoted = trades.groupBy("qty").pivot("key", ["a", "b"]).agg(r => ({ s: sum(r.price) }));
is<{ a: bigint | null; b: bigint | null }>()(pivoted.select("a", "b"), true);
const several = trades.groupBy("qty").pivot("key", ["a", "b"]).agg(r => ({ s: sum(r.price), m: sum(r.rate) }));
is<{ a_s: bigint | null; b_m: number | null }>()(several.select("a_s", "b_m"), true);
