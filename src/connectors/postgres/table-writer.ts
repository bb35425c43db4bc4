/**
 * A bounded query into a table of PostgreSQL, in one transaction: others see the table as it was, or with all rows. Save modes
 * are those of Spark's jdbc sink: `append` makes the table if it isn't there, `overwrite` makes it anew, or empties it with the
 * option `truncate`, which keeps its indexes and rights.
 */
import { AnalysisError } from "../../base/errors.ts";
import type { Batch } from "../../columns/batch.ts";
import type { BatchTarget } from "../../io/sink.ts";
import { byLowerCase, invalidOption, tableName, wholeOption, wordOption, type Options, type PostgresAddress } from "./address.ts";
import { PostgresConnection } from "./connection.ts";
import { targetOf } from "./target.ts";
import { TransactionBatch } from "./transaction-batch.ts";

/** Options are looked at when something is written: for a stream some of them mean another thing. */
export function postgresBatchTarget(options: Options, address: PostgresAddress): BatchTarget {
  return {
    saveModes: ["append", "overwrite", "ignore", "error"],
    async write(schema, batches, mode) {
      const given = byLowerCase(options), truncate = wordOption(given, "truncate", ["true", "false"], "false") === "true", target = targetOf(given, address, given["mode"] !== "delete"), table = tableName(target.table), doing = `Writing ${target.table}`;
      wholeOption(given, "batchsize", 1);
      if (target.mode !== "append" && mode !== "append") throw invalidOption("mode", `Rows are merged into a table that stays: the option mode ${target.mode} goes with the save mode append, not ${mode}.`, `write.mode("append").option("mode", "${target.mode}")`);
      const connection = await PostgresConnection.open(address, { name: "millrace write" });
      try {
        await connection.query(doing, "BEGIN");
        const isThere = (await connection.query(doing, "SELECT to_regclass($1) IS NOT NULL AS there", [table])).rows[0]!["there"] === "t";
        if (isThere && mode === "ignore") return;
        if (isThere && mode === "error") throw new AnalysisError({
          condition: "TABLE_OR_VIEW_ALREADY_EXISTS", sqlState: "42P07", message: `Cannot create table or view \`${target.table}\` because it already exists. Choose a different name, drop or replace the existing object, or add the IF NOT EXISTS clause to tolerate pre-existing objects.`,
          messageParameters: { relationName: `\`${target.table}\`` }, hint: 'mode("append") adds rows, mode("overwrite") replaces the table',
        });
        if (isThere && mode === "overwrite") await connection.query(doing, truncate ? `TRUNCATE ${table}` : `DROP TABLE ${table}`);
        const batch = new TransactionBatch(connection, doing, await target.prepare(connection, schema), true);
        await fill(batch, batches);
        await batch.prepare();
        await connection.query(doing, "COMMIT");
      } finally {
        await connection.close(); // what was not committed is rolled back
      }
    },
  };
}

async function fill(batch: TransactionBatch, batches: AsyncIterable<Batch>): Promise<void> {
  try {
    for await (const one of batches) {
      batch.write(one);
      await batch.ready();
    }
  } catch (error) {
    await batch.abort();
    throw error;
  }
}
