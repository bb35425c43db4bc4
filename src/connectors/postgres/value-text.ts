/** Values as PostgreSQL's text, under the settings that connection.ts asks for: ISO dates, UTC, ISO intervals, bytea in hex. */
import { ExecutionError } from "../../base/errors.ts";
import { jsonText } from "../../formats/json/json-encoder.ts";
import type { CalendarInterval, Cell } from "../../types/cell.ts";
import type { DataType } from "../../types/data-type.ts";
import { formatDecimal } from "../../types/number-text.ts";
import { UTC } from "../../types/time-zone.ts";
import { civil } from "../../types/civil.ts";

const DAY_MICROS = 86_400_000_000n;
const pad = (value: number, digits: number): string => String(value).padStart(digits, "0");

/** `yyyy-mm-dd`; PostgreSQL has no year 0 and counts those before Christ. Such a date can't have a time behind it. */
export function dateText(epochDay: number): string {
  const { year, month, day } = civil(epochDay);
  return year > 0 ? `${pad(year, 4)}-${pad(month, 2)}-${pad(day, 2)}` : `${pad(1 - year, 4)}-${pad(month, 2)}-${pad(day, 2)} BC`;
}

function momentText(micros: bigint): string {
  const ofDay = ((micros % DAY_MICROS) + DAY_MICROS) % DAY_MICROS, [day, era] = dateText(Number((micros - ofDay) / DAY_MICROS)).split(" ");
  return `${day} ${timeText(ofDay)}${era === undefined ? "" : ` ${era}`}`;
}

function timeText(micros: bigint): string {
  const seconds = Number(micros / 1_000_000n), fraction = Number(micros % 1_000_000n);
  return `${pad(Math.floor(seconds / 3600), 2)}:${pad(Math.floor(seconds / 60) % 60, 2)}:${pad(seconds % 60, 2)}${fraction === 0 ? "" : `.${pad(fraction, 6)}`}`;
}

/** ISO 8601, each part with its sign. */
function intervalText({ months, days, micros }: CalendarInterval): string {
  const negative = micros < 0n, size = negative ? -micros : micros;
  return `P${months}M${days}DT${negative ? "-" : ""}${size / 1_000_000n}.${String(size % 1_000_000n).padStart(6, "0")}S`;
}

/** The text of a value; struct, map and VARIANT are JSON. */
export function cellText(type: DataType, cell: Exclude<Cell, null>): string {
  switch (type.kind) {
    case "boolean": return cell === true ? "t" : "f";
    case "decimal": return formatDecimal(cell as bigint, type.scale);
    case "binary": return `\\x${Buffer.from(cell as Uint8Array).toString("hex")}`;
    case "date": return dateText(cell as number);
    case "timestamp": case "timestamp_ntz": return momentText(cell as bigint);
    case "time": return timeText((cell as bigint) / 1000n);
    case "day_time_interval": return intervalText({ months: 0, days: Number((cell as bigint) / DAY_MICROS), micros: (cell as bigint) % DAY_MICROS });
    case "year_month_interval": return intervalText({ months: cell as number, days: 0, micros: 0n });
    case "calendar_interval": return intervalText(cell as CalendarInterval);
    case "struct": case "map": case "variant": return jsonText(type, cell, { zone: UTC, ignoreNullFields: false });
    case "array": return `{${(cell as readonly Cell[]).map(item => (item === null ? "NULL" : type.element.kind === "array" ? cellText(type.element, item) : quotedItem(cellText(type.element, item)))).join(",")}}`;
    default: return String(cell);
  }
}

const quotedItem = (text: string): string => `"${text.replaceAll(/["\\]/g, "\\$&")}"`;

/** The type of a column that is made for values of a type. */
export function columnType(type: DataType): string {
  switch (type.kind) {
    case "boolean": return "boolean";
    case "tinyint": case "smallint": return "smallint";
    case "int": return "integer";
    case "bigint": return "bigint";
    case "float": return "real";
    case "double": return "double precision";
    case "decimal": return `numeric(${type.precision},${type.scale})`;
    case "string": return "text";
    case "char": return `char(${type.length})`;
    case "varchar": return `varchar(${type.length})`;
    case "binary": case "geometry": case "geography": return "bytea";
    case "date": return "date";
    case "timestamp": return "timestamptz";
    case "timestamp_ntz": return "timestamp";
    case "time": return "time";
    case "day_time_interval": case "year_month_interval": case "calendar_interval": return "interval";
    case "struct": case "map": case "variant": return "jsonb";
    case "array": return `${columnType(type.element)}[]`;
    case "void": throw new ExecutionError({ condition: "MILLRACE_POSTGRES.TYPE", sqlState: "0A000", message: "A column of NULL has no type in PostgreSQL.", hint: "cast it" });
  }
}
