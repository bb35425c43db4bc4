// Read NDJSON, where, and a select of nine expressions.
import type { Decimal, Int, Timestamp } from "millrace";
import { coalesce, lit, upper, when } from "millrace/functions";
import { Trade, is, mill } from "./common.ts";

const frame = mill.read.schema(Trade).json("t.ndjson", { mode: "FAILFAST" })
  .where(r => r.price.gt(100n).and(r.key.isNotNull()).and(r.ts.gte("2026-01-01")))
  .select(r => ({
    ts: r.ts, key: upper(r.key), total: r.price.mul(r.qty), half: r.price.div(2), fee: r.fee.plus(1),
    big: when(r.qty.gt(10), "big").otherwise("small"), rate: coalesce(r.rate, 0), q2: r.qty.plus(1), one: lit(1),
  }));
is<{ ts: Timestamp; key: string | null; total: bigint; half: number; fee: Decimal | null; big: string; rate: number; q2: Int; one: Int }>()(frame, true);
export const rows = await frame.collect();
