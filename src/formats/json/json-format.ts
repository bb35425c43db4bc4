/** The format `json` by its options, for whoever reads bytes. */
import type { StructType } from "../../types/data-type.ts";
import { MAX_RECORD_BYTES, type FormatReader } from "../format-reader.ts";
import { booleanOption, positiveOption, type FormatOptions } from "../options.ts";
import { JsonDocumentReader } from "./json-document-reader.ts";
import { jsonReading } from "./json-options.ts";
import { NdjsonReader } from "./ndjson-reader.ts";

export interface JsonFormatSettings {
  readonly options: FormatOptions;
  /** All columns of the table: of those not read, the ones that may not be null are still checked. */
  readonly fullSchema?: StructType;
  /** The session's zone. */
  readonly timeZone: string;
  readonly nowMicros: () => bigint;
}

/** A reader of some columns of JSON lines, or of documents. @throws AnalysisError for options with wrong values, and for a query of the column of corrupt records alone */
export function jsonFormat(wanted: StructType, settings: JsonFormatSettings): FormatReader {
  const { options } = settings, { context, mode, corruptColumn, multiLine, separator, variantColumn } = jsonReading(options, settings.timeZone, settings.nowMicros);
  const reader = {
    ...context, mode, corruptColumn, separator, isWhole: variantColumn !== undefined,
    maxRecordBytes: positiveOption(options, "maxRecordBytes", MAX_RECORD_BYTES), ...(settings.fullSchema !== undefined && { fullSchema: settings.fullSchema }),
  };
  return multiLine ? new JsonDocumentReader(wanted, reader) : new NdjsonReader(wanted, reader);
}

export const isMultiLine = (options: FormatOptions): boolean => booleanOption(options, "multiLine", false);
