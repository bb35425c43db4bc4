/** An open checkpoint in a local folder: what the runner writes, and what the log gives up. */
import { sleep } from "../base/clock.ts";
import { recordBytes, SectionKind } from "../storage/record.ts";
import { collectSegments, unlinkAll } from "./collect.ts";
import { closed, inputOutput, isDiskFull } from "./errors.ts";
import type { Lease } from "./lease.ts";
import { blockTable, type BatchMetadata, type LogState, type RecordMetadata } from "./log-state.ts";
import type { LogWriter } from "./log-writer.ts";
import { STATE } from "./names.ts";
import { readStateBlock, StateFileWriter } from "./state-file.ts";
import type {
  BatchPlan, BatchToWrite, Checkpoint, CheckpointOptions, CheckpointStatus, CheckpointStep, Recovered, SnapshotWriter, StateBlock,
  StateBytes, StateToLoad,
} from "./types.ts";

export const DEFAULT_RETENTION = 100, DEFAULT_SEGMENT_BYTES = 16 * 1024 * 1024, DEFAULT_INLINE_BYTES = 1024 * 1024;
const DEFAULT_SNAPSHOT_BYTES = 64 * 1024 * 1024, DEFAULT_SNAPSHOT_BATCHES = 1000;
/** Unlinks are looked for at least this often; a roll and a snapshot look too. */
const COLLECT_EVERY_BATCHES = 64;
const RETRY_MICROS = 1_000_000;

interface Parts {
  readonly options: CheckpointOptions;
  readonly epoch: number;
  readonly state: LogState;
  readonly writer: LogWriter;
  readonly lease: Lease;
  readonly recovered: Recovered;
}

export class LocalCheckpoint implements Checkpoint {
  readonly queryId: string;
  readonly epoch: number;
  readonly path: string;
  readonly recovered: Recovered;
  readonly #options: CheckpointOptions;
  readonly #state: LogState;
  readonly #writer: LogWriter;
  readonly #lease: Lease;
  readonly #inlineBytes: number;
  #done: number;
  #durableDone: number;
  #failure: unknown;
  #closed = false;
  #readySnapshot: { readonly batchId: number; readonly blocks: readonly StateBlock[] } | undefined;
  #snapshotting = false;
  #stagingFull = false;
  #changeBytes: number;
  #changeBatches: number;
  /** The segment of the newest durable root; none before it is read again. */
  #rootIndex = 0;
  #batchesToCollect = 0;
  #collecting: Promise<void> | undefined;
  #failedUnlinks = 0;

  constructor(parts: Parts) {
    this.queryId = parts.state.queryId;
    this.epoch = parts.epoch;
    this.path = parts.options.path;
    this.recovered = parts.recovered;
    this.#options = parts.options;
    this.#state = parts.state;
    this.#writer = parts.writer;
    this.#lease = parts.lease;
    this.#done = this.#durableDone = parts.state.done;
    this.#inlineBytes = Math.min(parts.options.inlineBytes ?? DEFAULT_INLINE_BYTES, parts.state.segmentBytes);
    const since = parts.state.sinceSnapshot();
    this.#changeBytes = since.bytes;
    this.#changeBatches = since.batches;
  }

