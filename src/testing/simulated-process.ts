/** What one process does on a simulated disk, call by call: tests look at each call, make it fail, or kill the process at it. */
import type { FileHandle, Files, FileStatus, OpenMode } from "../base/files.ts";
import type { SimulatedDisk } from "./simulated-files.ts";
import type { Inode } from "./simulated-inode.ts";

/** One call of a process on its files. */
export interface FileStep {
  /** Counts the calls of the process from 1. */
  readonly number: number;
  readonly call: FileCall;
  readonly path: string;
}
export type FileCall =
  "open" | "read" | "write" | "sync" | "truncate" | "status" | "links" | "list" | "makeFolder" | "removeFolder" | "link"
  | "unlink" | "rename" | "syncFolder" | "fileSystem";

export interface ProcessHooks {
  /** Called before the call has an effect; may throw an error of the file system, or a `SimulatedCrash`. */
  before?(step: FileStep): void;
  /** Called after the call had its effect. */
  after?(step: FileStep): void;
}

/** Thrown by every call of a process that was killed. */
export class SimulatedCrash extends Error {
  constructor(where: string) {
    super(`simulated crash at ${where}`);
    this.name = "SimulatedCrash";
  }
}

/** The calls of one process on a simulated disk. */
export class SimulatedProcess implements Files {
  readonly #disk: SimulatedDisk;
  readonly #hooks: ProcessHooks;
  #steps = 0;
  #killed = false;

  constructor(disk: SimulatedDisk, hooks: ProcessHooks) {
    this.#disk = disk;
    this.#hooks = hooks;
  }

  /** Calls so far. */
  get steps(): number { return this.#steps; }

  /** From now on every call throws a `SimulatedCrash`, as a dead process has no effect. */
  kill(): void { this.#killed = true; }

  /** Does one call: dead or not, hook, effect, hook. `onError` is what an injected error leaves behind. */
  run<T>(call: FileCall, path: string, effect: () => T, onError?: () => void): T {
    if (this.#killed) throw new SimulatedCrash(`${call} ${path}`);
    const step = { number: ++this.#steps, call, path };
    try { this.#hooks.before?.(step); } catch (error) {
      if (error instanceof SimulatedCrash) this.#killed = true;
      else onError?.();
      throw error;
    }
    const result = effect();
    try { this.#hooks.after?.(step); } catch (error) {
      if (error instanceof SimulatedCrash) this.#killed = true;
      throw error;
    }
    return result;
  }

  open(path: string, mode: OpenMode): FileHandle {
    return new SimulatedHandle(this, this.#disk, this.run("open", path, () => this.#disk.open(path, mode)), path);
  }
  async openAsync(path: string, mode: OpenMode): Promise<FileHandle> { return this.open(path, mode); }

  status(path: string): FileStatus | undefined {
    return this.run("status", path, () => {
      const inode = this.#disk.find(path);
      return inode === undefined ? undefined : this.#disk.status(inode);
    });
  }
  async statusAsync(path: string): Promise<FileStatus | undefined> { return this.status(path); }

  list(path: string): string[] { return this.run("list", path, () => [...this.#disk.folder(path, "scandir").names.keys()].sort()); }
  async listAsync(path: string): Promise<string[]> { return this.list(path); }

  readFile(path: string): Uint8Array {
    return this.run("read", path, () => {
      const inode = this.#disk.open(path, "read");
      return inode.data.slice(0, inode.size);
    });
  }
  async readFileAsync(path: string): Promise<Uint8Array> { return this.readFile(path); }

  makeFolder(path: string): void { this.run("makeFolder", path, () => this.#disk.makeFolder(path)); }
  removeFolder(path: string): void { this.run("removeFolder", path, () => this.#disk.unlink(path, "rmdir")); }
  link(existing: string, name: string): void { this.run("link", name, () => this.#disk.link(existing, name)); }
  unlink(path: string): void { this.run("unlink", path, () => this.#disk.unlink(path)); }
  async unlinkAsync(path: string): Promise<void> { this.unlink(path); }
  rename(from: string, to: string): void { this.run("rename", to, () => this.#disk.rename(from, to)); }

  syncFolder(path: string): void {
    this.run("syncFolder", path, () => {
      const folder = this.#disk.folder(path, "fsync");
      folder.durableNames = new Map(folder.names);
    });
  }
  async syncFolderAsync(path: string): Promise<void> { this.syncFolder(path); }

  fileSystem(path: string): { freeBytes: number; networkKind: string | undefined } {
    return this.run("fileSystem", path, () => this.#disk.fileSystem());
  }
}

class SimulatedHandle implements FileHandle {
  readonly path: string;
  readonly #process: SimulatedProcess;
  readonly #disk: SimulatedDisk;
  readonly #inode: Inode;

  constructor(process: SimulatedProcess, disk: SimulatedDisk, inode: Inode, path: string) {
    this.#process = process;
    this.#disk = disk;
    this.#inode = inode;
    this.path = path;
  }

  readAt(target: Uint8Array, offset: number, length: number, position: number): number {
    return this.#process.run("read", this.path, () => {
      const bytes = this.#inode.data.subarray(position, Math.min(position + length, this.#inode.size));
      target.set(bytes, offset);
      return bytes.length;
    });
  }
  async readAtAsync(target: Uint8Array, offset: number, length: number, position: number): Promise<number> {
    return this.readAt(target, offset, length, position);
  }
  writeAt(source: Uint8Array, offset: number, length: number, position: number): void {
    this.#process.run("write", this.path, () => this.#disk.write(this.#inode, source, offset, length, position, this.path));
  }
  async writeAtAsync(source: Uint8Array, offset: number, length: number, position: number): Promise<void> {
    this.writeAt(source, offset, length, position);
  }
  syncData(): void {
    this.#process.run("sync", this.path, () => this.#disk.sync(this.#inode), () => this.#disk.failSync(this.#inode));
  }
  sync(): void { this.syncData(); }
  async syncDataAsync(): Promise<void> { this.syncData(); }
  async syncAsync(): Promise<void> { this.syncData(); }
  truncate(bytes: number): void { this.#process.run("truncate", this.path, () => this.#disk.truncate(this.#inode, bytes, this.path)); }
  status(): FileStatus { return this.#process.run("status", this.path, () => this.#disk.status(this.#inode)); }
  linkCount(): number { return this.#process.run("links", this.path, () => this.#inode.links); }
  close(): void { /* nothing is kept for an open file */ }
}
