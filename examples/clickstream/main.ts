/**
 * Visits of a web shop: clicks of a user with no half hour of silence between them. A visit comes out once, when the
 * watermark says that no click can prolong it any more; a late click that joins two visits makes them one.
 */
import { schema, session, string, timestamp, type DataFrame, type Infer } from "millrace";
import { count, count_if, max, min_by, session_window } from "millrace/functions";
import { writeInput } from "../lib/input.ts";
import { clicks } from "./data.ts";

export const Click = schema({ at: timestamp().notNull(), user: string().notNull(), page: string().notNull() });
export type Click = Infer<typeof Click>;

export const visits = (clicked: DataFrame<Click>) => clicked
  .withWatermark("at", "10 minutes")
  .groupBy(r => ({ visit: session_window(r.at, "30 minutes"), user: r.user }))
  .agg(r => ({ clicks: count(), entry: min_by(r.page, r.at), last: max(r.at), orders: count_if(r.page.eq("/order")) }))
  .select(r => ({ user: r.user, from: r.visit.start, last: r.last, clicks: r.clicks, entry: r.entry, ordered: r.orders.gt(0) }));

if (import.meta.main) {
  await using mill = session({ timeZone: "UTC" });
  const clicked = mill.readStream.schema(Click).json(writeInput(".millrace/examples/clicks-of-users", clicks(200), 500), { maxFilesPerTrigger: 1 });
  const query = await visits(clicked).writeStream.trigger({ availableNow: true }).format("console").start();
  await query.awaitTermination();
}
