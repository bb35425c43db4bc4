// Five joins, six sides.
import { Customer, Order, mill } from "./common.ts";

const orders = mill.read.schema(Order).json("o"), people = mill.read.schema(Customer).json("c");
export const frame = orders.join(people, (o, c) => o.customer.eq(c.id)).join(people, (_o, a, b) => a.parent.eq(b.id), "left")
  .join(people, (_o, _a, b, c) => b.parent.eq(c.id), "left").join(people, (...s) => s[3].parent.eq(s[4].id), "left")
  .join(people, (...s) => s[4].parent.eq(s[5].id), "left")
  .select((o, a, b, _c, _d, e) => ({ id: o.id, n: a.name, n2: b.name, n5: e.name }));
export const name: string | null = (await frame.collect())[0]!.n5;
