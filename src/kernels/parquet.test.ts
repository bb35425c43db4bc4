/** Catches kernels of Parquet that differ from their twins, on what is well formed and on what isn't, and codecs whose bytes another library can't undo. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { seededRandom } from "../base/clock.ts";
import { viewBytes } from "../columns/cells.ts";
import { storeBytes } from "../columns/store-bytes.ts";
import { Arena } from "../memory/arena.ts";
import { linearMemory } from "../memory/linear-memory.ts";
import { kernels } from "./kernels.ts";
import { plainDelta, plainHybrid, plainLz4, plainSlots, plainSnappy } from "./parquet-twin.ts";
import { CONVERT, EXTREMES, NARROW } from "./parquet.ts";

const SEED = Number(process.env["MILLRACE_SEED"] ?? "1"), random = seededRandom(SEED), memory = linearMemory(), kernel = kernels();
const below = (end: number): number => random.uint32() % end, many = <T>(count: number, make: (i: number) => T): T[] => Array.from({ length: count }, (_, i) => make(i));
const someBytes = (length: number): Uint8Array => Uint8Array.from(many(length, () => below(3) === 0 ? below(256) : below(4)));

/** Runs with bytes in linear memory; behind them lies what must not be read as theirs. */
function withBytes<T>(bytes: Uint8Array, run: (from: number, end: number, arena: Arena) => T): T {
  const arena = new Arena(), from = arena.allocate(bytes.length + 64);
  memory.u8.fill(0xa5, from, from + bytes.length + 64);
  memory.u8.set(bytes, from);
  try { return run(from, from + bytes.length, arena); } finally { arena.release(); }
}
const bytesAt = (from: number, length: number): Uint8Array => memory.u8.slice(from, from + length);

const SKIPPED = -1;
function hybrid(bytes: Uint8Array, width: number, count: number, isByte: boolean, skips = false): number[] | undefined {
  return withBytes(bytes, (from, end, arena) => {
    const state = arena.allocate(32), out = arena.allocate(4 * count);
    kernel.parquetHybridStart(state, from, end, width);
    const values: number[] = [];
    for (let done = 0; done < count;) {
      const n = Math.min(count - done, 1 + below(20)), isSkipped = skips && below(3) === 0;
      if (isSkipped) {
        if (kernel.parquetHybridSkip(state, n) === 0) return undefined;
        values.push(...many(n, () => SKIPPED));
        done += n;
        continue;
      }
      const result = isByte ? kernel.parquetHybrid8(state, n, 1, out) : kernel.parquetHybrid32(state, n, out);
      if (result < 0) return undefined;
      const part = many(n, i => (isByte ? memory.u8[out + i]! : memory.u32[(out >>> 2) + i]!));
      assert.equal(result, isByte ? part.filter(one => one === 1).length : Math.max(...part));
      values.push(...part);
      done += n;
    }
    return values;
  });
}

test("runs and packed bits", () => {
  for (let round = 0; round < 1500; round++) {
    const isByte = below(2) === 0, width = isByte ? below(9) : below(31), count = 1 + below(200), what = `seed ${SEED}, round ${round}`;
    const values: number[] = [];
    while (values.length < count) {
      const value = width === 0 ? 0 : random.uint32() % 2 ** width;
      values.push(...many(below(3) === 0 ? below(30) : 1, () => value));
    }
    values.length = count;
    const packed = withBytes(new Uint8Array(4 * count + 4), (from, _, arena) => {
      const out = arena.allocate(64 + 6 * count);
      if (isByte) memory.u8.set(values, from);
      else memory.u32.set(values, from / 4);
      return bytesAt(out, kernel.parquetPackHybrid(from, count, isByte ? 1 : 4, width, out) - out);
    });
    assert.deepEqual(plainHybrid(packed, width, count), values, what);
    assert.deepEqual(hybrid(packed, width, count, isByte), values, what);
    assert.deepEqual(hybrid(packed, width, count, isByte, true)?.map((value, i) => (value === SKIPPED ? values[i] : value)), values, what);
    const broken = below(2) === 0 ? packed.subarray(0, below(packed.length + 1)) : someBytes(below(30)), expected = plainHybrid(broken, width, count);
    const got = hybrid(broken, width, count, isByte);
    if (isByte) assert.deepEqual(got, expected?.map(value => value & 255), what);
    else assert.deepEqual(got, expected?.every(value => value < 2 ** 31) === true ? expected : undefined, what); // numbers of entries are signed elsewhere
  }
});

