/** Options and rows of Kafka as people write them; what they mean stands in docs/kafka.md. */
import type { Int, Timestamp } from "../../types/values.ts";

/** How brokers are reached; the same for reading and writing. */
export interface KafkaConnection {
  /** `host:port`, with commas or as a list. */
  bootstrapServers: string | string[];
  clientId?: string;
  sasl?: { mechanism: "PLAIN" | "SCRAM-SHA-256" | "SCRAM-SHA-512"; username: string; password: string };
  /** True, or options of node:tls: `ca`, `cert`, `key`, `passphrase`, `servername`, as text. */
  tls?: boolean | { ca?: string; cert?: string; key?: string; passphrase?: string; servername?: string; rejectUnauthorized?: boolean };
  "kafka.request.timeout.ms"?: number;
  /** How long the first contact is tried; 10 s. */
  "kafka.connect.timeout.ms"?: number;
  /** How long a request is tried again once there was contact; 2 minutes. */
  "kafka.delivery.timeout.ms"?: number;
}

/** By topic and partition. */
export type ByPartition<T = number> = { [topic: string]: { [partition: string]: T } };
/** -2 is earliest, -1 latest. */
export type KafkaOffsets = "earliest" | "latest" | ByPartition;

export interface KafkaOptions extends KafkaConnection {
  /** Names of topics: exactly one of subscribe, subscribePattern and assign is needed. */
  subscribe?: string | string[];
  /** A regular expression over the whole name. */
  subscribePattern?: string;
  /** Partitions by topic: `{ orders: [0, 1] }`. */
  assign?: { [topic: string]: number[] };
  /** Where a new query begins: latest if left out, earliest for a batch query. A checkpoint goes before it. */
  startingOffsets?: KafkaOffsets;
  /** Where a batch query ends; latest if left out. */
  endingOffsets?: "latest" | ByPartition;
  /** Milliseconds since 1970, for all partitions. */
  startingTimestamp?: number;
  endingTimestamp?: number;
  startingOffsetsByTimestamp?: ByPartition;
  endingOffsetsByTimestamp?: ByPartition;
  /** What a time later than all records means; an error if left out. */
  startingOffsetsByTimestampStrategy?: "error" | "latest";
  maxOffsetsPerTrigger?: number;
  minOffsetsPerTrigger?: number;
  /** How long a batch waits for minOffsetsPerTrigger; 15 minutes. */
  maxTriggerDelay?: string;
  /** Fail when records are gone before they were read; true if left out. */
  failOnDataLoss?: boolean;
  /** With `valueSchema`, what a malformed value does, as in files of JSON. PERMISSIVE, the default: fields that can't be read are null, and where one may not be null the record goes to the dead letters. DROPMALFORMED: all that is malformed goes there. FAILFAST: the query ends. */
  mode?: "PERMISSIVE" | "DROPMALFORMED" | "FAILFAST";
  /** The field of `valueSchema` that gets the text of a malformed value, if there is one of the name; `_corrupt_record`. */
  columnNameOfCorruptRecord?: string;
  /** A group that offsets of what is delivered are committed to, for tools that show lag; nothing is read from there. */
  lagGroup?: string;
  "kafka.isolation.level"?: "read_committed" | "read_uncommitted";
  "kafka.max.partition.fetch.bytes"?: number;
  "kafka.check.crcs"?: boolean;
}

/** What `format("kafka")` takes: the same, and by Spark's names how brokers are reached. */
export interface KafkaNamedConnection {
  "kafka.bootstrap.servers"?: string;
  "kafka.client.id"?: string;
  "kafka.security.protocol"?: "PLAINTEXT" | "SSL" | "SASL_PLAINTEXT" | "SASL_SSL";
  "kafka.sasl.mechanism"?: "PLAIN" | "SCRAM-SHA-256" | "SCRAM-SHA-512";
  "kafka.sasl.username"?: string;
  "kafka.sasl.password"?: string;
  "kafka.sasl.jaas.config"?: string;
  /** PEM, or the path of a file of PEM. */
  "kafka.ssl.truststore.certificates"?: string;
  "kafka.ssl.truststore.location"?: string;
  "kafka.ssl.truststore.type"?: "PEM";
  "kafka.ssl.keystore.certificate.chain"?: string;
  "kafka.ssl.keystore.key"?: string;
  "kafka.ssl.keystore.type"?: "PEM";
  "kafka.ssl.key.password"?: string;
  "kafka.ssl.endpoint.identification.algorithm"?: string;
}
export interface KafkaReadOptions extends KafkaNamedConnection, Partial<KafkaOptions> {
  includeHeaders?: boolean;
  /** Values are JSON objects with these fields: `id BIGINT NOT NULL, page STRING`. */
  valueSchema?: string;
}

/** A record of a topic. `Value`: bytes, or what a schema makes of them. */
export interface KafkaRow<Value = Uint8Array> {
  key: Uint8Array | null;
  value: Value | null;
  topic: string;
  partition: Int;
  offset: bigint;
  timestamp: Timestamp;
  /** 0: the producer's time; 1: the broker's. */
  timestampType: Int;
}
export interface KafkaHeader { key: string | null; value: Uint8Array | null }
export interface KafkaRowWithHeaders<Value = Uint8Array> extends KafkaRow<Value> { headers: (KafkaHeader | null)[] | null }

export interface KafkaSinkOptions extends KafkaConnection {
  /** Where all rows go. Without it the column `topic` says it, row by row. */
  topic?: string;
  /** Exactly once for readers of committed records; otherwise at least once. */
  transactional?: boolean;
  /** Transactional without `topic`: a topic that stays, to which the marker of the last batch belongs. */
  markerTopic?: string;
  "kafka.compression.type"?: "none" | "gzip" | "snappy" | "lz4" | "zstd";
  /** A batch of records is sent when it has so many bytes; 256 KiB. */
  "kafka.batch.size"?: number;
  /** A transaction that is open for longer is aborted by the broker; 1 minute. */
  "kafka.transaction.timeout.ms"?: number;
}

export interface KafkaWriteOptions extends KafkaNamedConnection, Partial<KafkaSinkOptions> {}

/** What becomes of a row: `value` is needed. Other columns stay behind, as in Spark. */
export interface KafkaSinkRow {
  value: string | Uint8Array | null;
  key?: string | Uint8Array | null;
  topic?: string | null;
  partition?: Int | null;
  headers?: (KafkaHeader | null)[] | null;
}
