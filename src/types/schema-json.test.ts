/** Catches schemas that change on their way through JSON. The text is what Spark wrote for these types. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { parseSchemaDdl } from "./ddl.ts";
import { schemaFromJson, schemaToJson } from "./schema-json.ts";

test("types in the words of Spark's JSON", () => {
  const schema = parseSchemaDdl("a TINYINT NOT NULL, b INT COMMENT 'why', c DECIMAL(7,2), d TIMESTAMP_NTZ, e INTERVAL YEAR TO MONTH, f ARRAY<STRUCT<x: STRING NOT NULL>>, g MAP<STRING, BIGINT>, h INTERVAL DAY TO SECOND, i TIME(3)");
  const text = '{"type":"struct","fields":[{"name":"a","type":"byte","nullable":false,"metadata":{}},{"name":"b","type":"integer","nullable":true,"metadata":{"comment":"why"}},'
    + '{"name":"c","type":"decimal(7,2)","nullable":true,"metadata":{}},{"name":"d","type":"timestamp_ntz","nullable":true,"metadata":{}},{"name":"e","type":"interval year to month","nullable":true,"metadata":{}},'
    + '{"name":"f","type":{"type":"array","elementType":{"type":"struct","fields":[{"name":"x","type":"string","nullable":false,"metadata":{}}]},"containsNull":true},"nullable":true,"metadata":{}},'
    + '{"name":"g","type":{"type":"map","keyType":"string","valueType":"long","valueContainsNull":true},"nullable":true,"metadata":{}},'
    + '{"name":"h","type":"interval day to second","nullable":true,"metadata":{}},{"name":"i","type":"time(3)","nullable":true,"metadata":{}}]}';
  assert.equal(schemaToJson(schema), text);
  assert.deepEqual(schemaFromJson(text), schema);
});

test("what is no schema", () => {
  for (const text of ["", "{", "null", '"string"', '{"type":"struct"}', '{"type":"struct","fields":[{"name":"a","type":"banana"}]}']) assert.equal(schemaFromJson(text), undefined, text);
});
