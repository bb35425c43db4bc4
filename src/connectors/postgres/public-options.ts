/** Options of the PostgreSQL connectors, as a program writes them. */
import type { Timestamp } from "../../types/values.ts";

export interface PostgresAddressOptions {
  /** `postgresql://user@host:5432/database?sslmode=verify-full&sslrootcert=/path`. */
  url: string;
  user?: string;
  /** `"$NAME"` takes it from the environment. */
  password?: string;
  /** A file that holds the password and nothing else. */
  passwordFile?: string;
  /** Seconds; 10 unless said otherwise. */
  connectTimeout?: number;
}

export interface PostgresReadOptions extends PostgresAddressOptions {
  /** `table`, `schema.table`; or `query`. */
  table?: string;
  query?: string;
  /** The name that Spark's jdbc source has for `table`. */
  dbtable?: string;
  /** A whole number, date or timestamp by which the table is read in `numPartitions` parts. */
  partitionColumn?: string;
  lowerBound?: number | bigint | string;
  upperBound?: number | bigint | string;
  numPartitions?: number;
  /** What json and jsonb are: their text, or VARIANT. */
  jsonAs?: "string" | "variant";
  /** What a row does whose value its type can't hold: it ends the read, or goes to the dead letters. */
  badRow?: "fail" | "deadLetter";
  /** Spark's; taken and without use, as COPY sends rows as they are taken. */
  fetchsize?: number;
}

export interface PostgresSinkOptions extends PostgresAddressOptions {
  table: string;
  /** `append` adds rows; `upsert` keeps one row a key, the last; `delete` removes the rows of the keys. */
  mode?: "append" | "upsert" | "delete";
  /** Columns that make a row the same; the table needs a unique index over them. */
  key?: readonly string[];
  /** Make the table, with columns as the query gives them, if it is not there. */
  createTable?: boolean;
  /** Where the last batch of each query is kept; `millrace_ledger` unless said otherwise. */
  ledgerTable?: string;
}

export interface PostgresCdcOptions extends PostgresAddressOptions {
  /** `table` or `schema.table`: its rows have its columns. */
  table?: string;
  /** In place of `table`: several by one slot, in one order. Their rows are VARIANT, or JSON. */
  tables?: readonly string[];
  rowsAs?: "variant" | "json";
  /** What json and jsonb are in the rows of one table: their text, or VARIANT. */
  jsonAs?: "string" | "variant";
  /** What a row does whose value its type can't hold: it ends the query, or goes to the dead letters. */
  badRow?: "fail" | "deadLetter";
  /** The replication slot; one of the query's own name unless said otherwise. */
  slot?: string;
  /** Has the table; named as the slot unless said otherwise, and made if it isn't there. */
  publication?: string;
  /** `initial`: first the rows that are there; `never`: only what changes from now on. */
  snapshot?: "initial" | "never";
  /** A batch takes whole transactions up to so many changes, but at least one; 100,000 unless said otherwise. */
  maxChangesPerTrigger?: number;
  /** Of a batch, in memory: a larger transaction is read as it is taken; a larger first batch ends the query. 256 MiB unless said otherwise. */
  maxBytes?: number;
}

/** What a row of a source of changes has. */
export interface PostgresChange<Row = { [name: string]: unknown }> {
  op: "snapshot" | "insert" | "update" | "delete" | "truncate";
  table: string;
  /** Where the transaction's commit stands in the server's log. */
  lsn: bigint;
  xid: bigint | null;
  committed_at: Timestamp | null;
  /** Of an update or delete: the key (of several tables: a VARIANT), or the whole row if the table has REPLICA IDENTITY FULL. */
  before: Row | null;
  after: Row | null;
  /** Long values that an update did not touch and the server did not send: null in `after`. */
  unchanged: (string | null)[] | null;
}
