// The testing kit.
import { schema, string, timestamp, type DataFrame, type Infer } from "millrace";
import { count, window } from "millrace/functions";
import { testSession } from "millrace/testing";

const Event = schema({ ts: timestamp().notNull(), key: string() });
const counts = (events: DataFrame<Infer<typeof Event>>) => events.withWatermark("ts", "10 seconds")
  .groupBy(r => ({ window: window(r.ts, "1 minute"), key: r.key })).agg(() => ({ n: count() }));
await using mill = testSession({ now: "2026-01-01T00:00:00Z" });
const input = mill.memoryStream(Event);
await using run = await mill.run(counts(input.df), { outputMode: "append" });
input.add({ ts: "2026-01-01T00:00:05Z", key: "a" });
export const before = await run.process();
input.add({ ts: new Date(), key: null }, { ts: "2026-01-01T00:02:00Z" });
const after = await run.process();
export const n: bigint = after[0]!.n;
await run.crashAt("commit");
await run.restart();
for await (const row of mill.range(3)) { const id: bigint = row.id; console.log(id); }
