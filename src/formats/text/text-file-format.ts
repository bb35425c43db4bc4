/** Text in files: a row a line. */
import type { StreamFormat } from "../file-format.ts";
import { TEXT_SCHEMA, textFormat } from "./text-format.ts";

export const textFileFormat: StreamFormat = {
  kind: "stream of bytes", name: "text", endings: [".txt"], fixedSchema: TEXT_SCHEMA,
  isSplittable: () => true,
  reader: (wanted, _full, { options }) => textFormat(wanted, options),
};