/** A run of differences, each mini block with the bits it needs or more. */
function deltaRun(values: readonly bigint[]): Uint8Array {
  const bytes: number[] = [], varint = (value: bigint): void => {
    for (value = BigInt.asUintN(64, value); value > 127n; value >>= 7n) bytes.push(Number(value & 127n) | 128);
    bytes.push(Number(value));
  }, zigzag = (value: bigint): void => varint(value << 1n ^ value >> 63n);
  varint(32n); varint(4n); varint(BigInt(values.length)); zigzag(values[0] ?? 0n);
  for (let at = 1; at < values.length; at += 32) {
    const deltas = values.slice(at, at + 32).map((value, i) => BigInt.asIntN(64, value - values[at + i - 1]!)), least = deltas.reduce((a, b) => (a < b ? a : b));
    zigzag(least);
    const minis = many(4, m => deltas.slice(8 * m, 8 * m + 8).map(delta => BigInt.asUintN(64, delta - least))), widths = minis.map(mini => Math.min(64, Math.max(0, ...mini.map(delta => delta.toString(2).length * Number(delta !== 0n))) + below(2)));
    bytes.push(...widths);
    minis.forEach((mini, m) => {
      if (mini.length === 0) return;
      const all = mini.reduce((sum, delta, i) => sum | delta << BigInt(i * widths[m]!), 0n);
      for (let b = 0; b < widths[m]!; b++) bytes.push(Number(all >> BigInt(8 * b) & 255n));
    });
  }
  return Uint8Array.from(bytes);
}

test("differences", () => {
  for (let round = 0; round < 800; round++) {
    const bits = below(2) === 0 ? 32 : 64, count = below(100), size = 1 + below(bits), what = `seed ${SEED}, round ${round}`;
    const values = many(count, () => BigInt.asIntN(size, BigInt(random.uint32()) << 32n | BigInt(random.uint32())));
    const whole = deltaRun(values), bytes = below(3) > 0 ? whole : below(2) === 0 ? whole.subarray(0, below(whole.length)) : whole.map(byte => (below(30) === 0 ? below(256) : byte));
    const expected = plainDelta(bytes, count, bits);
    withBytes(bytes, (from, end, arena) => {
      const out = arena.allocate(8 * count + 8), next = kernel.parquetDelta(from, end, count, bits / 8, out);
      assert.equal(next === 0 ? undefined : next - from, expected?.end, what);
      if (expected !== undefined) assert.deepEqual(many(count, i => (bits === 32 ? BigInt(memory.i32[out / 4 + i]!) : memory.i64[out / 8 + i]!)), expected.values, what);
      if (bytes === whole) {
        assert.deepEqual(expected?.values, values, what);
        assert.equal(kernel.parquetDeltaCount(from, end), count);
      }
    });
  }
});

