/** Catches machines that are hot or silent and not told, or told twice. */
import assert from "node:assert/strict";
import test from "node:test";
import { testSession } from "millrace/testing";
import { readings } from "./data.ts";
import { Reading, overheated, silent } from "./main.ts";

const text = (at: string | number) => new Date(at).toISOString().replace(/\.?0*Z$/, "Z");

test("hot minutes and silences of two minutes come out once each", async () => {
  const read = readings(30), last = Math.max(...read.map(reading => Date.parse(reading.at))), closed = last - 10_000;
  await using mill = testSession();
  const input = mill.memoryStream(Reading);
  await using hot = await mill.run(overheated(input.df));
  await using gone = await mill.run(silent(input.df), { outputMode: "append" });
  const told: string[] = [], missing: string[] = [];
  for (let from = 0; from < read.length; from += 100) {
    input.add(...read.slice(from, from + 100));
    if (from === 3_000) {
      await gone.crashAt("append");
      await gone.restart();
    }
    told.push(...(await hot.process() as readonly { minute: object; machine: string; mean: number }[]).map(row => `${row.minute} ${row.machine} ${row.mean}`));
    missing.push(...(await gone.process() as readonly { machine: string; lastSeen: object }[]).map(row => `${row.machine} ${row.lastSeen}`));
  }

  const hotMinutes: string[] = [], silences: string[] = [];
  for (const [key, all] of Map.groupBy(read, reading => `${reading.at.slice(0, 16)}:00Z ${reading.machine}`)) {
    const tenths = all.reduce((sum, reading) => sum + Math.round(reading.celsius * 10), 0), mean = Math.round(tenths / all.length) / 10;
    if (mean > 80 && Date.parse(key.slice(0, 20)) + 60_000 <= closed) hotMinutes.push(`${key} ${mean}`);
  }
  for (const [machine, all] of Map.groupBy(read, reading => reading.machine)) {
    all.sort((a, b) => (a.at < b.at ? -1 : 1)).forEach((reading, i) => {
      const next = all[i + 1], silentAt = Date.parse(reading.at) + 120_000;
      if (silentAt <= closed && (next === undefined || Date.parse(next.at) > silentAt + 30_000)) silences.push(`${machine} ${text(reading.at)}`);
    });
  }
  assert.ok(hotMinutes.length > 10 && silences.length >= 3);
  assert.deepEqual(told.sort(), hotMinutes.sort());
  assert.deepEqual(missing.sort(), silences.sort());
});
