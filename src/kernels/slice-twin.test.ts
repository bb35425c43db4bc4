/** Catches kernels of slices that chain, plan, count or let go otherwise than the twin: one slice a slide or two, windows added up directly or by sums kept over batches, slices out of order, keys that come back, plans in many parts. */
import assert from "node:assert/strict";
import test from "node:test";
import { seededRandom } from "../base/clock.ts";
import { Arena } from "../memory/arena.ts";
import { linearMemory } from "../memory/linear-memory.ts";
import { kernels } from "./kernels.ts";
import { SliceTwin, type TwinWindow } from "./slice-twin.ts";
import { SLICE_KEY_BYTES, SLICE_LOCAL_BYTES, SliceHeader } from "./slices.ts";

const SEED = Number(process.env["MILLRACE_SEED"] ?? "1"), random = seededRandom(SEED), memory = linearMemory();
const below = (end: number): number => random.uint32() % end;
const u32 = (at: number): number => memory.u32[at >>> 2]!;
const listed = (pointer: number, count: number): number[] => Array.from({ length: count }, (_, i) => u32(pointer + 4 * i));
/** Of a slice's row: the key, its number, one sum as its state, what the kernels need. */
const KEY = 16, NUMBER = 24, STATE = 32, STATE_BYTES = 8, LOCAL = STATE + STATE_BYTES, ROW_BYTES = LOCAL + SLICE_LOCAL_BYTES + 2 * STATE_BYTES;
/** Of a key's row. */
const KEY_STATE = 24;
const LOWEST = -(2 ** 50), HIGHEST = 2 ** 50;

function list(arena: Arena, values: readonly number[]): number {
  const pointer = arena.allocate(4 * values.length + 4);
  values.forEach((value, i) => { memory.u32[(pointer >>> 2) + i] = value; });
  return pointer;
}

/** Slices in linear memory, with a table of them and one of keys as plain maps. */
class Slices {
  readonly arena: Arena;
  readonly header: number;
  readonly rows = new Map<string, number>();
  readonly keys = new Map<number, number>();
  readonly slide = 1 + below(50);
  readonly origin = below(100) - 50;
  #epoch = 0;

  constructor(arena: Arena, shift: number, span: number) {
    this.arena = arena;
    this.header = arena.allocateZeroed(SliceHeader.bytes);
    for (const [field, value] of [
      ["index", NUMBER], ["local", LOCAL], ["state", STATE], ["stateBytes", STATE_BYTES], ["keptBytes", LOCAL], ["keyState", KEY_STATE], ["shift", shift], ["direct", below(3) === 0 ? 1 : 0],
    ] as const) this.set(field, value);
    this.long("span", span);
    this.long("slide", this.slide);
    this.long("origin", this.origin);
  }

  set(field: keyof typeof SliceHeader, value: number): void { memory.u32[(this.header + SliceHeader[field]) >>> 2] = value; }
  get(field: keyof typeof SliceHeader): number { return u32(this.header + SliceHeader[field]); }
  long(field: keyof typeof SliceHeader, value: number): void { memory.i64[(this.header + SliceHeader[field]) / 8] = BigInt(value); }
  range(closed: number, limit: number): void {
    this.long("closed", closed);
    this.long("limit", limit);
  }

  row(key: number, slice: number): number {
    const name = `${key} ${slice}`;
    let row = this.rows.get(name);
    if (row === undefined) {
      this.rows.set(name, row = this.arena.allocateZeroed(ROW_BYTES));
      memory.i64[(row + KEY) / 8] = BigInt(key);
      memory.i64[(row + NUMBER) / 8] = BigInt(slice);
    }
    return row;
  }
  add(row: number, value: number): void { memory.i64[(row + STATE) / 8]! += BigInt(value); }
  keyOf(row: number): number { return Number(memory.i64[(row + KEY) / 8]); }
  numberOf(row: number): number { return Number(memory.i64[(row + NUMBER) / 8]); }
  keyRow(key: number): number {
    let row = this.keys.get(key);
    if (row === undefined) {
      this.keys.set(key, row = this.arena.allocateZeroed(KEY_STATE + SLICE_KEY_BYTES));
      memory.i64[(row + KEY) / 8] = BigInt(key);
    }
    return row;
  }

