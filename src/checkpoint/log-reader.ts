/**
 * Reading a checkpoint's log: the newest root, the records after it, and the verdict on what does not read well. Changes
 * nothing on the disk.
 */
import { sleep, type Clock } from "../base/clock.ts";
import { CheckpointError } from "../base/errors.ts";
import { fileErrorCode, type Files } from "../base/files.ts";
import { parseSegmentName, readSegment, type SegmentContent, type SegmentRecord } from "../storage/segment.ts";
import { corrupt } from "./errors.ts";
import { LogState, type ClaimMetadata, type RecordMetadata } from "./log-state.ts";
import { LOG, segmentFile } from "./names.ts";

export interface LogReading {
  readonly state: LogState;
  /** The epoch whose root was read. */
  readonly epoch: number;
  readonly tornTail: { readonly file: string; readonly offset: number } | undefined;
  /** Segments in the order read, with their records: for tools. */
  readonly segments: readonly { readonly file: string; readonly content: SegmentContent }[];
}

export interface SegmentPlace { readonly epoch: number; readonly index: number }

/** The segments in the log's folder, ascending by epoch and index. */
export function listSegments(files: Files, path: string): SegmentPlace[] {
  const places: SegmentPlace[] = [];
  for (const name of files.list(`${path}/${LOG}`)) {
    const place = parseSegmentName(name);
    if (place !== undefined) places.push(place);
  }
  return places;
}

/** Who wrote the header page of an epoch's first segment, if it can be read. */
export function readClaim(files: Files, path: string, epoch: number): ClaimMetadata | undefined {
  try {
    const content = readSegment(ownBytes(files.readFile(`${path}/${segmentFile(epoch, 0)}`)), epoch, 0);
    return (content.head?.metadata as RecordMetadata | undefined)?.claim;
  } catch { return undefined; }
}

/**
 * Reads the newest root below `belowEpoch` and all that follows it. Undefined when there is none: nothing was ever
 * acted on. Damage throws MILLRACE_CHECKPOINT_CORRUPT.
 */
export async function readLog(files: Files, path: string, belowEpoch = Number.MAX_SAFE_INTEGER): Promise<LogReading | undefined> {
  const indexes = new Map<number, number[]>();
  for (const { epoch, index } of listSegments(files, path)) {
    if (epoch >= belowEpoch) continue;
    const known = indexes.get(epoch);
    if (known === undefined) indexes.set(epoch, [index]);
    else known.push(index);
  }
  for (const epoch of [...indexes.keys()].sort((a, b) => b - a)) {
    const reading = await readEpoch(files, path, epoch, indexes.get(epoch)!);
    if (reading !== undefined) return reading;
  }
  return undefined;
}

/** Every segment of an epoch that has records begins with a root, so the newest of these is where reading starts. */
async function readEpoch(files: Files, path: string, epoch: number, indexes: readonly number[]): Promise<LogReading | undefined> {
  if (indexes[0] !== 0) throw corrupt(segmentFile(epoch, 0), "the first segment of an epoch is missing while later ones are there");
  let tornTail: { file: string; offset: number } | undefined;
  for (let at = indexes.length - 1; at >= 0; at--) {
    const index = indexes[at]!, file = segmentFile(epoch, index);
    const content = readSegment(ownBytes(await files.readFileAsync(`${path}/${file}`)), epoch, index);
    const { end, records } = content;
    if (end.kind === "corrupt") throw corrupt(file, end.reason, end.offset);
    if (end.kind === "torn") {
      if (tornTail !== undefined) throw corrupt(file, "it ends in a damaged record, and so does a later segment", end.offset);
      tornTail = { file, offset: end.offset };
    }
    if (records.length === 0) continue;
    const state = replay(content, file);
    const roll = lastMetadata(records).roll;
    if (roll !== undefined && !indexes.includes(roll)) throw corrupt(segmentFile(epoch, roll), "the segment that the log goes on in is missing");
    if (tornTail !== undefined && tornTail.file !== file && roll === undefined) {
      throw corrupt(tornTail.file, "a segment was written to before the log went on to it", tornTail.offset);
    }
    return { state, epoch, tornTail, segments: [{ file, content }] };
  }
  return undefined;
}

function replay(content: SegmentContent, file: string): LogState {
  const state = new LogState();
  for (const [number, record] of content.records.entries()) {
    const metadata = record.metadata as RecordMetadata;
    if (number === 0 && metadata.base === undefined) throw corrupt(file, "its first record is not a root", record.offset);
    if (!state.apply(metadata, record.sections, content.reader, file, record.offset)) {
      throw corrupt(file, `batch ${metadata.batch?.batchId} follows batch ${state.lastBatchId}`, record.offset);
    }
  }
  return state;
}

const lastMetadata = (records: readonly SegmentRecord[]) => records.at(-1)!.metadata as RecordMetadata;

/** A file's bytes at the start of a buffer of their own, so that they can be read as words. */
function ownBytes(bytes: Uint8Array): Uint8Array {
  return bytes.byteOffset % 8 === 0 ? bytes : new Uint8Array(bytes);
}

const PATIENCE_MICROS = 2_000_000, PAUSE_MICROS = 100_000;

/**
 * `readLog`, but a verdict of damage is given only when it stays: a runner that is still alive may be writing the record
 * that looks damaged, or unlinking what was just listed. At rest the first verdict stands.
 */
export async function readLogPatiently(files: Files, path: string, clock: Clock, belowEpoch?: number): Promise<LogReading | undefined> {
  const until = clock.monotonicMicros() + PATIENCE_MICROS;
  for (;;) {
    const before = files.list(`${path}/${LOG}`).join();
    try { return await readLog(files, path, belowEpoch); } catch (error) {
      const gone = fileErrorCode(error) === "ENOENT";
      const damaged = error instanceof CheckpointError && error.condition === "MILLRACE_CHECKPOINT_CORRUPT";
      if (!gone && !damaged) throw error;
      const moving = files.list(`${path}/${LOG}`).join() !== before || writtenLately(files, path, clock);
      if (!moving || clock.monotonicMicros() >= until) {
        throw gone ? corrupt(LOG, `a segment is listed and can't be opened (${(error as Error).message})`) : error;
      }
      await sleep(clock, PAUSE_MICROS);
    }
  }
}

function writtenLately(files: Files, path: string, clock: Clock): boolean {
  const now = clock.nowMicros();
  for (const name of files.list(`${path}/${LOG}`)) {
    const status = files.status(`${path}/${LOG}/${name}`);
    if (status !== undefined && now - status.modifiedMicros < PATIENCE_MICROS && now >= status.modifiedMicros) return true;
  }
  return false;
}
