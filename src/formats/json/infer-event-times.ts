/** Schemas found by looking at JSON lines, for sources that were given none. */
import { inferJsonSchema } from "./infer.ts";
import { optionOf } from "../options.ts";
import { struct, type StructType } from "../../types/data-type.ts";

/**
 * Columns that a query uses as event time, separated by commas: these become TIMESTAMP if all their values read as one,
 * while other texts stay STRING, as in Spark. The command line sets it for the columns of WATERMARK clauses.
 */
export const EVENT_TIME_COLUMNS = "inferTimestampColumns";

export function inferSchemaOf(samples: readonly Uint8Array[], options: Readonly<Record<string, string>>, timeZone: string): StructType {
  const schema = inferJsonSchema(samples, options, timeZone), named = optionOf(options, EVENT_TIME_COLUMNS)?.toLowerCase().split(",");
  if (named === undefined) return schema;
  const timed = inferJsonSchema(samples, { ...options, inferTimestamp: "true" }, timeZone);
  return struct(schema.fields.map(field => (named.includes(field.name.toLowerCase()) ? timed.fields.find(other => other.name === field.name) ?? field : field)));
}
