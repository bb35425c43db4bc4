// As-of joins: the right side is null where nothing was met, and options are names of the sides' columns.
import { Order, Trade, is, mill } from "./common.ts";

const orders = mill.read.schema(Order).json("o"), trades = mill.read.schema(Trade).json("t");
const inner = orders.asofJoin(trades, { leftTime: "ts", rightTime: "ts", tolerance: "5 seconds" }).select((o, t) => ({ order: o.id, key: t.key, price: t.price }));
is<{ order: bigint; key: string | null; price: bigint }>()(inner, true);

const left = trades.asofJoin(trades, { leftTime: "ts", rightTime: "ts", by: ["key"], direction: "nearest", how: "left", allowExactMatches: false }).where(l => l.qty.gt(5)).select((l, r) => ({ price: l.price, before: r.price }));
is<{ price: bigint; before: bigint | null }>()(left, true);

// @ts-expect-error the time is a column of its side
orders.asofJoin(trades, { leftTime: "ts", rightTime: "tz" });
// @ts-expect-error a key is a column of both sides
orders.asofJoin(trades, { leftTime: "ts", rightTime: "ts", by: "key" });
