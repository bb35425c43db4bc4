/**
 * Catches a from_json over columns that gives something else than value by value: random texts, half of them damaged, as STRING and
 * as BINARY that is cast, which need not be UTF-8; all rows and selections; schemas of every kind. FROM_JSON_SEED runs one again.
 */
import assert from "node:assert/strict";
import test from "node:test";
import { seededRandom } from "../base/clock.ts";
import { Batch, type Selection } from "../columns/batch.ts";
import { cellAt, vectorOf } from "../columns/cells.ts";
import { bindCall, makeCast } from "../functions/bind.ts";
import { Arena } from "../memory/arena.ts";
import type { EvalContext } from "../plan/function.ts";
import type { Attribute, ResolvedExpression } from "../plan/resolved.ts";
import type { Cell } from "../types/cell.ts";
import { BINARY, STRING, type DataType } from "../types/data-type.ts";
import { compileExpression } from "./compile.ts";
import { compileRow } from "./row.ts";

const FIRST = process.env["FROM_JSON_SEED"], SEEDS = FIRST === undefined ? Array.from({ length: process.env["MILLRACE_LONG"] === undefined ? 80 : 1200 }, (_, i) => 1 + i) : [Number(FIRST)];
const settings = { timeZone: "Europe/Paris", ansi: true, conf: new Map<string, string>() }, arena = new Arena();
const context: EvalContext = { arena, settings, batchTimeMicros: 1_795_264_000_000_000n, seed: 1 };

const SCHEMAS = [
  "a INT, b STRING, c STRUCT<d: DOUBLE, e: STRUCT<a: BIGINT>>, t TIMESTAMP",
  "b STRING", "a DOUBLE, n DECIMAL(10,2), w DECIMAL(38,4), day DATE, ok BOOLEAN, t TIMESTAMP_NTZ, f FLOAT, s SMALLINT",
  "a ARRAY<INT>, m MAP<STRING, STRUCT<x: INT>>, b STRING, c STRUCT<d: ARRAY<STRING>, e: STRING>",
];
const KEYS = ["a", "a", "b", "b", "b", "c", "d", "e", "m", "n", "ok", "day", "t", "w", "x", "other", "ключ", "\\u0061"];
const VALUES = [
  "1", "-7", "2.5", "1e3", "99999999999999999999", "0.125", "true", "false", "null", '""', '"x"', '"longer than twelve bytes"', '"é日本😀 and more of it"', '"q\\"\\\\\\n\\u00e9"', '"\\ud800"', "'single'",
  '"2024-02-29T01:02:03Z"', '"2024-03-31 02:30:00"', '"2023-11-14"', '"12:30"', "[]", "[1,2,null]", '["a",{"b":[]}]', '{"x":1}', '{"d":1.5,"e":{"a":5}}', '{"d":"bad","e":"text"}', '{"k":{"x":"y"}}', "NaN", "01", "tru",
];
/** What looks like UTF-8, and isn't; and what doesn't even look so. */
const ODD = [[0xc0, 0x80], [0xed, 0xa0, 0x80], [0xe0, 0x80, 0x80], [0xf5, 0x80, 0x80, 0x80], [0xff], [0xc3]];
const WHOLE = ["", " ", "\t", "[]", '[{"a":1}]', "null", "1", '"text"', '{"a":1}\n{"a":2}', '{\n  "a": 1,\n  "b": "x"\n}', '{"a":1}\r', "\ufeff{\"a\":1}", '  {"a":3} tail', "{}", "{"];

function rowsOfSelection({ pointer, count }: Selection): number[] { return Array.from({ length: count }, (_, i) => (pointer === 0 ? i : arena.memory.u32[(pointer >>> 2) + i]!)); }

