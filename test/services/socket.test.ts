/** Catches lines of a TCP connection that are lost, doubled or changed while it stands, and a query that does not come back when the server does. */
import assert from "node:assert/strict";
import { createServer, type Server, type Socket } from "node:net";
import test, { type TestContext } from "node:test";
import { session, type StreamingQuery } from "millrace";
import { freePort } from "./kit/service.ts";

class LineServer {
  readonly port: number;
  readonly sockets: Socket[] = [];
  #server: Server | undefined;
  #connected: (() => void)[] = [];

  constructor(port: number) { this.port = port; }

  async start(): Promise<void> {
    this.#server = createServer(socket => {
      this.sockets.push(socket);
      socket.on("error", () => {});
      for (const call of this.#connected.splice(0)) call();
    });
    await new Promise<void>(resolve => this.#server!.listen(this.port, "127.0.0.1", resolve));
  }

  connection(): Promise<void> { return new Promise(resolve => this.#connected.push(resolve)); }

  async stop(): Promise<void> {
    for (const socket of this.sockets.splice(0)) socket.destroy();
    await new Promise(resolve => (this.#server === undefined ? resolve(undefined) : this.#server.close(resolve)));
    this.#server = undefined;
  }
}

async function setUp(t: TestContext, options: object = {}) {
  const server = new LineServer(await freePort()), mill = session({ timeZone: "UTC" }), rows: { value: string; timestamp?: { epochMicros: bigint } }[] = [];
  t.after(async () => { await mill.stop(); await server.stop(); });
  const start = (): Promise<StreamingQuery> => mill.readStream.format("socket").options({ host: "127.0.0.1", port: server.port, ...options }).load()
    .writeStream.foreach(row => { rows.push(row as never); }).start();
  const until = async (count: number): Promise<void> => { while (rows.length < count) await new Promise(resolve => setTimeout(resolve, 5)); };
  return { server, rows, start, until };
}

test("lines come once and in order, with the time at which they came", { timeout: 30_000 }, async t => {
  const { server, rows, start, until } = await setUp(t, { includeTimestamp: true });
  await server.start();
  const before = BigInt(Date.now()) * 1000n - 1_000_000n, connected = server.connection(), query = await start();
  await connected;
  const sent = Array.from({ length: 5000 }, (_, i) => `line ${i} ä`);
  for (let at = 0; at < sent.length; at += 1000) server.sockets[0]!.write(`${sent.slice(at, at + 1000).join("\n")}\n`);
  await until(sent.length);
  assert.deepEqual(rows.map(row => row.value), sent);
  assert.ok(rows.every(({ timestamp }) => timestamp!.epochMicros >= before && timestamp!.epochMicros < before + 60_000_000n));
  assert.ok(query.isActive);
});

test("without reconnect a server that is not there ends the query, and one that goes leaves it as it is", { timeout: 30_000 }, async t => {
  const { server, rows, start, until } = await setUp(t), failed = await start();
  await assert.rejects(failed.awaitTermination(), /MILLRACE_SOCKET_FAILED/);
  await server.start();
  const connected = server.connection(), query = await start();
  await connected;
  server.sockets[0]!.end("whole\nnot ended");
  await until(2);
  assert.deepEqual([rows.map(row => row.value), query.isActive], [["whole", "not ended"], true]);
});

test("with reconnect it waits for the server, also after that was gone", { timeout: 30_000 }, async t => {
  const { server, rows, start, until } = await setUp(t, { reconnect: "20 milliseconds" }), query = await start();
  for (const line of ["first", "second"]) {
    const connected = server.connection();
    await server.start();
    await connected;
    server.sockets[0]!.write(`${line}\n`);
    await until(rows.length + 1);
    await server.stop();
  }
  assert.deepEqual([rows.map(row => row.value), query.isActive], [["first", "second"], true]);
});

test("a host and a port are needed, and a schema is refused", async () => {
  const mill = session(), refused = (options: object) => assert.rejects(mill.readStream.format("socket").options(options).load().writeStream.format("noop").start(), /MILLRACE_INVALID_OPTION/);
  await Promise.all([refused({ port: 9 }), refused({ host: "localhost" }), refused({ host: "localhost", port: 9, reconnect: "0 seconds" })]);
  await assert.rejects(mill.readStream.schema("a INT").format("socket").options({ host: "localhost", port: 9 }).load().writeStream.format("noop").start(), /MILLRACE_INVALID_OPTION/);
});