test("Snappy and LZ4", () => {
  for (let round = 0; round < 600; round++) {
    const size = below(8) === 0 ? below(140_000) : below(400), kind = below(4), spread = 1 << below(24), what = `seed ${SEED}, round ${round}`;
    // Of the last kind: numbers of eight bytes, of which the first few differ.
    const plain = kind === 3 ? new Uint8Array(BigInt64Array.from(many(size + 7 >> 3, i => BigInt(spread < 300 ? i * spread : below(spread)))).buffer, 0, size) : Uint8Array.from(many(size, i => (kind === 0 ? below(256) : kind === 1 ? i * i >> below(3) & 15 : 97 + (i >> 3) % 5)));
    withBytes(plain, (from, _end, arena) => {
      const table = arena.allocate(Math.max(kernel.snappyTableBytes(), kernel.lz4TableBytes())), out = arena.allocate(64 + size + Math.ceil(size / 6)), again = arena.allocate(size);
      const snappy = bytesAt(out, kernel.snappyCompress(from, size, table, out) - out);
      assert.deepEqual(plainSnappy(snappy, size), plain, what);
      assert.equal(withBytes(snappy, (a, b) => kernel.snappyDecompress(a, b, again, size)), 1, what);
      assert.deepEqual(bytesAt(again, size), plain, what);
      const lz4 = bytesAt(out, kernel.lz4Compress(from, size, table, out) - out);
      assert.deepEqual(plainLz4(lz4, size), plain, what);
      assert.equal(withBytes(lz4, (a, b) => kernel.lz4Decompress(a, b, again, size)), size, what);
      assert.deepEqual(bytesAt(again, size), plain, what);
      if (size > 2000) return;
      // What isn't theirs is refused as the twins refuse it, and nothing behind their room is written.
      for (const [good, twin, isSnappy] of [[snappy, plainSnappy, true], [lz4, plainLz4, false]] as const) {
        const bytes = below(2) === 0 ? good.subarray(0, below(good.length + 1)) : good.map(byte => (below(20) === 0 ? below(256) : byte)), expected = twin(bytes, size), room = arena.allocate(size + 64);
        memory.u8.fill(0x5a, room, room + size + 64);
        const done = withBytes(bytes, (a, b) => (isSnappy ? kernel.snappyDecompress(a, b, room, size) === 1 ? size : -1 : kernel.lz4Decompress(a, b, room, size)));
        assert.equal(done < 0 ? undefined : done, expected?.length, what);
        if (expected !== undefined) assert.deepEqual(bytesAt(room, expected.length), expected, what);
        assert.ok(bytesAt(room + size, 64).every(byte => byte === 0x5a), what);
      }
    });
  }
});

test("levels as validity and offsets", () => {
  for (let round = 0; round < 500; round++) {
    const count = below(60), reps = many(count, i => (i === 0 ? 0 : below(3))), defs = many(count, () => below(6)), depth = below(3), there = below(4), present = there + below(2), element = present + 1;
    withBytes(Uint8Array.from([...reps, ...defs]), (from, _, arena) => {
      const valid = arena.allocate(count), offsets = arena.allocate(4 * count + 4), sums = arena.allocate(8), expected = plainSlots(reps, defs, depth, there, present, element);
      assert.equal(kernel.parquetLists(from, from + count, count, depth, there, present, element, valid, offsets, sums), expected.valid.length);
      assert.deepEqual([...bytesAt(valid, expected.valid.length)], expected.valid);
      assert.deepEqual(many(expected.offsets.length, i => memory.u32[offsets / 4 + i]!), expected.offsets);
      assert.deepEqual([memory.u32[sums / 4], memory.u32[sums / 4 + 1]], [expected.valid.filter(one => one === 1).length, expected.offsets.at(-1)]);
      assert.equal(kernel.parquetValidity(from, from + count, count, depth, there, present, valid, sums), expected.valid.length);
      assert.deepEqual([...bytesAt(valid, expected.valid.length)], plainSlots(reps, defs, depth, there, present, undefined).valid);
      const starts = reps.flatMap((rep, i) => (rep === 0 ? [i] : [])), row = below(count + 1);
      assert.equal(kernel.parquetRowStart(from, count, row), starts[row] ?? count);
      assert.equal(kernel.parquetCountLevels(from + count, count, 2), defs.filter(level => level === 2).length);
    });
  }
});

