/**
 * What an on-call engineer wants of the logs: each service's share of errors by the minute, and each kind of error the
 * first time that it is seen. Two queries read one folder.
 */
import { schema, session, string, timestamp, type DataFrame, type Infer } from "millrace";
import { count, count_if, regexp_replace, round, window } from "millrace/functions";
import { writeInput } from "../lib/input.ts";
import { logLines } from "./data.ts";

export const Line = schema({ at: timestamp().notNull(), service: string().notNull(), level: string().notNull(), message: string() });
export type Line = Infer<typeof Line>;

/** Complete minutes, in percent. */
export const errorRates = (lines: DataFrame<Line>) => lines
  .withWatermark("at", "10 seconds")
  .groupBy(r => ({ minute: window(r.at, "1 minute"), service: r.service }))
  .agg(r => ({ lines: count(), errors: count_if(r.level.eq("ERROR")) }))
  .select(r => ({ minute: r.minute.start, service: r.service, lines: r.lines, percent: round(r.errors.mul(100).div(r.lines), 1) }));

/** The first line of each kind of error: messages are of one kind when they differ in numbers alone. */
export const newErrors = (lines: DataFrame<Line>) => lines
  .where(r => r.level.eq("ERROR"))
  .withColumn("kind", r => regexp_replace(r.message, "[0-9]+", "#"))
  .dropDuplicates("service", "kind")
  .select("at", "service", "kind", "message");

if (import.meta.main) {
  await using mill = session({ timeZone: "UTC" });
  const lines = mill.readStream.schema(Line).json(writeInput(".millrace/examples/logs", logLines(20_000), 2_000), { maxFilesPerTrigger: 1 });
  const rates = await errorRates(lines).writeStream.queryName("rates").trigger({ availableNow: true }).format("console").start();
  await rates.awaitTermination();
  const kinds = await newErrors(lines).writeStream.queryName("new errors").trigger({ availableNow: true }).format("console").option("truncate", false).start();
  await kinds.awaitTermination();
}
