/** The text of single values as cells: for the rarer types, and for numbers and times that the fast readers of text-column.ts leave out. */
import { ExecutionError } from "../../base/errors.ts";
import type { CalendarInterval, Cell } from "../../types/cell.ts";
import { typeToSql, type ArrayType, type DataType, type DecimalType } from "../../types/data-type.ts";
import { fits, powerOfTen } from "../../types/decimal-rules.ts";
import { daysFromCivil } from "../../types/civil.ts";
import { readVariant } from "../../functions/variant/read-variant.ts";

/** @throws MILLRACE_POSTGRES.VALUE for what the type can't hold: infinity, a numeric of too many digits, 24:00. */
export function cellOf(text: string, type: DataType, column: string): Cell {
  switch (type.kind) {
    case "boolean": return text === "t";
    case "smallint": case "int": return Number(text);
    case "bigint": return BigInt(text);
    case "float": case "double": return Number(text);
    case "decimal": return decimalOf(text, type, column);
    case "binary": return Buffer.from(text.slice(2), "hex");
    case "date": return dateOf(text, text.endsWith(" BC"), type, column);
    case "timestamp": case "timestamp_ntz": {
      const parts = /^(\d+-\d\d-\d\d) (\d\d:\d\d:\d\d(?:\.\d+)?)(?:\+00)?( BC)?$/.exec(text);
      if (parts === null) throw noValue(text, type, column);
      return BigInt(dateOf(parts[1]!, parts[3] !== undefined, type, column)) * 86_400_000_000n + microsOfDay(parts[2]!);
    }
    case "time": {
      const micros = microsOfDay(text);
      if (micros >= 86_400_000_000n) throw noValue(text, type, column);
      return micros * 1000n;
    }
    case "calendar_interval": return intervalOf(text, type, column);
    case "array": return arrayOf(text, type, column);
    case "variant": try { return { variant: readVariant(text) }; } catch { throw noValue(text, type, column); }
    default: return text;
  }
}

export function noValue(text: string, type: DataType, column: string): ExecutionError {
  const name = typeToSql(type), shown = text.length > 60 ? `${text.slice(0, 60)}...` : text;
  return new ExecutionError({
    condition: "MILLRACE_POSTGRES.VALUE", sqlState: "22003", message: `The column ${column} has the value ${shown}, which ${name} can't hold.`, messageParameters: { column, value: shown, type: name },
    hint: type.kind === "decimal" ? `a numeric without precision is read as DECIMAL(38,18): read ${column}::numeric(38,0) or ${column}::text by a query of your own` : type.kind === "variant" ? "a VARIANT holds no key twice; jsonAs: \"string\" reads the text" : `read ${column}::text, or nullif(${column}, ...), by a query of your own`,
  });
}

function decimalOf(text: string, type: DecimalType, column: string): bigint {
  const parts = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text);
  if (parts === null) throw noValue(text, type, column);
  const fraction = (parts[3] ?? "").replace(/0+$/, "");
  if (fraction.length > type.scale) throw noValue(text, type, column);
  const unscaled = BigInt(parts[2]! + fraction) * powerOfTen(type.scale - fraction.length);
  if (!fits(unscaled, type.precision)) throw noValue(text, type, column);
  return parts[1] === "-" ? -unscaled : unscaled;
}

function dateOf(text: string, isBeforeChrist: boolean, type: DataType, column: string): number {
  const parts = /^(\d+)-(\d\d)-(\d\d)/.exec(text);
  if (parts === null) throw noValue(text, type, column);
  return daysFromCivil(isBeforeChrist ? 1 - Number(parts[1]) : Number(parts[1]), Number(parts[2]), Number(parts[3]));
}

function microsOfDay(text: string): bigint {
  return BigInt(Number(text.slice(0, 2)) * 3600 + Number(text.slice(3, 5)) * 60 + Number(text.slice(6, 8))) * 1_000_000n + BigInt(text.slice(9).padEnd(6, "0"));
}

/** ISO 8601, each part with its sign: P1Y2M-3DT4H5M-6.5S. */
function intervalOf(text: string, type: DataType, column: string): CalendarInterval {
  const parts = /^P(?:(-?\d+)Y)?(?:(-?\d+)M)?(?:(-?\d+)D)?(?:T(?:(-?\d+)H)?(?:(-?\d+)M)?(?:(-?)(\d+)(?:\.(\d+))?S)?)?$/.exec(text);
  if (parts === null) throw noValue(text, type, column);
  const seconds = BigInt(parts[7] ?? 0) * 1_000_000n + BigInt((parts[8] ?? "").padEnd(6, "0"));
  const micros = BigInt(parts[4] ?? 0) * 3_600_000_000n + BigInt(parts[5] ?? 0) * 60_000_000n + (parts[6] === "-" ? -seconds : seconds);
  return { months: Number(parts[1] ?? 0) * 12 + Number(parts[2] ?? 0), days: Number(parts[3] ?? 0), micros };
}

/** `{1,NULL,"a b"}`, of one dimension: PostgreSQL's type doesn't say how many there are, ours does. Bounds other than 1 are not kept. */
function arrayOf(text: string, type: ArrayType, column: string): Cell[] {
  const items: Cell[] = [], body = text.replace(/^[^{]*=/, "");
  let at = 1;
  while (at < body.length - 1) {
    if (body[at] === "{") throw noValue(text, type, column);
    let item = "", isQuoted = false;
    if (body[at] === "\"") {
      isQuoted = true;
      for (at++; body[at] !== "\""; at++) item += body[at] === "\\" ? body[++at]! : body[at]!;
      at++;
    } else {
      for (; body[at] !== "," && at < body.length - 1; at++) item += body[at] === "\\" ? body[++at]! : body[at]!;
    }
    items.push(!isQuoted && item === "NULL" ? null : cellOf(item, type.element, column));
    at++; // the comma
  }
  return items;
}
