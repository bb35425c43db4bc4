/**
 * How many of a campaign's impressions were clicked, by the hour. A click counts for an impression of the same ad to the
 * same user if it comes within ten minutes. The left join keeps an impression until no click can come any more, and the
 * hours behind it close when the join can put out nothing earlier.
 */
import { schema, session, string, timestamp, type DataFrame, type Infer } from "millrace";
import { count, expr, round, window } from "millrace/functions";
import { writeInput } from "../lib/input.ts";
import { adEvents } from "./data.ts";

export const Impression = schema({ at: timestamp().notNull(), id: string().notNull(), user: string().notNull(), campaign: string().notNull() });
export const Click = schema({ at: timestamp().notNull(), impression: string().notNull() });
export type Impression = Infer<typeof Impression>;
export type Click = Infer<typeof Click>;

export const clickRates = (impressions: DataFrame<Impression>, clicks: DataFrame<Click>) => impressions
  .withWatermark("at", "2 minutes")
  .join(clicks.withWatermark("at", "2 minutes"), (shown, clicked) =>
    shown.id.eq(clicked.impression).and(clicked.at.gte(shown.at)).and(clicked.at.lte(shown.at.plus(expr("INTERVAL 10 MINUTES")))), "left")
  .select((shown, clicked) => ({ at: shown.at, campaign: shown.campaign, click: clicked.impression }))
  .groupBy(r => ({ hour: window(r.at, "1 hour"), campaign: r.campaign }))
  .agg(r => ({ impressions: count(), clicks: count(r.click) }))
  .select(r => ({ hour: r.hour.start, campaign: r.campaign, impressions: r.impressions, clicks: r.clicks, percent: round(r.clicks.mul(100).div(r.impressions), 2) }));

if (import.meta.main) {
  await using mill = session({ timeZone: "UTC" });
  const { impressions, clicks } = adEvents(10_000), options = { maxFilesPerTrigger: 1 };
  const query = await clickRates(
    mill.readStream.schema(Impression).json(writeInput(".millrace/examples/impressions", impressions, 1_000), options),
    mill.readStream.schema(Click).json(writeInput(".millrace/examples/clicks", clicks, Math.ceil(clicks.length / 10)), options),
  ).writeStream.trigger({ availableNow: true }).format("console").start();
  await query.awaitTermination();
}
