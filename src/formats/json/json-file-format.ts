/** JSON in files: lines of objects, or a document a file. */
import type { StreamFormat } from "../file-format.ts";
import { rowWriting } from "../row-encoder.ts";
import { inferSchemaOf } from "./infer-event-times.ts";
import { jsonEncoder } from "./json-encoder.ts";
import type { FormatOptions } from "../options.ts";
import { isMultiLine, jsonFormat } from "./json-format.ts";

export const jsonFileFormat: StreamFormat = {
  kind: "stream of bytes", name: "json", endings: [".json", ".jsonl", ".ndjson"],
  isSplittable: options => !isMultiLine(options),
  reader: (wanted, fullSchema, { options, timeZone, nowMicros }) => jsonFormat(wanted, { options: inUtf8(options), fullSchema, timeZone, nowMicros }),
  inferSchema: (samples, { options, timeZone }) => inferSchemaOf(samples, inUtf8(options), timeZone),
  isWhole: isJsonObject,
  writing: (schema, { options, timeZone }) => rowWriting(".json", jsonEncoder(schema, options, timeZone)),
};

/** Bytes come in UTF-8, whatever the file's character set is. */
const inUtf8 = (options: FormatOptions): FormatOptions => Object.fromEntries(Object.entries(options).filter(([name]) => !/^(?:encoding|charset)$/i.test(name)));

/** Whether a line is a whole record: what stands in JSON behind an object's last brace doesn't count. */
function isJsonObject(line: Uint8Array): boolean {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(line));
    return typeof value === "object" && value !== null;
  } catch {
    return false;
  }
}
