/** The streaming queries of a session: names, listeners, and waiting for whichever ends first. Rules are those of Spark's StreamingQueryManager. */
import type { MillraceError } from "../base/errors.ts";
import { badArgument } from "./api-errors.ts";
import type { Engine, StreamStart } from "./engine.ts";
import { RunningQuery, type ActionOptions, type StreamingQuery, type StreamingQueryProgress } from "./streaming-query.ts";

/** Told what happens to the streaming queries of a session, also to those that were started before it was added. */
export interface Listener {
  /** Also when a query begins again by itself, with another `runId`. */
  onQueryStarted?(event: { id: string; runId: string; name: string | null; timestamp: string }): void;
  onQueryProgress?(event: { progress: StreamingQueryProgress }): void;
  onQueryIdle?(event: { id: string; runId: string; timestamp: string }): void;
  /** A run ended; `errorClassOnException` is the condition of its error. */
  onQueryTerminated?(event: { id: string; runId: string; exception: MillraceError | null; errorClassOnException: string | null }): void;
  /** After onQueryTerminated: the policy of the query starts it again in `delayMs`. */
  onQueryRestarting?(event: { id: string; runId: string; exception: MillraceError; attempt: number; delayMs: number }): void;
}

export interface StreamingQueries {
  readonly active: readonly StreamingQuery[];
  /** A query that is active. */
  get(id: string): StreamingQuery | undefined;
  addListener(listener: Listener): Disposable;
  removeListener(listener: Listener): void;
  /**
   * True when a query has ended, at once if one has since the session began or since resetTerminated(); throws its error if it had
   * one. False when `timeoutMs` is over before.
   */
  awaitAnyTermination(options?: ActionOptions & { timeoutMs?: number }): Promise<boolean>;
  /** Forgets which queries have ended, so that awaitAnyTermination() waits for the next. */
  resetTerminated(): void;
}

export class QueryManager {
  readonly #engine: Engine;
  readonly #queries = new Map<string, RunningQuery>();
  readonly #listeners = new Set<Listener>();
  /** Of the queries that ended since the last reset: an error, if any had one. */
  #ended: { readonly error: MillraceError | null } | undefined;
  #waiting = Promise.withResolvers<void>();
  readonly face: StreamingQueries;

  constructor(engine: Engine) {
    this.#engine = engine;
    const queries = this.#queries, listeners = this.#listeners;
    this.face = Object.freeze({
      get active(): readonly StreamingQuery[] { return [...queries.values()].filter(query => query.isActive); },
      get: (id: string) => (queries.get(id)?.isActive === true ? queries.get(id) : undefined),
      addListener(listener: Listener): Disposable {
        listeners.add(listener);
        return { [Symbol.dispose]: () => { listeners.delete(listener); } };
      },
      removeListener: (listener: Listener) => { listeners.delete(listener); },
      awaitAnyTermination: (options: ActionOptions & { timeoutMs?: number } = {}) => this.#awaitAny(options),
      resetTerminated: () => { this.#ended = undefined; },
    });
  }

  async start(start: StreamStart): Promise<StreamingQuery> {
    if (start.queryName !== null && [...this.#queries.values()].some(query => query.isActive && query.name === start.queryName)) {
      throw badArgument(`Cannot start query with name ${start.queryName} as a query with that name is already active in this session.`, undefined, "DUPLICATE_STREAMING_QUERY_NAME", "42710");
    }
    const handle = await this.#engine.start(start), query = new RunningQuery(handle, this.#engine.clock), { id, name } = handle;
    this.#queries.set(id, query);
    const now = (): string => new Date(this.#engine.clock.nowMicros() / 1000).toISOString();
    const started = (runId: string): void => this.#tell(listener => listener.onQueryStarted?.({ id, runId, name, timestamp: now() }));
    const terminated = (runId: string, exception: MillraceError | null): void =>
      this.#tell(listener => listener.onQueryTerminated?.({ id, runId, exception, errorClassOnException: exception?.condition ?? null }));
    started(handle.runId);
    const subscription = handle.observe({
      progress: progress => this.#tell(listener => listener.onQueryProgress?.({ progress })),
      idle: timestamp => this.#tell(listener => listener.onQueryIdle?.({ id, runId: handle.runId, timestamp })),
      restarting: ({ runId, error, attempt, delayMicros }) => {
        terminated(runId, error);
        this.#tell(listener => listener.onQueryRestarting?.({ id, runId, exception: error, attempt, delayMs: delayMicros / 1000 }));
      },
      restarted: started,
    });
    void handle.terminated.then(() => {
      subscription[Symbol.dispose]();
      if (this.#queries.get(id) === query) this.#queries.delete(id);
      terminated(handle.runId, handle.exception);
      if (this.#ended === undefined || handle.exception !== null) this.#ended = { error: handle.exception };
      this.#waiting.resolve();
      this.#waiting = Promise.withResolvers();
    });
    return query;
  }

  async stopAll(): Promise<void> { await Promise.all([...this.#queries.values()].map(query => query.stop())); }

  async #awaitAny({ signal, timeoutMs }: ActionOptions & { timeoutMs?: number }): Promise<boolean> {
    signal?.throwIfAborted();
    const { promise: over, resolve, reject } = Promise.withResolvers<void>();
    over.catch(() => { /* told below, or no longer awaited */ });
    const timer = timeoutMs === undefined ? undefined : this.#engine.clock.after(timeoutMs * 1000, resolve);
    const abort = (): void => reject(signal!.reason as Error);
    signal?.addEventListener("abort", abort, { once: true });
    try {
      if (this.#ended === undefined) await Promise.race([this.#waiting.promise, over]);
    } finally {
      timer?.cancel();
      signal?.removeEventListener("abort", abort);
    }
    const ended = this.#ended;
    if (ended?.error != null) throw ended.error;
    return ended !== undefined;
  }

  /** A listener that throws is the listener's own affair: the query goes on, and the error is reported as unhandled. */
  #tell(call: (listener: Listener) => void): void {
    for (const listener of this.#listeners) {
      try {
        call(listener);
      } catch (error) {
        queueMicrotask(() => { throw error; });
      }
    }
  }
}
