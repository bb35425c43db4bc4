/** Catches kernels of as-of joins that differ from the plain rule on any input: ties, strict comparisons, tolerances, doubles, rows of no group. */
import assert from "node:assert/strict";
import test from "node:test";
import { seededRandom } from "../base/clock.ts";
import { listed, longs, words } from "../../test/kernels/words.ts";
import { Arena } from "../memory/arena.ts";
import { linearMemory } from "../memory/linear-memory.ts";
import { JoinHeader, JoinPage, JoinRow } from "./join-rows.ts";
import { kernels } from "./kernels.ts";

const SEED = Number(process.env["MILLRACE_SEED"] ?? "1"), random = seededRandom(SEED), memory = linearMemory();
const below = (end: number): number => random.uint32() % end;

interface Right { readonly group: number; readonly time: number; readonly row: number }

/** The rule as it is told: candidates by direction and tolerance, the nearest of them, of one time the last. */
function expected(rights: readonly Right[], group: number, time: number, direction: number, isExact: boolean, tolerance: number | undefined): number | undefined {
  const distance = (r: Right) => Math.abs(r.time - time);
  const candidates = rights.filter(r => r.group === group && (isExact || r.time !== time) && (direction !== 0 || r.time <= time) && (direction !== 1 || r.time >= time) && (tolerance === undefined || distance(r) <= tolerance));
  let best: Right | undefined;
  for (const r of candidates) if (best === undefined || distance(r) < distance(best) || distance(r) === distance(best) && r.time <= best.time) best = r;
  return best?.row;
}

for (const isDouble of [false, true]) {
  test(`rows placed, sorted and found by ${isDouble ? "doubles" : "whole numbers"}`, () => {
    const kernel = kernels(), scale = isDouble ? 0.25 : 1, offset = 16;
    for (let round = 0; round < 400; round++) {
      const arena = new Arena(), groupCount = 1 + below(4), span = 1 + below(60), groups = arena.allocateZeroed(32 * groupCount);
      const time = (): number => (below(span) - (span >> 1)) * scale, rights: Right[] = Array.from({ length: below(80) }, (_, row) => ({ group: groups + 32 * below(groupCount), time: time(), row: 100 + row }));
      const keysOf = (times: readonly number[]): number => {
        if (!isDouble) return longs(arena, times.map(BigInt));
        const doubles = arena.allocate(8 * times.length + 8), out = arena.allocate(8 * times.length + 8);
        times.forEach((value, i) => { memory.f64[doubles / 8 + i] = value; });
        kernel.asofDoubles(doubles, 1, 0, times.length, out);
        return out;
      };
      const entries = arena.allocate(16 * rights.length + 16), scratch = arena.allocate(16 * rights.length + 16);
      kernel.asofPlace(words(arena, rights.map(r => r.group)), keysOf(rights.map(r => r.time)), words(arena, rights.map(r => r.row)), rights.length, offset, entries);
      kernel.asofSort(entries, rights.length, scratch);
      const lefts = Array.from({ length: 1 + below(40) }, () => ({ group: below(6) === 0 ? 0 : groups + 32 * below(groupCount), time: time() }));
      const chosen = lefts.map((_, i) => i).filter(() => below(4) > 0), direction = below(3), isExact = below(2) === 1, tolerance = below(2) === 0 ? undefined : below(span) * scale;
      const bits = tolerance === undefined ? -1n : isDouble ? new BigInt64Array(Float64Array.of(tolerance).buffer)[0]! : BigInt(tolerance), out = arena.allocate(4 * lefts.length);
      const matched = kernel.asofFind(words(arena, chosen.map(i => lefts[i]!.group)), keysOf(lefts.map(l => l.time)), 1, words(arena, chosen), chosen.length, offset, entries, direction, isExact ? 1 : 0, bits, isDouble ? 1 : 0, 7, out);
      const all = listed(out, lefts.length), wanted = chosen.map(i => expected(rights, lefts[i]!.group, lefts[i]!.time, direction, isExact, tolerance));
      assert.deepEqual(chosen.map(i => all[i]), wanted.map(row => row ?? 7), `seed ${SEED}, ${round}`);
      assert.equal(matched, wanted.filter(row => row !== undefined).length);
      arena.release();
    }
  });
}

test("doubles in the order of i64", () => {
  const arena = new Arena(), values = [Number.NEGATIVE_INFINITY, -1e300, -1, -5e-324, 0, 5e-324, 1, 1e300, Number.POSITIVE_INFINITY, Number.NaN], data = arena.allocate(80), out = arena.allocate(88);
  values.forEach((value, i) => { memory.f64[data / 8 + i] = value; });
  kernels().asofDoubles(data, 1, 0, values.length, out);
  const keys = values.map((_, i) => memory.i64[out / 8 + i]!);
  assert.deepEqual(keys, keys.toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0)));
  assert.equal(new Set(keys).size, keys.length);
  memory.f64[data / 8] = -0;
  kernels().asofDoubles(data, 0, 0, 2, out);
  assert.deepEqual([memory.i64[out / 8], memory.i64[out / 8 + 1]], [0n, 0n], "one value for all rows, and -0.0 is 0.0");
  arena.release();
});

