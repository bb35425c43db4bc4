/** CSV in files. */
import { refuseOnlyCorrupt } from "../column-names.ts";
import type { FileFormat, FormatContext, StreamFormat } from "../file-format.ts";
import { booleanOption, positiveOption } from "../options.ts";
import { MAX_RECORD_BYTES } from "../format-reader.ts";
import { refuseTypes, rowWriting } from "../row-encoder.ts";
import { csvEncoder } from "./csv-encoder.ts";
import { csvOptions, type CsvOptions } from "./csv-options.ts";
import { csvReader } from "./csv-reader.ts";
import { CsvInference } from "./infer-csv.ts";

const optionsOf = ({ options, timeZone, nowMicros }: FormatContext): CsvOptions => csvOptions(options, timeZone, nowMicros);

export const csvFileFormat: StreamFormat & FileFormat = {
  kind: "stream of bytes", name: "csv", endings: [".csv"],
  isSplittable: options => !booleanOption(options, "multiLine", false),
  checkSchema: (schema, context) => {
    refuseTypes("CSV", schema, type => ["array", "map", "struct", "void", "variant"].includes(type.kind));
    optionsOf(context);
  },
  reader: (wanted, full, context) => {
    const options = optionsOf(context);
    refuseOnlyCorrupt(wanted, options.corruptColumn);
    return csvReader(wanted, full, options, { maxRecordBytes: positiveOption(context.options, "maxRecordBytes", MAX_RECORD_BYTES) });
  },
  inference: context => new CsvInference(optionsOf(context)),
  writing: (schema, { options, timeZone }) => rowWriting(".csv", csvEncoder(schema, options, timeZone)),
};
