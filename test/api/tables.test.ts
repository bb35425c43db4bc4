/** Catches frames that don't get into statements and tables, or values that become text of a statement. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { bigint, schema, session } from "millrace";

test("frames and values in statements; saveAsTable and insertInto", async () => {
  const folder = mkdtempSync(join(tmpdir(), "millrace-tables-"));
  try {
    await using mill = session({ timeZone: "UTC", conf: { "spark.sql.warehouse.dir": folder } });
    const frame = mill.range(3).withColumn("b", r => r.id.mul(2)), name = "x'; DROP TABLE a; --";
    await mill.sql`CREATE TABLE a USING json AS SELECT *, ${name} AS name FROM ${frame} WHERE id < ${2n}`.collect();
    assert.deepEqual(await mill.sql("SELECT * FROM a ORDER BY id").collect(), [{ id: 0n, b: 0n, name }, { id: 1n, b: 2n, name }]);
    await mill.sql`INSERT INTO a SELECT *, 'n' FROM ${frame}`.collect();
    assert.equal(await mill.table("a").count(), 5);
    assert.match(String((await mill.sql`EXPLAIN SELECT * FROM ${frame}`.collect())[0]?.["plan"]), /Range/);

    await frame.write.format("json").saveAsTable("t");
    assert.deepEqual(await mill.table("t").as(schema({ id: bigint(), b: bigint() })).orderBy("id").collect(), [{ id: 0n, b: 0n }, { id: 1n, b: 2n }, { id: 2n, b: 4n }]);
    await assert.rejects(frame.write.format("json").saveAsTable("t"), { condition: "TABLE_OR_VIEW_ALREADY_EXISTS" });
    await frame.write.mode("ignore").saveAsTable("t");
    assert.equal(await mill.table("t").count(), 3);
    await frame.select("b", "id").write.mode("append").saveAsTable("t");
    assert.deepEqual((await mill.sql("SELECT DISTINCT id, b FROM t ORDER BY id").collect()).length, 3);
    assert.equal(await mill.table("t").count(), 6);
    await frame.select("b", "id").write.insertInto("t");
    assert.equal((await mill.sql("SELECT DISTINCT id, b FROM t").collect()).length, 5);
    await frame.write.mode("overwrite").saveAsTable("t");
    assert.equal(await mill.table("t").count(), 3);
    await frame.limit(1).write.insertInto("t", { overwrite: true });
    assert.equal(await mill.table("t").count(), 1);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
