/** Catches sessions of rows that nothing groups: each row has its own, and rows without a time or a gap have none. */
import assert from "node:assert/strict";
import test from "node:test";
import { session } from "millrace";

test("a projection gives each row its own session", async () => {
  await using mill = session({ timeZone: "UTC" });
  await mill.sql("CREATE TEMP VIEW v AS SELECT * FROM VALUES (1, TIMESTAMP'2024-01-01 00:00:00'), (2, TIMESTAMP'2024-01-01 00:01:00'), (3, TIMESTAMP'2024-01-01 00:00:00'), (1, NULL) AS v(n, ts)").collect();
  const gap = "CASE n WHEN 1 THEN '5 minutes' WHEN 2 THEN '1 month' ELSE 'no interval' END";
  const rows = await mill.sql(`SELECT n, CAST(session_window(ts, ${gap}).start AS STRING) AS s, CAST(session_window(ts, ${gap}).end AS STRING) AS e FROM v ORDER BY n`).collect();
  assert.deepEqual(rows.map(row => Object.values(row as Record<string, unknown>)), [[1, "2024-01-01 00:00:00", "2024-01-01 00:05:00"], [2, "2024-01-01 00:01:00", "2024-02-01 00:01:00"]]);
  await assert.rejects(mill.sql("SELECT session_window(ts, '1 minute'), session_window(ts, '2 minutes') FROM v").collect(), { condition: "_LEGACY_ERROR_TEMP_1039" });
});
