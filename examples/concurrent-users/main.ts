/**
 * How many users are in a game at once. Each client sends a sign of life about every twenty seconds; a user is there in
 * a minute with at least one. Users of a minute are made unique first, then counted: exact, where a count of distinct
 * users in a window would have to remember them all anyway.
 */
import { schema, session, string, timestamp, type DataFrame, type Infer } from "millrace";
import { count, window } from "millrace/functions";
import { writeInput } from "../lib/input.ts";
import { pings } from "./data.ts";

export const Ping = schema({ at: timestamp().notNull(), user: string().notNull(), region: string().notNull() });
export type Ping = Infer<typeof Ping>;

export const concurrentUsers = (alive: DataFrame<Ping>) => alive
  .withWatermark("at", "15 seconds")
  .select(r => ({ minute: window(r.at, "1 minute"), region: r.region, user: r.user }))
  .dropDuplicates("minute", "region", "user")
  .groupBy("minute", "region")
  .agg(() => ({ users: count() }))
  .select(r => ({ minute: r.minute.start, region: r.region, users: r.users }));

if (import.meta.main) {
  await using mill = session({ timeZone: "UTC" });
  const alive = mill.readStream.schema(Ping).json(writeInput(".millrace/examples/pings", pings(300), 2_000), { maxFilesPerTrigger: 1 });
  const query = await concurrentUsers(alive).writeStream.trigger({ availableNow: true }).format("console").start();
  await query.awaitTermination();
}
