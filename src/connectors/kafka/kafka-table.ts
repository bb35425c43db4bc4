/** `format("kafka")` and `from(kafka(...))`: Spark's columns over topics, as a stream or as a range of offsets. */
import { AnalysisError } from "../../base/errors.ts";
import type { BatchTable, Table } from "../../io/source.ts";
import type { ReadDataSource } from "../../plan/relations.ts";
import type { StructType } from "../../types/data-type.ts";
import { timeZone as zoneOf } from "../../types/time-zone.ts";
import type { ConnectorEnvironment } from "../environment.ts";
import { Cluster } from "./cluster.ts";
import { KafkaSource } from "./kafka-source.ts";
import { sourceOptions, type KafkaSourceOptions, type Subscription } from "./options.ts";
import { PartitionReader, type KafkaSplit } from "./partition-reader.ts";
import { resolve, subscribed, wentBack } from "./positions.ts";
import { kafkaSchema } from "./schema.ts";
import type { ValueSettings } from "./values.ts";

export function kafkaTable(read: ReadDataSource, environment: ConnectorEnvironment): Table {
  if (read.schema !== undefined && read.source === undefined) throw new AnalysisError({
    condition: "MILLRACE_INVALID_OPTION", sqlState: "22023", message: "Kafka source has a fixed schema and cannot be set with a custom one", messageParameters: { option: "schema" }, hint: "valueSchema says what values are read as",
  });
  const options = sourceOptions(read.options, read.isStreaming, environment.files), name = subscriptionName(options.subscription), schema = kafkaSchema(options.includeHeaders, options.value?.schema), values = valueSettings(options, environment), description = `KafkaV2[${name}]`;
  return {
    name: "kafka", description, schema, isStreaming: read.isStreaming, replayable: true, fingerprint: { kafka: name },
    ...(options.maxOffsets !== undefined && { readLimit: { maxRows: options.maxOffsets } }),
    ...(read.isStreaming ? { stream: () => new KafkaSource(description, options, values, environment.clock, environment.warn) } : { batch: () => batchTable(options, schema, values, description, environment) }),
  };
}

function subscriptionName(subscription: Subscription): string {
  switch (subscription.kind) {
    case "topics": return `Subscribe[${subscription.topics.join(",")}]`;
    case "pattern": return `SubscribePattern[${subscription.pattern}]`;
    case "assign": return `Assign[${Object.entries(subscription.partitions).flatMap(([topic, numbers]) => Object.keys(numbers).map(partition => `${topic}-${partition}`)).join(",")}]`;
  }
}

function valueSettings({ value }: KafkaSourceOptions, { timeZone, clock }: ConnectorEnvironment): ValueSettings | undefined {
  return value && { ...value, zone: zoneOf(timeZone), nowMicros: () => BigInt(clock.nowMicros()) };
}

function batchTable(options: KafkaSourceOptions, schema: StructType, values: ValueSettings | undefined, description: string, { clock, warn }: ConnectorEnvironment): BatchTable {
  let opened: Promise<Cluster> | undefined, reader: PartitionReader | undefined;
  const open = (): Promise<Cluster> => (opened ??= Cluster.open(options.connection, clock));
  return {
    schema, description,
    async planBatch() {
      const cluster = await open();
      return await cluster.retrying("Looking for offsets", async () => {
        const ids = new Map<string, string>(), partitions = await subscribed(cluster, options.subscription, ids);
        const wanted = options.subscription.kind === "topics" ? options.subscription.topics : options.subscription.kind === "assign" ? Object.keys(options.subscription.partitions) : [];
        const missing = wanted.filter(topic => !ids.has(topic));
        if (missing.length > 0) throw new AnalysisError({
          condition: "MILLRACE_KAFKA_TOPIC_NOT_FOUND", sqlState: "42P01", message: `There is no topic ${missing.join(", ")} at ${cluster.servers}.`, messageParameters: { topics: missing.join(",") },
        });
        const begins = await resolve(cluster, options.starting, partitions, "starting", options), ends = await resolve(cluster, options.ending, partitions, "ending", options);
        const splits: KafkaSplit[] = partitions.flatMap((one, i) => {
          if (begins[i]! > ends[i]! && options.failOnDataLoss) throw wentBack(one, begins[i]!, ends[i]!);
          return begins[i]! < ends[i]! ? [{ ...one, from: begins[i]!, to: ends[i]! }] : [];
        });
        return splits;
      });
    },
    async read(split, request, receiver) {
      reader ??= new PartitionReader(await open(), options, values, warn);
      await reader.read(split as KafkaSplit, request, receiver);
    },
    close() { reader?.close(); void opened?.then(cluster => cluster.close(), () => { /* it never opened */ }); },
  };
}

