/** What tests do to a broker beside Millrace: topics, records, transactions, with a plain client. */
import { Admin, ProduceAcks, Producer, type CompressionAlgorithmValue, type ProducerOptions } from "@platformatic/kafka";

export interface PlainMessage { readonly topic: string; readonly partition?: number; readonly key?: string; readonly value?: string | Buffer; readonly headers?: Record<string, string>; readonly timestamp?: bigint }

export class KafkaClient implements AsyncDisposable {
  readonly #addresses: string[];
  readonly admin: Admin;
  readonly #producers: Producer<Buffer, Buffer, Buffer, Buffer>[] = [];
  #plain: Producer<Buffer, Buffer, Buffer, Buffer> | undefined;

  /** `address`: of one broker, or several with commas. */
  constructor(address: string) {
    this.#addresses = address.split(",");
    this.admin = new Admin({ clientId: "test", bootstrapBrokers: this.#addresses, retries: 20, retryDelay: 200 });
  }

  async createTopic(topic: string, partitions = 1, configs: Readonly<Record<string, string>> = {}, replicas = 1): Promise<void> {
    await this.admin.createTopics({ topics: [topic], partitions, replicas, configs: Object.entries(configs).map(([name, value]) => ({ name, value })) });
  }

  producer(options: Partial<ProducerOptions<Buffer, Buffer, Buffer, Buffer>> = {}): Producer<Buffer, Buffer, Buffer, Buffer> {
    const producer = new Producer<Buffer, Buffer, Buffer, Buffer>({ clientId: "test", bootstrapBrokers: this.#addresses, retries: 20, retryDelay: 200, ...options });
    this.#producers.push(producer);
    return producer;
  }

  async produce(messages: readonly PlainMessage[], compression: CompressionAlgorithmValue = "none"): Promise<void> {
    this.#plain ??= this.producer();
    await this.#plain.send({ messages: messages.map(messageOf), compression, acks: ProduceAcks.ALL });
  }

  /** Until it works, each time as a new producer, which knows nothing of old leaders. Records may be there more than once. */
  async produceAnyhow(messages: readonly PlainMessage[]): Promise<void> {
    for (let tries = 0; ; tries++) {
      const producer = this.producer({ retries: 2 });
      try {
        await producer.send({ messages: messages.map(messageOf), acks: ProduceAcks.ALL });
        return;
      } catch (error) {
        if (tries === 150) throw error;
        await new Promise(resolve => setTimeout(resolve, 200));
      } finally {
        await producer.close(true);
        this.#producers.splice(this.#producers.indexOf(producer), 1);
      }
    }
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
