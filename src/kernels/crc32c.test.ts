/** Catches a checksum that is wrong for some length or place: lanes put together wrongly, bytes left over. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { seededRandom } from "../base/clock.ts";
import { linearMemory } from "../memory/linear-memory.ts";
import { plainCrc32c } from "./crc32c.ts";
import { kernels } from "./kernels.ts";

const SEED = Number(process.env["MILLRACE_SEED"] ?? "1"), random = seededRandom(SEED), below = (end: number): number => random.uint32() % end;

test("the checksum of RFC 3720's vector, and of any bytes as bit by bit", () => {
  const memory = linearMemory(), size = 40_000, pointer = memory.allocate(size);
  memory.u8.set(new TextEncoder().encode("123456789"), pointer);
  assert.equal(kernels().crc32cOf(pointer, pointer + 9) >>> 0, 0xe3069283);
  for (let i = 0; i < size; i++) memory.u8[pointer + i] = random.uint32();
  for (let i = 0; i < 300; i++) {
    const from = pointer + below(100), to = from + below(i % 3 === 0 ? 40 : i % 3 === 1 ? 5000 : size - 100);
    assert.equal(kernels().crc32cOf(from, to), plainCrc32c(memory.u8.subarray(from, to)), `seed ${SEED}, ${i}: ${to - from} bytes`);
  }
  memory.free(pointer, size);
});
