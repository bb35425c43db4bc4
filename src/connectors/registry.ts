/** Formats by name: what `read.format(...)`, `` json.`path` `` in SQL and `writeStream.format(...)` mean. */
import { AnalysisError, nearest, unsupported } from "../base/errors.ts";
import type { Sink } from "../io/sink.ts";
import type { Table } from "../io/source.ts";
import type { ReadDataSource } from "../plan/relations.ts";
import { FILE_FORMAT_NAMES } from "../formats/registry.ts";
import { refreshOf } from "./refresh.ts";
import { consoleSink } from "./console/console-sink.ts";
import type { ConnectorEnvironment } from "./environment.ts";
import { fileSink } from "./files/file-sink.ts";
import { fileTable } from "./files/file-table.ts";
import { noopSink } from "./noop/noop-sink.ts";
import { rateTable } from "./rate/rate-source.ts";
import { replayTable } from "./replay/replay-source.ts";
import { standardInputTable } from "./standard-input/standard-input.ts";
import { telemetryTable } from "./telemetry/telemetry-source.ts";

type TableFactory = (read: ReadDataSource, environment: ConnectorEnvironment) => Table | Promise<Table>;
type SinkFactory = (target: { readonly path: string | undefined; readonly options: Readonly<Record<string, string>>; readonly partitionBy: readonly string[] }, environment: ConnectorEnvironment) => Sink | Promise<Sink>;

const stateTable: TableFactory = async (...args) => (await import("./state/state-table.ts")).stateTable(...args);
/** What most programs don't use is loaded when it is named. */
const tables: Readonly<Record<string, TableFactory>> = {
  ...Object.fromEntries(FILE_FORMAT_NAMES.map(name => [name, fileTable])),
  rate: (read, { clock }) => rateTable(read.options, clock),
  telemetry: (read, { clock }) => telemetryTable(read.options, clock),
  replay: replayTable,
  stdin: standardInputTable,
  kafka: async (...args) => (await import("./kafka/kafka-table.ts")).kafkaTable(...args),
  postgres: async ({ options, schema }, { timeZone }) => (await import("./postgres/table.ts")).postgresTable(options, schema, timeZone),
  jdbc: async ({ options, schema }, { timeZone }) => (await import("./postgres/table.ts")).postgresTable(ofJdbc(options), schema, timeZone),
  "postgres-cdc": async ({ options, schema }) => (await import("./postgres/cdc-source.ts")).postgresCdcTable(options, schema),
  http: async (...args) => (await import("./http/ingest-table.ts")).ingestTable(...args),
  socket: async (...args) => (await import("./socket/socket-source.ts")).socketTable(...args),
  // Spark's name, and ours.
  statestore: stateTable, state: stateTable, "state-metadata": async (...args) => (await import("./state/state-metadata.ts")).stateMetadataTable(...args),
};
/** Formats that no kept library reads or writes in JavaScript, and what to do instead. */
const impossible: Readonly<Record<string, string>> = { orc: "write the files as Parquet: docs/formats/orc.md" };
/** Formats that users of Spark know and that have their place here. */
const awaited = ["delta"];

const sinks: Readonly<Record<string, SinkFactory>> = {
  console: ({ options }, environment) => consoleSink(options, environment),
  noop: () => noopSink(),
  alerts: async ({ options }, environment) => (await import("./alerts/alert-sink.ts")).alertSink(options, environment),
  kafka: async (...args) => (await import("./kafka/kafka-sink.ts")).kafkaSink(...args),
  postgres: async ({ options, partitionBy }) => (await import("./postgres/sink.ts")).postgresSinkOf(options, partitionBy),
  jdbc: async ({ options, partitionBy }) => (await import("./postgres/sink.ts")).postgresSinkOf(ofJdbc(options), partitionBy),
  ...Object.fromEntries(FILE_FORMAT_NAMES.map((name): [string, SinkFactory] => [name, (target, environment) => fileSink(name, target, environment)])),
};

/** Opens what a plan names as a source; schemas that were not given are inferred here. */
export async function openTable({ check, ...read }: ReadDataSource, environment: ConnectorEnvironment): Promise<Table> {
  if (check === undefined) return await openUnchecked(read, environment);
  const { checkedTable } = await import("./checked-table.ts"), mode = Object.entries(read.options).find(([name]) => name.toLowerCase() === "mode")?.[1];
  return checkedTable(await openUnchecked(read, environment), check, mode?.toUpperCase() === "FAILFAST");
}

async function openUnchecked(read: ReadDataSource, environment: ConnectorEnvironment): Promise<Table> {
  if (read.source !== undefined && isTable(read.source)) return read.source;
  if (read.source !== undefined && "openTable" in read.source) return await (read.source as UnopenedTable).openTable();
  const format = read.format.toLowerCase(), factory = tables[format];
  if (factory === undefined) throw awaited.includes(format) || impossible[format] !== undefined ? unsupported(`Reading ${format}`, impossible[format]) : unknownFormat(read.format, Object.keys(tables));
  const refresh = refreshOf(read.options, read.isStreaming);
  if (read.isStreaming) return await factory(read, environment);
  const table = await factory(read, environment);
  if (table.batch === undefined) throw new AnalysisError({
    condition: "MILLRACE_STREAM_ONLY", sqlState: "0A000",
    message: `${format} is a stream: it has no end.`, messageParameters: { format }, hint: "use readStream, or FROM STREAM in SQL",
  });
  return refresh === undefined ? table : Object.assign(table, { refresh });
}

export async function openSink(format: string, target: Parameters<SinkFactory>[0], environment: ConnectorEnvironment): Promise<Sink> {
  const factory = sinks[format.toLowerCase()];
  const refusal = impossible[format.toLowerCase()];
  if (factory === undefined) throw awaited.includes(format.toLowerCase()) || refusal !== undefined ? unsupported(`Writing ${format}`, refusal) : unknownFormat(format, Object.keys(sinks));
  return await factory(target, environment);
}

/** Spark's format jdbc, of which PostgreSQL is what is there: without what only a driver of Java needs. */
function ofJdbc(options: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const url = Object.entries(options).find(([name]) => name.toLowerCase() === "url")?.[1] ?? "";
  if (!/^(?:jdbc:)?postgres(?:ql)?:|^\$|^$/.test(url)) throw unsupported(`JDBC to ${/^jdbc:(\w+)/.exec(url)?.[1] ?? "this address"}`, "PostgreSQL is there: jdbc:postgresql://host/database");
  return Object.fromEntries(Object.entries(options).filter(([name]) => name.toLowerCase() !== "driver"));
}

/** A source as a value that becomes a table when a query that reads it is analysed. */
export interface UnopenedTable { readonly format: string; readonly openTable: () => Promise<Table> }

export function isTable(value: object): value is Table {
  return "schema" in value && "isStreaming" in value && ("batch" in value || "stream" in value);
}

function unknownFormat(format: string, known: readonly string[]): AnalysisError {
  const [suggestion] = nearest(format, known);
  return new AnalysisError({
    condition: "DATA_SOURCE_NOT_FOUND", sqlState: "42K02", message: `Failed to find the data source: ${format}.`, messageParameters: { provider: format },
    hint: suggestion === undefined ? `known are ${known.join(", ")}` : `did you mean ${suggestion}?`,
  });
}
