/** JSON text to values and back. */
import { AnalysisError } from "../../base/errors.ts";
import { JsonReader, JsonSyntaxError, JsonValueError, type JsonContext } from "../../formats/json/json-reader.ts";
import { columnText, jsonText, type JsonTextOptions } from "../../formats/json/json-encoder.ts";
import { inferJsonSchema } from "../../formats/json/infer.ts";
import { RowResults } from "../../columns/row-results.ts";
import type { Vector } from "../../columns/vector.ts";
import { rowAt } from "../vectors.ts";
import type { Binding, RowKernel, ScalarFunction, VectorKernel } from "../../plan/function.ts";
import type { ResolvedExpression } from "../../plan/resolved.ts";
import type { Cell, MapCell } from "../../types/cell.ts";
import { BINARY, INT, STRING, array, asNullable, map, quoteIdentifier, struct, typeToSql, type DataType, type StructType } from "../../types/data-type.ts";
import { datetimePattern } from "../../types/datetime-pattern.ts";
import { DAY_MICROS } from "../../types/datetime-text.ts";
import { parseDataType, parseSchemaDdl } from "../../types/ddl.ts";
import { timeZone, type TimeZone } from "../../types/time-zone.ts";
import { AS, uncast } from "../coercion.ts";
import { accept, checkCount, custom, literalValue, scalar } from "../define.ts";
import { contextOf, executionError, mismatch, typeName } from "../errors.ts";
import { sqlText } from "../sql-text.ts";
import { constantCell } from "../constant-argument.ts";
import { castVectors } from "../cast/cast-vectors.ts";
import { rowVector } from "../row-vector.ts";
import { isDecodable, jsonVectors } from "./json-vector.ts";
import { scanJson } from "./json-scan.ts";
import { JsonNumber, follow, jsonTreeText, parseJson, parsePath, type JsonTree, type PathStep } from "./json-tree.ts";

type Options = Readonly<Record<string, string>>;

/** The constant options of to_json and its kin: a map of text to text. */
export function optionsOf(arg: ResolvedExpression | undefined, origin: ResolvedExpression["origin"]): Options {
  if (arg === undefined) return {};
  const wrong = (sub: string, parameters: Record<string, string>): Error => new AnalysisError({ condition: `INVALID_OPTIONS.${sub}`, sqlState: "42K06", message: "Invalid options: must use the `map()` function with text as keys and values.", messageParameters: parameters, queryContext: contextOf(origin) });
  if (arg.type.kind !== "map") throw wrong("NON_MAP_FUNCTION", {});
  if (arg.type.key.kind !== "string" || arg.type.value.kind !== "string") throw wrong("NON_STRING_TYPE", { mapType: typeName(arg.type) });
  const cell = constantCell(arg);
  if (cell === undefined || cell === null) throw wrong("NON_MAP_FUNCTION", {});
  return Object.fromEntries((cell as MapCell).entries.map(([k, v]) => [String(k).toLowerCase(), String(v)]));
}

/** A schema given as DDL text: the fields of a struct, or one type. */
export function schemaArgument(arg: ResolvedExpression, origin: ResolvedExpression["origin"]): DataType {
  const text = constantCell(arg);
  if (typeof text !== "string") {
    const inputSchema = `"${sqlText(arg)}"`;
    throw new AnalysisError({ condition: "INVALID_SCHEMA.NON_STRING_LITERAL", sqlState: "42K07", message: `The input schema ${inputSchema} is not a valid schema string. The input expression must be string literal and not null.`, messageParameters: { inputSchema }, queryContext: contextOf(origin) });
  }
  try {
    return parseSchemaDdl(text);
  } catch {
    return parseDataType(text);
  }
}

