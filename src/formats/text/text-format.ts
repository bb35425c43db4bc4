/** The format `text` by its options: one column `value`, one row a line, or with `wholetext` a row a file. */
import { STRING, field, struct, type StructType } from "../../types/data-type.ts";
import { MAX_RECORD_BYTES, type FormatReader } from "../format-reader.ts";
import { MAX_SEPARATOR_BYTES } from "../line-framer.ts";
import { booleanOption, invalidOption, optionOf, positiveOption, type FormatOptions } from "../options.ts";
import { TextReader } from "./text-reader.ts";
import { WholeTextReader } from "./whole-text-reader.ts";

export const TEXT_SCHEMA: StructType = struct([field("value", STRING)]);

/** `wanted` is the schema of text or nothing (for counting). @throws AnalysisError for options with wrong values */
export function textFormat(wanted: StructType, options: FormatOptions): FormatReader {
  if (isWholeText(options)) return new WholeTextReader(wanted);
  return new TextReader(wanted, { maxRecordBytes: positiveOption(options, "maxRecordBytes", MAX_RECORD_BYTES), separator: lineSeparatorOption(options) });
}

export const isWholeText = (options: FormatOptions): boolean => booleanOption(options, "wholetext", false);

/** The option `lineSep`, its bytes as characters; undefined: LF, CR or both. */
export function lineSeparatorOption(options: FormatOptions): string | undefined {
  const text = optionOf(options, "lineSep");
  if (text === undefined) return undefined;
  const bytes = Buffer.from(text, "utf8");
  if (bytes.length === 0 || bytes.length > MAX_SEPARATOR_BYTES) throw invalidOption("lineSep", text, `1 to ${MAX_SEPARATOR_BYTES} bytes`);
  return bytes.toString("latin1");
}
