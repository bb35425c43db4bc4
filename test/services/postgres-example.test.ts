/** The example that keeps a stock by the changes of a table. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { session } from "millrace";
import pg from "pg";
import { TABLES, startStock } from "../../examples/postgres-cdc/main.ts";
import { seededRandom } from "../../src/base/clock.ts";
import { PostgresServer } from "./kit/postgres-server.ts";

test("the stock is what the movements add up to, over a stop", async () => {
  const folder = mkdtempSync(join(tmpdir(), "millrace-postgres-example-")), random = seededRandom(3);
  await using server = await PostgresServer.start();
  const client = new pg.Client({ connectionString: server.url });
  await client.connect();
  try {
    await client.query(TABLES);
    for (let run = 0; run < 2; run++) {
      await using mill = session({ timeZone: "UTC" });
      const query = await startStock(mill, server.url, join(folder, "checkpoint"));
      for (let i = 0; i < 60; i++) {
        const id = random.uint32() % 20, product = `p${random.uint32() % 4}`, quantity = random.uint32() % 100;
        if (random.uint32() % 4 === 0) await client.query("DELETE FROM movements WHERE id = $1", [id]);
        else await client.query("INSERT INTO movements VALUES ($1, $2, $3) ON CONFLICT (id) DO UPDATE SET product = EXCLUDED.product, quantity = EXCLUDED.quantity", [id, product, quantity]);
      }
      await query.processAllAvailable();
      await query.stop();
      const rows = async (sql: string): Promise<unknown[]> => (await client.query(sql)).rows;
      assert.deepEqual(await rows("SELECT product, quantity FROM stock WHERE quantity <> 0 ORDER BY product"), await rows("SELECT product, sum(quantity) AS quantity FROM movements GROUP BY product HAVING sum(quantity) <> 0 ORDER BY product"));
    }
  } finally {
    await client.end();
    rmSync(folder, { recursive: true, force: true });
  }
});
