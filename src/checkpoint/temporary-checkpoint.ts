/** A checkpoint that keeps nothing: for a query that was given no place to remember. The same rules, no disk. */
import type { Random } from "../base/clock.ts";
import { closed, corrupt } from "./errors.ts";
import type {
  BatchPlan, BatchToWrite, Checkpoint, CheckpointConstants, CheckpointStatus, CheckpointStep, Recovered, SnapshotWriter, StateBlock,
  StateToLoad,
} from "./types.ts";

export interface TemporaryCheckpointOptions {
  readonly random: Random;
  readonly constants?: CheckpointConstants;
  readonly onStep?: (step: CheckpointStep, batchId: number) => void;
}

/** Opens a checkpoint that writes nothing to disk and is forgotten with the process. */
export function openTemporaryCheckpoint(options: TemporaryCheckpointOptions): Checkpoint {
  return new TemporaryCheckpoint(options);
}

class TemporaryCheckpoint implements Checkpoint {
  readonly queryId: string;
  readonly epoch = 1;
  readonly path = undefined;
  readonly recovered: Recovered;
  readonly snapshotDue = false;
  lastBatchId = -1;
  durableDone = -1;
  #done = -1;
  #closed = false;
  readonly #onStep: TemporaryCheckpointOptions["onStep"];

  constructor(options: TemporaryCheckpointOptions) {
    this.queryId = options.random.uuid();
    this.#onStep = options.onStep;
    this.recovered = {
      isNew: true, lastBatchId: -1, done: -1, last: undefined, pending: undefined, planned: undefined,
      constants: options.constants ?? {}, tornTail: undefined, closedBecause: undefined, dropped: [],
    };
  }

  check(): void {
    if (this.#closed) throw closed();
  }

  async writePlan(batchId: number, _plan: BatchPlan): Promise<void> { this.#expect(batchId); }

  async writeBatch(batch: BatchToWrite): Promise<void> {
    this.#expect(batch.batchId);
    for (const step of ["append", "sync", "check"] as const) this.#onStep?.(step, batch.batchId);
    this.lastBatchId = batch.batchId;
    if (batch.delivered === true) this.#done = batch.batchId;
    this.durableDone = this.#done;
  }

  delivered(batchId: number): void {
    if (batchId !== this.lastBatchId) throw new RangeError(`batch ${batchId} can't be delivered, ${this.lastBatchId} is the last one written`);
    this.#done = batchId;
  }

  async idle(): Promise<void> {
    this.check();
    this.durableDone = this.#done;
  }

  async stageState(): Promise<readonly StateBlock[]> { return []; }

  beginSnapshot(): SnapshotWriter {
    return { write: async () => undefined, finish: async () => undefined, abort: () => undefined };
  }

  stateToLoad(): StateToLoad { return { snapshots: [], changes: [] }; }
  async readState(block: StateBlock): Promise<Uint8Array> { throw corrupt(block.file, "nothing is kept by a temporary checkpoint"); }
  async collect(): Promise<void> { /* nothing to delete */ }

  status(): CheckpointStatus {
    return {
      epoch: 1, diskFull: false, failedUnlinks: 0, segmentFile: "", segmentUsedBytes: 0, changeBytesSinceSnapshot: 0,
      batchesSinceSnapshot: 0, horizon: 0,
    };
  }

  async close(): Promise<void> {
    await this.idle();
    this.#closed = true;
  }
  abandon(): void { this.#closed = true; }

  #expect(batchId: number): void {
    this.check();
    if (batchId !== this.lastBatchId + 1 || this.#done < this.lastBatchId) {
      throw new RangeError(`batch ${batchId} can't be written: the last one is ${this.lastBatchId}, delivered are those up to ${this.#done}`);
    }
  }
}
