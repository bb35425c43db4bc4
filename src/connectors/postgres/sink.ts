/**
 * Rows into a table of PostgreSQL, exactly once: a batch's rows and its entry in the ledger are one transaction. `append`
 * copies rows into the table; `upsert` and `delete` copy them into a temporary table and merge from there by key.
 */
import { AnalysisError, ExecutionError, nearest, unsupported } from "../../base/errors.ts";
import type { Batch } from "../../columns/batch.ts";
import type { OutputMode, Sink, SinkBatch, SinkContext } from "../../io/sink.ts";
import type { StructType } from "../../types/data-type.ts";
import { ADDRESS_OPTIONS, addressOf, byLowerCase, invalidOption, listOption, quoted, tableName, tableParts, wordOption, type Options, type PostgresAddress } from "./address.ts";
import { PostgresConnection } from "./connection.ts";
import { CopyIn } from "./copy.ts";
import { CopyWriter } from "./copy-writer.ts";
import { Ledger, type LedgerEntry } from "./ledger.ts";
import { columnType } from "./value-text.ts";

const OPTIONS = [...ADDRESS_OPTIONS, "table", "dbtable", "mode", "key", "createTable", "ledgerTable"] as const;
const MODES = ["append", "upsert", "delete"] as const;
type Mode = (typeof MODES)[number];
/** Rows on their way to a merge, and their order. */
const STAGE = "millrace_stage", ROW = "millrace_row";

export function postgresSinkOf(options: Options, partitionBy: readonly string[]): Sink {
  const given = byLowerCase(options), address = addressOf(options, OPTIONS), table = given["table"] ?? given["dbtable"];
  if (partitionBy.length > 0) throw unsupported("partitionBy() of a PostgreSQL sink");
  if (table === undefined) throw invalidOption("table", "A PostgreSQL sink needs the table that takes the rows.", "table: \"name\", or schema.name");
  const mode = wordOption(given, "mode", MODES, "append"), key = listOption(given, "key");
  if (mode !== "append" && key.length === 0) throw invalidOption("key", `A PostgreSQL sink that shall ${mode} needs the columns that make a row the same.`, "key: [\"id\"]");
  if (mode === "append" && key.length > 0) throw invalidOption("key", "A PostgreSQL sink that appends has no use for a key.", "mode: \"upsert\" keeps a row a key");
  const createTable = wordOption(given, "createTable", ["true", "false"], "false") === "true";
  if (mode === "delete" && createTable) throw invalidOption("createTable", "A table to delete from must be there.");
  return new PostgresSink(address, table, mode, key, createTable, given["ledgertable"] ?? "millrace_ledger");
}

class PostgresSink implements Sink {
  readonly description: string;
  readonly sinkClass = "ledger";
  readonly guarantee = "exactly once";
  readonly outputModes: readonly OutputMode[];
  readonly #address: PostgresAddress;
  readonly #table: string;
  readonly #mode: Mode;
  readonly #key: readonly string[];
  readonly #createTable: boolean;
  readonly #ledgerTable: string;
  #connection: PostgresConnection | undefined;
  #ledger: Ledger | undefined;
  #copySql = "";
  /** From the temporary table into the table; empty if rows go there at once. */
  #mergeSql = "";

  constructor(address: PostgresAddress, table: string, mode: Mode, key: readonly string[], createTable: boolean, ledgerTable: string) {
    this.description = `PostgresSink[${address.display} ${table}]`;
    this.outputModes = mode === "append" ? ["append"] : ["append", "update"];
    this.#address = address;
    this.#table = table;
    this.#mode = mode;
    this.#key = key;
    this.#createTable = createTable;
    this.#ledgerTable = ledgerTable;
  }

  async open(context: SinkContext): Promise<void> {
    await this.stop();
    const connection = this.#connection = await PostgresConnection.open(this.#address, { name: `millrace ${context.queryName ?? context.queryId}`.slice(0, 63) });
    this.#ledger = new Ledger(connection, this.#ledgerTable, context.queryId, context.epoch);
    await this.#ledger.fence();
    await this.#prepareTable(connection, context.schema);
  }

