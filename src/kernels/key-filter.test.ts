/** Catches sets of keys that lose one, and those of bits that hold others. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { seededRandom } from "../base/clock.ts";
import { Arena } from "../memory/arena.ts";
import { linearMemory } from "../memory/linear-memory.ts";
import { KIND } from "./expression.ts";
import { kernels } from "./kernels.ts";

const SEED = Number(process.env["MILLRACE_SEED"] ?? "1"), random = seededRandom(SEED), memory = linearMemory(), kernel = kernels();
const below = (end: number): number => random.uint32() % end;
const WIDTHS = { i8: 1, i16: 2, i32: 4, i64: 8 } as const;
type Kind = keyof typeof WIDTHS;

function column(arena: Arena, kind: Kind, values: readonly (bigint | null)[]): { readonly data: number; readonly valid: number } {
  const width = WIDTHS[kind], data = arena.allocate(width * values.length + 8), valid = values.includes(null) ? arena.allocate(values.length) : 0;
  values.forEach((value, i) => {
    if (valid !== 0) memory.u8[valid + i] = Number(value !== null);
    for (let b = 0; b < width; b++) memory.u8[data + i * width + b] = Number(BigInt.asUintN(64, value ?? 99n) >> BigInt(8 * b) & 255n);
  });
  return { data, valid };
}
const selected = (pointer: number, count: number): number[] => Array.from({ length: count }, (_, i) => memory.u32[(pointer >>> 2) + i]!);

test("sets of keys", () => {
  let strangers = 0, asked = 0;
  for (let round = 0; round < 600; round++) {
    const kind = (Object.keys(WIDTHS) as Kind[])[below(4)]!, bits = BigInt(8 * WIDTHS[kind]), least = -(1n << bits - 1n), greatest = (1n << bits - 1n) - 1n, arena = new Arena(), what = `seed ${SEED}, round ${round}, ${kind}`;
    const base = [least, greatest - 200n, 0n, -100n][below(4)]!, hasNulls = below(2) === 0, clamp = (value: bigint): bigint => value < least ? least : value > greatest ? greatest : value;
    const near = (): bigint => clamp(base + BigInt(below(200))), far = (): bigint => BigInt.asIntN(Number(bits), BigInt(random.uint32()) << 32n | BigInt(random.uint32()));
    const isNear = kind === "i8" || kind === "i16" || below(2) === 0, cell = (): bigint | null => (hasNulls && below(5) === 0 ? null : isNear ? near() : far());
    const keys = Array.from({ length: 1 + below(100) }, cell), set = new Set(keys), built = column(arena, kind, keys);
    const probes = Array.from({ length: 300 }, () => below(3) === 0 ? keys[below(keys.length)]! : below(3) === 0 ? clamp(far()) : cell()), probe = column(arena, kind, probes);
    const isConstant = below(8) === 0, rows = probes.map((_, i) => i).filter(() => below(3) > 0), all = below(3) === 0, sel = arena.allocate(4 * probes.length), out = arena.allocate(4 * probes.length + 4);
    memory.u32.set(rows, sel >>> 2);
    const chosen = all ? probes.map((_, i) => i) : rows, args = [KIND[kind], probe.data, probe.valid, isConstant ? 0 : -1, all ? 0 : sel, chosen.length] as const;
    const expected = chosen.filter(row => { const key = probes[isConstant ? 0 : row]!; return key !== null && set.has(key); });
    const there = keys.filter(key => key !== null), from = there.length === 0 ? 5n : there.reduce((a, b) => (a < b ? a : b)), size = there.length === 0 ? 1 : Number(there.reduce((a, b) => (a > b ? a : b)) - from) + 1;
    if (size < 2 ** 20) {
      const set = arena.allocateZeroed((size >>> 3) + 8);
      kernel.keyBitsSet(KIND[kind], built.data, built.valid, keys.length, from, set);
      assert.deepEqual(selected(out, kernel.keyBitsSelect(...args, from, size, set, out)), expected, what);
    }
    const words = arena.allocateZeroed(8 * 64);
    kernel.keyBloomSet(KIND[kind], built.data, built.valid, keys.length, 63, words);
    const found = selected(out, kernel.keyBloomSelect(...args, 63, words, out));
    assert.deepEqual(found.filter(row => expected.includes(row)), expected, what);
    assert.ok(found.every(row => probes[isConstant ? 0 : row] !== null), what);
    strangers += found.length - expected.length;
    asked += chosen.length - expected.length;
    arena.release();
  }
  assert.ok(strangers < 0.05 * asked, `${strangers} of ${asked} keys that were not added`);
});
