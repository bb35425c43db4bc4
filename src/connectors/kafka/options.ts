/**
 * Options of the Kafka source and sink, by Spark's names (https://spark.apache.org/docs/latest/streaming/structured-streaming-kafka-integration.html)
 * and by those of Kafka's clients behind `kafka.`. Case doesn't count, nor do dots: `kafka.bootstrap.servers` is `bootstrapServers`.
 */
import { AnalysisError, nearest } from "../../base/errors.ts";
import type { Files } from "../../base/files.ts";
import { parseModeOf, type ParseMode } from "../../formats/format-reader.ts";
import { ndjsonKindOf } from "../../formats/json/column-buffers.ts";
import { invalidOption } from "../../formats/options.ts";
import type { StructType } from "../../types/data-type.ts";
import { parseSchemaDdl } from "../../types/ddl.ts";
import { durationMicros } from "../../types/duration.ts";

export interface KafkaConnectionOptions {
  readonly servers: readonly { readonly host: string; readonly port: number }[];
  readonly clientId: string;
  readonly sasl: { readonly mechanism: string; readonly username: string; readonly password: string } | undefined;
  readonly tls: Readonly<Record<string, unknown>> | undefined;
  readonly requestTimeoutMillis: number;
  readonly connectTimeoutMillis: number;
  readonly deliveryTimeoutMillis: number;
}

export type Subscription =
  | { readonly kind: "topics"; readonly topics: readonly string[] }
  | { readonly kind: "pattern"; readonly pattern: string }
  | { readonly kind: "assign"; readonly partitions: PartitionMap<true> };

/** By topic and partition, as Spark writes offsets: `{"orders":{"0":23}}`. */
export type PartitionMap<T> = Readonly<Record<string, Readonly<Record<string, T>>>>;

/** Where to begin or end. In `each`, -2 is earliest and -1 latest. */
export type OffsetSpec =
  | { readonly kind: "earliest" } | { readonly kind: "latest" }
  | { readonly kind: "each"; readonly offsets: PartitionMap<number> }
  | { readonly kind: "time"; readonly millis: number }
  | { readonly kind: "times"; readonly millis: PartitionMap<number> };

export interface KafkaSourceOptions {
  readonly connection: KafkaConnectionOptions;
  readonly subscription: Subscription;
  readonly starting: OffsetSpec;
  readonly ending: OffsetSpec;
  /** For a time later than all records: an error, or the end. */
  readonly noLaterRecord: "error" | "latest";
  readonly maxOffsets: number | undefined;
  readonly minOffsets: number | undefined;
  readonly maxDelayMicros: number;
  readonly failOnDataLoss: boolean;
  readonly includeHeaders: boolean;
  /** What values are read as; undefined: they stay bytes. */
  readonly value: ValueOptions | undefined;
  /** The group that offsets are committed to, for tools that show lag. */
  readonly lagGroup: string | undefined;
  readonly committedOnly: boolean;
  readonly fetchBytes: number;
  readonly checkCrcs: boolean;
}

/** Values are JSON objects of a schema. */
export interface ValueOptions {
  readonly schema: StructType;
  readonly mode: ParseMode;
  readonly corruptColumn: string;
}

export interface KafkaSinkOptions {
  readonly connection: KafkaConnectionOptions;
  readonly topic: string | undefined;
  readonly transactional: boolean;
  readonly markerTopic: string | undefined;
  readonly transactionTimeoutMillis: number;
  readonly compression: "none" | "gzip" | "snappy" | "lz4" | "zstd";
  readonly batchBytes: number;
}

