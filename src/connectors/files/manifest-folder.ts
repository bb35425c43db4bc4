/** Folders that a streaming query wrote: their files are those of the manifest, and nothing else. */
import { basename } from "node:path";
import type { Files } from "../../base/files.ts";
import { hasManifest, readManifest } from "../../storage/manifest.ts";
import { globToRegExp, type ListedFile } from "./listing.ts";

/** The published files of a folder with a manifest, in the order of their batches; undefined for any other path. */
export function manifestFiles(files: Files, path: string, nameFilter?: string): ListedFile[] | undefined {
  return isManifestFolder(files, path) ? new ManifestFollower(files, path).take(nameFilter) : undefined;
}

/** Whether the files of a path are to be found in a manifest. */
export function isManifestFolder(files: Files, path: string): boolean {
  return !/[*?[{]/.test(path) && hasManifest(files, path);
}

/** Reads the manifest of a folder as it grows: each entry once. */
export class ManifestFollower {
  readonly #files: Files;
  readonly #folder: string;
  /** The next one's; undefined before the first entry. */
  #batchId: number | undefined;
  #taken = 0;

  constructor(files: Files, folder: string) {
    this.#files = files;
    this.#folder = folder;
  }

  /** Files that were published since the last call. In place of a time they carry their number, which orders them. */
  take(nameFilter?: string): ListedFile[] {
    const entries = readManifest(this.#files, this.#folder, this.#batchId), filter = nameFilter === undefined ? undefined : globToRegExp(nameFilter);
    if (entries.length > 0) this.#batchId = entries.at(-1)!.batchId + 1;
    const listed = entries.flatMap(entry => entry.files).map(file => ({ path: `${this.#folder}/${file.path}`, bytes: file.bytes, modifiedMicros: this.#taken++ }));
    return filter === undefined ? listed : listed.filter(file => filter.test(basename(file.path)));
  }
}
