/**
 * Opening a checkpoint: claim the next epoch, read what the runner before left, and write a root of it under the new
 * epoch. The order of the steps is the protocol's; docs/protocol.md says why each comes where it does.
 */
import { CheckpointError } from "../base/errors.ts";
import { fileErrorCode, makeFolders, type FileHandle } from "../base/files.ts";
import { RECORD_FORMAT, recordBytes, SectionKind } from "../storage/record.ts";
import { prepareSegment, readHeaderCrc, removeQuietly } from "../storage/segment.ts";
import { collectSegments, orphans, unlinkAll } from "./collect.ts";
import { corrupt, fenced, incompatible, inputOutput, inUse, networkFileSystem } from "./errors.ts";
import { compareQueries, type QueryVerdict } from "./fingerprint.ts";
import { ensureIdentity, readIdentity, type Identity } from "./identity.ts";
import { isLive, Lease, readLease } from "./lease.ts";
import { DEFAULT_SEGMENT_BYTES, LocalCheckpoint } from "./local-checkpoint.ts";
import { listSegments, readClaim, readLogPatiently, type LogReading } from "./log-reader.ts";
import { blockTable, LogState, type BatchMetadata, type RecordMetadata } from "./log-state.ts";
import { LogWriter } from "./log-writer.ts";
import { LOG, segmentFile, SPARE, spareFile, STATE } from "./names.ts";
import { readStateBlock } from "./state-file.ts";
import type { Checkpoint, CheckpointOptions, Recovered, StateBlock } from "./types.ts";

const MINIMUM_SEGMENT_BYTES = 64 * 1024;
/** The first segment of an epoch is smaller than those after it: a start waits while it is filled. */
const FIRST_SEGMENT_BYTES = 1024 * 1024;

/**
 * Opens or makes the checkpoint in `options.path` for one runner. Errors: MILLRACE_CHECKPOINT_IN_USE, _INCOMPATIBLE,
 * _CORRUPT, _FORMAT, _FILE_SYSTEM, _IO, MILLRACE_DISK_FULL, MILLRACE_FENCED. After an error nothing outside has changed
 * and opening may be tried again.
 */
export async function openCheckpoint(options: CheckpointOptions): Promise<Checkpoint> {
  try { return await open(options); } catch (error) { throw inputOutput(error, `be opened in ${options.path}`); }
}

async function open(options: CheckpointOptions): Promise<Checkpoint> {
  const { files, path, clock } = options;
  makeFolders(files, path);
  const { networkKind } = files.fileSystem(path);
  if (networkKind !== undefined) throw networkFileSystem(path, networkKind);

  // Read only, so that a refusal leaves no trace.
  const identity = readIdentity(files, path);
  const before = await lookAtLog(options, identity);
  if (before !== undefined) judgeQuery(options, before.state);

  for (const folder of [SPARE, STATE, LOG]) makeFolders(files, `${path}/${folder}`);
  const runner = options.random.uuid(), startedMicros = clock.nowMicros();
  const segmentBytes = before?.state.segmentBytes ?? Math.max(MINIMUM_SEGMENT_BYTES, options.segmentBytes ?? DEFAULT_SEGMENT_BYTES);
  const claimBytes = Math.min(segmentBytes, FIRST_SEGMENT_BYTES);
  const { epoch, claim } = await claimEpoch(options, runner, startedMicros, claimBytes);
  const writer = new LogWriter({
    files, path, clock, random: options.random, epoch, segmentBytes, claim, claimBytes, claimCrc: readHeaderCrc(claim),
  });
  try {
    return await takeUp(options, writer, epoch, runner, startedMicros, segmentBytes);
  } catch (error) {
    writer.stop();
    throw error;
  }
}

/** The log as it is before the claim, if there is one; refuses what does not belong together or seems to be in use. */
async function lookAtLog(options: CheckpointOptions, before: Identity | undefined): Promise<LogReading | undefined> {
  const { files, path, clock } = options;
  const segments = files.status(`${path}/${LOG}`) === undefined ? [] : listSegments(files, path);
  if (segments.length === 0) {
    if (before !== undefined) throw corrupt(LOG, "the checkpoint has an identity and no log");
    return undefined;
  }
  const lease = readLease(files, path);
  if (lease !== undefined && options.takeOver !== true && isLive(lease, clock, options.host)) {
    throw inUse(path, lease.host, lease.processId, new Date(lease.startedMicros / 1000).toISOString());
  }
  const reading = await readLogPatiently(files, path, clock);
  checkEvidence(options, reading, lease?.epoch);
  // A runner that begins at the same moment may have made both since the first look: the identity comes before the root.
  const identity = before ?? readIdentity(files, path);
  if (reading !== undefined && identity === undefined) throw corrupt("identity.json", "the checkpoint has a log and no identity");
  if (reading !== undefined && reading.state.queryId !== identity!.queryId) {
    throw corrupt("identity.json", `it names the query ${identity!.queryId}, the log is of ${reading.state.queryId}`);
  }
  return reading;
}