/** Names as they are best written; the first of a line is the one that errors show. */
const CONNECTION = [
  "kafka.bootstrap.servers", "kafka.client.id", "kafka.security.protocol", "kafka.sasl.mechanism", "kafka.sasl.username", "kafka.sasl.password", "kafka.sasl.jaas.config", "sasl", "tls",
  "kafka.ssl.truststore.certificates", "kafka.ssl.truststore.location", "kafka.ssl.truststore.type", "kafka.ssl.keystore.certificate.chain", "kafka.ssl.keystore.key", "kafka.ssl.keystore.type",
  "kafka.ssl.key.password", "kafka.ssl.endpoint.identification.algorithm", "kafka.request.timeout.ms", "kafka.connect.timeout.ms", "kafka.delivery.timeout.ms",
];
const SOURCE = [
  ...CONNECTION, "subscribe", "subscribePattern", "assign", "startingOffsets", "endingOffsets", "startingTimestamp", "endingTimestamp", "startingOffsetsByTimestamp", "endingOffsetsByTimestamp",
  "startingOffsetsByTimestampStrategy", "maxOffsetsPerTrigger", "minOffsetsPerTrigger", "maxTriggerDelay", "failOnDataLoss", "includeHeaders", "valueSchema", "mode", "columnNameOfCorruptRecord", "lagGroup", "kafka.isolation.level",
  "kafka.max.partition.fetch.bytes", "kafka.check.crcs", "minPartitions", "refresh", "refreshInterval",
];
const SINK = [
  ...CONNECTION, "topic", "transactional", "markerTopic", "kafka.transaction.timeout.ms", "kafka.compression.type", "kafka.batch.size", "kafka.acks", "kafka.enable.idempotence",
  "deadLetterPath", "lateRowsPath",
];
/** What the engine decides itself, as in Spark. */
const OWN: Readonly<Record<string, string>> = {
  groupid: "no consumer group is joined: offsets are kept in the checkpoint. lagGroup names one that they are committed to as well, for tools that show lag", autooffsetreset: "use startingOffsets", keydeserializer: "keys and values are BINARY", valuedeserializer: "keys and values are BINARY",
  keyserializer: "keys and values are STRING or BINARY", valueserializer: "keys and values are STRING or BINARY", enableautocommit: "offsets are kept in the checkpoint", interceptorclasses: "records are read as they are",
  transactionalid: "it is made of the query's id", partitionerclass: "give a column partition, or leave it to the hash of the key",
};

const plain = (name: string): string => name.toLowerCase().replace(/^kafka\./, "").replaceAll(".", "");

class Given {
  readonly #values = new Map<string, string>();
  constructor(options: Readonly<Record<string, string>>, known: readonly string[]) {
    const names = new Map(known.map(name => [plain(name), name]));
    for (const [name, value] of Object.entries(options)) {
      const key = plain(name);
      if (OWN[key] !== undefined) throw new AnalysisError({ condition: "MILLRACE_INVALID_OPTION", sqlState: "22023", message: `Kafka option '${name}' is not supported here.`, messageParameters: { option: name }, hint: OWN[key] });
      if (!names.has(key)) {
        const [near] = nearest(key, names.keys());
        throw new AnalysisError({ condition: "MILLRACE_INVALID_OPTION", sqlState: "22023", message: `Kafka has no option '${name}'.`, messageParameters: { option: name }, hint: near === undefined ? "docs/kafka.md lists them" : `did you mean ${names.get(near)!}?` });
      }
      this.#values.set(key, value);
    }
  }
  text(name: string): string | undefined { return this.#values.get(plain(name)); }
  whole(name: string, least: number): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const value = Number(text);
    if (text.trim() === "" || !Number.isSafeInteger(value) || value < least) throw invalidOption(name, text, `a whole number from ${least} on`);
    return value;
  }
  flag(name: string, absent: boolean): boolean {
    const text = this.text(name)?.toLowerCase();
    if (text !== undefined && text !== "true" && text !== "false") throw invalidOption(name, text, "a boolean");
    return text === undefined ? absent : text === "true";
  }
  oneOf<T extends string>(name: string, values: readonly T[], absent: T): T {
    const text = this.text(name) ?? absent, found = values.find(value => value.toLowerCase() === text.toLowerCase());
    if (found === undefined) throw invalidOption(name, text, values.join(" or "));
    return found;
  }
}

