/** The columns of records, as in Spark. */
import { BIGINT, BINARY, INT, STRING, TIMESTAMP, array, field, struct, type DataType, type StructType } from "../../types/data-type.ts";

export const HEADERS = array(struct([field("key", STRING), field("value", BINARY)]));

/** `value`: BINARY, or the STRUCT that values are read as. */
export function kafkaSchema(includeHeaders: boolean, value: DataType = BINARY): StructType {
  return struct([
    field("key", BINARY), field("value", value), field("topic", STRING), field("partition", INT), field("offset", BIGINT), field("timestamp", TIMESTAMP), field("timestampType", INT),
    ...(includeHeaders ? [field("headers", HEADERS)] : []),
  ]);
}
