/** The reader of a text format by its name, made from a source's options. */
import type { FormatReader } from "../../formats/format-reader.ts";
import { parseModeOf } from "../../formats/format-reader.ts";
import { NdjsonReader } from "../../formats/json/ndjson-reader.ts";
import { TextReader } from "../../formats/text/text-reader.ts";
import { unsupported } from "../../base/errors.ts";
import type { StructType } from "../../types/data-type.ts";
import { findTimeZone } from "../../types/time-zone.ts";
import type { ConnectorEnvironment } from "../environment.ts";
import { option } from "./options.ts";

/** `schema`: the columns wanted. */
export function formatReader(format: string, schema: StructType, options: Readonly<Record<string, string>>, environment: ConnectorEnvironment): FormatReader {
  const maxRecordBytes = option(options, "maxRecordBytes");
  if (format === "text") return new TextReader(schema, maxRecordBytes === undefined ? {} : { maxRecordBytes: Number(maxRecordBytes) });
  for (const name of ["multiLine", "timestampFormat", "dateFormat", "lineSep"]) {
    const value = option(options, name);
    if (value !== undefined && value !== "false") throw unsupported(`The option ${name} of ${format}`);
  }
  const zone = findTimeZone(option(options, "timeZone") ?? environment.timeZone) ?? findTimeZone("UTC")!;
  return new NdjsonReader(schema, {
    mode: parseModeOf(option(options, "mode")), corruptColumn: option(options, "columnNameOfCorruptRecord") ?? "_corrupt_record", zone,
    nowMicros: () => BigInt(Math.round(environment.clock.nowMicros())), ...(maxRecordBytes !== undefined && { maxRecordBytes: Number(maxRecordBytes) }),
  });
}
