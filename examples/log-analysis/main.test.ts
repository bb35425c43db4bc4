/** Catches a wrong share of errors, and an error kind that is told twice or not at all. */
import assert from "node:assert/strict";
import test from "node:test";
import { testSession } from "millrace/testing";
import { logLines } from "./data.ts";
import { Line, errorRates, newErrors } from "./main.ts";

test("rates are those of complete minutes, and each kind of error is told once", async () => {
  const lines = logLines(6_000);
  await using mill = testSession();
  const input = mill.memoryStream(Line);
  await using rates = await mill.run(errorRates(input.df));
  await using kinds = await mill.run(newErrors(input.df));
  const told: { minute: { toString(): string }; service: string; lines: bigint; percent: number | null }[] = [], first: { service: string; kind: string | null }[] = [];
  for (let from = 0; from < lines.length; from += 400) {
    input.add(...lines.slice(from, from + 400));
    told.push(...await rates.process() as never[]);
    first.push(...await kinds.process() as never[]);
    if (from === 2_000) {
      await kinds.crashAt("sync");
      await kinds.restart();
    }
  }

  const closed = Math.max(...lines.map(line => Date.parse(line.at))) - 10_000, totals = new Map<string, { lines: number; errors: number }>(), seen = new Set<string>();
  for (const { at, service, level, message } of lines) {
    if (level === "ERROR") seen.add(`${service}: ${message.replaceAll(/\d+/g, "#")}`);
    const minute = `${at.slice(0, 16)}:00Z`, key = `${minute} ${service}`, total = totals.get(key) ?? { lines: 0, errors: 0 };
    if (Date.parse(minute) + 60_000 <= closed) totals.set(key, { lines: total.lines + 1, errors: total.errors + (level === "ERROR" ? 1 : 0) });
  }
  const percent = (total: { lines: number; errors: number }) => Math.round(1000 * total.errors / total.lines) / 10;
  assert.deepEqual(told.map(row => `${row.minute} ${row.service} ${row.lines} ${row.percent}`).sort(), [...totals].map(([key, total]) => `${key} ${total.lines} ${percent(total)}`).sort());
  assert.ok(told.some(row => row.service === "payments" && (row.percent ?? 0) > 20), "the failing gateway shows");
  assert.deepEqual(first.map(row => `${row.service}: ${row.kind}`).sort(), [...seen].sort());
});
