/** The schema of JSON lines from a sample, by the rules of Spark 4.3's JsonInferSchema. */
import { AnalysisError } from "../../base/errors.ts";
import { BIGINT, BOOLEAN, DOUBLE, STRING, TIMESTAMP, VOID, array, decimal, field, struct, type DataType, type StructType } from "../../types/data-type.ts";
import { parseTimestamp } from "../../types/datetime-text.ts";
import type { TimeZone } from "../../types/time-zone.ts";
import { ExecutionError } from "../../base/errors.ts";
import { parseModeOf, type ParseMode } from "../format-reader.ts";
import { booleanOption, optionOf, refuseOptions, zoneOption, type FormatOptions } from "../options.ts";
import { lineSeparatorOption } from "../text/text-format.ts";
import { FIXED_JSON_OPTIONS, isMultiLine } from "./json-format.ts";
import { JsonReader, JsonSyntaxError } from "./json-reader.ts";

interface Inference {
  readonly primitivesAsString: boolean;
  readonly prefersDecimal: boolean;
  readonly inferTimestamp: boolean;
  readonly zone: TimeZone;
  readonly mode: ParseMode;
  readonly corruptColumn: string;
}

/**
 * The schema of the lines of some samples of bytes. Columns come sorted by name; numbers are BIGINT, DECIMAL or DOUBLE,
 * text is STRING (with `inferTimestamp` TIMESTAMP where it reads as one).
 * @throws AnalysisError COLUMN_ALREADY_EXISTS for names that differ only in case
 */
export function inferJsonSchema(samples: readonly Uint8Array[], options: FormatOptions, sessionZone = "UTC"): StructType {
  refuseOptions("json", options, FIXED_JSON_OPTIONS);
  const inference: Inference = {
    primitivesAsString: booleanOption(options, "primitivesAsString", false),
    prefersDecimal: booleanOption(options, "prefersDecimal", false),
    inferTimestamp: booleanOption(options, "inferTimestamp", false),
    zone: zoneOption(options, sessionZone),
    mode: parseModeOf(optionOf(options, "mode")),
    corruptColumn: optionOf(options, "columnNameOfCorruptRecord") ?? "_corrupt_record",
  };
  const multiLine = isMultiLine(options), separator = lineSeparatorOption(options);
  let root: DataType = struct([]), anyCorrupt = false;
  for (const sample of samples) {
    const bytes = Buffer.from(sample.buffer, sample.byteOffset, sample.byteLength);
    for (let from = 0; from < bytes.length;) {
      let to = from;
      if (multiLine) to = bytes.length;
      else if (separator !== undefined) to = bytes.indexOf(separator, from, "latin1") < 0 ? bytes.length : bytes.indexOf(separator, from, "latin1");
      else while (to < bytes.length && bytes[to] !== 10 && bytes[to] !== 13) to++;
      const type = recordType(bytes, from, to, inference);
      if (type === undefined) anyCorrupt = true;
      else if (type.kind === "struct") root = widest(root, type);
      from = to + (separator?.length ?? 1);
    }
  }
  let found = (root as StructType).fields.slice();
  if (anyCorrupt && inference.mode === "PERMISSIVE") found = [...found.filter(f => f.name !== inference.corruptColumn), field(inference.corruptColumn, STRING)];
  const schema = finished(struct(found), true) as StructType;
  const seen = new Set<string>();
  for (const { name } of schema.fields) {
    const folded = name.toLowerCase();
    if (seen.has(folded)) throw new AnalysisError({
      condition: "COLUMN_ALREADY_EXISTS", sqlState: "42711", message: `The column \`${folded}\` already exists. Choose another name or rename the existing column.`,
      messageParameters: { columnName: `\`${folded}\`` }, hint: "give a schema",
    });
    seen.add(folded);
  }
  return schema;
}

/** Undefined: the record is bad. VOID: it says nothing. */
function recordType(bytes: Buffer, from: number, to: number, inference: Inference): DataType | undefined {
  const reader = new JsonReader(bytes, from, to, { zone: inference.zone, nowMicros: () => 0n });
  try {
    if (!reader.startRecord()) return VOID;
    const type = valueType(reader, inference);
    if (type.kind === "struct" || type.kind === "void") return type;
    if (type.kind === "array" && (type.element.kind === "struct" || type.element.kind === "void")) return type.element;
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error;
  }
  if (inference.mode === "FAILFAST") throw new ExecutionError({
    condition: "MALFORMED_RECORD_IN_PARSING.WITHOUT_SUGGESTION", sqlState: "22023",
    message: `Malformed records are detected in record parsing: ${inference.corruptColumn}.\nParse Mode: FAILFAST. To process malformed records as null result, try setting the option 'mode' as 'PERMISSIVE'.`,
    messageParameters: { badRecord: inference.corruptColumn, failFastMode: "FAILFAST" },
  });
  return undefined;
}

