/** The format `text` by its options: one column `value`, one row a line. */
import { STRING, field, struct, type StructType } from "../../types/data-type.ts";
import { MAX_RECORD_BYTES, type FormatReader } from "../format-reader.ts";
import { positiveOption, refuseOptions, type FormatOptions } from "../options.ts";
import { TextReader } from "./text-reader.ts";

export const TEXT_SCHEMA: StructType = struct([field("value", STRING)]);

/** A reader of lines. `wanted` is the schema of text or nothing (for counting). @throws AnalysisError for options that aren't built */
export function textFormat(wanted: StructType, options: FormatOptions): FormatReader {
  refuseOptions("text", options, { wholetext: ["false"], lineSep: ["\n"] });
  return new TextReader(wanted, { maxRecordBytes: positiveOption(options, "maxRecordBytes", MAX_RECORD_BYTES) });
}
