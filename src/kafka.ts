/** What `import ... from "millrace/kafka"` gives: Kafka topics as a source and as a sink. Options: docs/kafka.md. */
import type { Source } from "./api/reader.ts";
import type { Sink } from "./api/writer.ts";
import { kafkaSchema } from "./connectors/kafka/schema.ts";
import type { KafkaOptions, KafkaRow, KafkaRowWithHeaders, KafkaSinkOptions, KafkaSinkRow } from "./connectors/kafka/public-options.ts";

export type {
  ByPartition, KafkaConnection, KafkaHeader, KafkaOffsets, KafkaOptions, KafkaReadOptions, KafkaRow, KafkaRowWithHeaders, KafkaSinkOptions, KafkaSinkRow, KafkaWriteOptions,
} from "./connectors/kafka/public-options.ts";

/** Topics as a source: `readStream.from(kafka({ bootstrapServers, subscribe }))`, or `read.from(...)` for a range of offsets. */
export function kafka(options: KafkaOptions & { includeHeaders: true }): Source<KafkaRowWithHeaders>;
export function kafka(options: KafkaOptions & { includeHeaders?: false }): Source<KafkaRow>;
export function kafka(options: KafkaOptions & { includeHeaders?: boolean }): Source<KafkaRow> {
  return Object.freeze({ format: "kafka", options, schema: kafkaSchema(options.includeHeaders === true) }) as unknown as Source<KafkaRow>;
}

/** Topics as a sink: `writeStream.to(kafkaSink({ bootstrapServers, topic, transactional: true }))`. */
export function kafkaSink(options: KafkaSinkOptions): Sink<KafkaSinkRow> { return Object.freeze({ format: "kafka", options }); }
