/**
 * Prints each batch as a table, as Spark's console sink does. A batch that was decided before a crash is printed again
 * under its number, with the same rows: each number counts once.
 */
import type { Batch } from "../../columns/batch.ts";
import { rowsOf } from "../../columns/cells.ts";
import type { Sink } from "../../io/sink.ts";
import type { StructType } from "../../types/data-type.ts";
import type { ConnectorEnvironment } from "../environment.ts";

/** Options `numRows` (default 20) and `truncate` (default true: 20 characters; false; or a number). */
export function consoleSink(options: Readonly<Record<string, string>>, environment: ConnectorEnvironment): Sink {
  const numRows = Number(options["numRows"] ?? options["numrows"] ?? "20");
  const truncate = options["truncate"] === "false" ? 0 : options["truncate"] === undefined || options["truncate"] === "true" ? 20 : Number(options["truncate"]);
  let schema: StructType;
  return {
    description: "ConsoleTable",
    sinkClass: "outbox", guarantee: "exactly once", outputModes: ["append", "update", "complete"],
    async open(context) { schema = context.schema; },
    async deliver(batchId, batches: readonly Batch[]) {
      const rows = batches.flatMap(rowsOf), line = "-------------------------------------------";
      environment.print(`${line}\nBatch: ${batchId}\n${line}\n${environment.renderTable(schema, rows, { numRows, truncate })}`);
    },
    async stop() { /* nothing is held */ },
  };
}
