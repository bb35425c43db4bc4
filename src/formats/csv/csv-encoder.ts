/** Rows as CSV, as the CSV writer of Spark 4.3 puts them. */
import { binaryText } from "../../types/binary-text.ts";
import type { Batch } from "../../columns/batch.ts";
import { cellAt, selectedRows } from "../../columns/cells.ts";
import type { Cell } from "../../types/cell.ts";
import type { DataType, StructType } from "../../types/data-type.ts";
import { formatDayTimeInterval, formatYearMonthInterval } from "../../types/interval-text.ts";
import { formatDouble, formatFloat } from "../../types/number-text.ts";
import type { TimeZone } from "../../types/time-zone.ts";
import { isoDateText, isoMillisText, isoMillisZonedText } from "../json/json-timestamps.ts";
import type { DatetimePattern } from "../../types/datetime-pattern.ts";
import { DAY_MICROS } from "../../types/datetime-text.ts";
import { textEncoderOf } from "../encoding.ts";
import { momentPattern } from "../moment-options.ts";
import { booleanOption, invalidOption, optionOf, zoneOption, type FormatOptions } from "../options.ts";
import { separatorOf } from "./csv-options.ts";
import { bigDecimalText, refuseTypes, type RowEncoder } from "../row-encoder.ts";

interface CsvStyle {
  readonly separator: string;
  readonly quote: string;
  readonly escape: string;
  /** What stands in front of an escape; "": nothing. */
  readonly escapeEscape: string;
  readonly comment: string;
  readonly dateFormat: DatetimePattern | undefined;
  readonly timestampFormat: DatetimePattern | undefined;
  readonly timestampNtzFormat: DatetimePattern | undefined;
  readonly lineEnd: string;
  readonly nullValue: string;
  readonly emptyValue: string;
  readonly quoteAll: boolean;
  readonly escapeQuotes: boolean;
  readonly trimStart: boolean;
  readonly trimEnd: boolean;
  readonly zone: TimeZone;
}

/** @throws AnalysisError UNSUPPORTED_DATA_TYPE_FOR_DATASOURCE for nested columns; for options with wrong values or that aren't built */
export function csvEncoder(schema: StructType, options: FormatOptions, sessionZone: string): RowEncoder {
  refuseTypes("CSV", schema, type => ["array", "map", "struct", "void", "variant", "calendar_interval", "time"].includes(type.kind));
  const one = (name: string, absent: string): string => {
    const text = optionOf(options, name) ?? absent;
    if (text.length > 1) throw invalidOption(name, text, "one character");
    return text === "" ? "\0" : text;
  };
  const pattern = (name: Parameters<typeof momentPattern>[1]) => momentPattern(options, name, "format");
  const quote = one("quote", "\""), escape = one("escape", "\\"), escapeEscape = optionOf(options, "charToEscapeQuoteEscaping");
  const style: CsvStyle = {
    separator: separatorOf(optionOf(options, "sep") ?? optionOf(options, "delimiter") ?? ","), quote, escape, comment: one("comment", "#"),
    escapeEscape: escapeEscape === undefined || escapeEscape === "" ? (escape === quote ? "" : escape) : one("charToEscapeQuoteEscaping", ""),
    dateFormat: pattern("dateFormat"), timestampFormat: pattern("timestampFormat"), timestampNtzFormat: pattern("timestampNTZFormat"), lineEnd: optionOf(options, "lineSep") ?? "\n",
    nullValue: optionOf(options, "nullValue") ?? "", emptyValue: optionOf(options, "emptyValue") ?? "\"\"",
    quoteAll: booleanOption(options, "quoteAll", false), escapeQuotes: booleanOption(options, "escapeQuotes", true),
    trimStart: booleanOption(options, "ignoreLeadingWhiteSpace", true), trimEnd: booleanOption(options, "ignoreTrailingWhiteSpace", true),
    zone: zoneOption(options, sessionZone),
  };
  const header = booleanOption(options, "header", false) ? schema.fields.map((field, i) => csvText(field.name, i === 0, style)).join(style.separator) + style.lineEnd : "";
  const encode = textEncoderOf(options);
  return { header: () => encode(header, true), encode: batch => encode(encodeRows(batch, style), false) };
}

function encodeRows(batch: Batch, style: CsvStyle): string {
  let text = "";
  const types = batch.schema.fields.map(field => field.type);
  for (const row of selectedRows(batch)) {
    let line = "";
    batch.columns.forEach((column, i) => {
      const cell = cellAt(column, row);
      if (i > 0) line += style.separator;
      line += cell === null ? (style.quoteAll ? style.quote + style.nullValue + style.quote : style.nullValue) : csvText(valueText(types[i]!, cell, style), i === 0, style);
    });
    // a line of nothing is not written, as by Spark's writer: only a single column that is null makes one
    if (line !== "") text += line + style.lineEnd;
  }
  return text;
}

function valueText(type: DataType, cell: Exclude<Cell, null>, { zone, dateFormat, timestampFormat, timestampNtzFormat }: CsvStyle): string {
  switch (type.kind) {
    case "float": return formatFloat(cell as number);
    case "double": return formatDouble(cell as number);
    case "decimal": return bigDecimalText(cell as bigint, type.scale);
    case "binary": return binaryText(cell as Uint8Array, undefined);
    case "date": return dateFormat === undefined ? isoDateText(cell as number) : dateFormat.format(BigInt(cell as number) * DAY_MICROS, zone, BigInt(cell as number) * DAY_MICROS);
    case "timestamp": return timestampFormat === undefined ? isoMillisZonedText(cell as bigint, zone) : timestampFormat.format(zone.toLocal(cell as bigint), zone, cell as bigint);
    case "timestamp_ntz": return timestampNtzFormat === undefined ? isoMillisText(cell as bigint) : timestampNtzFormat.format(cell as bigint, zone, cell as bigint);
    case "day_time_interval": return formatDayTimeInterval(cell as bigint, type);
    case "year_month_interval": return formatYearMonthInterval(cell as number, type);
    default: return String(cell);
  }
}

/** A value as it stands in a line: quoted where it must be, and then with quotes and escapes escaped. */
function csvText(value: string, isFirst: boolean, style: CsvStyle): string {
  const { separator, quote, escape, escapeEscape, comment } = style;
  let text = value;
  if (style.trimStart) text = text.replace(/^[\x00-\x20]+/, "");
  if (style.trimEnd) text = text.replace(/[\x00-\x20]+$/, "");
  if (text === "") return style.quoteAll ? quote + quote : style.emptyValue;
  const hasQuote = text.includes(quote);
  const mustQuote = style.quoteAll || text.includes(separator) || text.includes("\n") || text.includes("\r")
    || (hasQuote && (style.escapeQuotes || text.startsWith(quote))) || (isFirst && text.startsWith(comment));
  if (!mustQuote) return text;
  let escaped = escapeEscape === "" || escape === quote ? text : text.replaceAll(escape, () => escapeEscape + escape);
  if (hasQuote) escaped = escaped.replaceAll(quote, () => escape + quote);
  return quote + escaped + quote;
}
