/**
 * Catches rows that are given the wrong group: against a map by text, over short, long and empty texts that begin and end alike, few and
 * more than are remembered, with nulls, constants and selections; texts that no group has; kernels that remember something else than
 * they were told; memory left behind.
 */
import assert from "node:assert/strict";
import test from "node:test";
import { seededRandom } from "../base/clock.ts";
import type { Selection } from "../columns/batch.ts";
import { constantVector, vectorOf } from "../columns/cells.ts";
import { VIEW_ENTRY_BYTES } from "../kernels/group-views.ts";
import { kernels } from "../kernels/kernels.ts";
import { Arena } from "../memory/arena.ts";
import { linearMemory } from "../memory/linear-memory.ts";
import { StateTable } from "../state/state-table.ts";
import { BINARY, INT, STRING } from "../types/data-type.ts";
import { groupFinder } from "./group-finder.ts";
import { GroupPlaces } from "./group-places.ts";
import { GroupViews } from "./group-views.ts";

const memory = linearMemory(), VIEW_BYTES = 16;
const textOf = (i: number): string => i % 11 === 0 ? "" : i % 3 === 0 ? `k${i}` : i % 3 === 1 ? `the same beginning ${i} and the same end, of some length` : "x".repeat(i % 40);

test("each text has its group", () => {
  const random = seededRandom(9), n = (limit: number) => random.uint32() % limit;
  for (const [different, batches] of [[5, 20], [300, 40], [4000, 60], [90_000, 70]] as const) {
    for (const nulls of [false, true]) {
      const arena = new Arena(), before = memory.inUseBytes, table = new StateTable({ keyTypes: [STRING], stateBytes: 8 }), views = groupFinder(table)!, groups = new Map<string | null, number>();
      assert.ok(views instanceof GroupViews);
      for (let batch = 0; batch < batches; batch++) {
        table.beginBatch();
        const cells = Array.from({ length: 1 + n(4096) }, () => nulls && n(9) === 0 ? null : textOf(n(different))), isConstant = n(12) === 0;
        const vector = isConstant ? constantVector(STRING, cells[0]!, arena) : vectorOf(STRING, cells, arena), rows: Selection = n(2) === 0 ? { pointer: 0, count: cells.length } : listed(cells.map((_, i) => i).filter(() => n(3) > 0), arena);
        const found = views.upsert([vector], rows, cells.length);
        for (let i = 0; i < rows.count; i++) {
          const cell = cells[isConstant ? 0 : rows.pointer === 0 ? i : memory.u32[(rows.pointer >>> 2) + i]!]!, address = memory.u32[(found >>> 2) + i]!;
          if (!groups.has(cell)) groups.set(cell, address);
          if (address !== groups.get(cell)) assert.fail(`${different} texts, batch ${batch}: ${cell}`);
        }
        arena.reset();
      }
      assert.equal(table.count, groups.size);
      const all = table.allAddresses();
      assert.deepEqual([...memory.u32.subarray(all.pointer >>> 2, (all.pointer >>> 2) + all.count)], [...groups.values()]);
      views.release();
      table.release();
      arena.release();
      assert.equal(memory.inUseBytes, before);
    }
  }
  assert.ok(GroupViews.suits([BINARY]) && !GroupViews.suits([INT]) && !GroupViews.suits([STRING, STRING]));
  assert.equal(groupFinder(new StateTable({ keyTypes: [INT, INT], stateBytes: 0 })), undefined);
  assert.ok(groupFinder(new StateTable({ keyTypes: [INT], stateBytes: 0 })) instanceof GroupPlaces);
});

test("texts that no group has are not found", () => {
  const random = seededRandom(10), n = (limit: number) => random.uint32() % limit, arena = new Arena(), before = memory.inUseBytes;
  for (const different of [3, 200, 30_000]) {
    const table = new StateTable({ keyTypes: [STRING], stateBytes: 8 }), views = new GroupViews(table), groups = new Map<string | null, number>(), known = [...new Set(Array.from({ length: different }, (_, i) => textOf(2 * i)))];
    for (let from = 0; from < known.length; from += 4096) {
      const some = known.slice(from, from + 4096), at = table.upsert([vectorOf(STRING, some, arena)], { pointer: 0, count: some.length }, some.length);
      some.forEach((text, i) => groups.set(text, memory.u32[(at >>> 2) + i]!));
    }
    for (let batch = 0; batch < 30; batch++) {
      const cells = Array.from({ length: 1 + n(3000) }, () => n(9) === 0 ? null : textOf(n(2 * different))), found = views.find([vectorOf(STRING, cells, arena)], { pointer: 0, count: cells.length }, cells.length);
      const wrong = cells.findIndex((cell, i) => memory.u32[(found >>> 2) + i] !== (groups.get(cell) ?? 0));
      assert.equal(wrong, -1, `${different} texts, batch ${batch}: ${cells[wrong]}`);
      arena.reset();
    }
    views.release();
    table.release();
  }
  arena.release();
  assert.equal(memory.inUseBytes, before);
});

test("kernels remember what they were told", () => {
  const random = seededRandom(11), n = (limit: number) => random.uint32() % limit, arena = new Arena(), kernel = kernels();
  for (let round = 0; round < 200; round++) {
    const bits = 1 + n(7), entries = arena.allocateZeroed(VIEW_ENTRY_BYTES << bits), told = new Map<string, number>(), texts = Array.from({ length: 1 + n(60) }, () => textOf(n(80)));
    const vector = vectorOf(STRING, texts, arena), out = arena.allocate(4 * texts.length + 4), missing = arena.allocate(4 * texts.length + 4), missingAt = arena.allocate(4 * texts.length + 4), one = arena.allocate(4), place = arena.allocate(4), address = arena.allocate(4);
    // A group is here what stands in front of its key: one place a text.
    const keys = arena.allocate(VIEW_BYTES * (texts.length + 1));
    for (let step = 0; step < 80; step++) {
      const row = n(texts.length), text = texts[row]!, isNone = text.length <= 12 && n(4) === 0, group = keys + VIEW_BYTES * texts.indexOf(text);
      memory.u8.copyWithin(group, vector.data + VIEW_BYTES * row, vector.data + VIEW_BYTES * row + VIEW_BYTES);
      memory.u32[one >>> 2] = row;
      memory.u32[place >>> 2] = 0;
      memory.u32[address >>> 2] = isNone ? 0 : group;
      assert.equal(kernel.viewsKeep(vector.data, 0, -1, one, place, 1, address, 0, entries, 64 - bits, 77, out), 77);
      assert.equal(memory.u32[out >>> 2], isNone ? 0 : group);
      told.set(text, isNone ? 0 : group);
      const left = kernel.viewsFind(vector.data, 0, -1, 0, texts.length, entries, 64 - bits, 0, out, missing, missingAt), lost = new Set(memory.u32.subarray(missing >>> 2, (missing >>> 2) + left));
      assert.deepEqual([...memory.u32.subarray(missingAt >>> 2, (missingAt >>> 2) + left)], [...lost]);
      assert.ok(!lost.has(row));
      texts.forEach((other, i) => assert.equal(memory.u32[(out >>> 2) + i], lost.has(i) ? 0 : told.get(other)));
    }
    arena.reset();
  }
  arena.release();
});

function listed(rows: readonly number[], arena: Arena): Selection {
  const pointer = arena.allocate(4 * rows.length + 4);
  rows.forEach((row, i) => { memory.u32[(pointer >>> 2) + i] = row; });
  return { pointer, count: rows.length };
}