export function sourceOptions(options: Readonly<Record<string, string>>, isStreaming: boolean, files: Files): KafkaSourceOptions {
  const given = new Given(options, SOURCE);
  const starting = offsetSpec(given, "starting", isStreaming ? "latest" : "earliest"), ending = offsetSpec(given, "ending", "latest");
  if (!isStreaming && starting.kind === "latest") throw invalidOption("startingOffsets", "latest", "earliest, or offsets by partition, for a batch query");
  if (ending.kind === "earliest") throw invalidOption("endingOffsets", "earliest", "latest, or offsets by partition");
  for (const name of isStreaming ? ["endingOffsets", "endingTimestamp", "endingOffsetsByTimestamp"] : ["maxOffsetsPerTrigger", "minOffsetsPerTrigger", "maxTriggerDelay", "lagGroup"]) {
    const value = given.text(name);
    if (value !== undefined) throw invalidOption(name, value, isStreaming ? "left out for a stream" : "left out for a batch query");
  }
  const maxOffsets = given.whole("maxOffsetsPerTrigger", 1), minOffsets = given.whole("minOffsetsPerTrigger", 1);
  if (maxOffsets !== undefined && minOffsets !== undefined && minOffsets > maxOffsets) throw invalidOption("minOffsetsPerTrigger", String(minOffsets), `at most maxOffsetsPerTrigger, ${maxOffsets}`);
  return {
    connection: connectionOptions(given, files), subscription: subscriptionOf(given), starting, ending, maxOffsets, minOffsets,
    noLaterRecord: given.oneOf("startingOffsetsByTimestampStrategy", ["error", "latest"], "error"),
    maxDelayMicros: Number(durationMicros(given.text("maxTriggerDelay") ?? "15 minutes")),
    failOnDataLoss: given.flag("failOnDataLoss", true), includeHeaders: given.flag("includeHeaders", false), value: valueOptions(given), lagGroup: given.text("lagGroup"),
    committedOnly: given.oneOf("kafka.isolation.level", ["read_committed", "read_uncommitted"], "read_committed") === "read_committed",
    fetchBytes: given.whole("kafka.max.partition.fetch.bytes", 1) ?? 2 << 20, checkCrcs: given.flag("kafka.check.crcs", true),
  };
}

/** @throws AnalysisError for a schema that can't be read, or has types that JSON has not */
function valueOptions(given: Given): ValueOptions | undefined {
  const text = given.text("valueSchema");
  if (text === undefined) {
    for (const name of ["mode", "columnNameOfCorruptRecord"]) {
      const value = given.text(name);
      if (value !== undefined) throw invalidOption(name, value, "given with valueSchema: without it a value is bytes, and none is malformed");
    }
    return undefined;
  }
  const schema = parseSchemaDdl(text), names = new Set(schema.fields.map(field => field.name));
  if (names.size === 0 || names.size < schema.fields.length) throw invalidOption("valueSchema", text, "fields of different names, such as id BIGINT NOT NULL, page STRING");
  for (const { type } of schema.fields) ndjsonKindOf(type);
  return { schema, mode: parseModeOf(given.text("mode")), corruptColumn: given.text("columnNameOfCorruptRecord") ?? "_corrupt_record" };
}

export function sinkOptions(options: Readonly<Record<string, string>>, files: Files): KafkaSinkOptions {
  const given = new Given(options, SINK), topic = given.text("topic"), transactional = given.flag("transactional", false), markerTopic = given.text("markerTopic") ?? topic;
  given.oneOf("kafka.acks", ["all", "-1"], "all");
  given.oneOf("kafka.enable.idempotence", ["true"], "true");
  return {
    connection: connectionOptions(given, files), topic, transactional, markerTopic,
    transactionTimeoutMillis: given.whole("kafka.transaction.timeout.ms", 1000) ?? 60_000,
    compression: given.oneOf("kafka.compression.type", ["none", "gzip", "snappy", "lz4", "zstd"], "none"),
    batchBytes: given.whole("kafka.batch.size", 1) ?? 256 << 10,
  };
}

