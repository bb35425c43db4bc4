/** Files of the folder files/, and bytes, as formats see them. */
import { readFileSync } from "node:fs";
import { rowsOf } from "../../../src/columns/cells.ts";
import type { FileFilter } from "../../../src/formats/file-filter.ts";
import type { FileBytes, FormatContext } from "../../../src/formats/file-format.ts";
import { parquetFileFormat } from "../../../src/formats/parquet/parquet-file-format.ts";
import { linearMemory } from "../../../src/memory/linear-memory.ts";
import type { Cell } from "../../../src/types/cell.ts";
import type { StructType } from "../../../src/types/data-type.ts";

export const CONTEXT: FormatContext = { options: {}, timeZone: "UTC", nowMicros: () => 0n };

export function bytesOfFile(name: string): Uint8Array { return readFileSync(new URL(`files/${name}.parquet`, import.meta.url)); }
export function fileOf(name: string): FileBytes { return fileOfBytes(bytesOfFile(name), name); }

export function fileOfBytes(bytes: Uint8Array, path = "test"): FileBytes {
  return {
    path, size: bytes.length, modifiedMicros: 0,
    async read(offset, length, target) {
      if (!(offset >= 0 && length >= 0 && offset + length <= bytes.length)) throw new RangeError(`bytes ${offset} to ${offset + length} of ${bytes.length}`);
      if (target === undefined) return bytes.slice(offset, offset + length);
      target.set(bytes.subarray(offset, offset + length));
      return target;
    },
  };
}

export async function rowsOfFile(file: FileBytes, wanted: StructType, filters: readonly FileFilter[] = []): Promise<Cell[][]> {
  const rows: Cell[][] = [], open = await parquetFileFormat.open(file, wanted, filters, CONTEXT);
  try {
    for (const part of open.parts) for await (const batch of open.batches(part, new AbortController().signal)) rows.push(...rowsOf(batch));
  } finally {
    open.release();
  }
  return rows;
}

export const linearMemoryInUse = (): number => linearMemory().inUseBytes;