/** Dates and times with patterns of their own are read as text and parsed afterwards. */
function withText(type: DataType, options: Options): DataType {
  switch (type.kind) {
    case "date": return options["dateformat"] === undefined ? type : STRING;
    case "timestamp": return options["timestampformat"] === undefined ? type : STRING;
    case "timestamp_ntz": return options["timestampntzformat"] === undefined ? type : STRING;
    case "array": return array(withText(type.element, options), type.containsNull);
    case "map": return map(type.key, withText(type.value, options), type.valueContainsNull);
    case "struct": return struct(type.fields.map(f => ({ ...f, type: withText(f.type, options) })));
    default: return type;
  }
}
function reparse(type: DataType, cell: Cell, options: Options, zone: TimeZone): Cell {
  if (cell === null) return null;
  const parsed = (pattern: string | undefined, use: (local: bigint, own: TimeZone | undefined) => Cell): Cell => {
    if (pattern === undefined) return cell;
    const found = datetimePattern(pattern, "parse").parse(cell as string);
    return found === null ? null : use(found.localMicros, found.zone);
  };
  switch (type.kind) {
    case "date": return parsed(options["dateformat"], local => Number(local / DAY_MICROS));
    case "timestamp": return parsed(options["timestampformat"], (local, own) => (own ?? zone).toInstant(local));
    case "timestamp_ntz": return parsed(options["timestampntzformat"], local => local);
    case "array": return (cell as readonly Cell[]).map(item => reparse(type.element, item, options, zone));
    case "map": return { entries: (cell as MapCell).entries.map(([k, v]) => [k, reparse(type.value, v, options, zone)] as const) };
    case "struct": return type.fields.map((f, i) => reparse(f.type, (cell as readonly Cell[])[i]!, options, zone));
    default: return cell;
  }
}

/** One text as a value of a schema, as Spark's from_json reads it. */
export function readJson(text: string, schema: DataType, options: Options, context: JsonContext): Cell {
  if (text.trim() === "") return null;
  const corrupt = schema.kind === "struct" ? schema.fields.findIndex(f => f.name === (options["columnnameofcorruptrecord"] ?? "_corrupt_record")) : -1;
  const read = withText(schema, options), bytes = Buffer.from(text), failFast = options["mode"]?.toUpperCase() === "FAILFAST";
  const bad = (partial: Cell): Cell => {
    if (failFast) throw executionError("MALFORMED_RECORD_IN_PARSING.WITHOUT_SUGGESTION", "22023", "Malformed records are detected in record parsing: [null]. Parse Mode: FAILFAST.", { badRecord: "[null]", failFastMode: "FAILFAST" });
    if (schema.kind !== "struct") return null;
    const cells = partial === null ? schema.fields.map(() => null) : [...partial as readonly Cell[]];
    if (corrupt >= 0) (cells as Cell[])[corrupt] = text;
    return cells;
  };
  const reader = new JsonReader(bytes, 0, bytes.length, context);
  try {
    if (!reader.startRecord()) return null;
    let value: Cell;
    const opening = bytes[reader.at];
    if (read.kind === "array" && read.element.kind === "struct" && opening === 0x7b) value = [reader.value(read.element)];
    else value = reader.value(read);
    if (value === null) return schema.kind === "struct" ? bad(null) : null;
    return reparse(schema, value, options, context.zone);
  } catch (error) {
    if (error instanceof JsonSyntaxError) return bad(null);
    if (error instanceof JsonValueError) return schema.kind === "struct" ? reparse(schema, bad(error.partial), options, context.zone) : error.partial === null ? bad(null) : reparse(schema, error.partial, options, context.zone);
    throw error;
  }
}

const prettyText = (tree: JsonTree, indent: string): string => {
  if (tree instanceof Map) return tree.size === 0 ? "{ }" : `{\n${[...tree].map(([k, v]) => `${indent}  ${JSON.stringify(k)} : ${prettyText(v, `${indent}  `)}`).join(",\n")}\n${indent}}`;
  if (Array.isArray(tree)) return (tree as readonly JsonTree[]).length === 0 ? "[ ]" : `[ ${(tree as readonly JsonTree[]).map(v => prettyText(v, indent)).join(", ")} ]`;
  return tree instanceof JsonNumber ? tree.text : jsonTreeText(tree);
};