function subscriptionOf(given: Given): Subscription {
  const ways = ["subscribe", "subscribePattern", "assign"].filter(name => given.text(name) !== undefined);
  if (ways.length !== 1) throw new AnalysisError({
    condition: "MILLRACE_INVALID_OPTION", sqlState: "22023", message: ways.length === 0 ? "One of the options subscribe, subscribePattern and assign must say which topics to read." : `Only one of the options ${ways.join(" and ")} can be given.`,
    messageParameters: { option: ways[0] ?? "subscribe" },
  });
  const text = given.text(ways[0]!)!;
  if (ways[0] === "subscribe") {
    const topics = (text.startsWith("[") ? asJson("subscribe", text) as string[] : text.split(",")).map(topic => topic.trim()).filter(topic => topic !== "");
    if (topics.length === 0) throw invalidOption("subscribe", text, "the names of topics, with commas");
    return { kind: "topics", topics: [...new Set(topics)].sort() };
  }
  if (ways[0] === "subscribePattern") {
    try { new RegExp(text); } catch { throw invalidOption("subscribePattern", text, "a regular expression"); }
    if (text === "") throw invalidOption("subscribePattern", text, "a regular expression");
    return { kind: "pattern", pattern: text };
  }
  const partitions: Record<string, Record<string, true>> = {};
  for (const [topic, numbers] of Object.entries(asJson("assign", text) as Record<string, unknown>)) {
    if (!Array.isArray(numbers) || numbers.some(one => !Number.isInteger(one) || one < 0)) throw invalidOption("assign", text, 'JSON such as {"topic":[0,1]}');
    partitions[topic] = Object.fromEntries(numbers.map(one => [String(one), true as const]));
  }
  if (Object.keys(partitions).length === 0) throw invalidOption("assign", text, 'JSON such as {"topic":[0,1]}');
  return { kind: "assign", partitions };
}

function offsetSpec(given: Given, side: "starting" | "ending", absent: "earliest" | "latest"): OffsetSpec {
  const time = given.whole(`${side}Timestamp`, 0), times = given.text(`${side}OffsetsByTimestamp`), offsets = given.text(`${side}Offsets`);
  // In Spark's order: one time for all goes before times by partition, and these before offsets.
  if (time !== undefined) return { kind: "time", millis: time };
  if (times !== undefined) return { kind: "times", millis: numbersByPartition(`${side}OffsetsByTimestamp`, times, 0) };
  const word = (offsets ?? absent).trim().toLowerCase();
  if (word === "earliest" || word === "latest") return { kind: word };
  return { kind: "each", offsets: numbersByPartition(`${side}Offsets`, offsets!, side === "starting" ? -2 : -1) };
}

function numbersByPartition(name: string, text: string, least: number): PartitionMap<number> {
  const value = asJson(name, text) as Record<string, unknown>, bad = invalidOption(name, text, 'earliest, latest, or JSON such as {"topic":{"0":23,"1":-2}}');
  for (const partitions of Object.values(value)) {
    if (typeof partitions !== "object" || partitions === null) throw bad;
    for (const [partition, number] of Object.entries(partitions)) if (!/^\d+$/.test(partition) || !Number.isSafeInteger(number) || (number as number) < least) throw bad;
  }
  return value as PartitionMap<number>;
}

function asJson(name: string, text: string): object {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null) return value;
  } catch { /* said below */ }
  throw invalidOption(name, text, "JSON");
}

function connectionOptions(given: Given, files: Files): KafkaConnectionOptions {
  const servers = given.text("kafka.bootstrap.servers");
  if (servers === undefined || servers.trim() === "") throw new AnalysisError({
    condition: "MILLRACE_INVALID_OPTION", sqlState: "22023", message: "Option 'kafka.bootstrap.servers' must be specified for Kafka.", messageParameters: { option: "kafka.bootstrap.servers" }, hint: 'such as "localhost:9092"',
  });
  const list = (servers.trim().startsWith("[") ? asJson("bootstrapServers", servers) as string[] : servers.split(",")).map(one => {
    const match = /^\s*(?:\[([0-9a-f:.]+)\]|([^\s:]+))(?::(\d{1,5}))?\s*$/i.exec(one);
    if (match === null) throw invalidOption("kafka.bootstrap.servers", one, "host:port, with commas");
    return { host: match[1] ?? match[2]!, port: Number(match[3] ?? 9092) };
  });
  const sasl = saslOptions(given), tls = tlsOptions(given, files);
  const protocol = given.text("kafka.security.protocol")?.toUpperCase() ?? `${sasl === undefined ? "" : "SASL_"}${tls === undefined ? "PLAINTEXT" : "SSL"}`;
  if (!["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"].includes(protocol)) throw invalidOption("kafka.security.protocol", protocol, "PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL");
  if (protocol.startsWith("SASL") && sasl === undefined) throw invalidOption("kafka.security.protocol", protocol, "given with sasl.mechanism, sasl.username and sasl.password");
  return {
    servers: list, clientId: given.text("kafka.client.id") ?? "millrace", sasl: protocol.startsWith("SASL") ? sasl : undefined, tls: protocol.endsWith("SSL") ? tls ?? {} : undefined,
    requestTimeoutMillis: given.whole("kafka.request.timeout.ms", 1000) ?? 30_000, connectTimeoutMillis: given.whole("kafka.connect.timeout.ms", 1) ?? 10_000,
    deliveryTimeoutMillis: given.whole("kafka.delivery.timeout.ms", 1) ?? 120_000,
  };
}

