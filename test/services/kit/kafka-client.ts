/** What tests do to a broker beside Millrace: topics, records, transactions, with a plain client. */
import { Admin, Producer, type CompressionAlgorithmValue, type ProducerOptions } from "@platformatic/kafka";

export interface PlainMessage { readonly topic: string; readonly partition?: number; readonly key?: string; readonly value?: string | Buffer; readonly headers?: Record<string, string>; readonly timestamp?: bigint }

export class KafkaClient implements AsyncDisposable {
  readonly #address: string;
  readonly admin: Admin;
  readonly #producers: Producer<Buffer, Buffer, Buffer, Buffer>[] = [];
  #plain: Producer<Buffer, Buffer, Buffer, Buffer> | undefined;

  constructor(address: string) {
    this.#address = address;
    this.admin = new Admin({ clientId: "test", bootstrapBrokers: [address], retries: 20, retryDelay: 200 });
  }

  async createTopic(topic: string, partitions = 1, configs: Readonly<Record<string, string>> = {}): Promise<void> {
    await this.admin.createTopics({ topics: [topic], partitions, replicas: 1, configs: Object.entries(configs).map(([name, value]) => ({ name, value })) });
  }

  producer(options: Partial<ProducerOptions<Buffer, Buffer, Buffer, Buffer>> = {}): Producer<Buffer, Buffer, Buffer, Buffer> {
    const producer = new Producer<Buffer, Buffer, Buffer, Buffer>({ clientId: "test", bootstrapBrokers: [this.#address], retries: 20, retryDelay: 200, ...options });
    this.#producers.push(producer);
    return producer;
  }

  async produce(messages: readonly PlainMessage[], compression: CompressionAlgorithmValue = "none"): Promise<void> {
    this.#plain ??= this.producer();
    await this.#plain.send({ messages: messages.map(messageOf), compression });
  }

  /** Values `${prefix}0`, `${prefix}1`, ... */
  async produceMany(topic: string, count: number, { partition = 0, prefix = "v" }: { readonly partition?: number; readonly prefix?: string } = {}): Promise<void> {
    for (let from = 0; from < count; from += 1000) {
      await this.produce(Array.from({ length: Math.min(1000, count - from) }, (_, i) => ({ topic, partition, value: `${prefix}${from + i}` })));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const producer of this.#producers) await producer.close(true);
    await this.admin.close();
  }
}

export function messageOf({ topic, partition, key, value, headers, timestamp }: PlainMessage) {
  return {
    topic, ...(partition !== undefined && { partition }), ...(key !== undefined && { key: Buffer.from(key) }), ...(value !== undefined && { value: Buffer.from(value) }), ...(timestamp !== undefined && { timestamp }),
    ...(headers && { headers: new Map(Object.entries(headers).map(([name, text]) => [Buffer.from(name), Buffer.from(text)])) }),
  };
}
