/** Catches a scan for a path that finds something else than reading the whole text does, or reads past what it needs. */
import assert from "node:assert/strict";
import test from "node:test";
import { scanJson } from "./json-scan.ts";
import { follow, jsonTreeText, parseJson, parsePath } from "./json-tree.ts";

const documents = [
  '{"a":1,"b":{"c":[10,20,{"d":"x,}]"}]},"s":"q\\"uo\\\\te","n":null,"f":-1.5e3,"t":true}', ' [ 1 , [ ] , { } , "two" , { "a b" : { "a.b" : 7 } } ] ', '{"a":{"a":{"a":[[["deep"]]]}},"\\u0061b":2}', '"text"', "5", "{}", "[]", '{"a":"","b":[]}',
];
const paths = ["$", "$.a", "$.b", "$.b.c", "$.b.c[2].d", "$.b.c[9]", "$.s", "$.n", "$.f", "$.t", "$[0]", "$[1]", "$[2]", "$[3]", "$[4]['a b']['a.b']", "$.a.a.a[0][0][0]", "$.ab", "$.zz", "$.a.b.c"];

test("a scan finds what reading finds", () => {
  for (const text of documents) for (const path of paths) {
    const steps = parsePath(path)!, { values } = follow(parseJson(text)!, steps), raw = scanJson(text, steps);
    assert.equal(raw === undefined ? undefined : jsonTreeText(parseJson(raw)!), values.length === 0 ? undefined : jsonTreeText(values[0]!), `${path} of ${text}`);
  }
});

test("what is broken before the value hides it, behind it does not matter", () => {
  const steps = parsePath("$.b")!;
  for (const text of ['{"a":}', '{"a":1 "b":2}', '{a:1,"b":2}', '{"a":01,"b":2}', '{"a":"\n","b":2}', '{"b"', '{"b":', '{"b":tru', "", "nothing"]) assert.equal(scanJson(text, steps), undefined, text);
  assert.equal(scanJson('{"b":2, oops', steps), "2");
  assert.equal(scanJson(`{"b":${"[".repeat(100_000)}`, steps), undefined);
  assert.equal(scanJson('{"b":{"x":[1,2]}', steps), '{"x":[1,2]}');
});
