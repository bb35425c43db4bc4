/**
 * Catches sessions that differ from those of all rows sorted by key and time: over several batches, pushed in parts, with
 * rows late and early, gaps by row, null keys and times, and sessions that become one after they were stored. Also figures
 * that aren't Spark's, state that is not the same after it went through the log, and memory that is not given back: a twin is
 * loaded anew for each batch, from changes or from a snapshot, and must put out the same bytes.
 */
import assert from "node:assert/strict";
import test from "node:test";
import { seededRandom } from "../base/clock.ts";
import { Batch } from "../columns/batch.ts";
import { rowsOf, vectorOf } from "../columns/cells.ts";
import { Arena } from "../memory/arena.ts";
import { linearMemory } from "../memory/linear-memory.ts";
import { lookupFunction } from "../functions/registry.ts";
import type { Evaluator } from "../plan/function.ts";
import type { ResolvedExpression } from "../plan/resolved.ts";
import type { Cell } from "../types/cell.ts";
import { INT, STRING, TIMESTAMP, field, struct } from "../types/data-type.ts";
import type { AggregateSpec } from "./aggregate-updater.ts";
import { ExecutionContext } from "./context.ts";
import { openStateView } from "./open-state-view.ts";
import type { Operator } from "./operator.ts";
import { StreamingSessions } from "./streaming-sessions.ts";

type Row = readonly [key: string | null, start: bigint | null, end: bigint | null, v: number];
type Mode = "append" | "complete";
const settings = { timeZone: "UTC", ansi: true, conf: new Map<string, string>() };
const TYPES = [STRING, TIMESTAMP, TIMESTAMP, INT], SCHEMA = struct(TYPES.map((type, i) => field(`c${i}`, type)));
const WINDOW = struct([field("start", TIMESTAMP), field("end", TIMESTAMP)]);
const column = (i: number): Evaluator => ({ type: TYPES[i]!, evaluate: batch => batch.columns[i]! });

function aggregate(name: string): AggregateSpec {
  const entry = lookupFunction(name), argument: ResolvedExpression = { kind: "attribute", id: 3, name: "v", type: INT, nullable: true, qualifier: [] };
  if (entry?.kind !== "aggregate") throw new Error(name);
  const binding = entry.bind([argument], settings, undefined), of = binding.argTypes?.[0] ?? INT;
  return { call: { binding, distinct: false, function: entry }, filter: undefined, args: [of.kind === "int" ? column(3) : { type: of, evaluate: (batch, _rows, { arena }) => vectorOf(of, rowsOf(batch).map(row => BigInt(row[3] as number)), arena) }] };
}
const AGGREGATES = ["count", "max", "collect_list"].map(aggregate);
const OUT = struct([field("key", STRING), field("w", WINDOW), ...AGGREGATES.map(({ call }, i) => field(`a${i}`, call.binding.type))]);

class Collect implements Operator {
  rows: Cell[][] = [];
  push(batch: Batch): boolean { this.rows.push(...rowsOf(batch)); return true; }
  finish(): void {}
  take(): Cell[][] { const { rows } = this; this.rows = []; return rows; }
}

const sessionsOver = (outputMode: Mode, context: ExecutionContext, next: Operator): StreamingSessions =>
  new StreamingSessions({ schema: OUT, keys: [column(0)], sessionKey: 1, start: column(1), end: column(2), aggregates: AGGREGATES, operatorId: () => 0, outputMode }, context, next);

function feed(operator: StreamingSessions, context: ExecutionContext, rows: readonly Row[], part: number): void {
  operator.beginBatch();
  for (let from = 0; from < rows.length; from += part) {
    const some = rows.slice(from, from + part);
    operator.push(new Batch(SCHEMA, TYPES.map((type, c) => vectorOf(type, some.map(row => row[c]!), context.arena)), some.length));
    context.arena.reset();
  }
  operator.finish();
}

interface Session { readonly key: string | null; readonly start: bigint; readonly end: bigint; readonly values: readonly number[] }
interface Expected { readonly out: readonly Session[]; readonly total: number; readonly updated: number; readonly removed: number; readonly dropped: number }