  get lastBatchId(): number { return this.#state.lastBatchId; }
  get durableDone(): number { return this.#durableDone; }

  check(): void {
    this.#usable();
    this.#guard("look at the log's folder", () => this.#writer.check());
  }

  async writePlan(batchId: number, plan: BatchPlan): Promise<void> {
    this.#usable();
    this.#expectNext(batchId);
    const horizon = this.#state.nextHorizon(batchId, this.#done, this.#retention);
    await this.#write({ plan: { batchId, plan }, done: this.#done, horizon }, [], undefined, batchId);
    this.#state.planned = { batchId, plan };
    this.#durableDone = this.#done;
    this.#released(horizon);
  }

  async writeBatch(batch: BatchToWrite): Promise<void> {
    this.#usable();
    const { batchId } = batch;
    this.#expectNext(batchId);
    let inline = batch.state, staged = batch.stagedState ?? [];
    let inlineBytes = 0;
    for (const part of inline) inlineBytes += part.bytes.length;
    if (inlineBytes > this.#inlineBytes) {
      staged = [...staged, ...await this.stageState(batchId, inline)];
      inline = [];
    }
    const done = batch.delivered === true ? batchId : this.#done;
    const horizon = this.#state.nextHorizon(batchId, done, this.#retention);
    const output = batch.output.kind === "files" ? batch.output.files : batch.output.kind;
    const metadata: BatchMetadata = {
      batchId, epoch: this.epoch, plan: batch.plan, output, rowCounts: batch.rowCounts ?? null, digest: batch.digest,
      sideOutputs: batch.sideOutputs ?? {}, progress: batch.progress ?? null, ...(staged.length > 0 ? blockTable(staged) : {}),
    };
    const snapshot = this.#readySnapshot;
    const record: RecordMetadata = {
      batch: metadata, done, horizon,
      ...(snapshot === undefined ? {} : { snapshot: { batchId: snapshot.batchId, ...blockTable(snapshot.blocks) } }),
    };
    const offset = await this.#write(record, inline, batch.output.kind === "inline" ? batch.output.bytes : undefined, batchId);

    const file = this.#writer.file;
    const blocks: StateBlock[] = [...staged];
    for (const [number, part] of inline.entries()) {
      const section = this.#writer.encoder.section(number + 1);
      blocks.push({
        batchId, operatorId: part.operatorId, groupFrom: part.groupFrom, groupTo: part.groupTo, file, offset: offset + section.offset,
        bytes: section.bytes, crc32c: section.crc32c,
      });
    }
    this.#state.addBatch({ metadata, blocks, inlineOutput: undefined }, file, offset);
    if (snapshot !== undefined) this.#tookSnapshot(snapshot);
    for (const block of blocks) this.#changeBytes += block.bytes;
    if (blocks.length > 0) this.#changeBatches += 1;
    this.#done = this.#durableDone = done;
    this.#released(horizon);
    this.#writer.prepareAhead();
  }

  delivered(batchId: number): void {
    if (batchId !== this.#state.lastBatchId) throw new RangeError(`batch ${batchId} can't be delivered, ${this.#state.lastBatchId} is the last one written`);
    this.#done = batchId;
  }

  async idle(): Promise<void> {
    this.#usable();
    if (this.#done === this.#durableDone) return;
    this.#guard("write to the log", () => {
      if (!this.#begin({ done: this.#done }, "done")) return;
      this.#appendAndCheck("appendDone", this.#state.lastBatchId);
      this.#durableDone = this.#done;
    });
  }

  async stageState(batchId: number, parts: readonly StateBytes[]): Promise<readonly StateBlock[]> {
    this.#usable();
    return this.#guardAsync("write a state file", async () => {
      for (;;) {
        const writer = new StateFileWriter(this.#options, this.epoch, batchId, "chg");
        try {
          for (const part of parts) await writer.write(part);
          this.#step("stage", batchId);
          await writer.finish();
          await this.#options.files.syncFolderAsync(`${this.path}/${STATE}`);
          this.#step("syncFiles", batchId);
          return writer.blocks;
        } catch (error) {
          writer.abort();
          if (!isDiskFull(error)) throw error;
        }
        // Nothing was acted on: wait for room and write the same under a new name.
        this.#stagingFull = true;
        await sleep(this.#options.clock, RETRY_MICROS, this.#options.signal);
        this.#stagingFull = false;
        this.#usable();
        this.#options.signal?.throwIfAborted();
      }
    });
  }

  get snapshotDue(): boolean {
    if (this.#snapshotting || this.#readySnapshot !== undefined) return false;
    return this.#changeBytes >= (this.#options.snapshotBytes ?? DEFAULT_SNAPSHOT_BYTES)
      || this.#changeBatches >= (this.#options.snapshotBatches ?? DEFAULT_SNAPSHOT_BATCHES);
  }

  beginSnapshot(batchId: number): SnapshotWriter {
    this.#usable();
    if (batchId !== this.#state.lastBatchId || this.#snapshotting) throw new RangeError(`a snapshot of batch ${batchId} can't begin now`);
    this.#snapshotting = true;
    const writer = new StateFileWriter(this.#options, this.epoch, batchId, "snap");
    const abort = () => {
      writer.abort();
      this.#snapshotting = false;
    };
    // A snapshot that fails costs nothing but itself: the changes are still there, and a later one may succeed.
    const guard = async (act: () => Promise<void>) => {
      try { await act(); } catch (error) {
        abort();
        throw inputOutput(error, "write a snapshot");
      }
    };
    return {
      write: part => guard(() => writer.write(part)),
      finish: () => guard(async () => {
        await writer.finish();
        await this.#options.files.syncFolderAsync(`${this.path}/${STATE}`);
        this.#readySnapshot = { batchId, blocks: writer.blocks };
        this.#snapshotting = false;
      }),
      abort,
    };
  }

  stateToLoad(batchId: number): StateToLoad { return this.#state.stateToLoad(batchId); }

  async readState(block: StateBlock): Promise<Uint8Array> {
    try { return await readStateBlock(this.#options.files, this.path, block); } catch (error) { throw inputOutput(error, `read ${block.file}`); }
  }

  collect(): Promise<void> {
    this.#collecting ??= this.#collect().finally(() => { this.#collecting = undefined; });
    return this.#collecting;
  }

  status(): CheckpointStatus {
    return {
      epoch: this.epoch, diskFull: this.#writer.diskFull || this.#stagingFull, failedUnlinks: this.#failedUnlinks, segmentFile: this.#writer.file,
      segmentUsedBytes: this.#writer.usedBytes, changeBytesSinceSnapshot: this.#changeBytes,
      batchesSinceSnapshot: this.#changeBatches, horizon: this.#state.horizon,
    };
  }

  async close(reason: string): Promise<void> {
    this.#usable();
    await this.#collecting;
    this.#guard("write to the log", () => {
      if (!this.#begin({ done: this.#done, close: reason.slice(0, 1000) }, "close")) return;
      this.#appendAndCheck("appendDone", this.#state.lastBatchId);
      this.#durableDone = this.#done;
    });
    this.#release(true);
    await this.#writer.settled();
  }

  abandon(): void { this.#release(false); }

  // ---- writing -----------------------------------------------------------------------------------------------------

  get #retention(): number { return this.#options.retentionBatches ?? DEFAULT_RETENTION; }

  /** Appends one record, in a new segment with a root if there is no room in this one, and makes it count. Returns its offset. */
  async #write(record: RecordMetadata, state: readonly StateBytes[], output: Uint8Array | undefined, batchId: number): Promise<number> {
    return this.#guardAsync("write to the log", async () => {
      const encode = (metadata: RecordMetadata) => {
        const { encoder } = this.#writer;
        encoder.begin(JSON.stringify(metadata), state.length + (output === undefined ? 0 : 1));
        for (const part of state) encoder.add(SectionKind.state, part.operatorId, part.groupFrom, part.groupTo, part.bytes);
        if (output !== undefined) encoder.add(SectionKind.output, 0, 0, 0, output);
      };
      encode(record);
      if (this.#writer.fits(this.#writer.encoder.paddedBytes)) return this.#appendAndCheck("append", batchId);
      const rooted = { base: this.#state.base(record.batch?.batchId), ...record };
      const sizes = state.map(part => part.bytes.length);
      if (output !== undefined) sizes.push(output.length);
      await this.#writer.roll(recordBytes(JSON.stringify(rooted).length * 3, sizes));
      this.#usable();
      encode(rooted);
      const offset = this.#appendAndCheck("append", batchId);
      this.#rootIndex = this.#writer.index;
      this.#batchesToCollect = COLLECT_EVERY_BATCHES;
      return offset;
    });
  }

  /** Encodes a small record, if the page reserved for it is left. */
  #begin(metadata: RecordMetadata, kind: "done" | "close"): boolean {
    this.#writer.encoder.begin(JSON.stringify(metadata), 0);
    return this.#writer.fits(this.#writer.encoder.paddedBytes, kind);
  }

  #appendAndCheck(step: CheckpointStep, batchId: number): number {
    const offset = this.#writer.append();
    this.#step(step, batchId);
    this.#writer.sync();
    this.#step("sync", batchId);
    this.#writer.check();
    this.#step("check", batchId);
    return offset;
  }

  #expectNext(batchId: number): void {
    const last = this.#state.lastBatchId;
    const again = batchId === last && this.#done < last;
    if (batchId === last + 1 ? this.#done < last : !again) {
      throw new RangeError(`batch ${batchId} can't be written: the last one is ${last}, delivered are those up to ${this.#done}`);
    }
  }

  #tookSnapshot(snapshot: { readonly batchId: number; readonly blocks: readonly StateBlock[] }): void {
    this.#state.addSnapshot(snapshot.batchId, snapshot.blocks);
    this.#readySnapshot = undefined;
    const since = this.#state.sinceSnapshot();
    this.#changeBytes = since.bytes;
    this.#changeBatches = since.batches;
    this.#batchesToCollect = COLLECT_EVERY_BATCHES;
  }

  /** A durable, checked record has given up what is below `horizon`. */
  #released(horizon: number): void {
    this.#state.prune(horizon);
    if (++this.#batchesToCollect < COLLECT_EVERY_BATCHES) return;
    this.#batchesToCollect = 0;
    void this.collect();
  }

  async #collect(): Promise<void> {
    if (this.#failure !== undefined || this.#closed) return;
    try {
      const { files } = this.#options;
      const live = this.#state.liveFiles();
      for (const block of this.#readySnapshot?.blocks ?? []) live.add(block.file);
      const segments = await collectSegments(files, this.path, live, this.epoch, this.#rootIndex);
      const kept = await unlinkAll(files, this.path, this.#state.takeUnreferenced(live));
      this.#state.putBack(kept);
      this.#failedUnlinks += segments + kept.length;
    } catch (error) {
      if (inputOutput(error, "") === error) this.#failure ??= error;
      else this.#failedUnlinks += 1;
    }
  }

  // ---- failing and ending ------------------------------------------------------------------------------------------

  #step(step: CheckpointStep, batchId: number): void { this.#options.onStep?.(step, batchId); }

  #usable(): void {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#closed) throw closed();
  }

  #guard<T>(what: string, act: () => T): T {
    try { return act(); } catch (error) { throw this.#fail(error, what); }
  }

  async #guardAsync<T>(what: string, act: () => Promise<T>): Promise<T> {
    try { return await act(); } catch (error) { throw this.#fail(error, what); }
  }

  /** The first error ends this run: what the log says from now on is for the next opening to read. */
  #fail(error: unknown, what: string): unknown {
    this.#failure ??= inputOutput(error, what);
    return this.#failure;
  }

  #release(closed: boolean): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#writer.stop();
    this.#lease.release(closed);
  }
}