/** The lease is written after a root is durable: an epoch named there and not found was removed. */
function checkEvidence(options: CheckpointOptions, reading: LogReading | undefined, leaseEpoch: number | undefined): void {
  if (leaseEpoch === undefined || (reading?.epoch ?? 0) >= leaseEpoch) return;
  const file = segmentFile(leaseEpoch, 0);
  const there = options.files.status(`${options.path}/${file}`) !== undefined;
  throw corrupt(file, there ? "its root is missing" : "it is missing, and the lease shows that it was in use");
}

function judgeQuery(options: CheckpointOptions, state: LogState): QueryVerdict {
  const verdict = compareQueries(state.query, options.query);
  if (verdict.kind === "refused") throw incompatible(verdict.reason, verdict.hint, verdict.condition);
  if (verdict.kind === "partly" && options.acceptDroppedState !== true) {
    throw incompatible(`it would lose ${verdict.dropped.join(" and ")}`, "open with acceptDroppedState to go on without it, or use a new checkpoint location", "STREAMING_STATEFUL_OPERATOR_NOT_MATCH_IN_STATE_METADATA");
  }
  return verdict;
}

/** Links a prepared segment to the name of the next epoch: of several runners that try, one succeeds. */
export async function claimEpoch(
  options: CheckpointOptions, runner: string, atMicros: number, segmentBytes: number,
): Promise<{ epoch: number; claim: FileHandle }> {
  const { files, path, random, host } = options;
  const previousEpoch = listSegments(files, path).at(-1)?.epoch ?? 0, epoch = previousEpoch + 1;
  const metadata: RecordMetadata = { claim: { runner, host: host.name, processId: host.processId, atMicros, previousEpoch } };
  const spare = `${path}/${spareFile(epoch, random.uuid(), "seg")}`, file = segmentFile(epoch, 0);
  const claim = await prepareSegment(files, spare, segmentBytes, epoch, 0, metadata, { stopped: () => options.signal?.aborted === true });
  if (claim === undefined) throw options.signal!.reason;
  try {
    try { files.link(spare, `${path}/${file}`); } catch (error) {
      const code = fileErrorCode(error);
      // A newer runner has removed the spare as litter of an epoch below its own.
      const overtaken = code === "ENOENT" && (listSegments(files, path).at(-1)?.epoch ?? 0) >= epoch;
      if (overtaken) throw fenced(`epochs after ${previousEpoch} are claimed already`, { epoch: String(epoch) });
      if (code !== "EEXIST") throw error;
      const winner = readClaim(files, path, epoch);
      const who = winner === undefined ? "another process" : `process ${winner.processId} on ${winner.host} at ${new Date(winner.atMicros / 1000).toISOString()}`;
      throw fenced(`epoch ${epoch} was claimed by ${who}`, { epoch: String(epoch) });
    }
    await files.syncFolderAsync(`${path}/${LOG}`);
    files.unlink(spare);
    // Again, now that the name is ours: one who was paused since the first look may have linked into a gap.
    const other = listSegments(files, path).find(place => place.epoch > epoch || (place.epoch === epoch && place.index > 0));
    if (other !== undefined) throw fenced(`the log has ${segmentFile(other.epoch, other.index)} already`, { epoch: String(epoch) });
  } catch (error) {
    claim.close();
    if (fileErrorCode(error) !== undefined || error instanceof CheckpointError) removeQuietly(files, spare);
    throw error;
  }
  return { epoch, claim };
}

