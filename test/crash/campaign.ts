/** Campaigns of kills and races against the built package; the output of each must be that of an undisturbed run. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { seededRandom } from "../../src/base/clock.ts";
import { makeInput, newPlaces, readOutput, remove, startWorker } from "./harness.ts";

const FILES = 60, ROWS = 50;

type Output = ReturnType<typeof readOutput>;
export interface Campaign { readonly input: string; readonly expected: Output; close(): void }

/** Makes the input, and the output of a run that nobody disturbs. */
export async function newCampaign(): Promise<Campaign> {
  const root = mkdtempSync(join(tmpdir(), "millrace-crash-input-")), input = join(root, "events");
  makeInput(input, FILES, ROWS);
  const places = newPlaces(input), ending = await startWorker(places).ended;
  assert.equal(ending.code, 0, ending.err);
  const expected = readOutput(places);
  assert.ok(expected.rows.length > 100 && expected.batches.length >= FILES, `${expected.rows.length} rows, ${expected.batches.length} batches`);
  remove(places);
  return { input, expected, close: () => rmSync(root, { recursive: true, force: true }) };
}

/** Kills runs at random instants until there were enough, and compares whenever a run gets to its end. */
export async function killAtRandom({ input, expected }: Campaign, kills: number): Promise<void> {
  const seed = Number(process.env["MILLRACE_SEED"] ?? Date.now() % 1_000_000), random = seededRandom(seed);
  let killed = 0, runs = 0;
  while (killed < kills) {
    const places = newPlaces(input);
    for (;;) {
      const run = startWorker(places);
      if (killed < kills) {
        await run.started;
        await new Promise(resolve => setTimeout(resolve, random.uint32() % 80));
        run.process.kill("SIGKILL");
      }
      const ending = await run.ended;
      runs++;
      if (ending.signal === "SIGKILL") {
        killed++;
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
  console.log(`${killed} kills in ${runs} runs, seed ${seed}`);
}

/** Two runners at once on one checkpoint. */
export async function race({ input, expected }: Campaign, races: number): Promise<void> {
  let refused = 0;
  for (let i = 0; i < races; i++) {
    const places = newPlaces(input);
    const endings = await Promise.all([startWorker(places).ended, startWorker(places).ended]);
    const lost = endings.filter(ending => ending.code !== 0);
    // Whoever loses says why.
    for (const ending of lost) assert.match(ending.err, /MILLRACE_(?:FENCED|CHECKPOINT_IN_USE|SINK_CONFLICT)/);
    assert.ok(lost.length < 2, endings.map(ending => ending.err).join("\n"));
    refused += lost.length;
    assert.ok(same(readOutput(places).rows, expected.rows), `other rows, see ${places.root}`);
    remove(places);
  }
  console.log(`${races} races, ${refused} refused`);
}

const same = (a: readonly string[], b: readonly string[]): boolean => a.length === b.length && a.every((text, i) => text === b[i]);
