/** Catches answers that are put together wrongly from the pieces a socket gives, and memory that is kept when a broker goes. */
import assert from "node:assert/strict";
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { test } from "node:test";
import { seededRandom, systemClock } from "../../base/clock.ts";
import { linearMemory } from "../../memory/linear-memory.ts";
import { kafkaClient } from "./client.ts";
import { FetchConnection } from "./fetch-connection.ts";
import type { KafkaConnectionOptions } from "./options.ts";

const SEED = Number(process.env["MILLRACE_SEED"] ?? "1"), random = seededRandom(SEED), below = (end: number): number => random.uint32() % end;
const options: KafkaConnectionOptions = { servers: [], clientId: "test", sasl: undefined, tls: undefined, requestTimeoutMillis: 30_000, connectTimeoutMillis: 1000, deliveryTimeoutMillis: 1000 };

/** A server that answers the i-th request of a connection as `answer` says: with pieces, which it sends one by one. */
async function serving(answer: (i: number, correlation: number, socket: Socket) => readonly Buffer[]): Promise<{ readonly server: Server; readonly port: number }> {
  const server = createServer(socket => {
    let bytes = Buffer.alloc(0), i = 0, sending = Promise.resolve();
    socket.setNoDelay(true);
    socket.on("error", () => { /* the other side went */ });
    socket.on("data", chunk => {
      for (bytes = Buffer.concat([bytes, chunk]); bytes.length >= 4 && bytes.length >= 4 + bytes.readInt32BE(0); bytes = bytes.subarray(4 + bytes.readInt32BE(0))) {
        const pieces = answer(i++, bytes.readInt32BE(8), socket);
        sending = sending.then(async () => { for (const piece of pieces) await new Promise(resolve => socket.write(piece, () => setImmediate(resolve))); });
      }
    });
  });
  await new Promise<void>(resolve => server.listen(0, "127.0.0.1", resolve));
  return { server, port: (server.address() as AddressInfo).port };
}

const framed = (correlation: number, body: Buffer): Buffer => {
  const head = Buffer.alloc(8);
  head.writeInt32BE(body.length + 4, 0);
  head.writeInt32BE(correlation, 4);
  return Buffer.concat([head, body]);
};

test("answers of any size in any pieces, several under way", async () => {
  const client = await kafkaClient(), bodies: Buffer[] = [], before = linearMemory().inUseBytes;
  let late: Buffer = Buffer.alloc(0);
  const { server, port } = await serving((i, correlation) => {
    const body = bodies[i] = Buffer.from(Array.from({ length: [0, 5, 300, 4084, 4092, 50_000][below(6)]! + below(20) }, () => below(256)));
    const bytes = Buffer.concat([late, framed(correlation, body)]), pieces: Buffer[] = [];
    // Some bytes come with the next answer, unless it is the last.
    const held = i % 8 === 7 ? 0 : below(Math.min(bytes.length, 10));
    late = bytes.subarray(bytes.length - held);
    for (let at = 0, end = bytes.length - held; at < end;) pieces.push(bytes.subarray(at, at = Math.min(end, at + 1 + below([3, 100, 100_000][below(3)]!))));
    return pieces;
  });
  const connection = await FetchConnection.open(client, { host: "127.0.0.1", port }, options, systemClock);
  for (let round = 0; round < 40; round++) {
    const frames = await Promise.all(Array.from({ length: 8 }, () => connection.request(1, 13, client.Writer.create(), 30_000)));
    for (const [i, frame] of frames.entries()) {
      assert.deepEqual(Buffer.from(frame.bytes.subarray(4)), bodies[8 * round + i], `seed ${SEED}, ${round}, ${i}`);
      frame.release();
      frame.release();
    }
  }
  assert.equal(linearMemory().inUseBytes, before);
  connection.close();
  server.close();
});

test("a broker that goes, or answers what was not asked, fails what waits; nothing is kept", async () => {
  const client = await kafkaClient(), before = linearMemory().inUseBytes;
  const { server, port } = await serving((i, correlation, socket) => {
    const whole = framed(correlation, Buffer.alloc(100_000));
    if (i < 1) return [whole];
    if (kind === "cut") socket.end(whole.subarray(0, 50_000));
    return kind === "other" ? [framed(correlation + 7, Buffer.alloc(10))] : kind === "short" ? [Buffer.from([0, 0, 0, 1, 9, 9])] : [];
  });
  let kind: "cut" | "other" | "short" = "cut";
  for (kind of ["cut", "other", "short"] as const) {
    const connection = await FetchConnection.open(client, { host: "127.0.0.1", port }, options, systemClock);
    (await connection.request(1, 13, client.Writer.create(), 30_000)).release();
    assert.equal(connection.isGood, true);
    const both = await Promise.allSettled([connection.request(1, 13, client.Writer.create(), 30_000), connection.request(1, 13, client.Writer.create(), 30_000)]);
    for (const one of both) assert.ok(one.status === "rejected" && one.reason instanceof client.NetworkError, kind);
    assert.equal(connection.isGood, false);
    await assert.rejects(connection.request(1, 13, client.Writer.create(), 30_000), client.NetworkError);
    // The socket gives back what was half read when it is closed.
    for (let i = 0; i < 100 && linearMemory().inUseBytes !== before; i++) await new Promise(resolve => setImmediate(resolve));
    assert.equal(linearMemory().inUseBytes, before, kind);
  }
  server.close();
  await assert.rejects(FetchConnection.open(client, { host: "127.0.0.1", port: 1 }, options, systemClock), client.NetworkError);
});
