/** Catches decoded values that lose their record: rows beside wrong keys or offsets, bad records without their place, and columns of the wrong type. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { session } from "../../index.ts";
import { bigint, schema, string } from "../../api/schema.ts";
import { nodeFiles } from "../../base/files.ts";
import type { DataFrame } from "../../api/data-frame.ts";
import type { UntypedRow } from "../../api/reader.ts";
import { rowsOf } from "../../columns/cells.ts";
import type { BadRecord } from "../../io/source.ts";
import { kafka } from "../../kafka.ts";
import { powersOfFiveTable } from "../../kernels/ndjson.ts";
import { linearMemory } from "../../memory/linear-memory.ts";
import type { Cell } from "../../types/cell.ts";
import { typeToSql } from "../../types/data-type.ts";
import { UTC } from "../../types/time-zone.ts";
import type { KafkaClient } from "./client.ts";
import type { RecordBatch } from "./fetch.ts";
import { sourceOptions } from "./options.ts";
import type { KafkaRow, KafkaRowWithHeaders } from "./public-options.ts";
import { RecordRows } from "./records.ts";
import { cellText } from "../../types/cell-text.ts";
import { parseSchemaDdl } from "../../types/ddl.ts";
import { ValueReader } from "./values.ts";

const AT = { bootstrapServers: "a:1", subscribe: "t" }, options = (more: Readonly<Record<string, string>>) => sourceOptions({ ...AT, ...more }, true, nodeFiles).value;
type Record_ = readonly [key: string | null, value: string | Buffer | null];

function varint(value: number): Buffer {
  const bytes: number[] = [];
  for (let left = value < 0 ? -2 * value - 1 : 2 * value; ; left = Math.floor(left / 128)) {
    bytes.push(left >= 128 ? (left % 128) | 128 : left);
    if (left < 128) return Buffer.from(bytes);
  }
}
const sized = (bytes: string | Buffer | null): Buffer => (bytes === null ? varint(-1) : Buffer.concat([varint(Buffer.from(bytes).length), Buffer.from(bytes)]));
/** https://kafka.apache.org/documentation/#record */
function batchOf(records: readonly Record_[], firstOffset: number): RecordBatch {
  const bytes = Buffer.concat(records.map(([key, value], i) => {
    const body = Buffer.concat([Buffer.of(0), varint(i), varint(i), sized(key), sized(value), varint(0)]);
    return Buffer.concat([varint(body.length), body]);
  }));
  return { firstOffset, lastOffset: firstOffset + records.length - 1, attributes: 0, baseTime: 1000n, maxTime: 2000n, producerId: -1n, count: records.length, records: bytes };
}

function read(batches: readonly RecordBatch[], valueOptions: Readonly<Record<string, string>>, columns: readonly string[]): { rows: Cell[][]; bad: BadRecord[] } {
  powersOfFiveTable(); // made once a thread
  const rows: Cell[][] = [], bad: BadRecord[] = [], before = linearMemory().inUseBytes, values = new ValueReader({ ...options(valueOptions)!, zone: UTC, nowMicros: () => 0n });
  const reader = new RecordRows({} as KafkaClient, { topic: "t", partition: 3 }, columns, { push: batch => { rows.push(...rowsOf(batch)); return true; }, badRecord: record => { bad.push(record); } }, values);
  try {
    for (const batch of batches) reader.add(batch, 0, Number.MAX_SAFE_INTEGER);
    reader.flush();
  } finally {
    reader.release();
    values.release();
  }
  assert.equal(linearMemory().inUseBytes, before, "memory is kept");
  return { rows, bad };
}

const RECORDS: readonly Record_[] = [["a", '{"id":1,"text":"one"}'], ["b", null], ["c and more than twelve bytes", "{no JSON"], [null, '{"text":"no id"}'], ["e", Buffer.of(0xff, 0xfe)], ["f", '{"id":2}']];
const SCHEMA = { valueSchema: "id BIGINT NOT NULL, text STRING" };

