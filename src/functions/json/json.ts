/** JSON text to values and back. */
import { AnalysisError } from "../../base/errors.ts";
import { columnText, jsonText, jsonTextOptions, type JsonTextOptions } from "../../formats/json/json-encoder.ts";
import { jsonType } from "../../formats/json/infer.ts";
import { finished } from "../../formats/json/infer-types.ts";
import { JsonSyntaxError } from "../../formats/json/json-lexer.ts";
import { checkSingleVariant, jsonInferring, jsonReading } from "../../formats/json/json-options.ts";
import { prettyJson } from "../../formats/json/json-pretty.ts";
import { JsonReader } from "../../formats/json/json-reader.ts";
import { RowResults } from "../../columns/row-results.ts";
import type { Vector } from "../../columns/vector.ts";
import { rowAt } from "../vectors.ts";
import type { Binding, RowKernel, ScalarFunction, VectorKernel, SqlSettings } from "../../plan/function.ts";
import type { ResolvedExpression } from "../../plan/resolved.ts";
import type { Cell, MapCell } from "../../types/cell.ts";
import { BINARY, INT, STRING, VOID, array, asNullable, quoteIdentifier, struct, typeToSql, type DataType, type StructType } from "../../types/data-type.ts";
import { parseDataType, parseSchemaDdl } from "../../types/ddl.ts";
import { AS, uncast } from "../coercion.ts";
import { accept, checkCount, custom, scalar } from "../define.ts";
import { contextOf, executionError, mismatch, nonFoldable, typeName, unexpectedNull } from "../errors.ts";
import { sqlText } from "../sql-text.ts";
import { constantCell } from "../constant-argument.ts";
import { castVectors } from "../cast/cast-vectors.ts";
import { rowVector } from "../row-vector.ts";
import { TIME_PARSER_POLICY } from "../../types/datetime-pattern.ts";
import { isDecodable, jsonVectors } from "./json-vector.ts";
import { hasOtherKeys, readJson } from "./read-json.ts";
import { scanJson } from "./json-scan.ts";
import { follow, jsonTreeText, parseJson, parsePath, type PathStep } from "./json-tree.ts";

type Options = Readonly<Record<string, string>>;

/** The constant options of to_json and its kin: a map of text to text. With them what settings say of patterns. */
export function optionsOf(arg: ResolvedExpression | undefined, origin: ResolvedExpression["origin"], settings?: SqlSettings): Options {
  const policy = settings?.conf.get(TIME_PARSER_POLICY), told: Options = policy === undefined ? {} : { [TIME_PARSER_POLICY]: policy };
  if (arg === undefined) return told;
  const wrong = (sub: string, parameters: Record<string, string>): Error => new AnalysisError({ condition: `INVALID_OPTIONS.${sub}`, sqlState: "42K06", message: "Invalid options: must use the `map()` function with text as keys and values.", messageParameters: parameters, queryContext: contextOf(origin) });
  if (arg.type.kind !== "map") throw wrong("NON_MAP_FUNCTION", {});
  if (arg.type.key.kind !== "string" || arg.type.value.kind !== "string") throw wrong("NON_STRING_TYPE", { mapType: typeName(arg.type) });
  const cell = constantCell(arg);
  if (cell === undefined || cell === null) throw wrong("NON_MAP_FUNCTION", {});
  return { ...told, ...Object.fromEntries((cell as MapCell).entries.map(([k, v]) => [String(k).toLowerCase(), String(v)])) };
}

