/**
 * Produces messages at a rate, in a process of its own, so that what it takes is not counted with those who read:
 *
 *     node --conditions=millrace-source bench/kafka-producer.ts <broker> <topic> <messages> <rate> <begin, in milliseconds since 1970>
 */
import { Producer } from "@platformatic/kafka";

/** Messages in a request; a broker takes one megabyte. */
const CHUNK = 2000, PAUSE_MILLIS = 1;

/** 200 bytes of JSON. */
export function messageOf(i: number, millis: number): string {
  const text = JSON.stringify({ at: new Date(millis).toISOString(), key: `key-${i % 100}`, id: i, note: "" });
  return `${text.slice(0, -2)}${"n".repeat(200 - text.length)}"}`;
}

/** Ten of them a millisecond of event time. */
export const eventMillis = (i: number): number => 1_767_225_600_000 + Math.floor(i / 10);

if (import.meta.main) {
  const [broker = "", topic = "", ...numbers] = process.argv.slice(2), [messages = 0, rate = 0, begin = 0] = numbers.map(Number);
  const producer = new Producer<Buffer, Buffer, Buffer, Buffer>({ clientId: "bench", bootstrapBrokers: [broker] });
  for (let sent = 0; sent < messages;) {
    const until = Math.min(messages, sent + CHUNK, Math.floor((performance.timeOrigin + performance.now() - begin) * rate / 1000)), batch = [];
    for (; sent < until; sent++) batch.push({ topic, partition: 0, value: Buffer.from(messageOf(sent, eventMillis(sent))) });
    if (batch.length > 0) await producer.send({ messages: batch });
    await new Promise(resolve => setTimeout(resolve, PAUSE_MILLIS));
  }
  await producer.close();
}
