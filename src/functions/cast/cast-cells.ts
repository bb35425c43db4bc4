/** Casts value by value: the whole matrix, in all modes. The common pairs have kernels beside (cast-vectors). */
import { unsupported } from "../../base/errors.ts";
import type { Cell, MapCell } from "../../types/cell.ts";
import type { DataType, DecimalType } from "../../types/data-type.ts";
import { cellText } from "../../types/cell-text.ts";
import { DAY_MICROS, parseDate, parseTime, parseTimestamp, parseTimestampNtz, trimControls } from "../../types/datetime-text.ts";
import { divideHalfUp, fits, powerOfTen, rescale, decimalToDouble } from "../../types/decimal-rules.ts";
import { HOUR_MICROS, MINUTE_MICROS, SECOND_MICROS, parseCalendarInterval, parseDayTimeInterval, parseYearMonthInterval } from "../../types/interval-text.ts";
import { formatDecimal, formatDouble, parseBoolean, parseDecimal, parseDouble, parseIntegral } from "../../types/number-text.ts";
import { timeZone, type TimeZone } from "../../types/time-zone.ts";
import type { EvalMode } from "../casts.ts";
import { isString } from "../coercion.ts";
import { castInvalidInput, castOverflow, decimalOutOfRange, executionError } from "../errors.ts";
import { valueSql } from "../sql-text.ts";
import { castFromVariant, castToVariant } from "./cast-variant.ts";

export type CellCast = (cell: Exclude<Cell, null>) => Cell;

interface CastContext { readonly from: DataType; readonly to: DataType; readonly mode: EvalMode; readonly zoneId: string; readonly zone: TimeZone }

/** The cast of values that aren't null. In modes other than ansi a bad value gives null, or what the older Spark gave. */
export function cellCast(from: DataType, to: DataType, mode: EvalMode, zoneId: string): CellCast {
  const cast = makeCast({ from, to, mode, zoneId, zone: timeZone(zoneId) });
  if (mode !== "try" || from.kind === "array" || from.kind === "map" || from.kind === "struct") return cast;
  return cell => {
    try {
      return cast(cell);
    } catch {
      return null;
    }
  };
}

/** A shape that says its reference system. */
export function withSrid(shape: Uint8Array, srid: number): Uint8Array {
  const bytes = new Uint8Array(4 + shape.length);
  new DataView(bytes.buffer).setInt32(0, srid, true);
  bytes.set(shape, 4);
  return bytes;
}

function makeCast(context: CastContext): CellCast {
  const { from, to } = context;
  if (from.kind === "void") return () => null;
  if ((from.kind === "geography" || from.kind === "geometry") && (to.kind === "geometry" || to.kind === "geography")) {
    const { srid } = from;
    return srid === "any" || to.srid !== "any" ? cell => cell : cell => withSrid(cell as Uint8Array, srid);
  }
  if (isString(to)) {
    if (isString(from)) return cell => cell;
    if (from.kind === "variant") return castFromVariant(from, to, context.mode, context.zoneId, cellCast);
    // Outside ANSI mode small DECIMALs print with an exponent, as Java does.
    if (from.kind === "decimal" && context.mode === "legacy") return cell => javaDecimalText(cell as bigint, from.scale);
    return cell => cellText(from, cell, context.zone);
  }
  if (from.kind === "variant" && to.kind !== "variant") return castFromVariant(from, to, context.mode, context.zoneId, cellCast);
  switch (to.kind) {
    case "boolean": return toBoolean(context);
    case "tinyint": return toIntegral(context, 8);
    case "smallint": return toIntegral(context, 16);
    case "int": return toIntegral(context, 32);
    case "bigint": return toIntegral(context, 64);
    case "float": case "double": return toFloating(context, to.kind);
    case "decimal": return toDecimal(context, to);
    case "binary": return toBinary(context);
    case "date": return toDate(context);
    case "timestamp": return toTimestamp(context);
    case "timestamp_ntz": return toTimestampNtz(context);
    case "time": return toTime(context, to.precision);
    case "day_time_interval": case "year_month_interval": case "calendar_interval": return toInterval(context);
    case "variant": return castToVariant(from);
    case "array": {
      if (from.kind !== "array") break;
      const element = nullable(cellCast(from.element, to.element, context.mode, context.zoneId));
      return cell => (cell as readonly Cell[]).map(element);
    }
    case "map": {
      if (from.kind !== "map") break;
      const key = nullable(cellCast(from.key, to.key, context.mode, context.zoneId)), value = nullable(cellCast(from.value, to.value, context.mode, context.zoneId));
      return cell => ({ entries: (cell as MapCell).entries.map(([k, v]) => [key(k), value(v)] as const) });
    }
    case "struct": {
      if (from.kind !== "struct") break;
      const fields = from.fields.map((field, i) => nullable(cellCast(field.type, to.fields[i]!.type, context.mode, context.zoneId)));
      return cell => fields.map((field, i) => field((cell as readonly Cell[])[i]!));
    }
    default: break;
  }
  return () => { throw castInvalidInput(from, to, "?"); };
}