/** A schema given as DDL text: the fields of a struct, or one type. */
export function schemaArgument(arg: ResolvedExpression, origin: ResolvedExpression["origin"]): DataType {
  const text = constantCell(arg);
  if (typeof text !== "string") {
    const inputSchema = `"${sqlText(arg)}"`;
    throw new AnalysisError({ condition: "INVALID_SCHEMA.NON_STRING_LITERAL", sqlState: "42K07", message: `The input schema ${inputSchema} is not a valid schema string. The input expression must be string literal and not null.`, messageParameters: { inputSchema }, queryContext: contextOf(origin) });
  }
  if (text.trim() === "") throw new AnalysisError({ condition: "PARSE_EMPTY_STATEMENT", sqlState: "42617", message: "Syntax error, unexpected empty statement.", queryContext: contextOf(origin) });
  try {
    return parseSchemaDdl(text);
  } catch {
    return parseDataType(text);
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

export const jsonFunctions: readonly ScalarFunction[] = [
  custom({
    name: "from_json", usage: "from_json(jsonStr, schema[, options])", description: "JSON text as a value of a schema; bad text gives nulls.", cases: [["from_json('{\"a\":1, \"b\":0.8}', 'a INT, b DOUBLE')", "{1, 0.8}"], ["from_json('[1,2]', 'ARRAY<INT>')", "[1, 2]"]],
    onlyFields: (args, fields) => {
      const schema = schemaArgument(args[1]!, undefined), { mode, corruptColumn, variantColumn } = jsonReading(optionsOf(args[2], undefined), "UTC", () => 0n);
      if (schema.kind !== "struct" || mode !== "PERMISSIVE" || variantColumn !== undefined || !isDecodable(schema) || schema.fields.some(f => f.name === corruptColumn)) return undefined;
      if (new Set(schema.fields.map(f => f.name)).size < schema.fields.length) return undefined;
      const text = fields.map(i => schema.fields[i]!).map(f => `${quoteIdentifier(f.name)} ${typeToSql(f.type)}`).join(", ");
      return [args[0]!, Object.freeze({ kind: "literal", value: text, type: STRING, nullable: false, origin: args[1]!.origin }), ...args.slice(2)];
    },
    bind: (args, settings, origin): Binding => {
      checkCount("from_json", args.length, 2, 3, origin);
      const schema = schemaArgument(args[1]!, origin), options = optionsOf(args[2], origin, settings);
      if (schema.kind !== "struct" && schema.kind !== "array" && schema.kind !== "map" && schema.kind !== "variant") {
        const shown = `"${typeToSql(schema)}"`;
        throw mismatch("INVALID_JSON_SCHEMA", "from_json", args.slice(0, 1), `Input schema ${shown} must be a struct, an array, a map or a variant.`, { schema: shown }, origin);
      }
      if (hasOtherKeys(schema)) {
        const shown = `"${typeToSql(schema)}"`;
        throw mismatch("INVALID_JSON_MAP_KEY_TYPE", "from_json", args.slice(0, 1), `Input schema ${shown} can only contain STRING as a key type for a MAP.`, { schema: shown }, origin);
      }
      accept("from_json", args, 0, uncast(AS.string), origin);
      let nowMicros = 0n;
      const reading = jsonReading(options, settings.timeZone, () => nowMicros), isFailFast = reading.mode === "FAILFAST";
      if (reading.mode === "DROPMALFORMED") throw new AnalysisError({
        condition: "PARSE_MODE_UNSUPPORTED", sqlState: "42601", message: "The function `from_json` doesn't support the DROPMALFORMED mode. Acceptable modes are PERMISSIVE and FAILFAST.", messageParameters: { funcName: "`from_json`", mode: "DROPMALFORMED" },
      });
      if (schema.kind === "struct") checkSingleVariant(schema, options);
      const type = asNullable(schema), row: RowKernel = ([text], { batchTimeMicros }) => {
        nowMicros = batchTimeMicros;
        return readJson(text as string, schema, reading);
      };
      const ofText = rowVector(type, row), asText = castVectors(BINARY, STRING, "ansi", settings.timeZone)!;
      const vectors = type.kind === "struct" && !isFailFast && reading.variantColumn === undefined ? jsonVectors(type, reading, { ofText, ofBytes: (bytes, rows, length, context) => ofText([asText(bytes, rows, length, context)], rows, length, context) }, micros => { nowMicros = micros; }) : undefined;
      return { type, argTypes: [STRING], nullable: true, canRaise: isFailFast, row, ...(vectors && { vector: vectors.ofText, vectorOfBytes: vectors.ofBytes }) };
    },
  }),
  custom({
    name: "to_json", usage: "to_json(expr[, options])", description: "A struct, array or map as JSON text.", cases: [["to_json(named_struct('a', 1, 'b', 2))", "{\"a\":1,\"b\":2}"], ["to_json(map('a', 1))", "{\"a\":1}"]],
    bind: (args, settings, origin): Binding => {
      checkCount("to_json", args.length, 1, 2, origin);
      const { type } = args[0]!, options = optionsOf(args[1], origin, settings);
      if (type.kind !== "struct" && type.kind !== "array" && type.kind !== "map" && type.kind !== "void" && type.kind !== "variant") {
        throw mismatch("INVALID_JSON_SCHEMA", "to_json", args, `Input schema ${typeName(type)} must be a struct, an array, a map or a variant.`, { schema: typeName(type) }, origin);
      }
      const how = jsonTextOptions(options, settings.timeZone), isPlain = type.kind === "struct" && how.isPretty !== true;
      return { type: STRING, ...(isPlain && { vector: structsToJson(type, how) }), nullable: true, row: ([value]) => (how.isPretty === true ? prettyJson(jsonText(type, value!, how)) : jsonText(type, value!, how)) };
    },
  }),
  scalar({ name: "get_json_object", usage: "get_json_object(json_txt, path)", description: "The text of what stands at a path.", cases: [["get_json_object('{\"a\":\"b\"}', '$.a')", "b"], ["get_json_object('{\"x\":[{\"y\":1},{\"y\":2}]}', '$.x[*].y')", "[1,2]"]], params: [uncast(AS.string), uncast(AS.string)], returns: STRING, nullable: true, row: ([text, path]) => getJsonObject(text as string, path as string) }),
  scalar({ name: "json_array_length", usage: "json_array_length(jsonArray)", description: "How many elements a JSON array has; null for anything else.", cases: [["json_array_length('[1,2,3,4]')", "4"]], params: [uncast(AS.string)], returns: INT, nullable: true, row: ([text]) => { const tree = parseJson(text as string); return Array.isArray(tree) ? tree.length : null; } }),
  scalar({ name: "json_object_keys", usage: "json_object_keys(json_object)", description: "The keys of a JSON object; null for anything else.", cases: [["json_object_keys('{\"key\": \"value\"}')", "[key]"]], params: [uncast(AS.string)], returns: array(STRING), nullable: true, row: ([text]) => { const tree = parseJson(text as string); return tree instanceof Map ? [...tree.keys()] : null; } }),
  custom({
    name: "schema_of_json", usage: "schema_of_json(json[, options])", description: "The schema of a JSON text.", cases: [["schema_of_json('[{\"col\":0}]')", "ARRAY<STRUCT<col: BIGINT>>"]],
    bind: (args, settings, origin): Binding => {
      checkCount("schema_of_json", args.length, 1, 2, origin);
      accept("schema_of_json", args, 0, uncast(AS.string), origin);
      const text = constantCell(args[0]!), options = optionsOf(args[1], origin, settings);
      if (text === null) throw unexpectedNull("schema_of_json", args, "json", origin);
      if (typeof text !== "string") throw nonFoldable("schema_of_json", args, 0, "json", origin);
      return { type: STRING, row: () => typeToSql(schemaOf(text, options, settings.timeZone)) };
    },
  }),
];

/** As JsonInferSchema says of one text. */
function schemaOf(text: string, options: Options, zone: string): DataType {
  const bytes = Buffer.from(text), reading = jsonReading(options, zone, () => 0n), inferring = jsonInferring(options), reader = new JsonReader(bytes, 0, bytes.length, reading.context);
  try {
    const type = reader.startRecord() ? jsonType(reader, reading, inferring) : VOID, done = finished(type, inferring.dropsNulls);
    return done ?? (type.kind === "struct" ? struct([]) : type.kind === "array" && type.element.kind === "struct" ? array(struct([])) : STRING);
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error;
    throw executionError("MALFORMED_RECORD_IN_PARSING.WITHOUT_SUGGESTION", "22023", `The text is no JSON: ${error.message}.`, { badRecord: text, failFastMode: "FAILFAST" });
  }
}
