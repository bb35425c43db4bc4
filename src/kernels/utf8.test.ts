/** Catches bytes that are taken for UTF-8 and aren't, or the other way round. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { seededRandom } from "../base/clock.ts";
import { storeBytes } from "../columns/store-bytes.ts";
import { Arena } from "../memory/arena.ts";
import { linearMemory } from "../memory/linear-memory.ts";
import { kernels } from "./kernels.ts";

const SEED = Number(process.env["MILLRACE_SEED"] ?? "1"), random = seededRandom(SEED), memory = linearMemory();
const below = (end: number): number => random.uint32() % end;

/** What the platform says. */
function isText(bytes: Uint8Array): boolean {
  try {
    new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    return true;
  } catch { return false; }
}

/** Characters of one to four bytes between runs of ASCII, often with a byte that is changed or left out. */
function someBytes(): Uint8Array {
  const text = Array.from({ length: below(6) }, () => String.fromCodePoint([below(0x80), 0x80 + below(0x780), 0x800 + below(0xd000), 0xe000 + below(0x2000), 0x10000 + below(0x100000)][below(5)]!) + "a".repeat(below(20))).join("");
  const bytes = Buffer.from(text);
  if (bytes.length > 0 && below(2) === 0) bytes[below(bytes.length)] = [0x80, 0xc0, 0xed, 0xf0, 0xf4, 0xf5, below(256)][below(7)]!;
  return bytes.length > 0 && below(4) === 0 ? bytes.subarray(0, below(bytes.length)) : bytes;
}

test("one value, as the platform decides", () => {
  let refused = 0;
  for (let i = 0; i < 20_000; i++) {
    const arena = new Arena(), view = arena.allocate(16), bytes = someBytes(), expected = isText(bytes);
    storeBytes(bytes, view, arena);
    assert.equal(kernels().viewsAreUtf8(view, -1, 0, 0, 1) === 1, expected, `${Buffer.from(bytes).toString("hex")}, seed ${SEED}`);
    if (!expected) refused++;
    arena.release();
  }
  assert.ok(refused > 2000 && refused < 18_000, String(refused));
});

test("nulls and rows that aren't selected don't count", () => {
  const arena = new Arena(), views = arena.allocate(48), valid = arena.allocate(3), selection = arena.allocate(8);
  [Buffer.from("plain"), Buffer.from([0xff]), Buffer.from("ä")].forEach((bytes, row) => storeBytes(bytes, views + 16 * row, arena));
  memory.u8.set([1, 0, 1], valid);
  memory.u32.set([0, 2], selection / 4);
  assert.equal(kernels().viewsAreUtf8(views, -1, 0, 0, 3), 0);
  assert.equal(kernels().viewsAreUtf8(views, -1, valid, 0, 3), 1);
  assert.equal(kernels().viewsAreUtf8(views, -1, 0, selection, 2), 1);
  assert.equal(kernels().viewsAreUtf8(views + 16, 0, 0, 0, 3), 0);
  arena.release();
});
