/**
 * The smallest runner that obeys the protocol, with one sink of each class, on a simulated disk and an outside world that
 * a test can copy at any moment. Every run of a batch gives another content, so that running it again is never mistaken
 * for delivering it again. After a fault the world is run to its end by a new runner and must look as if nothing had
 * happened.
 */
import { seededRandom, type Clock, type Random } from "../../src/base/clock.ts";
import { CheckpointError } from "../../src/base/errors.ts";
import { makeFolders, type Files } from "../../src/base/files.ts";
import { decidePending, openCheckpoint, type Checkpoint, type CheckpointOptions, type PendingSinkClass, type StateBytes } from "../../src/checkpoint/index.ts";
import { crc32c } from "../../src/storage/crc32c.ts";
import { Manifest, readManifest, stagedName, type ManifestFile } from "../../src/storage/manifest.ts";
import { SimulatedDisk } from "../../src/testing/simulated-files.ts";

const encoder = new TextEncoder();

/** Folders on the simulated disk; a setting with `root` has its own. */
const ROOT = "/data";
export const CHECKPOINT = `${ROOT}/checkpoint`, OUTPUT = `${ROOT}/output`;

/** What one run made of one batch: rows (from, to], and who made it. */
export interface Content { readonly batchId: number; readonly from: number; readonly to: number; readonly tag: string }

/** What is outside of the machine, or is a person's memory: it survives every fault. */
export class Outside {
  ledgerEpoch = 0;
  ledger: Content[] = [];
  /** Outbox and early sinks: what was received under each batch id. */
  readonly received = new Map<number, Set<string>>();
  acknowledged: Content[] = [];
  /** Rows up to this one can't be read again. */
  forgotten = 0;

  clone(): Outside {
    const copy = new Outside();
    copy.ledgerEpoch = this.ledgerEpoch;
    copy.ledger = [...this.ledger];
    for (const [batchId, contents] of this.received) copy.received.set(batchId, new Set(contents));
    copy.acknowledged = [...this.acknowledged];
    copy.forgotten = this.forgotten;
    return copy;
  }
}

export interface World { readonly outside: Outside; files(): Files }

/** A world whose disk can be copied and struck. */
export class SimulatedWorld implements World {
  readonly disk: SimulatedDisk;
  readonly outside: Outside;
  constructor(disk: SimulatedDisk = new SimulatedDisk(), outside: Outside = new Outside()) {
    this.disk = disk;
    this.outside = outside;
  }
  files(): Files { return this.disk.process(); }
  clone(): SimulatedWorld { return new SimulatedWorld(this.disk.clone(), this.outside.clone()); }
}

export interface Setting {
  readonly sinkClass: PendingSinkClass;
  readonly rows: number;
  /** Rows a batch. */
  readonly batchRows: number;
  /** State changes in files of their own. */
  readonly stateInFiles: boolean;
  /** Blocks that the state of a batch is cut into. */
  readonly parallelism: number;
  /** Blanks added to the state of each batch, to fill segments. */
  readonly padBytes?: number;
  readonly root?: string;
  readonly segmentBytes?: number;
  readonly retentionBatches?: number;
  readonly snapshotBatches?: number;
}

/** What became of a batch, in the words of the crash table. */
export type Outcome =
  "planned anew" | "ledger lacks it: same plan run again" | "ledger has it: nothing to do" | "same content delivered again"
  | "same plan, delivered again" | "already known to be delivered";

export interface RunHooks {
  /** After each step of the runner that is not a call of the file system. */
  mark?(label: string, batchId: number): void;
  /** Awaited at the places where a runner may be paused. */
  pause?(label: string, batchId: number): Promise<void>;
}

const QUERY = { sources: ["numbers"], operators: [{ operatorId: 1, name: "chain", key: "a INT", value: "b INT" }], settings: {} };

/** Time stands still. */
export const stillClock: Clock = { nowMicros: () => 1_000_000_000_000, monotonicMicros: () => 0, after: () => ({ cancel: () => undefined }) };

let tags = 0;

