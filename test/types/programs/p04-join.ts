// Joins: inner, left, a frame with itself, three sides, and over a column of one name.
import { count } from "millrace/functions";
import { Customer, Order, Trade, is, mill } from "./common.ts";

const orders = mill.read.schema(Order).json("o"), customers = mill.read.schema(Customer).json("c"), trades = mill.read.schema(Trade).json("t");
const inner = orders.join(customers, (o, c) => o.customer.eq(c.id)).select((o, c) => ({ order: o.id, name: c.name }));
is<{ order: bigint; name: string }>()(inner, true);

const left = orders.join(customers, (o, c) => o.customer.eq(c.id), "left").where(o => o.id.gt(5n)).select((o, c) => ({ order: o.id, name: c.name }));
is<{ order: bigint; name: string | null }>()(left, true);

const self = customers.join(customers, (child, parent) => child.parent.eq(parent.id), "left").select((child, parent) => ({ name: child.name, parent: parent.name }));
is<{ name: string; parent: string | null }>()(self, true);

const three = orders.join(customers, (o, c) => o.customer.eq(c.id)).join(trades, (_o, c, t) => c.key.eq(t.key), "left")
  .groupBy((_o, c) => ({ name: c.name })).agg((_o, _c, t) => ({ n: count(t.key) }));
is<{ name: string; n: bigint }>()(three, true);

const using = trades.join(customers, "key", "left");
export const name: string | null = (await using.collect())[0]!.name;
