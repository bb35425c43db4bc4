/**
 * Catches values that don't come back from Avro as they went in, of any type and schema; bytes that crash the decoder, hang it or
 * overflow its stack; and schemas that are read otherwise than they were written.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { seededRandom, type Random } from "../../base/clock.ts";
import { cellAt, vectorOf } from "../../columns/cells.ts";
import { Arena } from "../../memory/arena.ts";
import type { Cell } from "../../types/cell.ts";
import {
  BIGINT, BINARY, BOOLEAN, DATE, DAY_TIME_INTERVAL, DOUBLE, FLOAT, INT, SMALLINT, STRING, TIMESTAMP, TIMESTAMP_NTZ, TINYINT, YEAR_MONTH_INTERVAL, array, decimal, field, map, struct, typeToSql, type DataType,
} from "../../types/data-type.ts";
import { ByteOutput } from "../binary/byte-output.ts";
import { AvroDecoder } from "./decoder.ts";
import { avroEncoder } from "./encoder.ts";
import { avroSchemaText, parseAvroSchema, type AvroSchema } from "./schema.ts";
import { avroSchemaOfType, sqlTypeOfAvro } from "./sql-types.ts";

const arena = new Arena(), { u8 } = arena.memory;

function encode(type: DataType, schema: AvroSchema, cells: readonly Cell[]): Uint8Array[] {
  const encoder = avroEncoder(type, schema), out = new ByteOutput();
  out.begin(arena);
  encoder.bind(vectorOf(type, cells, arena));
  return cells.map((_, row) => {
    out.open();
    encoder.write(row, out);
    return u8.slice(out.from, out.from + out.length);
  });
}

/** Values or the reason why a record is malformed. */
function decode(type: DataType, written: AvroSchema, reader: AvroSchema | undefined, records: readonly Uint8Array[]): (Cell | { readonly malformed: string })[] {
  const decoder = new AvroDecoder(type, reader), program = decoder.program(written), bad = new Map<number, string>();
  decoder.begin(arena, 1);
  for (const [i, record] of records.entries()) {
    const at = arena.allocate(record.length);
    u8.set(record, at);
    if (decoder.record(program, at, record.length)) continue;
    bad.set(i, decoder.cursor.reason);
    decoder.column.null();
  }
  const vector = decoder.finish();
  return records.map((_, row) => (bad.has(row) ? { malformed: bad.get(row)! } : cellAt(vector, row)));
}

const LEAVES: readonly DataType[] = [BOOLEAN, TINYINT, SMALLINT, INT, BIGINT, FLOAT, DOUBLE, STRING, BINARY, DATE, TIMESTAMP, TIMESTAMP_NTZ, YEAR_MONTH_INTERVAL, DAY_TIME_INTERVAL, decimal(1, 0), decimal(18, 4), decimal(19, 0), decimal(38, 10)];
const below = (random: Random, end: number): number => random.uint32() % end;

function randomType(random: Random, depth: number): DataType {
  switch (depth === 0 ? 3 : below(random, 7)) {
    case 0: return array(randomType(random, depth - 1), below(random, 2) === 0);
    case 1: return map(STRING, randomType(random, depth - 1), below(random, 2) === 0);
    case 2: return struct(Array.from({ length: below(random, 5) }, (_, i) => field(`f${i}`, randomType(random, depth - 1), below(random, 2) === 0)));
    default: return LEAVES[below(random, LEAVES.length)]!;
  }
}

function randomText(random: Random): string {
  const signs = ["a", "Z", "ä", "€", "😀", " "];
  return Array.from({ length: below(random, 20) }, () => signs[below(random, signs.length)]).join("");
}

function randomCell(type: DataType, random: Random, nullable: boolean): Cell {
  if (nullable && below(random, 4) === 0) return null;
  const long = (): bigint => BigInt.asIntN(64, (BigInt(random.uint32()) << 32n) | BigInt(random.uint32())) >> BigInt(below(random, 64));
  switch (type.kind) {
    case "boolean": return below(random, 2) === 0;
    case "tinyint": return (random.uint32() << 24) >> 24;
    case "smallint": return (random.uint32() << 16) >> 16;
    case "int": case "date": case "year_month_interval": return (random.uint32() | 0) >> below(random, 32);
    case "bigint": case "timestamp": case "timestamp_ntz": case "day_time_interval": return long();
    case "float": return Math.fround(random.uint32() / 7);
    case "double": return random.uint32() / 7 - 1e8;
    case "string": return randomText(random);
    case "binary": return Uint8Array.from({ length: below(random, 20) }, () => below(random, 256));
    case "decimal": {
      const digits = below(random, type.precision) + 1;
      return BigInt(Array.from({ length: digits }, () => below(random, 10)).join("")) * (below(random, 2) === 0 ? 1n : -1n);
    }
    case "array": return Array.from({ length: below(random, 4) }, () => randomCell(type.element, random, type.containsNull));
    case "map": return { entries: Array.from({ length: below(random, 4) }, (_, i) => [`k${i}${randomText(random)}`, randomCell(type.value, random, type.valueContainsNull)] as const) };
    case "struct": return type.fields.map(f => randomCell(f.type, random, f.nullable));
    default: throw new Error(type.kind);
  }
}

