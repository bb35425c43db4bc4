// Joins by rank: the ranking is an expression over both sides, and the kinds of join are two.
import { Order, Trade, is, mill } from "./common.ts";

const orders = mill.read.schema(Order).json("o"), trades = mill.read.schema(Trade).json("t");
const ranked = orders.nearestByJoin(trades, (o, t) => o.id.minus(t.price), 3, "exact", "distance").select((o, t) => ({ order: o.id, price: t.price }));
is<{ order: bigint; price: bigint }>()(ranked, true);
const kept = orders.nearestByJoin(trades, (_o, t) => t.price, 1, "approx", "similarity", "left").select((o, t) => ({ order: o.id, price: t.price }));
is<{ order: bigint; price: bigint | null }>()(kept, true);
// @ts-expect-error no such column
orders.nearestByJoin(trades, (_o, t) => t.prize, 1, "exact", "distance");
// @ts-expect-error neither of the two directions
orders.nearestByJoin(trades, (_o, t) => t.price, 1, "exact", "nearest");
