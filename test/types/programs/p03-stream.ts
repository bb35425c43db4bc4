// A stream: watermark, window, start, progress.
import { count, window } from "millrace/functions";
import { Trade, mill } from "./common.ts";

const query = await mill.readStream.schema(Trade).json("in/", { maxFilesPerTrigger: 1 }).withWatermark("ts", "10 seconds")
  .groupBy(r => ({ window: window(r.ts, "1 minute"), key: r.key })).agg(() => ({ n: count() }))
  .writeStream.outputMode("append").format("console").option("truncate", false).trigger({ processingTime: "1 second" })
  .start({ checkpointLocation: "ck" });
export const late: number | undefined = query.lastProgress?.millrace.lateRows;
for await (const progress of query.progress()) {
  const watermark: string | undefined = progress.eventTime.watermark;
  if (watermark) break;
}
await query.stop();
