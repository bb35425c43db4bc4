/** Options of the PostgreSQL connectors, as a program writes them. */
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