/** The JSON of a value, with the patterns of the options. */
function writeJson(type: DataType, cell: Exclude<Cell, null>, options: Options, zone: TimeZone): string {
  const formatted = patternText(type, cell, options, zone);
  return jsonText(formatted.type, formatted.cell as Exclude<Cell, null>, { zone, ignoreNullFields: options["ignorenullfields"]?.toLowerCase() !== "false" });
}
function patternText(type: DataType, cell: Cell, options: Options, zone: TimeZone): { readonly type: DataType; readonly cell: Cell } {
  const text = withText(type, options);
  return { type: text, cell: format(type, cell, options, zone) };
}
function format(type: DataType, cell: Cell, options: Options, zone: TimeZone): Cell {
  if (cell === null) return null;
  const by = (pattern: string | undefined, local: bigint, epoch: bigint): Cell => (pattern === undefined ? cell : datetimePattern(pattern, "format").format(local, zone, epoch));
  switch (type.kind) {
    case "date": return by(options["dateformat"], BigInt(cell as number) * DAY_MICROS, 0n);
    case "timestamp": return by(options["timestampformat"], zone.toLocal(cell as bigint), cell as bigint);
    case "timestamp_ntz": return by(options["timestampntzformat"], cell as bigint, cell as bigint);
    case "array": return (cell as readonly Cell[]).map(item => format(type.element, item, options, zone));
    case "map": return { entries: (cell as MapCell).entries.map(([k, v]) => [k, format(type.value, v, options, zone)] as const) };
    case "struct": return type.fields.map((f, i) => format(f.type, (cell as readonly Cell[])[i]!, options, zone));
    default: return cell;
  }
}

const paths = new Map<string, readonly PathStep[] | undefined>();
function pathOf(path: string): readonly PathStep[] | undefined {
  let steps = paths.get(path);
  if (steps === undefined && !paths.has(path)) {
    steps = parsePath(path);
    if (paths.size > 500) paths.clear();
    paths.set(path, steps);
  }
  return steps;
}

/** A value found by scanning: text without its quotes, numbers printed anew, null for JSON's null and for nothing. */
function plainValue(raw: string | undefined): Cell {
  if (raw === undefined || raw === "null") return null;
  if (/^-?\d+$/.test(raw) || raw === "true" || raw === "false") return raw;
  if (raw.startsWith("\"") && !raw.includes("\\")) return raw.slice(1, -1);
  const tree = parseJson(raw);
  return tree === undefined || tree === null ? null : typeof tree === "string" ? tree : jsonTreeText(tree);
}

/** Structs as JSON, field by field from their columns. */
function structsToJson(type: StructType, options: JsonTextOptions): VectorKernel {
  const names = type.fields.map(f => `${JSON.stringify(f.name)}:`);
  return (args, rows, length, { arena }) => {
    const [struct] = args as [Vector], results = new RowResults(STRING, length, arena), { u8 } = arena.memory;
    const fields = struct.children.map(child => columnText(child, options));
    for (let i = 0; i < rows.count; i++) {
      const row = rowAt(rows, i), at = struct.isConstant ? 0 : row;
      if (struct.valid !== 0 && u8[struct.valid + at] === 0) { results.set(row, null); continue; }
      let text = "{";
      for (let f = 0; f < fields.length; f++) {
        const value = fields[f]!(at);
        if (value !== undefined || !options.ignoreNullFields) text += (text === "{" ? "" : ",") + names[f]! + (value ?? "null");
      }
      results.set(row, `${text}}`);
    }
    return results.finish();
  };
}

function getJsonObject(text: string, path: string): Cell {
  const steps = pathOf(path);
  if (steps === undefined) return null;
  if (steps.length > 0 && steps.every(step => step.kind === "key" || step.kind === "index")) return plainValue(scanJson(text, steps));
  const tree = parseJson(text);
  if (tree === undefined) return null;
  const { values, isMany } = follow(tree, steps);
  if (values.length === 0) return null;
  if (!isMany || values.length === 1) {
    const value = values[0]!;
    return value === null ? null : typeof value === "string" ? (isMany ? JSON.stringify(value) : value) : jsonTreeText(value);
  }
  return `[${values.map(jsonTreeText).join(",")}]`;
}

