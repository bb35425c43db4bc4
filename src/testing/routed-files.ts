/** Files of two places: those under one folder are one system's, all others another's. */
import type { FileHandle, Files, FileStatus, OpenMode } from "../base/files.ts";

export class RoutedFiles implements Files {
  readonly #root: string;
  readonly #inside: Files;
  readonly #outside: Files;

  constructor(root: string, inside: Files, outside: Files) {
    this.#root = root;
    this.#inside = inside;
    this.#outside = outside;
  }

  #of(path: string): Files { return path === this.#root || path.startsWith(`${this.#root}/`) ? this.#inside : this.#outside; }
  open(path: string, mode: OpenMode): FileHandle { return this.#of(path).open(path, mode); }
  openAsync(path: string, mode: OpenMode): Promise<FileHandle> { return this.#of(path).openAsync(path, mode); }
  status(path: string): FileStatus | undefined { return this.#of(path).status(path); }
  statusAsync(path: string): Promise<FileStatus | undefined> { return this.#of(path).statusAsync(path); }
  list(path: string): string[] { return this.#of(path).list(path); }
  listAsync(path: string): Promise<string[]> { return this.#of(path).listAsync(path); }
  readFile(path: string): Uint8Array { return this.#of(path).readFile(path); }
  readFileAsync(path: string): Promise<Uint8Array> { return this.#of(path).readFileAsync(path); }
  makeFolder(path: string): void { this.#of(path).makeFolder(path); }
  removeFolder(path: string): void { this.#of(path).removeFolder(path); }
  link(existing: string, name: string): void { this.#of(existing).link(existing, name); }
  unlink(path: string): void { this.#of(path).unlink(path); }
  unlinkAsync(path: string): Promise<void> { return this.#of(path).unlinkAsync(path); }
  rename(from: string, to: string): void { this.#of(from).rename(from, to); }
  syncFolder(path: string): void { this.#of(path).syncFolder(path); }
  syncFolderAsync(path: string): Promise<void> { return this.#of(path).syncFolderAsync(path); }
  fileSystem(path: string): ReturnType<Files["fileSystem"]> { return this.#of(path).fileSystem(path); }
}
