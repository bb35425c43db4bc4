/** The engine in this process, with the hooks of the testing kit: a disk in memory that can lose power, and crashes on demand. */
import type { CheckpointStep } from "../checkpoint/types.ts";
import type { EngineContext, Rows, StreamHandle, StreamStart } from "../api/engine.ts";
import type { EngineWorld } from "../api/local/engine-world.ts";
import { LocalEngine } from "../api/local/local-engine.ts";
import { nodeFiles } from "../base/files.ts";
import { callbackSink } from "../connectors/callback/callback-sink.ts";
import { MemoryTable } from "../connectors/memory/memory-source.ts";
import type { StructType } from "../types/data-type.ts";
import type { CrashPoint, Delivery, ScriptedRun, ScriptedSource, StartChange, TestEngine, TestEngineFactory, TestWorld } from "./hooks.ts";
import { RoutedFiles } from "./routed-files.ts";
import { SimulatedDisk } from "./simulated-files.ts";
import { SimulatedCrash, SimulatedProcess } from "./simulated-process.ts";

/** What lies under it is on the disk in memory; other files are the real ones, so that a test may read fixtures. */
const SIMULATED_ROOT = "/millrace-test-disk";

type Step = CheckpointStep | "compute" | "commit" | "acknowledge";

export const localTestEngine: TestEngineFactory = (context, world) => new LocalTestEngine(context, world);

class LocalTestEngine extends LocalEngine implements TestEngine {
  readonly disk: SimulatedDisk;
  readonly #sources: ScriptedTable[] = [];
  #runs = 0;
  /** Set while a run is to crash: called after each step. */
  readonly #crash: { at: ((step: Step) => void) | undefined };

  constructor(context: EngineContext, { clock, random }: TestWorld) {
    const disk = new SimulatedDisk(), simulated = new SimulatedProcess(disk, {}), crash: { at: ((step: Step) => void) | undefined } = { at: undefined };
    const world: EngineWorld = {
      clock, random, files: new RoutedFiles(SIMULATED_ROOT, simulated, nodeFiles), print: text => { process.stdout.write(`${text}\n`); }, warn: text => { process.stderr.write(`${text}\n`); },
      onStep: (_name, step) => crash.at?.(step),
    };
    simulated.makeFolder(SIMULATED_ROOT);
    simulated.syncFolder("/");
    super(context, world);
    this.disk = disk;
    this.#crash = crash;
  }

  scriptedSource(schema: StructType, partitions?: readonly string[]): ScriptedSource {
    const table = new ScriptedTable(`stream-${this.#sources.length}`, schema, partitions);
    this.#sources.push(table);
    return { source: table, add: (rows, partition) => table.hold(rows, partition) };
  }

  async script(start: StreamStart): Promise<ScriptedRun> {
    const run = new LocalRun(this, { ...start, checkpointLocation: `${SIMULATED_ROOT}/run-${this.#runs++}` }, this.#crash);
    await run.begin();
    return run;
  }

  /** Rows that were added become visible, those of all streams at one moment. */
  release(): void { for (const source of this.#sources) source.release(); }
}

/** A stream whose rows wait until the test lets them through, as one chunk a partition. */
class ScriptedTable extends MemoryTable {
  readonly #held = new Map<string | undefined, (Rows[number])[]>();
  hold(rows: Rows, partition?: string): void {
    const held = this.#held.get(partition);
    if (held === undefined) this.#held.set(partition, [...rows]);
    else held.push(...rows);
  }
  release(): void {
    const held = [...this.#held];
    this.#held.clear();
    for (const [partition, rows] of held) this.add(rows, partition);
  }
}

class LocalRun implements ScriptedRun {
  readonly #engine: LocalTestEngine;
  readonly #crash: { at: ((step: Step) => void) | undefined };
  readonly deliveries: Delivery[] = [];
  #start: StreamStart;
  #handle: StreamHandle | undefined;
  #given = 0;

  constructor(engine: LocalTestEngine, start: StreamStart, crash: { at: ((step: Step) => void) | undefined }) {
    this.#engine = engine;
    this.#start = start;
    this.#crash = crash;
  }

  get handle(): StreamHandle { return this.#handle!; }
  schema: StructType = { kind: "struct", fields: [] };
  get #execution() { return this.#engine.streams.queries.find(query => query.handle === this.#handle)!.execution; }

  async begin(): Promise<void> {
    this.schema = await this.#engine.analyze(this.#start.plan);
    const sink = callbackSink("TestSink", async (batchId, rows) => { this.deliveries.push({ batchId, rows }); });
    this.#handle = await this.#engine.start({ ...this.#start, target: { kind: "sink", sink } });
  }

  async process(): Promise<Rows> {
    this.#engine.release();
    await this.#handle!.processAllAvailable();
    // A batch that was delivered again has the id of one that was given already.
    const seen = new Set(this.deliveries.slice(0, this.#given).map(delivery => delivery.batchId)), rows: (Rows[number])[] = [];
    for (const delivery of this.deliveries.slice(this.#given)) {
      if (!seen.has(delivery.batchId)) rows.push(...delivery.rows);
      seen.add(delivery.batchId);
    }
    this.#given = this.deliveries.length;
    return rows;
  }

  release(): void { this.#engine.release(); }

  async crashAt(point: CrashPoint): Promise<void> {
    let crashed = false;
    this.#crash.at = step => {
      if (step !== point || crashed) return;
      crashed = true;
      throw new SimulatedCrash(point);
    };
    this.#engine.release();
    try {
      await this.#handle!.processAllAvailable();
      if (!crashed) await this.#execution.checkpoint!.idle();
    } catch (error) {
      if (!crashed) throw error;
    } finally {
      this.#crash.at = undefined;
    }
    if (!crashed) throw new Error(`no batch ran through '${point}': add rows before crashAt`);
    await this.crash();
  }

  async crash(): Promise<void> {
    await this.#execution.kill();
    this.#engine.disk.losePower("lost");
  }

  async restart(change: StartChange = {}): Promise<void> {
    if (this.#handle!.isActive) await this.#handle!.stop(false);
    this.#start = { ...this.#start, ...change };
    await this.begin();
  }

  stop(): Promise<void> { return this.#handle!.stop(false); }
}
