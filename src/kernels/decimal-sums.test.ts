/** Catches sums of decimals that differ from those of BigInt, near 38 digits above all, and sums that pass them unnoticed. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { seededRandom } from "../base/clock.ts";
import { Arena } from "../memory/arena.ts";
import { linearMemory } from "../memory/linear-memory.ts";
import { kernels } from "./kernels.ts";

const SEED = Number(process.env["MILLRACE_SEED"] ?? "1"), random = seededRandom(SEED), memory = linearMemory(), LIMIT = 10n ** 38n, FLAG = 1n << 63n;
const below = (end: number): number => random.uint32() % end;
const some = (bits: number): bigint => {
  let value = 0n;
  for (let i = 0; i < bits; i += 32) value = value << 32n | BigInt(random.uint32());
  return BigInt.asIntN(bits, value);
};
/** Small numbers, and such that a few of them pass 38 digits. */
const decimal = (isWide: boolean): bigint => {
  if (!isWide) return some(below(2) === 0 ? 64 : 32);
  const value = below(4) === 0 ? (below(2) === 0 ? 1n : -1n) * (LIMIT - 1n - BigInt(below(3))) : some(128) / BigInt(2 ** below(40));
  return value % LIMIT;
};

test("sums of decimals and their overflows", () => {
  for (let round = 0; round < 400; round++) {
    const isWide = below(2) === 0, count = 1 + below(60), groups = 1 + below(3), arena = new Arena(), what = `seed ${SEED}, round ${round}`;
    const values = Array.from({ length: count }, () => decimal(isWide)), group = values.map(() => below(groups));
    const data = arena.allocate(16 * count), addresses = arena.allocate(4 * count), states = arena.allocateZeroed(24 * groups);
    values.forEach((value, i) => {
      if (isWide) memory.i64[data / 8 + 2 * i + 1] = value >> 64n;
      memory.i64[data / 8 + (isWide ? 2 * i : i)] = BigInt.asIntN(64, value);
      memory.u32[addresses / 4 + i] = states + 24 * group[i]!;
    });
    if (isWide) kernels().aggSumDecimal128(data, 0, 1, 0, count, addresses, 0);
    else kernels().aggSumDecimal64(data, 0, 1, 0, count, addresses, 0);
    for (let g = 0; g < groups; g++) {
      let sum = 0n, n = 0n, over = false;
      values.forEach((value, i) => {
        if (group[i] !== g) return;
        sum += value;
        n++;
        over ||= sum >= LIMIT || sum <= -LIMIT;
      });
      const word = (i: number): bigint => BigInt.asUintN(64, memory.i64[states / 8 + 3 * g + i]!);
      assert.equal(word(2), over ? n | FLAG : n, what);
      if (!over) assert.equal(BigInt.asIntN(128, word(1) << 64n | word(0)), sum, what);
    }
    arena.release();
  }
});
