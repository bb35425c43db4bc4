/**
 * Records that could not become rows: kept with their bytes, place and reason in files beside the checkpoint, published
 * with the batch that met them, and the newest in memory for those who look.
 */
import type { Clock, Random } from "../base/clock.ts";
import type { Files } from "../base/files.ts";
import type { BadRecord } from "../io/source.ts";
import type { ManifestFile } from "../storage/manifest.ts";
import { SideFiles } from "./side-files.ts";

export interface DeadLetter {
  readonly batchId: number;
  readonly source: string;
  readonly origin: string;
  readonly offset: number;
  readonly length: number;
  readonly column: string | null;
  readonly reason: string;
  /** The record's beginning, at most 64 KiB: as text if it is valid UTF-8, else in base64. */
  readonly raw: string;
  readonly encoding: "utf8" | "base64";
  /** Of a record that has one, likewise. */
  readonly key?: string;
  readonly keyEncoding?: "utf8" | "base64";
  readonly at: string;
}

const NEWEST = 100;

export class DeadLetters {
  /** Letters of the batch that runs. */
  count = 0;
  /** Letters since the query started. */
  total = 0;
  readonly newest: DeadLetter[] = [];
  readonly #clock: Clock;
  readonly #files: SideFiles | undefined;
  readonly path: string | undefined;
  #batchId = 0;

  /** Without a path letters are counted, and the newest kept in memory. */
  constructor({ files, clock, random, path }: { readonly files: Files; readonly clock: Clock; readonly random: Random; readonly path: string | undefined }) {
    this.#clock = clock;
    this.path = path;
    this.#files = path === undefined ? undefined : new SideFiles(files, random, path, "letters");
  }

  open(queryId: string): void { this.#files?.open(queryId); }

  begin(batchId: number, epoch: number): void {
    this.count = 0;
    this.#batchId = batchId;
    this.#files?.begin(batchId, epoch);
  }

  add(record: BadRecord, source: string): void {
    this.count++;
    this.total++;
    const raw = textOrBase64(record.raw), key = record.key && textOrBase64(record.key);
    const letter: DeadLetter = {
      batchId: this.#batchId, source, origin: record.origin, offset: record.offset, length: record.length, column: record.column ?? null,
      reason: record.reason, raw: raw.text, encoding: raw.encoding, ...(key && { key: key.text, keyEncoding: key.encoding }),
      at: new Date(this.#clock.nowMicros() / 1000).toISOString(),
    };
    this.newest.push(letter);
    if (this.newest.length > NEWEST) this.newest.shift();
    this.#files?.write(Buffer.from(JSON.stringify(letter) + "\n"), 1);
  }

  async prepare(): Promise<readonly ManifestFile[]> { return await this.#files?.prepare() ?? []; }
  publish(files: readonly ManifestFile[]): void { this.#files?.publish(files); }
}

function textOrBase64(bytes: Uint8Array): { readonly text: string; readonly encoding: "utf8" | "base64" } {
  try {
    return { text: new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes), encoding: "utf8" };
  } catch {
    return { text: Buffer.from(bytes).toString("base64"), encoding: "base64" };
  }
}
