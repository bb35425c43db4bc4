/**
 * Rows into a table of PostgreSQL, exactly once: a batch's rows and its entry in the ledger are one transaction. `append`
 * copies rows into the table; `upsert` and `delete` copy them into a temporary table and merge from there by key.
 */
import { unsupported } from "../../base/errors.ts";
import type { BatchTarget, LedgerEntry, OutputMode, Sink, SinkBatch, SinkContext } from "../../io/sink.ts";
import { ADDRESS_OPTIONS, addressOf, byLowerCase, wordOption, type Options, type PostgresAddress } from "./address.ts";
import { PostgresConnection } from "./connection.ts";
import { Ledger } from "./ledger.ts";
import { postgresBatchTarget } from "./table-writer.ts";
import { targetOf, type Target, type WayIn } from "./target.ts";
import { TransactionBatch } from "./transaction-batch.ts";

const OPTIONS = [...ADDRESS_OPTIONS, "table", "dbtable", "mode", "key", "createTable", "ledgerTable", "truncate", "batchsize"] as const;

export function postgresSinkOf(options: Options, partitionBy: readonly string[]): Sink {
  const given = byLowerCase(options), address = addressOf(options, OPTIONS);
  if (partitionBy.length > 0) throw unsupported("partitionBy() of a PostgreSQL sink");
  return new PostgresSink(address, targetOf(given, address, wordOption(given, "createTable", ["true", "false"], "false") === "true"), given["ledgertable"] ?? "millrace_ledger", postgresBatchTarget(options, address));
}

class PostgresSink implements Sink {
  readonly description: string;
  readonly sinkClass = "ledger";
  readonly guarantee = "exactly once";
  readonly outputModes: readonly OutputMode[];
  readonly batch: BatchTarget;
  readonly #address: PostgresAddress;
  readonly #target: Target;
  readonly #ledgerTable: string;
  #connection: PostgresConnection | undefined;
  #ledger: Ledger | undefined;
  #way: WayIn | undefined;

  constructor(address: PostgresAddress, target: Target, ledgerTable: string, batch: BatchTarget) {
    this.batch = batch;
    this.description = `PostgresSink[${address.display} ${target.table}]`;
    this.outputModes = target.mode === "append" ? ["append"] : ["append", "update"];
    this.#address = address;
    this.#target = target;
    this.#ledgerTable = ledgerTable;
  }

  async open(context: SinkContext): Promise<void> {
    await this.stop();
    const connection = this.#connection = await PostgresConnection.open(this.#address, { name: `millrace ${context.queryName ?? context.queryId}`.slice(0, 63) });
    this.#ledger = new Ledger(connection, this.#ledgerTable, context.queryId, context.epoch);
    await this.#ledger.fence();
    this.#way = await this.#target.prepare(connection, context.schema);
  }

  lastCommitted(): Promise<LedgerEntry | null> { return this.#ledger!.last(); }

  begin(batchId: number): SinkBatch { return new TransactionBatch(this.#connection!, `Writing batch ${batchId} into ${this.#target.table}`, this.#way!); }

  async commit(batchId: number, digest: string): Promise<void> {
    await this.#ledger!.record(batchId, digest);
    await this.#connection!.query(`Committing batch ${batchId}`, "COMMIT");
  }

  async stop(): Promise<void> {
    const connection = this.#connection;
    this.#connection = undefined;
    await connection?.close();
  }
}
