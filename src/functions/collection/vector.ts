/** Arrays of FLOAT as vectors: products, distances, norms. */
import type { ScalarFunction } from "../../plan/function.ts";
import type { Cell } from "../../types/cell.ts";
import { BIGINT, BINARY, FLOAT, array, type DataType } from "../../types/data-type.ts";
import { AS, exactly, uncast, type Family } from "../coercion.ts";
import { scalar } from "../define.ts";
import { executionError } from "../errors.ts";

const VECTOR: Family = uncast(exactly(array(FLOAT)));
type Floats = readonly (number | null)[];
const FLOATS: DataType = array(FLOAT, true);

function pair(name: string, description: string, cases: ScalarFunction["cases"], f: (a: readonly number[], b: readonly number[]) => number | null): ScalarFunction {
  return scalar({
    name, usage: `${name}(left, right)`, description, cases, params: [VECTOR, VECTOR], returns: FLOAT, nullable: true, canRaise: true,
    row: ([a, b]): Cell => {
      const x = a as Floats, y = b as Floats;
      if (x.length !== y.length) throw executionError("VECTOR_DIMENSION_MISMATCH", "22000", `Vectors passed to \`${name}\` must have the same dimension, but got ${x.length} and ${y.length}.`, { functionName: `\`${name}\``, leftDim: String(x.length), rightDim: String(y.length) });
      if (x.includes(null) || y.includes(null)) return null;
      const result = f(x as readonly number[], y as readonly number[]);
      return result === null ? null : Math.fround(result);
    },
  });
}
const dot = (a: readonly number[], b: readonly number[]): number => a.reduce((sum, x, i) => sum + x * b[i]!, 0);
const norm = (a: readonly number[], degree: number): number => (degree === Infinity ? Math.max(0, ...a.map(Math.abs)) : degree === 2 ? Math.sqrt(dot(a, a)) : a.reduce((sum, x) => sum + Math.abs(x) ** degree, 0) ** (1 / degree));

export const vectorFunctions: readonly ScalarFunction[] = [
  pair("vector_inner_product", "The inner product of two vectors.", [["vector_inner_product(array(1F, 2F), array(3F, 4F))", "11.0"]], dot),
  pair("vector_l2_distance", "The Euclidean distance of two vectors.", [["vector_l2_distance(array(0F, 0F), array(3F, 4F))", "5.0"]], (a, b) => Math.sqrt(a.reduce((sum, x, i) => sum + (x - b[i]!) ** 2, 0))),
  pair("vector_cosine_similarity", "The cosine of the angle of two vectors; null when one is zero.", [["vector_cosine_similarity(array(1F, 1F), array(2F, 2F))", "1.0"]], (a, b) => { const size = norm(a, 2) * norm(b, 2); return size === 0 ? null : dot(a, b) / size; }),
  scalar({ name: "vector_norm", usage: "vector_norm(vector[, degree])", description: "The norm of a vector, of degree 2 by default.", cases: [["vector_norm(array(3F, 4F))", "5.0"]], params: [VECTOR, uncast(AS.float)], optional: 1, returns: FLOAT, nullable: true, row: ([v, d]) => ((v as Floats).includes(null) ? null : Math.fround(norm(v as readonly number[], (d as number | undefined) ?? 2))) }),
  scalar({
    name: "vector_normalize", usage: "vector_normalize(vector[, degree])", description: "The vector of the same direction and norm 1; null for zero.", cases: [["vector_normalize(array(3F, 4F))", "[0.6, 0.8]"]], params: [VECTOR, uncast(AS.float)], optional: 1, returns: FLOATS, nullable: true,
    row: ([v, d]) => { if ((v as Floats).length === 0) return v!; if ((v as Floats).includes(null)) return null; const size = norm(v as readonly number[], (d as number | undefined) ?? 2); return size === 0 ? null : (v as readonly number[]).map(x => Math.fround(x / size)); },
  }),
  scalar({ name: "bitmap_bit_position", usage: "bitmap_bit_position(child)", description: "The place of a number's bit in its bitmap of 32768.", cases: [["bitmap_bit_position(1)", "0"], ["bitmap_bit_position(32769)", "0"]], params: [AS.bigint], returns: BIGINT, row: ([n]) => { const v = n as bigint; return v > 0n ? (v - 1n) % 32768n : -v % 32768n; } }),
  scalar({ name: "bitmap_bucket_number", usage: "bitmap_bucket_number(child)", description: "The number of the bitmap that a number's bit is in.", cases: [["bitmap_bucket_number(32768)", "1"], ["bitmap_bucket_number(32769)", "2"]], params: [AS.bigint], returns: BIGINT, row: ([n]) => { const v = n as bigint; return v > 0n ? 1n + (v - 1n) / 32768n : v / 32768n; } }),
  scalar({ name: "bitmap_count", usage: "bitmap_count(child)", description: "How many bits of a bitmap are set.", cases: [["bitmap_count(X'FFFF')", "16"]], params: [uncast(exactly(BINARY))], returns: BIGINT, row: ([b]) => BigInt((b as Uint8Array).reduce((sum, byte) => { let count = sum; for (let rest = byte; rest !== 0; rest &= rest - 1) count++; return count; }, 0)) }),
];
