/** The rows of one batch on their way into a table, in a transaction that its owner commits. */
import { ExecutionError } from "../../base/errors.ts";
import type { Batch } from "../../columns/batch.ts";
import type { SinkBatch } from "../../io/sink.ts";
import type { PostgresConnection } from "./connection.ts";
import { CopyIn } from "./copy.ts";
import { CopyWriter } from "./copy-writer.ts";
import type { WayIn } from "./target.ts";

export class TransactionBatch implements SinkBatch {
  readonly #connection: PostgresConnection;
  readonly #doing: string;
  readonly #way: WayIn;
  readonly #begun: Promise<unknown>;
  #copy: CopyIn | undefined;
  #writer: CopyWriter | undefined;
  #rows = 0;

  /** `begun`: the transaction has begun, and has done something before. */
  constructor(connection: PostgresConnection, doing: string, way: WayIn, begun = false) {
    this.#connection = connection;
    this.#doing = doing;
    this.#way = way;
    this.#begun = begun ? Promise.resolve() : connection.query(doing, "BEGIN");
    this.#begun.catch(() => { /* prepare tells */ });
  }

  get digest(): string { return this.#writer === undefined ? "0" : `${this.#rows.toString(16)}-${this.#writer.crc.toString(16)}`; }

  write(batch: Batch): void {
    if (batch.count === 0) return;
    if (this.#writer === undefined) {
      const copy = this.#copy = CopyIn.begin(this.#connection, this.#doing, this.#way.copySql);
      this.#writer = new CopyWriter(message => copy.write(message));
    }
    this.#writer.write(batch);
    this.#rows += batch.count;
  }

  async ready(): Promise<void> { await this.#copy?.ready(); }

  async prepare(): Promise<readonly []> {
    await this.#begun;
    if (this.#copy === undefined) return [];
    this.#writer!.flush();
    const taken = await this.#copy.end();
    if (taken !== this.#rows) throw new ExecutionError({ condition: "MILLRACE_POSTGRES.SERVER", sqlState: "58000", message: `${this.#doing}: the server took ${taken} rows of ${this.#rows}.` });
    if (this.#way.mergeSql !== "") await this.#connection.query(this.#doing, this.#way.mergeSql);
    return [];
  }

  /** The server rolls back what a session that ended had not committed. */
  async abort(): Promise<void> { this.#connection.destroy(); }
}