test("kept rows: their groups and times, which are superseded, and which pairs have a partner", () => {
  const kernel = kernels(), offset = 8;
  for (let round = 0; round < 200; round++) {
    const arena = new Arena(), groupCount = 1 + below(5), groups = arena.allocateZeroed(32 * groupCount), count = below(60), rows = arena.allocateZeroed(64 * count + 64);
    const all = Array.from({ length: count }, (_, i) => ({ address: rows + 64 * i, group: groups + 32 * below(groupCount), time: BigInt(below(20) - 10), id: i }));
    for (const { address, group, time, id } of all) {
      memory.u32[address >>> 2] = group;
      memory.i64[(address + JoinRow.time) / 8] = time;
      memory.i64[(address + JoinRow.id) / 8] = BigInt(id);
    }
    const order = all.toSorted(() => below(3) - 1), list = words(arena, order.map(r => r.address)), out = arena.allocate(8 * count + 8), times = arena.allocate(8 * count + 8);
    kernel.asofRead(list, count, out, times);
    assert.deepEqual(listed(out, count), order.map(r => r.group));
    assert.deepEqual(order.map((_, i) => memory.i64[times / 8 + i]), order.map(r => r.time));
    assert.deepEqual(listed(out, kernel.asofGroups(list, count, offset, out)), [...new Set(order.map(r => r.group))]);
    const isLater = (a: typeof all[number], b: typeof all[number]): boolean => a.time > b.time || a.time === b.time && a.id > b.id;
    assert.deepEqual(listed(out, kernel.asofSuperseded(list, count, offset, out)), order.filter(r => all.some(other => other.group === r.group && isLater(other, r))).map(r => r.address));
    assert.ok(listed(groups, 8 * groupCount).every(word => word === 0), "the groups are as before");
    const found = order.map(() => below(3)), pairs = words(arena, found), kept = kernel.asofMatched(list, pairs, count, 0);
    assert.deepEqual(listed(list, kept), order.filter((_, i) => found[i] !== 0).map(r => r.address));
    assert.deepEqual(listed(pairs, kept), found.filter(other => other !== 0));
    memory.u32.fill(1, groups / 4, groups / 4 + 8 * groupCount);
    kernel.asofClear(words(arena, [groups]), 1, offset);
    assert.deepEqual(listed(groups, 5), [1, 1, 0, 0, 1]);
    arena.release();
  }
});

test("rows of a page up to a time, those that go and those that may stay", () => {
  const kernel = kernels();
  for (let round = 0; round < 200; round++) {
    const arena = new Arena(), rowBytes = JoinRow.words + 8 * below(4), used = below(40), rows = arena.allocateZeroed(rowBytes * used + 8), header = arena.allocateZeroed(JoinHeader.bytes), pages = arena.allocateZeroed(2 * JoinPage.bytes), page = pages + JoinPage.bytes;
    for (const [at, value] of [[header + JoinHeader.pages, pages], [header + JoinHeader.rowBytes, rowBytes], [page + JoinPage.rows, rows], [page + JoinPage.used, used]] as const) memory.u32[at >>> 2] = value;
    const all = Array.from({ length: used }, (_, i) => ({ address: rows + rowBytes * i, time: BigInt(below(20) - 10), isThere: below(4) > 0 }));
    for (const { address, time, isThere } of all) {
      memory.u32[address >>> 2] = isThere ? 4096 : 0;
      memory.i64[(address + JoinRow.time) / 8] = time;
    }
    const bound = BigInt(below(24) - 12), out = arena.allocate(4 * used + 4), there = all.filter(row => row.isThere), wanted = there.filter(row => row.time <= bound).map(row => row.address);
    const least = (of: typeof all): bigint => of.reduce((low, row) => (row.time < low ? row.time : low), 2n ** 63n - 1n);
    assert.deepEqual(listed(out, kernel.joinUpTo(header, 1, bound, out)), wanted, `seed ${SEED}, ${round}`);
    assert.equal(memory.i64[(page + JoinPage.minTime) / 8], least(there), "all that are there count for the page's least time");
    assert.deepEqual(listed(out, kernel.joinExpired(header, 1, bound, out)), wanted);
    assert.equal(memory.i64[(page + JoinPage.minTime) / 8], least(there.filter(row => row.time > bound)), "those that go don't");
    arena.release();
  }
});
