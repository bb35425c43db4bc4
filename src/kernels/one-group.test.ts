/** Catches aggregates that differ where all rows of a call are of one group: state in registers against the same rows a few at a time, over numbers of all widths with overflow, NaN and -0.0, nulls, selections and constants. */
import assert from "node:assert/strict";
import test from "node:test";
import { seededRandom } from "../base/clock.ts";
import { Arena } from "../memory/arena.ts";
import { linearMemory } from "../memory/linear-memory.ts";
import { kernels } from "./kernels.ts";

const NUMBERS = { I8: 1, I16: 2, I32: 4, I64: 8, F32: 4, F64: 8 } as const;
const STATE_WORDS = 2;

test("one group has the state that the same rows give a few at a time", () => {
  const random = seededRandom(8), n = (limit: number) => random.uint32() % limit, memory = linearMemory(), arena = new Arena(), kernel = kernels();
  const special = [0n, 2n ** 50n - 1n, 2n ** 50n, 2n ** 64n - 2n ** 50n, 2n ** 62n, 0x7fff_ffff_ffff_ffffn, 0x8000_0000_0000_0000n, 0x7ff8_0000_0000_0000n, 0x3ff8_0000_0000_0000n];
  for (let round = 0; round < 400; round++) {
    const length = 8 + n(200), data = arena.allocate(8 * length + 8), hasNulls = n(2) === 0, valid = hasNulls ? arena.allocate(length) : 0, isSmall = n(2) === 0;
    for (let i = 0; i < length; i++) memory.u64[(data >>> 3) + i] = isSmall ? BigInt(n(100)) : n(4) === 0 ? special[n(special.length)]! : BigInt(random.uint32()) << 32n | BigInt(random.uint32());
    if (hasNulls) for (let i = 0; i < length; i++) memory.u8[valid + i] = n(3) === 0 ? 0 : 1;
    const chosen = Array.from({ length }, (_, i) => i).filter(() => n(4) > 0), sel = n(2) === 0 ? 0 : arena.allocate(4 * length), count = sel === 0 ? length : chosen.length, step = n(6) === 0 ? 0 : 1;
    if (sel !== 0) chosen.forEach((row, i) => { memory.u32[(sel >>> 2) + i] = row; });
    const state = arena.allocateZeroed(8 * STATE_WORDS), addresses = arena.allocate(4 * count + 16), before = n(2) === 0;
    if (before) memory.u64.set([isSmall ? BigInt(n(1000)) : special[n(special.length)]!, BigInt(1 + n(9))], state >>> 3);
    kernel.fillAddresses(state, count, addresses);
    assert.ok(memory.u32.subarray(addresses >>> 2, (addresses >>> 2) + count).every(address => address === state));
    const start = [...memory.u64.subarray(state >>> 3, (state >>> 3) + STATE_WORDS)];
    const same = (name: string, run: (sel: number, from: number, count: number) => number | void): void => {
      // Of least and greatest the second word only says whether there is a value.
      const first = /M(in|ax)/.test(name) && start[1]! > 0n ? [start[0]!, 1n] : start;
      memory.u64.set(first, state >>> 3);
      const flag = run(sel, 0, count), whole = [...memory.u64.subarray(state >>> 3, (state >>> 3) + STATE_WORDS)];
      memory.u64.set(first, state >>> 3);
      let flags = 0;
      const list = arena.allocate(4 * count + 4);
      for (let i = 0; i < count; i++) memory.u32[(list >>> 2) + i] = sel === 0 ? i : memory.u32[(sel >>> 2) + i]!;
      for (let from = 0; from < count; from += 7) flags |= Number(run(list + 4 * from, from, Math.min(7, count - from)) ?? 0);
      const parts = [...memory.u64.subarray(state >>> 3, (state >>> 3) + STATE_WORDS)];
      // Which NaN it is counts for nothing.
      const isNaNs = (name.includes("F32") || name.includes("F64")) && Number.isNaN(doubleOf(whole[0]!)) && Number.isNaN(doubleOf(parts[0]!));
      assert.deepEqual(isNaNs ? whole.slice(1) : whole, isNaNs ? parts.slice(1) : parts, `${name}, round ${round}`);
      assert.equal(Number(flag ?? 0), flags, name);
    };
    for (const width of Object.keys(NUMBERS) as (keyof typeof NUMBERS)[]) {
      same(`aggAdd${width}`, (rows, _from, some) => kernel[`aggAdd${width}`](data, valid, step, rows, some, addresses, 0));
      same(`aggMin${width}`, (rows, _from, some) => kernel[`aggMin${width}`](data, valid, step, rows, some, addresses, 0));
      same(`aggMax${width}`, (rows, _from, some) => kernel[`aggMax${width}`](data, valid, step, rows, some, addresses, 0));
      if (width !== "F32" && width !== "F64") same(`aggSum${width}`, (rows, _from, some) => kernel[`aggSum${width}`](data, valid, step, rows, some, addresses, 0));
    }
    same("aggCountRows", (_rows, _from, some) => kernel.aggCountRows(addresses, some, 0));
    if (hasNulls) same("aggCountValid", (rows, _from, some) => kernel.aggCountValid(valid, rows, some, addresses, 0));
    arena.reset();
  }
  arena.release();
});

function doubleOf(bits: bigint): number {
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, bits);
  return view.getFloat64(0);
}
