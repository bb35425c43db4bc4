/** CSV in files. */
import { unsupported } from "../../base/errors.ts";
import type { StreamFormat } from "../file-format.ts";
import { rowWriting } from "../row-encoder.ts";
import { csvEncoder } from "./csv-encoder.ts";

export const csvFileFormat: StreamFormat = {
  kind: "stream of bytes", name: "csv", endings: [".csv"],
  isSplittable: () => true,
  reader: () => { throw unsupported("Reading csv"); },
  inferSchema: () => { throw unsupported("Reading csv"); },
  writing: (schema, { options, timeZone }) => rowWriting(".csv", csvEncoder(schema, options, timeZone)),
};
