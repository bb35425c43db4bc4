/** Rows of a batch that is being filled which could not be read: they are left out of it and become dead letters. */
import { MillraceError } from "../../base/errors.ts";
import type { Selection } from "../../columns/batch.ts";
import type { BadRecord } from "../../io/source.ts";
import type { Arena } from "../../memory/arena.ts";
import { linearMemory } from "../../memory/linear-memory.ts";

/** Bytes of a row that are kept with it. */
const RAW_BYTES = 64 * 1024;

export class GoodRows {
  readonly #arena: Arena;
  #bad = new Set<number>();

  /** Selections lie in the arena. */
  constructor(arena: Arena) { this.#arena = arena; }

  leaveOut(row: number): void { this.#bad.add(row); }

  /** Which of so many rows count; the next batch begins anew. */
  selection(rows: number): Selection | undefined {
    if (this.#bad.size === 0) return undefined;
    const pointer = this.#arena.allocate(4 * rows), { u32 } = linearMemory();
    let count = 0;
    for (let row = 0; row < rows; row++) if (!this.#bad.has(row)) u32[(pointer >>> 2) + count++] = row;
    this.#bad = new Set();
    return { pointer, count };
  }
}

/** What goes to the dead letters. @throws the error itself if it is not of a value */
export function badRowOf(error: unknown, origin: string, offset: number, raw: Uint8Array): BadRecord {
  if (!(error instanceof MillraceError) || error.condition !== "MILLRACE_POSTGRES.VALUE") throw error;
  const column = error.messageParameters["column"];
  return { origin, offset, length: raw.length, reason: error.text, raw: Uint8Array.from(raw.subarray(0, RAW_BYTES)), ...(column !== undefined && { column }) };
}
