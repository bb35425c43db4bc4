/** One micro-batch: read the ranges of its plan through the operators, and say what came of it. */
import type { Batch } from "../columns/batch.ts";
import type { BadRecord, StreamSource, Table } from "../io/source.ts";
import type { ExecutionContext } from "../operators/context.ts";
import { cutBatch } from "../operators/limit.ts";
import type { PhysicalPlan, Pipeline } from "../physical/planner.ts";
import type { LastingSide } from "../physical/lowering.ts";
import { Pause, finish, readRows, readTable, readiness, settle } from "../physical/run.ts";

/** A source of the query, with where it stands. */
export interface RunningSource {
  readonly table: Table;
  readonly source: StreamSource;
  /** Read up to here by decided batches. */
  position: unknown;
  /** Rows read by the batch that runs now. */
  rowsRead: number;
}

export interface BatchRange { readonly from: unknown; readonly to: unknown }

/** Runs all pipelines over the ranges. Rows end in the operators' result; bad records go to `badRecord`; `ready` is awaited between chunks. */
export async function runPipelines(
  plan: PhysicalPlan, sources: readonly RunningSource[], ranges: readonly BatchRange[], context: ExecutionContext, signal: AbortSignal,
  badRecord: (record: BadRecord, source: RunningSource) => void, ready: () => Promise<void>,
): Promise<void> {
  for (const source of sources) source.rowsRead = 0;
  for (const operator of plan.stateful) operator.beginBatch();
  const pause = new Pause(signal), unchanged = await unchangedSides(plan, context.batchTimeMicros);
  for (const pipeline of plan.pipelines) {
    if (pipeline.lasting !== undefined && unchanged.has(pipeline.lasting)) continue;
    const index = sources.findIndex(source => source.table === pipeline.table);
    if (index >= 0) await readStream(pipeline, index, sources[index]!, ranges[index]!, context, signal, pause, badRecord, ready);
    else if (pipeline.table !== undefined) await readTable(pipeline, context, signal, pause, () => {});
    else await readRows(pipeline, context, signal, pause);
    await finish(pipeline, pipeline.input, context, signal);
  }
}

/** `0` for a source that is one whole, `0/orders-3` for a part of it. */
const partitionName = (source: number, partition: string | undefined): string => (partition === undefined || partition === "" ? `${source}` : `${source}/${partition}`);

/** All partitions that the sources know by now. */
export const partitionsOf = (sources: readonly RunningSource[]): readonly { readonly table: Table; readonly names: readonly string[] }[] =>
  sources.map(({ table, source }, i) => ({ table, names: source.partitions?.().map(name => partitionName(i, name)) ?? (source.partitionOf === undefined ? [partitionName(i, undefined)] : []) }));

/** The sides of joins that hold what their tables still say, or said when it was last time to look; the others forget it. */
async function unchangedSides(plan: PhysicalPlan, nowMicros: bigint): Promise<Set<LastingSide>> {
  const sides = new Map<LastingSide, Table[]>(), unchanged = new Set<LastingSide>();
  for (const { lasting, table } of plan.pipelines) {
    if (lasting === undefined) continue;
    const tables = sides.get(lasting) ?? [];
    if (table !== undefined) tables.push(table);
    sides.set(lasting, tables);
  }
  for (const [side, tables] of sides) {
    if (tables.length > 0 && tables.every(table => mayWait(table, side.lookedMicros, nowMicros))) {
      unchanged.add(side);
      continue;
    }
    let version: string | undefined = "";
    for (const table of tables) {
      const one = await versionOf(table);
      version = version === undefined || one === undefined ? undefined : `${version}\n${one}`;
    }
    if (version !== undefined && version === side.version) unchanged.add(side);
    else side.forget();
    side.version = version;
    side.lookedMicros = nowMicros;
  }
  return unchanged;
}

/** Whether it is not yet time to look at a table again. */
function mayWait({ refresh }: Table, lookedMicros: bigint | undefined, nowMicros: bigint): boolean {
  if (refresh === undefined || lookedMicros === undefined) return false;
  return refresh.kind === "never" || nowMicros < lookedMicros + refresh.micros;
}

/** What a table would be read from; undefined when it can't tell one version from another. */
async function versionOf(table: Table): Promise<string | undefined> {
  const batch = table.batch!();
  try {
    return batch.splitsAreVersioned === true ? JSON.stringify(await batch.planBatch()) : undefined;
  } finally {
    batch.close?.();
  }
}

async function readStream(
  pipeline: Pipeline, index: number, running: RunningSource, range: BatchRange, context: ExecutionContext, signal: AbortSignal, pause: Pause,
  badRecord: (record: BadRecord, source: RunningSource) => void, ready: () => Promise<void>,
): Promise<void> {
  if (range.from === range.to || pipeline.reading?.isNeeded?.() === false) return;
  const counts = pipeline.reading?.isRepeat !== true;
  const receiver = {
    push(batch: Batch): boolean {
      running.rowsRead += pushWanted(pipeline, batch, context) * (counts ? 1 : 0);
      context.arena.reset();
      return true; // also behind a limit that is reached: their offsets are passed
    },
    badRecord: (record: BadRecord) => badRecord(record, running),
    ready: readiness(pipeline, context, signal, ready)!,
  };
  for (const split of await running.source.plan(range.from, range.to)) {
    signal.throwIfAborted();
    context.partition = partitionName(index, running.source.partitionOf?.(split));
    await running.source.read(split, { columns: pipeline.columns, signal }, receiver);
    await settle(pipeline, context, signal);
    if (pause.due) await pause.now();
  }
}

/** Pushes as many rows as are wanted, and says how many: the first so many wanted ones can't be too many, then those that are still wanted, and so on. */
function pushWanted({ input, reading }: Pipeline, batch: Batch, context: ExecutionContext): number {
  const rowsWanted = reading?.rowsWanted;
  if (rowsWanted === undefined || batch.count <= rowsWanted()) {
    input.push(batch);
    return batch.count;
  }
  let done = 0;
  for (let wanted = rowsWanted(); wanted > 0 && done < batch.count; wanted = rowsWanted()) {
    const count = Math.min(wanted, batch.count - done);
    input.push(cutBatch(batch, done, count, context));
    done += count;
  }
  return done;
}
