/** The reader of a text format by its name, made from a source's options. */
import type { FormatReader } from "../../formats/format-reader.ts";
import { jsonFormat } from "../../formats/json/json-format.ts";
import { textFormat } from "../../formats/text/text-format.ts";
import { struct, type StructType } from "../../types/data-type.ts";
import type { ConnectorEnvironment } from "../environment.ts";

/** Reads some columns of a table whose columns are `schema`. */
export function formatReader(format: string, columns: readonly string[], schema: StructType, options: Readonly<Record<string, string>>, environment: ConnectorEnvironment): FormatReader {
  const wanted = struct(columns.map(name => schema.fields.find(field => field.name === name)!));
  if (format === "text") return textFormat(wanted, options);
  return jsonFormat(wanted, { options, fullSchema: schema, timeZone: environment.timeZone, nowMicros: () => BigInt(Math.round(environment.clock.nowMicros())) });
}
