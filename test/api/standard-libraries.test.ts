/** Catches schemas of zod and Valibot that become other columns, and rows that their checks let pass, change or lose otherwise than the libraries do. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { after, test } from "node:test";
import { toJsonSchema } from "@valibot/to-json-schema";
import { bigint, decimal, fromStandard, session, timestamp } from "millrace";
import { count } from "millrace/functions";
import * as v from "valibot";
import * as z from "zod";

const root = mkdtempSync(join(tmpdir(), "millrace-standard-")), mill = session({ timeZone: "UTC", checkpointRoot: root });
after(async () => { await mill.stop(); rmSync(root, { recursive: true }); });
const file = (name: string, ...rows: object[]): string => { writeFileSync(join(root, name), rows.map(row => `${JSON.stringify(row)}\n`).join("")); return join(root, name); };

const Click = z.object({
  user: z.string().min(2), n: z.number().optional(), tags: z.array(z.string()).nullable(), kind: z.enum(["a", "b"]), at: z.iso.datetime(), place: z.object({ city: z.string(), zip: z.string().optional() }), scores: z.record(z.string(), z.number()),
});
const good = { user: "ada", n: 1, tags: ["x"], kind: "a", at: "2026-03-01T00:00:00Z", place: { city: "Rome" }, scores: { x: 1 } };

test("zod: columns and their types, with an override", async () => {
  const Columns = fromStandard(Click, { at: timestamp().notNull() });
  assert.equal(Columns.toDDL(), "user STRING NOT NULL,n DOUBLE,tags ARRAY<STRING>,kind STRING NOT NULL,at TIMESTAMP NOT NULL,place STRUCT<city: STRING NOT NULL, zip: STRING> NOT NULL,scores MAP<STRING, DOUBLE> NOT NULL");
  const [row] = await mill.read.schema(Columns).json(file("plain.ndjson", good)).select(r => ({ user: r.user, city: r.place.city, first: r.tags.at(0), year: r.at.cast("date"), x: r.scores.at("x"), n: r.n.plus(1) })).collect();
  assert.deepEqual({ ...row, year: String(row!.year) }, { user: "ada", city: "Rome", first: "x", year: "2026-03-01", x: 1, n: 2 });
  assert.throws(() => fromStandard(z.object({ id: z.number(), up: z.string().default("x") })), /validate: true/);
  assert.throws(() => fromStandard(z.object({ at: z.date() })), { condition: "MILLRACE_STANDARD_SCHEMA", message: /describe itself/ });
  assert.throws(() => fromStandard(z.object({ u: z.union([z.string(), z.number()]) })), /no one type/);
});

test("zod with validate: rows that fail are malformed, others are as they were; only some columns are asked for", async () => {
  const Checked = fromStandard(Click, { at: timestamp().notNull() }, { validate: true }), path = file("checked.ndjson", good, { ...good, user: "x" }, { ...good, user: "bob", kind: "c" }, { ...good, user: "eve", n: undefined, tags: null, place: { city: "Oslo", zip: "1" } });
  const rows = mill.read.schema(Checked).json(path);
  assert.deepEqual((await rows.collect()).map(row => ({ ...row, at: String(row.at), scores: Object.fromEntries(row.scores) })), [
    { ...good, at: "2026-03-01T00:00:00Z", place: { city: "Rome", zip: null } }, { ...good, user: "eve", n: null, tags: null, at: "2026-03-01T00:00:00Z", place: { city: "Oslo", zip: "1" } },
  ]);
  assert.deepEqual(await rows.select("n").collect(), [{ n: 1 }, { n: null }]);
  assert.equal(await rows.count(), 2);
  assert.match(JSON.stringify(await rows.select(r => ({ user: r.user, f: rows.metadataColumn("_metadata").getField("file_name") })).collect()), /checked.ndjson/);
  await assert.rejects(mill.read.schema(Checked).json(path, { mode: "FAILFAST" }).collect(), (error: Error) => (error as { condition?: string }).condition === "MALFORMED_RECORD_IN_PARSING.WITHOUT_SUGGESTION" && /user: Too small/.test((error as { hint?: string }).hint ?? ""));
});

test("a stream counts refused rows as dead letters", async () => {
  const Checked = fromStandard(z.object({ id: z.number().int(), name: z.string().regex(/^[a-z]+$/) }), { id: bigint().notNull() }, { validate: true });
  const folder = join(root, "in"); rmSync(folder, { recursive: true, force: true });
  await mill.createDataFrame([{ id: 1n, name: "ok" }, { id: 2n, name: "NO" }, { id: 3n, name: "yes" }]).write.json(folder);
  const query = await mill.readStream.schema(Checked).json(folder).where(r => r.id.gt(0)).groupBy().agg(() => ({ n: count() })).writeStream.queryName("checked").format("memory").outputMode("complete").trigger({ availableNow: true }).start();
  await query.awaitTermination();
  assert.deepEqual(await mill.table("checked").collect(), [{ n: 2n }]);
  assert.equal(query.lastProgress!.millrace.deadLetters, 1);
  const got: unknown[] = [], rows = mill.readStream.schema(Checked).from([{ id: 1n, name: "ok" }, { id: 2n, name: "NO" }], { mode: "DROPMALFORMED" });
  for await (const batch of rows.writeStream.trigger({ availableNow: true }).iterate()) got.push(...batch.rows);
  assert.deepEqual(got, [{ id: 1n, name: "ok" }]);
});

test("what a schema makes of values are the columns: defaults, transforms, coercion", async () => {
  const Item = z.object({ id: z.number(), name: z.string().trim().toLowerCase(), size: z.number().default(7), length: z.string().transform(text => text.length).pipe(z.number()), price: z.string() });
  const Made = fromStandard(Item, { price: decimal(10, 2).notNull() }, { validate: true });
  assert.equal(Made.toDDL(), "id DOUBLE NOT NULL,name STRING NOT NULL,size DOUBLE NOT NULL,length DOUBLE NOT NULL,price DECIMAL(10,2) NOT NULL");
  const path = file("made.ndjson", { id: 1, name: "  Ada ", length: "four", price: 1.5 }, { id: 2, name: "B", size: 1, length: "", price: 2 });
  assert.deepEqual((await mill.read.schema(Made).json(path).collect()).map(row => ({ ...row, price: String(row.price) })), [{ id: 1, name: "ada", size: 7, length: 4, price: "1.50" }, { id: 2, name: "b", size: 1, length: 0, price: "2.00" }]);
  assert.deepEqual(await mill.createDataFrame([{ id: 1, name: " X ", length: "abc", price: "3" }] as never, Made).select("name", "size", "length").collect(), [{ name: "x", size: 7, length: 3 }]);
  assert.deepEqual(await mill.createDataFrame(Readable.from([{ id: 1, name: " X ", length: "abc", price: "3" }]) as never, Made).select("length").collect(), [{ length: 3 }]);
  assert.throws(() => mill.createDataFrame([{ id: "one", name: "x", length: "", price: "1" }] as never, Made), { condition: "MILLRACE_ROW_REFUSED", message: /id/ });
  const slow = fromStandard(z.object({ id: z.number().refine(async () => true) }), {}, { validate: true });
  await assert.rejects(mill.read.schema(slow).json(path).collect(), { condition: "MILLRACE_ASYNC_VALIDATION" });
});

test("Valibot, whose JSON Schema is of another package", async () => {
  const User = v.object({ id: v.number(), email: v.pipe(v.string(), v.email()), nick: v.optional(v.string()) });
  assert.throws(() => fromStandard(User), /valibot doesn't describe itself/);
  const Columns = fromStandard(User, { id: bigint().notNull() }, { jsonSchema: toJsonSchema(User), validate: true }), path = file("users.ndjson", { id: 1, email: "ada@example.org" }, { id: 2, email: "nobody", nick: "x" });
  assert.equal(Columns.toDDL(), "id BIGINT NOT NULL,email STRING NOT NULL,nick STRING");
  assert.deepEqual(await mill.read.schema(Columns).json(path).collect(), [{ id: 1n, email: "ada@example.org", nick: null }]);
});