export class ReferenceRunner {
  readonly outcomes = new Map<number, Outcome>();
  readonly tag: string;
  checkpoint!: Checkpoint;
  readonly #world: World;
  readonly #files: Files;
  readonly #setting: Setting;
  readonly #hooks: RunHooks;
  readonly #options: Partial<CheckpointOptions>;
  #manifest: Manifest | undefined;
  readonly #random: Random;
  #chain: Content[] = [];
  readonly #output: string;

  constructor(world: World, files: Files, setting: Setting, hooks: RunHooks = {}, options: Partial<CheckpointOptions> = {}, name = "run") {
    const number = ++tags;
    this.tag = `${name}${number}`;
    // Names on a real disk must differ between threads too.
    this.#random = seededRandom(crc32c(encoder.encode(this.tag)));
    this.#world = world;
    this.#files = files;
    this.#setting = setting;
    this.#hooks = hooks;
    this.#options = options;
    this.#output = `${setting.root ?? ROOT}/output`;
  }

  /** Opens, settles what is pending, and runs until all rows are delivered. */
  async run(): Promise<void> {
    try {
      await this.open();
      while (await this.nextBatch());
      await this.finish();
    } catch (error) {
      this.checkpoint?.abandon();
      throw error;
    }
  }

  async open(): Promise<void> {
    const { sinkClass, segmentBytes, retentionBatches, snapshotBatches } = this.#setting, { outside } = this.#world;
    const checkpoint = this.checkpoint = await openCheckpoint({
      files: this.#files, path: `${this.#setting.root ?? ROOT}/checkpoint`, clock: stillClock, random: this.#random, query: QUERY, constants: { keyGroups: 256 },
      host: { name: "simulated", processId: ++tags, isAlive: () => false }, takeOver: true, segmentBytes: segmentBytes ?? 65536,
      ...(retentionBatches === undefined ? {} : { retentionBatches }), ...(snapshotBatches === undefined ? {} : { snapshotBatches }),
      ...(this.#setting.stateInFiles ? { inlineBytes: 0 } : {}), ...this.#options,
    });
    const { recovered } = checkpoint;
    if (sinkClass === "staged") {
      makeFolders(this.#files, this.#output);
      this.#manifest = new Manifest(this.#files, this.#output, checkpoint.queryId, this.#random);
    }
    let ledger: { batchId: number; digest: string } | null | undefined;
    if (sinkClass === "ledger") {
      outside.ledgerEpoch = Math.max(outside.ledgerEpoch, checkpoint.epoch);
      this.#hooks.mark?.("fence sink", -1);
      checkpoint.check();
      const newest = outside.ledger.at(-1);
      ledger = newest === undefined ? null : { batchId: newest.batchId, digest: digestOf(newest) };
    }
    let decision;
    try { decision = decidePending(sinkClass, recovered, ledger); } catch (error) {
      checkpoint.check();
      throw error;
    }
    const { lastBatchId } = recovered;
    for (let batchId = 0; batchId <= lastBatchId; batchId++) {
      this.outcomes.set(batchId, sinkClass === "ledger" ? "ledger has it: nothing to do" : "already known to be delivered");
    }
    if (decision.kind === "rerun") {
      this.outcomes.set(decision.batchId, sinkClass === "ledger" ? "ledger lacks it: same plan run again" : "same plan, delivered again");
      await this.#loadChain(decision.batchId - 1);
      const range = decision.plan.sources[0] as { from: number; to: number };
      this.#acknowledge();
      await this.#batch(decision.batchId, range.from, range.to, recovered.planned !== undefined);
      return;
    }
    await this.#loadChain(lastBatchId);
    if (decision.kind === "deliver") {
      const { batch } = decision, content = this.#chain[batch.batchId]!;
      this.outcomes.set(batch.batchId, "same content delivered again");
      if (sinkClass === "outbox" && batch.output.kind !== "inline") throw new Error(`the output of batch ${batch.batchId} is not in the log`);
      if (batch.output.kind === "inline") assertSame(JSON.parse(new TextDecoder().decode(batch.output.bytes)), content, "logged output and state");
      await this.#commit(content, batch.epoch, batch.output.kind === "files" ? batch.output.files : []);
      return;
    }
    if (decision.kind === "delivered") checkpoint.delivered(decision.batch.batchId);
    this.#acknowledge();
  }

  /** Runs one batch; false when there are no rows left. */
  async nextBatch(): Promise<boolean> {
    const from = this.#chain.at(-1)?.to ?? 0, { rows, batchRows } = this.#setting;
    if (from === rows) return false;
    const batchId = this.#chain.length;
    this.outcomes.set(batchId, "planned anew");
    await this.#batch(batchId, from, Math.min(rows, from + batchRows), false);
    return true;
  }

  async finish(): Promise<void> {
    this.#hooks.mark?.("no more input", this.#chain.length - 1);
    await this.checkpoint.idle();
    this.#forget();
    this.#hooks.mark?.("release", this.#chain.length - 1);
    await this.checkpoint.collect();
  }

  async #batch(batchId: number, from: number, to: number, isPlanned: boolean): Promise<void> {
    const { sinkClass } = this.#setting, { checkpoint } = this, { outside } = this.#world;
    if (from < outside.forgotten) throw new Error(`rows from ${from} are to be read, the source has forgotten those up to ${outside.forgotten}`);
    // A sink with early effects keeps its promise only for a query that gives the same rows again.
    const content: Content = { batchId, from, to, tag: sinkClass === "early" ? "" : this.tag };
    const plan = { sources: [{ from, to }], batchTimeMicros: 7, seed: 1, watermarks: null };
    await this.#step("compute", batchId);
    if (sinkClass === "early") {
      if (!isPlanned) await checkpoint.writePlan(batchId, plan);
      await this.#pause("before the sink", batchId);
      this.#receive(content);
      await this.#step("deliver", batchId);
    }
    const bytes = encoder.encode(JSON.stringify(content));
    const files = sinkClass === "staged" ? [this.#stage(batchId, bytes)] : [];
    await this.#pause("before the record", batchId);
    await checkpoint.writeBatch({
      batchId, plan, state: this.#cut(bytes), digest: digestOf(content), delivered: sinkClass === "early",
      output: sinkClass === "staged" ? { kind: "files", files } : sinkClass === "outbox" ? { kind: "inline", bytes } : { kind: "rerun" },
    });
    this.#chain[batchId] = content;
    this.#forget();
    await this.#step("release", batchId);
    if (checkpoint.snapshotDue) {
      const snapshot = checkpoint.beginSnapshot(batchId);
      for (const part of this.#cut(encoder.encode(this.#chain.map(entry => JSON.stringify(entry)).join("\n")))) await snapshot.write(part);
      await snapshot.finish();
    }
    if (sinkClass !== "early") await this.#commit(content, checkpoint.epoch, files);
    else {
      this.#acknowledge();
      this.#hooks.mark?.("acknowledge", batchId);
    }
  }

  async #commit(content: Content, epoch: number, files: readonly ManifestFile[]): Promise<void> {
    const { outside } = this.#world, { batchId } = content;
    await this.#pause("before the sink", batchId);
    if (this.#setting.sinkClass === "ledger") {
      if (outside.ledgerEpoch !== this.checkpoint.epoch || outside.ledger.length !== batchId) {
        throw new CheckpointError({ condition: "MILLRACE_FENCED", sqlState: "55006", message: "The ledger belongs to another runner." });
      }
      outside.ledger.push(content);
    } else if (this.#manifest !== undefined) this.#manifest.publish(batchId, epoch, files);
    else this.#receive(content);
    this.checkpoint.delivered(batchId);
    this.#acknowledge();
    this.#hooks.mark?.("commit", batchId);
  }

  #receive(content: Content): void {
    const { received } = this.#world.outside;
    received.set(content.batchId, (received.get(content.batchId) ?? new Set()).add(JSON.stringify(content)));
  }

  /** The batches of the chain are in the sink. */
  #acknowledge(): void {
    const { outside } = this.#world;
    if (this.#chain.length > outside.acknowledged.length) outside.acknowledged = [...this.#chain];
  }

  #forget(): void {
    const done = this.#chain[this.checkpoint.durableDone];
    if (done !== undefined) this.#world.outside.forgotten = Math.max(this.#world.outside.forgotten, done.to);
  }

  #stage(batchId: number, bytes: Uint8Array): ManifestFile {
    const name = stagedName("part", batchId, this.checkpoint.epoch, this.#random.uuid(), ".json"), path = `${this.#output}/${name}`;
    const handle = this.#files.open(path, "create");
    handle.writeAt(bytes, 0, bytes.length, 0);
    handle.sync();
    handle.close();
    this.#files.syncFolder(this.#output);
    return { path: name, bytes: bytes.length, rows: 1, crc32c: crc32c(bytes) };
  }

  #cut(bytes: Uint8Array): StateBytes[] {
    const { parallelism, padBytes } = this.#setting, groups = 256 / parallelism;
    if (padBytes !== undefined) {
      const padded = new Uint8Array(bytes.length + padBytes).fill(0x20);
      padded.set(bytes);
      bytes = padded;
    }
    return Array.from({ length: parallelism }, (_, i) => ({ operatorId: 1, groupFrom: i * groups, groupTo: (i + 1) * groups, bytes }));
  }

