/** What `import ... from "millrace/kafka"` gives: Kafka topics as a source and as a sink. Options: docs/kafka.md. */
import type { Source, UntypedRow } from "./api/reader.ts";
import { structTypeOf, type Schema } from "./api/schema.ts";
import type { Sink } from "./api/writer.ts";
import { kafkaSchema } from "./connectors/kafka/schema.ts";
import { parseSchemaDdl } from "./types/ddl.ts";
import { typeToSql } from "./types/data-type.ts";
import type { KafkaOptions, KafkaRow, KafkaRowWithHeaders, KafkaSinkOptions, KafkaSinkRow } from "./connectors/kafka/public-options.ts";

export type {
  ByPartition, KafkaConnection, KafkaHeader, KafkaOffsets, KafkaOptions, KafkaReadOptions, KafkaRow, KafkaRowWithHeaders, KafkaSinkOptions, KafkaSinkRow, KafkaWriteOptions,
} from "./connectors/kafka/public-options.ts";

/** What the values of records are: JSON objects of a schema, given as such or as text (`id BIGINT NOT NULL, page STRING`); left out: bytes. */
export type KafkaValueSchema = Schema<unknown> | string | undefined;
/** The type of the column `value`, which is null for a tombstone. */
export type KafkaValue<S extends KafkaValueSchema> = S extends Schema<infer Value> ? Value : S extends string ? UntypedRow : Uint8Array;

/**
 * Topics as a source: `readStream.from(kafka({ bootstrapServers, subscribe }))`, or `read.from(...)` for a range of offsets.
 * `valueSchema`: values are JSON objects; see `mode` for such as are not.
 */
export function kafka<S extends KafkaValueSchema = undefined>(options: KafkaOptions & { valueSchema?: S; includeHeaders: true }): Source<KafkaRowWithHeaders<KafkaValue<S>>>;
export function kafka<S extends KafkaValueSchema = undefined>(options: KafkaOptions & { valueSchema?: S; includeHeaders?: false }): Source<KafkaRow<KafkaValue<S>>>;
export function kafka({ valueSchema, ...options }: KafkaOptions & { valueSchema?: KafkaValueSchema; includeHeaders?: boolean }): Source<KafkaRow<unknown>> {
  const value = valueSchema === undefined ? undefined : typeof valueSchema === "string" ? parseSchemaDdl(valueSchema) : structTypeOf(valueSchema);
  return Object.freeze({ format: "kafka", options: { ...options, ...(value && { valueSchema: typeToSql(value) }) }, schema: kafkaSchema(options.includeHeaders === true, value) }) as unknown as Source<KafkaRow<unknown>>;
}

/** Topics as a sink: `writeStream.to(kafkaSink({ bootstrapServers, topic, transactional: true }))`. */
export function kafkaSink(options: KafkaSinkOptions): Sink<KafkaSinkRow> { return Object.freeze({ format: "kafka", options }); }