function compare(seed: number): void {
  const random = seededRandom(seed), below = (n: number): number => random.uint32() % n, pick = <T>(items: readonly T[]): T => items[below(items.length)]!;
  const object = (depth: number): string => `{${Array.from({ length: below(5) }, () => `${pick(["", "", " "])}"${pick(KEYS)}"${pick([":", ":", " : "])}${depth > 0 && below(5) === 0 ? object(depth - 1) : pick(VALUES)}`).join(pick([",", ",", ", "]))}}`;
  const rows = 8 + below(80), isTame = below(2) === 0;
  const bytesOf = (): Buffer => {
    let bytes = Buffer.from(!isTame && below(8) === 0 ? pick(WHOLE) : object(2));
    if (!isTame && below(3) === 0) for (let i = 1 + below(3); i > 0 && bytes.length > 0; i--) bytes[below(bytes.length)] = pick([below(256), 0x22, 0x5c, 0x0a, 0x80, 0xc3, 0xed, 0x7d, 0x2c]);
    if (!isTame && below(6) === 0) {
      const quotes = [...bytes.keys()].filter(i => bytes[i] === 0x22), at = quotes.length === 0 ? 0 : pick(quotes) + 1;
      bytes = Buffer.concat([bytes.subarray(0, at), Buffer.from(pick(ODD)), bytes.subarray(at)]);
    }
    return bytes;
  };
  const texts = Array.from({ length: rows }, () => (below(10) === 0 ? null : bytesOf())), schema = pick(SCHEMAS), isBytes = below(2) === 0;
  const type: DataType = isBytes ? BINARY : STRING, attribute: Attribute = { kind: "attribute", id: 1, name: "j", type, nullable: true, qualifier: [] };
  const cells = texts.map((text): Cell => (text === null ? null : isBytes ? Uint8Array.from(text) : text.toString()));
  const call: ResolvedExpression = bindCall("from_json", [isBytes ? makeCast(attribute, STRING, "ansi", settings.timeZone, false) : attribute, { kind: "literal", type: STRING, value: schema, nullable: false }], settings);
  const slow = compileRow(call, [attribute]), fast = compileExpression(call, [attribute]);
  // Twice, as what is kept between batches (keys, places in the time zone) may matter.
  for (let round = 0; round < 2; round++) {
    const batch = new Batch({ kind: "struct", fields: [] }, [vectorOf(type, cells, arena)], rows);
    let selection: Selection = { pointer: 0, count: rows };
    if (below(2) === 0) {
      const chosen = Array.from({ length: rows }, (_, i) => i).filter(() => below(4) > 0), pointer = arena.allocate(4 * rows + 4);
      arena.memory.u32.set(chosen, pointer >>> 2);
      selection = { pointer, count: chosen.length };
    }
    const result = fast.evaluate(batch, selection, context), again = fast.evaluate(batch, selection, context);
    for (const row of rowsOfSelection(selection)) {
      const expected = slow(batch, row, context), what = `seed ${seed}, row ${row}, ${schema}, ${isBytes ? "bytes" : "text"} ${JSON.stringify(texts[row]?.toString("latin1"))}`;
      assert.deepEqual(cellAt(result, row), expected, what);
      assert.deepEqual(cellAt(again, row), expected, what);
    }
    // The texts are lent and must be as they were.
    cells.forEach((cell, row) => assert.deepEqual(cellAt(batch.columns[0]!, row), cell, `seed ${seed}, row ${row}`));
    arena.reset();
  }
}

test("bytes in a string that aren't UTF-8 are what the cast makes of them", () => {
  const attribute: Attribute = { kind: "attribute", id: 1, name: "j", type: BINARY, nullable: true, qualifier: [] };
  const call = bindCall("from_json", [makeCast(attribute, STRING, "ansi", "UTC", false), { kind: "literal", type: STRING, value: "b STRING, a INT", nullable: false }], settings);
  for (const odd of ODD) {
    const good = '{"a":1,"b":"good"}', bytes = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replace("*", Buffer.from(odd).toString("latin1")), "latin1"));
    const cells = [good, '{"b":"x*y","a":1}', '{"other":"*","a":1}', good, '{"*":1,"a":1}', '{"a":1}*', '*{"a":1}', '{"a":1*}', good].map(bytes);
    const batch = new Batch({ kind: "struct", fields: [] }, [vectorOf(BINARY, cells, arena)], cells.length), rows = { pointer: 0, count: cells.length };
    const result = compileExpression(call, [attribute]).evaluate(batch, rows, context), slow = compileRow(call, [attribute]);
    for (let row = 0; row < cells.length; row++) assert.deepEqual(cellAt(result, row), slow(batch, row, context), `${Buffer.from(odd).toString("hex")}, row ${row}`);
    assert.deepEqual(cellAt(result, 1), ["x*y".replace("*", Buffer.from(odd).toString()), 1]);
    arena.reset();
  }
});

test("from_json over columns and value by value", () => { for (const seed of SEEDS) compare(seed); });