test("values into other widths", () => {
  const count = 50, words = many(count, () => BigInt.asIntN(64, BigInt(random.uint32()) << BigInt(below(33)) | BigInt(random.uint32()))), small = words.map(word => Number(BigInt.asIntN(32, word)));
  const arena = new Arena(), from32 = arena.allocate(4 * count), from64 = arena.allocate(8 * count), out = arena.allocate(16 * count);
  memory.i32.set(small, from32 / 4);
  memory.i64.set(BigInt64Array.from(words), from64 / 8);
  const run = (kind: number, from: number): void => { assert.equal(kernel.parquetConvert(kind, from, count, 0, out), 1); };
  const i64 = (): bigint[] => many(count, i => memory.i64[out / 8 + i]!), i128 = (): bigint[] => many(count, i => memory.i64[out / 8 + 2 * i + 1]! << 64n | memory.u64[out / 8 + 2 * i]!);
  run(CONVERT.int32ToI8, from32); assert.deepEqual(many(count, i => memory.i8[out + i]!), small.map(value => value << 24 >> 24));
  run(CONVERT.int32ToI16, from32); assert.deepEqual(many(count, i => memory.i16[out / 2 + i]!), small.map(value => value << 16 >> 16));
  run(CONVERT.int32ToI64, from32); assert.deepEqual(i64(), small.map(BigInt));
  run(CONVERT.uint32ToI64, from32); assert.deepEqual(i64(), small.map(value => BigInt(value >>> 0)));
  run(CONVERT.int32ToF64, from32); assert.deepEqual(many(count, i => memory.f64[out / 8 + i]!), small);
  assert.equal(kernel.parquetConvert(CONVERT.daysToMicros, from32, count, 0, out), 0);
  memory.i32.set(small.map(value => value >> 5), from32 / 4);
  run(CONVERT.daysToMicros, from32); assert.deepEqual(i64(), small.map(value => BigInt(value >> 5) * 86_400_000_000n));
  run(CONVERT.int64ToI128, from64); assert.deepEqual(i128(), words);
  run(CONVERT.uint64ToI128, from64); assert.deepEqual(i128(), words.map(word => BigInt.asUintN(64, word)));
  for (const length of [1, 3, 8, 9, 15, 16, 18]) {
    const bytes = many(count, () => { const one = someBytes(length); if (length > 16) one.fill(one[2]! & 0x80 ? 0xff : 0, 0, 2); return one; }), from = arena.allocate(length * count);
    bytes.forEach((one, i) => memory.u8.set(one, from + length * i));
    const expected = bytes.map(one => BigInt.asIntN(8 * length, BigInt(`0x${Buffer.from(one).toString("hex")}`)));
    assert.equal(kernel.parquetConvert(CONVERT.bytesToI128, from, count, length, out), 1);
    assert.deepEqual(i128(), expected);
    assert.equal(kernel.parquetConvert(CONVERT.bytesToI64, from, count, length, out), expected.every(value => BigInt.asIntN(64, value) === value) ? 1 : 0);
    kernel.parquetConvert(CONVERT.bytesToViews, from, count, length, out);
    assert.deepEqual(many(count, i => viewBytes(out + 16 * i)), bytes);
    const views = arena.allocate(16 * count);
    memory.u8.copyWithin(views, out, out + 16 * count);
    assert.equal(kernel.parquetConvert(CONVERT.viewsToI128, views, count, 0, out), 1);
    assert.deepEqual(i128(), expected);
    if (length >= 16) continue;
    const fixed = arena.allocate(length * count);
    kernel.parquetFixed(out, count, length, fixed);
    assert.deepEqual(bytesAt(fixed, length * count), Uint8Array.from(bytes.flatMap(one => [...one])));
  }
  memory.i64.set(BigInt64Array.from(words.map(word => word >> 12n)), from64 / 8);
  run(CONVERT.millisToMicros, from64); assert.deepEqual(i64(), words.map(word => (word >> 12n) * 1000n));
  memory.i64[from64 / 8 + 7] = 2n ** 62n;
  assert.equal(kernel.parquetConvert(CONVERT.millisToMicros, from64, count, 0, out), 0);
  kernel.parquetNarrow(NARROW.nanosToMicros, from64, count, out); assert.deepEqual(i64(), many(count, i => memory.i64[from64 / 8 + i]! / 1000n));
  const wide = arena.allocate(16), low = 10n ** 20n % 2n ** 64n;
  for (const value of [1n, -1n, 123456789012345678n, -(10n ** 17n)]) {
    memory.u64[wide / 8] = BigInt.asUintN(64, value);
    memory.i64[wide / 8 + 1] = value >> 64n;
    kernel.parquetScale(wide, 1, 1, BigInt.asIntN(64, low), 10n ** 20n >> 64n);
    assert.equal(memory.i64[wide / 8 + 1]! << 64n | memory.u64[wide / 8]!, value * 10n ** 20n);
  }
  arena.release();
});

