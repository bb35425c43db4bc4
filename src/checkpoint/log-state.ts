/**
 * What the log says when its records are read in order: the last batch, what is delivered, and where the state lies. The
 * runner keeps one beside the log it writes, so that writing a root (`BASE`) and reading it back are the same code.
 */
import { SectionKind, type RecordReader, type Section } from "../storage/record.ts";
import { STATE } from "./names.ts";
import type {
  BatchOutput, BatchPlan, CheckpointConstants, Json, OutputFile, QueryFingerprint, RecordedBatch, StateBlock, StateToLoad,
} from "./types.ts";

/** [operatorId, groupFrom, groupTo, number in the table of files, offset, bytes, crc32c] */
type BlockTuple = readonly [number, number, number, number, number, number, number];

/** The metadata of a record: any of these together. */
export interface RecordMetadata {
  /** Header page of the first segment of an epoch. */
  readonly claim?: ClaimMetadata;
  /** A root: everything that a reader needs who starts here. */
  readonly base?: BaseMetadata;
  readonly batch?: BatchMetadata;
  readonly plan?: { readonly batchId: number; readonly plan: BatchPlan };
  /** Batches up to this one are in the sink, durably. */
  readonly done?: number;
  /** What only batches below this one need may be gone. */
  readonly horizon?: number;
  readonly snapshot?: { readonly batchId: number; readonly files: readonly string[]; readonly blocks: readonly BlockTuple[] };
  /** The log goes on in this segment of the same epoch. */
  readonly roll?: number;
  readonly close?: string;
}

export interface ClaimMetadata {
  readonly runner: string;
  readonly host: string;
  readonly processId: number;
  readonly atMicros: number;
  readonly previousEpoch: number;
}

export interface BatchMetadata {
  readonly batchId: number;
  readonly epoch: number;
  readonly plan: BatchPlan;
  readonly output: "inline" | "rerun" | "none" | readonly OutputFile[];
  readonly rowCounts: Json;
  readonly digest: string;
  readonly sideOutputs: Readonly<Record<string, readonly OutputFile[]>>;
  readonly progress: Json;
  /** State changes that are not in this record. */
  readonly files?: readonly string[];
  readonly blocks?: readonly BlockTuple[];
}

export interface BaseMetadata {
  readonly queryId: string;
  readonly query: QueryFingerprint;
  readonly constants: CheckpointConstants;
  readonly segmentBytes: number;
  readonly done: number;
  readonly horizon: number;
  /** The last batch, when this record has no `batch`. Its output is not kept: it is delivered. */
  readonly last?: BatchMetadata;
  readonly files: readonly string[];
  /** Records of retained batches: [batchId, file, offset]. */
  readonly batches: readonly (readonly [number, number, number])[];
  readonly snapshots: readonly { readonly batchId: number; readonly blocks: readonly BlockTuple[] }[];
  readonly changes: readonly { readonly batchId: number; readonly blocks: readonly BlockTuple[] }[];
}

interface BlocksOfBatch { readonly batchId: number; readonly blocks: readonly StateBlock[] }
interface BatchPlace { readonly batchId: number; readonly file: string; readonly offset: number }

/** The last batch: what its record says, and where its bytes are. */
export interface LastBatch {
  readonly metadata: BatchMetadata;
  readonly blocks: readonly StateBlock[];
  /** Set when read back from a log and the output stands in it. */
  readonly inlineOutput: Uint8Array | undefined;
}

export class LogState {
  queryId = "";
  query: QueryFingerprint = { sources: [], operators: [], settings: {} };
  constants: CheckpointConstants = {};
  segmentBytes = 0;
  done = -1;
  horizon = 0;
  last: LastBatch | undefined;
  planned: { readonly batchId: number; readonly plan: BatchPlan } | undefined;
  closedBecause: string | undefined;
  #batches: BatchPlace[] = [];
  #snapshots: BlocksOfBatch[] = [];
  #changes: BlocksOfBatch[] = [];
  /** State files that something pointed to once. */
  readonly #stateFiles = new Set<string>();

