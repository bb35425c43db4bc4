/** Catches an hour that comes out early, twice or with a sale missing, and revenue that isn't exact. */
import assert from "node:assert/strict";
import test from "node:test";
import { stringify } from "millrace";
import { testSession } from "millrace/testing";
import { sales } from "./data.ts";
import { Sale, volumes } from "./main.ts";

test("each hour comes out once, complete and to the cent", async () => {
  const sold = sales(5_000);
  await using mill = testSession();
  const input = mill.memoryStream(Sale);
  await using run = await mill.run(volumes(input.df));
  const out: object[] = [];
  for (let from = 0; from < sold.length; from += 250) {
    input.add(...sold.slice(from, from + 250));
    if (from === 2_500) {
      await run.crashAt("append");
      await run.restart();
    }
    out.push(...await run.process());
  }
  assert.equal(run.query.recentProgress.reduce((sum, { millrace }) => sum + millrace.lateRows, 0), 0);

  const closed = Math.max(...sold.map(sale => Date.parse(sale.at))) - 1_800_000, totals = new Map<string, { sales: number; quantity: number; cents: number }>();
  for (const { at, product, quantity, price } of sold) {
    const hour = `${at.slice(0, 13)}:00:00Z`, key = `${hour} ${product}`, total = totals.get(key) ?? { sales: 0, quantity: 0, cents: 0 };
    if (Date.parse(hour) + 3_600_000 > closed) continue;
    totals.set(key, { sales: total.sales + 1, quantity: total.quantity + quantity, cents: total.cents + quantity * Math.round(Number(price) * 100) });
  }
  const expected = [...totals].map(([key, { sales, quantity, cents }]) => {
    const [hour, product] = key.split(" ");
    return `{"hour":"${hour}","product":"${product}","sales":${sales},"quantity":${quantity},"revenue":${(cents / 100).toFixed(2)}}`;
  });
  assert.ok(expected.length >= 50, "most of the day is closed");
  assert.deepEqual(out.map(row => stringify(row)).sort(), expected.sort());
});
