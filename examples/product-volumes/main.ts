/**
 * What each product sold by the hour. Tills are offline at times, so sales arrive up to half an hour late: an hour comes
 * out once, when the watermark has passed its end, and is final.
 */
import { bigint, decimal, schema, session, string, timestamp, type DataFrame, type Infer } from "millrace";
import { count, sum, window } from "millrace/functions";
import { writeInput } from "../lib/input.ts";
import { sales } from "./data.ts";

export const Sale = schema({ at: timestamp().notNull(), product: string().notNull(), quantity: bigint().notNull(), price: decimal(10, 2).notNull() });
export type Sale = Infer<typeof Sale>;

export const volumes = (sold: DataFrame<Sale>) => sold
  .withWatermark("at", "30 minutes")
  .groupBy(r => ({ hour: window(r.at, "1 hour"), product: r.product }))
  .agg(r => ({ sales: count(), quantity: sum(r.quantity), revenue: sum(r.price.mul(r.quantity)) }))
  .select(r => ({ hour: r.hour.start, product: r.product, sales: r.sales, quantity: r.quantity, revenue: r.revenue }));

if (import.meta.main) {
  await using mill = session({ timeZone: "UTC" });
  const sold = mill.readStream.schema(Sale).json(writeInput(".millrace/examples/sales", sales(20_000), 2_000), { maxFilesPerTrigger: 1 });
  const query = await volumes(sold).writeStream.trigger({ availableNow: true }).format("console").start();
  await query.awaitTermination();
}
