/** Runs the pipelines of a bounded plan, and reads the leaves that a stream's plan shares with it. */
import type { Batch } from "../columns/batch.ts";
import type { BadRecord } from "../io/source.ts";
import type { ExecutionContext } from "../operators/context.ts";
import { leafBatches } from "./leaf-batches.ts";
import type { PhysicalPlan, Pipeline } from "./planner.ts";
import { metAbove } from "./stop.ts";

/** Hands control back to the event loop this often while much is read, so that timers, sockets and the page stay alive. */
const YIELD_MILLIS = 20;

/** All pipelines once, in order; those below an operator that has had enough are left out. */
export async function runBatchPlan(plan: PhysicalPlan, context: ExecutionContext, signal: AbortSignal, badRecord: (record: BadRecord) => void, ready?: () => Promise<void>): Promise<void> {
  const pause = new Pause(signal);
  for (const pipeline of plan.pipelines) {
    const isRead = metAbove(pipeline) === undefined;
    if (isRead) {
      if (pipeline.table !== undefined) await readTable(pipeline, context, signal, pause, badRecord, ready);
      else await readRows(pipeline, context, signal, pause, ready);
    }
    const met = metAbove(pipeline);
    if (met === undefined || isRead && (pipeline.mustFinish || pipeline.settled.length > 0)) await finish(pipeline, pipeline.input, context, signal);
    else if (met.last === pipeline) await finish(pipeline, met, context, signal);
  }
}

/** Ends a pipeline: its operators from `first` on, and then what those await. */
export async function finish(pipeline: Pipeline, first: { finish(): void }, context: ExecutionContext, signal: AbortSignal): Promise<void> {
  first.finish();
  context.arena.reset();
  await settle(pipeline, context, signal);
}

/** To be awaited between chunks: what operators of the pipeline wait for. */
export async function settle({ settled }: Pipeline, context: ExecutionContext, signal: AbortSignal): Promise<void> {
  for (const operator of settled) {
    await operator.settle(signal);
    context.arena.reset();
  }
}

/** What a source awaits between chunks. */
export function readiness(pipeline: Pipeline, context: ExecutionContext, signal: AbortSignal, ready: (() => Promise<void>) | undefined): (() => Promise<void>) | undefined {
  if (pipeline.settled.length === 0) return ready;
  return async () => {
    await settle(pipeline, context, signal);
    await ready?.();
  };
}

/** A bounded table, split by split. */
export async function readTable(pipeline: Pipeline, context: ExecutionContext, signal: AbortSignal, pause: Pause, badRecord: (record: BadRecord) => void, ready?: () => Promise<void>): Promise<void> {
  const table = pipeline.table!.batch!(), room = readiness(pipeline, context, signal, ready);
  try {
    for (const split of await table.planBatch()) {
      signal.throwIfAborted();
      let more = true;
      await table.read(split, { columns: pipeline.columns, signal, narrowing: pipeline.narrowing }, {
        push(batch: Batch) {
          more = pipeline.input.push(batch);
          context.arena.reset();
          return more;
        },
        badRecord,
        ...(room && { ready: room }),
      });
      if (!more) break;
      await settle(pipeline, context, signal);
      if (pause.due) await pause.now();
    }
  } finally {
    table.close?.();
  }
}

/** Local rows and ranges. */
export async function readRows(pipeline: Pipeline, context: ExecutionContext, signal: AbortSignal, pause: Pause, ready?: () => Promise<void>): Promise<void> {
  const room = readiness(pipeline, context, signal, ready);
  for (const batch of leafBatches(pipeline.leaf, context.arena)) {
    const more = pipeline.input.push(batch);
    context.arena.reset();
    if (!more) return;
    if (room !== undefined) await room();
    if (pause.due) await pause.now();
  }
}

/** Lets other work of the thread in between. */
export class Pause {
  readonly #signal: AbortSignal;
  #last = performance.now();
  constructor(signal: AbortSignal) { this.#signal = signal; }
  get due(): boolean { return performance.now() - this.#last > YIELD_MILLIS; }
  async now(): Promise<void> {
    await new Promise<void>(resolve => setImmediate(resolve));
    this.#signal.throwIfAborted();
    this.#last = performance.now();
  }
}