/** Reads the old log after the claim, writes the root, and deletes what the root made superfluous. */
async function takeUp(
  options: CheckpointOptions, writer: LogWriter, epoch: number, runner: string, startedMicros: number, segmentBytes: number,
): Promise<Checkpoint> {
  const { files, path, clock, random, host } = options;
  let reading: LogReading | undefined;
  try {
    reading = await readLogPatiently(files, path, clock, epoch);
    checkEvidence(options, reading, leaseBelow(options, epoch));
  } catch (error) {
    writer.check(); // Something is missing because a newer runner deleted it: then we are only fenced.
    throw error;
  }
  const state = reading?.state ?? new LogState();
  let dropped: readonly string[] = [];
  if (reading === undefined) {
    const identity = ensureIdentity(files, path, spareFile(epoch, random.uuid(), "json"), { format: RECORD_FORMAT, queryId: random.uuid(), createdMicros: clock.nowMicros() });
    state.queryId = identity.queryId;
    state.constants = options.constants;
    state.segmentBytes = segmentBytes;
  } else {
    const verdict = judgeQuery(options, state);
    if (verdict.kind === "partly") {
      dropped = verdict.dropped;
      state.dropOperators(verdict.droppedIds);
    }
  }
  state.query = options.query;
  const { planned, closedBecause } = state;
  await writeRoot(options, writer, state);

  const lease = new Lease(files, path, clock, {
    epoch, runner, host: host.name, processId: host.processId, startedMicros, beatMicros: clock.nowMicros(), closed: false,
  });
  lease.take();
  try {
    const live = state.liveFiles();
    await collectSegments(files, path, live, epoch, writer.index);
    await unlinkAll(files, path, orphans(files, path, live, epoch));
  } catch (error) {
    if (fileErrorCode(error) === undefined) {
      lease.release(false);
      throw error;
    } // Litter is tried again at the next collection.
  }
  const recovered: Recovered = {
    isNew: reading === undefined, lastBatchId: state.lastBatchId, done: state.done,
    last: state.recorded(), pending: state.lastBatchId > state.done ? state.recorded() : undefined,
    planned, constants: state.constants, tornTail: reading?.tornTail, closedBecause, dropped,
  };
  return new LocalCheckpoint({ options, epoch, state, writer, lease, recovered });
}

/** The epoch that the lease names, unless it is that of a runner newer than ours. */
function leaseBelow(options: CheckpointOptions, epoch: number): number | undefined {
  const lease = readLease(options.files, options.path);
  return lease === undefined || lease.epoch >= epoch ? undefined : lease.epoch;
}

/**
 * Appends the root with the last batch's bytes copied in. Never a reference to the end of the old log: its pages may be
 * in the cache and not on the disk, after a failed sync for good.
 */
export async function writeRoot(options: CheckpointOptions, writer: LogWriter, state: LogState): Promise<void> {
  const { files, path } = options, { encoder } = writer, { last, planned } = state;
  const inline: { readonly block: StateBlock; readonly bytes: Uint8Array }[] = [];
  const plan = state.planned === undefined ? {} : { plan: state.planned };
  let record: RecordMetadata = { base: state.base(undefined), ...plan }, output: Uint8Array | undefined;
  if (last !== undefined) {
    const staged: StateBlock[] = [];
    for (const block of last.blocks) {
      if (block.file.startsWith(LOG)) inline.push({ block, bytes: await readStateBlock(files, path, block) });
      else staged.push(block);
    }
    const delivered = last.metadata.batchId <= state.done;
    if (!delivered) output = last.inlineOutput;
    const { files: _files, blocks: _blocks, ...kept } = last.metadata;
    const batch: BatchMetadata = { ...kept, ...(delivered ? { output: "none" } : {}), ...(staged.length > 0 ? blockTable(staged) : {}) };
    record = { base: state.base(batch.batchId), batch, ...plan };
  }
  const metadata = JSON.stringify(record);
  const sizes = inline.map(part => part.bytes.length);
  if (output !== undefined) sizes.push(output.length);
  const bytes = recordBytes(metadata.length * 3, sizes);
  if (!writer.fits(bytes)) await writer.roll(bytes);
  encoder.begin(metadata, sizes.length);
  for (const { block, bytes: content } of inline) encoder.add(SectionKind.state, block.operatorId, block.groupFrom, block.groupTo, content);
  if (output !== undefined) encoder.add(SectionKind.output, 0, 0, 0, output);
  const offset = writer.append();
  writer.sync();
  writer.check();
  if (last === undefined) return;
  const blocks = last.blocks.filter(block => !block.file.startsWith(LOG));
  for (const [number, { block }] of inline.entries()) {
    const section = encoder.section(number + 1);
    blocks.push({ ...block, file: writer.file, offset: offset + section.offset, bytes: section.bytes, crc32c: section.crc32c });
  }
  state.addBatch({ metadata: record.batch!, blocks, inlineOutput: output }, writer.file, offset);
  state.planned = planned;
}

