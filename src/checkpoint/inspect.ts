/** Looking into a checkpoint without opening it: for tools, for reading state, for choosing a batch to fork from. Changes nothing. */
import type { Clock } from "../base/clock.ts";
import type { Files } from "../base/files.ts";
import { RecordReader } from "../storage/record.ts";
import { readRecordAt } from "../storage/segment.ts";
import { corrupt, inputOutput } from "./errors.ts";
import { readIdentity } from "./identity.ts";
import { readLease, type LeaseContent } from "./lease.ts";
import { readClaim, readLogPatiently } from "./log-reader.ts";
import { batchOf, toRecorded, type ClaimMetadata, type RecordMetadata } from "./log-state.ts";
import { IDENTITY, LOG } from "./names.ts";
import { readStateBlock } from "./state-file.ts";
import type { CheckpointConstants, QueryFingerprint, RecordedBatch, StateBlock, StateToLoad } from "./types.ts";

export interface CheckpointReading {
  readonly queryId: string;
  readonly createdMicros: number;
  /** The epoch whose records were read, and who claimed it. */
  readonly epoch: number;
  readonly claim: ClaimMetadata | undefined;
  readonly lease: LeaseContent | undefined;
  readonly lastBatchId: number;
  readonly done: number;
  /** The state after any batch from here on can be rebuilt. */
  readonly horizon: number;
  readonly last: RecordedBatch | undefined;
  readonly closedBecause: string | undefined;
  readonly tornTail: { readonly file: string; readonly offset: number } | undefined;
  readonly constants: CheckpointConstants;
  readonly segmentBytes: number;
  readonly query: QueryFingerprint;
  /** Batches whose records are retained, ascending. */
  readonly batchIds: readonly number[];
  readBatch(batchId: number): Promise<RecordedBatch>;
  stateToLoad(batchId: number): StateToLoad;
  /** The blocks that a batch changed; undefined when they are not kept any more. */
  changesOf(batchId: number): readonly StateBlock[] | undefined;
  readState(block: StateBlock): Promise<Uint8Array>;
}

/**
 * Reads a checkpoint, also while a query runs on it. Undefined when there is none, or none that ever wrote anything.
 * Throws MILLRACE_CHECKPOINT_CORRUPT and MILLRACE_CHECKPOINT_FORMAT.
 */
export async function readCheckpoint(files: Files, path: string, clock: Clock): Promise<CheckpointReading | undefined> {
  if (files.status(`${path}/${LOG}`) === undefined) return undefined;
  const reading = await readLogPatiently(files, path, clock);
  if (reading === undefined) return undefined;
  // After the log: a runner that begins at this moment makes the identity before the root that was just read.
  const identity = readIdentity(files, path);
  if (identity === undefined) throw corrupt(IDENTITY, "the checkpoint has a log and no identity");
  const { state } = reading;
  if (state.queryId !== identity.queryId) throw corrupt(IDENTITY, `it names the query ${identity.queryId}, the log is of ${state.queryId}`);
  return {
    queryId: identity.queryId, createdMicros: identity.createdMicros, epoch: reading.epoch, claim: readClaim(files, path, reading.epoch),
    lease: readLease(files, path), lastBatchId: state.lastBatchId, done: state.done, horizon: state.horizon, last: state.recorded(),
    closedBecause: state.closedBecause, tornTail: reading.tornTail, constants: state.constants, segmentBytes: state.segmentBytes, query: state.query,
    batchIds: state.batches.map(batch => batch.batchId),
    async readBatch(batchId) {
      const place = state.batches.find(batch => batch.batchId === batchId);
      if (place === undefined) throw new RangeError(`batch ${batchId} is not retained; those from ${state.batches[0]?.batchId} to ${state.lastBatchId} are`);
      let reader: RecordReader;
      try { reader = new RecordReader(new Uint8Array(await files.readFileAsync(`${path}/${place.file}`))); } catch (error) {
        throw inputOutput(error, `read ${place.file}`);
      }
      const record = readRecordAt(reader, place.offset), batch = (record?.metadata as RecordMetadata | undefined)?.batch;
      if (record === undefined || batch?.batchId !== batchId) throw corrupt(place.file, `the record of batch ${batchId} can't be read`, place.offset);
      return toRecorded(batchOf(batch, record.sections, reader, place.file));
    },
    stateToLoad: batchId => state.stateToLoad(batchId),
    changesOf: batchId => state.changesOf(batchId),
    readState: block => readStateBlock(files, path, block),
  };
}
