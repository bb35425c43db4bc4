/**
 * Rows by HTTP: `npm run bench:ingest`. How many are acknowledged a second, what a request waits for its 200 (rows synced to
 * disk), and what CPU the receiving process took for all of it: HTTP, spool, decoding, a count by window and key, checkpoint.
 *
 *     npm run bench:ingest -- [--seconds 10]
 */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { Agent, request } from "node:http";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";

const { values } = parseArgs({ options: { seconds: { type: "string", default: "10" } } }), seconds = Number(values.seconds);

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>(resolve => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise(resolve => server.close(resolve));
  return port;
}

function send(agent: Agent, port: number, body: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const sent = request({ agent, host: "127.0.0.1", port, path: "/rows", method: "POST", headers: { "content-type": "application/x-ndjson", "content-length": Buffer.byteLength(body) } }, response => {
      response.resume().on("end", () => resolve(response.statusCode!));
    });
    sent.on("error", reject);
    sent.end(body);
  });
}

async function measure(connections: number, rowsPerRequest: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "millrace-ingest-")), port = await freePort();
  const child = spawn(process.execPath, ["--conditions=millrace-source", join(import.meta.dirname, "ingest-run.ts"), String(port), folder], { stdio: ["pipe", "pipe", "inherit"] });
  try {
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    await lines.next();
    const agent = new Agent({ keepAlive: true, maxSockets: connections }), waits: number[] = [], begun = performance.now(), end = begun + seconds * 1000;
    let acknowledged = 0, busy = 0;
    await Promise.all(Array.from({ length: connections }, async (_, sender) => {
      for (let number = 0; performance.now() < end; number++) {
        const at = new Date().toISOString(), body = Array.from({ length: rowsPerRequest }, (_, i) => `{"at":"${at}","key":"key-${(sender * 31 + number + i) % 1000}","value":${number}}\n`).join("");
        const from = performance.now(), status = await send(agent, port, body);
        if (status === 200) acknowledged += rowsPerRequest;
        else if (status === 429) busy++;
        else throw new Error(`the answer was ${status}`);
        waits.push(performance.now() - from);
      }
    }));
    const took = (performance.now() - begun) / 1000;
    agent.destroy();
    child.stdin.end();
    const { rows, cpuSeconds } = JSON.parse((await lines.next()).value as string) as { rows: number; cpuSeconds: number };
    if (rows !== acknowledged) throw new Error(`${acknowledged} rows were acknowledged, ${rows} are in the answer`);
    waits.sort((a, b) => a - b);
    const at = (share: number): string => `${waits[Math.min(waits.length - 1, Math.floor(waits.length * share))]!.toFixed(1)} ms`;
    console.log(`${String(connections).padStart(4)} connections, ${String(rowsPerRequest).padStart(4)} rows a request: ${Math.round(acknowledged / took)} rows/s, ${Math.round(rows / cpuSeconds)} rows a CPU-second, p50 ${at(0.5)}, p99 ${at(0.99)}${busy > 0 ? `, ${busy} told to wait` : ""}`);
  } finally {
    child.kill();
    rmSync(folder, { recursive: true, force: true });
  }
}

for (const [connections, rows] of [[64, 1], [32, 10], [16, 100], [8, 1000]] as const) await measure(connections, rows);
