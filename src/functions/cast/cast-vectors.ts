/** Casts with kernels: between numbers, and of moments in UTC. Others go value by value (cast-cells). */
import { cellAt } from "../../columns/cells.ts";
import { Vector, physicalOf } from "../../columns/vector.ts";
import { KIND } from "../../kernels/expression.ts";
import { kernels } from "../../kernels/kernels.ts";
import type { VectorKernel } from "../../plan/function.ts";
import { isFractional, isIntegral, type DataType, type DecimalType } from "../../types/data-type.ts";
import { decimalFor, powerOfTen } from "../../types/decimal-rules.ts";
import type { EvalMode } from "../casts.ts";
import { isString } from "../coercion.ts";
import { rowVector } from "../row-vector.ts";
import { emptyVector, combinedValidity, maskOf } from "../vectors.ts";
import { cellCast } from "./cast-cells.ts";

export const UTC_NAMES = new Set(["UTC", "Z", "GMT", "UT", "Etc/UTC", "+00:00"]);

/** The kernel of a cast; undefined if it has none. */
export function castVectors(from: DataType, to: DataType, mode: EvalMode, zoneId: string): VectorKernel | undefined {
  if (isString(from) && isString(to)) return ([a]) => a!.retyped(to);
  if (isString(from) && to.kind === "binary") return ([a]) => a!.retyped(to);
  if (from.kind === "binary" && isString(to)) return bytesToText(from, to, mode, zoneId);
  const plain = (type: DataType): boolean => isIntegral(type) || isFractional(type);
  if (plain(from) && plain(to) && (mode === "ansi" || isWider(from, to))) return convertVectors(from, to, mode, zoneId);
  const isUtc = UTC_NAMES.has(zoneId);
  if (from.kind === "timestamp" && to.kind === "timestamp_ntz" && isUtc) return ([a]) => a!.retyped(to);
  if (from.kind === "timestamp_ntz" && to.kind === "timestamp" && isUtc) return ([a]) => a!.retyped(to);
  if (isIntegral(from) && isString(to)) {
    const kind = KIND[physicalOf(from) as keyof typeof KIND];
    return (args, rows, length, context) => {
      const [a] = args as [Vector], out = emptyVector(to, length, combinedValidity(args, rows, length, context), context);
      kernels().integersToViews(kind, a.data, maskOf(a), rows.pointer, rows.count, out.data, context.arena.allocate(24 * rows.count + 24));
      return out;
    };
  }
  if (isString(to) && (from.kind === "date" || from.kind === "timestamp_ntz" || (from.kind === "timestamp" && isUtc))) return momentsToText(from, to, mode, zoneId);
  if (to.kind === "decimal" && (isIntegral(from) || from.kind === "decimal")) return scaleUp(from, to);
  if (from.kind === "decimal" && from.precision <= 15 && to.kind === "double") {
    const divisor = Number(powerOfTen(from.scale));
    return (args, rows, length, context) => {
      const [a] = args as [Vector], out = emptyVector(to, length, combinedValidity(args, rows, length, context), context);
      kernels().scaleDown(divisor, a.data, maskOf(a), rows.pointer, rows.count, out.data);
      return out;
    };
  }
  if (isString(from) && isIntegral(to)) return textToIntegers(from, to, mode, zoneId);
  if ((from.kind === "timestamp" && isUtc && to.kind === "date") || (from.kind === "timestamp_ntz" && to.kind === "date")) {
    return (args, rows, length, context) => {
      const [a] = args as [Vector], out = emptyVector(to, length, combinedValidity(args, rows, length, context), context);
      kernels().clockField(86_400_000_000n, 0n, a.data, maskOf(a), rows.pointer, rows.count, out.data);
      return out;
    };
  }
  if (from.kind === "timestamp" && to.kind === "bigint") {
    return (args, rows, length, context) => {
      const [a] = args as [Vector], out = emptyVector(to, length, combinedValidity(args, rows, length, context), context);
      kernels().floorDivide(a.data, maskOf(a), 1_000_000n, rows.pointer, rows.count, out.data);
      return out;
    };
  }
  return undefined;
}

