/** Catches clicks that are lost, counted too late or twice, and hours that close before the join is through with them. */
import assert from "node:assert/strict";
import test from "node:test";
import { testSession } from "millrace/testing";
import { adEvents } from "./data.ts";
import { Click, Impression, clickRates } from "./main.ts";

test("an hour's click rate is that of a look at all events afterwards", async () => {
  const { impressions, clicks } = adEvents(4_000), until = (hour: number) => new Date(Date.parse("2026-03-04T12:00:00Z") + hour * 3_600_000).toISOString();
  await using mill = testSession();
  const shown = mill.memoryStream(Impression), clicked = mill.memoryStream(Click);
  await using run = await mill.run(clickRates(shown.df, clicked.df));
  const out: { hour: { toString(): string }; campaign: string; impressions: bigint; clicks: bigint }[] = [];
  // Both streams in step, a quarter of an hour at a time.
  for (let from = 0; from < 6.5; from += 0.25) {
    const isNow = (row: { at: string }) => row.at >= until(from) && row.at < until(from + 0.25);
    shown.add(...impressions.filter(isNow));
    clicked.add(...clicks.filter(isNow));
    if (from === 3) {
      await run.crashAt("commit");
      await run.restart();
    }
    out.push(...await run.process() as never[]);
  }

  const clickOf = new Map(clicks.map(click => [click.impression, Date.parse(click.at)])), totals = new Map<string, { impressions: number; clicks: number }>();
  for (const { at, id, campaign } of impressions) {
    const key = `${at.slice(0, 13)}:00:00Z ${campaign}`, total = totals.get(key) ?? { impressions: 0, clicks: 0 };
    totals.set(key, { impressions: total.impressions + 1, clicks: total.clicks + ((clickOf.get(id) ?? Infinity) <= Date.parse(at) + 600_000 ? 1 : 0) });
  }
  const expected = [...totals].map(([key, total]) => `${key} ${total.impressions} ${total.clicks}`), given = out.map(row => `${row.hour} ${row.campaign} ${row.impressions} ${row.clicks}`);
  assert.equal(new Set(given).size, given.length);
  assert.deepEqual(given.filter(row => !expected.includes(row)), []);
  assert.ok(given.length >= 15, `${given.length} of 18 hours and campaigns are closed`);
});
