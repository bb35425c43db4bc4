/** Casts with kernels: between numbers, and of moments in UTC. Others go value by value (cast-cells). */
import { cellAt } from "../../columns/cells.ts";
import { Vector, physicalOf } from "../../columns/vector.ts";
import { KIND } from "../../kernels/expression.ts";
import { kernels } from "../../kernels/kernels.ts";
import { powersOfFiveTable } from "../../kernels/ndjson.ts";
import type { EvalContext, VectorKernel } from "../../plan/function.ts";
import type { Selection } from "../../columns/batch.ts";
import { DATE, TIMESTAMP_NTZ, isFractional, isIntegral, type DataType, type DecimalType } from "../../types/data-type.ts";
import { decimalFor, powerOfTen } from "../../types/decimal-rules.ts";
import type { EvalMode } from "../casts.ts";
import { isString } from "../coercion.ts";
import { instantVector, localVector } from "../datetime/zone-vectors.ts";
import { rowVector } from "../row-vector.ts";
import { emptyVector, combinedValidity, maskOf } from "../vectors.ts";
import { cellCast } from "./cast-cells.ts";

/** The kernel of a cast; undefined if it has none. */
export function castVectors(from: DataType, to: DataType, mode: EvalMode, zoneId: string): VectorKernel | undefined {
  if (isString(from) && isString(to)) return ([a]) => a!.retyped(to);
  if (isString(from) && to.kind === "binary") return ([a]) => a!.retyped(to);
  if (from.kind === "binary" && isString(to)) return bytesToText(from, to, mode, zoneId);
  const plain = (type: DataType): boolean => isIntegral(type) || isFractional(type);
  if (plain(from) && plain(to) && (mode === "ansi" || isWider(from, to))) return convertVectors(from, to, mode, zoneId);
  const whole = (shortcut: Shortcut): VectorKernel => orByRow(shortcut, from, to, mode, zoneId);
  if (from.kind === "timestamp" && to.kind === "timestamp_ntz") return whole((a, rows, length, context) => localVector(a, zoneId, rows, length, context));
  if (from.kind === "timestamp_ntz" && to.kind === "timestamp") return whole((a, rows, length, context) => instantVector(a, zoneId, rows, length, context));
  if (isIntegral(from) && isString(to)) {
    const kind = KIND[physicalOf(from) as keyof typeof KIND];
    return (args, rows, length, context) => {
      const [a] = args as [Vector], out = emptyVector(to, length, combinedValidity(args, rows, length, context), context);
      kernels().integersToViews(kind, a.data, maskOf(a), rows.pointer, rows.count, out.data, context.arena.allocate(24 * rows.count + 24));
      return out;
    };
  }
  if (isString(to) && (from.kind === "date" || from.kind === "timestamp_ntz" || from.kind === "timestamp")) return whole((a, rows, length, context) => momentsToText(a, to, zoneId, rows, length, context));
  if (from.kind === "decimal" && isString(to) && mode !== "legacy" && from.scale <= 18) {
    return whole((a, rows, length, context) => {
      const valid = combinedValidity([a], rows, length, context), out = emptyVector(to, length, valid, context);
      const failed = kernels().decimalsToViews(from.precision > 18 ? 1 : 0, from.scale, a.data, maskOf(a), valid, rows.pointer, rows.count, out.data, context.arena.allocate(24 * rows.count + 24));
      return failed < 0 ? out : undefined;
    });
  }
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
  if (isString(from)) {
    const read = textReader(to, zoneId);
    if (read !== undefined) return whole(read);
  }
  if ((from.kind === "timestamp" || from.kind === "timestamp_ntz") && to.kind === "date") {
    return whole((a, rows, length, context) => {
      const local = from.kind === "timestamp" ? localVector(a, zoneId, rows, length, context) : a;
      if (local === undefined) return undefined;
      const out = emptyVector(to, length, combinedValidity([local], rows, length, context), context);
      kernels().clockField(86_400_000_000n, 0n, local.data, maskOf(local), rows.pointer, rows.count, out.data);
      return out;
    });
  }
  if (from.kind === "date" && (to.kind === "timestamp" || to.kind === "timestamp_ntz")) {
    return whole((a, rows, length, context) => {
      const local = emptyVector(TIMESTAMP_NTZ, length, combinedValidity([a], rows, length, context), context);
      kernels().daysToMoments(a.data, maskOf(a), rows.pointer, rows.count, local.data);
      return to.kind === "timestamp" ? instantVector(local, zoneId, rows, length, context) : local;
    });
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

/** What works on a column whose values are all of the common kind; undefined where one isn't. */
type Shortcut = (a: Vector, rows: Selection, length: number, context: EvalContext) => Vector | undefined;

/** A shortcut where it holds; else all rows go value by value. */
function orByRow(shortcut: Shortcut, from: DataType, to: DataType, mode: EvalMode, zoneId: string): VectorKernel {
  const slow = cellCast(from, to, mode, zoneId), byRow = rowVector(to, args => slow(args[0]!));
  return (args, rows, length, context) => shortcut(args[0]!, rows, length, context)?.retyped(to) ?? byRow(args, rows, length, context);
}

/** Dates and clocks as text; not for years of more than four digits. */
function momentsToText(a: Vector, to: DataType, zoneId: string, rows: Selection, length: number, context: EvalContext): Vector | undefined {
  const shown = a.type.kind === "timestamp" ? localVector(a, zoneId, rows, length, context) : a;
  if (shown === undefined) return undefined;
  const valid = combinedValidity([shown], rows, length, context), out = emptyVector(to, length, valid, context), kernel = kernels();
  const failed = shown.type.kind === "date" ? kernel.datesToViews(shown.data, maskOf(shown), valid, rows.pointer, rows.count, out.data)
    : kernel.timestampsToViews(shown.data, maskOf(shown), valid, rows.pointer, rows.count, out.data, context.arena.allocate(26 * rows.count + 26));
  return failed < 0 ? out : undefined;
}

/** Text in the plain form of a type: ISO dates and times, decimal numbers. */
function textReader(to: DataType, zoneId: string): Shortcut | undefined {
  const reading = (type: DataType, read: (a: Vector, valid: number, rows: Selection, out: number) => number): Shortcut => (a, rows, length, context) => {
    const valid = combinedValidity([a], rows, length, context), out = emptyVector(type, length, valid, context);
    return read(a, valid, rows, out.data) < 0 ? out : undefined;
  };
  switch (to.kind) {
    case "date": return reading(DATE, (a, valid, rows, out) => kernels().viewsToDates(a.data, maskOf(a), valid, rows.pointer, rows.count, out));
    case "double": case "float": {
      const kind = KIND[physicalOf(to) as keyof typeof KIND];
      return reading(to, (a, valid, rows, out) => kernels().viewsToFloats(kind, powersOfFiveTable(), a.data, maskOf(a), valid, rows.pointer, rows.count, out));
    }
    case "timestamp": case "timestamp_ntz": {
      const local = reading(TIMESTAMP_NTZ, (a, valid, rows, out) => kernels().viewsToMoments(a.data, maskOf(a), valid, rows.pointer, rows.count, out));
      return to.kind === "timestamp_ntz" ? local : (a, rows, length, context) => {
        const shown = local(a, rows, length, context);
        return shown === undefined ? undefined : instantVector(shown, zoneId, rows, length, context);
      };
    }
    default: return undefined;
  }
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
