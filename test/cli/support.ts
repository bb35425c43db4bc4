/** Runs the command as a shell does: a process of its own, in a folder of the test. */
import { spawn, type ChildProcessWithoutNullStreams } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";

const BIN = resolve(import.meta.dirname, "../../bin/millrace.mjs");

export interface Ending { readonly code: number | null; readonly signal: string | null; readonly out: string; readonly err: string; /** Of the process itself, at its end. */ readonly maxBytes: number }

/** A folder with files, which is removed with `using`. */
export class Folder {
  readonly path = mkdtempSync(join(tmpdir(), "millrace-cli-"));

  write(name: string, text: string | Uint8Array): void {
    const path = join(this.path, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }

  at(name: string): string { return join(this.path, name); }

  start(...args: string[]): Running { return new Running(this.path, args); }
  run(...args: string[]): Promise<Ending> {
    const running = this.start(...args);
    running.process.stdin.end();
    return running.ended;
  }

  [Symbol.dispose](): void { rmSync(this.path, { recursive: true, force: true }); }
}

export class Running {
  readonly process: ChildProcessWithoutNullStreams;
  readonly ended: Promise<Ending>;
  out = "";
  err = "";
  #changed = Promise.withResolvers<void>();

  constructor(folder: string, args: readonly string[]) {
    // The process tells its own greatest size on a pipe of the test.
    const child = spawn(process.execPath, ["--import", `data:text/javascript,${encodeURIComponent(REPORT)}`, BIN, ...args], { cwd: folder, stdio: ["pipe", "pipe", "pipe", "pipe"], env: { ...process.env, TZ: "UTC", NODE_OPTIONS: "" } });
    this.process = child as unknown as ChildProcessWithoutNullStreams;
    const { promise, resolve: end } = Promise.withResolvers<Ending>();
    let size = "";
    this.process.stdout.setEncoding("utf8").on("data", (text: string) => { this.out += text; this.#tell(); });
    this.process.stderr.setEncoding("utf8").on("data", (text: string) => { this.err += text; this.#tell(); });
    child.stdio[3]!.on("data", (chunk: Buffer) => { size += chunk.toString(); });
    this.process.stdin.on("error", () => { /* it may end before it has read all */ });
    child.on("close", (code, signal) => {
      end({ code, signal, out: this.out, err: this.err, maxBytes: Number(size) * 1024 });
      this.#tell();
    });
    this.ended = promise;
  }

  /** Resolves when the output has what is looked for; fails if the process ends without it. */
  async until(pattern: RegExp): Promise<void> {
    const ending = this.ended.then(() => true);
    while (!pattern.test(this.out)) {
      if (await Promise.race([ending, this.#changed.promise.then(() => false)]) && !pattern.test(this.out)) throw new Error(`it ended without ${pattern}: ${this.out}\n${this.err}`);
    }
  }

  #tell(): void {
    const changed = this.#changed;
    this.#changed = Promise.withResolvers<void>();
    changed.resolve();
  }
}

const REPORT = `import { writeSync } from "node:fs"; process.on("exit", () => { try { writeSync(3, String(process.resourceUsage().maxRSS)); } catch {} });`;

/** NDJSON lines as values, with keys in the order of the line. */
export const rowsOf = (text: string): Record<string, unknown>[] => text.split("\n").filter(line => line !== "").map(line => JSON.parse(line) as Record<string, unknown>);
export const lines = (...rows: readonly object[]): string => rows.map(row => `${JSON.stringify(row)}\n`).join("");
