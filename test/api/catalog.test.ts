/** Catches a catalog that shows other names than there are, or drops and keeps others than it was told. */
import assert from "node:assert/strict";
import test from "node:test";
import { bigint, session, udf } from "millrace";

test("names of a session", async () => {
  await using mill = session({ timeZone: "UTC" });
  const { catalog } = mill;
  mill.range(3).withColumn("odd name", r => r.id.plus(1)).createOrReplaceTempView("Some Rows");
  mill.range(2).createTempView("two");
  mill.udf.register("plus_one", udf({ args: [bigint()], returns: bigint() }, x => x === null ? null : x + 1n));
  assert.deepEqual([await catalog.currentCatalog(), await catalog.currentDatabase(), await catalog.listDatabases()], ["spark_catalog", "default", ["default"]]);
  assert.deepEqual((await catalog.listTables()).map(t => [t.name, t.isTemporary]), [["Some Rows", true], ["two", true]]);
  assert.deepEqual((await catalog.listTables(undefined, "t*")).map(t => t.name), ["two"]);
  assert.deepEqual(await catalog.listColumns("`Some Rows`"), [{ name: "id", dataType: "bigint", nullable: false, description: undefined }, { name: "odd name", dataType: "bigint", nullable: false, description: undefined }]);
  assert.deepEqual([await catalog.tableExists("two"), await catalog.tableExists("three"), await catalog.databaseExists("DEFAULT"), await catalog.databaseExists("x")], [true, false, true, false]);
  assert.deepEqual([await catalog.functionExists("plus_one"), await catalog.functionExists("abs"), await catalog.functionExists("no_such")], [true, true, false]);
  assert.deepEqual(await catalog.listFunctions("plus_*"), ["plus_one"]);
  assert.equal(catalog.isCached("two"), false);
  await catalog.cacheTable("two");
  assert.equal(catalog.isCached("two"), true);
  await catalog.uncacheTable("two");
  assert.equal(catalog.isCached("two"), false);
  assert.deepEqual([catalog.dropTempView("two"), catalog.dropTempView("two"), await catalog.tableExists("two")], [true, false, false]);
  mill.range(4).createGlobalTempView("shared");
  assert.equal(await mill.table("global_temp.shared").count(), 4);
  assert.throws(() => mill.range(4).createGlobalTempView("shared"), { condition: "TEMP_TABLE_OR_VIEW_ALREADY_EXISTS" });
  mill.range(5).createOrReplaceGlobalTempView("shared");
  assert.equal(await mill.table("global_temp.shared").count(), 5);
  assert.deepEqual([catalog.dropGlobalTempView("shared"), catalog.dropGlobalTempView("shared")], [true, false]);
  await assert.rejects(catalog.listColumns("two"), { condition: "TABLE_OR_VIEW_NOT_FOUND" });
});
