/** Lines that a batch leaves beside its output, in files of a folder: durable before the batch is decided, published with it, once. */
import type { Random } from "../base/clock.ts";
import { makeFolders, type Files } from "../base/files.ts";
import { Manifest, readManifest, stagedName, type ManifestFile } from "../storage/manifest.ts";
import { StagedFileWriter } from "../storage/staged-file.ts";

export class SideFiles {
  readonly #files: Files;
  readonly #random: Random;
  readonly #folder: string;
  /** What the files' names begin with. */
  readonly #prefix: string;
  #writer: StagedFileWriter | undefined;
  #manifest: Manifest | undefined;
  /** Of the manifest; undefined before the first publication of this run. */
  #entries: number | undefined;
  #batchId = 0;
  #epoch = 0;
  #queryId = "";

  constructor(files: Files, random: Random, folder: string, prefix: string) {
    this.#files = files;
    this.#random = random;
    this.#folder = folder;
    this.#prefix = prefix;
  }

  open(queryId: string): void {
    this.#queryId = queryId;
    this.#entries = undefined;
    this.#manifest = undefined;
  }

  begin(batchId: number, epoch: number): void {
    this.#batchId = batchId;
    this.#epoch = epoch;
    this.#writer?.abort();
    this.#writer = undefined;
  }

  /** Whole lines. */
  write(lines: Uint8Array, rows: number): void {
    if (this.#writer === undefined) {
      makeFolders(this.#files, this.#folder);
      this.#writer = new StagedFileWriter(this.#files, this.#folder, stagedName(this.#prefix, this.#batchId, this.#epoch, this.#random.uuid(), ".ndjson"));
    }
    this.#writer.write(lines);
    this.#writer.rows += rows;
  }

  /** The files of the batch, durable now; what `publish` gets, also after a crash. */
  async prepare(): Promise<readonly ManifestFile[]> {
    if (this.#writer === undefined) return [];
    const file = await this.#writer.finish();
    this.#writer = undefined;
    await this.#files.syncFolderAsync(this.#folder);
    return [file];
  }

  /**
   * The entry of each batch with lines. Most batches have none, and an entry costs two syncs, so the numbers of entries
   * count the batches with lines, not all: readers take entries without a gap.
   */
  publish(files: readonly ManifestFile[]): void {
    if (files.length === 0) return;
    this.#manifest ??= new Manifest(this.#files, this.#folder, this.#queryId, this.#random);
    if (this.#entries === undefined) {
      // Only the first of a run can be there already.
      const known = readManifest(this.#files, this.#folder), again = known.findIndex(entry => entry.files.some(file => file.path === files[0]!.path));
      this.#entries = again >= 0 ? again : known.length;
    }
    this.#manifest.publish(this.#entries, this.#epoch, files);
    this.#entries++;
  }
}
