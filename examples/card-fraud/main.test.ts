/** Catches alerts that are missing, false or told twice, in whatever order payments arrive. */
import assert from "node:assert/strict";
import test from "node:test";
import { testSession } from "millrace/testing";
import { distance } from "../lib/distance.ts";
import { payments, type MadePayment } from "./data.ts";
import { Payment, alerts } from "./main.ts";

test("the alerts are those of a look at each card's payments in the order of their times", async () => {
  const paid = payments(300);
  await using mill = testSession();
  const input = mill.memoryStream(Payment);
  await using run = await mill.run(alerts(input.df), { outputMode: "append" });
  const out: string[] = [];
  for (let from = 0; from < paid.length; from += 200) {
    input.add(...paid.slice(from, from + 200));
    if (from === 800) {
      await run.crashAt("commit");
      await run.restart();
    }
    out.push(...(await run.process() as readonly { card: string; at: object; rule: string }[]).map(row => `${row.card} ${row.at} ${row.rule}`));
  }

  const judged = Math.max(...paid.map(payment => Date.parse(payment.at))) - 30_000, expected: string[] = [], text = (at: string) => at.replace(/\.?0*Z$/, "Z");
  for (const [card, all] of Map.groupBy(paid, payment => payment.card)) {
    all.sort((a, b) => (a.at < b.at ? -1 : 1));
    all.forEach((payment, i) => {
      const at = Date.parse(payment.at), before: MadePayment | undefined = all[i - 1];
      if (at > judged) return;
      if (all.filter(other => Date.parse(other.at) <= at && Date.parse(other.at) > at - 60_000).length > 4) expected.push(`${card} ${text(payment.at)} velocity`);
      if (before !== undefined && distance(before, payment) > 50 && distance(before, payment) > 900 * (at - Date.parse(before.at)) / 3_600_000) expected.push(`${card} ${text(payment.at)} impossible travel`);
    });
  }
  assert.ok(expected.some(row => row.endsWith("velocity")) && expected.some(row => row.endsWith("travel")));
  assert.deepEqual(out.sort(), expected.sort());
});
