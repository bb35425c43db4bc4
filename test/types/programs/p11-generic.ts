// Functions over frames, untyped frames, and both styles mixed.
import type { Column, DataFrame, Infer } from "millrace";
import { col, count, sum } from "millrace/functions";
import { Trade, is, mill } from "./common.ts";

const trades = mill.read.schema(Trade).json("t");
export function notional<R extends { price: bigint; qty: number }>(frame: DataFrame<R>) { return frame.withColumn("notional", col("price").mul(col("qty"))); }
export const doubled = (frame: DataFrame<{ price: bigint }>) => frame.select(r => ({ p2: r.price.mul(2) }));
export const wider = doubled(trades);
export const helper = (price: Column<bigint>) => price.mul(2).plus(1);
export const helped = trades.transform(doubled).select(r => ({ x: helper(r.p2) }));

const untyped = mill.read.json("any.json");
export const grouped = untyped.where(col("price").gt(100)).select("a", col("b").as("c")).groupBy("a").agg(sum(col("x")).as("s"), count().as("n"));
is<{ a: unknown; s: unknown; n: bigint }>()(grouped, true);
export const typed = untyped.to(Trade).where(r => r.price.gt(1));
export interface TradeRow extends Infer<typeof Trade> {}
export const mixed = trades.where(r => r.price.gt(col("qty"))).groupBy("key", "ok").agg(r => ({ s: sum(r.price), u: sum(col("qty")) }));
