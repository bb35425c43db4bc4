/** Catches scripts that can't be stopped, that starve the process, or whose variables are seen beside them. What they compute stands in the corpus (scripting). */
import assert from "node:assert/strict";
import test from "node:test";
import { session, stringify } from "millrace";

const condition = (name: string) => (error: unknown): boolean => (error as { readonly condition?: string }).condition === name;

test("a loop without end goes when who waits for it gives up, and others have their turn meanwhile", async () => {
  await using mill = session({ timeZone: "UTC" });
  const abort = new AbortController(), frame = mill.sql("BEGIN DECLARE i = 0; LOOP SET i = i + 1; END LOOP; END");
  let turns = 0;
  const beat = (): void => { if (++turns < 5) setImmediate(beat); else abort.abort(); };
  setImmediate(beat);
  await assert.rejects(frame.collect({ signal: abort.signal }), condition("OPERATION_CANCELED"));
  assert.equal(stringify(await mill.sql("SELECT 1 AS one").collect()), '[{"one":1}]');
});

test("stop() ends a script that runs", async () => {
  const mill = session({ timeZone: "UTC" });
  const asked = assert.rejects(mill.sql("BEGIN WHILE true DO VALUES (1); END WHILE; END").collect(), condition("OPERATION_CANCELED"));
  await mill.stop();
  await asked;
});

test("parameters and frames in a script; its variables are gone behind it", async () => {
  await using mill = session({ timeZone: "UTC" });
  const rows = mill.range(4), least = 2;
  const told = await mill.sql`BEGIN DECLARE s BIGINT = 0; FOR r AS SELECT id FROM ${rows} WHERE id >= ${least} DO SET s = s + r.id; END FOR; SELECT s; END`.collect();
  assert.equal(stringify(told), '[{"s":5}]');
  await assert.rejects(mill.sql("SELECT s").collect(), condition("UNRESOLVED_COLUMN.WITHOUT_SUGGESTION"));
});

test("a query beside a script knows nothing of its variables", async () => {
  await using mill = session({ timeZone: "UTC" });
  mill.sql("DECLARE x = 1");
  const frame = mill.sql("SELECT x AS seen"), script = mill.sql("BEGIN DECLARE x = 2; DECLARE i = 0; WHILE i < 500 DO SET i = i + 1; END WHILE; SELECT x AS seen; END");
  assert.equal(stringify(await Promise.all([frame.collect(), script.collect()])), '[[{"seen":1}],[{"seen":2}]]');
});

test("statements after a script wait for it, also when it fails half way", async () => {
  await using mill = session({ timeZone: "UTC" });
  const failing = mill.sql("BEGIN CREATE TEMP VIEW half AS SELECT 7 AS a; SELECT 1 / 0; CREATE TEMP VIEW whole AS SELECT 8 AS a; END");
  const after = mill.sql("SELECT a FROM half");
  await assert.rejects(failing.collect(), condition("DIVIDE_BY_ZERO"));
  assert.equal(stringify(await after.collect()), '[{"a":7}]');
  await assert.rejects(mill.sql("SELECT a FROM whole").collect(), condition("TABLE_OR_VIEW_NOT_FOUND"));
});

test("blocks nest to a bound", async () => {
  await using mill = session({ timeZone: "UTC" });
  const nested = (depth: number): string => `${"BEGIN ".repeat(depth)}SELECT 1 AS a; ${"END; ".repeat(depth - 1)}END`;
  assert.equal(stringify(await mill.sql(nested(100)).collect()), '[{"a":1}]');
  assert.throws(() => mill.sql(nested(5_000)), condition("FAILED_TO_PARSE_TOO_COMPLEX"));
});
