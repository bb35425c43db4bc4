/**
 * Joins each row of the left side with at most one row of the right side, which is bounded, read first and kept: the nearest
 * in time of its key. Left rows come out in the order in which they came. Over a stream the right side is read anew for a
 * batch of the query when it may have changed.
 */
import { Batch, type Selection } from "../columns/batch.ts";
import { gather } from "../columns/gather.ts";
import { linearMemory } from "../memory/linear-memory.ts";
import type { Evaluator } from "../plan/function.ts";
import type { StructType } from "../types/data-type.ts";
import { AsofBuild, withTimes, type AsofBuildParts } from "./asof-build.ts";
import type { ExecutionContext } from "./context.ts";
import type { Operator } from "./operator.ts";

export interface AsofJoinParts {
  readonly schema: StructType;
  /** By place in the left side's batches, or among the kept columns of the right side. */
  readonly output: readonly { readonly side: 0 | 1; readonly column: number }[];
  readonly keys: readonly Evaluator[];
  readonly time: Evaluator;
  /** Left rows that meet none come out beside nulls. */
  readonly keepsUnmatched: boolean;
  readonly build: AsofBuildParts;
}

export class AsofJoin implements Operator {
  /** Takes the rows of the right side; it must be finished before the first row of the left side comes. */
  readonly buildInput: Operator;
  readonly #parts: AsofJoinParts;
  readonly #context: ExecutionContext;
  readonly #next: Operator;
  #build: AsofBuild | undefined;
  /** Whether the right side stays for the next batch of the query, until `forget`. */
  keepsBuild = false;

  constructor(parts: AsofJoinParts, context: ExecutionContext, next: Operator) {
    this.#parts = parts;
    this.#context = context;
    this.#next = next;
    this.buildInput = {
      push: batch => {
        this.#built.add(batch, context);
        return true;
      },
      finish: () => this.#built.sort(context),
    };
  }

  get #built(): AsofBuild { return (this.#build ??= this.#context.hold(new AsofBuild(this.#parts.build))); }

  push(batch: Batch): boolean {
    const { keys, time, keepsUnmatched, output, schema } = this.#parts, build = this.#built, { arena } = this.#context;
    if (build.rows === 0 && !keepsUnmatched) return false;
    const { values, times, rows } = withTimes(keys, time, batch, this.#context), found = arena.allocate(4 * batch.length), none = build.rows;
    linearMemory().u32.fill(none, found / 4, found / 4 + batch.length);
    const matched = build.find(values, times, rows, batch.length, found, this.#context);
    if (matched === 0 && !keepsUnmatched) return true;
    const selection = keepsUnmatched || matched === batch.selection.count ? batch.selection : this.#matched(rows, found, none);
    const columns = output.map(({ side, column }) => (side === 0 ? batch.columns[column]! : gather(build.vectors[column]!, found, batch.length, arena)));
    return this.#next.push(new Batch(schema, columns, batch.length, selection));
  }

  finish(): void {
    if (!this.keepsBuild) this.forget();
    this.#next.finish();
  }

  /** Gives the right side back. */
  forget(): void {
    this.#context.drop(this.#build);
    this.#build = undefined;
  }

  /** The rows that met one. */
  #matched({ pointer, count }: Selection, found: number, none: number): Selection {
    const words = linearMemory().u32, out = this.#context.arena.allocate(4 * count + 4), from = pointer >>> 2, to = out >>> 2, first = found >>> 2;
    let kept = 0;
    for (let i = 0; i < count; i++) {
      const row = pointer === 0 ? i : words[from + i]!;
      if (words[first + row] !== none) words[to + kept++] = row;
    }
    return { pointer: out, count: kept };
  }
}