function valueType(reader: JsonReader, inference: Inference): DataType {
  const fields = new Map<string, DataType>();
  let element: DataType = VOID;
  const token = reader.walk(
    name => {
      const type = valueType(reader, inference), before = fields.get(name);
      // a name that comes twice in one object is two columns of one name, which is refused at the end
      fields.set(before === undefined ? name : `${name}\u0000${fields.size}`, type);
    },
    () => { element = widest(element, valueType(reader, inference)); },
  );
  if (token === "object") return struct([...fields].map(([name, type]) => field(name.replace(/\u0000\d+$/, ""), type)).sort(byName));
  if (token === "array") return array(element);
  switch (token.kind) {
    case "null": return VOID;
    case "true": case "false": return inference.primitivesAsString ? STRING : BOOLEAN;
    case "string":
      if (token.text === "") return VOID;
      return inference.inferTimestamp && !inference.primitivesAsString && parseTimestamp(token.text, inference.zone, 0n) !== null ? TIMESTAMP : STRING;
    case "whole": {
      if (inference.primitivesAsString) return STRING;
      const value = BigInt(token.text);
      if (BigInt.asIntN(64, value) === value) return BIGINT;
      const digits = token.text.replace("-", "").length;
      return digits <= 38 ? decimal(digits, 0) : DOUBLE;
    }
    case "fraction": {
      if (inference.primitivesAsString) return STRING;
      const plain = /^-?(\d+)(?:\.(\d+))?$/.exec(token.text);
      if (!inference.prefersDecimal || plain === null) return DOUBLE;
      const scale = plain[2]?.length ?? 0, precision = Math.max((plain[1]! + (plain[2] ?? "")).replace(/^0+/, "").length, scale);
      return precision <= 38 ? decimal(Math.max(precision, 1), scale) : DOUBLE;
    }
  }
}

const byName = (a: { readonly name: string }, b: { readonly name: string }): number => a.name < b.name ? -1 : a.name > b.name ? 1 : 0;

/** The type that holds values of both. */
function widest(a: DataType, b: DataType): DataType {
  if (a.kind === "void") return b;
  if (b.kind === "void") return a;
  if (a.kind === "struct" && b.kind === "struct") {
    return mergedStruct(a, b);
  }
  if (a.kind === "array" && b.kind === "array") return array(widest(a.element, b.element));
  if (a.kind === b.kind && a.kind !== "decimal") return a;
  const kinds = new Set([a.kind, b.kind]);
  if (kinds.has("double") && (kinds.has("bigint") || kinds.has("decimal"))) return DOUBLE;
  if (a.kind === "decimal" && b.kind === "decimal") return widerDecimal(a, b);
  if (a.kind === "decimal" && b.kind === "bigint") return widerDecimal(a, decimal(20, 0));
  if (a.kind === "bigint" && b.kind === "decimal") return widerDecimal(decimal(20, 0), b);
  return STRING;
}

/** Names of different records that differ only in case are one column, as first written; of one record they stay apart, and are refused at the end. */
function mergedStruct(a: StructType, b: StructType): StructType {
  const fields = a.fields.slice(), taken = new Set<number>();
  for (const { name, type } of b.fields) {
    const same = fields.findIndex((f, i) => !taken.has(i) && f.name.toLowerCase() === name.toLowerCase());
    if (same < 0) { taken.add(fields.length); fields.push(field(name, type)); } else { taken.add(same); fields[same] = field(fields[same]!.name, widest(fields[same]!.type, type)); }
  }
  return struct(fields.sort(byName));
}

function widerDecimal(a: { precision: number; scale: number }, b: { precision: number; scale: number }): DataType {
  const scale = Math.max(a.scale, b.scale), whole = Math.max(a.precision - a.scale, b.precision - b.scale);
  return whole + scale > 38 ? DOUBLE : decimal(whole + scale, scale);
}

/** Where only nulls were seen: STRING. Structs without fields are left out; of arrays of them too. */
function finished(type: DataType, isRoot = false): DataType | undefined {
  switch (type.kind) {
    case "void": return STRING;
    case "struct": {
      const fields = type.fields.flatMap(f => {
        const done = finished(f.type);
        return done === undefined ? [] : [field(f.name, done)];
      }).sort(byName);
      return fields.length === 0 && !isRoot ? undefined : struct(fields);
    }
    case "array": {
      const element = finished(type.element);
      return element === undefined ? undefined : array(element);
    }
    default: return type;
  }
}
