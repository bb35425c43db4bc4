/** Avro's binary encoding and SQL's values. Their code is loaded when one of them is called. */
import type { ScalarFunction } from "../../plan/function.ts";
import { lazily } from "../lazy.ts";

export const avroFunctions: readonly ScalarFunction[] = [
  lazily({
    name: "from_avro", usage: "from_avro(data, jsonFormatSchema[, options])", description: "A binary value of Avro as a value of SQL, by the schema that it was written with.",
    cases: [["from_avro(X'020278', '{\"type\":\"record\",\"name\":\"r\",\"fields\":[{\"name\":\"a\",\"type\":\"int\"},{\"name\":\"b\",\"type\":\"string\"}]}')", "{1, x}"], ["from_avro(X'80', '\"int\"', map('mode', 'PERMISSIVE'))", "NULL"], ["from_avro(X'80', '\"int\"')", "MALFORMED_RECORD_IN_PARSING.WITHOUT_SUGGESTION"]],
  }, async () => (await import("./avro.ts")).bindFromAvro),
  lazily({
    name: "to_avro", usage: "to_avro(expr[, jsonFormatSchema])", description: "A value in Avro's binary encoding, by a schema, or by the one that its type gives.",
    cases: [["hex(to_avro(named_struct('a', 1, 'b', 'x')))", "020278"], ["hex(to_avro('b', '{\"type\":\"enum\",\"name\":\"e\",\"symbols\":[\"a\",\"b\"]}'))", "02"]],
  }, async () => (await import("./avro.ts")).bindToAvro),
  lazily({
    name: "schema_of_avro", usage: "schema_of_avro(jsonFormatSchema[, options])", description: "The type of SQL that an Avro schema is read as, as DDL text.",
    cases: [["schema_of_avro('{\"type\":\"record\",\"name\":\"r\",\"fields\":[{\"name\":\"a\",\"type\":\"int\"},{\"name\":\"b\",\"type\":[\"null\",\"string\"]}]}')", "STRUCT<a: INT NOT NULL, b: STRING>"]],
  }, async () => (await import("./avro.ts")).bindSchemaOfAvro),
];
