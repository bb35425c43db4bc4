/** The terminal as the command line sees it: handed in, so that a test owns it. */
export interface Terminal {
  out(text: string): void;
  err(text: string): void;
  /** Waits until what was written has been taken. */
  drained(): Promise<void>;
  readonly outIsTerminal: boolean;
  readonly errIsTerminal: boolean;
  readonly columns: number;
  /** Calls when the person wants it to end (Ctrl-C, kill). */
  onInterrupt(call: () => void): void;
}

export class UsageError extends Error {}

/** The process's own. */
export function processTerminal(): Terminal {
  let waiting: Promise<void> | undefined;
  // The reader of a pipe may go away (`| head`): nothing is left to do then.
  process.stdout.on("error", error => process.exit((error as { code?: string }).code === "EPIPE" ? 0 : 1));
  return {
    out(text) {
      if (!process.stdout.write(text)) waiting ??= new Promise(resolve => process.stdout.once("drain", () => { waiting = undefined; resolve(); }));
    },
    err: text => { process.stderr.write(text); },
    drained: () => waiting ?? Promise.resolve(),
    outIsTerminal: process.stdout.isTTY === true,
    errIsTerminal: process.stderr.isTTY === true,
    get columns() { return process.stderr.columns ?? 80; },
    onInterrupt(call) {
      let asked = 0;
      for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => (asked++ === 0 ? call() : process.exit(130)));
    },
  };
}
