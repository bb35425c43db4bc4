/** Catches votes that count twice, or not at all, and a standing out of order. */
import assert from "node:assert/strict";
import test from "node:test";
import { testSession } from "millrace/testing";
import { votes } from "./data.ts";
import { Vote, standing } from "./main.ts";

test("each voter's first vote counts, whatever is sent again and whatever crashes", async () => {
  const cast = votes(2_000);
  await using mill = testSession();
  const input = mill.memoryStream(Vote);
  await using run = await mill.run(standing(input.df), { outputMode: "complete" });
  let shown: readonly object[] = [];
  for (let from = 0; from < cast.length; from += 500) {
    input.add(...cast.slice(from, from + 500));
    if (from === 1_000) {
      await run.crashAt("commit");
      await run.restart();
    }
    shown = await run.process();
  }

  const first = new Map<string, string>(), totals = new Map<string, bigint>();
  for (const { voter, candidate } of cast) if (!first.has(voter)) first.set(voter, candidate);
  for (const candidate of first.values()) totals.set(candidate, (totals.get(candidate) ?? 0n) + 1n);
  const expected = [...totals].map(([candidate, votes]) => ({ candidate, votes })).sort((a, b) => Number(b.votes - a.votes) || (a.candidate < b.candidate ? -1 : 1));
  assert.equal(first.size, 2_000);
  assert.ok(cast.length > 2_300, "some votes came twice");
  assert.deepEqual(shown, expected);
});
