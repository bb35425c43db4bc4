/** Functions that take a value and give some at once: map, flatMap, filter, mapPartitions; and mapAsync, which awaits them in order. */
import type { ValueProgram, ValueRun } from "../../plan/value-program.ts";
import { callFailed, functionFailed, isPromise, promised, tooMany } from "./errors.ts";
import { keyOf } from "./keys.ts";

type Call = (...values: never[]) => unknown;
export const nameOf = (f: Function | undefined): string => f === undefined || /^[\w$]*$/.test(f.name) === false ? "" : f.name;

/** A program without anything to hold. `step`: takes a value, emits what it gives, and says whether more are wanted. */
function narrow(operator: string, f: Function | undefined, step: (value: unknown, emit: (value: unknown) => boolean, number: number) => boolean, detail = nameOf(f)): ValueProgram {
  return Object.freeze({
    operator, detail,
    open: (emit: (value: unknown) => boolean): ValueRun => {
      let number = 0;
      return {
        push: value => {
          number++;
          return step(value, emit, number);
        },
        finish: () => {},
      };
    },
  });
}

/** Calls a function; what it throws, and a promise, are errors that name it and the value. */
export function called(operator: string, f: Call, args: readonly unknown[], number?: number): unknown {
  let result: unknown;
  try {
    result = (f as (...values: readonly unknown[]) => unknown)(...args);
  } catch (error) {
    throw functionFailed(labelOf(operator, f), error, args.length === 1 ? args[0] : args, number);
  }
  if (isPromise(result)) throw functionFailed(labelOf(operator, f), promised(), args.length === 1 ? args[0] : args, number);
  return result;
}
export const labelOf = (operator: string, f: Function): string => nameOf(f) === "" ? operator : `${operator} ${nameOf(f)}`;

export const mapValues = (operator: string, f: Call): ValueProgram => narrow(operator, f, (value, emit, number) => emit(called(operator, f, [value], number)));

/** Of pairs: the key stays. */
export const mapSecond = (operator: string, f: Call, each = false): ValueProgram => narrow(operator, f, (value, emit, number) => {
  const [key, second] = pairOf(operator, value), made = called(operator, f, [second], number);
  if (!each) return emit([key, made]);
  for (const item of iterable(operator, f, made, value)) if (!emit([key, item])) return false;
  return true;
});

export const flatMapValues = (operator: string, f: Call): ValueProgram => narrow(operator, f, (value, emit, number) => {
  for (const item of iterable(operator, f, called(operator, f, [value], number), value)) if (!emit(item)) return false;
  return true;
});

export const filterValues = (f: Call): ValueProgram => narrow("filter", f, (value, emit, number) => called("filter", f, [value], number) === true ? emit(value) : true);

/** What comes in leaves as it is: rows by a schema, several inputs as one. */
export const passValues = (operator: string): ValueProgram => narrow(operator, undefined, (value, emit) => emit(value));

export const numbered = (): ValueProgram => narrow("zipWithIndex", undefined, (value, emit, number) => emit([value, BigInt(number - 1)]));

/** The first value of each key. */
export const distinctValues = (f: Call | undefined): ValueProgram => Object.freeze({
  operator: "distinct", detail: nameOf(f),
  open: (emit: (value: unknown) => boolean, { maxHeld }: { readonly maxHeld: number }): ValueRun => {
    const seen = new Set<unknown>();
    return {
      push: value => {
        const key = keyOf(f === undefined ? value : called("distinct", f, [value]));
        if (seen.has(key)) return true;
        if (seen.add(key).size > maxHeld) throw tooMany("distinct", maxHeld);
        return emit(value);
      },
      finish: () => {},
    };
  },
});

export const limitValues = (n: number): ValueProgram => Object.freeze({
  operator: "limit", detail: String(n),
  open: (emit: (value: unknown) => boolean): ValueRun => {
    let left = n;
    return { push: value => left-- > 0 && emit(value) && left > 0, finish: () => {} };
  },
});

/** How many values are handed to mapPartitions at once. */
const PARTITION_VALUES = 4096;

/** Called with up to some thousands of values at a time, at least once. */
export const mapPartitions = (f: Call): ValueProgram => Object.freeze({
  operator: "mapPartitions", detail: nameOf(f),
  open: (emit: (value: unknown) => boolean): ValueRun => {
    let values: unknown[] = [], calls = 0, more = true;
    const run = (): void => {
      const given = values;
      values = [];
      calls++;
      for (const item of iterable("mapPartitions", f, called("mapPartitions", f, [given]), `${given.length} values`)) if (!(more = emit(item))) return;
    };
    return {
      push: value => {
        if (values.push(value) === PARTITION_VALUES) run();
        return more;
      },
      finish: () => { if (more && (values.length > 0 || calls === 0)) run(); },
    };
  },
});

