/** Kafka's source and both its sinks hold what every connector must: kit/contract.ts. */
import { join } from "node:path";
import { session } from "millrace";
import { kafka } from "millrace/kafka";
import { sinkContract, sourceContract, type Row, type SinkPlace, type SourcePlace, type Subject, type Wish } from "./kit/contract.ts";
import { linesBelow } from "./kit/contract-folders.ts";
import { KafkaBroker } from "./kit/kafka-broker.ts";
import { KafkaClient } from "./kit/kafka-client.ts";
import { ThrottledProxy } from "./kit/proxy.ts";
import { freePort } from "./kit/service.ts";

const PARTITIONS = 2, SECRET = "not-the-password";
interface Kafka { readonly client: KafkaClient; addPartition(place: { readonly name: string }): Promise<void> }

/** A broker, and what reading and writing have in common. */
/** `large`: how a topic is made that is to hold the record of `tooLarge`. */
async function service<Place extends SourcePlace | SinkPlace>(placeAt: (broker: KafkaBroker, client: KafkaClient, topic: string, address: string, wish: Wish) => Place, large: Readonly<Record<string, string>> = {}): Promise<Omit<Subject<Place>, "tooLarge" | "malformed" | "changes"> & Kafka> {
  const proxyPort = await freePort(), broker = await KafkaBroker.start({ "log.message.timestamp.after.max.ms": "9223372036854775807" }, { sasl: true, proxyPort }), client = new KafkaClient(broker.address);
  let proxy: ThrottledProxy | undefined;
  return {
    client,
    async addPartition({ name }) { await client.admin.createPartitions({ topics: [{ name, count: PARTITIONS + 1, assignments: [{ brokerIds: [1] }] }] }); },
    async place(name, wish) {
      await client.createTopic(name, PARTITIONS, wish.tooLarge === true ? large : {});
      if (wish.bytesPerSecond !== undefined) proxy ??= await ThrottledProxy.start(() => ({ host: "127.0.0.1", port: broker.proxiedPort }), wish.bytesPerSecond, proxyPort);
      return placeAt(broker, client, name, wish.bytesPerSecond === undefined ? broker.address : `127.0.0.1:${proxyPort}`, wish);
    },
    service: { crash: () => broker.stop("SIGKILL"), resume: () => broker.resume(), impatient: { "kafka.connect.timeout.ms": "500", "kafka.request.timeout.ms": "1000" }, isDown: /MILLRACE_KAFKA_CONNECTION[^]*127\.0\.0\.1:\d+/ },
    credentials: {
      wrong: place => ({ ...place, end: { ...place.end, options: { ...place.end.options, "kafka.bootstrap.servers": broker.saslAddress, "kafka.sasl.mechanism": "SCRAM-SHA-256", "kafka.sasl.username": "scram", "kafka.sasl.password": SECRET } } }),
      secret: SECRET, refusal: /MILLRACE_KAFKA_AUTHENTICATION/,
    },
    async [Symbol.asyncDispose]() {
      await proxy?.[Symbol.asyncDispose]();
      await client[Symbol.asyncDispose]();
      await broker[Symbol.asyncDispose]();
    },
  };
}

sourceContract("Kafka", async () => {
  const common = await service<SourcePlace>((_broker, client, topic, address, { perBatch }) => ({
    name: topic,
    end: {
      format: "kafka", options: { "kafka.bootstrap.servers": address, subscribe: topic, startingOffsets: "earliest", valueSchema: "id BIGINT NOT NULL, text STRING", ...(perBatch !== undefined && { maxOffsetsPerTrigger: String(perBatch) }) },
      columns: ["value.id AS id", "value.text AS text"],
    },
    /** A partition at a time: what a broker refuses of one is then sent again without what it took of another. */
    async put(rows) {
      for (let partition = 0; partition < PARTITIONS; partition++) {
        const own = rows.filter(row => row.id % PARTITIONS === partition);
        for (let from = 0; from < own.length; from += 500) await client.produce(own.slice(from, from + 500).map(row => ({ topic, partition, value: JSON.stringify(row) })));
      }
    },
  }), { "max.message.bytes": "20000000" });
  return {
    ...common,
    tooLarge: { bytes: 8 << 20, becomes: "a row" },
    malformed: {
      put: ({ name }) => common.client.produce([{ topic: name, partition: 1, key: "its key", value: '{"id":"not-a-number"}' }]), letters: checkpoint => linesBelow(join(checkpoint, "dead-letters")),
      says: /"origin":"[^"]+-1","offset":\d+,"length":21,"column":"id","reason":"\\"not-a-number\\" is not a BIGINT".*"key":"its key"/,
    },
    changes: [
      { what: "a partition is added", change: common.addPartition, becomes: "the query goes on" },
      { what: "the topic is deleted", change: async ({ name }) => { await common.client.admin.deleteTopics({ topics: [name] }); }, becomes: /MILLRACE_KAFKA_TOPIC_NOT_FOUND|KAFKA_DATA_LOSS/ },
    ],
  };
});

for (const transactional of [true, false]) {
  sinkContract(transactional ? "Kafka, in transactions," : "Kafka, without transactions,", async () => {
    const common = await service<SinkPlace>((broker, _client, topic, address) => ({
      name: topic,
      end: {
        format: "kafka", options: { "kafka.bootstrap.servers": address, topic, transactional: String(transactional) },
        columns: ["cast(id AS STRING) AS key", "to_json(struct(id, text)) AS value"],
      },
      async rows() {
        await using mill = session({ timeZone: "UTC" });
        const found = await mill.read.from(kafka({ bootstrapServers: broker.address, subscribe: topic })).select(r => ({ value: r.value.cast("string") })).collect();
        return found.map(({ value }) => JSON.parse(value!) as Row);
      },
    }));
    return {
      ...common, ...(!transactional && { repeats: true as const }),
      tooLarge: { bytes: 2_000_000, becomes: /MESSAGE_TOO_LARGE[^]*max\.message\.bytes/ },
      malformed: { none: "any row with a value is a record" },
      changes: [
        { what: "a partition is added", change: common.addPartition, becomes: "the query goes on" },
      ],
    };
  });
}
