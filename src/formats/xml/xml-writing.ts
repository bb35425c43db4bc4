/** Rows as files of XML: a root element around an element a row, as Spark's writer puts them. */
import { rowsOf } from "../../columns/cells.ts";
import { unsupported } from "../../base/errors.ts";
import type { DataType, StructType } from "../../types/data-type.ts";
import { textEncoderOf } from "../encoding.ts";
import type { FileWriting } from "../file-format.ts";
import type { FormatOptions } from "../options.ts";
import { refuseTypes } from "../row-encoder.ts";
import { rowTagOf, type XmlFormatOptions } from "./xml-options.ts";
import { checkNames, writeXml } from "./xml-write.ts";

/** @throws AnalysisError XML_ROW_TAG_MISSING, UNSUPPORTED_DATA_TYPE_FOR_DATASOURCE, ExecutionError MILLRACE_INVALID_XML_NAME */
export function xmlWriting(schema: StructType, xml: XmlFormatOptions, charset: FormatOptions): FileWriting {
  refuseTypes("XML", schema, holds("calendar_interval"));
  if (holds("variant")(schema)) throw unsupported("Writing VARIANT to XML", "to_json() makes it a STRING");
  if (xml.validatesNames) checkNames(schema, xml);
  const encode = textEncoderOf(charset), { rootTag, declaration } = xml, root = rootTag.split(/\s/, 1)[0]!, options = { ...xml, rowTag: rowTagOf(xml) };
  const head = `${declaration === "" ? "" : `<?xml ${declaration}?>\n`}<${rootTag}>`;
  return {
    ending: ".xml",
    open() {
      // a file without rows is empty, as in Spark
      let hasRows = false;
      return {
        heldBytes: 0,
        open: () => [],
        write(batch) {
          if (batch.count === 0) return [];
          const text = rowsOf(batch).map(row => `\n${writeXml(row, schema, options, 1)}`).join(""), bytes = encode(hasRows ? text : head + text, !hasRows);
          hasRows = true;
          return [bytes];
        },
        finish: () => (hasRows ? [encode(`\n</${root}>`, false)] : []),
        abort: () => { /* nothing is held */ },
      };
    },
  };
}

function holds(kind: DataType["kind"]): (type: DataType) => boolean {
  return type => type.kind === kind || (type.kind === "struct" ? type.fields.some(one => holds(kind)(one.type)) : type.kind === "array" ? holds(kind)(type.element) : type.kind === "map" && holds(kind)(type.value));
}
