/** Catches rows in a wrong session: against sessions that are merged pair by pair until nothing overlaps any more. */
import assert from "node:assert/strict";
import test from "node:test";
import { seededRandom } from "../base/clock.ts";
import { Batch } from "../columns/batch.ts";
import { rowsOf, vectorOf } from "../columns/cells.ts";
import { linearMemory } from "../memory/linear-memory.ts";
import type { Cell } from "../types/cell.ts";
import { INT, STRING, TIMESTAMP, field, struct } from "../types/data-type.ts";
import { ExecutionContext } from "./context.ts";
import { MergeSessions } from "./merge-sessions.ts";

type Row = readonly [id: number, key: string | null, start: bigint | null, end: bigint | null];
const TYPES = [INT, STRING, TIMESTAMP, TIMESTAMP], WINDOW = struct([field("start", TIMESTAMP), field("end", TIMESTAMP)]);
const SCHEMA = struct(TYPES.map((type, i) => field(`c${i}`, type)));

function run(batches: readonly (readonly Row[])[]): Cell[][] {
  const context = new ExecutionContext({ timeZone: "UTC", ansi: true, conf: new Map() }), out: Cell[][] = [], before = linearMemory().inUseBytes;
  const column = (i: number) => ({ type: TYPES[i]!, evaluate: (batch: Batch) => batch.columns[i]! });
  const operator = new MergeSessions({ schema: struct([...SCHEMA.fields, field("w", WINDOW)]), keys: [column(1)], start: column(2), end: column(3), type: WINDOW }, context,
    { push: batch => { out.push(...rowsOf(batch).map(row => [row[0]!, row[4]!])); return true; }, finish: () => {} });
  for (const rows of batches) {
    operator.push(new Batch(SCHEMA, TYPES.map((type, c) => vectorOf(type, rows.map(row => row[c]!), context.arena)), rows.length));
    context.arena.reset();
  }
  operator.finish();
  context.arena.release();
  assert.equal(linearMemory().inUseBytes, before);
  return out.sort((a, b) => (a[0] as number) - (b[0] as number));
}

/** Sessions of rows with one key that touch become one, until none do. */
function reference(rows: readonly Row[]): Cell[][] {
  const sessions = rows.filter(row => row[2] !== null && row[3] !== null && row[3] > row[2]).map(row => ({ key: row[1], start: row[2]!, end: row[3]!, ids: [row[0]] }));
  for (let merged = true; merged;) {
    merged = false;
    for (let i = 0; i < sessions.length && !merged; i++) for (let k = i + 1; k < sessions.length && !merged; k++) {
      const a = sessions[i]!, b = sessions[k]!;
      if (a.key !== b.key || a.start > b.end || b.start > a.end) continue;
      sessions[i] = { key: a.key, start: a.start < b.start ? a.start : b.start, end: a.end > b.end ? a.end : b.end, ids: [...a.ids, ...b.ids] };
      sessions.splice(k, 1);
      merged = true;
    }
  }
  return sessions.flatMap(({ start, end, ids }) => ids.map((id): Cell[] => [id, [start, end]])).sort((a, b) => (a[0] as number) - (b[0] as number));
}

test("rows share the sessions that overlap or touch", () => {
  const random = seededRandom(5), number = (n: number) => random.uint32() % n;
  for (let round = 0; round < 40; round++) {
    let id = 0;
    const batches = Array.from({ length: 1 + number(3) }, () => Array.from({ length: number(20) }, (): Row => {
      const start = number(10) === 0 ? null : BigInt(number(200)) - 50n, gap = BigInt(number(round % 2 === 0 ? 8 : 40) - 1);
      return [id++, number(6) === 0 ? null : "ab"[number(2)]!, start, start === null || number(12) === 0 ? null : start + gap];
    }));
    assert.deepEqual(run(batches), reference(batches.flat()), `round ${round}`);
  }
});

test("many rows come out in several batches", () => {
  const rows = Array.from({ length: 9000 }, (_, i): Row => [i, "a", BigInt((i * 7919) % 9000) * 10n, BigInt((i * 7919) % 9000) * 10n + ((i * 7919) % 9000 === 4500 ? 5n : 10n)]);
  const out = run([rows]);
  assert.equal(out.length, 9000);
  assert.deepEqual(new Set(out.map(row => String(row[1]))), new Set(["0,45005", "45010,90000"]));
});
