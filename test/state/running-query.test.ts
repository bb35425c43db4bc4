/** Catches reads of a running query's state that see half a batch or fail because it retires batches, and reads that disturb it. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import test from "node:test";
import { fileURLToPath } from "node:url";
import { localEngine } from "../../src/api/local-engine.ts";
import { createSession } from "../../src/api/session.ts";
import { MillraceError } from "../../src/base/errors.ts";
import { KEYS } from "./running-query-keys.ts";

const READS = 8;

test("the state of a query that another process runs", { timeout: 120_000 }, async () => {
  const child = spawn(process.execPath, ["--conditions=millrace-source", fileURLToPath(new URL("./running-query.ts", import.meta.url))], { stdio: ["pipe", "pipe", "inherit"] });
  const ended = new Promise<number | null>(resolve => { child.on("exit", resolve); });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator](), path = (await lines.next()).value as string;
  await using mill = createSession({ timeZone: "UTC" }, localEngine);
  const seen = new Set<number>();
  try {
    while (seen.size < READS) {
      try {
        const [metadata] = await mill.read.format("state-metadata").load(path).collect(), last = Number((metadata as { maxBatchId: bigint }).maxBatchId);
        const changed = seen.size % 2 === 1;
        const read = changed ? { readChangeFeed: true, changeStartBatchId: last, changeEndBatchId: last } : { batchId: last };
        mill.read.format("state").options(read).load(path).createOrReplaceTempView("s");
        const rows = await mill.sql("SELECT count(*) n, count(DISTINCT key.name) keys, min(value.count) low, max(value.count) high, min(value.sum) least, max(value.sum) most FROM s").collect();
        const counted = BigInt(last + 1), sum = BigInt(last) * counted / 2n, n = BigInt(KEYS.length);
        assert.deepEqual({ ...rows[0] }, { n, keys: n, low: counted, high: counted, least: sum, most: sum }, `${changed ? "changes of" : "state after"} batch ${last}`);
        seen.add(last);
      } catch (error) {
        // Retired between two looks, or not begun: that is told, and nothing else.
        if (!(error instanceof MillraceError) || !/^STDS_(?:OFFSET_LOG|COMMITTED_BATCH)_UNAVAILABLE$/.test(error.condition)) throw error;
      }
    }
  } finally {
    child.stdin.write("stop\n");
  }
  assert.ok(Number((await lines.next()).value) >= Math.max(...seen));
  assert.equal(await ended, 0);
});
