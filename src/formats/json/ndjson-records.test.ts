/** Catches records that come out differently by themselves than as lines of a file, and bad ones that are told wrongly or spoil their neighbours. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { seededRandom } from "../../base/clock.ts";
import { VectorBuilder, cellAt, selectedRows } from "../../columns/cells.ts";
import { powersOfFiveTable } from "../../kernels/ndjson.ts";
import { Arena } from "../../memory/arena.ts";
import { linearMemory } from "../../memory/linear-memory.ts";
import type { Cell } from "../../types/cell.ts";
import { BINARY } from "../../types/data-type.ts";
import { parseSchemaDdl } from "../../types/ddl.ts";
import { UTC } from "../../types/time-zone.ts";
import type { ParseMode } from "../format-reader.ts";
import { NdjsonDecoder } from "./ndjson-decoder.ts";
import { NdjsonReader } from "./ndjson-reader.ts";

const SEED = Number(process.env["MILLRACE_SEED"] ?? "1"), memory = linearMemory();
const DDL = "id BIGINT, text STRING, price DECIMAL(9,2), wide DECIMAL(30,2), at TIMESTAMP, ok BOOLEAN, tags ARRAY<STRING>, of MAP<STRING, INT>, place STRUCT<x: DOUBLE, name: STRING, path: ARRAY<INT>>, _corrupt_record STRING";
const settings = (mode: ParseMode) => ({ mode, corruptColumn: "_corrupt_record", zone: UTC, nowMicros: () => 1_795_264_000_000_000n });
interface Decoded { readonly rows: (Cell[] | undefined)[]; readonly bad: { readonly row: number; readonly column: string | undefined; readonly reason: string; readonly outcome: string; readonly raw: string }[] }

/** By row; undefined: it was left out. */
function decode(decoder: NdjsonDecoder, records: readonly (Uint8Array | null)[]): Decoded {
  const arena = new Arena();
  try {
    const builder = new VectorBuilder(BINARY, arena, records.length);
    for (const record of records) builder.append(record);
    const { batch, badRecords } = decoder.decodeRecords(builder.finish(), records.length, row => `offset ${row}`), rows: (Cell[] | undefined)[] = records.map(() => undefined);
    for (const row of selectedRows(batch)) rows[row] = batch.columns.map(column => cellAt(column, row));
    return { rows, bad: badRecords.map(bad => ({ row: bad.offset, column: bad.column, reason: bad.reason, outcome: bad.outcome, raw: Buffer.from(bad.raw()).toString("latin1") })) };
  } finally {
    arena.release();
  }
}

function withDecoder<T>(ddl: string, mode: ParseMode, use: (decoder: NdjsonDecoder) => T): T {
  powersOfFiveTable(); // made once a thread
  const before = memory.inUseBytes, decoder = new NdjsonDecoder(parseSchemaDdl(ddl), settings(mode));
  let result: T;
  try { result = use(decoder); } finally { decoder.release(); }
  assert.equal(memory.inUseBytes, before, "memory is kept");
  return result;
}
const bytes = (texts: readonly (string | null)[]): (Uint8Array | null)[] => texts.map(text => (text === null ? null : Buffer.from(text)));

