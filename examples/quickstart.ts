// A folder is a stream: drop files of JSON lines into trades/, and each minute's volume is printed once it is complete.
import { bigint, schema, session, string, timestamp } from "millrace";
import { count, sum, window } from "millrace/functions";

const Trade = schema({
  ts: timestamp().notNull(),
  symbol: string().notNull(),
  price: bigint().notNull(),
  venue: string(),                                          // nullable, as in Spark
});

await using mill = session();

const perMinute = mill.readStream.schema(Trade).json("trades/")
  .withWatermark("ts", "10 seconds")
  .where(r => r.price.gt(100))
  .groupBy(r => ({ window: window(r.ts, "1 minute"), symbol: r.symbol }))
  .agg(r => ({ n: count(), volume: sum(r.price) }));
// DataFrame<{ window: TimeWindow; symbol: string; n: bigint; volume: bigint }>

const query = await perMinute.writeStream.format("console").start({ checkpointLocation: "ckpt/per-minute" });
await query.awaitTermination();
