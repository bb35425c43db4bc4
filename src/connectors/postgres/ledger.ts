/**
 * The ledger of a sink: a table in the database of the data, with the last batch of each query. Its row is written in the
 * transaction of the batch, so either both are there or neither; its epoch fences off runners that were replaced.
 * docs/protocol.md, "ledger".
 */
import { CheckpointError } from "../../base/errors.ts";
import type { LedgerEntry } from "../../io/sink.ts";
import { tableName } from "./address.ts";
import type { PostgresConnection } from "./connection.ts";

export class Ledger {
  readonly #connection: PostgresConnection;
  readonly #table: string;
  readonly #queryId: string;
  readonly #epoch: number;

  /** @param table as SQL names it */
  constructor(connection: PostgresConnection, table: string, queryId: string, epoch: number) {
    this.#connection = connection;
    this.#table = tableName(table);
    this.#queryId = queryId;
    this.#epoch = epoch;
  }

  /** Makes the table if it is not there, and puts this runner's epoch into the query's row: waits for the open transaction of an older runner, and makes its commit fail if it has none yet. */
  async fence(): Promise<void> {
    const connection = this.#connection, doing = "Opening the ledger";
    const [known] = (await connection.query(doing, "SELECT to_regclass($1)::text AS name", [this.#table])).rows;
    if (known!["name"] === null) {
      try {
        await connection.query(doing, `CREATE TABLE IF NOT EXISTS ${this.#table} (query_id text PRIMARY KEY, epoch bigint NOT NULL, batch_id bigint NOT NULL, digest text NOT NULL, committed_at timestamptz NOT NULL DEFAULT now())`);
      } catch (error) {
        // Two that make it at once: one of them is told that it is there.
        if (!["23505", "42P07"].includes((error as { sqlState?: string }).sqlState ?? "")) throw error;
      }
    }
    await connection.query(doing, `INSERT INTO ${this.#table} (query_id, epoch, batch_id, digest) VALUES ($1, $2, -1, '') ON CONFLICT (query_id) DO NOTHING`, [this.#queryId, this.#epoch]);
    const { rowCount } = await connection.query(doing, `UPDATE ${this.#table} SET epoch = $2 WHERE query_id = $1 AND epoch <= $2`, [this.#queryId, this.#epoch]);
    if (rowCount !== 1) throw this.#fenced();
  }

  async last(): Promise<LedgerEntry | null> {
    const [row] = (await this.#connection.query("Reading the ledger", `SELECT batch_id, digest FROM ${this.#table} WHERE query_id = $1`, [this.#queryId])).rows;
    const batchId = Number(row?.["batch_id"] ?? -1);
    return batchId < 0 ? null : { batchId, digest: row!["digest"]! };
  }

  /** Within the transaction of the batch's data. @throws MILLRACE_FENCED */
  async record(batchId: number, digest: string): Promise<void> {
    const { rowCount } = await this.#connection.query("Writing the ledger", `UPDATE ${this.#table} SET batch_id = $3, digest = $4, committed_at = now() WHERE query_id = $1 AND epoch = $2 AND batch_id = $3::bigint - 1`, [this.#queryId, this.#epoch, batchId, digest]);
    if (rowCount !== 1) throw this.#fenced();
  }

  #fenced(): CheckpointError {
    return new CheckpointError({
      condition: "MILLRACE_FENCED", sqlState: "55006", message: `A newer runner of the query ${this.#queryId} writes to the database; this one (epoch ${this.#epoch}) has no more right to.`,
      messageParameters: { queryId: this.#queryId, epoch: String(this.#epoch) },
    });
  }
}
