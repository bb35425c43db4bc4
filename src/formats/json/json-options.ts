/** Options of Spark's JSON reader and writer, read and checked once. */
import { AnalysisError } from "../../base/errors.ts";
import { STRING, VARIANT, field, struct, typeToSql, type StructType } from "../../types/data-type.ts";
import { charsetOf } from "../encoding.ts";
import { parseModeOf, type ParseMode } from "../format-reader.ts";
import { fallsBack, momentPattern } from "../moment-options.ts";
import { booleanOption, decimalSeparatorsOption, optionOf, samplingRatioOption, zoneOption, type FormatOptions } from "../options.ts";
import { lineSeparatorOption } from "../text/text-format.ts";
import type { JsonSyntax } from "./json-lexer.ts";
import type { JsonContext } from "./json-reader.ts";

export interface JsonReading {
  readonly context: JsonContext;
  readonly mode: ParseMode;
  readonly corruptColumn: string;
  readonly multiLine: boolean;
  /** The bytes that end records, as characters; undefined: LF, CR or both. */
  readonly separator: string | undefined;
  /** The name of the one column of VARIANT that a record becomes. */
  readonly variantColumn: string | undefined;
}

/** What only inference asks for. */
export interface JsonInferring {
  readonly primitivesAsString: boolean;
  readonly prefersDecimal: boolean;
  readonly inferTimestamp: boolean;
  /** Fields of which nothing but nulls, or arrays and structs without content, was seen are left out. */
  readonly dropsNulls: boolean;
  readonly samplingRatio: number;
}

/** @throws AnalysisError MILLRACE_INVALID_OPTION, INVALID_DATETIME_PATTERN.*, INCONSISTENT_BEHAVIOR_CROSS_VERSION.DATETIME_PATTERN_RECOGNITION */
export function jsonReading(options: FormatOptions, sessionZone: string, nowMicros: () => bigint): JsonReading {
  // As in Spark an option that says nonsense is refused where it isn't needed, too.
  for (const name of ["primitivesAsString", "prefersDecimal", "inferTimestamp", "dropFieldIfAllNull"]) booleanOption(options, name, false);
  return {
    context: { ...jsonForms(options, sessionZone, "parse"), nowMicros, syntax: jsonSyntax(options), separators: decimalSeparatorsOption(options), ...fallback(options) },
    mode: parseModeOf(optionOf(options, "mode")), corruptColumn: optionOf(options, "columnNameOfCorruptRecord") ?? "_corrupt_record",
    multiLine: booleanOption(options, "multiLine", false), separator: lineSeparatorOption(options), variantColumn: optionOf(options, "singleVariantColumn"),
  };
}

const fallback = (options: FormatOptions): Pick<JsonContext, "fallsBack"> => { const told = fallsBack(options); return told === undefined ? {} : { fallsBack: told }; };

/** Patterns and the zone, for reading or writing. */
export function jsonForms(options: FormatOptions, sessionZone: string, use: "parse" | "format"): Pick<JsonContext, "zone" | "dates" | "timestamps" | "timestampsNtz" | "times"> {
  const pattern = (name: Parameters<typeof momentPattern>[1]) => momentPattern(options, name, use);
  return { zone: zoneOption(options, sessionZone), dates: pattern("dateFormat"), timestamps: pattern("timestampFormat"), timestampsNtz: pattern("timestampNTZFormat"), times: pattern("timeFormat") };
}

function jsonSyntax(options: FormatOptions): JsonSyntax {
  const is = (name: string, absent = false): boolean => booleanOption(options, name, absent);
  return {
    comments: is("allowComments"), unquotedNames: is("allowUnquotedFieldNames"), singleQuotes: is("allowSingleQuotes", true), leadingZeros: is("allowNumericLeadingZeros"),
    anyEscape: is("allowBackslashEscapingAnyCharacter"), controlChars: is("allowUnquotedControlChars"), nonNumeric: is("allowNonNumericNumbers", true),
  };
}

export function jsonInferring(options: FormatOptions): JsonInferring {
  return {
    primitivesAsString: booleanOption(options, "primitivesAsString", false), prefersDecimal: booleanOption(options, "prefersDecimal", false),
    inferTimestamp: booleanOption(options, "inferTimestamp", false), dropsNulls: booleanOption(options, "dropFieldIfAllNull", false), samplingRatio: samplingRatioOption(options),
  };
}

/** The schema of records that are one VARIANT each, where the options ask for that. */
export function singleVariantSchema(options: FormatOptions): StructType | undefined {
  const name = optionOf(options, "singleVariantColumn");
  return name === undefined ? undefined : struct([field(name, VARIANT)]);
}

/**
 * Checks the schema that was given where records are one VARIANT each: that column, and maybe one for corrupt records.
 * @throws AnalysisError INVALID_SINGLE_VARIANT_COLUMN
 */
export function checkSingleVariant(schema: StructType, options: FormatOptions): void {
  const name = optionOf(options, "singleVariantColumn"), corrupt = optionOf(options, "columnNameOfCorruptRecord") ?? "_corrupt_record";
  if (name === undefined) return;
  const others = schema.fields.filter(one => one.name !== corrupt || one.type.kind !== STRING.kind);
  if (others.length === 1 && others[0]!.name === name && others[0]!.type.kind === "variant" && others[0]!.nullable) return;
  throw new AnalysisError({
    condition: "INVALID_SINGLE_VARIANT_COLUMN", sqlState: "42613", message: `User specified schema "${typeToSql(schema)}" is invalid when the \`singleVariantColumn\` option is enabled. The schema must either be a variant field, or a variant field plus a corrupt column field.`,
    messageParameters: { schema: `"${typeToSql(schema)}"` },
  });
}

/** Of UTF-16 and UTF-32 without a byte order a line end can't be found. @throws AnalysisError MILLRACE_INVALID_OPTION */
export function checkJsonEncoding(options: FormatOptions): void {
  const charset = charsetOf(options);
  if (booleanOption(options, "multiLine", false) || charset !== "utf-16" && charset !== "utf-32") return;
  throw new AnalysisError({
    condition: "MILLRACE_INVALID_OPTION", sqlState: "22023", message: `The encoding ${charset.toUpperCase()} can only be read with multiLine: which of its bytes end a line isn't known.`, messageParameters: { option: "encoding", value: charset },
    hint: "name the order of bytes, as in UTF-16LE",
  });
}
