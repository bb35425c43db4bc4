/** The inference of JSON for sources that were given no schema. */
import { optionOf, type FormatOptions } from "../options.ts";
import { struct, type StructType } from "../../types/data-type.ts";
import type { SchemaInference } from "../file-format.ts";
import { JsonInference } from "./infer.ts";

/**
 * Columns that a query uses as event time, separated by commas: these become TIMESTAMP if all their values read as one,
 * while other texts stay STRING, as in Spark. The command line sets it for the columns of WATERMARK clauses.
 */
export const EVENT_TIME_COLUMNS = "inferTimestampColumns";

export function jsonInference(options: FormatOptions, timeZone: string): SchemaInference {
  const plain = new JsonInference(options, timeZone), named = optionOf(options, EVENT_TIME_COLUMNS)?.toLowerCase().split(",");
  if (named === undefined) return plain;
  const timed = new JsonInference({ ...options, inferTimestamp: "true" }, timeZone);
  return {
    get isDone() { return plain.isDone; },
    add(bytes) {
      plain.add(bytes);
      timed.add(bytes);
    },
    schema(): StructType {
      const withTimes = timed.schema();
      return struct(plain.schema().fields.map(field => (named.includes(field.name.toLowerCase()) ? withTimes.fields.find(other => other.name === field.name) ?? field : field)));
    },
  };
}
