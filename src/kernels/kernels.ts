/** The compiled kernels of assembly/, instantiated once a thread over its linear memory. */
import { readFileSync } from "node:fs";
import { packageFile } from "../base/package-root.ts";
import { linearMemory } from "../memory/linear-memory.ts";
import { wasm } from "../memory/webassembly.ts";
import type { AggregateKernels } from "./aggregate.ts";
import type { AsofKernels } from "./asof.ts";
import type { CalendarWindowKernels } from "./calendar-windows.ts";
import type { Crc32cKernels } from "./crc32c.ts";
import type { CsvKernels } from "./csv.ts";
import type { DeduplicateKernels, EventTimeKernels, SortKernels } from "./event-time.ts";
import type { ExpressionKernels } from "./expression.ts";
import type { GroupLimitKernels } from "./group-limit.ts";
import type { GroupPlacesKernels } from "./group-places.ts";
import type { MomentKernels } from "./expression-moments.ts";
import type { NumberKernels } from "./expression-numbers.ts";
import type { TextKernels } from "./expression-text.ts";
import type { GroupViewsKernels } from "./group-views.ts";
import type { JoinKernels } from "./join.ts";
import type { JoinRowsKernels } from "./join-rows.ts";
import type { KafkaRecordsKernels } from "./kafka-records.ts";
import type { NdjsonKernels } from "./ndjson.ts";
import type { ParquetKernels } from "./parquet.ts";
import type { SessionKernels } from "./sessions.ts";
import type { SliceKernels } from "./slices.ts";
import type { SortRowsKernels } from "./sort-rows.ts";
import type { TableKernels } from "./table.ts";

/** All exports of kernels.wasm; each interface is described beside the AssemblyScript file of the same name. */
export interface Kernels extends DeduplicateKernels, EventTimeKernels, SortKernels, SortRowsKernels, NdjsonKernels, ExpressionKernels, TableKernels, AggregateKernels, JoinKernels, JoinRowsKernels, SessionKernels, CalendarWindowKernels, SliceKernels, KafkaRecordsKernels, Crc32cKernels, AsofKernels, ParquetKernels, CsvKernels, GroupLimitKernels, GroupPlacesKernels, GroupViewsKernels, MomentKernels, NumberKernels, TextKernels {}

let instance: Kernels | undefined;

/** The thread's kernels; compiled at first use. */
export function kernels(): Kernels {
  if (instance === undefined) {
    const module = new wasm.Module(readFileSync(packageFile("build", "kernels.wasm")));
    const abort = (_message: number, _file: number, line: number) => { throw new Error(`kernel aborted at line ${line}`); };
    instance = new wasm.Instance(module, { env: { memory: linearMemory().memory, abort } }).exports as unknown as Kernels;
  }
  return instance;
}
