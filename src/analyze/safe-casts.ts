/** Casts that hold every value of the type they come from. */
import { decimalFor } from "../types/decimal-rules.ts";
import { isIntegral, sameTypeIgnoringNullability, type DataType } from "../types/data-type.ts";

const WIDTH: Readonly<Record<string, number>> = { tinyint: 1, smallint: 2, int: 3, bigint: 4, float: 5, double: 6 };

/** Whether a cast has a value for every value, be it less exact. */
export function neverFails(from: DataType, to: DataType): boolean {
  if (from.kind === "void" || to.kind === "string" || sameTypeIgnoringNullability(from, to)) return true;
  const a = WIDTH[from.kind], b = WIDTH[to.kind];
  if (a !== undefined && b !== undefined) return b >= a;
  if (to.kind === "decimal") return isIntegral(from) && to.precision - to.scale >= decimalFor(from).precision || from.kind === "decimal" && to.scale >= from.scale && to.precision - to.scale >= from.precision - from.scale;
  return (from.kind === "date" || from.kind === "timestamp_ntz") && to.kind === "timestamp" || from.kind === "string" && to.kind === "binary";
}
