/** Catches text whose bytes in a view or in the row codec are not its UTF-8, at lengths where the form changes. */
import assert from "node:assert/strict";
import test from "node:test";
import { seededRandom } from "../base/clock.ts";
import { Arena } from "../memory/arena.ts";
import { STRING } from "../types/data-type.ts";
import { viewBytes } from "./cells.ts";
import { decodeCell, encodeCell } from "./row-codec.ts";
import { storeBytes, storeText } from "./store-bytes.ts";

const ALPHABETS = ["abc XYZ09", "aé", "日本語", "a😀", "\u{feff}ab", "\ud800a"];

test("text and bytes are kept as they are", () => {
  const arena = new Arena(), random = seededRandom(7), encoder = new TextEncoder(), decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  const view = arena.allocate(16);
  for (let i = 0; i < 3_000; i++) {
    const letters = ALPHABETS[random.uint32() % ALPHABETS.length]!, length = random.uint32() % (i % 3 === 0 ? 8 : i % 3 === 1 ? 60 : 300);
    const text = Array.from({ length }, () => letters[random.uint32() % letters.length]!).join(""), utf8 = encoder.encode(text);
    arena.memory.u8.fill(0xaa, view, view + 16);
    storeText(text, view, arena);
    assert.deepEqual(viewBytes(view), utf8);
    const stored = arena.memory.u8.slice(view, view + 16);
    arena.memory.u8.fill(0xbb, view, view + 16);
    storeBytes(utf8, view, arena);
    const again = arena.memory.u8.slice(view, view + 16);
    assert.deepEqual(utf8.length <= 12 ? again : again.subarray(0, 8), utf8.length <= 12 ? stored : stored.subarray(0, 8), "views compare by their bytes");
    assert.equal(decodeCell(STRING, encodeCell(STRING, text)), decoder.decode(utf8));
  }
  arena.release();
});
