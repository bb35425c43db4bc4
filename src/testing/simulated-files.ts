/**
 * A disk in memory that behaves as a disk does at its worst: written bytes and new names reach it only when they are
 * synced; a loss of power keeps, drops or tears what was not; a failed sync leaves clean pages that were never written; a
 * full disk refuses; a process dies between any two calls. One `SimulatedDisk` may serve several processes at once.
 */
import { SECTOR_BYTES } from "../storage/record.ts";
import type { FileHandle, Files, FileStatus, OpenMode } from "../base/files.ts";

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

/** What becomes of what was not synced: nothing of it, all of it, or a choice for each sector and each name. */
export type PowerLoss = "lost" | "kept" | (() => boolean);

interface Inode {
  readonly number: number;
  /** Undefined for a file. */
  names: Map<string, Inode> | undefined;
  durableNames: Map<string, Inode>;
  data: Uint8Array;
  size: number;
  durable: Uint8Array;
  durableSize: number;
  /** Sectors written since the last sync. */
  readonly dirty: Set<number>;
  /** A sync failed, or the file was cut: what is durable differs in more than the dirty sectors. */
  apart: boolean;
  modifiedMicros: number;
  links: number;
}

const GROWTH_BYTES = 1 << 20;

export function fileError(code: string, call: string, path: string): Error {
  return Object.assign(new Error(`${code}: simulated, ${call} '${path}'`), { code, syscall: call, path });
}

export interface SimulatedDiskOptions {
  /** The time stamped on writes. */
  readonly nowMicros?: () => number;
  /** Bytes of file content that fit. */
  readonly capacityBytes?: number;
  readonly networkKind?: string;
}

export class SimulatedDisk {
  #root: Inode;
  #inodes = 0;
  #used = 0;
  capacityBytes: number;
  readonly #nowMicros: () => number;
  readonly #networkKind: string | undefined;

  constructor(options: SimulatedDiskOptions = {}) {
    this.#nowMicros = options.nowMicros ?? (() => 0);
    this.capacityBytes = options.capacityBytes ?? Number.MAX_SAFE_INTEGER;
    this.#networkKind = options.networkKind;
    this.#root = this.#make(true);
  }

  /** The files as one process sees them. Its calls fail once it is killed; the disk and other processes go on. */
  process(hooks: ProcessHooks = {}): SimulatedProcess { return new SimulatedProcess(this, hooks); }

