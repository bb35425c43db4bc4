/** A program of a test in a process of its own: what it printed, and how it ended. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";

const alive = new Set<ChildProcess>();

export class WorkerProcess {
  readonly process: ChildProcess;
  readonly ended: Promise<void>;
  output = "";
  #looks: (() => void)[] = [];

  /** `flags`: of node itself. */
  constructor(program: string, args: readonly string[], flags: readonly string[] = []) {
    this.process = spawn(process.execPath, ["--conditions=millrace-source", ...flags, program, ...args], { stdio: ["ignore", "pipe", "pipe"] });
    alive.add(this.process);
    const look = (): void => { for (const one of this.#looks) one(); };
    for (const stream of [this.process.stdout!, this.process.stderr!]) stream.on("data", (text: Buffer) => { this.output += text.toString(); look(); });
    this.ended = once(this.process, "close").then(() => { alive.delete(this.process); look(); });
  }

  get hasEnded(): boolean { return this.process.exitCode !== null || this.process.signalCode !== null; }
  /** Its last words, for the error that follows. */
  get tail(): string { return this.output.slice(-3000); }
  /** Lines `batch N` or `batch N ROWS`: how many, and the rows of all. */
  get batches(): number { return this.output.match(/^batch /gm)?.length ?? 0; }
  get rows(): number { return [...this.output.matchAll(/^batch \d+ (\d+)$/gm)].reduce((sum, [, rows]) => sum + Number(rows), 0); }

  /** Until it holds, or the process has ended; it is looked at whenever something is printed. */
  async until(holds: () => boolean): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>(), look = (): void => { if (this.hasEnded || holds()) resolve(); };
    this.#looks.push(look);
    look();
    await promise;
    this.#looks = this.#looks.filter(one => one !== look);
  }
  did(batches: number): Promise<void> { return this.until(() => this.batches >= batches); }
  started(): Promise<void> { return this.until(() => this.output.includes("started\n")); }

  async kill(signal: NodeJS.Signals = "SIGKILL"): Promise<void> {
    this.process.kill(signal);
    await this.ended;
  }

  static killAll(): void { for (const process of alive) process.kill("SIGKILL"); }
}
