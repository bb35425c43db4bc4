/** Folders that a streaming query wrote: their files are those of the manifest, and nothing else. */
import { basename } from "node:path";
import type { Files } from "../../base/files.ts";
import { readCompactions } from "../../storage/compaction.ts";
import { hasManifest, readManifest, type ManifestEntry } from "../../storage/manifest.ts";
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

  /**
   * Files that were published since the last call. In place of a time they carry their number, which orders them. `isSeen`: of a stream that
   * remembers files: one that began with files before they were compacted goes on with those, and one that began with compacted ones with them.
   */
  take(nameFilter?: string, isSeen?: (path: string) => boolean): ListedFile[] {
    const compacted = this.#batchId === undefined ? this.#begin(isSeen) : [];
    const entries = readManifest(this.#files, this.#folder, this.#batchId), filter = nameFilter === undefined ? undefined : globToRegExp(nameFilter);
    if (entries.length > 0) this.#batchId = entries.at(-1)!.batchId + 1;
    const listed = [...compacted, ...entries].flatMap(entry => entry.files).map(file => ({ path: `${this.#folder}/${file.path}`, bytes: file.bytes, modifiedMicros: this.#taken++ }));
    return filter === undefined ? listed : listed.filter(file => filter.test(basename(file.path)));
  }

  /** The compaction that reading begins with; entries go on behind it. */
  #begin(isSeen: ((path: string) => boolean) | undefined): ManifestEntry[] {
    const all = readCompactions(this.#files, this.#folder);
    if (all.length === 0) return [];
    const knows = (entry: ManifestEntry): boolean => entry.files.some(file => isSeen!(`${this.#folder}/${file.path}`));
    const chosen = isSeen === undefined ? all.at(-1) : all.findLast(knows) ?? (readManifest(this.#files, this.#folder).some(knows) ? undefined : all.at(-1));
    if (chosen === undefined) return [];
    this.#batchId = chosen.batchId + 1;
    return [chosen];
  }
}
