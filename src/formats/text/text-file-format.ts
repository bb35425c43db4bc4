/** Text in files: a row a line, or a file. */
import { AnalysisError } from "../../base/errors.ts";
import type { StreamFormat } from "../file-format.ts";
import { refuseTypes, rowWriting } from "../row-encoder.ts";
import { textEncoder } from "./text-encoder.ts";
import { TEXT_SCHEMA, isWholeText, textFormat } from "./text-format.ts";

export const textFileFormat: StreamFormat = {
  kind: "stream of bytes", name: "text", endings: [".txt"], fixedSchema: TEXT_SCHEMA,
  isSplittable: options => !isWholeText(options),
  checkSchema: schema => {
    if (schema.fields.length > 1) throw new AnalysisError({ condition: "_LEGACY_ERROR_TEMP_1326", sqlState: "42K0E", message: `Text data source supports only a single column, and you have ${schema.fields.length} columns.`, messageParameters: { schema: String(schema.fields.length) } });
    refuseTypes("Text", schema, type => !["string", "char", "varchar"].includes(type.kind));
  },
  reader: (wanted, _full, { options }) => textFormat(wanted, options),
  writing: (schema, { options }) => rowWriting(".txt", textEncoder(schema, options)),
};
