/** Catches products of decimals that differ from those of BigInt, about 64 and 128 bits above all, and a row that is given up although it fits. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { seededRandom } from "../base/clock.ts";
import { Arena } from "../memory/arena.ts";
import { linearMemory } from "../memory/linear-memory.ts";
import { kernels } from "./kernels.ts";

const SEED = Number(process.env["MILLRACE_SEED"] ?? "1"), random = seededRandom(SEED), memory = linearMemory();
const below = (end: number): number => random.uint32() % end;
/** Numbers of up to so many bits, many of them next to a power of two. */
const some = (bits: number): bigint => {
  const size = below(bits), value = below(3) === 0 ? (1n << BigInt(size)) - BigInt(below(3)) : BigInt.asUintN(size, BigInt(random.uint32()) << 96n | BigInt(random.uint32()) << 64n | BigInt(random.uint32()) << 32n | BigInt(random.uint32()));
  return below(2) === 0 ? value : -value;
};
const bitsOf = (value: bigint): number => (value < 0n ? -value : value).toString(2).length;

test("products of decimals of 64 and 128 bits", () => {
  let givenUp = 0;
  for (let round = 0; round < 1500; round++) {
    const count = 1 + below(12), arena = new Arena(), what = `seed ${SEED}, round ${round}`, wide = [below(2), below(2)] as const, most = 20 + below(110);
    const columns = wide.map(isWide => Array.from({ length: count }, () => some(isWide === 1 ? most : Math.min(63, most)))), out = arena.allocate(16 * count);
    const data = columns.map((values, c) => {
      const at = arena.allocate(16 * count), step = wide[c] === 1 ? 2 : 1;
      values.forEach((value, i) => {
        if (wide[c] === 1) memory.i64[at / 8 + step * i + 1] = value >> 64n;
        memory.i64[at / 8 + step * i] = BigInt.asIntN(64, value);
      });
      return at;
    });
    const stopped = kernels().decimalProductChecked(wide[0], data[0]!, -1, wide[1], data[1]!, -1, 0, 0, 0, count, out), done = stopped < 0 ? count : stopped;
    for (let i = 0; i < done; i++) {
      const product = BigInt.asIntN(128, memory.i64[out / 8 + 2 * i + 1]! << 64n | BigInt.asUintN(64, memory.i64[out / 8 + 2 * i]!));
      assert.equal(product, columns[0]![i]! * columns[1]![i]!, what);
    }
    if (stopped >= 0) {
      const [a, b] = columns.map(values => bitsOf(values[stopped]!)) as [number, number];
      assert.ok(a + b > 126 || a > 62 && b > 62, `${what}: ${a} and ${b} bits`);
      givenUp++;
    }
    arena.release();
  }
  assert.ok(givenUp > 20);
});