  /** Rebuilds the chain from snapshots and changes; every block of a batch must say the same. */
  async #loadChain(batchId: number): Promise<void> {
    const { snapshots, changes } = this.checkpoint.stateToLoad(batchId);
    for (const block of [...snapshots, ...changes]) {
      for (const line of new TextDecoder().decode(await this.checkpoint.readState(block)).split("\n")) {
        const content = JSON.parse(line) as Content, there = this.#chain[content.batchId];
        if (there !== undefined) assertSame(content, there, "two blocks of state");
        this.#chain[content.batchId] = content;
      }
    }
    if (this.#chain.length !== batchId + 1 || this.#chain.some(entry => entry === undefined)) {
      throw new Error(`the state has ${this.#chain.length} batches, not ${batchId + 1}`);
    }
  }

  async #step(label: string, batchId: number): Promise<void> {
    this.#hooks.mark?.(label, batchId);
    await this.#pause(`after ${label}`, batchId);
  }

  async #pause(label: string, batchId: number): Promise<void> { await this.#hooks.pause?.(label, batchId); }
}

const digestOf = (content: Content) => crc32c(encoder.encode(JSON.stringify(content))).toString(16);

function assertSame(a: Content, b: Content, what: string): void {
  if (JSON.stringify(a) !== JSON.stringify(b)) throw new Error(`${what} differ: ${JSON.stringify(a)} and ${JSON.stringify(b)}`);
}

