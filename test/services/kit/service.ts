/** A server process of a test: started, awaited, killed; what it said is kept for the error that follows. */
import { spawn, type ChildProcess } from "node:child_process";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";

/** A port that is free now. */
export async function freePort(): Promise<number> {
  const server = createServer(), { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, "127.0.0.1", resolve);
  await promise;
  const { port } = server.address() as AddressInfo;
  await new Promise(closed => server.close(closed));
  return port;
}

export class ServiceProcess {
  readonly #name: string;
  readonly #process: ChildProcess;
  readonly #ended: Promise<void>;
  #output = "";
  #waiting: (() => void)[] = [];

  constructor(name: string, command: string, args: readonly string[], options: { readonly cwd?: string; readonly uid?: number; readonly gid?: number; readonly env?: NodeJS.ProcessEnv } = {}) {
    this.#name = name;
    this.#process = spawn(command, args, { ...options, stdio: ["ignore", "pipe", "pipe"] });
    this.#ended = new Promise(resolve => this.#process.once("close", () => resolve()));
    const take = (text: string): void => {
      this.#output = (this.#output + text).slice(-100_000);
      for (const look of this.#waiting) look();
    };
    this.#process.stdout!.setEncoding("utf8").on("data", take);
    this.#process.stderr!.setEncoding("utf8").on("data", take);
    this.#process.once("error", error => take(`\n${String(error)}\n`));
  }

  /** Until the process says so. @throws what it said, if it ends before, or says nothing of the kind for `timeoutMillis` */
  async says(pattern: RegExp, timeoutMillis = 60_000): Promise<void> {
    if (pattern.test(this.#output)) return;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const timer = setTimeout(() => reject(this.#failure(`did not say ${pattern} in ${timeoutMillis} ms`)), timeoutMillis);
    this.#waiting.push(() => { if (pattern.test(this.#output)) resolve(); });
    void this.#ended.then(() => reject(this.#failure("ended")));
    try { await promise; } finally {
      clearTimeout(timer);
      this.#waiting = [];
    }
  }

  async stop(signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
    if (this.#process.exitCode === null && this.#process.signalCode === null) this.#process.kill(signal);
    await this.#ended;
  }

  #failure(what: string): Error { return new Error(`${this.#name} ${what}; it said:\n${this.#output.slice(-4000)}`); }
}
