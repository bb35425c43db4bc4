/** Rows by HTTP hold what every connector must: kit/contract.ts. */
import { mkdtempSync, rmSync } from "node:fs";
import { request as httpRequest } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sourceContract, type SourcePlace } from "./kit/contract.ts";
import { linesBelow } from "./kit/contract-folders.ts";
import { pause } from "./kit/contract-line.ts";
import { ThrottledProxy } from "./kit/proxy.ts";
import { freePort } from "./kit/service.ts";

const TOKEN = "a-token-of-the-contract", WRONG = "another-token-of-nobody", ROWS_A_REQUEST = 1000;

/** Nobody listens, or not yet, or the query does not keep up: sent again, under the same key. */
const isPassing = (status: number): boolean => status === 404 || status === 429 || status === 503;

function post(port: number, path: string, token: string, key: string, body: string): Promise<{ readonly status: number; readonly text: string }> {
  return new Promise((resolve, reject) => {
    const headers = { "content-type": "application/x-ndjson", "content-length": String(Buffer.byteLength(body)), authorization: `Bearer ${token}`, "idempotency-key": key };
    const request = httpRequest({ host: "127.0.0.1", port, path, method: "POST", headers, agent: false }, response => {
      let text = "";
      response.setEncoding("utf8").on("data", chunk => { text += chunk; }).on("error", reject).on("end", () => resolve({ status: response.statusCode!, text }));
    });
    request.on("error", reject).end(body);
  });
}

sourceContract("HTTP ingest", async () => {
  const folder = mkdtempSync(join(tmpdir(), "millrace-http-contract-")), port = await freePort(), more = new Set<string>();
  let proxy: ThrottledProxy | undefined, keys = 0, isOver = false;
  const send = async (to: number, path: string, token: string, body: string): Promise<void> => {
    for (const key = `key ${keys++}`; !isOver; await pause(20)) {
      const answer = await post(to, path, token, key, body).catch(() => undefined);
      if (answer?.status === 200) return;
      if (answer !== undefined && !isPassing(answer.status)) throw new Error(`HTTP ${answer.status}: ${answer.text}`);
    }
  };
  return {
    async place(name, { perBatch, bytesPerSecond }) {
      const path = `/${name}`;
      if (bytesPerSecond !== undefined) proxy ??= await ThrottledProxy.start(() => ({ host: "127.0.0.1", port }), bytesPerSecond);
      const to = bytesPerSecond === undefined ? port : proxy!.port;
      return placeOf(name, TOKEN);
      function placeOf(name: string, token: string): SourcePlace & { with(token: string): SourcePlace } {
        return {
          name, with: other => placeOf(name, other),
          end: { format: "http", ddl: "id BIGINT NOT NULL, text STRING", options: { port: String(port), path, spool: join(folder, name), token: TOKEN, badRow: "deadLetter", ...(perBatch !== undefined && { maxRowsPerTrigger: String(perBatch) }) } },
          async put(rows) {
            for (let from = 0; from < rows.length; from += ROWS_A_REQUEST) await send(to, path, token, rows.slice(from, from + ROWS_A_REQUEST).map(row => `${JSON.stringify(more.has(name) ? { ...row, more: 1 } : row)}\n`).join(""));
          },
        };
      }
    },
    service: { none: "the query is the service: its senders send again under their key until they are answered" },
    credentials: { wrong: place => (place as SourcePlace & { with(token: string): SourcePlace }).with(WRONG), secret: WRONG, refusal: /HTTP 401[^]*MILLRACE_TOKEN/ },
    tooLarge: { bytes: 5 << 20, becomes: /HTTP 413[^]*MILLRACE_BODY_TOO_LARGE/ },
    malformed: { put: ({ name }) => send(port, `/${name}`, TOKEN, '{"id":"not-a-number"}\n'), letters: checkpoint => linesBelow(join(checkpoint, "dead-letters")), says: /not-a-number/ },
    changes: [{ what: "rows get a field more", change: async ({ name }) => { more.add(name); }, becomes: "the query goes on" }],
    async [Symbol.asyncDispose]() {
      isOver = true;
      await proxy?.[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true, force: true });
    },
  };
});
