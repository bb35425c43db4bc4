/** Catches a memory bound that nothing keeps: a query that holds more must end with a clear error, and the session go on. */
import assert from "node:assert/strict";
import test from "node:test";
import { session } from "millrace";

test("a query that would hold more than memoryBytes fails, and a smaller one then runs", async () => {
  await using mill = session({ timeZone: "UTC", memoryBytes: 2 * 1024 * 1024 });
  await assert.rejects(mill.range(400_000).orderBy(r => r.id.desc()).collect(), { condition: "MILLRACE_OUT_OF_MEMORY" });
  assert.equal(await mill.range(1000).count(), 1000);
});
