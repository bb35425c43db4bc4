/**
 * A person's functions over values of JavaScript, as the plan holds them: what map, filter, reduceByKey and their kin are.
 * Spark Connect's MapPartitions and CoGroupMap.
 */

/** What a run may use of the query that it is part of. */
export interface ValueEnvironment {
  /** How many values an operator may hold at once. */
  readonly maxHeld: number;
}

/** One run of a program over a bounded number of values: a batch query, or one batch of a stream. */
export interface ValueRun {
  /** A value of an input, in order. False: no more are wanted. */
  push(value: unknown, input: number): boolean;
  /** All inputs have ended. */
  finish(): void;
  /** Awaits what was begun; called when there is time, and before `finish`. */
  settle?(signal: AbortSignal): Promise<void>;
  /** What is awaited is not wanted any more: `settle` gives up. */
  abandon?(): void;
}

export interface ValueProgram {
  /** `map`, `reduceByKey`. */
  readonly operator: string;
  /** The names of the person's functions, for explain() and errors. */
  readonly detail: string;
  readonly isAsync?: true;
  /** Each value that leaves is handed to `emit`, which gives false when no more are wanted. */
  open(emit: (value: unknown) => boolean, environment: ValueEnvironment): ValueRun;
}
