/** Data types and schemas as SQL writes them: `ARRAY<STRUCT<a: INT>>`, `id BIGINT NOT NULL, at TIMESTAMP COMMENT 'x'`. */
import { nearest } from "../base/errors.ts";
import {
  array, BIGINT, BINARY, BOOLEAN, CALENDAR_INTERVAL, DATE, dayTimeInterval, decimal, DOUBLE, FLOAT, INT, map, SMALLINT, STRING, struct,
  time, TIMESTAMP, TIMESTAMP_NTZ, TINYINT, VARIANT, VOID, yearMonthInterval,
  type DataType, type DayTimeField, type StructField, type StructType, type YearMonthField,
} from "./data-type.ts";
import { collationName } from "./collation.ts";
import { TokenCursor, type ParserSettings } from "./token-cursor.ts";

/**
 * The type that `text` names.
 * @throws ParseError PARSE_SYNTAX_ERROR, UNSUPPORTED_DATATYPE, DATATYPE_MISSING_SIZE, INCOMPLETE_TYPE_DEFINITION.*, DECIMAL_PRECISION_EXCEEDS_MAX_PRECISION, DECIMAL_SCALE_EXCEEDS_PRECISION
 */
export function parseDataType(text: string, settings: ParserSettings = {}): DataType {
  const cursor = new TokenCursor(text, settings), type = dataType(cursor);
  cursor.expectEnd();
  return type;
}

/** The schema of a table: columns between commas; or, as Spark takes it, the text of one STRUCT type. */
export function parseSchemaDdl(text: string, settings: ParserSettings = {}): StructType {
  const cursor = new TokenCursor(text, settings);
  if (cursor.isWord("STRUCT") && cursor.isSymbol("<", 1)) {
    const type = dataType(cursor);
    if (cursor.isKind("end") && type.kind === "struct") {
      cursor.expectEnd();
      return type;
    }
    cursor.position = 0;
  }
  const fields = cursor.isKind("end") ? [] : cursor.list(() => column(cursor, false));
  cursor.expectEnd();
  return struct(fields);
}

function column(cursor: TokenCursor, inStruct: boolean): StructField {
  const name = cursor.name();
  if (inStruct) cursor.takeSymbol(":");
  const type = dataType(cursor);
  const nullable = !(cursor.takeWords("NOT", "NULL"));
  const comment = cursor.takeWords("COMMENT") ? cursor.string() : undefined;
  return Object.freeze(comment === undefined ? { name, type, nullable } : { name, type, nullable, comment });
}

const SIMPLE: Readonly<Record<string, DataType>> = {
  BOOLEAN, TINYINT, BYTE: TINYINT, SMALLINT, SHORT: SMALLINT, INT, INTEGER: INT, BIGINT, LONG: BIGINT, FLOAT, REAL: FLOAT, DOUBLE,
  DATE, TIMESTAMP_LTZ: TIMESTAMP, TIMESTAMP_NTZ, BINARY, VOID, VARIANT,
};
const NAMES = [...Object.keys(SIMPLE), "STRING", "CHAR", "VARCHAR", "DECIMAL", "NUMERIC", "TIMESTAMP", "TIME", "INTERVAL", "ARRAY", "MAP", "STRUCT"];
const DAY_TIME: readonly string[] = ["DAY", "HOUR", "MINUTE", "SECOND"];

/** A type at the current place. To the grammar any word is one: what follows it is wrong before the word is. */
export function dataType(cursor: TokenCursor): DataType {
  return cursor.deeper(() => cursor.built(() => typeHere(cursor), VOID));
}

function typeHere(cursor: TokenCursor): DataType {
  const first = cursor.position, token = cursor.peek();
  if (!cursor.isName()) throw cursor.fail();
  cursor.position++;
  const name = token.kind === "word" ? token.value : "";
  const simple = SIMPLE[name];
  if (simple !== undefined && Object.hasOwn(SIMPLE, name)) {
    if (cursor.isSymbol("(")) throw unsupportedType(cursor, first, token.text);
    return simple;
  }
  switch (name) {
    case "STRING": return cursor.takeWords("COLLATE") ? collated(cursor) : STRING;
    case "CHAR": case "CHARACTER": case "VARCHAR": {
      const [length] = sizes(cursor, 1);
      if (length === undefined) {
        const type = `"${name === "CHARACTER" ? "CHARACTER" : name}"`;
        throw cursor.error(first, "DATATYPE_MISSING_SIZE", "42K01", `DataType ${type} requires a length parameter, for example ${type.slice(0, -1)}"(10). Please specify the length.`, { type });
      }
      return Object.freeze({ kind: name === "VARCHAR" ? "varchar" : "char", length });
    }
    case "DECIMAL": case "DEC": case "NUMERIC": {
      const [precision = 10, scale = 0] = sizes(cursor, 2);
      if (precision > 38) {
        throw cursor.error(first, "DECIMAL_PRECISION_EXCEEDS_MAX_PRECISION", "22003",
          `Decimal precision ${precision} exceeds max precision 38.`, { precision: String(precision), maxPrecision: "38" });
      }
      if (scale > precision) {
        throw cursor.error(first, "DECIMAL_SCALE_EXCEEDS_PRECISION", "22003",
          `Decimal scale (${scale}) cannot be greater than precision (${precision}).`, { precision: String(precision), scale: String(scale) });
      }
      return decimal(precision, scale);
    }
    case "TIMESTAMP": return cursor.takeWords("WITHOUT", "TIME", "ZONE") ? TIMESTAMP_NTZ : defaultTimestamp(cursor);
    case "TIME": {
      const [precision = 6] = sizes(cursor, 1);
      cursor.takeWords("WITHOUT", "TIME", "ZONE");
      if (precision > 9) {
        throw cursor.error(first, "UNSUPPORTED_TIME_PRECISION", "0A001", `The seconds precision ${precision} of the TIME data type is out of the supported range [0, 9].`, { precision: String(precision) });
      }
      return time(precision);
    }
    case "INTERVAL": return interval(cursor, first);
    case "ARRAY": {
      if (!cursor.takeSymbol("<")) throw incomplete(cursor, first, "ARRAY", 'You must provide an element type. For example: "ARRAY<elementType>".');
      const element = dataType(cursor);
      cursor.expectSymbol(">");
      return array(element);
    }
    case "MAP": {
      if (!cursor.takeSymbol("<")) throw incomplete(cursor, first, "MAP", 'You must provide a key type and a value type. For example: "MAP<TIMESTAMP, INT>".');
      const key = dataType(cursor);
      cursor.expectSymbol(",");
      const value = dataType(cursor);
      cursor.expectSymbol(">");
      return map(key, value);
    }
    case "STRUCT": {
      if (cursor.takeSymbol("<>")) return struct([]);
      if (!cursor.takeSymbol("<")) throw incomplete(cursor, first, "STRUCT", 'You must provide at least one field type. For example: "STRUCT<name STRING, age INT>".');
      if (cursor.takeSymbol(">")) return struct([]);
      const fields = cursor.list(() => column(cursor, true));
      cursor.expectSymbol(">");
      return struct(fields);
    }
    case "GEOGRAPHY": case "GEOMETRY": {
      const kind = name === "GEOMETRY" ? "geometry" : "geography";
      if (cursor.isSymbol("(") && cursor.isWord("ANY", 1) && cursor.isSymbol(")", 2)) {
        cursor.position += 3;
        return Object.freeze({ kind, srid: "any" });
      }
      const [srid] = sizes(cursor, 1);
      if (srid === undefined) throw unsupportedType(cursor, first, token.text);
      return Object.freeze({ kind, srid });
    }
    default: throw unsupportedType(cursor, first, token.text);
  }
}

