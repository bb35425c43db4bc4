/**
 * lease.json: a courtesy. It lets a second start of the same query be refused with a clear message; safety never rests on
 * it. It also says which epoch had a root, so that the loss of the newest segment is noticed.
 */
import type { Clock, Timer } from "../base/clock.ts";
import { fileErrorCode, type Files } from "../base/files.ts";
import { crc32c } from "../storage/crc32c.ts";
import { LEASE } from "./names.ts";
import type { CheckpointHost } from "./types.ts";

export interface LeaseContent {
  /** The runner's root is durable under this epoch. */
  readonly epoch: number;
  readonly runner: string;
  readonly host: string;
  readonly processId: number;
  readonly startedMicros: number;
  readonly beatMicros: number;
  readonly closed: boolean;
}

const LEASE_BYTES = 512, BEAT_MICROS = 2_000_000, STALE_MICROS = 10_000_000;

/** Runners of this very process: their process id says nothing about whether they live. */
const liveHere = new Set<string>();

export function readLease(files: Files, path: string): LeaseContent | undefined {
  let text: string;
  try { text = new TextDecoder().decode(files.readFile(`${path}/${LEASE}`)); } catch (error) {
    if (fileErrorCode(error) === "ENOENT") return undefined;
    throw error;
  }
  // Unreadable counts as absent: it is written in place without a sync.
  let value: unknown;
  try { value = JSON.parse(text); } catch { return undefined; }
  if (value === null || typeof value !== "object") return undefined;
  const { check, ...lease } = value as LeaseContent & { readonly check: number };
  return check === checkOf(lease) ? lease : undefined;
}

const checkOf = (lease: LeaseContent) => crc32c(new TextEncoder().encode(JSON.stringify(lease)));

/** Whether the runner of a lease seems to live. A process of this machine is looked up; for another, the last beat decides. */
export function isLive(lease: LeaseContent, clock: Clock, host: CheckpointHost): boolean {
  if (lease.closed) return false;
  if (lease.host !== host.name) return clock.nowMicros() - lease.beatMicros < STALE_MICROS;
  if (lease.processId === host.processId) return liveHere.has(lease.runner);
  return host.isAlive(lease.processId);
}

/** The lease of one runner, beaten until it is released. */
export class Lease {
  readonly #files: Files;
  readonly #path: string;
  readonly #clock: Clock;
  #content: LeaseContent;
  #timer: Timer | undefined;

  constructor(files: Files, path: string, clock: Clock, content: LeaseContent) {
    this.#files = files;
    this.#path = `${path}/${LEASE}`;
    this.#clock = clock;
    this.#content = content;
  }

  /** Writes the lease durably, as its epoch is evidence, and starts to beat. */
  take(): void {
    liveHere.add(this.#content.runner);
    this.#write(true);
    this.#beatLater();
  }

  release(closed: boolean): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    liveHere.delete(this.#content.runner);
    if (!closed) return;
    this.#content = { ...this.#content, closed: true };
    // The log is closed already; a lease that says otherwise only makes the next start look whether the process lives.
    try { this.#write(false); } catch { /* courtesy */ }
  }

  #beatLater(): void {
    this.#timer = this.#clock.after(BEAT_MICROS, () => {
      this.#content = { ...this.#content, beatMicros: this.#clock.nowMicros() };
      try { if (this.#isOurs()) this.#write(false); } catch { /* the next beat may succeed; the log decides who runs */ }
      this.#beatLater();
    }, { unref: true });
  }

  #isOurs(): boolean {
    const lease = readLease(this.#files, this.#path.slice(0, -LEASE.length - 1));
    return lease === undefined || lease.runner === this.#content.runner;
  }

  /** In place and within one sector, so a beat costs no name and no allocation on the disk. */
  #write(durable: boolean): void {
    const bytes = new Uint8Array(LEASE_BYTES).fill(0x20);
    const checked = (content: LeaseContent) => new TextEncoder().encode(JSON.stringify({ ...content, check: checkOf(content) }));
    let text = checked(this.#content);
    if (text.length >= LEASE_BYTES) text = checked({ ...this.#content, host: "" });
    bytes.set(text);
    bytes[LEASE_BYTES - 1] = 0x0a;
    const handle = this.#files.open(this.#path, this.#files.status(this.#path) === undefined ? "create" : "write");
    try {
      handle.writeAt(bytes, 0, LEASE_BYTES, 0);
      if (durable) handle.syncData();
    } finally { handle.close(); }
  }
}
