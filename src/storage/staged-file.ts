/** A file that is written piece by piece, made durable, and only then named by a manifest or a log. */
import type { FileHandle, Files } from "../base/files.ts";
import { crc32c } from "./crc32c.ts";
import type { ManifestFile } from "./manifest.ts";

/** A buffer begins small, since many files may be open at a time. */
const FIRST_BUFFER_BYTES = 8 * 1024, BUFFER_BYTES = 256 * 1024;

export class StagedFileWriter {
  readonly #folder: string;
  readonly #name: string;
  readonly #files: Files;
  readonly #handle: FileHandle;
  #buffer = new Uint8Array(FIRST_BUFFER_BYTES);
  #used = 0;
  #bytes = 0;
  #crc = 0;
  rows = 0;

  /** Makes the file; `name` must never have been used. */
  constructor(files: Files, folder: string, name: string) {
    this.#files = files;
    this.#folder = folder;
    this.#name = name;
    this.#handle = files.open(`${folder}/${name}`, "create");
  }

  write(bytes: Uint8Array): void {
    this.#crc = crc32c(bytes, 0, bytes.length, this.#crc);
    if (bytes.length > this.#buffer.length - this.#used && this.#buffer.length < BUFFER_BYTES) this.#grow(this.#used + bytes.length);
    if (bytes.length > this.#buffer.length - this.#used) this.#flush();
    if (bytes.length > BUFFER_BYTES) {
      this.#handle.writeAt(bytes, 0, bytes.length, this.#bytes);
      this.#bytes += bytes.length;
      return;
    }
    this.#buffer.set(bytes, this.#used);
    this.#used += bytes.length;
  }

  /** Syncs the file. Its folder is the caller's to sync, once for all files of a batch. */
  async finish(): Promise<ManifestFile> {
    this.#flush();
    await this.#handle.syncAsync();
    this.#handle.close();
    return { path: this.#name, bytes: this.#bytes, rows: this.rows, crc32c: this.#crc };
  }

  get path(): string { return `${this.#folder}/${this.#name}`; }

  /** Removes the file. */
  abort(): void {
    this.#handle.close();
    this.#files.unlink(`${this.#folder}/${this.#name}`);
  }

  #grow(wanted: number): void {
    const buffer = new Uint8Array(Math.min(BUFFER_BYTES, Math.max(wanted, 2 * this.#buffer.length)));
    buffer.set(this.#buffer.subarray(0, this.#used));
    this.#buffer = buffer;
  }

  #flush(): void {
    if (this.#used > 0) this.#handle.writeAt(this.#buffer, 0, this.#used, this.#bytes);
    this.#bytes += this.#used;
    this.#used = 0;
  }
}
