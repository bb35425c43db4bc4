/** The schema of JSON by looking at it, by the rules of Spark 4.3's JsonInferSchema. */
import { isUtf8 } from "node:buffer";
import { ExecutionError } from "../../base/errors.ts";
import { XorShiftRandom } from "../../base/xor-shift-random.ts";
import { BIGINT, BOOLEAN, DOUBLE, STRING, TIMESTAMP, VOID, array, decimal, field, struct, type DataType, type StructField, type StructType } from "../../types/data-type.ts";
import { parseDecimal } from "../../types/number-text.ts";
import { refuseSameNames } from "../column-names.ts";
import type { SchemaInference } from "../file-format.ts";
import { booleanOption, type FormatOptions } from "../options.ts";
import { JsonFit, jsonShape, type JsonShape } from "./infer-scan.ts";
import { byName, finished, widest } from "./infer-types.ts";
import { JsonSyntaxError } from "./json-lexer.ts";
import { jsonInferring, jsonReading, singleVariantSchema, type JsonInferring, type JsonReading } from "./json-options.ts";
import { JsonReader } from "./json-reader.ts";
import { plainDecimal, textToTimestamp, type Token } from "./json-scalars.ts";

const CORRUPT = Symbol("corrupt");
/** So many records that were looked at slowly make a new shape for the quick look worth while. */
const FIRST_RENEWAL = 8;

/**
 * Finds the schema of records, file by file. Columns come sorted by name; numbers are BIGINT, DECIMAL or DOUBLE, text is STRING
 * (with `inferTimestamp` TIMESTAMP where it reads as one).
 */
export class JsonInference implements SchemaInference {
  readonly #reading: JsonReading;
  readonly #inferring: JsonInferring;
  readonly #variant: StructType | undefined;
  readonly #isCaseSensitive: boolean;
  readonly #random = new XorShiftRandom(1n);
  readonly #momentsArePlain: boolean;
  #root: DataType = struct([]);
  #shape: JsonShape;
  #slow = 0;
  #renewal = FIRST_RENEWAL;

  /** @throws AnalysisError for options with wrong values */
  constructor(options: FormatOptions, sessionZone: string) {
    this.#reading = jsonReading(options, sessionZone, () => 0n);
    this.#inferring = jsonInferring(options);
    this.#variant = singleVariantSchema(options);
    this.#isCaseSensitive = booleanOption(options, "spark.sql.caseSensitive", false);
    this.#momentsArePlain = this.#reading.context.timestamps === undefined;
    this.#shape = jsonShape(this.#root, this.#momentsArePlain);
  }

