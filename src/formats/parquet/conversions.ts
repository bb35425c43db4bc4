/**
 * How values of a file become those of a column's type. The rules of what may be read as what are those of Spark's
 * vectorized reader, and a few more for types that Spark refuses. Not so: a DECIMAL as a whole number without its point, and an unsigned number as a negative DOUBLE.
 */
import { CONVERT } from "../../kernels/parquet.ts";
import { kernels } from "../../kernels/kernels.ts";
import type { Arena } from "../../memory/arena.ts";
import { linearMemory } from "../../memory/linear-memory.ts";
import type { DataType, DecimalType } from "../../types/data-type.ts";
import { widthOf, physicalOf } from "../../columns/vector.ts";
import { PHYSICAL, type Annotation, type SchemaNode } from "./metadata.ts";
import { Malformed } from "./thrift.ts";

/** Steps from values as decoders give them (rawWidth bytes each) to those of a column. */
export interface Conversion {
  readonly rawWidth: number;
  /** Of the result. */
  readonly width: number;
  readonly steps: readonly Step[];
  /** Values are texts: what isn't UTF-8 in them is replaced. */
  readonly isText: boolean;
}
interface Step { readonly width: number; run(from: number, count: number, out: number): void }

/** Bytes of a value as decoders give it: booleans as a byte, strings and fixed bytes as views. */
export function rawWidth(physical: number): number {
  return [1, 4, 8, 12, 4, 8, 16, 16][physical]!;
}

/** Converted values, or `from` itself when there is nothing to convert. */
export function convert({ steps }: Conversion, from: number, count: number, arena: Arena): number {
  for (const step of steps) {
    const out = arena.allocate(count * step.width);
    step.run(from, count, out);
    from = out;
  }
  return from;
}

/** Undefined: values of the leaf can't be read as the type. */
export function conversionFor(leaf: SchemaNode, type: DataType): Conversion | undefined {
  const steps = stepsFor(leaf, type);
  return steps && { rawWidth: rawWidth(leaf.physical!), width: widthOf(physicalOf(type)), steps, isText: physicalOf(type) === "view" && type.kind !== "binary" };
}

const kernel = (kind: number, width: number): Step => ({
  width,
  run(from, count, out) {
    if (kernels().parquetConvert(kind, from, count, 0, out) === 0) throw new Malformed("a value has no place in the type of its column");
  },
});
const NONE: readonly Step[] = [];
const TO_I64 = kernel(CONVERT.int32ToI64, 8), TO_I128 = kernel(CONVERT.int64ToI128, 16);

function stepsFor(leaf: SchemaNode, type: DataType): readonly Step[] | undefined {
  const { annotation } = leaf;
  switch (leaf.physical) {
    case PHYSICAL.boolean: return type.kind === "boolean" ? NONE : undefined;
    case PHYSICAL.int32: return int32Steps(annotation, type);
    case PHYSICAL.int64: return int64Steps(annotation, type);
    case PHYSICAL.int96: return type.kind === "timestamp" || type.kind === "timestamp_ntz" ? [kernel(CONVERT.int96ToMicros, 8)] : undefined;
    case PHYSICAL.float: return type.kind === "float" ? NONE : type.kind === "double" ? [kernel(CONVERT.floatToF64, 8)] : undefined;
    case PHYSICAL.double: return type.kind === "double" ? NONE : undefined;
    default: return bytesSteps(leaf, type);
  }
}

function int32Steps(annotation: Annotation | undefined, type: DataType): readonly Step[] | undefined {
  if (annotation?.kind === "decimal") return type.kind === "decimal" ? decimalSteps([TO_I64], annotation, type) : undefined;
  if (annotation?.kind === "time") return annotation.unit === "MILLIS" && type.kind === "time" ? [TO_I64, scaleStep(1_000_000n, false)] : undefined;
  const isUnsigned = annotation?.kind === "integer" && !annotation.signed;
  if (isUnsigned && annotation.bits === 32) return type.kind === "bigint" ? [kernel(CONVERT.uint32ToI64, 8)] : undefined;
  switch (type.kind) {
    case "tinyint": return [kernel(CONVERT.int32ToI8, 1)];
    case "smallint": return [kernel(CONVERT.int32ToI16, 2)];
    case "int": case "year_month_interval": case "date": return NONE;
    case "bigint": return [TO_I64];
    case "double": return [kernel(CONVERT.int32ToF64, 8)];
    case "timestamp_ntz": return annotation?.kind === "date" ? [kernel(CONVERT.daysToMicros, 8)] : undefined;
    case "decimal": return isUnsigned || annotation?.kind === "date" ? undefined : decimalSteps([TO_I64], { precision: 10, scale: 0 }, type);
    default: return undefined;
  }
}

