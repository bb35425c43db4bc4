/** Any value as the text that CAST(x AS STRING) gives. */
import type { Cell, MapCell, VariantCell } from "./cell.ts";
import type { DataType } from "./data-type.ts";
import { formatDate, formatTime, formatTimestamp, formatTimestampNtz } from "./datetime-text.ts";
import { formatCalendarInterval, formatDayTimeInterval, formatYearMonthInterval } from "./interval-text.ts";
import { formatDecimal, formatDouble, formatFloat } from "./number-text.ts";
import type { CalendarInterval } from "./cell.ts";
import type { TimeZone } from "./time-zone.ts";
import { variantText } from "./variant.ts";

const utf8 = new TextDecoder();

/** Text of a value that isn't null. Nulls inside print as `null`. */
export function cellText(type: DataType, cell: Exclude<Cell, null>, zone: TimeZone): string {
  switch (type.kind) {
    case "void": return "null";
    case "boolean": case "tinyint": case "smallint": case "int": case "bigint": return String(cell);
    case "float": return formatFloat(cell as number);
    case "double": return formatDouble(cell as number);
    case "decimal": return formatDecimal(cell as bigint, type.scale);
    case "string": case "char": case "varchar": return cell as string;
    case "binary": return utf8.decode(cell as Uint8Array);
    case "geometry": case "geography": return Buffer.from(type.srid === "any" ? (cell as Uint8Array).subarray(4) : cell as Uint8Array).toString("hex").toUpperCase();
    case "date": return formatDate(cell as number);
    case "timestamp": return formatTimestamp(cell as bigint, zone);
    case "timestamp_ntz": return formatTimestampNtz(cell as bigint);
    case "time": return formatTime(cell as bigint);
    case "day_time_interval": return formatDayTimeInterval(cell as bigint, type);
    case "year_month_interval": return formatYearMonthInterval(cell as number, type);
    case "calendar_interval": return formatCalendarInterval(cell as CalendarInterval);
    case "variant": return variantText((cell as VariantCell).variant, zone);
    case "array": return `[${(cell as readonly Cell[]).map(item => textOrNull(type.element, item, zone)).join(", ")}]`;
    case "map": return `{${(cell as MapCell).entries.map(([key, value]) => `${textOrNull(type.key, key, zone)} -> ${textOrNull(type.value, value, zone)}`).join(", ")}}`;
    case "struct": return `{${type.fields.map((field, i) => textOrNull(field.type, (cell as readonly Cell[])[i] ?? null, zone)).join(", ")}}`;
  }
}

const textOrNull = (type: DataType, cell: Cell, zone: TimeZone): string => (cell === null ? "null" : cellText(type, cell, zone));
