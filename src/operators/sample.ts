/**
 * Keeps rows at random. Without replacement a row stays when its number falls between the bounds, so that samples of
 * touching bounds and one seed share no row; with replacement a row comes out as often as a Poisson distribution says.
 */
import { BATCH_ROWS, Batch } from "../columns/batch.ts";
import { gather } from "../columns/gather.ts";
import { linearMemory } from "../memory/linear-memory.ts";
import type { ExecutionContext } from "./context.ts";
import type { Operator } from "./operator.ts";
import { XorShiftRandom } from "../base/xor-shift-random.ts";

export interface SampleParts { readonly lowerBound: number; readonly upperBound: number; readonly withReplacement: boolean; readonly seed: bigint }

export class Sample implements Operator {
  readonly #parts: SampleParts;
  readonly #context: ExecutionContext;
  readonly #next: Operator;
  #random: XorShiftRandom;

  constructor(parts: SampleParts, context: ExecutionContext, next: Operator) {
    this.#parts = parts;
    this.#context = context;
    this.#next = next;
    this.#random = new XorShiftRandom(parts.seed);
  }

  push(batch: Batch): boolean { return this.#parts.withReplacement ? this.#repeat(batch) : this.#keep(batch); }

  finish(): void {
    this.#random = new XorShiftRandom(this.#parts.seed);
    this.#next.finish();
  }

  #keep(batch: Batch): boolean {
    const { pointer, count } = batch.selection, { lowerBound, upperBound } = this.#parts, out = this.#context.arena.allocate(4 * count + 4), words = linearMemory().u32;
    let kept = 0;
    if (upperBound <= lowerBound) return true;
    for (let i = 0; i < count; i++) {
      const x = this.#random.double();
      if (x >= lowerBound && x < upperBound) words[(out >>> 2) + kept++] = pointer === 0 ? i : words[(pointer >>> 2) + i]!;
    }
    return kept === 0 || this.#next.push(new Batch(batch.schema, batch.columns, batch.length, { pointer: out, count: kept }));
  }

  #repeat(batch: Batch): boolean {
    const { pointer, count } = batch.selection, { lowerBound, upperBound } = this.#parts, { arena } = this.#context, words = linearMemory().u32;
    const rows = arena.allocate(4 * BATCH_ROWS), mark = arena.mark();
    let made = 0, more = true;
    const flush = (): void => {
      if (made > 0) more = this.#next.push(new Batch(batch.schema, batch.columns.map(column => gather(column, rows, made, arena)), made));
      arena.rewind(mark);
      made = 0;
    };
    for (let i = 0; i < count && more; i++) {
      for (let times = this.#poisson(upperBound - lowerBound); times > 0 && more; times--) {
        words[(rows >>> 2) + made++] = pointer === 0 ? i : words[(pointer >>> 2) + i]!;
        if (made === BATCH_ROWS) flush();
      }
    }
    if (more) flush();
    return more;
  }

  #poisson(mean: number): number {
    const end = Math.exp(-mean);
    let times = 0;
    for (let product = this.#random.double(); product > end; product *= this.#random.double()) times++;
    return times;
  }
}
