/** A running streaming query as people hold it: its identity, its progress, and how it ends. */
import type { Clock } from "../base/clock.ts";
import type { MillraceError } from "../base/errors.ts";
import type { ExplainMode, StreamHandle } from "./engine.ts";
import type { StreamingQueryProgress } from "../stream/progress.ts";
import { rowReader } from "../types/edge-values.ts";
import { queueOf } from "./queue.ts";

export type { SourceProgress, StateOperatorProgress, StreamingQueryProgress } from "../stream/progress.ts";

export interface ActionOptions { signal?: AbortSignal }

export interface StreamingQueryStatus { readonly message: string; readonly isDataAvailable: boolean; readonly isTriggerActive: boolean }

export interface StreamingQuery extends AsyncDisposable {
  /** The same over restarts from one checkpoint. */
  readonly id: string;
  /** Of this run alone. */
  readonly runId: string;
  readonly name: string | null;
  readonly isActive: boolean;
  readonly status: StreamingQueryStatus;
  readonly lastProgress: StreamingQueryProgress | null;
  readonly recentProgress: readonly StreamingQueryProgress[];
  /** The progress of each batch from now on, until the query ends. */
  progress(options?: ActionOptions): AsyncIterable<StreamingQueryProgress>;
  /** True when the query has ended, false when `timeoutMs` is over before; throws the error that ended it. */
  awaitTermination(options?: ActionOptions & { timeoutMs?: number }): Promise<boolean>;
  /** Settles when all that is in the sources now has been through. For tests and imports: it never does while data keeps coming. */
  processAllAvailable(): Promise<void>;
  /** `drain`: first all that is available now. */
  stop(options?: { drain?: boolean }): Promise<void>;
  exception(): MillraceError | null;
  explain(mode?: ExplainMode): Promise<string>;
  /** Rows of an operator's state as it is between two batches: by key, by range of time, or as they come. */
  state(options?: StateQueryOptions): Promise<StateAnswer>;
}

export interface StateQueryOptions {
  /** The operator's number, from the sources down; 0 unless said otherwise. */
  operator?: number;
  /** `default` unless said otherwise; of a join `left` or `right`, of a program the name of a variable. */
  store?: string;
  /** Fields of the key by name, some or all of them; or the value of a key of one field. */
  key?: unknown;
  /** Only rows whose time is `from` or later and before `to`: the start of a window, a time in the key, or else the first field of the key. */
  from?: unknown;
  to?: unknown;
  /** 1 to 10,000; 100 unless said otherwise. */
  limit?: number;
  /** `next` of the page before. */
  after?: string;
}

export interface StateAnswer {
  /** The batch after which the state is so; -1: none yet. */
  readonly batchId: number;
  readonly operator: number;
  readonly operatorName: string;
  readonly store: string;
  /** Of the whole store. */
  readonly rowsTotal: number;
  readonly rows: readonly { readonly key: { readonly [name: string]: unknown }; readonly value: { readonly [name: string]: unknown } }[];
  /** Set when there may be more: ask with it as `after`. What changed in between may be missed or come twice. */
  readonly next?: string;
}

export class RunningQuery implements StreamingQuery {
  readonly #handle: StreamHandle;
  readonly #clock: Clock;

  constructor(handle: StreamHandle, clock: Clock) {
    this.#handle = handle;
    this.#clock = clock;
  }

  get id(): string { return this.#handle.id; }
  get runId(): string { return this.#handle.runId; }
  get name(): string | null { return this.#handle.name; }
  get isActive(): boolean { return this.#handle.isActive; }
  get status(): StreamingQueryStatus { return this.#handle.status; }
  get lastProgress(): StreamingQueryProgress | null { return this.#handle.lastProgress; }
  get recentProgress(): readonly StreamingQueryProgress[] { return this.#handle.recentProgress; }
  exception(): MillraceError | null { return this.#handle.exception; }
  explain(mode: ExplainMode = "simple"): Promise<string> { return this.#handle.explain(mode); }

  async state(options: StateQueryOptions = {}): Promise<StateAnswer> {
    const { key, value, rows, next, ...page } = await this.#handle.state(options), readKey = rowReader(key), readValue = rowReader(value);
    return { ...page, rows: rows.map(row => ({ key: readKey(row.key), value: readValue(row.value) })), ...(next !== undefined && { next }) };
  }

  progress(options: ActionOptions = {}): AsyncIterable<StreamingQueryProgress> {
    const handle = this.#handle;
    return {
      async *[Symbol.asyncIterator]() {
        const queue = queueOf<StreamingQueryProgress>();
        using _subscription = handle.observe({ progress: queue.push, terminated: queue.end });
        if (!handle.isActive) return;
        const abort = (): void => queue.end();
        options.signal?.addEventListener("abort", abort, { once: true });
        try {
          options.signal?.throwIfAborted();
          yield* queue.items;
          options.signal?.throwIfAborted();
        } finally {
          options.signal?.removeEventListener("abort", abort);
        }
      },
    };
  }

  async awaitTermination(options: ActionOptions & { timeoutMs?: number } = {}): Promise<boolean> {
    const { signal, timeoutMs } = options;
    signal?.throwIfAborted();
    const ended = this.#handle.terminated.then(() => true);
    const races: Promise<boolean>[] = [ended], cleanup: (() => void)[] = [];
    if (timeoutMs !== undefined) {
      const { promise, resolve } = Promise.withResolvers<boolean>();
      const timer = this.#clock.after(timeoutMs * 1000, () => resolve(false));
      cleanup.push(() => timer.cancel());
      races.push(promise);
    }
    if (signal !== undefined) {
      const { promise, reject } = Promise.withResolvers<boolean>();
      const abort = (): void => reject(signal.reason as Error);
      signal.addEventListener("abort", abort, { once: true });
      cleanup.push(() => signal.removeEventListener("abort", abort));
      races.push(promise);
    }
    try {
      const isOver = await Promise.race(races);
      const error = this.#handle.exception;
      if (isOver && error !== null) throw error;
      return isOver;
    } finally {
      for (const undo of cleanup) undo();
    }
  }

  async processAllAvailable(): Promise<void> {
    await this.#handle.processAllAvailable();
    const error = this.#handle.exception;
    if (error !== null) throw error;
  }

  stop(options: { drain?: boolean } = {}): Promise<void> { return this.#handle.stop(options.drain ?? false); }
  [Symbol.asyncDispose](): Promise<void> { return this.stop(); }
  toJSON(): object { return { id: this.id, runId: this.runId, name: this.name, isActive: this.isActive, status: this.status }; }
}

