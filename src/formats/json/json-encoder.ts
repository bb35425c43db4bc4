/** Rows as JSON lines, as the JSON writer of Spark 4.3 and its to_json put them. */
import type { Batch } from "../../columns/batch.ts";
import { cellAt, selectedRows, viewText } from "../../columns/cells.ts";
import type { Vector } from "../../columns/vector.ts";
import { linearMemory } from "../../memory/linear-memory.ts";
import type { CalendarInterval, Cell, MapCell, VariantCell } from "../../types/cell.ts";
import type { DataType, StructType } from "../../types/data-type.ts";
import { formatTime } from "../../types/datetime-text.ts";
import { formatCalendarInterval, formatDayTimeInterval, formatYearMonthInterval } from "../../types/interval-text.ts";
import { formatDouble, formatFloat } from "../../types/number-text.ts";
import type { TimeZone } from "../../types/time-zone.ts";
import { variantText } from "../../types/variant.ts";
import { booleanOption, optionOf, refuseOptions, zoneOption, type FormatOptions } from "../options.ts";
import { bigDecimalText, refuseTypes, type RowEncoder } from "../row-encoder.ts";
import { isoDateText, isoMillisText, isoMillisZonedText } from "./json-timestamps.ts";

export interface JsonTextOptions {
  readonly zone: TimeZone;
  /** Fields of structs that are null are left out. */
  readonly ignoreNullFields: boolean;
}

/** @throws AnalysisError for a type that JSON has no place for, and for options that aren't built */
export function jsonEncoder(schema: StructType, options: FormatOptions, sessionZone: string): RowEncoder {
  refuseOptions("json", options, { timestampFormat: [], timestampNTZFormat: [], dateFormat: [], encoding: ["utf-8", "utf8"], charset: ["utf-8", "utf8"], writeNonAsciiCharacterAsCodePoint: ["false"], pretty: ["false"] });
  refuseTypes("JSON", schema, holds(type => type.kind === "calendar_interval" || type.kind === "time"));
  const lineEnd = optionOf(options, "lineSep") ?? "\n";
  const text: JsonTextOptions = { zone: zoneOption(options, sessionZone), ignoreNullFields: booleanOption(options, "ignoreNullFields", true) };
  return { header: () => new Uint8Array(0), encode: batch => Buffer.from(encodeRows(batch, text, lineEnd)) };
}

const holds = (test: (type: DataType) => boolean) => (type: DataType): boolean => test(type)
  || (type.kind === "array" ? holds(test)(type.element) : type.kind === "map" ? holds(test)(type.key) || holds(test)(type.value)
    : type.kind === "struct" && type.fields.some(field => holds(test)(field.type)));

function encodeRows(batch: Batch, options: JsonTextOptions, lineEnd: string): string {
  const columns = batch.schema.fields.map((field, i) => ({ name: `${quoted(field.name)}:`, text: columnText(batch.columns[i]!, options) }))
    .filter((_, i) => batch.schema.fields[i]!.type.kind !== "void");
  let text = "";
  for (const row of selectedRows(batch)) {
    let separator = "{";
    for (const { name, text: valueOf } of columns) {
      const value = valueOf(row);
      if (value === undefined && options.ignoreNullFields) continue;
      text += separator + name + (value ?? "null");
      separator = ",";
    }
    text += separator === "{" ? `{}${lineEnd}` : `}${lineEnd}`;
  }
  return text;
}

/** The JSON text of a row's value; undefined for null. Common types are read from their storage. */
export function columnText(vector: Vector, options: JsonTextOptions): (row: number) => string | undefined {
  const { type, data, valid, isConstant } = vector, { u8, i32, i64, f64 } = linearMemory();
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
  switch (type.kind) {
    case "void": return "null";
    case "boolean": case "tinyint": case "smallint": case "int": case "bigint": return String(cell);
    case "float": return numberText(formatFloat(cell as number));
    case "double": return numberText(formatDouble(cell as number));
    case "decimal": return bigDecimalText(cell as bigint, type.scale);
    case "string": case "char": case "varchar": return quoted(cell as string);
    case "binary": case "geometry": case "geography": return `"${Buffer.from(cell as Uint8Array).toString("base64")}"`;
    case "date": return `"${isoDateText(cell as number)}"`;
    case "timestamp": return `"${isoMillisZonedText(cell as bigint, options.zone)}"`;
    case "timestamp_ntz": return `"${isoMillisText(cell as bigint)}"`;
    case "time": return `"${formatTime(cell as bigint)}"`;
    case "day_time_interval": return `"${formatDayTimeInterval(cell as bigint, type)}"`;
    case "year_month_interval": return `"${formatYearMonthInterval(cell as number, type)}"`;
    case "calendar_interval": return `"${formatCalendarInterval(cell as CalendarInterval)}"`;
    case "variant": return variantText((cell as VariantCell).variant, options.zone);
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

/** Keys are what their stored values print: dates as days, timestamps as microseconds. */
function keyText(type: DataType, key: Cell): string {
  switch (type.kind) {
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

/** As Jackson writes: only what JSON demands is escaped. */
function quoted(text: string): string {
  return SPECIAL.test(text) ? `"${text.replace(ALL_SPECIAL, c => SHORT[c] ?? `\\u${c.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}`)}"` : `"${text}"`;
}
