/**
 * When a query that failed begins again by itself, and after which pause. Only what may pass is worth it: a file system, a
 * network, a sink, an unknown error. What the same rows and the same query would meet again ends the query at once.
 */
import { AnalysisError, MillraceError } from "../base/errors.ts";
import type { Clock, Random } from "../base/clock.ts";

export interface RestartPolicy {
  /** Restarts in a row; infinite for always. */
  readonly maxRestarts: number;
  readonly initialMicros: number;
  readonly maxMicros: number;
  readonly factor: number;
  /** A run that lasted so long makes the count begin anew. */
  readonly resetAfterMicros: number;
}

/**
 * Classes of SQLSTATE whose errors may pass: connection (08), resources other than memory (53), operator intervention
 * (57), system error (58), external file (KD), and what has no better name (XX). Others, such as data exceptions (22) and
 * errors of the query (42, 0A), come again.
 */
const PASSING: ReadonlySet<string> = new Set(["08", "53", "57", "58", "KD", "XX"]);
const LASTING: ReadonlySet<string> = new Set([
  "MILLRACE_OUT_OF_MEMORY", "MILLRACE_CHECKPOINT_CORRUPT", "MILLRACE_SINK_CORRUPT", "MILLRACE_FILE_CHANGED", "MILLRACE_DAMAGED_STATE", "MILLRACE_DAMAGED_BATCH", "MILLRACE_DAMAGED_ROW",
]);

/** Whether the same batch may go well if it is tried again. */
export function mayPass(error: unknown): boolean {
  if (!(error instanceof MillraceError)) return true;
  if (error instanceof AnalysisError || LASTING.has(error.condition)) return false;
  return PASSING.has(error.sqlState.slice(0, 2));
}

/** Counts the restarts of one query. */
export class Restarts {
  readonly policy: RestartPolicy;
  readonly #clock: Clock;
  readonly #random: Random;
  /** In a row. */
  count = 0;
  #beganMicros: number;

  constructor(policy: RestartPolicy, clock: Clock, random: Random) {
    this.policy = policy;
    this.#clock = clock;
    this.#random = random;
    this.#beganMicros = clock.nowMicros();
  }

  /** A run begins. */
  began(): void { this.#beganMicros = this.#clock.nowMicros(); }

  /**
   * How long to wait before the next run, in microseconds; undefined if there is to be none. The pause grows by the
   * factor up to the greatest, and chance takes up to a half off it, so that many queries don't come back at one moment.
   */
  pauseAfter(error: unknown): number | undefined {
    const { maxRestarts, initialMicros, maxMicros, factor, resetAfterMicros } = this.policy;
    if (!mayPass(error)) return undefined;
    if (this.#clock.nowMicros() - this.#beganMicros >= resetAfterMicros) this.count = 0;
    if (this.count >= maxRestarts) return undefined;
    const whole = Math.min(maxMicros, initialMicros * factor ** this.count++);
    return Math.ceil(whole - whole / 2 * (this.#random.uint32() / 2 ** 32));
  }
}