const ORDER = ["tinyint", "smallint", "int", "bigint", "float", "double"];
const isWider = (from: DataType, to: DataType): boolean => ORDER.indexOf(from.kind) <= ORDER.indexOf(to.kind);

/** Dates and clocks in UTC as text; years of more than four digits go value by value. */
function momentsToText(from: DataType, to: DataType, mode: EvalMode, zoneId: string): VectorKernel {
  const slow = cellCast(from, to, mode, zoneId), byRow = rowVector(to, args => slow(args[0]!));
  return (args, rows, length, context) => {
    const [a] = args as [Vector], valid = combinedValidity(args, rows, length, context), out = emptyVector(to, length, valid, context), kernel = kernels();
    const failed = from.kind === "date" ? kernel.datesToViews(a.data, maskOf(a), valid, rows.pointer, rows.count, out.data)
      : kernel.timestampsToViews(a.data, maskOf(a), valid, rows.pointer, rows.count, out.data, context.arena.allocate(26 * rows.count + 26));
    return failed < 0 ? out : byRow(args, rows, length, context);
  };
}

/** To a DECIMAL with room for every value. */
function scaleUp(from: DataType, to: DecimalType): VectorKernel | undefined {
  const { precision, scale } = from.kind === "decimal" ? from : { precision: from.kind === "bigint" ? 19 : decimalFor(from).precision, scale: 0 };
  const factor = powerOfTen(Math.max(0, to.scale - scale)), kind = KIND[physicalOf(from) as keyof typeof KIND];
  if (to.scale < scale || to.precision - to.scale < precision - scale || factor > 10n ** 18n || (kind === KIND.i128 && to.precision <= 18)) return undefined;
  return (args, rows, length, context) => {
    const [a] = args as [Vector], out = emptyVector(to, length, combinedValidity(args, rows, length, context), context);
    kernels().scaleUp(kind, to.precision > 18 ? 1 : 0, factor, a.data, maskOf(a), rows.pointer, rows.count, out.data);
    return out;
  };
}

/** Plain digits by kernel; as soon as a row is anything else, all rows go value by value. */
function textToIntegers(from: DataType, to: DataType, mode: EvalMode, zoneId: string): VectorKernel {
  const kind = KIND[physicalOf(to) as keyof typeof KIND], slow = cellCast(from, to, mode, zoneId), byRow = rowVector(to, args => slow(args[0]!));
  return (args, rows, length, context) => {
    const [a] = args as [Vector], valid = combinedValidity(args, rows, length, context), out = emptyVector(to, length, valid, context);
    return kernels().viewsToIntegers(kind, a.data, maskOf(a), valid, rows.pointer, rows.count, out.data) < 0 ? out : byRow(args, rows, length, context);
  };
}

function convertVectors(from: DataType, to: DataType, mode: EvalMode, zoneId: string): VectorKernel {
  const source = KIND[physicalOf(from) as keyof typeof KIND], target = KIND[physicalOf(to) as keyof typeof KIND], slow = cellCast(from, to, mode, zoneId);
  return (args, rows, length, context) => {
    const [a] = args as [Vector], valid = combinedValidity(args, rows, length, context), out = emptyVector(to, length, valid, context);
    const failed = kernels().convert(source, target, a.data, maskOf(a), valid, rows.pointer, rows.count, out.data);
    if (failed >= 0) slow(cellAt(a, failed)!);
    return out;
  };
}

/** Bytes that are UTF-8 are text as they lie; where any are not, each value is looked at. */
function bytesToText(from: DataType, to: DataType, mode: EvalMode, zoneId: string): VectorKernel {
  const slow = cellCast(from, to, mode, zoneId), byRow = rowVector(to, args => slow(args[0]!));
  return (args, rows, length, context) => {
    const [a] = args as [Vector];
    return kernels().viewsAreUtf8(a.data, maskOf(a), a.valid, rows.pointer, rows.count) === 1 ? a.retyped(to) : byRow(args, rows, length, context);
  };
}
