/** What all operators of a running query share: memory for intermediate results, and what is fixed for one batch of the query. */
import { Arena } from "../memory/arena.ts";
import type { EvalContext, SqlSettings } from "../plan/function.ts";
import type { LateReceiver } from "./late-rows.ts";

interface Held { release(): void }

/** How far a watermark that stands at `micros` has come for an operator: there or earlier. */
export type SetBack = (micros: bigint) => bigint;

/** What the runtime sets for one batch of the query. */
class BatchFacts {
  batchTimeMicros = 0n;
  seed = 0;
  queryId: string | null = null;
  batchId: bigint | null = null;
  lateWatermarkMicros: bigint | null = null;
  watermarkMicros: bigint | null = null;
  windowIndex = 0;
  partition = "";
  lateReceiver: LateReceiver | undefined;
  readonly observed = new Map<string, Readonly<Record<string, unknown>>>();
}

export class ExecutionContext implements EvalContext {
  /** Results of expressions; emptied by the runtime after each batch of columns that it pushed. */
  readonly arena: Arena;
  readonly settings: SqlSettings;
  readonly #facts: BatchFacts;
  readonly #setBack: SetBack | undefined;
  readonly #held: Set<Held>;

  /** `of`: shares all with that context, except that its watermarks are set back. */
  constructor(settings: SqlSettings, of?: { readonly context: ExecutionContext; readonly setBack: SetBack }) {
    this.settings = settings;
    this.arena = of === undefined ? new Arena() : of.context.arena;
    this.#facts = of === undefined ? new BatchFacts() : of.context.#facts;
    this.#held = of === undefined ? new Set() : of.context.#held;
    this.#setBack = of?.setBack;
  }

  get batchTimeMicros(): bigint { return this.#facts.batchTimeMicros; }
  set batchTimeMicros(micros: bigint) { this.#facts.batchTimeMicros = micros; }
  get seed(): number { return this.#facts.seed; }
  set seed(seed: number) { this.#facts.seed = seed; }
  get queryId(): string | null { return this.#facts.queryId; }
  get batchId(): bigint | null { return this.#facts.batchId; }
  /** Which batch of which query runs. */
  setBatch(queryId: string, batchId: number): void {
    this.#facts.queryId = queryId;
    this.#facts.batchId = BigInt(batchId);
  }
  /** While overlapping windows are passed on: which window of a row, 0 for the latest. A late row is counted once, at 0. */
  get windowIndex(): number { return this.#facts.windowIndex; }
  set windowIndex(index: number) { this.#facts.windowIndex = index; }
  /** Takes the rows that operators drop as late; undefined when nobody wants them. */
  get lateReceiver(): LateReceiver | undefined { return this.#facts.lateReceiver; }
  set lateReceiver(receiver: LateReceiver | undefined) { this.#facts.lateReceiver = receiver; }
  /** What observe() saw of this batch, by its names. */
  get observed(): Map<string, Readonly<Record<string, unknown>>> { return this.#facts.observed; }
  /** Which partition of which source is being read. */
  get partition(): string { return this.#facts.partition; }
  set partition(name: string) { this.#facts.partition = name; }
  /** Rows up to here are late: the watermark of the batch before. Null without a watermark. */
  get lateWatermarkMicros(): bigint | null { return this.#reached(this.#facts.lateWatermarkMicros); }
  set lateWatermarkMicros(micros: bigint | null) { this.#facts.lateWatermarkMicros = micros; }
  /** Groups up to here are closed: the watermark of this batch. */
  get watermarkMicros(): bigint | null { return this.#reached(this.#facts.watermarkMicros); }
  set watermarkMicros(micros: bigint | null) { this.#facts.watermarkMicros = micros; }

  /** Whether a watermark of the query at `millis` would be further than in this batch. */
  watermarkRisesTo(millis: number): boolean {
    const now = this.watermarkMicros;
    return now !== null && this.#reached(BigInt(millis) * 1000n)! > now;
  }

  #reached(micros: bigint | null): bigint | null { return micros === null || this.#setBack === undefined ? micros : this.#setBack(micros); }

  /** Memory that an operator keeps from one batch of columns to the next: it is given back when the query ends, however it ends. */
  hold<T extends Held>(memory: T): T {
    this.#held.add(memory);
    return memory;
  }

  /** Gives back, early, what was held. */
  drop(memory: Held | undefined): void {
    if (memory !== undefined && this.#held.delete(memory)) memory.release();
  }

  /** Gives all memory back. */
  release(): void {
    for (const memory of this.#held) memory.release();
    this.#held.clear();
    this.arena.release();
  }
}
