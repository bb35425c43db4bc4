/**
 * Catches as-of joins of streams that put out a row too early, twice, never, or beside another row than all rows together
 * would give; that keep what nobody can meet, or let go what somebody can; over batches of any cut, late rows, nulls, ties,
 * keys that are computed, and restores from snapshots and changes, where state, rows and their order must be the same. And
 * memory goes back.
 */
import assert from "node:assert/strict";
import test from "node:test";
import { seededRandom } from "../base/clock.ts";
import { Batch } from "../columns/batch.ts";
import { rowsOf, vectorOf } from "../columns/cells.ts";
import { linearMemory } from "../memory/linear-memory.ts";
import type { Cell } from "../types/cell.ts";
import { INT, STRING, TIMESTAMP, array, field, struct } from "../types/data-type.ts";
import type { AsofRule } from "./asof-rule.ts";
import { ExecutionContext } from "./context.ts";
import { openStateView } from "./open-state-view.ts";
import type { Operator } from "./operator.ts";
import { StreamAsofJoin, type AsofSideParts } from "./stream-asof-join.ts";

const SEED = Number(process.env["MILLRACE_SEED"] ?? "5"), random = seededRandom(SEED);
const below = (n: number): number => random.uint32() % n;
const settings = { timeZone: "UTC", ansi: true, conf: new Map<string, string>() };

interface Row { readonly t: bigint | null; readonly k: string | null; readonly n: number }
interface Case { readonly rule: AsofRule; readonly keepsUnmatched: boolean; readonly isComputed: boolean; readonly keys: number }

const SCHEMA = struct([field("t", TIMESTAMP), field("k", STRING), field("n", INT), field("xs", array(INT))]);
const cellsOf = ({ t, k, n }: Row): readonly Cell[] => [t, k, n, [n, null]];

class Collect implements Operator {
  pairs: [number, number | null][] = [];
  push(batch: Batch): boolean {
    for (const [l, r, xs] of rowsOf(batch)) {
      assert.deepEqual(xs, r === null ? null : [r, null]);
      this.pairs.push([l as number, r as number | null]);
    }
    return true;
  }
  finish(): void { /* nothing */ }
}

function joinOf({ rule, keepsUnmatched, isComputed }: Case, context: ExecutionContext, next: Operator): StreamAsofJoin {
  const side: AsofSideParts = { schema: SCHEMA, keys: [{ type: STRING, evaluate: batch => batch.columns[1]! }], keyColumns: [isComputed ? -1 : 1], time: 0 };
  return new StreamAsofJoin({
    schema: struct([field("l", INT), field("r", INT), field("xs", array(INT))]), output: [{ side: 0, column: 2, type: INT }, { side: 1, column: 2, type: INT }, { side: 1, column: 3, type: array(INT) }],
    sides: [side, side], rule, keepsUnmatched, operatorId: () => 0,
  }, context, next);
}

function feed(join: StreamAsofJoin, context: ExecutionContext, sides: readonly (readonly Row[])[]): void {
  join.beginBatch();
  for (const [i, input] of [join.leftInput, join.rightInput].entries()) {
    for (let from = 0, size = 1 + below(9); from < sides[i]!.length; from += size) {
      const part = sides[i]!.slice(from, from + size).map(cellsOf);
      input.push(new Batch(SCHEMA, SCHEMA.fields.map(({ type }, c) => vectorOf(type, part.map(row => row[c]!), context.arena)), part.length));
      context.arena.reset();
    }
    input.finish();
    context.arena.reset();
  }
}

/** What a left row meets of all rows that came in time. */
function meets(left: Row, rights: readonly Row[], { direction, isExact, tolerance }: AsofRule): Row | undefined {
  let best: Row | undefined;
  const gap = (r: Row): bigint => (r.t! < left.t! ? left.t! - r.t! : r.t! - left.t!);
  for (const r of rights) {
    if (left.t === null || left.k === null || r.t === null || r.k !== left.k || isExact === 0 && r.t === left.t) continue;
    if (direction === 0 && r.t > left.t || direction === 1 && r.t < left.t || tolerance >= 0n && gap(r) > tolerance) continue;
    if (best === undefined || gap(r) < gap(best) || gap(r) === gap(best) && r.t <= best.t!) best = r;
  }
  return best;
}

/** The right rows that must be kept once all left rows up to `bound` are decided. */
function needed(rights: readonly Row[], bound: bigint, { direction, tolerance }: AsofRule): Row[] {
  return rights.filter(({ t, k }, i) => {
    if (t === null || k === null) return false;
    if (direction === 1) return t > bound;
    if (tolerance >= 0n && t <= bound - tolerance) return false;
    return t > bound || !rights.some((other, j) => other.k === k && other.t !== null && other.t <= bound && (other.t > t || other.t === t && j > i));
  });
}

