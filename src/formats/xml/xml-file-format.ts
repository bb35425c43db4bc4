/** XML in files: each element of one name is a row. */
import type { StreamFormat } from "../file-format.ts";
import { refuseOnlyCorrupt } from "../column-names.ts";
import { MAX_RECORD_BYTES } from "../format-reader.ts";
import { optionOf, positiveOption } from "../options.ts";
import { checkSingleVariant } from "../json/json-options.ts";
import { XmlInference } from "./xml-infer.ts";
import { rowTagOf, xmlOptions } from "./xml-options.ts";
import { XmlReader } from "./xml-reader.ts";
import { xmlWriting } from "./xml-writing.ts";

export const xmlFileFormat: StreamFormat = {
  kind: "stream of bytes", name: "xml", endings: [".xml"],
  isSplittable: () => false,
  checkSchema(schema, { options, timeZone }) {
    rowTagOf(xmlOptions(options, timeZone));
    checkSingleVariant(schema, options);
  },
  reader(wanted, full, { options, timeZone, nowMicros }) {
    const xml = xmlOptions(options, timeZone, nowMicros);
    refuseOnlyCorrupt(wanted, xml.corruptColumn);
    return new XmlReader(wanted, full, xml, positiveOption(options, "maxRecordBytes", MAX_RECORD_BYTES));
  },
  inference: ({ options, timeZone, nowMicros }) => new XmlInference(xmlOptions(options, timeZone, nowMicros)),
  writing: (schema, { options, timeZone }) => xmlWriting(schema, xmlOptions(options, timeZone), optionOf(options, "encoding") === undefined && optionOf(options, "charset") === undefined ? {} : options),
};
