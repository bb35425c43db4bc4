/**
 * Rows a second of JSON lines to batches, in memory, one thread: bids in the shapes of bids.ts, and number columns.
 * JSON.parse of the same lines stands beside. A few seconds; name shapes to run only those: `node bench/ndjson.ts nested`.
 */
import { readFileSync, readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { seededRandom } from "../src/base/clock.ts";
import { NdjsonDecoder } from "../src/formats/json/ndjson-decoder.ts";
import { linearMemory } from "../src/memory/linear-memory.ts";
import { parseSchemaDdl } from "../src/types/ddl.ts";
import { findTimeZone } from "../src/types/time-zone.ts";
import { SHAPES, bidsFolder } from "./bids.ts";

const ROWS = 60_000, PASSES = 15;
const memory = linearMemory(), wanted = process.argv.slice(2);
const BID = "auction BIGINT, bidder BIGINT, price BIGINT, channel STRING, url STRING, dateTime TIMESTAMP, extra STRING";

/** Least seconds of some passes. */
function least(run: () => void): number {
  let best = Number.POSITIVE_INFINITY;
  for (let i = 0; i < PASSES; i++) {
    const start = process.cpuUsage();
    run();
    const { user, system } = process.cpuUsage(start);
    best = Math.min(best, (user + system) / 1e6);
  }
  return best;
}

function measure(name: string, ddl: string, input: Uint8Array, againstParse = false): void {
  if (wanted.length > 0 && !wanted.includes(name)) return;
  const pointer = memory.allocate(input.length), to = pointer + input.length;
  memory.u8.set(input, pointer);
  const decoder = new NdjsonDecoder(parseSchemaDdl(ddl), { mode: "PERMISSIVE", corruptColumn: "_corrupt_record", zone: findTimeZone("UTC")!, nowMicros: () => 0n });
  let rows = 0;
  const seconds = least(() => {
    rows = 0;
    for (let at = pointer; at < to;) {
      const decoded = decoder.decode(at, to, 0);
      rows += decoded.batch.length;
      at += decoded.consumedBytes;
    }
  });
  decoder.release();
  memory.free(pointer, input.length);
  let beside = "";
  if (againstParse) {
    const lines = Buffer.from(input).toString().trimEnd().split("\n");
    beside = `   JSON.parse ${(rows / least(() => { for (const line of lines) JSON.parse(line); }) / 1e6).toFixed(2)}`;
  }
  console.log(`${name.padEnd(24)} ${String(Math.round(input.length / rows)).padStart(4)} B/row ${(rows / seconds / 1e6).toFixed(2).padStart(7)} M rows/CPU-s ${(input.length / seconds / 1e9).toFixed(2).padStart(5)} GB/s${beside}`);
}

for (const shape of SHAPES) {
  const folder = bidsFolder(join(tmpdir(), "millrace-bench"), 1, ROWS, shape);
  const input = readFileSync(join(folder, readdirSync(folder)[0]!));
  measure(shape, BID, input, shape === "regular");
  if (shape === "regular") measure("regular, 3 of 7 columns", "price BIGINT, channel STRING, dateTime TIMESTAMP", input);
  if (shape === "nested") measure("nested, read", `${BID}, context STRUCT<agent: STRUCT<name: STRING, version: ARRAY<INT>>>`, input);
}
const { uint32 } = seededRandom(7);
const lines = (line: (i: number) => string): Uint8Array => Buffer.from(Array.from({ length: ROWS }, (_, i) => line(i)).join("\n") + "\n");
const below = (limit: number): number => uint32() % limit;
measure("3 doubles, short", "id BIGINT, a DOUBLE, b DOUBLE, c DOUBLE", lines(i => `{"id":${i},"a":${below(10_000) / 100},"b":${below(10_000) / 100},"c":${below(1000)}}`));
measure("3 doubles, 17 digits", "id BIGINT, a DOUBLE, b DOUBLE, c DOUBLE", lines(i => `{"id":${i},"a":${uint32() / 2 ** 32 * Math.PI},"b":${uint32() / 2 ** 32 * 100 / 3},"c":${uint32() / 2 ** 32 / 7}}`));
measure("3 decimals", "id BIGINT, a DECIMAL(12,2), b DECIMAL(12,2), c DECIMAL(18,4)", lines(i => `{"id":${i},"a":${below(10_000) / 100},"b":${below(10_000) / 100},"c":${below(1e6)}}`));