test("bytes that are all ASCII", () => {
  for (let round = 0; round < 400; round++) {
    const bytes = Uint8Array.from(many(below(200), () => below(128)));
    if (bytes.length > 0 && below(2) === 0) bytes[below(bytes.length)] = 128 + below(128);
    assert.equal(withBytes(bytes, (from, end) => kernel.parquetIsAscii(from, end)), bytes.every(byte => byte < 128) ? 1 : 0, `seed ${SEED}, round ${round}`);
  }
});

test("dictionaries and extremes", () => {
  for (let round = 0; round < 200; round++) {
    const arena = new Arena(), count = 1 + below(200), texts = many(count, () => Buffer.from("ab日c".repeat(below(8)).slice(0, below(24)) + String(below(4)))), views = arena.allocate(16 * count), what = `seed ${SEED}, round ${round}`;
    texts.forEach((text, i) => storeBytes(text, views + 16 * i, arena));
    const most = 1 + below(60), slots = arena.allocateZeroed(4 * 256), entries = arena.allocate(16 * most), heapBytes = below(300), heap = arena.allocate(heapBytes), state = arena.allocateZeroed(8), ids = arena.allocate(4 * count);
    const known = new Map<string, number>(), expected: number[] = [];
    let used = 0;
    for (const text of texts) {
      const key = text.toString("latin1");
      if (!known.has(key)) {
        if (known.size === most || text.length > 12 && text.length > heapBytes - used) break;
        if (text.length > 12) used += text.length;
        known.set(key, known.size);
      }
      expected.push(known.get(key)!);
    }
    const done = kernel.parquetIntern(0, views, count, slots, 255, entries, most, heap, heapBytes, state, ids);
    assert.equal(done, expected.length, what);
    assert.deepEqual(many(done, i => memory.u32[ids / 4 + i]!), expected, what);
    assert.deepEqual(many(known.size, i => Buffer.from(viewBytes(entries + 16 * i)).toString("latin1")), [...known.keys()], what);
    assert.equal(memory.u32[state / 4], known.size);
    const found = arena.allocate(8), sorted = texts.toSorted(Buffer.compare);
    assert.equal(kernel.parquetExtremes(EXTREMES.views, views, count, found), 1);
    assert.deepEqual([texts[memory.u32[found / 4]!], texts[memory.u32[found / 4 + 1]!]], [sorted[0], sorted.at(-1)], what);
    for (const [kind, width] of [[4, 4], [8, 8], [16, 16]] as const) {
      const numbers = many(count, () => BigInt(below(40)) << BigInt(below(2) * 8 * (width - 1))), values = arena.allocate(16 * count), table = arena.allocateZeroed(4 * 1024), all = arena.allocate(16 * 200), at = arena.allocateZeroed(8);
      numbers.forEach((value, i) => { for (let b = 0; b < width; b++) memory.u8[values + width * i + b] = Number(value >> BigInt(8 * b) & 255n); });
      assert.equal(kernel.parquetIntern(kind, values, count, table, 1023, all, 200, 0, 0, at, ids), count);
      const distinct = [...new Set(numbers)];
      assert.deepEqual(many(count, i => memory.u32[ids / 4 + i]!), numbers.map(value => distinct.indexOf(value)), what);
      memory.u8.fill(0, table, table + 4096);
      kernel.parquetRehash(kind, all, distinct.length, table, 1023);
      assert.equal(kernel.parquetIntern(kind, values, count, table, 1023, all, 200, 0, 0, at, ids), count);
      assert.equal(memory.u32[at / 4], distinct.length);
    }
    arena.release();
  }
  const arena = new Arena(), data = arena.allocate(64), out = arena.allocate(8), both = (kind: number, count: number): number[] | undefined => (kernel.parquetExtremes(kind, data, count, out) === 0 ? undefined : [memory.u32[out / 4]!, memory.u32[out / 4 + 1]!]);
  memory.f64.set([3, -1, 7, NaN], data / 8); assert.deepEqual(both(EXTREMES.f64, 3), [1, 2]); assert.equal(both(EXTREMES.f64, 4), undefined); assert.equal(both(EXTREMES.f64, 0), undefined);
  memory.f32.set([3, -1, 7, NaN], data / 4); assert.deepEqual(both(EXTREMES.f32, 3), [1, 2]); assert.equal(both(EXTREMES.f32, 4), undefined);
  memory.i32.set([3, -1, 7], data / 4); assert.deepEqual(both(EXTREMES.i32, 3), [1, 2]);
  memory.i64.set([3n, -1n, 7n], data / 8); assert.deepEqual(both(EXTREMES.i64, 3), [1, 2]);
  memory.i64.set([3n, 0n, 9n, -1n, 0n, 5n], data / 8); assert.deepEqual(both(EXTREMES.i128, 3), [1, 2]);
  memory.u8.set([1, 0, 1], data); assert.deepEqual(both(EXTREMES.bytes, 3), [1, 0]);
  arena.release();
});