export interface AsyncOptions { readonly concurrency: number }

/** At most so many calls are under way; results leave in the order of their values. The first that fails, in that order, fails the query. */
export const mapAsync = (f: Call, { concurrency }: AsyncOptions): ValueProgram => Object.freeze({
  operator: "mapAsync", detail: nameOf(f), isAsync: true as const,
  open: (emit: (value: unknown) => boolean, { maxHeld }: { readonly maxHeld: number }): ValueRun => new AsyncRun(f as (value: unknown, context: object) => unknown, concurrency, emit, maxHeld),
});

type Outcome = { readonly result: unknown } | { readonly error: unknown };
/** Results that wait for one before them, as a multiple of the calls under way. */
const WAITING = 4;

class AsyncRun implements ValueRun {
  readonly #f: (value: unknown, context: object) => unknown;
  readonly #concurrency: number;
  readonly #emit: (value: unknown) => boolean;
  readonly #maxHeld: number;
  readonly #abort = new AbortController();
  readonly #stopped: Promise<never>;
  #queue: unknown[] = [];
  #next = 0;
  #begun: { readonly value: unknown; readonly outcome: Promise<Outcome> }[] = [];
  #active = 0;
  #isWanted = true;
  #number = 0;

  constructor(f: (value: unknown, context: object) => unknown, concurrency: number, emit: (value: unknown) => boolean, maxHeld: number) {
    this.#f = f;
    this.#concurrency = concurrency;
    this.#emit = emit;
    this.#maxHeld = maxHeld;
    this.#stopped = new Promise((_resolve, reject) => this.#abort.signal.addEventListener("abort", () => reject(this.#abort.signal.reason as Error), { once: true }));
    this.#stopped.catch(() => undefined);
  }

  push(value: unknown): boolean {
    if (this.#queue.push(value) > this.#maxHeld) throw tooMany("mapAsync", this.#maxHeld);
    return this.#isWanted;
  }

  finish(): void {}

  abandon(): void { this.#abort.abort(new DOMException("The query is stopped.", "AbortError")); }

  async settle(signal: AbortSignal): Promise<void> {
    const stop = (): void => this.#abort.abort(signal.reason);
    if (signal.aborted) stop();
    signal.addEventListener("abort", stop, { once: true });
    try {
      for (this.#start(); this.#begun.length > 0 && this.#isWanted; this.#start()) {
        signal.throwIfAborted();
        const { value, outcome } = this.#begun.shift()!, done = await Promise.race([outcome, this.#stopped]);
        this.#number++;
        if (this.#abort.signal.aborted) throw this.#abort.signal.reason as Error;
        if ("error" in done) throw callFailed(labelOf("mapAsync", this.#f), done.error, value, this.#number);
        this.#isWanted = this.#emit(done.result);
      }
    } catch (error) {
      this.#abort.abort(error);
      throw error;
    } finally {
      signal.removeEventListener("abort", stop);
    }
    if (!this.#isWanted) this.#abort.abort(new DOMException("No more values are wanted.", "AbortError"));
    this.#queue = [];
    this.#next = 0;
  }

  #start(): void {
    while (this.#next < this.#queue.length && this.#active < this.#concurrency && this.#begun.length < this.#concurrency * WAITING && !this.#abort.signal.aborted) {
      const value = this.#queue[this.#next]!;
      this.#queue[this.#next++] = undefined;
      this.#active++;
      this.#begun.push({ value, outcome: this.#call(value) });
    }
  }

  async #call(value: unknown): Promise<Outcome> {
    try {
      return { result: await this.#f(value, { signal: this.#abort.signal }) };
    } catch (error) {
      return { error };
    } finally {
      this.#active--;
      this.#start();
    }
  }
}

export function pairOf(operator: string, value: unknown): readonly [unknown, unknown] {
  if (Array.isArray(value) && value.length === 2) return value as [unknown, unknown];
  throw functionFailed(operator, new TypeError("a pair [key, value] is expected"), value);
}

function iterable(operator: string, f: Function, made: unknown, value: unknown): Iterable<unknown> {
  if (made !== null && made !== undefined && typeof (made as Partial<Iterable<unknown>>)[Symbol.iterator] === "function") return made as Iterable<unknown>;
  throw functionFailed(labelOf(operator, f), new TypeError(`it gives ${made === null ? "null" : `a ${typeof made}`}, not several values: return an array, or write function*`), value);
}