  /** Chains rows that are not chained yet; returns these, and how many windows they bring. */
  link(rows: readonly number[]): { readonly unlinked: readonly number[]; readonly windows: number } {
    const out = this.arena.allocate(4 * rows.length + 4), count = kernels().sliceUnlinked(this.header, list(this.arena, rows), rows.length, out), unlinked = listed(out, count);
    return { unlinked, windows: kernels().sliceLink(this.header, out, list(this.arena, unlinked.map(row => this.keyRow(this.keyOf(row)))), count) };
  }
  touch(rows: readonly number[]): { readonly keys: readonly number[]; readonly windows: number } {
    this.set("epoch", ++this.#epoch);
    const out = this.arena.allocate(4 * rows.length + 8), windows = kernels().sliceTouch(this.header, list(this.arena, rows), rows.length, out + 4, out);
    return { keys: listed(out + 4, u32(out)).map(row => this.keyOf(row)), windows };
  }

  /** Where the kernels list what goes. */
  lists(keys: readonly number[], expires: boolean): void {
    this.set("keys", list(this.arena, keys.map(key => this.keys.get(key)!)));
    this.set("keyCount", keys.length);
    this.set("keyAt", 0);
    this.set("cover", 0);
    this.set("expired", expires ? this.arena.allocate(4 * this.rows.size + 4) : 0);
    this.set("emptied", expires ? this.arena.allocate(4 * keys.length + 4) : 0);
    this.set("expiredCount", 0);
    this.set("emptiedCount", 0);
  }
  /** What was listed, which is gone. */
  gone(): { readonly slices: readonly (readonly [number, number])[]; readonly emptied: readonly number[] } {
    const slices = listed(this.get("expired"), this.get("expiredCount")).map(row => [this.keyOf(row), this.numberOf(row)] as const), emptied = listed(this.get("emptied"), this.get("emptiedCount")).map(row => this.keyOf(row));
    for (const [key, slice] of slices) this.rows.delete(`${key} ${slice}`);
    for (const key of emptied) this.keys.delete(key);
    return { slices, emptied };
  }

  plan(keys: readonly number[], ofBatch: boolean, expires: boolean, span: number): TwinWindow[] {
    const most = 2 * Math.min(span, this.rows.size) + 4, results = 1 + below(6), capacity = most + below(40), pairs = this.arena.allocate(8 * capacity), addresses = this.arena.allocate(4 * results), windows: TwinWindow[] = [];
    this.lists(keys, expires);
    for (const [field, value] of [
      ["touched", ofBatch ? 1 : 0], ["forget", expires ? 0 : 1], ["results", this.arena.allocate(LOCAL * results)], ["addresses", addresses], ["resultCapacity", results], ["to", pairs], ["from", pairs + 4 * capacity], ["pairCapacity", capacity], ["pairsAWindow", most],
    ] as const) this.set(field, value);
    for (let isDone = 0; isDone === 0;) {
      this.set("resultCount", 0);
      this.set("pairCount", 0);
      isDone = kernels().slicePlan(this.header);
      const count = this.get("pairCount");
      for (let i = 0; i < count; i++) this.add(u32(pairs + 4 * i), Number(memory.i64[(u32(pairs + 4 * (capacity + i)) + STATE) / 8]));
      for (const row of listed(addresses, this.get("resultCount"))) windows.push({ key: this.keyOf(row), window: (this.numberOf(row) - this.origin) / this.slide, sum: Number(memory.i64[(row + STATE) / 8]) });
    }
    return windows;
  }
}

test("slices of keys: chained, counted, added up to windows and let go as the twin has them", () => {
  for (let round = 0; round < 120; round++) {
    const arena = new Arena(), shift = below(2), span = shift === 1 ? 2 * (1 + below(9)) + 1 : 1 + below(16), slices = new Slices(arena, shift, span), twin = new SliceTwin(shift, span), mode = ["append", "update", "complete"][below(3)]!, where = `seed ${SEED}, round ${round}, ${mode}, span ${span}, shift ${shift}`;
    let closed = mode === "complete" ? LOWEST : -1 - below(20), now = 0;
    for (let batch = 0; batch < 10; batch++) {
      const touched = new Map<number, number[]>(), rows: number[] = [], before = twin.count(closed, HIGHEST);
      for (let i = below(30); i > 0; i--) {
        const key = below(4), slice = now + below(2 * span + 4) - (below(4) === 0 ? below(3 * span + 4) : 0), value = 1 + below(1000), row = slices.row(key, slice);
        if (slice >> shift <= closed) { if (twin.keys.get(key)?.has(slice) !== true) slices.rows.delete(`${key} ${slice}`); continue; }
        slices.add(row, value);
        twin.add(key, slice, value);
        if (rows.includes(row)) continue;
        rows.push(row);
        touched.set(key, [...touched.get(key) ?? [], slice]);
      }
      const numbers = rows.map(row => slices.numberOf(row)), fresh = rows.filter(row => u32(row + LOCAL + 8) === 0);
      assert.equal(kernels().sliceDisorder(slices.header, list(arena, rows), rows.length) === 1, twin.isDisordered(numbers), where);
      slices.range(closed, HIGHEST);
      const linked = slices.link(rows);
      assert.deepEqual([linked.unlinked, linked.windows], [fresh, twin.count(closed, HIGHEST) - before], where);
      let windows = 0;
      for (const held of touched.values()) windows += twin.windows(held, closed, HIGHEST).length;
      assert.deepEqual(slices.touch(rows), { keys: [...touched.keys()], windows }, where);

      if (mode === "update") assert.deepEqual(slices.plan([...touched.keys()], true, false, span), twin.plan([...touched.keys()], closed, HIGHEST, touched), where);
      if (mode === "complete") {
        const keys = [...twin.keys.keys()];
        assert.deepEqual(slices.plan(keys, false, false, span), twin.plan(keys, closed, HIGHEST), where);
      }
      now += below(span + 2);
      if (mode === "complete" || below(4) === 0) continue;
      const limit = Math.max(closed, (now >> shift) - 1 - below(span)), keys = [...twin.keys.keys()], due = arena.allocate(4 * keys.length + 4);
      slices.range(LOWEST, limit);
      const dueRows = listed(due, kernels().sliceDue(slices.header, list(arena, keys.map(key => slices.keys.get(key)!)), keys.length, due)), dueKeys = twin.due(keys, limit);
      assert.deepEqual(dueRows.map(row => slices.keyOf(row)), dueKeys, where);
      slices.range(closed, limit);
      if (mode === "append") assert.deepEqual(slices.plan(dueKeys, false, true, span), twin.plan(dueKeys, closed, limit), where);
      else {
        slices.lists(dueKeys, true);
        assert.equal(kernels().sliceExpire(slices.header), twin.plan(dueKeys, closed, limit).length, where);
      }
      assert.deepEqual(slices.gone(), twin.expire(dueKeys, limit), where);
      closed = limit;
    }
    arena.release();
  }
});

test("the slice of each time", () => {
  for (let round = 0; round < 300; round++) {
    const arena = new Arena(), slide = 1 + below(40), cut = below(2) === 0 ? 0 : below(slide), origin = below(100) - 50, length = 1 + below(50), times = Array.from({ length }, () => below(2000) - 1000), rows = times.map((_, i) => i).filter(() => below(3) > 0);
    const data = arena.allocate(8 * length), out = arena.allocateZeroed(8 * length), selected = below(2) === 0, chosen = selected ? rows : times.map((_, i) => i);
    times.forEach((time, i) => { memory.i64[data / 8 + i] = BigInt(time); });
    kernels().assignSlices(data, selected ? list(arena, rows) : 0, chosen.length, BigInt(slide), BigInt(origin), BigInt(cut), out);
    for (const row of chosen) {
      const slides = Math.floor((times[row]! - origin) / slide), expected = cut === 0 ? slides : 2 * slides + (times[row]! - origin - slides * slide >= cut ? 1 : 0);
      assert.equal(memory.i64[out / 8 + row], BigInt(expected), `seed ${SEED}, ${round}: ${times[row]} of ${slide} from ${origin}, cut ${cut}`);
    }
    arena.release();
  }
});
