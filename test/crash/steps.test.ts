/** Catches a step of the commit protocol after which a kill loses or doubles rows: the process kills itself just after each, and runs again. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import test, { after } from "node:test";
import { makeInput, newPlaces, readOutput, remove, type Places } from "./harness.ts";

const root = mkdtempSync(join(tmpdir(), "millrace-steps-")), input = join(root, "events");
makeInput(input, 6, 40);
after(() => rmSync(root, { recursive: true, force: true }));

function run({ output, checkpoint }: Places, sink: string, step: string, batch: number): { readonly signal: string | null; readonly code: number | null; readonly err: string } {
  const result = spawnSync(process.execPath, ["--conditions=millrace-source", resolve(import.meta.dirname, "step-worker.ts"), input, output, checkpoint, sink, step, String(batch)], { encoding: "utf8" });
  return { signal: result.signal, code: result.status, err: result.stderr };
}

/** What the callback got, a batch once: the last delivery of each id. */
function callbackRows({ output }: Places): string[] {
  const batches = new Map(readFileSync(join(output, "rows"), "utf8").split("\n").filter(line => line !== "").map(line => [line.slice(0, line.indexOf(" ")), line] as const));
  return [...batches.values()].sort();
}

/** Steps that come once a batch; what comes rarely (staging of large state, release of old segments) is killed in the tests of the checkpoint itself. */
const STEPS = ["compute", "append", "sync", "check", "commit", "acknowledge"] as const;

for (const sink of ["files", "callback"] as const) {
  test(`a kill after each step, ${sink}`, () => {
    const undisturbed = newPlaces(input);
    assert.equal(run(undisturbed, sink, "none", 0).code, 0);
    const rows = (places: Places) => (sink === "files" ? readOutput(places).rows : callbackRows(places));
    const expected = rows(undisturbed);
    assert.ok(expected.length > 3);
    for (const step of STEPS) for (const batch of [1, 4]) {
      const places = newPlaces(input), first = run(places, sink, step, batch);
      assert.equal(first.signal, "SIGKILL", `${step} of batch ${batch} never came: ${first.err}`);
      const second = run(places, sink, "none", 0);
      assert.equal(second.code, 0, second.err);
      assert.deepEqual(rows(places), expected, `after ${step} of batch ${batch}`);
      remove(places);
    }
    remove(undisturbed);
  });
}