/** TINYINT and SMALLINT are ints of Avro. */
const widened = (type: DataType): DataType => {
  switch (type.kind) {
    case "tinyint": case "smallint": return INT;
    case "array": return array(widened(type.element), type.containsNull);
    case "map": return map(STRING, widened(type.value), type.valueContainsNull);
    case "struct": return struct(type.fields.map(f => ({ ...f, type: widened(f.type) })));
    default: return type;
  }
};

describe("Avro", () => {
  it("gives back what was written, of any type", () => {
    const seed = Number(process.env["MILLRACE_SEED"] ?? "1"), random = seededRandom(seed);
    for (let run = 0; run < 300; run++) {
      const type = randomType(random, 3), nullable = below(random, 2) === 0, schema = avroSchemaOfType(type, nullable);
      const again = parseAvroSchema(avroSchemaText(schema)), note = `seed ${seed}, run ${run}, ${typeToSql(type)}`;
      assert.equal(avroSchemaText(again), avroSchemaText(schema), note);
      assert.deepEqual(sqlTypeOfAvro(again), { type: widened(type), nullable }, note);
      const cells = Array.from({ length: 5 }, () => randomCell(type, random, nullable)), records = encode(type, schema, cells);
      assert.deepEqual(decode(widened(type), again, undefined, records), cells, note);
      // The same with fields of records gone over.
      if (type.kind === "struct" && type.fields.length > 0) {
        const kept = type.fields.filter((_, i) => i % 2 === 1), part = struct(kept), got = decode(widened(part), again, undefined, records);
        assert.deepEqual(got, cells.map(cell => cell && (cell as readonly Cell[]).filter((_, i) => i % 2 === 1)), note);
      }
      arena.reset();
    }
  });

  it("takes damaged records for malformed, or for other values, and nothing else", () => {
    const seed = Number(process.env["MILLRACE_SEED"] ?? "2"), random = seededRandom(seed);
    let malformed = 0;
    for (let run = 0; run < 300; run++) {
      const type = randomType(random, 3), schema = avroSchemaOfType(type, true), [record] = encode(type, schema, [randomCell(type, random, false)]);
      const damaged = Array.from({ length: 20 }, () => {
        const bytes = Uint8Array.from(record!);
        for (let i = below(random, 3); i >= 0 && bytes.length > 0; i--) bytes[below(random, bytes.length)] = below(random, 3) === 0 ? 0xff : below(random, 256);
        return bytes.subarray(0, below(random, 2) === 0 ? bytes.length : below(random, bytes.length + 1));
      });
      for (const value of decode(widened(type), schema, undefined, damaged)) if (value !== null && typeof value === "object" && "malformed" in value) malformed++;
      arena.reset();
    }
    assert.ok(malformed > 1000);
  });

  it("is not led into depths, nor to elements without bytes", () => {
    const tree = parseAvroSchema(`{"type":"record","name":"T","fields":[{"name":"v","type":"int"},{"name":"c","type":{"type":"array","items":"T"}}]}`), type = struct([field("v", INT)]);
    const deep = new Uint8Array(3_000_000).fill(2);
    assert.deepEqual(decode(type, tree, undefined, [deep]), [{ malformed: "values lie in one another more than 500 times" }]);
    const nulls = parseAvroSchema(`{"type":"array","items":"null"}`), many = Uint8Array.from([0x80, 0x80, 0x80, 0x80, 0x10, 0]);
    assert.equal((decode(sqlTypeOfAvro(nulls).type, nulls, undefined, [many])[0] as { malformed?: string }).malformed, "it ends early");
    const empty = parseAvroSchema(`{"type":"array","items":{"type":"record","name":"e","fields":[]}}`);
    assert.deepEqual(decode(sqlTypeOfAvro(empty).type, empty, undefined, [Uint8Array.of(4, 0), Uint8Array.of(0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 0)]), [[[], []], { malformed: "it ends early" }]);
  });

  it("takes rows back where a record fails in its middle", () => {
    const schema = parseAvroSchema(`{"type":"record","name":"r","fields":[{"name":"a","type":{"type":"array","items":{"type":"map","values":"string"}}},{"name":"b","type":"int"}]}`), { type } = sqlTypeOfAvro(schema);
    const good = Uint8Array.from([2, 2, 2, 107, 2, 118, 0, 0, 2]), bad = good.subarray(0, 8), value = [[{ entries: [["k", "v"]] }], 1];
    assert.deepEqual(decode(type, schema, undefined, [bad, good, bad, good, bad]).map(v => (v !== null && "malformed" in (v as object) ? null : v)), [null, value, null, value, null]);
  });

  it("gives a key of a map the value that came last", () => {
    const schema = parseAvroSchema(`{"type":"map","values":{"type":"array","items":"int"}}`), { type } = sqlTypeOfAvro(schema), record = (keys: readonly string[]): Uint8Array =>
      Uint8Array.from([2 * keys.length, ...keys.flatMap((key, i) => [2 * key.length, ...Buffer.from(key), 2, 2 * (i % 30), 0]), 0]);
    const few = ["a", "b", "a", "c", "b"], many = Array.from({ length: 60 }, (_, i) => `k${i % 20}`);
    assert.deepEqual(decode(type, schema, undefined, [record(few), record(many.slice(0, 40))]), [
      { entries: [["a", [2]], ["c", [3]], ["b", [4]]] }, { entries: Array.from({ length: 20 }, (_, i) => [`k${i}`, [(i + 20) % 30]]) },
    ]);
  });

  it("makes text of bytes that are none", () => {
    assert.deepEqual(decode(STRING, { kind: "string" }, undefined, [Uint8Array.of(4, 0xff, 0x61), Uint8Array.of(2, 0x62)]), ["\ufffda", "b"]);
  });

  for (const [text, reason] of [
    ["{", "no JSON"], ["5", "5 is no schema"], [`{"type":"record","name":"r"}`, "needs fields"], [`"x"`, `no type "x"`], [`{"type":"fixed","name":"f"}`, "needs a size"], [`["int","int"]`, "int twice"], [`["int",["null"]]`, "directly in a union"],
    [`{"type":"enum","name":"e","symbols":["a","a"]}`, "symbol twice"], [`{"type":"record","name":"a b","fields":[]}`, "no good name"], [`{"type":"record","name":"r","fields":[{"name":"x","type":"int"},{"name":"x","type":"int"}]}`, "x twice"],
    ["[".repeat(1000) + "]".repeat(1000), "nested too deep"], [`{"type":`.repeat(500) + `"int"` + "}".repeat(500), "nested too deep"],
  ] as const) it(`refuses the schema ${text.slice(0, 40)}`, () => {
    assert.throws(() => parseAvroSchema(text), (error: Error & { condition?: string }) => error.condition === "MILLRACE_INVALID_AVRO_SCHEMA" && error.message.includes(reason));
  });

  it("knows names by their namespaces", () => {
    const schema = parseAvroSchema(`{"type":"record","name":"a.b.R","fields":[{"name":"x","type":{"type":"enum","name":"E","symbols":["p"]}},{"name":"y","type":"E"},{"name":"z","type":{"type":"fixed","name":"c.F","size":1}},{"name":"w","type":"c.F"},{"name":"r","type":["null","R"]}]}`);
    assert.equal(avroSchemaText(schema), `{"type":"record","name":"R","namespace":"a.b","fields":[{"name":"x","type":{"type":"enum","name":"E","symbols":["p"]}},{"name":"y","type":"E"},{"name":"z","type":{"type":"fixed","name":"F","namespace":"c","size":1}},{"name":"w","type":"c.F"},{"name":"r","type":["null","R"]}]}`);
    assert.equal(avroSchemaText(parseAvroSchema(avroSchemaText(schema))), avroSchemaText(schema));
  });

  it("keeps all digits of a default", () => {
    const reader = parseAvroSchema(`{"type":"record","name":"r","fields":[{"name":"a","type":"long","default":9007199254740993}]}`);
    assert.deepEqual(decode(struct([field("a", BIGINT)]), parseAvroSchema(`{"type":"record","name":"r","fields":[]}`), reader, [new Uint8Array(0)]), [[9007199254740993n]]);
  });
});

