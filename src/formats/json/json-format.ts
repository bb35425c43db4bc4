/** The format `json` by its options, for whoever reads bytes. */
import type { StructType } from "../../types/data-type.ts";
import { MAX_RECORD_BYTES, parseModeOf, type FormatReader } from "../format-reader.ts";
import { booleanOption, optionOf, positiveOption, refuseOptions, zoneOption, type FormatOptions } from "../options.ts";
import { lineSeparatorOption } from "../text/text-format.ts";
import { JsonDocumentReader } from "./json-document-reader.ts";
import { NdjsonReader } from "./ndjson-reader.ts";

export interface JsonFormatSettings {
  readonly options: FormatOptions;
  /** All columns of the table: of those not read, the ones that may not be null are still checked. */
  readonly fullSchema?: StructType;
  /** The session's zone. */
  readonly timeZone: string;
  readonly nowMicros: () => bigint;
}

/** Options of Spark's JSON reader that have only one value here. */
export const FIXED_JSON_OPTIONS: Readonly<Record<string, readonly string[]>> = {
  timestampFormat: [], timestampNTZFormat: [], dateFormat: [], encoding: ["utf-8", "utf8"], charset: ["utf-8", "utf8"],
  allowComments: ["false"], allowUnquotedFieldNames: ["false"], allowSingleQuotes: ["true"], allowNumericLeadingZeros: ["false"],
  allowNonNumericNumbers: ["true"], allowBackslashEscapingAnyCharacter: ["false"], allowUnquotedControlChars: ["false"], singleVariantColumn: [],
  locale: ["en-us"], dropFieldIfAllNull: ["false"],
};

/** A reader of some columns of JSON lines, or of documents. @throws AnalysisError for options with wrong values or that aren't built */
export function jsonFormat(wanted: StructType, settings: JsonFormatSettings): FormatReader {
  const { options } = settings;
  refuseOptions("json", options, FIXED_JSON_OPTIONS);
  const reader = {
    mode: parseModeOf(optionOf(options, "mode")),
    corruptColumn: optionOf(options, "columnNameOfCorruptRecord") ?? "_corrupt_record",
    zone: zoneOption(options, settings.timeZone),
    nowMicros: settings.nowMicros,
    maxRecordBytes: positiveOption(options, "maxRecordBytes", MAX_RECORD_BYTES),
    separator: lineSeparatorOption(options),
    ...(settings.fullSchema !== undefined && { fullSchema: settings.fullSchema }),
  };
  return isMultiLine(options) ? new JsonDocumentReader(wanted, reader) : new NdjsonReader(wanted, reader);
}

export const isMultiLine = (options: FormatOptions): boolean => booleanOption(options, "multiLine", false);
