/** Catches rows that are lost or doubled when the process is killed at any instant, and two runners that both write. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { after, before } from "node:test";
import { seededRandom } from "../../src/base/clock.ts";
import { makeInput, newPlaces, readOutput, remove, startWorker, type Places } from "./harness.ts";

const KILLS = Number(process.env["MILLRACE_KILLS"] ?? "200"), RACES = Number(process.env["MILLRACE_RACES"] ?? "200");
const FILES = 60, ROWS = 50;
const root = mkdtempSync(join(tmpdir(), "millrace-crash-input-")), input = join(root, "events");
let expected: ReturnType<typeof readOutput>;

const same = (a: readonly string[], b: readonly string[]): boolean => a.length === b.length && a.every((text, i) => text === b[i]);

async function runToEnd(places: Places): Promise<void> {
  const ending = await startWorker(places).ended;
  assert.equal(ending.code, 0, ending.err);
}

before(async () => {
  makeInput(input, FILES, ROWS);
  const places = newPlaces(input);
  await runToEnd(places);
  expected = readOutput(places);
  assert.ok(expected.rows.length > 100 && expected.batches.length >= FILES, `${expected.rows.length} rows, ${expected.batches.length} batches`);
  remove(places);
});
after(() => rmSync(root, { recursive: true, force: true }));

test(`${KILLS} kills at random instants leave the same rows and files`, async () => {
  const seed = Number(process.env["MILLRACE_SEED"] ?? Date.now() % 1_000_000), random = seededRandom(seed);
  let kills = 0, runs = 0;
  while (kills < KILLS) {
    const places = newPlaces(input);
    for (;;) {
      const run = startWorker(places);
      if (kills < KILLS) {
        await run.started;
        await new Promise(resolve => setTimeout(resolve, random.uint32() % 40));
        run.process.kill("SIGKILL");
      }
      const ending = await run.ended;
      runs++;
      if (ending.signal === "SIGKILL") {
        kills++;
        continue;
      }
      assert.equal(ending.code, 0, `seed ${seed}: ${ending.err}`);
      break;
    }
    const actual = readOutput(places);
    assert.ok(same(actual.rows, expected.rows), `seed ${seed}: other rows, see ${places.root}`);
    // One file a batch fixes the batches, so the files are the same too.
    assert.ok(same(actual.batches, expected.batches), `seed ${seed}: other files, see ${places.root}`);
    remove(places);
  }
  console.log(`${kills} kills in ${runs} runs, seed ${seed}`);
});

test(`${RACES} races of two runners on one checkpoint leave the same rows`, async () => {
  let refused = 0;
  for (let race = 0; race < RACES; race++) {
    const places = newPlaces(input);
    const endings = await Promise.all([startWorker(places).ended, startWorker(places).ended]);
    const lost = endings.filter(ending => ending.code !== 0);
    // Whoever loses says why, and who has it.
    for (const ending of lost) assert.match(ending.err, /MILLRACE_(?:FENCED|CHECKPOINT_IN_USE|SINK_CONFLICT)/);
    assert.ok(lost.length < 2, endings.map(ending => ending.err).join("\n"));
    refused += lost.length;
    assert.ok(same(readOutput(places).rows, expected.rows), `other rows, see ${places.root}`);
    remove(places);
  }
  console.log(`${RACES} races, ${refused} refused`);
});
