/** Catches visits that are split, joined or told twice. */
import assert from "node:assert/strict";
import test from "node:test";
import { testSession } from "millrace/testing";
import { clicks } from "./data.ts";
import { Click, visits } from "./main.ts";

const GAP = 1_800_000, DELAY = 600_000;

test("visits are the runs of clicks without half an hour of silence", async () => {
  const clicked = clicks(120);
  await using mill = testSession();
  const input = mill.memoryStream(Click);
  await using run = await mill.run(visits(input.df));
  const out: string[] = [];
  for (let from = 0; from < clicked.length; from += 100) {
    input.add(...clicked.slice(from, from + 100));
    if (from === 600) {
      await run.crashAt("append");
      await run.restart();
    }
    for (const row of await run.process() as { user: string; from: object; last: object; clicks: bigint; entry: string; ordered: boolean }[]) {
      out.push(`${row.user} ${row.from} ${row.last} ${row.clicks} ${row.entry} ${row.ordered}`);
    }
  }

  const text = (at: string) => at.replace(/\.?0*Z$/, "Z"), expected: string[] = [], closed = Math.max(...clicked.map(click => Date.parse(click.at))) - DELAY;
  for (const [user, all] of Map.groupBy(clicked, click => click.user)) {
    all.sort((a, b) => (a.at < b.at ? -1 : 1));
    for (let first = 0, i = 1; i <= all.length; i++) {
      if (i < all.length && Date.parse(all[i]!.at) < Date.parse(all[i - 1]!.at) + GAP) continue;
      const visit = all.slice(first, i), last = visit.at(-1)!.at;
      if (Date.parse(last) + GAP <= closed) expected.push(`${user} ${text(visit[0]!.at)} ${text(last)} ${visit.length} ${visit[0]!.page} ${visit.some(click => click.page === "/order")}`);
      first = i;
    }
  }
  assert.ok(expected.length > 100);
  assert.deepEqual(out.sort(), expected.sort());
});
