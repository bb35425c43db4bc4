/** Catches a kernel that reads Kafka's records otherwise than the plain rule: nulls, cut bytes, ranges of offsets, more records than rows. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { seededRandom } from "../base/clock.ts";
import { viewBytes } from "../columns/cells.ts";
import { Arena } from "../memory/arena.ts";
import { linearMemory } from "../memory/linear-memory.ts";
import { kernels } from "./kernels.ts";
import { plainKafkaRecords, type PlainRecord } from "./kafka-records.ts";

const SEED = Number(process.env["MILLRACE_SEED"] ?? "1"), random = seededRandom(SEED), memory = linearMemory();
const below = (end: number): number => random.uint32() % end;

function varint(value: number): number[] {
  let left = BigInt.asUintN(64, BigInt(value) << 1n ^ BigInt(value) >> 63n);
  const bytes: number[] = [];
  for (; left >= 0x80n; left >>= 7n) bytes.push(Number(left & 0x7fn) | 0x80);
  return [...bytes, Number(left)];
}
const part = (): number[] => {
  if (below(4) === 0) return varint(-1);
  const length = [0, 3, 12, 13, 40, 300][below(6)]!;
  return [...varint(length), ...Array.from({ length }, () => below(256))];
};

function randomRecords(): { readonly bytes: Uint8Array; readonly count: number } {
  const count = 1 + below(30), bytes: number[] = [];
  for (let i = 0, offset = 0; i < count; i++, offset += 1 + below(3)) {
    const body = [0, ...varint(below(5000) - 1000), ...varint(offset), ...part(), ...part(), ...varint(0)];
    bytes.push(...varint(body.length), ...body);
  }
  return { bytes: Uint8Array.from(bytes), count };
}

/** As columns by the kernel, `capacity` rows a call; -1 when it refused. */
function byKernel(bytes: Uint8Array, count: number, base: bigint, time: bigint, appended: boolean, low: bigint, high: bigint, capacity: number): PlainRecord[] | -1 {
  const arena = new Arena(), from = arena.allocate(bytes.length), state = arena.allocate(12), found: PlainRecord[] = [];
  memory.u8.set(bytes, from);
  memory.u32.set([from, from + bytes.length, count], state / 4);
  const [keys, values] = [arena.allocate(16 * capacity), arena.allocate(16 * capacity)], [keyValid, valueValid] = [arena.allocate(capacity), arena.allocate(capacity)];
  const [offsets, times, headers] = [arena.allocate(8 * capacity), arena.allocate(8 * capacity), arena.allocate(4 * capacity)];
  try {
    while (memory.u32[state / 4 + 2]! > 0) {
      const rows = kernels().kafkaRecords(state, base, time, appended ? 1 : 0, low, high, 0, capacity, keys, keyValid, values, valueValid, offsets, times, headers);
      if (rows < 0) return -1;
      for (let i = 0; i < rows; i++) found.push({
        key: memory.u8[keyValid + i] === 0 ? null : viewBytes(keys + 16 * i), value: memory.u8[valueValid + i] === 0 ? null : viewBytes(values + 16 * i),
        offset: memory.i64[offsets / 8 + i]!, micros: memory.i64[times / 8 + i]!, headersAt: memory.u32[headers / 4 + i]! - from,
      });
    }
    return found;
  } finally {
    arena.release();
  }
}

test("records as the plain rule reads them, also of bytes that are damaged", () => {
  let refused = 0;
  for (let i = 0; i < 2000; i++) {
    const { bytes, count } = randomRecords(), base = BigInt(below(1_000_000)), time = 1_700_000_000_000n + BigInt(below(1000)), appended = below(3) === 0;
    const low = base + BigInt(below(20) - 10), high = low + BigInt(below(60)), damaged = below(2) === 0;
    if (damaged) for (let j = 0; j < 8; j++) bytes[below(bytes.length)] = below(256);
    let expected: PlainRecord[] | -1;
    try {
      expected = plainKafkaRecords(bytes, count, base, time, appended, low, high).map(record => ({ ...record, key: record.key?.slice() ?? null, value: record.value?.slice() ?? null }));
    } catch (error) {
      assert.ok(error instanceof RangeError, String(error));
      expected = -1;
      refused++;
    }
    assert.deepEqual(byKernel(bytes, count, base, time, appended, low, high, 1 + below(12)), expected, `seed ${SEED}, ${i}`);
  }
  assert.ok(refused > 100, `${refused} were refused`);
});
