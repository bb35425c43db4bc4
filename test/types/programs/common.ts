// What the programs share: tables, and the check of a frame's row.
import { array, bigint, boolean, date, decimal, double, int, map, schema, session, string, struct, timestamp, type DataFrame } from "millrace";

export const mill = session({ appName: "types", timeZone: "UTC" });
export const Trade = schema({
  ts: timestamp().notNull(), key: string(), qty: int().notNull(), price: bigint().notNull(), rate: double(), ok: boolean(), day: date(), fee: decimal(10, 2),
});
export const Customer = schema({ id: bigint().notNull(), key: string().notNull(), name: string().notNull(), parent: bigint() });
export const Order = schema({
  id: bigint().notNull(), customer: bigint().notNull(), ts: timestamp().notNull(),
  address: struct({ city: string(), as: string(), geo: struct({ lat: double().notNull(), lon: double().notNull() }) }).notNull(),
  tags: array(string().notNull()), attrs: map(string(), double()),
  items: array(struct({ sku: string().notNull(), n: int().notNull() }).notNull()).notNull(),
});

export type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends (<T>() => T extends B ? 1 : 2) ? true : false;
/** `is<Row>()(frame, true)` compiles only if the frame's row is exactly Row. */
export declare function is<A>(): <B>(frame: DataFrame<B, any>, equal: Equal<A, B>) => void;
