/** A file or folder of a simulated disk: what processes see of it, and what of that is durable. */
import { SECTOR_BYTES } from "../storage/record.ts";

export interface Inode {
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

export function fileError(code: string, call: string, path: string): Error {
  return Object.assign(new Error(`${code}: simulated, ${call} '${path}'`), { code, syscall: call, path });
}

export function extended(bytes: Uint8Array, length: number): Uint8Array {
  const longer = new Uint8Array(length);
  longer.set(bytes);
  return longer;
}

/** Sectors that follow each other go in one copy. */
export function copySectors(from: Uint8Array, to: Uint8Array, sectors: Iterable<number>): void {
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

/** After a loss of power: what was synced, and of the rest what is kept. */
export function settleFile(inode: Inode, keep: () => boolean): void {
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
