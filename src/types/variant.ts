/**
 * What a VARIANT holds: null, booleans, text, whole numbers (number or bigint), Decimal, VariantDouble, LocalDate, Timestamp,
 * TimestampNtz, bytes, arrays and plain objects with sorted keys. Numbers with a fraction are DOUBLEs too.
 */
import type { Cell, MapCell } from "./cell.ts";
import type { DataType } from "./data-type.ts";
import { formatDate, formatTimestamp, formatTimestampNtz } from "./datetime-text.ts";
import { formatDouble } from "./number-text.ts";
import type { TimeZone } from "./time-zone.ts";
import { Decimal, LocalDate, Timestamp, TimestampNtz } from "./values.ts";

const { rawJSON } = JSON as unknown as { rawJSON(text: string): object };

/** A DOUBLE, also where it is a whole number. */
export class VariantDouble {
  readonly value: number;
  constructor(value: number) { this.value = value; }
  toJSON(): unknown { return Number.isFinite(this.value) ? rawJSON(formatDouble(this.value)) : String(this.value); }
}

export type VariantObject = Readonly<Record<string, unknown>>;
export const isObject = (value: unknown): value is VariantObject =>
  typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof VariantDouble) && !Decimal.is(value) && !LocalDate.is(value) && !Timestamp.is(value) && !TimestampNtz.is(value) && !(value instanceof Uint8Array);

/** An object with its keys in order. */
export function variantObject(entries: Iterable<readonly [string, unknown]>): VariantObject {
  return Object.fromEntries([...entries].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
}

/** A DECIMAL without zeros behind its last digit. */
export function shortDecimal(unscaled: bigint, scale: number): unknown {
  let digits = unscaled, places = scale;
  while (places > 0 && digits % 10n === 0n) { digits /= 10n; places--; }
  return places === 0 ? whole(digits) : Decimal.of(digits, places);
}
const whole = (value: bigint): number | bigint => (value >= -9007199254740991n && value <= 9007199254740991n ? Number(value) : value);

/** The JSON text of a variant. */
export function variantText(value: unknown, zone: TimeZone): string {
  if (value === null || value === undefined) return "null";
  if (typeof value === "boolean" || typeof value === "bigint") return String(value);
  if (typeof value === "number") return Number.isInteger(value) ? String(value + 0) : formatDouble(value);
  if (typeof value === "string") return JSON.stringify(value);
  if (value instanceof VariantDouble) return Number.isFinite(value.value) ? formatDouble(value.value) : `"${formatDouble(value.value)}"`;
  if (Decimal.is(value)) return value.toString();
  if (value instanceof Uint8Array) return `"${Buffer.from(value).toString("base64")}"`;
  if (LocalDate.is(value)) return `"${formatDate(value.epochDay)}"`;
  if (Timestamp.is(value)) return `"${formatTimestamp(value.epochMicros, zone)}${offsetText(value.epochMicros, zone)}"`;
  if (TimestampNtz.is(value)) return `"${formatTimestampNtz(value.epochMicros)}"`;
  if (Array.isArray(value)) return `[${value.map(item => variantText(item, zone)).join(",")}]`;
  return `{${Object.entries(value as VariantObject).map(([key, item]) => `${JSON.stringify(key)}:${variantText(item, zone)}`).join(",")}}`;
}

function offsetText(epochMicros: bigint, zone: TimeZone): string {
  const minutes = Number(zone.offsetAt(epochMicros) / 60_000_000n), size = Math.abs(minutes);
  return `${minutes < 0 ? "-" : "+"}${String(Math.floor(size / 60)).padStart(2, "0")}:${String(size % 60).padStart(2, "0")}`;
}

/** A SQL value as what a variant holds. */
export function cellToVariant(type: DataType, cell: Cell): unknown {
  if (cell === null) return null;
  switch (type.kind) {
    case "bigint": return whole(cell as bigint);
    case "float": case "double": return new VariantDouble(cell as number);
    case "decimal": return shortDecimal(cell as bigint, type.scale);
    case "date": return LocalDate.ofEpochDay(cell as number);
    case "timestamp": return Timestamp.ofMicros(cell as bigint);
    case "timestamp_ntz": return TimestampNtz.ofMicros(cell as bigint);
    case "array": return (cell as readonly Cell[]).map(item => cellToVariant(type.element, item));
    case "struct": return variantObject(type.fields.map((f, i) => [f.name, cellToVariant(f.type, (cell as readonly Cell[])[i]!)] as const));
    case "map": return variantObject((cell as MapCell).entries.map(([k, v]) => [String(k), cellToVariant(type.value, v)] as const));
    case "variant": return (cell as { readonly variant: unknown }).variant;
    default: return cell;
  }
}