/** The column that gets what is malformed, unless an option names another. */
const CORRUPT = "_corrupt_record";
/** Options with which each field of a record stands for itself. */
const isPlainReading = (options: Options): boolean => Object.keys(options).every(key => key === "timezone" || (key === "mode" && options[key]!.toUpperCase() === "PERMISSIVE"));

export const jsonFunctions: readonly ScalarFunction[] = [
  custom({
    name: "from_json", usage: "from_json(jsonStr, schema[, options])", description: "JSON text as a value of a schema; bad text gives nulls.", cases: [["from_json('{\"a\":1, \"b\":0.8}', 'a INT, b DOUBLE')", "{1, 0.8}"], ["from_json('[1,2]', 'ARRAY<INT>')", "[1, 2]"]],
    onlyFields: (args, fields) => {
      const schema = schemaArgument(args[1]!, undefined), options = optionsOf(args[2], undefined);
      if (schema.kind !== "struct" || !isPlainReading(options) || !isDecodable(schema) || schema.fields.some(f => f.name === CORRUPT)) return undefined;
      if (new Set(schema.fields.map(f => f.name)).size < schema.fields.length) return undefined;
      const text = fields.map(i => schema.fields[i]!).map(f => `${quoteIdentifier(f.name)} ${typeToSql(f.type)}`).join(", ");
      return [args[0]!, Object.freeze({ kind: "literal", value: text, type: STRING, nullable: false, origin: args[1]!.origin }), ...args.slice(2)];
    },
    bind: (args, settings, origin): Binding => {
      checkCount("from_json", args.length, 2, 3, origin);
      const schema = schemaArgument(args[1]!, origin), options = optionsOf(args[2], origin);
      if (schema.kind !== "struct" && schema.kind !== "array" && schema.kind !== "map") {
        const shown = `"${typeToSql(schema)}"`;
        throw mismatch("INVALID_JSON_SCHEMA", "from_json", args.slice(0, 1), `Input schema ${shown} must be a struct, an array, a map or a variant.`, { schema: shown }, origin);
      }
      accept("from_json", args, 0, uncast(AS.string), origin);
      const zone = timeZone(options["timezone"] ?? settings.timeZone);
      const type = asNullable(schema), row: RowKernel = ([text], { batchTimeMicros }) => readJson(text as string, schema, options, { zone, nowMicros: () => batchTimeMicros });
      const isPlain = type.kind === "struct" && isPlainReading(options);
      const ofText = rowVector(type, row), asText = castVectors(BINARY, STRING, "ansi", settings.timeZone)!;
      const vectors = isPlain ? jsonVectors(type, CORRUPT, zone, { ofText, ofBytes: (bytes, rows, length, context) => ofText([asText(bytes, rows, length, context)], rows, length, context) }) : undefined;
      return { type, argTypes: [STRING], nullable: true, canRaise: options["mode"]?.toUpperCase() === "FAILFAST", row, ...(vectors && { vector: vectors.ofText, vectorOfBytes: vectors.ofBytes }) };
    },
  }),
  custom({
    name: "to_json", usage: "to_json(expr[, options])", description: "A struct, array or map as JSON text.", cases: [["to_json(named_struct('a', 1, 'b', 2))", "{\"a\":1,\"b\":2}"], ["to_json(map('a', 1))", "{\"a\":1}"]],
    bind: (args, settings, origin): Binding => {
      checkCount("to_json", args.length, 1, 2, origin);
      const { type } = args[0]!, options = optionsOf(args[1], origin);
      if (type.kind !== "struct" && type.kind !== "array" && type.kind !== "map" && type.kind !== "void" && type.kind !== "variant") {
        throw mismatch("INVALID_JSON_SCHEMA", "to_json", args, `Input schema ${typeName(type)} must be a struct, an array, a map or a variant.`, { schema: typeName(type) }, origin);
      }
      const zone = timeZone(options["timezone"] ?? settings.timeZone), isPretty = options["pretty"]?.toLowerCase() === "true";
      const isPlain = type.kind === "struct" && Object.keys(options).every(key => key === "timezone" || key === "ignorenullfields");
      return { type: STRING, ...(isPlain && { vector: structsToJson(type, { zone, ignoreNullFields: options["ignorenullfields"]?.toLowerCase() !== "false" }) }), nullable: true, row: ([value]) => { const text = writeJson(type, value!, options, zone); return isPretty ? prettyText(parseJson(text)!, "") : text; } };
    },
  }),
  scalar({ name: "get_json_object", usage: "get_json_object(json_txt, path)", description: "The text of what stands at a path.", cases: [["get_json_object('{\"a\":\"b\"}', '$.a')", "b"], ["get_json_object('{\"x\":[{\"y\":1},{\"y\":2}]}', '$.x[*].y')", "[1,2]"]], params: [uncast(AS.string), uncast(AS.string)], returns: STRING, nullable: true, row: ([text, path]) => getJsonObject(text as string, path as string) }),
  scalar({ name: "json_array_length", usage: "json_array_length(jsonArray)", description: "How many elements a JSON array has; null for anything else.", cases: [["json_array_length('[1,2,3,4]')", "4"]], params: [uncast(AS.string)], returns: INT, nullable: true, row: ([text]) => { const tree = parseJson(text as string); return Array.isArray(tree) ? tree.length : null; } }),
  scalar({ name: "json_object_keys", usage: "json_object_keys(json_object)", description: "The keys of a JSON object; null for anything else.", cases: [["json_object_keys('{\"key\": \"value\"}')", "[key]"]], params: [uncast(AS.string)], returns: array(STRING), nullable: true, row: ([text]) => { const tree = parseJson(text as string); return tree instanceof Map ? [...tree.keys()] : null; } }),
  custom({
    name: "schema_of_json", usage: "schema_of_json(json[, options])", description: "The schema of a JSON text.", cases: [["schema_of_json('[{\"col\":0}]')", "ARRAY<STRUCT<col: BIGINT>>"]],
    bind: (args, settings, origin): Binding => {
      checkCount("schema_of_json", args.length, 1, 2, origin);
      const text = literalValue(args[0])?.value, options = optionsOf(args[1], origin);
      accept("schema_of_json", args, 0, uncast(AS.string), origin);
      if (typeof text !== "string") throw mismatch(text === null ? "UNEXPECTED_NULL" : "NON_FOLDABLE_INPUT", "schema_of_json", args, "The `json` must be a constant text.", { exprName: "`json`", inputName: "`json`", inputType: "\"STRING\"", inputExpr: `"${sqlText(args[0]!)}"` }, origin);
      return { type: STRING, row: () => typeToSql(schemaOf(text, options, settings.timeZone)) };
    },
  }),
];

function schemaOf(text: string, options: Options, zone: string): DataType {
  const tree = parseJson(text);
  if (tree === undefined) throw executionError("MALFORMED_RECORD_IN_PARSING.WITHOUT_SUGGESTION", "22023", "The text is no JSON.", { badRecord: text, failFastMode: "FAILFAST" });
  // Inference reads lines of objects: anything else is wrapped into one.
  const inferred = inferJsonSchema([Buffer.from(JSON.stringify({ v: null }).replace("null", () => jsonLine(tree)))], options, zone);
  return inferred.fields[0]?.type ?? STRING;
}
const jsonLine = (tree: JsonTree): string => {
  if (tree instanceof Map) return `{${[...tree].map(([k, v]) => `${JSON.stringify(k)}:${jsonLine(v)}`).join(",")}}`;
  if (Array.isArray(tree)) return `[${(tree as readonly JsonTree[]).map(jsonLine).join(",")}]`;
  return tree instanceof JsonNumber ? tree.text : jsonTreeText(tree);
};
