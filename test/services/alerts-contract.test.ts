/** Alerts to a webhook hold what every connector must: kit/contract.ts. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { alerts } from "millrace/alerts";
import { sinkContract, type Row } from "./kit/contract.ts";
import { linesBelow } from "./kit/contract-folders.ts";
import { ThrottledProxy } from "./kit/proxy.ts";
import { freePort } from "./kit/service.ts";

const TOKEN = "Bearer of-the-contract", WRONG = "Bearer of-nobody", MALFORMED = "malformed", MAX_BYTES = 1 << 20;

/** Takes alerts by the path of their place, each once under its key, over ends and beginnings of its own. */
class Receiver {
  readonly #got = new Map<string, Map<string, Row>>();
  readonly port: number;
  #server: Server | undefined;

  constructor(port: number) { this.port = port; }

  rows(path: string): readonly Row[] { return [...this.#got.get(path)?.values() ?? []]; }

  async start(): Promise<void> {
    const server = this.#server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk)).on("error", () => {}).on("end", () => {
        const body = Buffer.concat(chunks), path = request.url!, key = String(request.headers["idempotency-key"]);
        if (request.headers.authorization !== TOKEN) return void response.writeHead(401).end();
        if (body.length > MAX_BYTES) return void response.writeHead(413).end();
        const row = JSON.parse(body.toString()) as Row, known = this.#got.get(path) ?? new Map<string, Row>(), before = known.get(key);
        if (row.text === MALFORMED) return void response.writeHead(400).end();
        if (before !== undefined) assert.deepEqual(row, before, "another body under the same key");
        this.#got.set(path, known.set(key, row));
        response.writeHead(200).end();
      });
    });
    await new Promise<void>(listening => { server.listen(this.port, "127.0.0.1", listening); });
  }

  async stop(): Promise<void> {
    const server = this.#server!;
    server.closeAllConnections();
    await new Promise(closed => { server.close(closed); });
  }
}

sinkContract("Alerts to a webhook", async () => {
  const folder = mkdtempSync(join(tmpdir(), "millrace-alerts-contract-")), receiver = new Receiver(await freePort());
  let proxy: ThrottledProxy | undefined;
  await receiver.start();
  const placeOf = (name: string, port: number, authorization: string) => ({
    name, with: (other: string) => placeOf(name, port, other),
    end: {
      format: "alerts", options: { alerts: JSON.stringify(alerts<Row>({
        webhook: { url: `http://127.0.0.1:${port}/${name}`, headers: { authorization } }, retry: { attempts: 2, initial: "10 milliseconds", max: "100 milliseconds" },
        ...(name === "malformed" && { deadLetterPath: join(folder, name) }),
      }).options["alerts" as never]) },
    },
    rows: async () => receiver.rows(`/${name}`),
  });
  return {
    many: 3000, rowBytes: 100_000,
    async place(name, { bytesPerSecond }) {
      if (bytesPerSecond !== undefined) proxy ??= await ThrottledProxy.start(() => ({ host: "127.0.0.1", port: receiver.port }), bytesPerSecond);
      return placeOf(name, bytesPerSecond === undefined ? receiver.port : proxy!.port, TOKEN);
    },
    service: { crash: () => receiver.stop(), resume: () => receiver.start(), isDown: /MILLRACE_ALERT_FAILED[^]*127\.0\.0\.1:\d+/ },
    credentials: { wrong: place => (place as ReturnType<typeof placeOf>).with(WRONG), secret: WRONG, refusal: /MILLRACE_ALERT_FAILED[^]*401/ },
    tooLarge: { bytes: MAX_BYTES + 1, becomes: /MILLRACE_ALERT_FAILED[^]*413/ },
    malformed: { row: { id: 99, text: MALFORMED }, letters: () => linesBelow(join(folder, "malformed")), says: /malformed/ },
    changes: { none: "an alert is what the row is" },
    async [Symbol.asyncDispose]() {
      await proxy?.[Symbol.asyncDispose]();
      await receiver.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
});
