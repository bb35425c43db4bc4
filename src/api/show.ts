/** The text of show(): the table that Spark prints, character for character. */
import type { Cell, MapCell } from "../types/cell.ts";
import { cellText } from "../types/cell-text.ts";
import type { DataType, StructType } from "../types/data-type.ts";
import { findTimeZone, type TimeZone } from "../types/time-zone.ts";
import type { Rows } from "./engine.ts";

export interface TableOptions {
  /** Rows to show. */
  readonly numRows: number;
  /** Longer values are cut to so many characters, the last three of them dots; 0: none is cut, and columns align left. */
  readonly truncate: number;
  readonly vertical?: boolean;
  /** The zone that timestamps are printed in. */
  readonly timeZone: string;
}

/** A table of the first rows. `rows` may hold one more than is shown, which says that there are more. */
export function showText(schema: StructType, rows: Rows, { numRows, truncate, vertical = false, timeZone }: TableOptions): string {
  const header = schema.fields.map(field => escape(field.name));
  const zone = findTimeZone(timeZone) ?? findTimeZone("UTC")!, format = schema.fields.map(field => formatter(field.type, zone));
  const body = rows.slice(0, numRows).map(row => row.map((cell, i) => cut(escape(cell === null ? "NULL" : format[i]!(cell)), truncate)));
  const hasMore = rows.length > numRows;
  return vertical ? verticalText(header, body, hasMore, numRows) : tableText(header, body, hasMore, numRows, truncate);
}

function tableText(header: readonly string[], body: readonly (readonly string[])[], hasMore: boolean, count: number, truncate: number): string {
  const widths = header.map((name, i) => Math.max(3, width(name), ...body.map(row => width(row[i]!))));
  const pad = (text: string, i: number): string => {
    const blanks = " ".repeat(widths[i]! - width(text));
    return truncate > 0 ? blanks + text : text + blanks;
  };
  const line = `+${widths.map(w => "-".repeat(w)).join("+")}+\n`;
  const rowText = (row: readonly string[]): string => `|${row.map(pad).join("|")}|\n`;
  return line + rowText(header) + line + body.map(rowText).join("") + line + more(hasMore, count);
}

function verticalText(header: readonly string[], body: readonly (readonly string[])[], hasMore: boolean, count: number): string {
  if (body.length === 0) return "(0 rows)";
  const names = Math.max(3, ...header.map(width)), values = Math.max(3, ...body.flat().map(width));
  const total = names + values + 5;
  const text = body.map((row, r) => {
    const title = `-RECORD ${r}`;
    return `${title}${"-".repeat(Math.max(0, total - title.length))}\n${row.map((value, i) =>
      ` ${header[i]!}${" ".repeat(names - width(header[i]!))} | ${value}${" ".repeat(values - width(value))} \n`).join("")}`;
  }).join("");
  return text + more(hasMore, count);
}

const more = (hasMore: boolean, count: number): string => hasMore ? `only showing top ${count} ${count === 1 ? "row" : "rows"}\n` : "";

const ESCAPES: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t", "\f": "\\f", "\b": "\\b", "\u000b": "\\v", "\u0007": "\\a" };
const escape = (text: string): string => text.replace(/[\n\r\t\f\b\u000b\u0007]/g, c => ESCAPES[c]!);

function cut(text: string, truncate: number): string {
  if (truncate <= 0 || text.length <= truncate) return text;
  return truncate < 4 ? text.slice(0, truncate) : `${text.slice(0, truncate - 3)}...`;
}

/** Characters of East Asian scripts take two places, as Spark counts them. */
const FULL_WIDTH = /[\u1100-\u115F\u2E80-\u303E\u3041-\u33FF\u3400-\u4DBF\u4E00-\u9FFF\uA960-\uA97C\uAC00-\uD7A3\uF900-\uFAFF\uFE10-\uFE19\uFE30-\uFE6F\uFF00-\uFF60\uFFE0-\uFFE6]/gu;
const width = (text: string): number => text.length + (text.match(FULL_WIDTH)?.length ?? 0);

type Format = (cell: NonNullable<Cell>) => string;

/** How a value of a type prints: as CAST AS STRING, but nulls inside are NULL, and bytes are hexadecimal. */
function formatter(type: DataType, zone: TimeZone): Format {
  switch (type.kind) {
    case "binary": return cell => `[${Array.from(cell as Uint8Array, byte => byte.toString(16).toUpperCase().padStart(2, "0")).join(" ")}]`;
    case "array": { const item = nullable(formatter(type.element, zone)); return cell => `[${(cell as readonly Cell[]).map(item).join(", ")}]`; }
    case "map": {
      const key = nullable(formatter(type.key, zone)), value = nullable(formatter(type.value, zone));
      return cell => `{${(cell as MapCell).entries.map(([k, v]) => `${key(k)} -> ${value(v)}`).join(", ")}}`;
    }
    case "struct": {
      const fields = type.fields.map(field => nullable(formatter(field.type, zone)));
      return cell => `{${(cell as readonly Cell[]).map((value, i) => fields[i]!(value)).join(", ")}}`;
    }
    default: return cell => cellText(type, cell, zone);
  }
}
const nullable = (format: Format) => (cell: Cell): string => cell === null ? "NULL" : format(cell);
