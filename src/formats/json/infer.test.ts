/** Catches schemas that differ from what Spark 4.3 inferred for the same lines. */
import assert from "node:assert/strict";
import test from "node:test";
import { seededRandom, type Random } from "../../base/clock.ts";
import { STRING, VOID, struct, field, type DataType } from "../../types/data-type.ts";
import { refuseSameNames } from "../column-names.ts";
import { JsonInference, jsonType } from "./infer.ts";
import { finished, widest } from "./infer-types.ts";
import { jsonInferring, jsonReading } from "./json-options.ts";
import { JsonReader } from "./json-reader.ts";

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

function inferred(samples: readonly string[], options: Record<string, string> = {}): string {
  const inference = new JsonInference(options, "UTC");
  for (const text of samples) inference.add(Buffer.from(text));
  return simple(inference.schema());
}

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

const below = (random: Random, limit: number): number => random.uint32() % limit;
/** A random value, mostly of the kind that its column mostly has. */
function randomJson(random: Random, depth: number, kind: number): string {
  const roll = below(random, 40), pick = <T>(items: readonly T[]): T => items[below(random, items.length)]!;
  switch (roll < 3 ? below(random, 9) : kind % 9) {
    case 0: return pick(["null", "\"\"", "null"]);
    case 1: return pick(["true", "false"]);
    case 2: return pick(["1", "-7", "0", "-0", "123456789012345678", "1234567890123456789", "12345678901234567890", "01"]);
    case 3: return pick(["1.5", "2", "-0.25", "1e3", "NaN", "1.0"]);
    case 4: return pick(["\"x\"", "\"é\"", "\"a\\nb\"", "\"\\u0041\"", "\"2020-01-02\"", "'y'", "\"\\q\"", "5"]);
    case 5: return pick(["\"2020-01-02T03:04:05\"", "\"2020-01-02 03:04:05.5Z\"", "\"2020-02-30 03:04:05\"", "\"2020-01-02\""]);
    case 6: return depth > 2 ? "1" : `[${Array.from({ length: below(random, 3) }, () => randomJson(random, depth + 1, kind + 1)).join(pick([",", " , "]))}]`;
    case 7: return depth > 2 ? "{}" : randomObject(random, depth + 1);
    default: return pick(["{", "1 2", "tru", "\"open", "[1,]", "\"\u0001\""]);
  }
}

function randomObject(random: Random, depth = 0): string {
  const names = ["a", "b", "c", "longer name", "é", "d"].filter(() => below(random, 3) > 0);
  if (below(random, 20) === 0) names.reverse();
  if (below(random, 60) === 0) names.push(["a", "A", "new", "\\u0061", ""][below(random, 5)]!);
  return `{${names.map(name => `${below(random, 9) === 0 ? " " : ""}"${name}"${below(random, 9) === 0 ? " : " : ":"}${randomJson(random, depth, name.charCodeAt(0) + depth + (below(random, 30) === 0 ? 1 : 0))}`).join(",")}}`;
}

test("the quick look changes nothing: random records give the types that looking at each gives", () => {
  const random = seededRandom(11);
  for (let round = 0; round < 300; round++) {
    const options: Record<string, string> = [{}, { inferTimestamp: "true" }, { prefersDecimal: "true" }, { primitivesAsString: "true" }][round % 4]!;
    const lines = Array.from({ length: 60 }, () => (below(random, 30) === 0 ? ["", " ", "[]", "5", `[${randomObject(random)}]`][below(random, 5)]! : randomObject(random)));
    const quick = new JsonInference(options, "UTC");
    quick.add(Buffer.from(`${lines.join("\n")}\n`));
    // one record a time: each is looked at with what the ones before have said, and slowly
    const reading = jsonReading(options, "UTC", () => 0n), inferring = jsonInferring(options);
    let root: DataType = struct([]);
    for (const line of lines) {
      const bytes = Buffer.from(line), reader = new JsonReader(bytes, 0, bytes.length, reading.context);
      let type: DataType = VOID;
      try {
        if (reader.startRecord()) type = jsonType(reader, reading, inferring);
        while (type.kind === "array") type = type.element;
        if (type.kind !== "struct" && type.kind !== "void") type = struct([field("_corrupt_record", STRING)]);
      } catch { type = struct([field("_corrupt_record", STRING)]); }
      root = widest(root, type);
    }
    const schemaOf = (give: () => DataType): string => { try { return simple(give()); } catch (error) { return String(error); } };
    const slow = (): DataType => {
      const schema = finished(root, false) ?? struct([]);
      refuseSameNames(schema, "give a schema");
      return schema;
    };
    assert.equal(schemaOf(() => quick.schema()), schemaOf(slow), lines.join("\n"));
  }
});
