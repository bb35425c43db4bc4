/** JSON in files: lines of objects, or a document a file. */
import { refuseOnlyCorrupt } from "../column-names.ts";
import { detectingTranscoder, transcoderOf } from "../encoding.ts";
import type { StreamFormat } from "../file-format.ts";
import { optionOf } from "../options.ts";
import { refuseTypes, rowWriting } from "../row-encoder.ts";
import { jsonInference } from "./infer-event-times.ts";
import { holdsIntervals, jsonEncoder } from "./json-encoder.ts";
import { isMultiLine, jsonFormat } from "./json-format.ts";
import { checkJsonEncoding, checkSingleVariant } from "./json-options.ts";

export const jsonFileFormat: StreamFormat = {
  kind: "stream of bytes", name: "json", endings: [".json", ".jsonl", ".ndjson"],
  isSplittable: options => !isMultiLine(options),
  transcoder: options => (isMultiLine(options) && optionOf(options, "encoding") === undefined && optionOf(options, "charset") === undefined ? detectingTranscoder : transcoderOf(options)),
  reader: (wanted, fullSchema, { options, timeZone, nowMicros }) => {
    refuseOnlyCorrupt(wanted, optionOf(options, "columnNameOfCorruptRecord") ?? "_corrupt_record");
    return jsonFormat(wanted, { options, fullSchema, timeZone, nowMicros });
  },
  inference: ({ options, timeZone }) => {
    checkJsonEncoding(options);
    return jsonInference(options, timeZone);
  },
  checkSchema: (schema, { options }) => {
    checkSingleVariant(schema, options);
    checkJsonEncoding(options);
    refuseTypes("JSON", schema, holdsIntervals);
  },
  isWhole: isJsonObject,
  writing: (schema, { options, timeZone }) => rowWriting(".json", jsonEncoder(schema, options, timeZone)),
};

/** Whether a line is a whole record: what stands in JSON behind an object's last brace doesn't count. */
function isJsonObject(line: Uint8Array): boolean {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(line));
    return typeof value === "object" && value !== null;
  } catch {
    return false;
  }
}
