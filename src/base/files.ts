/**
 * The file system as the engine needs it. Everything that touches a disk takes a `Files`, so that a test can own the
 * disk: lose power, fill it, fail the n-th call. The calls of the hot path (append, sync, look) are synchronous, as one
 * costs less than a trip to the thread pool; what may block for long has an asynchronous twin.
 *
 * Errors are the ones of `node:fs`: an `Error` with `code` ("ENOENT", "EEXIST", "ENOSPC", "EIO" ...), `syscall` and `path`.
 */
import fs from "node:fs";
import os from "node:os";
import { dirname } from "node:path";

export interface FileStatus {
  readonly bytes: number;
  /** Time of the last write, microseconds since the epoch. */
  readonly modifiedMicros: number;
  /** Names that the file has; 0 when it was unlinked and is only held open. */
  readonly links: number;
  readonly inode: number;
  readonly isFolder: boolean;
}

/**
 * "read": the file must exist. "write": it must exist, reading and writing. "create": it must not exist ("EEXIST"),
 * reading and writing. There is no mode that truncates or that takes either case: a name says who made the file.
 */
export type OpenMode = "read" | "write" | "create";

export interface FileHandle {
  readonly path: string;
  /** Bytes read, fewer than `length` only at the end of the file. */
  readAt(target: Uint8Array, offset: number, length: number, position: number): number;
  /** Writes all bytes or throws. */
  writeAt(source: Uint8Array, offset: number, length: number, position: number): void;
  /** fdatasync: the bytes, and of the metadata only what is needed to read them back. An error means: never call it again on this file. */
  syncData(): void;
  /** fsync. */
  sync(): void;
  truncate(bytes: number): void;
  status(): FileStatus;
  /** `status().links`. */
  linkCount(): number;
  close(): void;
  readAtAsync(target: Uint8Array, offset: number, length: number, position: number): Promise<number>;
  writeAtAsync(source: Uint8Array, offset: number, length: number, position: number): Promise<void>;
  syncDataAsync(): Promise<void>;
  syncAsync(): Promise<void>;
}

export interface Files {
  open(path: string, mode: OpenMode): FileHandle;
  openAsync(path: string, mode: OpenMode): Promise<FileHandle>;
  /** Undefined when there is no such file; other errors are thrown. Follows symbolic links. */
  status(path: string): FileStatus | undefined;
  statusAsync(path: string): Promise<FileStatus | undefined>;
  /** Names in a folder, sorted by code unit. */
  list(path: string): string[];
  listAsync(path: string): Promise<string[]>;
  readFile(path: string): Uint8Array;
  readFileAsync(path: string): Promise<Uint8Array>;
  /** Makes one folder; "EEXIST" if it is there. */
  makeFolder(path: string): void;
  /** Removes an empty folder. */
  removeFolder(path: string): void;
  /** A second name for a file; "EEXIST" if `name` is taken. The atomic test-and-set of the protocol. */
  link(existing: string, name: string): void;
  unlink(path: string): void;
  unlinkAsync(path: string): Promise<void>;
  rename(from: string, to: string): void;
  /** fsync of a folder: names made and removed in it survive a loss of power. */
  syncFolder(path: string): void;
  syncFolderAsync(path: string): Promise<void>;
  /** Of the file system that holds an existing path: free bytes, and its name when it is one that is shared over a network or unknown to us. */
  fileSystem(path: string): { readonly freeBytes: number; readonly networkKind: string | undefined };
}

/** The `code` of a file system error, or undefined for anything else. */
export function fileErrorCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}

/** Makes a folder and those above it, and syncs each parent, so that the path survives a loss of power. */
export function makeFolders(files: Files, path: string): void {
  const missing: string[] = [];
  for (let at = path; files.status(at) === undefined; at = dirname(at)) {
    missing.push(at);
    if (dirname(at) === at) break;
  }
  for (const folder of missing.reverse()) {
    try { files.makeFolder(folder); } catch (error) { if (fileErrorCode(error) !== "EEXIST") throw error; }
    files.syncFolder(dirname(folder));
  }
}

/** Removes a folder with all that is in it. For temporary folders and tests. */
export function removeTree(files: Files, path: string): void {
  const status = files.status(path);
  if (status === undefined) return;
  if (!status.isFolder) return files.unlink(path);
  for (const name of files.list(path)) removeTree(files, `${path}/${name}`);
  files.removeFolder(path);
}

/**
 * `statfs` type numbers (linux/magic.h and the file systems' own headers) of systems on which one machine may see
 * another's writes late, or link() is not a safe test-and-set.
 */
const NETWORK_FILE_SYSTEMS: ReadonlyMap<number, string> = new Map([
  [0x6969, "NFS"], [0x517b, "SMB"], [0xff534d42, "CIFS"], [0xfe534d42, "SMB2"], [0x65735546, "FUSE"], [0x01021997, "9P"],
  [0x00c36400, "Ceph"], [0x0bd00bd0, "Lustre"], [0x47504653, "GPFS"], [0x5346414f, "AFS"], [0x6b414653, "AFS"],
  [0x73757245, "Coda"], [0x01161970, "GFS2"], [0x7461636f, "OCFS2"], [0x19830326, "BeeGFS"], [0x564c, "NCP"],
  [0x786f4256, "VirtualBox shared folder"], [0xaad7aaea, "PanFS"], [0x7c7c6673, "PRL shared folder"],
]);

