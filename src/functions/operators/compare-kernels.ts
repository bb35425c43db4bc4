/** Which comparisons have kernels, and how they are numbered there. */
import { physicalOf } from "../../columns/vector.ts";
import { KIND } from "../../kernels/expression.ts";
import type { DataType } from "../../types/data-type.ts";

/** Operators with a fused selection kernel, by function name. */
export const COMPARISONS: Readonly<Record<string, number | undefined>> = Object.freeze({ "=": 0, "==": 0, "<>": 1, "!=": 1, "<": 2, "<=": 3, ">": 4, ">=": 5 });

/** The kernel kind of a type's values; undefined for types that compare value by value. */
export function comparisonKind(type: DataType): number | undefined {
  if (type.kind === "void" || (type.kind === "string" && type.collation !== undefined)) return undefined;
  const physical = physicalOf(type);
  return physical === "list" || physical === "struct" || physical === "object" ? undefined : KIND[physical];
}