function int64Steps(annotation: Annotation | undefined, type: DataType): readonly Step[] | undefined {
  switch (annotation?.kind) {
    case "decimal": return type.kind === "decimal" ? decimalSteps(NONE, annotation, type) : undefined;
    case "timestamp":
      if (type.kind === "bigint" || type.kind === "day_time_interval") return NONE;
      if (type.kind !== "timestamp" && type.kind !== "timestamp_ntz") return undefined;
      return annotation.unit === "MICROS" ? NONE : annotation.unit === "MILLIS" ? [kernel(CONVERT.millisToMicros, 8)] : [divideStep(1000n)];
    case "time": return type.kind !== "time" ? undefined : annotation.unit === "MICROS" ? [kernel(CONVERT.microsToNanos, 8)] : annotation.unit === "NANOS" ? [divideStep(1000n), scaleStep(1000n, false)] : undefined;
    case "integer": if (!annotation.signed) return type.kind === "decimal" && type.precision === 20 && type.scale === 0 ? [kernel(CONVERT.uint64ToI128, 16)] : undefined;
  }
  if (type.kind === "bigint" || type.kind === "day_time_interval") return NONE;
  return type.kind === "decimal" ? decimalSteps(NONE, { precision: 20, scale: 0 }, type) : undefined;
}

function bytesSteps({ physical, annotation }: SchemaNode, type: DataType): readonly Step[] | undefined {
  if (annotation?.kind === "decimal") {
    if (type.kind !== "decimal") return type.kind === "binary" ? NONE : undefined;
    return decimalSteps([annotation.precision <= 18 ? kernel(CONVERT.viewsToI64, 8) : kernel(CONVERT.viewsToI128, 16)], annotation, type);
  }
  if (type.kind === "binary") return NONE;
  if (annotation?.kind === "float16") return type.kind === "float" ? [halfStep] : undefined;
  return physical === PHYSICAL.byteArray && (type.kind === "string" || type.kind === "char" || type.kind === "varchar") ? NONE : undefined;
}

/** Digits before and behind the point may only become more. `before` gives i64, or i128 where the file's has more than 18 digits. */
function decimalSteps(before: readonly Step[], from: { readonly precision: number; readonly scale: number }, to: DecimalType): readonly Step[] | undefined {
  const more = to.scale - from.scale;
  if (more < 0 || to.precision - to.scale < from.precision - from.scale) return undefined;
  const isWide = to.precision > 18, isWideBefore = before.at(-1)?.width === 16;
  const steps = [...before, ...(isWide && !isWideBefore ? [TO_I128] : [])];
  return more === 0 ? steps : [...steps, scaleStep(10n ** BigInt(more), isWide)];
}

function scaleStep(by: bigint, isWide: boolean): Step {
  const width = isWide ? 16 : 8, low = BigInt.asIntN(64, by), high = by >> 64n;
  return {
    width,
    run(from, count, out) {
      linearMemory().u8.copyWithin(out, from, from + count * width);
      kernels().parquetScale(out, count, isWide ? 1 : 0, low, high);
    },
  };
}

/** Rounds down, so that the order stays. */
function divideStep(by: bigint): Step {
  return {
    width: 8,
    run(from, count, out) {
      const { i64 } = linearMemory();
      for (let i = 0; i < count; i++) {
        const value = i64[from / 8 + i]!, whole = value / by;
        i64[out / 8 + i] = value < 0n && whole * by !== value ? whole - 1n : whole;
      }
    },
  };
}

const halfStep: Step = {
  width: 4,
  run(from, count, out) {
    const { view, f32 } = linearMemory();
    for (let i = 0; i < count; i++) {
      const half = view.getUint16(from + 16 * i + 4, true), exponent = half >> 10 & 31, part = half & 1023;
      const size = exponent === 31 ? part === 0 ? Infinity : NaN : exponent === 0 ? part * 2 ** -24 : (1024 + part) * 2 ** (exponent - 25);
      f32[out / 4 + i] = half & 0x8000 ? -size : size;
    }
  },
};