test("some rows of pages, and rows by the numbers of their entries", () => {
  for (let round = 0; round < 400; round++) {
    const width = [1, 2, 4, 8, 16][below(5)]!, entries = 1 + below(50), first = below(20), count = 1 + below(100), arena = new Arena(), what = `seed ${SEED}, round ${round}`;
    const rows = many(count, i => i + first).filter(() => below(3) > 0), hasCodes = below(2) === 0, codes = many(count, () => below(entries)), bytes = someBytes(width * Math.max(entries, count));
    const data = arena.allocate(bytes.length), out = arena.allocateZeroed(width * (first + count)), at = arena.allocate(4 * count), list = arena.allocate(4 * count), wanted = arena.allocate(entries);
    memory.u8.set(bytes, data);
    memory.u32.set(codes, at >>> 2);
    memory.u32.set(rows, list >>> 2);
    kernel.parquetPickRows(width, data, hasCodes ? at : 0, first, list, rows.length, out);
    for (const row of rows) assert.deepEqual(bytesAt(out + row * width, width), bytes.slice(...[0, width].map(end => (hasCodes ? codes[row - first]! : row - first) * width + end)), what);
    const through = many(entries, () => below(2)), chosen = many(count, i => i).filter(() => below(3) > 0), all = below(2) === 0;
    memory.u8.set(through, wanted);
    memory.u32.set(chosen, list >>> 2);
    const met = kernel.parquetSelectCodes(wanted, at, all ? 0 : list, all ? count : chosen.length, list);
    assert.deepEqual([...memory.u32.subarray(list >>> 2, (list >>> 2) + met)], (all ? codes.map((_, i) => i) : chosen).filter(row => through[codes[row]!] === 1), what);
    arena.release();
  }
});
