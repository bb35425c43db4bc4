/**
 * Records that could not become rows: kept with their bytes, place and reason in files beside the checkpoint, published
 * with the batch that met them, and the newest in memory for those who look.
 */
import { systemRandom, type Clock } from "../base/clock.ts";
import { makeFolders, type Files } from "../base/files.ts";
import type { BadRecord } from "../io/source.ts";
import { Manifest, readManifest, stagedName, type ManifestFile } from "../storage/manifest.ts";
import { StagedFileWriter } from "../storage/staged-file.ts";

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
  readonly at: string;
}

const NEWEST = 100;

export class DeadLetters {
  /** Letters of the batch that runs. */
  count = 0;
  /** Letters since the query started. */
  total = 0;
  readonly newest: DeadLetter[] = [];
  readonly #files: Files;
  readonly #clock: Clock;
  readonly path: string | undefined;
  #writer: StagedFileWriter | undefined;
  #manifest: Manifest | undefined;
  /** Of the manifest; undefined before the first publication of this run. */
  #entries: number | undefined;
  #batchId = 0;
  #epoch = 0;
  #queryId = "";

  /** Without a path letters are counted, and the newest kept in memory. */
  constructor(options: { readonly files: Files; readonly clock: Clock; readonly path: string | undefined }) {
    this.#files = options.files;
    this.#clock = options.clock;
    this.path = options.path;
  }

  open(queryId: string): void {
    this.#queryId = queryId;
    this.#entries = undefined;
  }

  begin(batchId: number, epoch: number): void {
    this.count = 0;
    this.#batchId = batchId;
    this.#epoch = epoch;
    this.#writer?.abort();
    this.#writer = undefined;
  }

  add(record: BadRecord, source: string): void {
    this.count++;
    this.total++;
    const text = utf8Text(record.raw);
    const letter: DeadLetter = {
      batchId: this.#batchId, source, origin: record.origin, offset: record.offset, length: record.length, column: record.column ?? null,
      reason: record.reason, raw: text ?? Buffer.from(record.raw).toString("base64"), encoding: text === undefined ? "base64" : "utf8",
      at: new Date(this.#clock.nowMicros() / 1000).toISOString(),
    };
    this.newest.push(letter);
    if (this.newest.length > NEWEST) this.newest.shift();
    if (this.path === undefined) return;
    if (this.#writer === undefined) {
      makeFolders(this.#files, this.path);
      this.#writer = new StagedFileWriter(this.#files, this.path, stagedName("letters", this.#batchId, this.#epoch, systemRandom.uuid(), ".ndjson"));
    }
    this.#writer.write(Buffer.from(JSON.stringify(letter) + "\n"));
    this.#writer.rows++;
  }

  async prepare(): Promise<readonly ManifestFile[]> {
    if (this.#writer === undefined) return [];
    const file = await this.#writer.finish();
    this.#writer = undefined;
    await this.#files.syncFolderAsync(this.path!);
    return [file];
  }

  /**
   * The entry of each batch with letters. Most batches have none, and an entry costs two syncs, so the numbers of entries
   * count the batches with letters, not all: readers take entries without a gap.
   */
  async publish(files: readonly ManifestFile[]): Promise<void> {
    if (this.path === undefined || files.length === 0) return;
    this.#manifest ??= new Manifest(this.#files, this.path, this.#queryId, systemRandom);
    if (this.#entries === undefined) {
      // Only the first of a run can be there already.
      const known = readManifest(this.#files, this.path), again = known.findIndex(entry => entry.files.some(file => file.path === files[0]!.path));
      this.#entries = again >= 0 ? again : known.length;
    }
    this.#manifest.publish(this.#entries, this.#epoch, files);
    this.#entries++;
  }
}

function utf8Text(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
