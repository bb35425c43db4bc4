/** The columns of records, as in Spark. */
import { BIGINT, BINARY, INT, STRING, TIMESTAMP, array, field, struct, type StructType } from "../../types/data-type.ts";

export const HEADERS = array(struct([field("key", STRING), field("value", BINARY)]));

export function kafkaSchema(includeHeaders: boolean): StructType {
  return struct([
    field("key", BINARY), field("value", BINARY), field("topic", STRING), field("partition", INT), field("offset", BIGINT), field("timestamp", TIMESTAMP), field("timestampType", INT),
    ...(includeHeaders ? [field("headers", HEADERS)] : []),
  ]);
}