/** All rows and sessions of a key are sorted and merged from scratch, batch by batch. */
class Reference {
  #stored: Session[] = [];

  batch(mode: Mode, rows: readonly Row[], late: bigint, watermark: bigint): Expected {
    const dropped = new Set<string>(), fresh: Session[] = [];
    for (const [key, start, end, v] of rows) {
      if (start === null || end === null || end <= start) continue;
      if (end <= late) dropped.add(`${key} ${start} ${end}`);
      else fresh.push({ key, start, end, values: [v] });
    }
    const touched = new Set(fresh.map(one => one.key)), before = this.#stored.filter(one => touched.has(one.key)), after: Session[] = [];
    for (const one of [...before, ...fresh].sort((a, b) => (a.start < b.start ? -1 : a.start > b.start ? 1 : 0))) {
      const at = after.findIndex(other => other.key === one.key && other.end >= one.start);
      if (at < 0) after.push(one);
      else after[at] = { key: one.key, start: after[at]!.start, end: one.end > after[at]!.end ? one.end : after[at]!.end, values: [...after[at]!.values, ...one.values] };
    }
    const gone = before.filter(one => !after.some(other => other.key === one.key && other.start === one.start)).length;
    const all = [...this.#stored.filter(one => !touched.has(one.key)), ...after];
    const closed = mode === "append" ? all.filter(one => one.end <= watermark) : [];
    this.#stored = all.filter(one => !closed.includes(one));
    return { out: mode === "append" ? closed : all, total: this.#stored.length, updated: after.length, removed: gone + closed.length, dropped: dropped.size };
  }
}

const text = (sessions: readonly Session[]): string[] => sessions.map(({ key, start, end, values }) => `${key} ${start} ${end} ${values.length} ${Math.max(...values)} ${[...values].sort((a, b) => a - b)}`).sort();
const textOf = (rows: readonly Cell[][]): string[] => rows.map(([key, window, n, max, list]) => `${key} ${(window as bigint[])[0]} ${(window as bigint[])[1]} ${n} ${max} ${[...list as number[]].sort((a, b) => a - b)}`).sort();
const figures = (operator: StreamingSessions) => { const { rowsTotal, rowsUpdated, rowsRemoved, rowsDroppedByWatermark } = operator.metrics(); return { total: rowsTotal, updated: rowsUpdated, removed: rowsRemoved, dropped: rowsDroppedByWatermark }; };

test("sessions of random rows are those of all rows sorted, also over restarts", () => {
  const random = seededRandom(11), below = (n: number) => Math.floor(random.uint32() / 2 ** 32 * n), start = linearMemory().inUseBytes;
  for (let round = 0; round < 80; round++) {
    const mode: Mode = round % 4 === 3 ? "complete" : "append", keys = 1 + below(4), spread = 5 + below(120), gaps = 2 + below(round % 3 === 0 ? 60 : 8), part = 1 + below(20);
    const context = new ExecutionContext(settings), once = new Collect(), twice = new Collect(), reference = new Reference();
    const operator = sessionsOver(mode, context, once);
    let twin = sessionsOver(mode, context, twice), blocks: Uint8Array[] = [], watermark = 0n, greatest = 0n;
    for (let batch = 0; batch < 14; batch++) {
      const now = 200 + batch * 20, isEnd = batch === 13;
      const rows = Array.from({ length: isEnd ? 0 : below(25) }, (): Row => {
        const from = below(20) === 0 ? null : BigInt(now + below(spread) - spread / 2 | 0);
        return [["a", "b", null, "a longer key than fits in a view"][below(keys)]!, from, from === null || below(20) === 0 ? null : from + BigInt(below(gaps) - 1), below(1000)];
      });
      const late = watermark;
      watermark = isEnd ? 100_000n : greatest - 30n > watermark ? greatest - 30n : watermark;
      for (const [, from] of rows) if (from !== null && from > greatest) greatest = from;
      context.lateWatermarkMicros = late;
      context.watermarkMicros = watermark;
      const expected = reference.batch(mode, rows, late, watermark);
      feed(operator, context, rows, part);
      feed(twin, context, rows, part);
      const out = once.take(), { out: sessions, ...counts } = expected;
      assert.deepEqual(textOf(out), text(sessions), `round ${round}, batch ${batch}`);
      assert.deepEqual(twice.take(), out, "in the same order after a restart");
      assert.deepEqual(figures(operator), counts, `round ${round}, batch ${batch}`);
      assert.deepEqual(figures(twin), counts);
      const changes = operator.changes();
      assert.deepEqual(twin.changes(), changes, "the same bytes after a restart");
      blocks.push(...changes);
      if (below(3) === 0) blocks = [0, 64, 128, 192].map(from => operator.snapshot(from, from + 64));
      twin.release();
      twin = sessionsOver(mode, context, twice);
      for (const block of blocks) twin.load(block);
    }
    if (mode === "append") assert.equal(operator.metrics().rowsTotal, 0);
    operator.release();
    twin.release();
    context.release();
  }
  assert.equal(linearMemory().inUseBytes, start);
});

test("memory comes back when sessions close", () => {
  const context = new ExecutionContext(settings), out = new Collect(), operator = sessionsOver("append", context, out);
  const fill = (at: number, count: number, watermark: bigint) => {
    context.lateWatermarkMicros = context.watermarkMicros ?? 0n;
    context.watermarkMicros = watermark;
    feed(operator, context, Array.from({ length: count }, (_, i): Row => [`key ${i % 7919}`, BigInt(at + (i * 31) % 5000), BigInt(at + (i * 31) % 5000 + 3), i]), 4000);
    operator.changes();
    out.take();
    return operator.metrics().memoryBytes;
  };
  fill(10_000, 10, 0n);
  const few = operator.metrics().memoryBytes, many = fill(20_000, 40_000, 20_000n), after = fill(30_000, 10, 29_000n);
  assert.ok(many > 10 * few && after < many / 5, `${few} ${many} ${after}`);
  operator.release();
  context.release();
});

test("a key that always has an open session does not pile up what is over", () => {
  const context = new ExecutionContext(settings), out = new Collect(), operator = sessionsOver("append", context, out);
  let after = 0;
  for (let batch = 0; batch < 400; batch++) {
    context.lateWatermarkMicros = BigInt(Math.max(0, batch * 100 - 250));
    context.watermarkMicros = BigInt(Math.max(0, batch * 100 - 150));
    feed(operator, context, Array.from({ length: 50 }, (_, i): Row => ["a", BigInt(batch * 100 + 2 * i), BigInt(batch * 100 + 2 * i + 1), i]), 64);
    operator.changes();
    if (batch === 50) after = operator.metrics().memoryBytes;
    assert.ok(operator.metrics().rowsTotal <= 130);
  }
  assert.equal(operator.metrics().memoryBytes, after);
  operator.release();
  context.release();
});

test("open sessions can be looked at, also in a checkpoint without its query", () => {
  const context = new ExecutionContext(settings), operator = sessionsOver("append", context, new Collect()), arena = new Arena();
  context.lateWatermarkMicros = context.watermarkMicros = 0n;
  feed(operator, context, [["a", 5n, 9n, 1], ["a", 3n, 5n, 2], ["b", 1n, 2n, 3]], 10);
  const opened = openStateView(JSON.parse(JSON.stringify(operator.stateView.description)));
  opened.load(operator.snapshot(0, 256));
  for (const view of [operator.stateView, opened]) {
    const [store] = view.stores, rows = [...store!.rows(arena)].flatMap(({ count, keys, values }) => rowsOf(new Batch({ kind: "struct", fields: [...store!.key.fields, ...store!.value.fields] }, [...keys, ...values], count)));
    assert.deepEqual(store!.key.fields.map(f => f.name), ["key", "first_row_time"]);
    assert.deepEqual(store!.value.fields.map(f => f.name), ["w", "a0", "a1", "a2"]);
    assert.deepEqual(rows.sort((a, b) => String(a[0]).localeCompare(String(b[0]))), [["a", 5n, [3n, 9n], 2n, 2, [1, 2]], ["b", 1n, [1n, 2n], 1n, 3, [3]]]);
  }
  opened.release();
  operator.release();
  arena.release();
  context.release();
});
