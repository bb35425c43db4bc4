/** What `import ... from "millrace/postgres"` gives: a PostgreSQL database as a source and as a sink. Needs the package `pg`. */
import type { Source, UntypedRow } from "./api/reader.ts";
import type { Sink } from "./api/writer.ts";
import type { PostgresReadOptions, PostgresSinkOptions } from "./connectors/postgres/public-options.ts";

export type { PostgresAddressOptions, PostgresReadOptions, PostgresSinkOptions } from "./connectors/postgres/public-options.ts";
/** A table or a query's result, as it is when it is read. */
export const postgres = (options: PostgresReadOptions): Source<UntypedRow> => Object.freeze({ format: "postgres", options: Object.freeze({ ...options }) }) as unknown as Source<UntypedRow>;

/** A table that a streaming query writes to, exactly once. */
export const postgresSink = <Row = never>(options: PostgresSinkOptions): Sink<Row> => Object.freeze({ format: "postgres", options: Object.freeze({ ...options }) });