function defaultTimestamp(cursor: TokenCursor): DataType {
  return cursor.settings.conf?.get("spark.sql.timestampType")?.toUpperCase() === "TIMESTAMP_NTZ" ? TIMESTAMP_NTZ : TIMESTAMP;
}

/** UTF8_BINARY is the order of plain STRING. */
function collated(cursor: TokenCursor): DataType {
  const name = collationAt(cursor);
  return name === "UTF8_BINARY" ? STRING : Object.freeze({ kind: "string", collation: name });
}

/** The name of a collation. @throws ParseError COLLATION_INVALID_NAME */
export function collationAt(cursor: TokenCursor): string {
  const at = cursor.position, given = cursor.names().at(-1)!, name = collationName(given);
  if (name === undefined) throw cursor.error(at, "COLLATION_INVALID_NAME", "42704", `The value ${given} does not represent a correct collation name. Suggested valid collation names: [UTF8_BINARY, UTF8_LCASE, UNICODE].`, { collationName: given, proposals: "UTF8_BINARY, UTF8_LCASE, UNICODE" });
  return name;
}

/** `(10, 2)`: up to `most` numbers, or nothing. */
function sizes(cursor: TokenCursor, most: number): number[] {
  if (!cursor.takeSymbol("(")) return [];
  const result = [Number(cursor.integer())];
  while (result.length < most && cursor.takeSymbol(",")) result.push(Number(cursor.integer()));
  cursor.expectSymbol(")");
  return result;
}

function interval(cursor: TokenCursor, first: number): DataType {
  const from = cursor.takeOneOf("YEAR", "MONTH", ...DAY_TIME);
  if (from === undefined) return CALENDAR_INTERVAL;
  const isYearMonth = from === "YEAR" || from === "MONTH";
  let to = from;
  if (cursor.isWord("TO") && cursor.isOneOf(isYearMonth ? ["MONTH"] : DAY_TIME.slice(1), 1)) {
    cursor.position++;
    to = cursor.next().value;
  }
  const field = (word: string): string => word.toLowerCase();
  const isReversed = isYearMonth ? from === "MONTH" && to === "MONTH" && cursor.tokens[cursor.position - 2]?.value === "TO" : DAY_TIME.indexOf(to) < DAY_TIME.indexOf(from);
  if (isReversed || (!isYearMonth && from === to && cursor.tokens[cursor.position - 2]?.value === "TO")) {
    const text = `${field(from)} to ${field(to)}`;
    throw cursor.error(first, "_LEGACY_ERROR_TEMP_0028", "42000", `Intervals FROM ${field(from)} TO ${field(to)} are not supported.`, { intervalInput: text });
  }
  return isYearMonth
    ? yearMonthInterval(field(from) as YearMonthField, field(to) as YearMonthField)
    : dayTimeInterval(field(from) as DayTimeField, field(to) as DayTimeField);
}

function unsupportedType(cursor: TokenCursor, first: number, name: string): Error {
  if (cursor.takeSymbol("(")) {
    cursor.list(() => cursor.integer());
    cursor.expectSymbol(")");
  }
  const typeName = `"${name.toUpperCase()}"`, [near] = nearest(name, NAMES);
  return cursor.error(first, "UNSUPPORTED_DATATYPE", "0A000", `Unsupported data type ${typeName}.`, { typeName }, near === undefined ? undefined : `did you mean ${near}?`);
}

function incomplete(cursor: TokenCursor, first: number, kind: string, advice: string): Error {
  return cursor.error(first, `INCOMPLETE_TYPE_DEFINITION.${kind}`, "42K01", `Incomplete complex type: The definition of "${kind}" type is incomplete. ${advice}`);
}
