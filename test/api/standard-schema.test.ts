/** Catches columns that are not of the type that a schema of another library promises. */
import assert from "node:assert/strict";
import test from "node:test";
import { fromStandard, session, string, timestamp, variant, type StandardSchema } from "millrace";

/** A schema as a library gives it, of a JSON Schema. */
const standard = <T>(output: object, input: object = output): StandardSchema<T> => ({ "~standard": { version: 1, vendor: "test", jsonSchema: { input: () => input, output: () => output } } });
const object = (properties: object, required: string[] = Object.keys(properties)) => ({ type: "object", properties, required });

test("columns, nested ones, nulls, and overrides", async () => {
  interface User { name: string; age?: number; tags: string[] | null; address: { city: string; zip?: string | null }; scores: Record<string, number>; kind: "a" | "b"; ok: boolean; n: number; at: string }
  const User = fromStandard(standard<User>({ ...object({
      name: { type: "string" }, age: { type: "number" }, tags: { anyOf: [{ type: "array", items: { type: "string" } }, { type: "null" }] }, address: { $ref: "#/$defs/Address" },
      scores: { type: "object", additionalProperties: { type: ["number", "null"] } }, kind: { enum: ["a", "b"] }, ok: { type: "boolean" }, n: { type: "integer" }, at: { type: "string", format: "date-time" },
    }, ["name", "tags", "address", "scores", "kind", "ok", "n", "at"]), $defs: { Address: object({ city: { type: "string" }, zip: { type: ["string", "null"] } }, ["city"]) } }), { at: timestamp().notNull() });
  assert.equal(User.toDDL(), "name STRING NOT NULL,age DOUBLE,tags ARRAY<STRING>,address STRUCT<city: STRING NOT NULL, zip: STRING> NOT NULL,scores MAP<STRING, DOUBLE> NOT NULL,kind STRING NOT NULL,ok BOOLEAN NOT NULL,n DOUBLE NOT NULL,at TIMESTAMP NOT NULL");
  await using mill = session({ timeZone: "UTC" });
  const users = mill.createDataFrame([{ name: "ada", tags: ["x"], address: { city: "here" }, scores: new Map([["a", 1]]), kind: "a", ok: true, n: 3, at: "2026-03-01T00:00:00Z" }], User);
  const [row] = await users.select(r => ({ city: r.address.city, first: r.tags.at(0), half: r.n.div(2), year: r.at.cast("date"), score: r.scores.at("a") })).collect();
  assert.deepEqual([row!.city, row!.first, row!.half, String(row!.year), row!.score], ["here", "x", 1.5, "2026-03-01", 1]);
});

test("what is no column is refused by its path, unless its type is given", () => {
  const refuses = (json: object, message: RegExp, overrides = {}) => assert.throws(() => fromStandard(standard(json), overrides), (error: unknown) => (error as { condition: string }).condition === "MILLRACE_STANDARD_SCHEMA" && message.test(String(error)));
  const union = { anyOf: [{ type: "string" }, { type: "number" }] };
  refuses(object({ a: object({ b: union }) }), /'a\.b' may be one of several types/);
  refuses(object({ a: { type: "array" } }), /'a' is an array of anything/);
  refuses(object({ a: {} }), /'a' is of no one type/);
  refuses({ ...object({ next: { $ref: "#" } }) }, /'next.next' holds values of its own type/);
  refuses({ type: "string" }, /rows of a frame are objects/);
  assert.equal(fromStandard(standard<{ a: unknown; b: string }>(object({ a: union, b: { type: "string" } })), { a: variant() }).toDDL(), "a VARIANT,b STRING NOT NULL");
  assert.throws(() => fromStandard(standard(object({ a: { type: "string" } }), object({ a: { type: "number" } }))), /takes and what it gives differ/);
  const silent: StandardSchema<{ a: string }> = { "~standard": { version: 1, vendor: "quiet" } };
  assert.throws(() => fromStandard(silent), /quiet doesn't describe itself/);
  assert.equal(fromStandard(silent, {}, { jsonSchema: object({ a: { type: "string" } }) }).toDDL(), "a STRING NOT NULL");
  assert.throws(() => fromStandard(string() as never), /follows Standard Schema/);
});
