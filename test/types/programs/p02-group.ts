// Four queries: grouped and global aggregates, with callbacks and by names.
import type { Timestamp } from "millrace";
import { avg, col, count, max, sum, window, type TimeWindow } from "millrace/functions";
import { Trade, is, mill } from "./common.ts";

const trades = mill.read.schema(Trade).json("t");
const grouped = trades.groupBy(r => ({ window: window(r.ts, "10 minutes"), key: r.key }))
  .agg(r => ({ n: count(), total: sum(r.price), q: sum(r.qty), m: avg(r.rate), last: max(r.ts) }))
  .where(r => r.n.gt(5)).orderBy(r => r.window.start.desc());
is<{ window: TimeWindow; key: string | null; n: bigint; total: bigint; q: bigint; m: number | null; last: Timestamp }>()(grouped, true);

const byNames = trades.groupBy(window("ts", "10 minutes"), "key").agg(count("*").as("n"), sum("price").as("total"));
is<{ window: TimeWindow; key: string | null; n: bigint; total: unknown }>()(byNames, true);

const global = trades.agg(r => ({ n: count(), s: sum(r.price) }));
is<{ n: bigint; s: bigint | null }>()(global, true);

const picked = trades.select("key", col("price"), col("qty").mul(2).as("q2"));
is<{ key: string | null; price: bigint; q2: unknown }>()(picked, true);
