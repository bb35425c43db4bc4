/**
 * A new checkpoint that begins as another one was after an older batch: to roll back, or to try a changed query on the
 * same state. It has a query id of its own, since batch numbers above the fork would otherwise exist twice in a sink.
 */
import { CheckpointError } from "../base/errors.ts";
import { fileErrorCode, makeFolders, type Files } from "../base/files.ts";
import { PAGE_BYTES, RECORD_FORMAT } from "../storage/record.ts";
import { readHeaderCrc } from "../storage/segment.ts";
import { inputOutput } from "./errors.ts";
import { ensureIdentity } from "./identity.ts";
import { readCheckpoint, type CheckpointReading } from "./inspect.ts";
import { LogState, type BatchMetadata } from "./log-state.ts";
import { LogWriter } from "./log-writer.ts";
import { LOG, SPARE, spareFile, STATE, stateFile } from "./names.ts";
import { claimEpoch, writeRoot } from "./open.ts";
import { readStateBlock, StateFileWriter } from "./state-file.ts";
import type { CheckpointOptions, StateBlock } from "./types.ts";

export type ForkOptions = Pick<CheckpointOptions, "files" | "clock" | "random" | "host"> & {
  /** The checkpoint to fork from; it may be in use, and is not changed. */
  readonly from: string;
  /** A folder that is not there or empty. */
  readonly to: string;
  /** The last batch that the fork knows; one from the horizon on. */
  readonly batchId: number;
};

const SEGMENT_BYTES = 64 * PAGE_BYTES;
/** Forks are made under epoch 0 and 1: lower than that of any run. */
const FILES_EPOCH = 0;

/** Makes the fork and returns its query id. Throws MILLRACE_CHECKPOINT_FORK when it can't be made, and what reading throws. */
export async function forkCheckpoint(options: ForkOptions): Promise<string> {
  try { return await fork(options); } catch (error) { throw inputOutput(error, `be forked to ${options.to}`); }
}

async function fork({ files, clock, random, host, from, to, batchId }: ForkOptions): Promise<string> {
  const reading = await readCheckpoint(files, from, clock);
  if (reading === undefined) throw refused(`${from} holds no checkpoint`);
  if (!reading.batchIds.includes(batchId) || batchId < reading.horizon) {
    throw refused(`batch ${batchId} is not retained; those from ${Math.max(reading.horizon, reading.batchIds[0] ?? 0)} to ${reading.lastBatchId} are`);
  }
  if ((files.status(to) !== undefined) && files.list(to).length > 0) throw refused(`the folder ${to} is not empty`);
  for (const folder of [SPARE, STATE, LOG]) makeFolders(files, `${to}/${folder}`);
  const common: CheckpointOptions = {
    files, clock, random, host, path: to, query: reading.query, constants: reading.constants,
  };

  const { snapshots, changes } = reading.stateToLoad(batchId);
  const mover = new StateMover(common, from, batchId);
  const placed = { snapshots: await mover.move(snapshots), changes: await mover.move(changes) };
  await mover.finish();
  // What was linked is read again from where it is now.
  for (const block of [...placed.snapshots, ...placed.changes]) await readStateBlock(files, to, block);

  const state = new LogState();
  Object.assign(state, { queryId: random.uuid(), query: reading.query, constants: reading.constants, segmentBytes: reading.segmentBytes, done: batchId, horizon: batchId });
  if (placed.snapshots.length > 0) state.addSnapshot(placed.snapshots[0]!.batchId, placed.snapshots);
  for (const [changed, blocks] of Map.groupBy(placed.changes, block => block.batchId)) if (changed !== batchId) state.addChanges(changed, blocks);
  const last = await lastBatch(reading, batchId);
  state.addBatch({ metadata: last, blocks: placed.changes.filter(block => block.batchId === batchId), inlineOutput: undefined }, "", 0);

  const { epoch, claim } = await claimEpoch(common, random.uuid(), clock.nowMicros(), SEGMENT_BYTES);
  const writer = new LogWriter({ files, path: to, clock, random, epoch, segmentBytes: state.segmentBytes, claim, claimBytes: SEGMENT_BYTES, claimCrc: readHeaderCrc(claim) });
  try {
    ensureIdentity(files, to, spareFile(epoch, random.uuid(), "json"), { format: RECORD_FORMAT, queryId: state.queryId, createdMicros: clock.nowMicros() });
    await writeRoot(common, writer, state);
  } finally { writer.stop(); }
  return state.queryId;
}

/** The record of the batch, without an output: the fork counts it as delivered. */
async function lastBatch(reading: CheckpointReading, batchId: number): Promise<BatchMetadata> {
  const { epoch, plan, rowCounts, digest, progress } = await reading.readBatch(batchId);
  return { batchId, epoch, plan, output: "none", rowCounts, digest, sideOutputs: {}, progress };
}

/** Brings blocks of state into the fork's folder: files by a hard link, blocks in the log by a copy. Segments are never linked: their link count is the fence. */
class StateMover {
  readonly #options: CheckpointOptions;
  readonly #from: string;
  readonly #copies: StateFileWriter;
  readonly #linked = new Map<string, string>();

  constructor(options: CheckpointOptions, from: string, batchId: number) {
    this.#options = options;
    this.#from = from;
    this.#copies = new StateFileWriter(options, FILES_EPOCH, batchId, "chg");
  }

  async move(blocks: readonly StateBlock[]): Promise<StateBlock[]> {
    const moved: StateBlock[] = [];
    for (const block of blocks) {
      if (!block.file.startsWith(LOG)) {
        moved.push({ ...block, file: await this.#link(block) });
        continue;
      }
      const bytes = await readStateBlock(this.#options.files, this.#from, block);
      await this.#copies.write({ ...block, bytes });
      moved.push({ ...this.#copies.blocks.at(-1)!, batchId: block.batchId });
    }
    return moved;
  }

  async finish(): Promise<void> {
    await this.#copies.finish();
    this.#options.files.syncFolder(`${this.#options.path}/${STATE}`);
  }

  async #link(block: StateBlock): Promise<string> {
    const known = this.#linked.get(block.file);
    if (known !== undefined) return known;
    const { files, path, random } = this.#options;
    const name = stateFile(block.batchId, FILES_EPOCH, random.uuid(), block.file.endsWith(".snap") ? "snap" : "chg");
    try { files.link(`${this.#from}/${block.file}`, `${path}/${name}`); } catch (error) {
      if (!["EXDEV", "EPERM", "EMLINK"].includes(fileErrorCode(error) ?? "")) throw error;
      await copyFile(files, `${this.#from}/${block.file}`, `${path}/${name}`);
    }
    this.#linked.set(block.file, name);
    return name;
  }
}

async function copyFile(files: Files, from: string, to: string): Promise<void> {
  const bytes = await files.readFileAsync(from), handle = await files.openAsync(to, "create");
  try {
    await handle.writeAtAsync(bytes, 0, bytes.length, 0);
    await handle.syncAsync();
  } finally { handle.close(); }
}

function refused(reason: string): CheckpointError {
  return new CheckpointError({
    condition: "MILLRACE_CHECKPOINT_FORK", sqlState: "42K06", message: `The checkpoint can't be forked: ${reason}.`, messageParameters: { reason },
  });
}