/** As BigDecimal.toString. */
function javaDecimalText(unscaled: bigint, scale: number): string {
  const digits = (unscaled < 0n ? -unscaled : unscaled).toString(), exponent = digits.length - 1 - scale;
  if (exponent >= -6) return formatDecimal(unscaled, scale);
  return `${unscaled < 0n ? "-" : ""}${digits.length === 1 ? digits : `${digits[0]}.${digits.slice(1)}`}E${exponent}`;
}

const nullable = (cast: CellCast) => (cell: Cell): Cell => (cell === null ? null : cast(cell));

const invalid = ({ from, to, mode, zoneId }: CastContext, cell: Cell): null => {
  if (mode === "legacy") return null;
  throw castInvalidInput(from, to, valueSql(from, cell, zoneId).replace(/(?<=\d)D$/, ""));
};

function toBoolean(context: CastContext): CellCast {
  if (isString(context.from)) return cell => parseBoolean(cell as string) ?? invalid(context, cell);
  // NaN counts as true, since it isn't zero.
  return cell => cell != 0;
}

/** Digits before a point, for casts of the older mode. */
const legacyIntegral = (text: string): bigint | null => {
  const parts = /^([+-]?\d+)(?:\.\d*)?$/.exec(trimControls(text));
  return parts === null ? null : BigInt(parts[1]!.replace("+", ""));
};

function toIntegral(context: CastContext, bits: number): CellCast {
  const { from, to, mode, zoneId } = context, min = -(2n ** BigInt(bits - 1)), max = -min - 1n;
  const wrap = (value: bigint): Cell => { const low = BigInt.asIntN(bits, value); return bits === 64 ? low : Number(low); };
  // Where ANSI mode is off numbers wrap round and times of day are null; intervals have one rule for both modes.
  const isInterval = from.kind === "day_time_interval" || from.kind === "year_month_interval";
  const checked = (value: bigint, cell: Cell): Cell => {
    if (value < min || value > max) {
      if (mode === "legacy" && !isInterval) return from.kind === "time" ? null : wrap(value);
      throw castOverflow(from, to, cell, zoneId);
    }
    return bits === 64 ? value : Number(value);
  };
  switch (from.kind) {
    case "string": case "char": case "varchar": return cell => {
      const value = mode === "legacy" ? legacyIntegral(cell as string) : parseIntegral(cell as string);
      return value === null || value < min || value > max ? invalid(context, cell) : bits === 64 ? value : Number(value);
    };
    case "boolean": return cell => (bits === 64 ? (cell === true ? 1n : 0n) : cell === true ? 1 : 0);
    case "tinyint": case "smallint": case "int": return cell => checked(BigInt(cell as number), cell);
    case "bigint": return cell => checked(cell as bigint, cell);
    case "float": case "double": {
      // The bounds as doubles: at 64 bits the upper one rounds to 2^63, which saturates as it does in Java.
      const low = Number(min), high = Number(max);
      return cell => {
        const value = cell as number;
        if (Math.floor(value) <= high && Math.ceil(value) >= low) {
          const whole = Math.trunc(value);
          return bits === 64 ? (whole >= 2 ** 63 ? max : BigInt(whole)) : whole + 0;
        }
        if (mode !== "legacy") throw castOverflow(from, to, cell, zoneId);
        if (Number.isNaN(value)) return bits === 64 ? 0n : 0;
        const saturated = bits === 64 ? (value > 0 ? max : min) : value >= 2147483647 ? 2147483647n : value <= -2147483648 ? -2147483648n : BigInt(Math.trunc(value));
        return wrap(saturated);
      };
    }
    case "decimal": {
      const divisor = powerOfTen(from.scale);
      return cell => checked((cell as bigint) / divisor, cell);
    }
    case "timestamp": return cell => checked(floorDiv(cell as bigint, 1_000_000n), cell);
    case "date": return () => null;
    case "day_time_interval": {
      const unit = unitMicros(from.end);
      return cell => checked((cell as bigint) / unit, cell);
    }
    case "year_month_interval": return cell => checked(BigInt(from.end === "year" ? Math.trunc((cell as number) / 12) : cell as number), cell);
    case "time": return cell => checked((cell as bigint) / 1_000_000_000n, cell);
    default: return cell => invalid(context, cell);
  }
}