const MECHANISMS = ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"];

/** `sasl` as JSON, or Kafka's own options. No message repeats a value. */
function saslOptions(given: Given): KafkaConnectionOptions["sasl"] {
  const text = given.text("sasl"), jaas = given.text("kafka.sasl.jaas.config");
  let { mechanism, username, password } = { mechanism: given.text("kafka.sasl.mechanism"), username: given.text("kafka.sasl.username"), password: given.text("kafka.sasl.password") };
  if (text !== undefined) {
    try { ({ mechanism, username, password } = JSON.parse(text) as Record<string, string>); } catch { throw invalidOption("sasl", "***", "an object with mechanism, username and password"); }
  }
  if (jaas !== undefined) {
    const value = (name: string): string | undefined => new RegExp(`\\b${name}\\s*=\\s*(?:"((?:[^"\\\\]|\\\\.)*)"|'([^']*)'|([^\\s;]+))`).exec(jaas)?.slice(1).find(part => part !== undefined)?.replace(/\\(.)/g, "$1");
    username ??= value("username");
    password ??= value("password");
    mechanism ??= "PLAIN";
  }
  if (mechanism === undefined && username === undefined && password === undefined) return undefined;
  const wanted = (mechanism ?? "PLAIN").toUpperCase();
  if (!MECHANISMS.includes(wanted)) throw invalidOption("kafka.sasl.mechanism", wanted, MECHANISMS.join(", "));
  if (username === undefined || password === undefined) throw invalidOption("kafka.sasl.mechanism", wanted, "given with a username and a password");
  return { mechanism: wanted, username, password };
}

/** `tls` as JSON (options of node:tls), or Kafka's own options with PEM. */
function tlsOptions(given: Given, files: Files): Readonly<Record<string, unknown>> | undefined {
  const text = given.text("tls");
  if (text === "true") return {};
  if (text !== undefined && text !== "false") {
    try { return JSON.parse(text) as Record<string, unknown>; } catch { throw invalidOption("tls", "***", "true, or an object with options of node:tls"); }
  }
  for (const store of ["truststore", "keystore"]) {
    const type = given.text(`kafka.ssl.${store}.type`);
    if (type !== undefined && type.toUpperCase() !== "PEM") throw invalidOption(`kafka.ssl.${store}.type`, type, "PEM");
  }
  const path = given.text("kafka.ssl.truststore.location");
  const ca = given.text("kafka.ssl.truststore.certificates") ?? (path === undefined ? undefined : new TextDecoder().decode(files.readFile(path)));
  const cert = given.text("kafka.ssl.keystore.certificate.chain"), key = given.text("kafka.ssl.keystore.key"), passphrase = given.text("kafka.ssl.key.password");
  const anyHost = given.text("kafka.ssl.endpoint.identification.algorithm") === "";
  if (ca === undefined && cert === undefined && key === undefined && !anyHost) return undefined;
  return { ...(ca !== undefined && { ca }), ...(cert !== undefined && { cert }), ...(key !== undefined && { key }), ...(passphrase !== undefined && { passphrase }), ...(anyHost && { checkServerIdentity: () => undefined }) };
}