  get lastBatchId(): number { return this.last?.metadata.batchId ?? -1; }
  get batches(): readonly BatchPlace[] { return this.#batches; }

  /** Takes in one record of the log. Returns false when it can't be the next one. */
  apply(metadata: RecordMetadata, sections: readonly Section[], reader: RecordReader, file: string, offset: number): boolean {
    if (metadata.base !== undefined) this.#setBase(metadata.base);
    this.closedBecause = metadata.close;
    if (metadata.done !== undefined) this.done = Math.max(this.done, metadata.done);
    if (metadata.snapshot !== undefined) {
      const { batchId, files, blocks } = metadata.snapshot;
      this.addSnapshot(batchId, blocks.map(tuple => toBlock(batchId, tuple, files)));
    }
    if (metadata.batch !== undefined) {
      const { batch } = metadata;
      const next = this.last === undefined || batch.batchId === this.lastBatchId + 1 || batch.batchId === this.lastBatchId;
      if (!next) return false;
      this.addBatch(batchOf(batch, sections, reader, file), file, offset);
    }
    if (metadata.plan !== undefined) this.planned = metadata.plan;
    if (metadata.horizon !== undefined) this.prune(metadata.horizon);
    return true;
  }

  /** The batch is written at that place. One of the same number is replaced: it was run again. */
  addBatch(batch: LastBatch, file: string, offset: number): void {
    const { metadata: { batchId }, blocks } = batch;
    if (this.#batches.at(-1)?.batchId === batchId) this.#batches.pop();
    if (this.#changes.at(-1)?.batchId === batchId) this.#changes.pop();
    this.#batches.push({ batchId, file, offset });
    if (blocks.length > 0) this.#changes.push({ batchId, blocks });
    this.#remember(blocks);
    this.last = batch;
    this.planned = undefined;
  }

  /** State changes of a batch before the last one. */
  addChanges(batchId: number, blocks: readonly StateBlock[]): void {
    this.#changes.push({ batchId, blocks });
    this.#remember(blocks);
  }

  addSnapshot(batchId: number, blocks: readonly StateBlock[]): void {
    this.#snapshots.push({ batchId, blocks });
    this.#remember(blocks);
  }

  /** Forgets what only batches below `horizon` need. */
  prune(horizon: number): void {
    if (horizon <= this.horizon) return;
    this.horizon = horizon;
    this.#batches = dropWhile(this.#batches, batch => batch.batchId < horizon);
    const newest = this.#snapshots.findLast(snapshot => snapshot.batchId <= horizon);
    if (newest === undefined) return;
    this.#snapshots = dropWhile(this.#snapshots, snapshot => snapshot.batchId < newest.batchId);
    this.#changes = dropWhile(this.#changes, change => change.batchId <= newest.batchId);
  }

  /** The horizon that the next record may announce: what is not retained and not needed to run an undelivered batch again. */
  nextHorizon(batchId: number, done: number, retentionBatches: number): number {
    return Math.max(this.horizon, Math.min(batchId - retentionBatches + 1, done - 1));
  }

  dropOperators(operatorIds: ReadonlySet<number>): void {
    const without = (entries: readonly BlocksOfBatch[]) =>
      entries.map(entry => ({ batchId: entry.batchId, blocks: entry.blocks.filter(block => !operatorIds.has(block.operatorId)) }));
    this.#snapshots = without(this.#snapshots);
    this.#changes = without(this.#changes);
    if (this.last !== undefined) this.last = { ...this.last, blocks: this.last.blocks.filter(block => !operatorIds.has(block.operatorId)) };
  }

  stateToLoad(batchId: number): StateToLoad {
    const snapshot = this.#snapshots.findLast(entry => entry.batchId <= batchId);
    const from = snapshot?.batchId ?? -1;
    return {
      snapshots: snapshot?.blocks ?? [],
      changes: this.#changes.filter(entry => entry.batchId > from && entry.batchId <= batchId).flatMap(entry => entry.blocks),
    };
  }

  /** The blocks that a batch changed; undefined when a snapshot has taken their place, or the batch isn't there. */
  changesOf(batchId: number): readonly StateBlock[] | undefined {
    const taken = this.#snapshots.findLast(snapshot => snapshot.batchId <= this.horizon)?.batchId ?? -1;
    return batchId <= taken || batchId > this.lastBatchId ? undefined : this.#changes.find(entry => entry.batchId === batchId)?.blocks ?? [];
  }

  /** Bytes and batches of changes that are not in a snapshot. */
  sinceSnapshot(): { bytes: number; batches: number } {
    const from = this.#snapshots.at(-1)?.batchId ?? -1;
    let bytes = 0, batches = 0;
    for (const change of this.#changes) {
      if (change.batchId <= from) continue;
      batches++;
      for (const block of change.blocks) bytes += block.bytes;
    }
    return { bytes, batches };
  }

  /** Files, relative to the checkpoint, that something points into. */
  liveFiles(): Set<string> {
    const live = new Set<string>();
    for (const batch of this.#batches) live.add(batch.file);
    for (const entries of [this.#snapshots, this.#changes]) {
      for (const entry of entries) for (const block of entry.blocks) live.add(block.file);
    }
    return live;
  }

  /** State files that were in use and are not in `live`; each is given once. */
  takeUnreferenced(live: ReadonlySet<string>): string[] {
    const gone = [...this.#stateFiles].filter(file => !live.has(file));
    for (const file of gone) this.#stateFiles.delete(file);
    return gone;
  }

  /** Files that `takeUnreferenced` gave and that could not be removed. */
  putBack(files: readonly string[]): void { for (const file of files) this.#stateFiles.add(file); }

  #remember(blocks: readonly StateBlock[]): void {
    for (const block of blocks) if (block.file.startsWith(STATE)) this.#stateFiles.add(block.file);
  }

  /** A root for all but the batch that the same record carries (`withBatch`), or for all. */
  base(withBatch: number | undefined): BaseMetadata {
    const files: string[] = [], numbers = new Map<string, number>();
    const number = (file: string) => {
      let found = numbers.get(file);
      if (found === undefined) { numbers.set(file, found = files.length); files.push(file); }
      return found;
    };
    const tuples = (entries: readonly BlocksOfBatch[]) => entries.filter(entry => entry.blocks.length > 0).map(entry => ({
      batchId: entry.batchId,
      blocks: entry.blocks.map((block): BlockTuple => [block.operatorId, block.groupFrom, block.groupTo, number(block.file), block.offset, block.bytes, block.crc32c]),
    }));
    const other = <T extends { readonly batchId: number }>(entries: readonly T[]) => entries.filter(entry => entry.batchId !== withBatch);
    const batches = other(this.#batches).map((batch): [number, number, number] => [batch.batchId, number(batch.file), batch.offset]);
    const last = this.last?.metadata;
    return {
      queryId: this.queryId, query: this.query, constants: this.constants, segmentBytes: this.segmentBytes, done: this.done,
      horizon: this.horizon,
      ...(withBatch !== undefined || last === undefined ? {} : { last: withoutBytes(last) }),
      batches, snapshots: tuples(this.#snapshots), changes: tuples(other(this.#changes)), files,
    };
  }

  /** The last batch as the runner gets it. */
  recorded(): RecordedBatch | undefined { return this.last === undefined ? undefined : toRecorded(this.last); }

  #setBase(base: BaseMetadata): void {
    this.queryId = base.queryId;
    this.query = base.query;
    this.constants = base.constants;
    this.segmentBytes = base.segmentBytes;
    this.done = base.done;
    this.horizon = base.horizon;
    this.planned = undefined;
    const placed = ({ batchId, blocks }: { batchId: number; blocks: readonly BlockTuple[] }): BlocksOfBatch =>
      ({ batchId, blocks: blocks.map(tuple => toBlock(batchId, tuple, base.files)) });
    this.#batches = base.batches.map(([batchId, file, offset]) => ({ batchId, file: base.files[file]!, offset }));
    this.#snapshots = base.snapshots.map(placed);
    this.#changes = base.changes.map(placed);
    for (const entry of [...this.#snapshots, ...this.#changes]) this.#remember(entry.blocks);
    this.last = base.last === undefined ? undefined
      : { metadata: base.last, blocks: this.#changes.find(change => change.batchId === base.last!.batchId)?.blocks ?? [], inlineOutput: undefined };
  }
}

/** The batch of a record that was read. */
export function batchOf(metadata: BatchMetadata, sections: readonly Section[], reader: RecordReader, file: string): LastBatch {
  const { batchId } = metadata;
  const blocks = (metadata.blocks ?? []).map(tuple => toBlock(batchId, tuple, metadata.files ?? []));
  let inlineOutput: Uint8Array | undefined;
  for (const section of sections) {
    if (section.kind === SectionKind.state) blocks.push(blockOf(batchId, section, file));
    if (section.kind === SectionKind.output) inlineOutput = reader.bytes.slice(section.offset, section.offset + section.bytes);
  }
  return { metadata, blocks, inlineOutput };
}

export function toRecorded({ metadata, blocks, inlineOutput }: LastBatch): RecordedBatch {
  return {
    batchId: metadata.batchId, epoch: metadata.epoch, plan: metadata.plan, output: outputOf(metadata, inlineOutput),
    rowCounts: metadata.rowCounts, digest: metadata.digest, sideOutputs: metadata.sideOutputs, progress: metadata.progress, state: blocks,
  };
}

/** State blocks that lie in files of their own, as the metadata of a record names them. */
export function blockTable(blocks: readonly StateBlock[]): { files: string[]; blocks: BlockTuple[] } {
  const files = [...new Set(blocks.map(block => block.file))];
  return {
    files,
    blocks: blocks.map(block => [block.operatorId, block.groupFrom, block.groupTo, files.indexOf(block.file), block.offset, block.bytes, block.crc32c]),
  };
}

const toBlock = (batchId: number, tuple: BlockTuple, files: readonly string[]): StateBlock => ({
  batchId, operatorId: tuple[0], groupFrom: tuple[1], groupTo: tuple[2], file: files[tuple[3]]!, offset: tuple[4], bytes: tuple[5], crc32c: tuple[6],
});

const blockOf = (batchId: number, section: Section, file: string): StateBlock => ({
  batchId, operatorId: section.operatorId, groupFrom: section.groupFrom, groupTo: section.groupTo, file, offset: section.offset,
  bytes: section.bytes, crc32c: section.crc32c,
});

/** A delivered batch needs no output, and its blocks are in the list of changes. */
function withoutBytes(batch: BatchMetadata): BatchMetadata {
  const { files: _files, blocks: _blocks, ...rest } = batch;
  return { ...rest, output: "none" };
}

function outputOf(metadata: BatchMetadata, inline: Uint8Array | undefined): BatchOutput {
  const { output } = metadata;
  if (output === "inline") return inline === undefined ? { kind: "none" } : { kind: "inline", bytes: inline };
  if (output === "rerun" || output === "none") return { kind: output };
  return { kind: "files", files: output };
}

function dropWhile<T>(entries: T[], drop: (entry: T) => boolean): T[] {
  let count = 0;
  while (count < entries.length && drop(entries[count]!)) count++;
  return count === 0 ? entries : entries.slice(count);
}
