/** What the API's notNull() calls: a value that is said to be there, and an error where it isn't. */
import type { Selection } from "../../columns/batch.ts";
import type { Vector } from "../../columns/vector.ts";
import { linearMemory } from "../../memory/linear-memory.ts";
import type { ScalarFunction } from "../../plan/function.ts";
import { ANY } from "../coercion.ts";
import { scalar } from "../define.ts";
import { executionError } from "../errors.ts";

const violated = () => executionError("NOT_NULL_ASSERT_VIOLATION", "42000", "NULL value appeared in non-nullable field.");

function hasNull({ type, valid, isConstant }: Vector, { pointer, count }: Selection): boolean {
  if (count === 0) return false;
  if (type.kind === "void") return true;
  if (valid === 0) return false;
  const { u8, u32 } = linearMemory();
  if (isConstant) return u8[valid] === 0;
  for (let i = 0; i < count; i++) if (u8[valid + (pointer === 0 ? i : u32[(pointer >>> 2) + i]!)] === 0) return true;
  return false;
}

export const assertions: readonly ScalarFunction[] = [
  scalar({
    name: "assert_not_null", usage: "assert_not_null(expr)", description: "The value; an error if it is null. Its type is NOT NULL.",
    cases: [["assert_not_null(1)", "1"]], params: [ANY], returns: call => call.types[0]!, nullAware: true, nullable: false, canRaise: true,
    row: ([a]) => { if (a === null) throw violated(); return a!; },
    vector: (args, rows) => {
      const [a] = args as [Vector];
      if (hasNull(a, rows)) throw violated();
      return a.withValid(0);
    },
  }),
];