  /** A disk of the same content, synced and unsynced; open files are not part of it. */
  clone(): SimulatedDisk {
    const copy = new SimulatedDisk({ nowMicros: this.#nowMicros, capacityBytes: this.capacityBytes, ...(this.#networkKind === undefined ? {} : { networkKind: this.#networkKind }) });
    const seen = new Map<Inode, Inode>();
    const copied = (inode: Inode): Inode => {
      const known = seen.get(inode);
      if (known !== undefined) return known;
      const twin: Inode = {
        ...inode, data: inode.data.slice(), durable: inode.durable.slice(), dirty: new Set(inode.dirty),
        names: undefined, durableNames: new Map(),
      };
      seen.set(inode, twin);
      if (inode.names !== undefined) twin.names = new Map([...inode.names].map(([name, child]) => [name, copied(child)]));
      twin.durableNames = new Map([...inode.durableNames].map(([name, child]) => [name, copied(child)]));
      return twin;
    };
    copy.#root = copied(this.#root);
    copy.#inodes = this.#inodes;
    copy.#used = this.#used;
    return copy;
  }

  /** The power fails and comes back: processes that were running must be given up, what they left is on the disk or not. */
  losePower(loss: PowerLoss): void {
    const keep = loss === "lost" ? () => false : loss === "kept" ? () => true : loss;
    const seen = new Set<Inode>();
    const settle = (inode: Inode): void => {
      if (seen.has(inode)) return;
      seen.add(inode);
      inode.links = 0;
      if (inode.names === undefined) return settleFile(inode, keep);
      const names = new Map<string, Inode>();
      for (const name of new Set([...inode.durableNames.keys(), ...inode.names.keys()])) {
        const before = inode.durableNames.get(name), now = inode.names.get(name);
        const child = before === now || keep() ? now : before;
        if (child !== undefined) names.set(name, child);
      }
      inode.names = names;
      inode.durableNames = new Map(names);
      for (const child of names.values()) settle(child);
      for (const child of names.values()) child.links += 1;
    };
    settle(this.#root);
    this.#used = 0;
    for (const inode of seen) if (inode.names === undefined && inode.links > 0) this.#used += inode.size;
  }

  /** Changes bytes of a file behind everybody's back. */
  damage(path: string, change: (bytes: Uint8Array) => Uint8Array): void {
    const inode = this.find(path);
    if (inode === undefined || inode.names !== undefined) throw fileError("ENOENT", "damage", path);
    inode.data = change(inode.data.slice(0, inode.size));
    inode.size = inode.data.length;
    inode.durable = inode.data.slice();
    inode.durableSize = inode.size;
  }

  /** All file paths, sorted. */
  paths(): string[] {
    const found: string[] = [];
    const walk = (inode: Inode, path: string) => {
      for (const [name, child] of inode.names ?? []) {
        if (child.names === undefined) found.push(`${path}/${name}`);
        walk(child, `${path}/${name}`);
      }
    };
    walk(this.#root, "");
    return found.sort();
  }

  // ---- what a process calls through its hooks ----------------------------------------------------------------------

  find(path: string): Inode | undefined {
    let at: Inode | undefined = this.#root;
    for (const name of path.split("/")) if (name !== "" && at !== undefined) at = at.names?.get(name);
    return at;
  }

  open(path: string, mode: OpenMode): Inode {
    const found = this.find(path);
    if (mode !== "create") {
      if (found === undefined) throw fileError("ENOENT", "open", path);
      if (found.names !== undefined) throw fileError("EISDIR", "open", path);
      return found;
    }
    if (found !== undefined) throw fileError("EEXIST", "open", path);
    const inode = this.#make(false);
    this.#name(path, inode, "open");
    return inode;
  }

  write(inode: Inode, source: Uint8Array, offset: number, length: number, position: number, path: string): void {
    const end = position + length;
    if (end > inode.size) this.#grow(inode, end, path);
    inode.data.set(source.subarray(offset, offset + length), position);
    for (let sector = Math.floor(position / SECTOR_BYTES); sector * SECTOR_BYTES < end; sector++) inode.dirty.add(sector);
    inode.modifiedMicros = this.#nowMicros();
  }

  truncate(inode: Inode, bytes: number, path: string): void {
    if (bytes > inode.size) return this.#grow(inode, bytes, path);
    this.#used -= inode.size - bytes;
    inode.data.fill(0, bytes, inode.size);
    inode.size = bytes;
    inode.apart = true;
    inode.modifiedMicros = this.#nowMicros();
  }

  sync(inode: Inode): void {
    if (inode.durable.length < inode.data.length) inode.durable = extended(inode.durable, inode.data.length);
    copySectors(inode.data, inode.durable, inode.dirty);
    inode.durableSize = inode.size;
    inode.dirty.clear();
  }

  /** A sync that fails: the pages count as clean and are not written by any later sync. */
  failSync(inode: Inode): void {
    if (inode.dirty.size > 0) inode.apart = true;
    inode.dirty.clear();
  }

  status(inode: Inode): FileStatus {
    return { bytes: inode.size, modifiedMicros: inode.modifiedMicros, links: inode.links, inode: inode.number, isFolder: inode.names !== undefined };
  }

  folder(path: string, call: string): Inode & { names: Map<string, Inode> } {
    const inode = this.find(path);
    if (inode === undefined) throw fileError("ENOENT", call, path);
    if (inode.names === undefined) throw fileError("ENOTDIR", call, path);
    return inode as Inode & { names: Map<string, Inode> };
  }

  makeFolder(path: string): void { this.#name(path, this.#make(true), "mkdir"); }

  link(existing: string, name: string): void {
    const inode = this.find(existing);
    if (inode === undefined) throw fileError("ENOENT", "link", existing);
    this.#name(name, inode, "link");
  }

  unlink(path: string, call = "unlink"): void {
    const [folder, name] = this.#parent(path, call);
    const inode = folder.names.get(name);
    if (inode === undefined) throw fileError("ENOENT", call, path);
    if (call === "rmdir" && (inode.names?.size ?? 0) > 0) throw fileError("ENOTEMPTY", call, path);
    folder.names.delete(name);
    inode.links -= 1;
    if (inode.links === 0 && inode.names === undefined) this.#used -= inode.size;
  }

  rename(from: string, to: string): void {
    const inode = this.find(from);
    if (inode === undefined) throw fileError("ENOENT", "rename", from);
    if (this.find(to) !== undefined) this.unlink(to, "rename");
    this.#name(to, inode, "rename");
    this.unlink(from, "rename");
  }

  fileSystem(): { freeBytes: number; networkKind: string | undefined } {
    return { freeBytes: this.capacityBytes - this.#used, networkKind: this.#networkKind };
  }

  #grow(inode: Inode, bytes: number, path: string): void {
    const more = bytes - inode.size;
    if (this.#used + more > this.capacityBytes) throw fileError("ENOSPC", "write", path);
    this.#used += more;
    if (inode.data.length < bytes) inode.data = extended(inode.data, Math.max(bytes, Math.min(inode.data.length * 2, inode.data.length + GROWTH_BYTES)));
    inode.size = bytes;
  }

  #make(folder: boolean): Inode {
    return {
      number: ++this.#inodes, names: folder ? new Map() : undefined, durableNames: new Map(), data: new Uint8Array(0), size: 0,
      durable: new Uint8Array(0), durableSize: 0, dirty: new Set(), apart: false, modifiedMicros: this.#nowMicros(), links: 0,
    };
  }

  #parent(path: string, call: string): [Inode & { names: Map<string, Inode> }, string] {
    const cut = path.lastIndexOf("/");
    return [this.folder(path.slice(0, Math.max(0, cut)), call), path.slice(cut + 1)];
  }

  #name(path: string, inode: Inode, call: string): void {
    const [folder, name] = this.#parent(path, call);
    if (folder.names.has(name)) throw fileError("EEXIST", call, path);
    folder.names.set(name, inode);
    inode.links += 1;
  }
}

function extended(bytes: Uint8Array, length: number): Uint8Array {
  const longer = new Uint8Array(length);
  longer.set(bytes);
  return longer;
}

/** Sectors that follow each other go in one copy. */
function copySectors(from: Uint8Array, to: Uint8Array, sectors: Iterable<number>): void {
  let first = 0, end = 0;
  const copy = () => {
    const start = first * SECTOR_BYTES, stop = Math.min(end * SECTOR_BYTES, to.length);
    if (start < stop) to.set(from.subarray(start, stop), start);
  };
  for (const sector of sectors) {
    if (sector !== end) {
      copy();
      first = sector;
    }
    end = sector + 1;
  }
  copy();
}

function settleFile(inode: Inode, keep: () => boolean): void {
  if (inode.dirty.size === 0 && inode.size === inode.durableSize && !inode.apart) return;
  const size = inode.size === inode.durableSize || keep() ? inode.size : inode.durableSize;
  const data = new Uint8Array(size);
  data.set(inode.durable.subarray(0, Math.min(size, inode.durable.length)));
  copySectors(inode.data, data, [...inode.dirty].filter(() => keep()));
  inode.data = data;
  inode.durable = data.slice();
  inode.size = inode.durableSize = size;
  inode.dirty.clear();
  inode.apart = false;
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