/** What a reader of the sink sees, or throws when no reader could make sense of it. */
export function view(world: World, setting: Setting): Content[] {
  const { outside } = world;
  if (setting.sinkClass === "ledger") return outside.ledger;
  if (setting.sinkClass === "staged") {
    const files = world.files(), output = `${setting.root ?? ROOT}/output`;
    if (files.status(output) === undefined) return [];
    return readManifest(files, output).flatMap(entry => entry.files.map(file => {
      const bytes = files.readFile(`${output}/${file.path}`);
      if (crc32c(bytes) !== file.crc32c) throw new Error(`published file ${file.path} is damaged`);
      return JSON.parse(new TextDecoder().decode(bytes)) as Content;
    }));
  }
  return Array.from({ length: outside.received.size }, (_, batchId) => {
    const contents = outside.received.get(batchId);
    if (contents === undefined) throw new Error(`batch ${batchId} was never delivered, a later one was`);
    if (contents.size > 1) throw new Error(`batch ${batchId} was delivered with two contents: ${[...contents].join(" and ")}`);
    return JSON.parse([...contents][0]!) as Content;
  });
}

/** Throws when the sink holds anything but rows once each and in order, or lacks what was acknowledged. */
export function verify(world: World, setting: Setting, finished: boolean): void {
  const seen = view(world, setting), { acknowledged } = world.outside;
  let at = 0;
  for (const [batchId, content] of seen.entries()) {
    if (content.batchId !== batchId || content.from !== at) throw new Error(`the sink holds batch ${content.batchId} with rows from ${content.from} where ${at} was expected`);
    at = content.to;
  }
  for (const [batchId, content] of acknowledged.entries()) {
    if (JSON.stringify(seen[batchId]) !== JSON.stringify(content)) throw new Error(`acknowledged batch ${batchId} is lost or has another content`);
  }
  if (finished && (at !== setting.rows || acknowledged.length !== seen.length)) {
    throw new Error(`all is done and ${at} of ${setting.rows} rows are in the sink, ${acknowledged.length} of ${seen.length} batches acknowledged`);
  }
}
