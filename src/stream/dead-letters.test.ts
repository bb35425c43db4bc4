/** Catches bad records that are lost, kept twice or kept without a batch that holds them, wherever the run is killed; and letters that a reader of the folder can't see. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { RuntimeConf } from "../api/conf.ts";
import { LocalEngine } from "../api/local/local-engine.ts";
import { seededRandom } from "../base/clock.ts";
import { publishedFiles } from "../storage/manifest.ts";
import type { CrashPoint } from "../testing/hooks.ts";
import { localTestEngine } from "../testing/local-test-engine.ts";
import { ManualClock } from "../testing/manual-clock.ts";
import { INT, STRING, field, struct } from "../types/data-type.ts";
import type { DeadLetter } from "./dead-letters.ts";

const SCHEMA = struct([field("id", INT, false), field("s", STRING)]);
const CRASHES: readonly CrashPoint[] = ["compute", "append", "sync", "check", "commit", "acknowledge", "appendDone"];

for (const point of CRASHES) {
  test(`a crash after '${point}' keeps each bad record once`, async () => {
    const folder = mkdtempSync(join(tmpdir(), "millrace-letters-"));
    try {
      const engine = localTestEngine({ settings: new RuntimeConf({ "spark.sql.session.timeZone": "UTC" }).settings, memoryBytes: undefined, checkpointRoot: undefined }, { clock: new ManualClock(1_800_000_000_000_000), random: seededRandom(1) });
      assert.ok(engine instanceof LocalEngine);
      const run = await engine.script({
        plan: { kind: "read_data_source", format: "json", options: {}, paths: [folder], isStreaming: true, schema: SCHEMA }, target: { kind: "format", format: "memory" }, outputMode: "append",
        trigger: undefined, queryName: null, partitionBy: [], checkpointLocation: undefined, options: {}, signal: undefined,
      });
      const rows: unknown[] = [], expected: [number, number][] = [];
      for (let batch = 0; batch < 5; batch++) {
        // The third batch has nothing bad in it.
        writeFileSync(join(folder, `${batch}.json`), `{"id":${batch},"s":"good"}\n${batch === 2 ? "" : `{"id":null,"s":"bad ${batch}"}\n{"s":"worse ${batch}"}\n`}`);
        if (batch !== 2) expected.push([batch, 0], [batch, 1]);
        if (batch % 2 === 1) {
          await run.crashAt(point);
          await run.restart();
        }
        rows.push(...await run.process());
      }
      await run.stop();
      assert.deepEqual(rows, [0, 1, 2, 3, 4].map(id => [id, "good"]));
      const { files } = engine.world, place = "/millrace-test-disk/run-0/dead-letters";
      const letters = publishedFiles(files, place).flatMap(file => new TextDecoder().decode(files.readFile(`${place}/${file.path}`)).trimEnd().split("\n").map(line => JSON.parse(line) as DeadLetter));
      assert.deepEqual(letters.map(letter => [letter.batchId, letter.raw]), expected.map(([batch, which]) => [batch, which === 0 ? `{"id":null,"s":"bad ${batch}"}` : `{"s":"worse ${batch}"}`]));
      assert.deepEqual([letters[0]!.origin, letters[0]!.offset, letters[0]!.length, letters[0]!.encoding], [join(folder, "0.json"), 20, 23, "utf8"]);
      assert.equal(run.handle.recentProgress.reduce((sum, one) => sum + one.millrace.deadLetters, 0) > 0, true);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
}
