/** What `import ... from "millrace/postgres"` gives: a PostgreSQL database as a source and as a sink. Needs the package `pg`. */
import type { Source, UntypedRow } from "./api/reader.ts";
import type { Sink } from "./api/writer.ts";
import { optionsOf } from "./api/options.ts";
import { dropSlot } from "./connectors/postgres/cdc-source.ts";
import type { PostgresAddressOptions, PostgresCdcOptions, PostgresChange, PostgresReadOptions, PostgresSinkOptions } from "./connectors/postgres/public-options.ts";

export type { PostgresAddressOptions, PostgresCdcOptions, PostgresChange, PostgresReadOptions, PostgresSinkOptions } from "./connectors/postgres/public-options.ts";
/** A table or a query's result, as it is when it is read. */
export const postgres = (options: PostgresReadOptions): Source<UntypedRow> => Object.freeze({ format: "postgres", options: Object.freeze({ ...options }) }) as unknown as Source<UntypedRow>;

/** A table that a streaming query writes to, exactly once. */
export const postgresSink = (options: PostgresSinkOptions): Sink<unknown> => Object.freeze({ format: "postgres", options: Object.freeze({ ...options }) });

/** The changes of a table as a stream: first what is there, then inserts, updates, deletes and truncations as they are committed. */
export const postgresCdc = <Row = { [name: string]: unknown }>(options: PostgresCdcOptions): Source<PostgresChange<Row>> =>
  Object.freeze({ format: "postgres-cdc", options: Object.freeze({ ...options }) }) as unknown as Source<PostgresChange<Row>>;

/** Drops a replication slot, which keeps the server's log as long as it is there, and the publication of its name. */
export const dropPostgresSlot = (options: PostgresAddressOptions & { slot: string; publication?: string }): Promise<void> => dropSlot(optionsOf(options));
