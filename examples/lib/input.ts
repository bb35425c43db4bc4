/** Input for the examples: rows that a seed makes, written as a folder of JSON lines, as a log shipper would leave it. */
import { mkdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Chance from a seed: the same rows on every run. Numbers in [0, 1), as mulberry32 gives them. */
export function chanceFrom(seed: number): Chance {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    next,
    below: limit => Math.floor(next() * limit),
    oneOf: choices => choices[Math.floor(next() * choices.length)]!,
    isHit: share => next() < share,
  };
}
export interface Chance {
  next(): number;
  /** A whole number from 0 to `limit` - 1. */
  below(limit: number): number;
  oneOf<T>(choices: readonly T[]): T;
  /** True in this share of the calls. */
  isHit(share: number): boolean;
}

/** Writes rows, in their order, as files of `rowsPerFile` lines into a new folder, and gives the folder's path. */
export function writeInput(folder: string, rows: readonly object[], rowsPerFile: number): string {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (let from = 0, number = 0; from < rows.length; from += rowsPerFile, number++) {
    const file = join(folder, `${String(number).padStart(5, "0")}.ndjson`);
    writeFileSync(file, rows.slice(from, from + rowsPerFile).map(row => `${JSON.stringify(row)}\n`).join(""));
    // A stream reads files in the order of their times.
    utimesSync(file, number + 1, number + 1);
  }
  return folder;
}

/** Rows in the order in which they arrive: each `delay(row)` milliseconds after it happened. */
export function byArrival<R extends { readonly at: string }>(rows: readonly R[], delay: (row: R) => number): R[] {
  return rows.map(row => ({ row, arrives: Date.parse(row.at) + delay(row) })).sort((a, b) => a.arrives - b.arrives).map(({ row }) => row);
}

/** Milliseconds since the epoch as ISO text. */
export const iso = (millis: number): string => new Date(millis).toISOString();
