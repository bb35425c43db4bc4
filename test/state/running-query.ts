/**
 * A query that runs until its input ends, for running-query.test.ts: batch b counts each of KEYS keys once more and adds
 * b to its sum, so that the state after each batch is known. Old batches are retired as fast as can be.
 */
import { KEYS } from "./running-query-keys.ts";
import { StateQuery } from "./query.ts";

const it = new StateQuery("SELECT name, count(*) c, sum(n) s FROM t GROUP BY name", "update", ["t"], {
  "spark.sql.streaming.stateStore.minDeltasForSnapshot": "2", "spark.sql.streaming.minBatchesToRetain": "2",
});
let stopped = false;
process.stdin.on("data", () => { stopped = true; });
await it.start();
process.stdout.write(`${it.path}\n`);
for (let batch = 0; !stopped; batch++) {
  const last = await it.add(KEYS.map(name => [1, name, BigInt(batch)]));
  if (last !== batch) throw new Error(`batch ${last} in place of ${batch}`);
}
process.stdout.write(`${it.query.lastProgress!.batchId}\n`);
await it[Symbol.asyncDispose]();
process.exit(0);
