/** Catches schemas that differ from what Spark 4.3 inferred for the same lines. */
import assert from "node:assert/strict";
import test from "node:test";
import type { DataType } from "../../types/data-type.ts";
import { inferJsonSchema } from "./infer.ts";

/** Lines, the schema as Spark's simpleString or the error's condition, options. */
const CASES: readonly (readonly [lines: string, schema: string, options?: Record<string, string>])[] = [
  ["{\"a\":1}", "struct<a:bigint>"],
  ["{\"a\":1}\n{\"a\":2.5}", "struct<a:double>"],
  ["{\"a\":1}\n{\"a\":\"x\"}", "struct<a:string>"],
  ["{\"a\":true}\n{\"a\":1}", "struct<a:string>"],
  ["{\"a\":null}", "struct<a:string>"],
  ["{\"a\":null}\n{\"a\":1}", "struct<a:bigint>"],
  ["{}", "struct<>"],
  ["", "struct<>"],
  ["bad", "struct<_corrupt_record:string>"],
  ["{\"a\":1}\nbad", "struct<_corrupt_record:string,a:bigint>"],
  ["{\"b\":1,\"a\":2}", "struct<a:bigint,b:bigint>"],
  ["{\"a\":{\"y\":1,\"x\":\"s\"}}", "struct<a:struct<x:string,y:bigint>>"],
  ["{\"a\":{\"y\":1}}\n{\"a\":{\"x\":2}}", "struct<a:struct<x:bigint,y:bigint>>"],
  ["{\"a\":{\"y\":1}}\n{\"a\":5}", "struct<a:string>"],
  ["{\"a\":[]}", "struct<a:array<string>>"],
  ["{\"a\":[1,2.5]}", "struct<a:array<double>>"],
  ["{\"a\":[1,\"x\"]}", "struct<a:array<string>>"],
  ["{\"a\":[{\"x\":1},{\"y\":2}]}", "struct<a:array<struct<x:bigint,y:bigint>>>"],
  ["{\"a\":[]}\n{\"a\":[1]}", "struct<a:array<bigint>>"],
  ["{\"a\":12345678901234567890}", "struct<a:decimal(20,0)>"],
  ["{\"a\":12345678901234567890123456789012345678901234567890}", "struct<a:double>"],
  ["{\"a\":1.5e3}", "struct<a:double>"],
  ["{\"a\":\"2020-01-01\"}", "struct<a:string>"],
  ["{\"a\":\"2020-01-01T00:00:00Z\"}", "struct<a:string>"],
  ["[{\"a\":1},{\"b\":2}]", "struct<a:bigint,b:bigint>"],
  ["[1,2]", "struct<_corrupt_record:string>"],
  ["5", "struct<_corrupt_record:string>"],
  ["{\"a\":NaN}", "struct<a:double>"],
  ["{\"a\":\"\"}\n{\"a\":1}", "struct<a:bigint>"],
  ["{\"a\":{}}", "struct<>"],
  ["{\"a\":[null]}", "struct<a:array<string>>"],
  ["{\"a\":1}\n{\"A\":2}", "struct<a:bigint>"],
  ["{\"a\":1,\"a\":\"x\"}", "COLUMN_ALREADY_EXISTS"],
  ["{\"é\":1,\"z\":2,\"B\":3,\"b\":1}", "COLUMN_ALREADY_EXISTS"],
  ["{\"a\":{\"b\":{}},\"c\":1}", "struct<c:bigint>"],
  ["{\"a\":12345678901234567890}\n{\"a\":1}", "struct<a:decimal(20,0)>"],
  ["{\"a\":12345678901234567890}\n{\"a\":1.5}", "struct<a:double>"],
  ["{\"a\":[[]]}", "struct<a:array<array<string>>>"],
  ["\"x\"", "struct<_corrupt_record:string>"],
  ["{\"a\":123456789012345678901234567890123456789}", "struct<a:double>"],
  ["{\"a\":1}\n{\"a\":{}}", "struct<a:string>"],
  ["{\"a\":{}}\n{\"a\":5}", "struct<a:string>"],
  ["{\"a\":\"x\"}\n{\"a\":{\"b\":1}}", "struct<a:string>"],
  ["{\"a\":[1]}\n{\"a\":{\"b\":1}}", "struct<a:string>"],
  ["{\"_corrupt_record\":1}\nbad", "struct<_corrupt_record:string>"],
  ["null", "struct<>"],
  ["[]", "struct<>"],
  ["[{\"a\":1},5]", "struct<_corrupt_record:string>"],
  ["{\"a\":\"2020-01-01T00:00:00Z\"}", "struct<a:timestamp>", {"inferTimestamp": "true"}],
  ["{\"a\":\"2020-01-01T00:00:00\"}", "struct<a:timestamp>", {"inferTimestamp": "true"}],
  ["{\"a\":\"2020-01-01\"}", "struct<a:timestamp>", {"inferTimestamp": "true"}],
  ["{\"a\":\"2020-01-01T00:00:00Z\"}\n{\"a\":\"x\"}", "struct<a:string>", {"inferTimestamp": "true"}],
  ["{\"a\":\"2020\"}", "struct<a:timestamp>", {"inferTimestamp": "true"}],
  ["{\"a\":\"12:30\"}", "struct<a:timestamp>", {"inferTimestamp": "true"}],
  ["{\"a\":\"2020-01-01 00:00:00\"}\n{\"a\":\"2020-01-01T00:00:00Z\"}", "struct<a:timestamp>", {"inferTimestamp": "true"}],
  ["{\"a\":1.5}", "struct<a:decimal(2,1)>", {"prefersDecimal": "true"}],
  ["{\"a\":12345678901234567890}", "struct<a:decimal(20,0)>", {"prefersDecimal": "true"}],
  ["{\"a\":1}\n{\"a\":2.5}", "struct<a:decimal(21,1)>", {"prefersDecimal": "true"}],
  ["{\"a\":1.5,\"b\":[true],\"c\":{\"d\":1}}", "struct<a:string,b:array<string>,c:struct<d:string>>", {"primitivesAsString": "true"}],
  ["{\"a\":1}\nbad", "struct<a:bigint>", {"mode": "DROPMALFORMED"}],
];

function simple(type: DataType): string {
  switch (type.kind) {
    case "struct": return `struct<${type.fields.map(field => `${field.name}:${simple(field.type)}`).join(",")}>`;
    case "array": return `array<${simple(type.element)}>`;
    case "decimal": return `decimal(${type.precision},${type.scale})`;
    default: return type.kind;
  }
}

const inferred = (samples: readonly string[], options: Record<string, string> = {}): string => simple(inferJsonSchema(samples.map(text => Buffer.from(text)), options));

for (const [lines, schema, options] of CASES) {
  test(`${JSON.stringify(lines)}${options === undefined ? "" : ` ${JSON.stringify(options)}`}`, () => {
    if (schema.startsWith("struct")) assert.equal(inferred([lines], options), schema);
    else assert.throws(() => inferred([lines], options), new RegExp(schema));
  });
}

test("several samples, and a sample that ends in the middle of nothing", () => {
  assert.equal(inferred(["{\"a\":1}\r\n{\"b\":\"x\"}\n", "{\"a\":2.5}", ""]), "struct<a:double,b:string>");
});

test("FAILFAST", () => assert.throws(() => inferred(["{\"a\":1}\nbad"], { mode: "failfast" }), /MALFORMED_RECORD_IN_PARSING/));
test("options that would change the schema are refused", () => assert.throws(() => inferred(["{}"], { dropFieldIfAllNull: "true" }), /MILLRACE_UNSUPPORTED/));
