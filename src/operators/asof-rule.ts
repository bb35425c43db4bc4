/** Which right row a left row of an as-of join meets, as kernels want to be told; and times as they compare them. */
import type { Selection } from "../columns/batch.ts";
import type { Vector } from "../columns/vector.ts";
import { kernels } from "../kernels/kernels.ts";
import type { Arena } from "../memory/arena.ts";
import type { ResolvedAsOfJoin } from "../plan/resolved.ts";

export interface AsofRule {
  /** 0 backward, 1 forward, 2 nearest. */
  readonly direction: 0 | 1 | 2;
  readonly isExact: 0 | 1;
  /** In units of the times, the bits of a double where they are doubles; -1 for any. */
  readonly tolerance: bigint;
  readonly isDouble: 0 | 1;
}

const DIRECTIONS = { backward: 0, forward: 1, nearest: 2 } as const;

export function asofRuleOf({ direction, allowExactMatches, tolerance, leftTime }: ResolvedAsOfJoin): AsofRule {
  return {
    direction: DIRECTIONS[direction], isExact: allowExactMatches ? 1 : 0, isDouble: leftTime.type.kind === "double" ? 1 : 0,
    tolerance: tolerance === undefined ? -1n : typeof tolerance === "bigint" ? tolerance : new BigInt64Array(Float64Array.of(tolerance).buffer)[0]!,
  };
}

/** Times as i64 in their order, by row number times `step`; nulls are whatever they are. */
export function orderedTimes(times: Vector, rows: Selection, length: number, { isDouble }: AsofRule, arena: Arena): { readonly data: number; readonly step: 0 | 1 } {
  const step = times.isConstant ? 0 : 1;
  if (isDouble === 0) return { data: times.data, step };
  const data = arena.allocate(8 * length);
  kernels().asofDoubles(times.data, step, rows.pointer, rows.count, data);
  return { data, step: 1 };
}