test("whatever the cut, the rows are those of all rows together, and nothing is kept in vain", () => {
  for (let round = 0; round < 60; round++) {
    const direction = below(3) as 0 | 1 | 2, tolerance = direction === 0 && below(2) === 0 ? -1n : BigInt(below(12) * 1000);
    const of: Case = { rule: { direction, isExact: below(3) === 0 ? 0 : 1, tolerance, isDouble: 0 }, keepsUnmatched: below(2) === 0, isComputed: below(3) === 0, keys: 1 + below(5) }, why = `seed ${SEED}, ${round}`;
    const before = linearMemory().inUseBytes, context = new ExecutionContext(settings), out = new Collect(), reach = direction === 0 ? 0n : tolerance;
    let join = joinOf(of, context, out), number = 0, late = 0n, watermark = 0n, log: Uint8Array[] = [];
    const lefts: Row[] = [], rights: Row[] = [], seen: [number, number | null][] = [];
    let waiting: Row[] = [];
    for (let batch = 0; batch < 12; batch++) {
      const some = (): Row[] => Array.from({ length: below(14) }, () => {
        const t = below(12) === 0 ? null : late + BigInt(below(20) * 1000 - 2000);
        return { t, k: below(12) === 0 ? null : `key ${"k".repeat(10 * below(of.keys))}`, n: number++ };
      });
      const sides = [some(), some()], inTime = sides.map(rows => rows.filter(row => row.t === null || row.t > late));
      const isLast = batch === 11, next = isLast ? late + 100_000n : watermark + BigInt(below(8) * 1000);
      context.lateWatermarkMicros = late;
      context.watermarkMicros = watermark = next;
      feed(join, context, sides);
      lefts.push(...inTime[0]!);
      rights.push(...inTime[1]!);
      const bound = watermark - reach, came = (row: Row): boolean => row.t !== null && row.k !== null;
      const alone = inTime[0]!.filter(row => !came(row)), all = [...waiting, ...inTime[0]!.filter(came)], decided = all.filter(row => row.t! <= bound);
      waiting = all.filter(row => row.t! > bound);
      const wanted = [...alone, ...decided].flatMap((row): [number, number | null][] => {
        const met = meets(row, rights, of.rule);
        return met === undefined && !of.keepsUnmatched ? [] : [[row.n, met?.n ?? null]];
      });
      assert.deepEqual(out.pairs, wanted, why);
      seen.push(...out.pairs);
      out.pairs = [];
      const metrics = join.metrics();
      assert.deepEqual([metrics.rowsTotal, metrics.lateRows], [waiting.length + needed(rights, bound, of.rule).length, sides.flat().length - inTime.flat().length], why);
      log.push(...join.changes());
      const whole = Buffer.from(join.snapshot(0, 256));
      if (below(3) === 0) {
        const restored = joinOf(of, context, out);
        if (below(2) === 0) log = [join.snapshot(0, 128), join.snapshot(128, 256)];
        for (const block of log) restored.load(block);
        assert.deepEqual(Buffer.from(restored.snapshot(0, 256)), whole, why);
        join.release();
        join = restored;
      }
      const view = openStateView(join.stateView.description)!;
      view.load(whole);
      assert.deepEqual(view.stores.map(store => store.count), join.stateView.stores.map(store => store.count));
      view.release();
      late = watermark;
    }
    // Nothing that came later has changed what was said.
    const final = lefts.filter(row => !waiting.includes(row)).flatMap(row => { const met = meets(row, rights, of.rule); return met === undefined && !of.keepsUnmatched ? [] : [`${row.n} ${met?.n ?? null}`]; });
    assert.deepEqual(seen.map(([l, r]) => `${l} ${r}`).toSorted(), final.toSorted(), why);
    assert.equal(waiting.length, 0);
    assert.equal(join.metrics().rowsTotal, direction === 0 && tolerance < 0n ? new Set(rights.filter(r => r.t !== null && r.k !== null).map(r => r.k)).size : 0, why);
    join.release();
    context.release();
    assert.equal(linearMemory().inUseBytes, before, why);
  }
});

test("state stays as large as what may still be met", () => {
  const context = new ExecutionContext(settings), join = joinOf({ rule: { direction: 0, isExact: 1, tolerance: -1n, isDouble: 0 }, keepsUnmatched: true, isComputed: false, keys: 3 }, context, new Collect());
  const sizes: number[] = [];
  for (let batch = 0; batch < 60; batch++) {
    context.lateWatermarkMicros = BigInt(batch) * 1_000_000n - 2_000_000n;
    context.watermarkMicros = context.lateWatermarkMicros + 1_000_000n;
    const rows = Array.from({ length: 400 }, (_, i): Row => ({ t: BigInt(batch) * 1_000_000n + BigInt(i) * 2000n, k: `a key of a certain length, ${i % 20}`, n: i }));
    feed(join, context, [rows, rows]);
    join.changes();
    sizes.push(join.metrics().memoryBytes);
  }
  assert.ok(join.metrics().rowsTotal <= 2 * 2 * 400 + 20, String(join.metrics().rowsTotal));
  assert.ok(Math.max(...sizes.slice(30)) <= 1.25 * Math.max(...sizes.slice(5, 30)), sizes.join());
  join.release();
  context.release();
});
