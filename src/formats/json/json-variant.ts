/** JSON as what a VARIANT holds, by the rules of Spark 4.3's VariantBuilder. */
import type { Cell } from "../../types/cell.ts";
import { parseDecimal } from "../../types/number-text.ts";
import { VariantDouble, shortDecimal, variantObject } from "../../types/variant.ts";
import { JsonValueError, type JsonReader } from "./json-reader.ts";
import type { Token } from "./json-scalars.ts";

/** Reads one value. @throws JsonValueError for a key that comes twice in an object */
export function variantOf(reader: JsonReader): Cell { return { variant: valueOf(reader) }; }

function valueOf(reader: JsonReader): unknown {
  const entries = new Map<string, unknown>(), items: unknown[] = [];
  let again: JsonValueError | undefined;
  const found = reader.walk(name => {
    const { at } = reader, value = valueOf(reader);
    if (entries.has(name)) again ??= new JsonValueError(`the key ${JSON.stringify(name)} comes twice in an object`, at);
    entries.set(name, value);
  }, () => { items.push(valueOf(reader)); });
  if (again !== undefined) throw again;
  return found === "object" ? variantObject(entries) : found === "array" ? items : scalar(found);
}

/** Whole numbers stay exact; fractions are DECIMALs where they are written without an exponent and fit, else DOUBLEs. */
function scalar({ kind, text }: Token): unknown {
  switch (kind) {
    case "null": return null;
    case "true": case "false": return kind === "true";
    case "string": return text;
    default: {
      const parts = /^-?[\d.]+$/.test(text) ? parseDecimal(text) : null;
      if (parts === null) return new VariantDouble(Number(text.replace("INF", "Infinity")));
      const digits = (parts.unscaled < 0n ? -parts.unscaled : parts.unscaled).toString().length;
      return Math.max(digits, parts.scale) > 38 ? new VariantDouble(Number(text)) : shortDecimal(parts.unscaled, parts.scale);
    }
  }
}