function toFloating(context: CastContext, kind: "float" | "double"): CellCast {
  const { from } = context, fit = (value: number): number => (kind === "float" ? Math.fround(value) : value);
  switch (from.kind) {
    case "string": case "char": case "varchar": return cell => {
      const value = parseDouble(cell as string) ?? parseHexDouble(cell as string);
      return value === null ? invalid(context, cell) : fit(value);
    };
    case "boolean": return cell => (cell === true ? 1 : 0);
    case "decimal": return cell => fit(decimalToDouble(cell as bigint, from.scale));
    case "timestamp": return cell => fit(Number(cell as bigint) / 1e6);
    case "date": return () => null;
    default: return cell => fit(Number(cell as number | bigint));
  }
}

function parseHexDouble(text: string): number | null {
  const parts = /^([+-]?)0[xX]([0-9a-fA-F]*)\.?([0-9a-fA-F]*)[pP]([+-]?\d+)[dDfF]?$/.exec(trimControls(text));
  if (parts === null || parts[2]! + parts[3]! === "") return null;
  const value = Number(BigInt(`0x${parts[2]}${parts[3]}`)) * 2 ** (Number(parts[4]) - 4 * parts[3]!.length);
  return parts[1] === "-" ? -value : value;
}

function toDecimal(context: CastContext, to: DecimalType): CellCast {
  const { from, mode } = context, { precision, scale } = to, isStrict = mode !== "legacy" || from.kind === "day_time_interval" || from.kind === "year_month_interval";
  const fitted = (unscaled: bigint, fromScale: number): Cell => {
    const value = fromScale > scale ? divideHalfUp(unscaled, powerOfTen(fromScale - scale)) : unscaled * powerOfTen(scale - fromScale);
    if (fits(value, precision)) return value;
    if (!isStrict) return null;
    throw decimalOutOfRange(formatDecimal(unscaled, fromScale), precision, scale);
  };
  switch (from.kind) {
    case "string": case "char": case "varchar": return cell => {
      const parts = parseDecimal(cell as string);
      if (parts === null) return invalid(context, cell);
      const digits = (parts.unscaled < 0n ? -parts.unscaled : parts.unscaled).toString().length;
      if (parts.unscaled === 0n) return 0n;
      if (digits - parts.scale > 38) {
        if (mode === "legacy") return null;
        throw executionError("NUMERIC_OUT_OF_SUPPORTED_RANGE", "22003", `The value ${cell as string} cannot be interpreted as a numeric since it has more than 38 digits.`, { value: cell as string });
      }
      if (parts.scale > scale + 60 + digits) return 0n;
      return fitted(parts.scale < 0 ? parts.unscaled * powerOfTen(-parts.scale) : parts.unscaled, Math.max(0, parts.scale));
    };
    case "boolean": return cell => fitted(cell === true ? 1n : 0n, 0);
    case "tinyint": case "smallint": case "int": return cell => fitted(BigInt(cell as number), 0);
    case "bigint": return cell => fitted(cell as bigint, 0);
    case "float": case "double": return cell => {
      const value = cell as number;
      if (!Number.isFinite(value)) return null;
      const { unscaled, scale: s } = parseDecimal(formatDouble(value))!;
      return fitted(s < 0 ? unscaled * powerOfTen(-s) : unscaled, Math.max(0, s));
    };
    case "decimal": return cell => fitted(cell as bigint, from.scale);
    case "timestamp": return cell => fitted(cell as bigint, 6);
    case "day_time_interval": return from.end === "second" ? cell => fitted(cell as bigint, 6) : cell => fitted((cell as bigint) / unitMicros(from.end), 0);
    case "year_month_interval": return cell => fitted(BigInt(from.end === "year" ? Math.trunc((cell as number) / 12) : cell as number), 0);
    case "time": return cell => fitted(cell as bigint, 9);
    case "date": return () => null;
    default: return cell => invalid(context, cell);
  }
}

const encoder = new TextEncoder();

function toBinary({ from }: CastContext): CellCast {
  if (isString(from)) return cell => encoder.encode(cell as string);
  const bytes = from.kind === "tinyint" ? 1 : from.kind === "smallint" ? 2 : from.kind === "int" ? 4 : 8;
  if (from.kind === "binary") return cell => cell;
  return cell => {
    const result = new Uint8Array(bytes);
    let value = BigInt.asUintN(64, BigInt(cell as number | bigint));
    for (let i = bytes - 1; i >= 0; i--) { result[i] = Number(value & 255n); value >>= 8n; }
    return result;
  };
}

function toDate(context: CastContext): CellCast {
  const { from, zone } = context;
  if (isString(from)) return cell => parseDate(cell as string) ?? invalid(context, cell);
  if (from.kind === "timestamp") return cell => Number(floorDiv(zone.toLocal(cell as bigint), DAY_MICROS));
  if (from.kind === "timestamp_ntz") return cell => Number(floorDiv(cell as bigint, DAY_MICROS));
  return cell => cell;
}

