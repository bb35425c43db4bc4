/**
 * The end of the log that one runner appends to: record, sync, fence. Keeps room ahead by preparing the next segment in
 * the background, and waits for room when the disk is full.
 */
import { sleep, type Clock, type Random } from "../base/clock.ts";
import type { FileHandle, Files } from "../base/files.ts";
import { PAGE_BYTES, align, RecordEncoder } from "../storage/record.ts";
import { prepareSegment, removeQuietly } from "../storage/segment.ts";
import { closed, fenced, isDiskFull } from "./errors.ts";
import type { RecordMetadata } from "./log-state.ts";
import { LOG, segmentFile, spareFile } from "./names.ts";

/** Kept free at the end of a segment, a page each: what is delivered, a clean end, and where the log goes on. */
const RESERVED_BYTES = 3 * PAGE_BYTES;
const RETRY_MICROS = 1_000_000;

interface PreparedSegment { readonly handle: FileHandle; readonly index: number; readonly bytes: number }

export interface LogWriterOptions {
  readonly files: Files;
  readonly path: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly epoch: number;
  readonly segmentBytes: number;
  /** The claimed first segment, still empty but for its header page. */
  readonly claim: FileHandle;
  readonly claimBytes: number;
  readonly claimCrc: number;
}

export class LogWriter {
  /** Sections are added to it between `begin` and `append`. */
  readonly encoder = new RecordEncoder();
  readonly #options: LogWriterOptions;
  readonly #nextClaim: string;
  #handle: FileHandle;
  #index = 0;
  #bytes: number;
  #position = PAGE_BYTES;
  #sequence = 0;
  #previousCrc: number;
  #prepared: PreparedSegment | undefined;
  #preparing: Promise<void> | undefined;
  #preparingFailed: { readonly error: unknown } | undefined;
  #stopped = false;
  readonly #ending = new AbortController();
  /** Waiting for room on the disk. */
  diskFull = false;

  constructor(options: LogWriterOptions) {
    this.#options = options;
    this.#handle = options.claim;
    this.#bytes = options.claimBytes;
    this.#previousCrc = options.claimCrc;
    this.#nextClaim = `${options.path}/${segmentFile(options.epoch + 1, 0)}`;
  }

  get index(): number { return this.#index; }
  /** The file that records go to, relative to the checkpoint. */
  get file(): string { return segmentFile(this.#options.epoch, this.#index); }
  get usedBytes(): number { return this.#position; }

  /** Whether a record of this size fits in what is left of the segment. The last pages are for small records that must always fit. */
  fits(bytes: number, kind: "batch" | "done" | "close" = "batch"): boolean {
    const reserved = kind === "batch" ? RESERVED_BYTES : kind === "done" ? 2 * PAGE_BYTES : PAGE_BYTES;
    return this.#position + bytes <= this.#bytes - reserved;
  }

  /** Writes the record in `encoder` into the page cache. Returns its position in `file`. */
  append(): number {
    const { encoder } = this;
    const bytes = encoder.finish(this.#options.epoch, this.#sequence + 1, this.#index, this.#previousCrc);
    const at = this.#position;
    this.#handle.writeAt(encoder.buffer, 0, bytes, at);
    this.#position = at + bytes;
    this.#sequence += 1;
    this.#previousCrc = encoder.headerCrc;
    return at;
  }

  /** fdatasync of the segment. After an error nothing may be written any more: the pages may be clean and lost. */
  sync(): void { this.#handle.syncData(); }

  /**
   * The fence. The name of the next epoch first, then the link count of our own first segment: claims are unlinked in
   * ascending order, so if the next epoch came and went before the first look, ours went earlier and the second look shows it.
   */
  check(): void {
    if (this.#options.files.status(this.#nextClaim) !== undefined) {
      throw fenced(`epoch ${this.#options.epoch + 1} is claimed`, { epoch: String(this.#options.epoch) });
    }
    if (this.#options.claim.linkCount() !== 1) {
      throw fenced(`the segment of epoch ${this.#options.epoch} is no longer in the log`, { epoch: String(this.#options.epoch) });
    }
  }

  /** Starts to prepare the next segment when some of this one is used: early, as a batch that comes to the end must wait for it. */
  prepareAhead(): void {
    if (this.#position * 8 < this.#bytes || this.#prepared !== undefined || this.#preparing !== undefined) return;
    this.#prepare(this.#index + 1, this.#nextBytes());
  }

  /**
   * Goes on in another segment that has room for a record of `bytes`, waiting for one to be prepared. The first record
   * written there must be a root.
   */
  async roll(bytes: number): Promise<void> {
    const needed = align(bytes, PAGE_BYTES) + PAGE_BYTES + RESERVED_BYTES;
    for (;;) {
      if (this.#preparingFailed !== undefined) throw this.#preparingFailed.error;
      if (this.#prepared !== undefined && this.#prepared.bytes >= needed) break;
      // A record too large for a usual segment gets one of its own size; the usual one stays empty.
      if (this.#preparing === undefined) this.#prepare((this.#prepared?.index ?? this.#index) + 1, Math.max(this.#nextBytes(), needed * 2));
      await this.#preparing;
      if (this.#stopped) throw closed();
    }
    const next = this.#prepared!;
    this.#prepared = undefined;
    const metadata: RecordMetadata = { roll: next.index };
    this.encoder.begin(JSON.stringify(metadata), 0);
    this.append();
    // Durable before anything is written in the next one: a segment that was written to is always announced.
    this.sync();
    if (this.#handle !== this.#options.claim) this.#handle.close();
    this.#handle = next.handle;
    this.#index = next.index;
    this.#bytes = next.bytes;
    this.#position = PAGE_BYTES;
  }

  /** Closes all files. What is being prepared is removed. */
  stop(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#ending.abort();
    this.#handle.close();
    this.#options.claim.close();
    this.#prepared?.handle.close();
  }

  /** Resolves when nothing runs in the background any more. */
  async settled(): Promise<void> { await this.#preparing; }

  /** Segments of an epoch grow to their full size: a query that runs for a moment needs little of the disk. */
  #nextBytes(): number { return Math.min(this.#options.segmentBytes, this.#bytes * 4); }

  #prepare(index: number, bytes: number): void {
    this.#preparing = this.#prepareSegment(index, bytes).then(prepared => {
      this.#prepared?.handle.close();
      this.#prepared = prepared;
    }, (error: unknown) => { this.#preparingFailed = { error }; }).finally(() => {
      this.#preparing = undefined;
      this.diskFull = false;
    });
  }

  /** Makes the segment, links it into the log and syncs the folder, so that using it later is only an append. */
  async #prepareSegment(index: number, bytes: number): Promise<PreparedSegment | undefined> {
    const { files, path, epoch, random, clock } = this.#options;
    for (;;) {
      if (this.#stopped) return undefined;
      const spare = `${path}/${spareFile(epoch, random.uuid(), "seg")}`;
      let handle: FileHandle | undefined;
      try {
        handle = await prepareSegment(files, spare, bytes, epoch, index, {}, { gentle: true, stopped: () => this.#stopped });
        if (handle === undefined) return undefined;
        files.link(spare, `${path}/${segmentFile(epoch, index)}`);
        await files.syncFolderAsync(`${path}/${LOG}`);
        removeQuietly(files, spare);
        if (!this.#stopped) return { handle, index, bytes };
        handle.close();
        return undefined;
      } catch (error) {
        handle?.close();
        if (!isDiskFull(error)) throw error;
        this.diskFull = true;
        await sleep(clock, RETRY_MICROS, this.#ending.signal);
      }
    }
  }
}
