/** What types that were inferred from texts have in common, where that is a matter of numbers alone. */
import { BIGINT, decimal, type DataType } from "./data-type.ts";

/** The wider of two inferred types; undefined where that is none of them, whole numbers and decimals: the reader decides. */
export function widerInferred(a: DataType, b: DataType): DataType | undefined {
  if (a.kind === "void") return b;
  if (b.kind === "void") return a;
  if (a.kind === "decimal" && b.kind === "decimal") return decimal(Math.max(a.precision, b.precision), 0);
  if (a.kind === b.kind) return a;
  const [exact, other] = a.kind === "decimal" ? [a, b] : [b, a];
  if (exact.kind === "decimal") return other.kind === "int" || other.kind === "bigint" ? decimal(Math.max(exact.precision, other.kind === "int" ? 10 : 20), 0) : undefined;
  return isPair(a, b, "int", "bigint") ? BIGINT : undefined;
}

export const isPair = (a: DataType, b: DataType, one: DataType["kind"], other: DataType["kind"]): boolean => (a.kind === one && b.kind === other) || (a.kind === other && b.kind === one);
