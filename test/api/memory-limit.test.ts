/** Catches a memory bound that nothing keeps: a query that holds more must end with a clear error, and the session go on. */
import assert from "node:assert/strict";
import test from "node:test";
import { session, type MillraceError } from "millrace";

test("a query that would hold more than memoryBytes fails, and a smaller one then runs", async () => {
  await using mill = session({ timeZone: "UTC", memoryBytes: 2 * 1024 * 1024 });
  await assert.rejects(mill.range(400_000).orderBy(r => r.id.desc()).collect(), { condition: "MILLRACE_OUT_OF_MEMORY" });
  assert.equal(await mill.range(1000).count(), 1000);
});

test("the error names the operator, the number and the way out; values on JavaScript's heap are counted too", async () => {
  await using mill = session({ timeZone: "UTC", memoryBytes: 4 * 1024 * 1024 });
  const refused = async (sql: string, operator: string): Promise<void> => {
    await assert.rejects(mill.sql(sql).collect(), (error: MillraceError) => {
      assert.equal(error.condition, "MILLRACE_OUT_OF_MEMORY");
      assert.equal(error.messageParameters["operator"], operator);
      assert.ok(Number(error.messageParameters["rows"]) > 1000 && Number(error.messageParameters["inUse"]) <= 4 * 1024 * 1024, error.message);
      assert.match(error.hint!, /memoryBytes/);
      return true;
    });
  };
  await refused("SELECT id FROM range(1000000) ORDER BY hash(id)", "Sort (by hash(id))");
  await refused("SELECT id, count(*) FROM range(1000000) GROUP BY id", "Aggregate (by id)");
  await refused("SELECT a.id FROM range(1000000) a JOIN range(1000000) b ON a.id = b.id * 7", "Join Inner, the side that is held (id = (id * 7))");
  await refused("SELECT row_number() OVER (ORDER BY hash(id)) FROM range(1000000)", "Window functions (row_number())");
  await refused("SELECT size(collect_list(id)) FROM range(10000000)", "Aggregate (all rows)");
  assert.equal(await mill.range(1000).count(), 1000);
});