test("rows keep their key and offset, tombstones stay, and what is bad is told with its place, key and bytes", () => {
  const { rows, bad } = read([batchOf(RECORDS, 40), batchOf([["g", '{"id":3,"text":"a text of more than twelve bytes"}']], 100)], SCHEMA, ["offset", "value", "key"]), text = (bytes: Uint8Array | undefined): string | undefined => bytes && Buffer.from(bytes).toString("latin1");
  assert.deepEqual(rows.map(([offset, value, key]) => [offset, value, text(key as Uint8Array)]), [[40n, [1n, "one"], "a"], [41n, null, "b"], [45n, [2n, null], "f"], [100n, [3n, "a text of more than twelve bytes"], "g"]]);
  assert.deepEqual(bad.map(one => ({ ...one, raw: text(one.raw), key: text(one.key) })), [
    { origin: "t-3", offset: 42, length: 8, reason: "not valid JSON", raw: "{no JSON", key: "c and more than twelve bytes" },
    { origin: "t-3", offset: 43, length: 16, reason: "id is null, but declared NOT NULL", column: "id", raw: '{"text":"no id"}', key: undefined },
    { origin: "t-3", offset: 44, length: 2, reason: "not a JSON object", raw: "\xff\xfe", key: "e" },
  ]);
});

test("which records stay does not depend on the columns that are read", () => {
  for (const columns of [["offset"], ["offset", "value"], []]) {
    const { rows, bad } = read([batchOf(RECORDS, 0)], SCHEMA, columns);
    assert.deepEqual([rows.length, bad.length], [3, 3], columns.join());
    const dropped = read([batchOf(RECORDS, 0)], { valueSchema: "id BIGINT, text STRING", mode: "dropMalformed" }, columns);
    assert.deepEqual([dropped.rows.length, dropped.bad.map(one => one.offset)], [4, [2, 4]], columns.join());
    if (columns.length > 1) assert.throws(() => read([batchOf(RECORDS, 70)], { ...SCHEMA, mode: "FAILFAST" }, columns), { condition: "MALFORMED_RECORD_IN_PARSING.WITHOUT_SUGGESTION", hint: /offset 72 of t-3/ });
  }
  assert.deepEqual(read([batchOf(RECORDS, 0)], { valueSchema: "id BIGINT, bad STRING", columnNameOfCorruptRecord: "bad" }, ["value"]), { rows: [[[1n, null]], [null], [[null, "{no JSON"]], [[null, null]], [[null, "\ufffd\ufffd"]], [[2n, null]]], bad: [] });
});

test("a field of a STRUCT that may not be null is one where the STRUCT is there", () => {
  const records: readonly Record_[] = ['{"id":1,"at":{"x":1,"in":{"y":2}}}', '{"id":2,"at":null}', '{"id":3}', '{"id":4,"at":{}}', '{"id":5,"at":{"x":1,"in":{"y":null}}}', '{"id":6,"at":{"x":"no","in":{"y":2}}}', null, '{"id":8,\n"at":{"x":1}}', '{"id":9,\n"at":{"x":1,"in":{}}}'].map(value => [null, value]);
  for (const columns of [["offset"], ["offset", "value"]]) {
    const { rows, bad } = read([batchOf(records, 0)], { valueSchema: "id BIGINT, at STRUCT<x: INT NOT NULL, in: STRUCT<y: INT NOT NULL>>" }, columns);
    assert.deepEqual(rows.map(([offset]) => offset), [0n, 1n, 2n, 6n, 7n]);
    assert.deepEqual(bad.map(one => [one.offset, one.reason, one.column]), [[3, "at.x is null, but declared NOT NULL", "at.x"], [4, "at.in.y is null, but declared NOT NULL", "at.in.y"], [5, '"no" is not a INT', "at"], [8, "at.in.y is null, but declared NOT NULL", "at.in.y"]]);
    if (columns.length > 1) assert.deepEqual(rows.map(([, value]) => value), [[1n, [1, [2]]], [2n, null], [3n, null], null, [8n, [1, null]]]);
  }
});

test("batches in which nothing stays, and such as are larger than a batch of rows", () => {
  const many: Record_[] = Array.from({ length: 10_000 }, (_, i) => [String(i), i >= 2000 && i < 7000 ? `bad ${i}` : `{"id":${i}}`]), { rows, bad } = read([batchOf(many, 0)], SCHEMA, ["key", "value"]);
  assert.deepEqual([rows.length, bad.length, bad[0]!.offset, bad.at(-1)!.offset], [5000, 5000, 2000, 6999]);
  assert.ok(rows.every(([key, value]) => Buffer.from(key as Uint8Array).toString() === String((value as Cell[])[0])));
});