const FLAGS: Readonly<Record<OpenMode, string>> = { read: "r", write: "r+", create: "wx+" };

class NodeFileHandle implements FileHandle {
  readonly path: string;
  readonly #descriptor: number;
  #closed = false;

  constructor(path: string, descriptor: number) {
    this.path = path;
    this.#descriptor = descriptor;
  }

  readAt(target: Uint8Array, offset: number, length: number, position: number): number {
    let done = 0;
    while (done < length) {
      const read = fs.readSync(this.#descriptor, target, offset + done, length - done, position + done);
      if (read === 0) break;
      done += read;
    }
    return done;
  }

  writeAt(source: Uint8Array, offset: number, length: number, position: number): void {
    let done = 0;
    while (done < length) done += fs.writeSync(this.#descriptor, source, offset + done, length - done, position + done);
  }

  syncData(): void { fs.fdatasyncSync(this.#descriptor); }
  sync(): void { fs.fsyncSync(this.#descriptor); }
  truncate(bytes: number): void { fs.ftruncateSync(this.#descriptor, bytes); }
  status(): FileStatus { return statusOf(fs.fstatSync(this.#descriptor)); }
  linkCount(): number { return fs.fstatSync(this.#descriptor).nlink; }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    fs.closeSync(this.#descriptor);
  }

  async readAtAsync(target: Uint8Array, offset: number, length: number, position: number): Promise<number> {
    let done = 0;
    while (done < length) {
      const at = done;
      const read = await settle<number>(call => fs.read(this.#descriptor, target, offset + at, length - at, position + at, call));
      if (read === 0) break;
      done += read;
    }
    return done;
  }

  async writeAtAsync(source: Uint8Array, offset: number, length: number, position: number): Promise<void> {
    let done = 0;
    while (done < length) {
      const at = done;
      done += await settle<number>(call => fs.write(this.#descriptor, source, offset + at, length - at, position + at, call));
    }
  }

  syncDataAsync(): Promise<void> { return settle<void>(call => fs.fdatasync(this.#descriptor, call)); }
  syncAsync(): Promise<void> { return settle<void>(call => fs.fsync(this.#descriptor, call)); }
}

function settle<T>(start: (call: (error: Error | null, value?: T) => void) => void): Promise<T> {
  return new Promise((resolve, reject) => start((error, value) => (error ? reject(error) : resolve(value as T))));
}

function statusOf(status: fs.Stats): FileStatus {
  return {
    bytes: status.size, modifiedMicros: Math.round(status.mtimeMs * 1000), links: status.nlink, inode: status.ino,
    isFolder: status.isDirectory(),
  };
}

function syncFolderDescriptor(descriptor: number): void {
  try { fs.fsyncSync(descriptor); } finally { fs.closeSync(descriptor); }
}

/** A folder can't be opened for syncing on Windows; NTFS journals names itself. */
const foldersSync = os.platform() !== "win32";

/** The real file system. */
export const nodeFiles: Files = {
  open: (path, mode) => new NodeFileHandle(path, fs.openSync(path, FLAGS[mode], 0o644)),
  openAsync: async (path, mode) =>
    new NodeFileHandle(path, await settle<number>(call => fs.open(path, FLAGS[mode], 0o644, call))),
  status(path) {
    const status = fs.statSync(path, { throwIfNoEntry: false });
    return status === undefined ? undefined : statusOf(status);
  },
  async statusAsync(path) {
    try { return statusOf(await fs.promises.stat(path)); } catch (error) {
      if (fileErrorCode(error) === "ENOENT") return undefined;
      throw error;
    }
  },
  list: path => fs.readdirSync(path).sort(),
  listAsync: async path => (await fs.promises.readdir(path)).sort(),
  readFile: path => fs.readFileSync(path),
  readFileAsync: path => fs.promises.readFile(path),
  makeFolder: path => fs.mkdirSync(path),
  removeFolder: path => fs.rmdirSync(path),
  link: (existing, name) => fs.linkSync(existing, name),
  unlink: path => fs.unlinkSync(path),
  unlinkAsync: path => fs.promises.unlink(path),
  rename: (from, to) => fs.renameSync(from, to),
  syncFolder(path) {
    if (foldersSync) syncFolderDescriptor(fs.openSync(path, "r"));
  },
  async syncFolderAsync(path) {
    if (!foldersSync) return;
    const folder = await fs.promises.open(path, "r");
    try { await folder.sync(); } finally { await folder.close(); }
  },
  fileSystem(path) {
    const status = fs.statfsSync(path);
    return {
      freeBytes: status.bavail * status.bsize,
      networkKind: os.platform() === "linux" ? NETWORK_FILE_SYSTEMS.get(status.type >>> 0) : undefined,
    };
  },
};
