/** Rows as JSON lines, as the JSON writer of Spark 4.3 and its to_json put them. */
import type { Batch } from "../../columns/batch.ts";
import { cellAt, selectedRows, viewText } from "../../columns/cells.ts";
import type { Vector } from "../../columns/vector.ts";
import { linearMemory } from "../../memory/linear-memory.ts";
import type { CalendarInterval, Cell, MapCell, VariantCell } from "../../types/cell.ts";
import type { DataType, StructType } from "../../types/data-type.ts";
import { DAY_MICROS, formatTime } from "../../types/datetime-text.ts";
import { formatCalendarInterval, formatDayTimeInterval, formatYearMonthInterval } from "../../types/interval-text.ts";
import { formatDouble, formatFloat } from "../../types/number-text.ts";
import { UTC, type TimeZone } from "../../types/time-zone.ts";
import { variantText } from "../../types/variant.ts";
import { textEncoderOf } from "../encoding.ts";
import { booleanOption, invalidOption, optionOf, type FormatOptions } from "../options.ts";
import { bigDecimalText, refuseTypes, type RowEncoder } from "../row-encoder.ts";
import { jsonForms } from "./json-options.ts";
import { prettyJson } from "./json-pretty.ts";
import type { JsonForms } from "./json-scalars.ts";
import { isoDateText, isoMillisText, isoMillisZonedText } from "./json-timestamps.ts";

export interface JsonTextOptions extends Partial<Omit<JsonForms, "zone">> {
  readonly zone: TimeZone;
  /** Fields of structs that are null are left out. */
  readonly ignoreNullFields: boolean;
  /** Characters beyond ASCII are written as escapes. */
  readonly isAscii?: boolean;
  /** Objects over several lines, indented. */
  readonly isPretty?: boolean;
}

/** Options of writing, for files and to_json. @throws AnalysisError for wrong values */
export function jsonTextOptions(options: FormatOptions, sessionZone: string): JsonTextOptions {
  return {
    ...jsonForms(options, sessionZone, "format"), ignoreNullFields: booleanOption(options, "ignoreNullFields", true),
    isAscii: booleanOption(options, "writeNonAsciiCharacterAsCodePoint", false), isPretty: booleanOption(options, "pretty", false),
  };
}

/** @throws AnalysisError for a type that JSON has no place for, and for options that aren't built */
export function jsonEncoder(schema: StructType, options: FormatOptions, sessionZone: string): RowEncoder {
  refuseTypes("JSON", schema, holdsIntervals);
  if (optionOf(options, "lineSep") === "") throw invalidOption("lineSep", "", "not empty");
  const lineEnd = optionOf(options, "lineSep") ?? "\n", text = jsonTextOptions(options, sessionZone), encode = textEncoderOf(options);
  let isFirst = false;
  return {
    header() {
      isFirst = true;
      return new Uint8Array(0);
    },
    encode(batch) {
      const bytes = encode(encodeRows(batch, text, lineEnd), isFirst);
      isFirst = false;
      return bytes;
    },
  };
}

/** Types that Spark's source of JSON doesn't take. */
export const holdsIntervals = holds(type => type.kind === "calendar_interval");
function holds(test: (type: DataType) => boolean): (type: DataType) => boolean {
  return type => test(type) || (type.kind === "array" ? holds(test)(type.element) : type.kind === "map" ? holds(test)(type.key) || holds(test)(type.value)
    : type.kind === "struct" && type.fields.some(field => holds(test)(field.type)));
}

function encodeRows(batch: Batch, options: JsonTextOptions, lineEnd: string): string {
  const quoted = options.isAscii === true ? asciiText : plainText;
  const columns = batch.schema.fields.map((field, i) => ({ name: `${quoted(field.name)}:`, text: columnText(batch.columns[i]!, options) }));
  let text = "";
  for (const row of selectedRows(batch)) {
    let separator = "{";
    const start = text.length;
    for (const { name, text: valueOf } of columns) {
      const value = valueOf(row);
      if (value === undefined && options.ignoreNullFields) continue;
      text += separator + name + (value ?? "null");
      separator = ",";
    }
    text += separator === "{" ? "{}" : "}";
    if (options.isPretty === true) text = text.slice(0, start) + prettyJson(text.slice(start));
    text += lineEnd;
  }
  return text;
}

/** The JSON text of a row's value; undefined for null. Common types are read from their storage. */
export function columnText(vector: Vector, options: JsonTextOptions): (row: number) => string | undefined {
  const { type, data, valid, isConstant } = vector, { u8, i32, i64, f64 } = linearMemory();
  const quoted = options.isAscii === true ? asciiText : plainText;
  const guard = (read: (at: number) => string) => (row: number): string | undefined => {
    const at = isConstant ? 0 : row;
    return valid !== 0 && u8[valid + at] === 0 ? undefined : read(at);
  };
  switch (type.kind) {
    case "int": return guard(at => String(i32[(data >>> 2) + at]!));
    case "bigint": return guard(at => String(i64[data / 8 + at]!));
    case "double": return guard(at => numberText(formatDouble(f64[data / 8 + at]!)));
    case "string": return guard(at => quoted(viewText(data + 16 * at)));
    case "boolean": return guard(at => (u8[data + at] === 0 ? "false" : "true"));
    default: return row => {
      const cell = cellAt(vector, row);
      return cell === null ? undefined : jsonText(type, cell, options);
    };
  }
}