function toTimestamp(context: CastContext): CellCast {
  const { from, zone, mode, to, zoneId } = context;
  const saturate = (micros: bigint): bigint => (micros > 2n ** 63n - 1n ? 2n ** 63n - 1n : micros < -(2n ** 63n) ? -(2n ** 63n) : micros);
  switch (from.kind) {
    case "time": throw unsupported("A cast of TIME to TIMESTAMP inside of arrays, maps and structs");
    case "string": case "char": case "varchar": return cell => parseTimestamp(cell as string, zone) ?? invalid(context, cell);
    case "date": return cell => zone.toInstant(BigInt(cell as number) * DAY_MICROS);
    case "timestamp_ntz": return cell => zone.toInstant(cell as bigint);
    case "boolean": return cell => (cell === true ? 1n : 0n);
    case "float": case "double": return cell => {
      const value = cell as number;
      if (!Number.isFinite(value)) return mode === "legacy" ? null : invalid(context, cell);
      const micros = BigInt(Math.trunc(value * 1e6));
      if (mode !== "legacy" && saturate(micros) !== micros) throw castOverflow(from, to, cell, zoneId);
      return saturate(micros);
    };
    case "decimal": return cell => BigInt.asIntN(64, from.scale <= 6 ? rescale(cell as bigint, from.scale, 6) : (cell as bigint) / powerOfTen(from.scale - 6));
    case "timestamp": return cell => cell;
    default: return cell => saturate(BigInt(cell as number | bigint) * 1_000_000n);
  }
}

function toTimestampNtz(context: CastContext): CellCast {
  const { from, zone } = context;
  if (from.kind === "time") throw unsupported("A cast of TIME to TIMESTAMP_NTZ inside of arrays, maps and structs");
  if (isString(from)) return cell => parseTimestampNtz(cell as string) ?? invalid(context, cell);
  if (from.kind === "timestamp") return cell => zone.toLocal(cell as bigint);
  if (from.kind === "date") return cell => BigInt(cell as number) * DAY_MICROS;
  return cell => cell;
}

function toTime(context: CastContext, precision: number): CellCast {
  const { from, zone } = context, unit = 10n ** BigInt(9 - precision);
  const cut = (nanos: bigint): bigint => nanos - nanos % unit;
  if (isString(from)) return cell => { const nanos = parseTime(cell as string); return nanos === null ? invalid(context, cell) : cut(nanos); };
  const mod = (micros: bigint): bigint => ((micros % DAY_MICROS) + DAY_MICROS) % DAY_MICROS;
  if (from.kind === "timestamp") return cell => cut(mod(zone.toLocal(cell as bigint)) * 1000n);
  if (from.kind === "timestamp_ntz") return cell => cut(mod(cell as bigint) * 1000n);
  return cell => cut(cell as bigint);
}

export function unitMicros(field: "day" | "hour" | "minute" | "second"): bigint {
  return field === "day" ? DAY_MICROS : field === "hour" ? HOUR_MICROS : field === "minute" ? MINUTE_MICROS : SECOND_MICROS;
}

function toInterval(context: CastContext): CellCast {
  const { from, to, zoneId } = context;
  const overflow = (cell: Cell): never => { throw castOverflow(from, to, cell, zoneId); };
  if (to.kind === "calendar_interval") return cell => parseCalendarInterval(cell as string);
  if (to.kind === "year_month_interval") {
    const unit = to.end === "year" ? 12 : 1;
    if (isString(from)) return cell => parseYearMonthInterval(cell as string, to);
    if (from.kind === "year_month_interval") return cell => (cell as number) - (cell as number) % unit + 0;
    const divisor = from.kind === "decimal" ? powerOfTen(from.scale) : 1n;
    return cell => {
      const months = divideHalfUp(BigInt(cell as number | bigint) * BigInt(unit), divisor);
      return BigInt.asIntN(32, months) === months ? Number(months) : overflow(cell);
    };
  }
  if (to.kind !== "day_time_interval") return cell => invalid(context, cell);
  const unit = unitMicros(to.end);
  if (isString(from)) return cell => parseDayTimeInterval(cell as string, to);
  if (from.kind === "day_time_interval") return to.end === "second" ? cell => cell : cell => (cell as bigint) - (cell as bigint) % unit;
  const divisor = powerOfTen(from.kind === "decimal" ? from.scale : 0);
  return cell => {
    const micros = divideHalfUp(BigInt(cell as number | bigint) * unit, divisor);
    return BigInt.asIntN(64, micros) === micros ? micros : overflow(cell);
  };
}

function floorDiv(a: bigint, b: bigint): bigint {
  const quotient = a / b;
  return a % b < 0n ? quotient - 1n : quotient;
}