  lastCommitted(): Promise<LedgerEntry | null> { return this.#ledger!.last(); }

  begin(batchId: number): SinkBatch { return new TransactionBatch(this.#connection!, `Writing batch ${batchId} into ${this.#table}`, this.#copySql, this.#mergeSql); }

  async commit(batchId: number, digest: string): Promise<void> {
    await this.#ledger!.record(batchId, digest);
    await this.#connection!.query(`Committing batch ${batchId}`, "COMMIT");
  }

  async stop(): Promise<void> {
    const connection = this.#connection;
    this.#connection = undefined;
    await connection?.close();
  }

  /** Finds or makes the table, and how rows get into it. */
  async #prepareTable(connection: PostgresConnection, schema: StructType): Promise<void> {
    const doing = `Opening ${this.#table}`, table = tableName(this.#table), columns = schema.fields.map(({ name }) => quoted(name)), keys = this.#key.map(quoted);
    for (const name of this.#key) if (!schema.fields.some(field => field.name === name)) throw this.#noColumn(name, "The rows of the query have", schema.fields.map(field => field.name));
    if (this.#createTable) {
      const definitions = schema.fields.map(({ name, type, nullable }) => `${quoted(name)} ${columnType(type)}${nullable && !this.#key.includes(name) ? "" : " NOT NULL"}`);
      await connection.query(doing, `CREATE TABLE IF NOT EXISTS ${table} (${[...definitions, ...(keys.length > 0 ? [`PRIMARY KEY (${keys.join(", ")})`] : [])].join(", ")})`);
    }
    const known = await this.#columnsOf(connection, table, doing);
    for (const { name } of schema.fields) if (!known.includes(name)) throw this.#noColumn(name, `The table ${this.#table} has`, known);
    if (this.#mode === "append") {
      this.#copySql = `COPY ${table} (${columns.join(", ")}) FROM STDIN`;
      return;
    }
    if (this.#mode === "upsert") await this.#needUnique(connection, table, doing);
    await connection.query(doing, `CREATE TEMP TABLE ${STAGE} ON COMMIT DELETE ROWS AS SELECT ${columns.join(", ")} FROM ${table} WITH NO DATA`);
    await connection.query(doing, `ALTER TABLE ${STAGE} ADD COLUMN ${ROW} bigserial`);
    this.#copySql = `COPY pg_temp.${STAGE} (${columns.join(", ")}) FROM STDIN`;
    // The last row of a key in a batch is the one that stays. In the order of keys, so that two writers don't wait for each other.
    const others = columns.filter(column => !keys.includes(column)), update = others.length === 0 ? "NOTHING" : `UPDATE SET ${others.map(column => `${column} = EXCLUDED.${column}`).join(", ")}`;
    this.#mergeSql = this.#mode === "delete" ? `DELETE FROM ${table} AS t USING pg_temp.${STAGE} AS s WHERE ${keys.map(key => `t.${key} = s.${key}`).join(" AND ")}`
      : `INSERT INTO ${table} (${columns.join(", ")}) SELECT DISTINCT ON (${keys.join(", ")}) ${columns.join(", ")} FROM pg_temp.${STAGE} ORDER BY ${keys.join(", ")}, ${ROW} DESC ON CONFLICT (${keys.join(", ")}) DO ${update}`;
  }

  async #columnsOf(connection: PostgresConnection, table: string, doing: string): Promise<string[]> {
    const { rows } = await connection.query(doing, "SELECT attname AS name FROM pg_attribute WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped AND attgenerated = '' ORDER BY attnum", [table]);
    if (rows.length > 0) return rows.map(row => row["name"]!);
    const tables = (await connection.query(doing, "SELECT relname AS name FROM pg_class WHERE relkind IN ('r', 'p') AND pg_table_is_visible(oid) AND relnamespace <> 'pg_catalog'::regnamespace")).rows.map(row => row["name"]!);
    const [suggestion] = nearest(tableParts(this.#table).at(-1)!, tables);
    throw new AnalysisError({
      condition: "MILLRACE_POSTGRES.OBJECT", sqlState: "42P01", message: `The database has no table ${this.#table}.`, messageParameters: { table: this.#table, server: this.#address.display },
      hint: suggestion === undefined ? "createTable: true makes it" : `did you mean ${suggestion}? createTable: true makes the table`,
    });
  }

  /** ON CONFLICT needs an index that says what a conflict is. */
  async #needUnique(connection: PostgresConnection, table: string, doing: string): Promise<void> {
    const { rows } = await connection.query(doing, `SELECT array_to_json(array(SELECT attname FROM pg_attribute WHERE attrelid = indrelid AND attnum = ANY (indkey[0:indnkeyatts - 1])))::text AS names
      FROM pg_index WHERE indrelid = to_regclass($1) AND indisunique AND indisvalid AND indpred IS NULL AND indexprs IS NULL`, [table]);
    const wanted = [...this.#key].sort().join("\n");
    if (rows.some(row => (JSON.parse(row["names"]!) as string[]).sort().join("\n") === wanted)) return;
    throw new AnalysisError({
      condition: "MILLRACE_POSTGRES.OBJECT", sqlState: "42P10", message: `The table ${this.#table} has no unique index over (${this.#key.join(", ")}), so it can't tell which row a new one replaces.`,
      messageParameters: { table: this.#table, key: this.#key.join(", ") }, hint: `ALTER TABLE ${table} ADD PRIMARY KEY (${this.#key.map(quoted).join(", ")})`,
    });
  }

  #noColumn(name: string, where: string, known: readonly string[]): AnalysisError {
    const [suggestion] = nearest(name, known);
    return new AnalysisError({
      condition: "MILLRACE_POSTGRES.OBJECT", sqlState: "42703", message: `${where} no column ${name}.`, messageParameters: { column: name, table: this.#table },
      hint: suggestion === undefined ? `there are ${known.join(", ")}` : `did you mean ${suggestion}? names are compared as they are written`,
    });
  }
}

/** The rows of one batch, in a transaction that `commit` ends. */
class TransactionBatch implements SinkBatch {
  readonly #connection: PostgresConnection;
  readonly #doing: string;
  readonly #mergeSql: string;
  readonly #begun: Promise<unknown>;
  readonly #copySql: string;
  #copy: CopyIn | undefined;
  #writer: CopyWriter | undefined;
  #rows = 0;

  constructor(connection: PostgresConnection, doing: string, copySql: string, mergeSql: string) {
    this.#connection = connection;
    this.#doing = doing;
    this.#copySql = copySql;
    this.#mergeSql = mergeSql;
    this.#begun = connection.query(doing, "BEGIN");
    this.#begun.catch(() => { /* prepare tells */ });
  }

  get digest(): string { return this.#writer === undefined ? "0" : `${this.#rows.toString(16)}-${this.#writer.crc.toString(16)}`; }

  write(batch: Batch): void {
    if (batch.count === 0) return;
    if (this.#writer === undefined) {
      const copy = this.#copy = CopyIn.begin(this.#connection, this.#doing, this.#copySql);
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
    if (this.#mergeSql !== "") await this.#connection.query(this.#doing, this.#mergeSql);
    return [];
  }

  /** The server rolls back what a session that ended had not committed. */
  async abort(): Promise<void> { this.#connection.destroy(); }
}