/** The JSON text of a value that isn't null. */
export function jsonText(type: DataType, cell: Exclude<Cell, null>, options: JsonTextOptions): string {
  const { dates, timestamps, timestampsNtz, times, zone, isAscii = false } = options, quoted = isAscii ? asciiText : plainText;
  switch (type.kind) {
    case "void": return "null";
    case "boolean": case "tinyint": case "smallint": case "int": case "bigint": return String(cell);
    case "float": return numberText(formatFloat(cell as number));
    case "double": return numberText(formatDouble(cell as number));
    case "decimal": return bigDecimalText(cell as bigint, type.scale);
    case "string": case "char": case "varchar": return quoted(cell as string);
    case "binary": case "geometry": case "geography": return `"${Buffer.from(cell as Uint8Array).toString("base64")}"`;
    case "date": return dates === undefined ? `"${isoDateText(cell as number)}"` : quoted(dates.format(BigInt(cell as number) * DAY_MICROS, zone, 0n));
    case "timestamp": return timestamps === undefined ? `"${isoMillisZonedText(cell as bigint, zone)}"` : quoted(timestamps.format(zone.toLocal(cell as bigint), zone, cell as bigint));
    case "timestamp_ntz": return timestampsNtz === undefined ? `"${isoMillisText(cell as bigint)}"` : quoted(timestampsNtz.format(cell as bigint, UTC, cell as bigint));
    case "time": return times === undefined ? `"${formatTime(cell as bigint)}"` : quoted(times.format((cell as bigint) / 1000n, UTC, 0n));
    case "day_time_interval": return `"${formatDayTimeInterval(cell as bigint, type)}"`;
    case "year_month_interval": return `"${formatYearMonthInterval(cell as number, type)}"`;
    case "calendar_interval": return `"${formatCalendarInterval(cell as CalendarInterval)}"`;
    case "variant": return variantText((cell as VariantCell).variant, zone);
    case "array": return `[${(cell as readonly Cell[]).map(item => item === null ? "null" : jsonText(type.element, item, options)).join(",")}]`;
    case "map": return `{${(cell as MapCell).entries.map(([key, value]) => `${quoted(keyText(type.key, key))}:${value === null ? "null" : jsonText(type.value, value, options)}`).join(",")}}`;
    case "struct": {
      const parts: string[] = [];
      type.fields.forEach((field, i) => {
        const value = (cell as readonly Cell[])[i] ?? null;
        if (value !== null || !options.ignoreNullFields) parts.push(`${quoted(field.name)}:${value === null ? "null" : jsonText(field.type, value, options)}`);
      });
      return `{${parts.join(",")}}`;
    }
  }
}

/** Keys are what their stored values print: dates as days, timestamps as microseconds, arrays and structs in brackets. */
function keyText(type: DataType, key: Cell): string {
  if (key === null) return "null";
  switch (type.kind) {
    case "array": return `[${(key as readonly Cell[]).map(item => keyText(type.element, item)).join(",")}]`;
    case "struct": return `[${(key as readonly Cell[]).map((item, i) => keyText(type.fields[i]!.type, item)).join(",")}]`;
    case "float": return formatFloat(key as number);
    case "double": return formatDouble(key as number);
    case "decimal": return bigDecimalText(key as bigint, type.scale);
    default: return String(key);
  }
}

/** Numbers that JSON has no form for are text. */
const numberText = (text: string): string => text.endsWith("y") || text === "NaN" ? `"${text}"` : text;

const SHORT: Readonly<Record<string, string>> = { "\"": "\\\"", "\\": "\\\\", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t" };
const SPECIAL = /["\\\x00-\x1f]/, ALL_SPECIAL = /["\\\x00-\x1f]/g;

const BEYOND = /[^\x00-\x7f]/, ALL_BEYOND = /[^\x00-\x7f]/g;
const codePoint = (c: string): string => `\\u${c.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}`;

function asciiText(text: string): string {
  const plain = plainText(text);
  return BEYOND.test(plain) ? plain.replace(ALL_BEYOND, codePoint) : plain;
}

/** As Jackson writes: only what JSON demands is escaped. */
function plainText(text: string): string {
  return SPECIAL.test(text) ? `"${text.replace(ALL_SPECIAL, c => SHORT[c] ?? codePoint(c))}"` : `"${text}"`;
}
