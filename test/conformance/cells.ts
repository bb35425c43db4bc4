/** Values of the API in the encoding of the golden files, and back. */
import { parseDataType } from "../../src/sql/parser.ts";
import type { DataType, StructType } from "../../src/types/data-type.ts";
import type { Cell, MapCell } from "../../src/types/cell.ts";
import { cellText } from "../../src/types/cell-text.ts";
import { findTimeZone } from "../../src/types/time-zone.ts";
import { parseDate, parseTimestamp, parseTimestampNtz, formatTimestampNtz } from "../../src/types/datetime-text.ts";

const UTC = findTimeZone("UTC")!;

/** A cell as the golden files write it. */
export function encode(cell: Cell, type: DataType): unknown {
  if (cell === null) return null;
  switch (type.kind) {
    case "boolean": case "tinyint": case "smallint": case "int": return cell;
    case "bigint": return String(cell);
    case "string": case "char": case "varchar": return cell;
    case "binary": return Buffer.from(cell as Uint8Array).toString("hex");
    case "timestamp": return isoMicros(cell as bigint) + "Z";
    case "timestamp_ntz": return isoMicros(cell as bigint);
    case "date": {
      const text = cellText(type, cell, UTC);
      return text;
    }
    case "array": return (cell as readonly Cell[]).map(item => encode(item, type.element));
    case "struct": return (cell as readonly Cell[]).map((item, i) => encode(item, type.fields[i]!.type));
    case "map": return (cell as MapCell).entries.map(([key, value]) => [encode(key, type.key), encode(value, type.value)]);
    default: return cellText(type, cell, UTC);
  }
}

function isoMicros(micros: bigint): string {
  const [date, time = "00:00:00"] = formatTimestampNtz(micros).split(" "), [whole, fraction = ""] = time.split(".");
  return `${date}T${whole}.${fraction.padEnd(6, "0")}`;
}

/** A value of a scenario file as a cell. */
export function decode(value: unknown, type: DataType): Cell {
  if (value === null || value === undefined) return null;
  switch (type.kind) {
    case "boolean": return value as boolean;
    case "tinyint": case "smallint": case "int": return value as number;
    case "bigint": return BigInt(value as string | number);
    case "float": case "double": return typeof value === "number" ? value : value === "NaN" ? NaN : Number((value as string).replace("Infinity", "Infinity"));
    case "decimal": {
      const [whole, fraction = ""] = String(value).split(".");
      return BigInt(whole! + fraction.padEnd(type.scale, "0"));
    }
    case "timestamp": return parseTimestamp(value as string, UTC);
    case "timestamp_ntz": return parseTimestampNtz(value as string);
    case "date": return parseDate(value as string);
    case "binary": return Buffer.from(value as string, "hex");
    case "array": return (value as unknown[]).map(item => decode(item, type.element));
    case "struct": return (value as unknown[]).map((item, i) => decode(item, type.fields[i]!.type));
    case "map": return { entries: (value as [unknown, unknown][]).map(([k, v]) => [decode(k, type.key), decode(v, type.value)] as const) };
    default: return value as string;
  }
}

/** Whether two cells of the golden encoding are the same: doubles by value, since Java 17 sometimes prints a digit more. */
export function sameCell(expected: unknown, actual: unknown, type: DataType): boolean {
  if (expected === null || actual === null) return expected === actual;
  if (type.kind === "double" || type.kind === "float") return expected === actual || (Number(expected) === Number(actual) && !Number.isNaN(Number(expected)) && (Number(expected) !== 0 || expected === actual))
    || (type.kind === "float" && Math.fround(Number(expected)) === Math.fround(Number(actual)));
  if (type.kind === "array") return sameList(expected as unknown[], actual as unknown[], () => type.element);
  if (type.kind === "struct") return sameList(expected as unknown[], actual as unknown[], i => type.fields[i]!.type);
  if (type.kind === "map") return sameList(expected as unknown[], actual as unknown[], () => ({ kind: "struct", fields: [{ name: "k", type: type.key, nullable: true }, { name: "v", type: type.value, nullable: true }] }));
  return JSON.stringify(expected) === JSON.stringify(actual);
}

function sameList(expected: readonly unknown[], actual: readonly unknown[], typeAt: (i: number) => DataType): boolean {
  return Array.isArray(actual) && expected.length === actual.length && expected.every((item, i) => sameCell(item, actual[i], typeAt(i)));
}

/** Rows in order, or as a multiset. */
export function sameRows(expected: readonly (readonly unknown[])[], actual: readonly (readonly unknown[])[], schema: StructType, ordered: boolean): boolean {
  if (expected.length !== actual.length) return false;
  const same = (a: readonly unknown[], b: readonly unknown[]) => a.length === b.length && a.every((cell, i) => sameCell(cell, b[i], schema.fields[i]!.type));
  if (ordered) return expected.every((row, i) => same(row, actual[i]!));
  const left = [...actual];
  return expected.every(row => {
    const at = left.findIndex(other => same(row, other));
    if (at >= 0) left.splice(at, 1);
    return at >= 0;
  });
}

/** A schema as text without any nullability. */
export function bareSchema(type: DataType): string {
  switch (type.kind) {
    case "struct": return `STRUCT<${type.fields.map(field => `${field.name}: ${bareSchema(field.type)}`).join(", ")}>`;
    case "array": return `ARRAY<${bareSchema(type.element)}>`;
    case "map": return `MAP<${bareSchema(type.key)}, ${bareSchema(type.value)}>`;
    default: return JSON.stringify(type);
  }
}

export { parseDataType };