test("records at random are what they are as lines of a file, good or bad, and no record changes another", () => {
  const random = seededRandom(SEED), below = (n: number): number => random.uint32() % n, pick = <T>(of: readonly T[]): T => of[below(of.length)]!;
  const values = ['1', '-3', '12345678901234567890', '1.5', '1e3', '"short"', '"a text of more than twelve bytes \\u00e9\\n"', '"ünïcode that is long enough"', '"\\ud800"', 'null', 'true', 'false', '[]', '["a",null,"bcdefghijklmnop"]', '[1,"x"]', '{}', '{"k":1}', '{"k":"x"}',
    '{"x":1.5,"name":"here","path":[1,2]}', '{"x":"no","name":"there and a little further"}', '"2024-05-06T07:08:09Z"', '"2024-05-06 07:08:09"', '"12:30"', 'nope', '"unfinished', '01', '\u0001'];
  const names = ["id", "text", "price", "wide", "at", "ok", "tags", "of", "place", "other", "id"];
  const record = (): Buffer => {
    let text = `${pick(["", "", "", " ", "\ufeff"])}{${Array.from({ length: below(7) }, () => `"${pick(names)}":${pick(values)}`).join(pick([",", ",", " , "]))}}${pick(["", "", "", " ", "rest"])}`;
    if (below(12) === 0) text = text.slice(0, below(text.length));
    if (below(25) === 0) text = pick(["hello", "5", '"text"', "null", "}"]);
    const made = Buffer.from(text);
    if (below(12) === 0 && made.length > 0) made[below(made.length)] = pick([0x80, 0xff, 0x22, 0x5c]);
    return made;
  };
  const schema = parseSchemaDdl(DDL);
  let badOnes = 0, goodOnes = 0;
  withDecoder(DDL, "PERMISSIVE", decoder => {
    const file = new NdjsonReader(schema, settings("PERMISSIVE"));
    const asLine = (line: Buffer): Cell[] => {
      file.reset();
      const { pointer } = file.space();
      memory.u8.set(line, pointer);
      file.filled(line.length);
      file.end();
      const { batch } = file.next()!;
      return batch.columns.map(column => cellAt(column, 0));
    };
    for (let round = 0; round < 60; round++) {
      const records = Array.from({ length: 1 + below(60) }, () => (below(10) === 0 ? null : record())).map(one => (one !== null && /^(\ufeff)?\s*(\[|$)/.test(one.toString()) ? null : one));
      const { rows, bad } = decode(decoder, records), none = schema.fields.map(() => null), isBad = new Set(bad.map(one => one.row));
      records.forEach((one, row) => {
        const want = one === null ? none : asLine(one);
        assert.deepEqual(rows[row], want, `seed ${SEED}, round ${round}: ${one?.toString("latin1")}`);
        assert.equal(isBad.has(row), want.at(-1) !== null, `seed ${SEED}, round ${round}: ${one?.toString("latin1")}`);
        if (isBad.has(row)) badOnes++; else goodOnes++;
      });
    }
    file.release();
  });
  assert.ok(badOnes > 200 && goodOnes > 200, `${badOnes} bad, ${goodOnes} good`);
});

const GOOD = '{"id":1,"text":"good"}', LINES = '{\n  "id": 2,\n  "text": "over several lines"\n}', TEXTS = [GOOD, "not JSON", '{"id":"x","text":"wrong"}', null, LINES, '{"text":"no id"}', "", "null", '[{"id":3}]', '{"id":4', '{"id":5,"text":6}'] as const;

test("modes: what is left out, and why", () => {
  const records = bytes(TEXTS), told = ({ rows, bad }: Decoded): unknown => ({ rows: rows.map((row, i) => [i, row]).filter(([, row]) => row !== undefined), bad: bad.map(({ row, reason, outcome }) => [row, reason, outcome]) });
  const good = [[0, [1n, "good"]], [3, [null, null]], [4, [2n, "over several lines"]]], number = [10, [5n, "6"]];
  assert.deepEqual(withDecoder("id BIGINT, text STRING", "PERMISSIVE", decoder => told(decode(decoder, records))), {
    rows: [good[0], [1, [null, null]], [2, [null, "wrong"]], good[1], good[2], [5, [null, "no id"]], ...[6, 7, 8, 9].map(row => [row, [null, null]]), number],
    bad: [[1, "not a JSON object", "kept"], [2, '"x" is not a BIGINT', "kept"], [6, "it is blank", "kept"], [7, "not a JSON object", "kept"], [8, "not a JSON object", "kept"], [9, "not valid JSON", "kept"]],
  });
  assert.deepEqual(withDecoder("id BIGINT NOT NULL, text STRING", "PERMISSIVE", decoder => told(decode(decoder, records))), {
    rows: [...good, number],
    bad: [[1, "not a JSON object", "deadLetter"], [2, '"x" is not a BIGINT', "deadLetter"], [5, "id is null, but declared NOT NULL", "deadLetter"], ...[[6, "it is blank"], [7, "not a JSON object"], [8, "not a JSON object"], [9, "not valid JSON"]].map(one => [...one, "deadLetter"])],
  });
  assert.deepEqual(withDecoder("id BIGINT, text STRING", "DROPMALFORMED", decoder => (told(decode(decoder, records)) as { rows: unknown }).rows), [...good, [5, [null, "no id"]], number]);
  withDecoder("id BIGINT, text STRING", "FAILFAST", decoder => {
    assert.deepEqual(decode(decoder, bytes([GOOD, null, LINES])).bad, []);
    assert.throws(() => decode(decoder, records), { condition: "MALFORMED_RECORD_IN_PARSING.WITHOUT_SUGGESTION", hint: /offset 1/ });
  });
});

test("more unescaped text, and more odd values, than the lists of a call hold", () => {
  const long = "é\\n".repeat(200), records = bytes(Array.from({ length: 3000 }, (_, i) => (i % 7 === 0 ? "x" : `{"id":"${i}","text":"${i}${long}","tags":["${i}"],"wide":${i}}`)));
  const { rows, bad } = withDecoder("id BIGINT, text STRING, tags ARRAY<STRING>, wide DECIMAL(30,2)", "DROPMALFORMED", decoder => decode(decoder, records));
  assert.equal(bad.length, 3000);
  assert.ok(rows.every(row => row === undefined));
  const whole = withDecoder("text STRING, tags ARRAY<STRING>", "DROPMALFORMED", decoder => decode(decoder, records));
  whole.rows.forEach((row, i) => assert.deepEqual(row, i % 7 === 0 ? undefined : [`${i}${"é\n".repeat(200)}`, [String(i)]]));
});
