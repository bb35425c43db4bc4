/** Catches users counted twice in a minute, and minutes that close before all of their pings are in. */
import assert from "node:assert/strict";
import test from "node:test";
import { testSession } from "millrace/testing";
import { pings } from "./data.ts";
import { Ping, concurrentUsers } from "./main.ts";

test("the users of a minute are those that sent a sign of life in it", async () => {
  const sent = pings(120);
  await using mill = testSession();
  const input = mill.memoryStream(Ping);
  await using run = await mill.run(concurrentUsers(input.df));
  const out: string[] = [];
  for (let from = 0; from < sent.length; from += 150) {
    input.add(...sent.slice(from, from + 150));
    if (from === 1_500) {
      await run.crashAt("append");
      await run.restart();
    }
    out.push(...(await run.process() as { minute: object; region: string; users: bigint }[]).map(row => `${row.minute} ${row.region} ${row.users}`));
  }

  const closed = Math.max(...sent.map(ping => Date.parse(ping.at))) - 15_000, users = new Map<string, Set<string>>();
  for (const { at, user, region } of sent) {
    const minute = `${at.slice(0, 16)}:00Z`, key = `${minute} ${region}`;
    if (Date.parse(minute) + 60_000 <= closed) users.set(key, (users.get(key) ?? new Set()).add(user));
  }
  assert.ok(users.size > 40);
  assert.deepEqual(out.sort(), [...users].map(([key, names]) => `${key} ${names.size}`).sort());
});
