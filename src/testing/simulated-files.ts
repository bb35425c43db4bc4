/**
 * A disk in memory that behaves as a disk does at its worst: written bytes and new names reach it only when they are
 * synced; a loss of power keeps, drops or tears what was not; a failed sync leaves clean pages that were never written; a
 * full disk refuses; a process dies between any two calls. One `SimulatedDisk` may serve several processes at once.
 */
import type { FileStatus, OpenMode } from "../base/files.ts";
import { SECTOR_BYTES } from "../storage/record.ts";
import { copySectors, extended, fileError, settleFile, type Inode } from "./simulated-inode.ts";
import { SimulatedProcess, type ProcessHooks } from "./simulated-process.ts";

/** What becomes of what was not synced: nothing of it, all of it, or a choice for each sector and each name. */
export type PowerLoss = "lost" | "kept" | (() => boolean);

const GROWTH_BYTES = 1 << 20;

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