test("a VARIANT of a value: JSON's null is none of SQL's, and what is malformed is told", () => {
  const { rows, bad } = read([batchOf([["a", '{"v":null,"id":1}'], ["b", '{"id":2}'], ["c", '{"v":[1,{"x":2.5}],"id":3}'], ["d", null], ["e", '{"v":{"x":1,"x":2}}']], 0)], { valueSchema: "id BIGINT, v VARIANT", mode: "DROPMALFORMED" }, ["value"]);
  assert.deepEqual(rows.map(([value]) => (value === null ? null : cellText(parseSchemaDdl("id BIGINT, v VARIANT"), value!, UTC))), ["{1, null}", "{2, null}", "{3, [1,{\"x\":2.5}]}", null]);
  assert.deepEqual(rows.map(([value]) => value === null ? null : (value as Cell[])[1] === null), [false, true, false, null]);
  assert.deepEqual(bad.map(one => one.offset), [4]);
});

test("options: the schema as text in any case of its name; what can't be meant is refused", () => {
  assert.equal(typeToSql(options({ VALUESCHEMA: "a INT, b STRUCT<c: STRING>" })!.schema), "STRUCT<a: INT, b: STRUCT<c: STRING>>");
  assert.equal(options({}), undefined);
  for (const [bad, condition] of [
    [{ mode: "FAILFAST" }, "MILLRACE_INVALID_OPTION"], [{ columnNameOfCorruptRecord: "x" }, "MILLRACE_INVALID_OPTION"], [{ valueSchema: "" }, "MILLRACE_INVALID_OPTION"], [{ valueSchema: "a" }, "PARSE_SYNTAX_ERROR"], [{ valueSchema: "m MAP<ARRAY<INT>, INT>" }, "MILLRACE_UNSUPPORTED"], [{ valueSchema: "a INT, a INT" }, "MILLRACE_INVALID_OPTION"],
  ] as const) assert.throws(() => options(bad), { condition }, JSON.stringify(bad));
});

/** For the compiler: the rows of the frame are exactly these. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const is = <Row>() => <R>(frame: DataFrame<R>, _same: Same<{ [K in keyof R]: R[K] }, { [K in keyof Row]: Row[K] }>): DataFrame<R> => frame;
interface Click { id: bigint; page: string | null }

test("the column value has the type of its schema, for the compiler and in the frame", async () => {
  await using mill = session();
  const Click = schema({ id: bigint().notNull(), page: string() }), ddl = "id BIGINT NOT NULL, page STRING", named = mill.readStream.format("kafka").option("bootstrapServers", "a:1").option("subscribe", "t");
  const given = is<KafkaRow<Click>>()(mill.readStream.from(kafka({ ...AT, valueSchema: Click, mode: "DROPMALFORMED" })), true);
  const ddls = [
    is<KafkaRowWithHeaders<Click>>()(mill.read.from(kafka({ ...AT, valueSchema: Click, includeHeaders: true })), true), is<KafkaRow<UntypedRow>>()(mill.read.from(kafka({ ...AT, valueSchema: ddl })), true),
    is<KafkaRow<UntypedRow>>()(named.option("valueSchema", ddl).load(), true), is<KafkaRow<UntypedRow>>()(named.options({ valueSchema: ddl }).load(), true), given,
  ].map(async frame => (await (frame as DataFrame<object>).schema()).toDDL());
  for (const ddl of ddls) assert.match(await ddl, /value STRUCT<id: BIGINT NOT NULL, page: STRING>/);
  for (const frame of [is<KafkaRow>()(mill.read.from(kafka(AT)), true), is<KafkaRow>()(named.load(), true), is<KafkaRow>()(named.options({ failOnDataLoss: false }).load(), true)]) assert.match((await frame.schema()).toDDL(), /value BINARY/);
  const fields = is<{ id: bigint | null; page: string | null }>()(given.select(r => ({ id: r.value.id, page: r.value.page })), true);
  assert.equal((await fields.schema()).toDDL(), "id BIGINT,page STRING");
});
