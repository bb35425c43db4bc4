// Window functions.
import type { Int } from "millrace";
import { Window, avg, lag, row_number, sum } from "millrace/functions";
import { Trade, is, mill } from "./common.ts";

const frame = mill.read.schema(Trade).json("t").select(r => {
  const w = Window.partitionBy(r.key).orderBy(r.ts.desc());
  return { key: r.key, n: row_number().over(w), prev: lag(r.price).over(w), run: sum(r.price).over(w), move: avg(r.rate).over(w.rowsBetween(-6, 0)) };
}).where(r => r.n.lte(3));
is<{ key: string | null; n: Int; prev: bigint | null; run: bigint; move: number | null }>()(frame, true);