  get isDone(): boolean { return this.#variant !== undefined; }

  /** Whole records, or with `multiLine` a whole file. @throws ExecutionError MALFORMED_RECORD_IN_PARSING.WITHOUT_SUGGESTION in mode FAILFAST */
  add(given: Uint8Array): void {
    const bytes = Buffer.from(given.buffer, given.byteOffset, given.byteLength), { multiLine, separator } = this.#reading, { samplingRatio } = this.#inferring;
    let fit: JsonFit | undefined, shape: JsonShape | undefined;
    const isText = isUtf8(bytes), ends = separator ?? (bytes.includes(13) ? undefined : "\n");
    for (let from = 0; from < bytes.length;) {
      let to = from;
      if (multiLine) to = bytes.length;
      else if (ends !== undefined) {
        to = ends === "\n" ? bytes.indexOf(10, from) : bytes.indexOf(ends, from, "latin1");
        if (to < 0) to = bytes.length;
      } else while (to < bytes.length && bytes[to] !== 10 && bytes[to] !== 13) to++;
      if (samplingRatio > 0.99 || this.#random.double() < samplingRatio) {
        if (shape !== this.#shape) fit = new JsonFit(shape = this.#shape, bytes, isText);
        if (!fit!.fits(from, to)) this.#addSlowly(bytes, from, to);
      }
      from = to + (separator?.length ?? (bytes[to] === 13 && bytes[to + 1] === 10 ? 2 : 1));
    }
  }

  /** @throws AnalysisError COLUMN_ALREADY_EXISTS for names, also of fields, that differ only in case */
  schema(): StructType {
    if (this.#variant !== undefined) return this.#variant;
    const schema = (finished(this.#root, this.#inferring.dropsNulls) ?? struct([])) as StructType;
    if (!this.#isCaseSensitive) refuseSameNames(schema, "give a schema");
    return schema;
  }

  #addSlowly(bytes: Buffer, from: number, to: number): void {
    const type = this.#recordType(bytes, from, to), { corruptColumn, mode } = this.#reading;
    if (type === CORRUPT) {
      if (mode === "PERMISSIVE") this.#root = widest(this.#root, struct([field(corruptColumn, STRING)]));
    } else if (type.kind === "struct") this.#root = widest(this.#root, type);
    if (++this.#slow < this.#renewal) return;
    this.#slow = 0;
    this.#renewal = Math.max(FIRST_RENEWAL, (this.#root as StructType).fields.length >> 3);
    this.#shape = jsonShape(this.#root, this.#momentsArePlain);
  }

  /** VOID: the record says nothing. */
  #recordType(bytes: Buffer, from: number, to: number): DataType | typeof CORRUPT {
    const reader = new JsonReader(bytes, from, to, this.#reading.context);
    try {
      if (!reader.startRecord()) return VOID;
      let type = this.#valueType(reader);
      while (type.kind === "array") type = type.element;
      if (type.kind === "struct" || type.kind === "void") return type;
    } catch (error) {
      if (!(error instanceof JsonSyntaxError)) throw error;
    }
    const { mode, corruptColumn } = this.#reading;
    if (mode === "FAILFAST") throw new ExecutionError({
      condition: "MALFORMED_RECORD_IN_PARSING.WITHOUT_SUGGESTION", sqlState: "22023",
      message: `Malformed records are detected in record parsing: ${corruptColumn}.\nParse Mode: FAILFAST. To process malformed records as null result, try setting the option 'mode' as 'PERMISSIVE'.`,
      messageParameters: { badRecord: corruptColumn, failFastMode: "FAILFAST" },
    });
    return CORRUPT;
  }

  #valueType(reader: JsonReader): DataType { return jsonType(reader, this.#reading, this.#inferring); }
}

/** The type of the next value, before `finished`. @throws JsonSyntaxError */
export function jsonType(reader: JsonReader, reading: JsonReading, inferring: JsonInferring): DataType {
  const fields: StructField[] = [];
  let element: DataType = VOID;
  const token = reader.walk(
    name => { fields.push(field(name, jsonType(reader, reading, inferring))); },
    () => { element = widest(element, jsonType(reader, reading, inferring)); },
  );
  return token === "object" ? struct(fields.sort(byName)) : token === "array" ? array(element) : scalarType(token, reading, inferring);
}

function scalarType({ kind, text }: Token, { context }: JsonReading, { primitivesAsString, prefersDecimal, inferTimestamp }: JsonInferring): DataType {
  switch (kind) {
    case "null": return VOID;
    case "true": case "false": return primitivesAsString ? STRING : BOOLEAN;
    case "string": {
      if (text === "") return VOID;
      const parts = prefersDecimal ? parseDecimal(plainDecimal(text, context.separators)) : null;
      const exact = parts === null || /^\s|\s$/.test(text) ? undefined : decimalOf(parts, false);
      if (exact !== undefined) return exact;
      return inferTimestamp && textToTimestamp(text, { ...context, fallsBack: false }) !== undefined ? TIMESTAMP : STRING;
    }
    case "whole": {
      if (primitivesAsString) return STRING;
      const value = BigInt(text);
      if (BigInt.asIntN(64, value) === value) return BIGINT;
      const digits = (value < 0n ? -value : value).toString().length;
      return digits <= 38 ? decimal(digits, 0) : DOUBLE;
    }
    case "fraction": {
      if (primitivesAsString) return STRING;
      const parts = prefersDecimal ? parseDecimal(text) : null;
      return parts === null ? DOUBLE : decimalOf(parts, true) ?? DOUBLE;
    }
  }
}

/** As java.math.BigDecimal counts digits; a fraction of fewer digits than places has as many digits as places, where `widens`. */
function decimalOf({ unscaled, scale }: { readonly unscaled: bigint; readonly scale: number }, widens: boolean): DataType | undefined {
  const digits = (unscaled < 0n ? -unscaled : unscaled).toString().length;
  // Spark fails on 1E2, whose scale is below zero
  const precision = scale < 0 ? digits - scale : widens ? Math.max(digits, scale) : digits, places = Math.max(scale, 0);
  return precision > 38 || places > precision ? undefined : decimal(precision, places);
}
