/** Kernels of number functions, chosen by type. Each gives undefined for types without one. */
import { Vector, physicalOf } from "../../columns/vector.ts";
import { KIND } from "../../kernels/expression.ts";
import { kernels } from "../../kernels/kernels.ts";
import type { RowKernel, VectorKernel } from "../../plan/function.ts";
import { BIGINT, INT, isFractional, isIntegral, type DataType } from "../../types/data-type.ts";
import { rowVector } from "../row-vector.ts";
import { combinedValidity, emptyVector, maskOf } from "../vectors.ts";

const kindOf = (type: DataType): number => KIND[physicalOf(type) as keyof typeof KIND];

/** greatest (1) and least (-1): pair by pair, nulls passed over. */
export function extremeVector(type: DataType, sign: 1 | -1): VectorKernel | undefined {
  const physical = physicalOf(type);
  if (physical === "i128" || physical === "view" || physical === "list" || physical === "struct" || physical === "object" || type.kind === "void") return undefined;
  const kind = KIND[physical];
  return (args, rows, length, context) => {
    let best = args[0]!;
    for (const next of args.slice(1)) {
      const out = emptyVector(type, length, context.arena.allocate(length), context);
      kernels().extremeRows(kind, sign, best.data, maskOf(best), best.valid, next.data, maskOf(next), next.valid, rows.pointer, rows.count, out.data, out.valid);
      best = out;
    }
    return best;
  };
}

/** abs; a value without one goes to the rows, which say so. */
export function absoluteVector(type: DataType, row: RowKernel): VectorKernel | undefined {
  if (!isIntegral(type) && !isFractional(type)) return undefined;
  const kind = kindOf(type), byRow = rowVector(type, row);
  return (args, rows, length, context) => {
    const [a] = args as [Vector], valid = combinedValidity(args, rows, length, context), out = emptyVector(type, length, valid, context);
    return kernels().absolute(kind, a.data, maskOf(a), valid, rows.pointer, rows.count, out.data) < 0 ? out : byRow(args, rows, length, context);
  };
}

/** 0 and, 1 or, 2 exclusive or, 3 not. */
export function bitsVector(type: DataType, op: 0 | 1 | 2 | 3): VectorKernel {
  const kind = kindOf(type);
  return (args, rows, length, context) => {
    const [a, b = a] = args as [Vector, Vector], out = emptyVector(type, length, combinedValidity(args, rows, length, context), context);
    kernels().bitsOfRows(kind, op, a.data, maskOf(a), b.data, maskOf(b), rows.pointer, rows.count, out.data);
    return out;
  };
}

/** 0 left, 1 right, 2 right without the sign. */
export function shiftVector(type: DataType, op: 0 | 1 | 2): VectorKernel {
  const kind = kindOf(type);
  return (args, rows, length, context) => {
    const [a, b] = args as [Vector, Vector], out = emptyVector(type, length, combinedValidity(args, rows, length, context), context);
    kernels().shiftBits(kind, op, a.data, maskOf(a), b.data, maskOf(b), rows.pointer, rows.count, out.data);
    return out;
  };
}

export function bitCountVector(type: DataType): VectorKernel {
  const kind = kindOf(type);
  return (args, rows, length, context) => {
    const [a] = args as [Vector], out = emptyVector(INT, length, combinedValidity(args, rows, length, context), context);
    kernels().countBits(kind, a.data, maskOf(a), rows.pointer, rows.count, out.data);
    return out;
  };
}

export function positiveRemainderVector(type: DataType, row: RowKernel): VectorKernel | undefined {
  if (!isIntegral(type)) return undefined;
  const kind = kindOf(type), byRow = rowVector(type, row);
  return (args, rows, length, context) => {
    const [a, b] = args as [Vector, Vector], valid = combinedValidity(args, rows, length, context), out = emptyVector(type, length, valid, context);
    return kernels().positiveRemainder(kind, a.data, maskOf(a), b.data, maskOf(b), valid, rows.pointer, rows.count, out.data) < 0 ? out : byRow(args, rows, length, context);
  };
}

/** ceil and floor of DOUBLE as BIGINT. */
export function wholeVector(up: boolean, row: RowKernel): VectorKernel {
  const byRow = rowVector(BIGINT, row);
  return (args, rows, length, context) => {
    const [a] = args as [Vector], valid = combinedValidity(args, rows, length, context), out = emptyVector(BIGINT, length, valid, context);
    return kernels().wholeParts(up ? 1 : 0, a.data, maskOf(a), valid, rows.pointer, rows.count, out.data) < 0 ? out : byRow(args, rows, length, context);
  };
}

const ROUNDINGS = { half_up: 0, half_even: 1, ceiling: 2, floor: 3 } as const;
/** DECIMALs of 64 bits that lose `dropped` digits, which leaves room for what is rounded up. */
export function roundDecimalVector(from: DataType, to: DataType, rounding: keyof typeof ROUNDINGS, dropped: number): VectorKernel | undefined {
  if (physicalOf(from) !== "i64" || physicalOf(to) !== "i64" || dropped < 0 || dropped > 18) return undefined;
  const divisor = 10n ** BigInt(dropped), how = ROUNDINGS[rounding];
  return (args, rows, length, context) => {
    const [a] = args as [Vector], out = emptyVector(to, length, combinedValidity([a], rows, length, context), context);
    kernels().divideRounded(how, divisor, a.data, maskOf(a), rows.pointer, rows.count, out.data);
    return out;
  };
}

/** hash() and xxhash64() over columns stored in place; undefined where one isn't. */
export function hashVector(types: readonly DataType[], wide: boolean): VectorKernel | undefined {
  const kinds = types.map(type => (type.kind === "void" ? -1 : KIND[physicalOf(type) as keyof typeof KIND] as number | undefined));
  if (kinds.some(kind => kind === undefined || kind === KIND.i128)) return undefined;
  return (args, rows, length, context) => {
    const out = emptyVector(wide ? BIGINT : INT, length, 0, context), { i32, i64 } = context.arena.memory;
    if (wide) i64.fill(42n, out.data / 8, out.data / 8 + length);
    else i32.fill(42, out.data >>> 2, (out.data >>> 2) + length);
    args.forEach((a, i) => {
      if (kinds[i]! < 0) return;
      (wide ? kernels().xxhashRows : kernels().murmurRows)(kinds[i]!, a.data, maskOf(a), a.valid, rows.pointer, rows.count, out.data);
    });
    return out;
  };
}
