/**
 * Values that are frequent, in one pass with few counters: Karp, Shenker, Papadimitriou, A Simple Algorithm for Finding
 * Frequent Elements in Streams and Bags, TODS 2003, as Spark's freqItems does it. Some of what it gives may be rare.
 */
import type { AggregateFunction, ObjectAggregate } from "../plan/function.ts";
import { keyText } from "../types/cell-key.ts";
import type { Cell } from "../types/cell.ts";
import { BIGINT, array, struct, field } from "../types/data-type.ts";

type Counts = Map<string, { readonly cell: Cell; count: number }>;

/** `size`: how many counters are kept. */
export function frequentItems(size: number): AggregateFunction {
  return Object.freeze<AggregateFunction>({
    kind: "aggregate", isUser: true, name: "freqItems", usage: "freqItems(expr)", description: "Values that are frequent.", cases: [],
    bind: args => {
      const { type } = args[0]!, stateType = array(struct([field("item", type), field("count", BIGINT, false)]), false);
      const implementation: ObjectAggregate<Counts> = {
        kind: "object", merging: "in order", stateType, create: () => new Map(),
        update: (counts, [cell]) => add(counts, cell!, 1, size),
        merge: (to, from) => { for (const { cell, count } of from.values()) add(to, cell, count, size); return to; },
        finish: counts => Array.from(counts.values(), ({ cell }) => cell),
        encode: counts => Array.from(counts.values(), ({ cell, count }) => [cell, BigInt(count)]),
        decode: cell => new Map((cell as readonly (readonly [Cell, bigint])[]).map(([item, count]) => [keyText(item), { cell: item, count: Number(count) }])),
      };
      return { type: array(type, true), nullable: false, implementation: implementation as unknown as ObjectAggregate<never> };
    },
  });
}

function add(counts: Counts, cell: Cell, count: number, size: number): Counts {
  const key = keyText(cell), known = counts.get(key);
  if (known !== undefined) known.count += count;
  else if (counts.size < size) counts.set(key, { cell, count });
  else {
    const least = Math.min(...Array.from(counts.values(), entry => entry.count)), taken = Math.min(least, count);
    for (const [other, entry] of counts) if ((entry.count -= taken) <= 0) counts.delete(other);
    if (count > least) counts.set(key, { cell, count: count - least });
  }
  return counts;
}
