/** One text as a value of a schema, as Spark's from_json reads it. */
import { JsonSyntaxError } from "../../formats/json/json-lexer.ts";
import type { JsonReading } from "../../formats/json/json-options.ts";
import { JsonReader, JsonValueError } from "../../formats/json/json-reader.ts";
import type { Cell } from "../../types/cell.ts";
import { VARIANT, type DataType } from "../../types/data-type.ts";
import { executionError } from "../errors.ts";

/** @throws ExecutionError MALFORMED_RECORD_IN_PARSING.WITHOUT_SUGGESTION in mode FAILFAST */
export function readJson(text: string, schema: DataType, { context, mode, corruptColumn, variantColumn }: JsonReading): Cell {
  if (text.trim() === "") return null;
  const fields = schema.kind === "struct" ? schema.fields : undefined, corrupt = fields?.findIndex(f => f.name === corruptColumn) ?? -1, bytes = Buffer.from(text);
  const bad = (partial: Cell): Cell => {
    if (mode === "FAILFAST") throw executionError("MALFORMED_RECORD_IN_PARSING.WITHOUT_SUGGESTION", "22023", "Malformed records are detected in record parsing: [null]. Parse Mode: FAILFAST.", { badRecord: "[null]", failFastMode: "FAILFAST" });
    if (fields === undefined) return partial;
    const cells: Cell[] = partial === null ? fields.map(() => null) : [...partial as readonly Cell[]];
    if (corrupt >= 0) cells[corrupt] = text;
    return cells;
  };
  const reader = new JsonReader(bytes, 0, bytes.length, context);
  try {
    if (!reader.startRecord()) return null;
    if (fields !== undefined && variantColumn !== undefined) {
      const whole = reader.value(VARIANT);
      return fields.map((_, i) => (i === corrupt ? null : whole));
    }
    const wraps = schema.kind === "array" && schema.element.kind === "struct" && bytes[reader.at] === 0x7b;
    const value = wraps ? [reader.value(schema.element)] : reader.value(schema);
    return value === null && fields !== undefined ? bad(null) : value;
  } catch (error) {
    if (error instanceof JsonSyntaxError) return bad(null);
    if (error instanceof JsonValueError) return bad(error.partial);
    throw error;
  }
}

/** Whether a MAP in the type has keys that aren't STRING. */
export function hasOtherKeys(type: DataType): boolean {
  switch (type.kind) {
    case "struct": return type.fields.some(f => hasOtherKeys(f.type));
    case "array": return hasOtherKeys(type.element);
    case "map": return type.key.kind !== "string" || hasOtherKeys(type.value);
    default: return false;
  }
}
