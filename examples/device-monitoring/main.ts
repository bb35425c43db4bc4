/**
 * A factory's sensors: machines whose mean temperature over a minute is too high, and machines that have gone silent.
 * Silence is the absence of rows, so it takes a timer: each reading sets one two minutes on, and if no reading has moved
 * it by then, the machine is missing.
 */
import { double, schema, session, string, timestamp, valueState, type DataFrame, type Infer } from "millrace";
import { avg, max, round, window } from "millrace/functions";
import { writeInput } from "../lib/input.ts";
import { readings } from "./data.ts";

export const Reading = schema({ at: timestamp().notNull(), machine: string().notNull(), celsius: double().notNull() });
export const Silence = schema({ machine: string().notNull(), lastSeen: timestamp().notNull() });
export type Reading = Infer<typeof Reading>;

export const overheated = (read: DataFrame<Reading>) => read
  .withWatermark("at", "10 seconds")
  .groupBy(r => ({ minute: window(r.at, "1 minute"), machine: r.machine }))
  .agg(r => ({ mean: round(avg(r.celsius), 1), peak: max(r.celsius) }))
  .where(r => r.mean.gt(80))
  .select(r => ({ minute: r.minute.start, machine: r.machine, mean: r.mean, peak: r.peak }));

export const silent = (read: DataFrame<Reading>) => read
  .withWatermark("at", "10 seconds")
  .groupBy("machine")
  .transformWithState({
    name: "heartbeat", timeMode: "EventTime", output: Silence, state: { lastSeen: valueState(timestamp()) },
    *handleInputRows(_key, rows, { state, timers }) {
      let lastSeen = state.lastSeen.get();
      for (const { at } of rows) if (lastSeen === null || at > lastSeen) lastSeen = at;
      if (lastSeen === null) return;
      for (const timer of timers.list()) timers.delete(timer);
      timers.register(lastSeen.plus("2 minutes"));
      state.lastSeen.update(lastSeen);
    },
    *handleExpiredTimer({ machine }, _at, { state }) {
      const lastSeen = state.lastSeen.get();
      state.lastSeen.clear();
      if (lastSeen !== null) yield { machine, lastSeen };
    },
  });

if (import.meta.main) {
  await using mill = session({ timeZone: "UTC" });
  const read = mill.readStream.schema(Reading).json(writeInput(".millrace/examples/readings", readings(20), 1_000), { maxFilesPerTrigger: 1 });
  const hot = await overheated(read).writeStream.queryName("overheated").trigger({ availableNow: true }).format("console").start();
  await hot.awaitTermination();
  const gone = await silent(read).writeStream.queryName("silent").trigger({ availableNow: true }).format("console").start();
  await gone.awaitTermination();
}
