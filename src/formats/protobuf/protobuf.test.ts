/**
 * Catches messages that are read otherwise than Google's library wrote them and Spark's rules say, of proto2, proto3 and editions; that don't
 * come back as they were; and bytes that crash the decoder, hang it or overflow its stack.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { seededRandom, type Random } from "../../base/clock.ts";
import { cellAt } from "../../columns/cells.ts";
import type { Vector } from "../../columns/vector.ts";
import { Arena } from "../../memory/arena.ts";
import type { Cell, MapCell } from "../../types/cell.ts";
import type { DataType, StructType } from "../../types/data-type.ts";
import { ByteOutput } from "../binary/byte-output.ts";
import { ProtoDecoder } from "./decoder.ts";
import type { ProtoDecodeOptions } from "./message-reader.ts";
import { protoMessage } from "./descriptor.ts";
import { protoEncoder } from "./encoder.ts";
import { sqlTypeOfMessage } from "./sql-types.ts";

interface Case { readonly message: string; readonly options: Readonly<Record<string, string>>; readonly hex: string; readonly row: Readonly<Record<string, unknown>> }
const recorded = JSON.parse(readFileSync(join(import.meta.dirname, "../../../test/formats/protobuf/cases.json"), "utf8"),
  ((_key: string, value: unknown, context?: { readonly source?: string }) => (typeof value === "number" && context?.source !== undefined && !Number.isSafeInteger(value) && /^-?\d+$/.test(context.source) ? BigInt(context.source) : value)) as (key: string, value: unknown) => unknown) as { readonly descriptor: string; readonly cases: readonly Case[] };
const DESCRIPTOR = Buffer.from(recorded.descriptor, "base64"), arena = new Arena(), { u8 } = arena.memory;
const below = (random: Random, end: number): number => random.uint32() % end;

function optionsOf(given: Readonly<Record<string, string>>) {
  const flag = (name: string): boolean => given[name] === "true";
  const decode: ProtoDecodeOptions = { emitDefaults: flag("emit.default.values"), enumsAsInts: flag("enums.as.ints"), upcastUnsigned: flag("upcast.unsigned.ints") };
  return { decode, types: { ...decode, maxDepth: Number(given["recursive.fields.max.depth"] ?? "-1"), unwrapPrimitives: flag("unwrap.primitive.wrapper.types"), retainEmpty: false } };
}

function decoderOf(name: string, given: Readonly<Record<string, string>>): { readonly decoder: ProtoDecoder; readonly type: StructType } {
  const message = protoMessage(DESCRIPTOR, name), { decode, types } = optionsOf(given), type = sqlTypeOfMessage(message, types);
  return { decoder: new ProtoDecoder(message, type, decode), type };
}

function read(decoder: ProtoDecoder, records: readonly Uint8Array[]): { readonly vector: Vector; readonly bad: readonly (string | undefined)[] } {
  decoder.begin(arena, 1);
  const bad = records.map(record => {
    const at = arena.allocate(record.length);
    u8.set(record, at);
    if (decoder.record(at, record.length)) return undefined;
    decoder.column.null();
    return decoder.cursor.reason;
  });
  return { vector: decoder.finish(), bad };
}

/** As the recorded cases write values. */
function plain(type: DataType, cell: Cell): unknown {
  if (cell === null) return null;
  switch (type.kind) {
    case "struct": return Object.fromEntries(type.fields.map((f, i) => [f.name, plain(f.type, (cell as readonly Cell[])[i]!)]));
    case "array": return (cell as readonly Cell[]).map(item => plain(type.element, item));
    case "map": return (cell as MapCell).entries.map(([k, v]) => [plain(type.key, k), plain(type.value, v)] as const).toSorted(([a], [b]) => (text(a) < text(b) ? -1 : text(a) > text(b) ? 1 : 0));
    case "binary": return Buffer.from(cell as Uint8Array).toString("base64");
    case "float": case "double": return Number.isFinite(cell) ? cell : String(cell as number);
    default: return typeof cell === "bigint" && Number.isSafeInteger(Number(cell)) ? Number(cell) : cell;
  }
}
/** How Python writes it, by which maps are sorted. */
const text = (value: unknown): string => (typeof value === "string" ? JSON.stringify(value).replaceAll(/[^\0-\x7f]/g, c => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`) : String(value));

describe("Protobuf", () => {
  it("reads what Google's library wrote", () => {
    for (const [i, { message, options, hex, row }] of recorded.cases.entries()) {
      const { decoder, type } = decoderOf(message, options), { vector, bad } = read(decoder, [Buffer.from(hex, "hex")]);
      assert.deepEqual([bad, plain(type, cellAt(vector, 0))], [[undefined], row], `case ${i}: ${message} ${JSON.stringify(options)} ${hex}`);
      arena.reset();
    }
  });

  it("writes what it reads back as it was", () => {
    for (const [i, { message, options, hex }] of recorded.cases.entries()) {
      if (options["recursive.fields.max.depth"] !== undefined || options["emit.default.values"] !== undefined) continue;
      const { decoder, type } = decoderOf(message, options), { vector } = read(decoder, [Buffer.from(hex, "hex")]), out = new ByteOutput(), encoder = protoEncoder(type, protoMessage(DESCRIPTOR, message));
      out.begin(arena);
      encoder.bind(vector);
      out.open();
      encoder.write(0, out);
      const written = u8.slice(out.from, out.from + out.length), again = decoderOf(message, options), second = read(again.decoder, [written]);
      assert.deepEqual(second.bad, [undefined], `case ${i}`);
      assert.deepEqual(cellAt(second.vector, 0), cellAt(vector, 0), `case ${i}`);
      arena.reset();
    }
  });

  it("knows the types of Spark", () => {
    const type = sqlTypeOfMessage(protoMessage(DESCRIPTOR, "t3.All"), optionsOf({ "upcast.unsigned.ints": "true" }).types), of = (name: string) => type.fields.find(f => f.name === name)!;
    assert.deepEqual([of("e").type.kind, of("f").type.kind, of("p").type.kind, of("ts").type.kind, of("du").type.kind, of("any").type.kind, of("i").type.kind], ["bigint", "decimal", "string", "timestamp", "day_time_interval", "struct", "int"]);
    assert.deepEqual([of("ra").nullable, of("ms").nullable, of("c").nullable], [true, true, true]);
    assert.equal(sqlTypeOfMessage(protoMessage(DESCRIPTOR, "Two"), optionsOf({}).types).fields[0]!.nullable, false);
    assert.deepEqual(sqlTypeOfMessage(protoMessage(DESCRIPTOR, "HasEmpty"), optionsOf({}).types).fields.map(f => f.name), ["v"]);
    assert.throws(() => sqlTypeOfMessage(protoMessage(DESCRIPTOR, "Tree"), optionsOf({}).types), { condition: "RECURSIVE_PROTOBUF_SCHEMA" });
    assert.throws(() => protoMessage(DESCRIPTOR, "t3.Nope"), { condition: "PROTOBUF_MESSAGE_NOT_FOUND" });
    assert.throws(() => protoMessage(DESCRIPTOR.subarray(0, 100), "All"), { condition: "CANNOT_PARSE_PROTOBUF_DESCRIPTOR" });
  });

  const one = (message: string, hex: string): unknown => {
    const { decoder, type } = decoderOf(message, {}), { vector, bad } = read(decoder, [Buffer.from(hex.replaceAll(" ", ""), "hex")]);
    return bad[0] ?? plain(type, cellAt(vector, 0));
  };
  it("takes the last value of a field, joins messages, and drops what a oneof excludes", () => {
    assert.equal((one("All", "18 05 18 07") as { c: number }).c, 7);
    assert.equal((one("All", "18 05 18 00") as { c: number | null }).c, null);
    assert.deepEqual((one("All", "aa02 02 0805 aa02 02 1a00 aa02 03 1a010a") as { sub: unknown }).sub, { v: 5, deeper: null, list: [10] });
    const oneof = one("All", "9002 05 9a02 01 78") as { x: unknown; y: unknown };
    assert.deepEqual([oneof.x, oneof.y], [null, "x"]);
    assert.deepEqual((one("All", "aa01 02 0102 a801 03") as { rc: unknown }).rc, [1, 2, 3]);
  });
  it("takes messages for malformed that Java's parser refuses", () => {
    assert.match(String(one("Two", "")), /id is required/);
    assert.match(String(one("Two", "0801 1808")), /lacks/);
    assert.match(String(one("All", "1d 00000000")), /another type/);
    assert.match(String(one("All", "72 01 ff")), /UTF-8/);
    assert.match(String(one("All", "72 05 61")), /ends early/);
    assert.match(String(one("All", "00")), /number/);
    assert.match(String(one("All", "0f")), /type/);
    assert.match(String(one("All", "0b".repeat(5000))), /another type|more than 100/);
    assert.match(String(one("All", `${"a306".repeat(5000)}`)), /more than 100/);
  });

  it("takes damaged messages for malformed, or for others, and nothing else", () => {
    const seed = Number(process.env["MILLRACE_SEED"] ?? "3"), random = seededRandom(seed);
    let malformed = 0;
    for (const { message, options, hex } of recorded.cases) {
      const { decoder, type } = decoderOf(message, options), record = Buffer.from(hex, "hex");
      const damaged = Array.from({ length: 30 }, () => {
        const bytes = Uint8Array.from(record);
        for (let i = below(random, 3); i >= 0 && bytes.length > 0; i--) bytes[below(random, bytes.length)] = below(random, 256);
        return bytes.subarray(0, below(random, 2) === 0 ? bytes.length : below(random, bytes.length + 1));
      });
      const { vector, bad } = read(decoder, damaged);
      damaged.forEach((_, row) => plain(type, cellAt(vector, row)));
      malformed += bad.filter(reason => reason !== undefined).length;
      arena.reset();
    }
    assert.ok(malformed > 500);
    for (let run = 0; run < 300; run++) {
      const bytes = Uint8Array.from(DESCRIPTOR);
      for (let i = 0; i < 5; i++) bytes[below(random, bytes.length)] = below(random, 256);
      try { sqlTypeOfMessage(protoMessage(bytes, "t3.All"), optionsOf({}).types); } catch (error) { assert.ok("condition" in (error as object), `seed ${seed}, run ${run}: ${String(error)}`); }
    }
  });
});
