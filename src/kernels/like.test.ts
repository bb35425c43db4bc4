/** Catches LIKE that differs from a regular expression: texts of all lengths, letters of several bytes, patterns that nearly match. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { seededRandom } from "../base/clock.ts";
import { vectorOf } from "../columns/cells.ts";
import { Arena } from "../memory/arena.ts";
import { linearMemory } from "../memory/linear-memory.ts";
import { STRING } from "../types/data-type.ts";
import { kernels } from "./kernels.ts";

const SEED = Number(process.env["MILLRACE_SEED"] ?? "1"), random = seededRandom(SEED), memory = linearMemory();
const below = (end: number): number => random.uint32() % end;
const LETTERS = ["a", "b", "c", "é", "語", "\u{1f30a}", "."];
const text = (length: number, letters: number): string => Array.from({ length }, () => LETTERS[below(letters)]!).join("");

test("LIKE is what a regular expression says", () => {
  let met = 0, all = 0;
  for (let round = 0; round < 800; round++) {
    const arena = new Arena(), letters = 2 + below(LETTERS.length - 1), texts = Array.from({ length: 40 }, () => text(below(below(3) === 0 ? 70 : 12), letters));
    // Pieces of a text between % and _, so that many match.
    const from = [...texts[0]!], parts = Array.from({ length: 1 + below(5) }, () => (below(3) === 0 ? "%" : below(5) === 0 ? "_" : below(2) === 0 ? from.slice(below(from.length + 1), below(from.length + 1)).join("") : text(below(4), letters)));
    if (below(2) === 0) parts.push("%");
    if (below(2) === 0) parts.unshift("%");
    const pattern = parts.join(""), bytes = Uint8Array.from(parts.flatMap(part => [...part].flatMap(c => (c === "%" ? [0xff] : c === "_" ? [0xfe] : [...Buffer.from(c)]))));
    const expected = new RegExp(`^${[...pattern].map(c => (c === "%" ? "[^]*" : c === "_" ? "[^]" : c.replace(".", "\\."))).join("")}$`, "u");
    const data = vectorOf(STRING, texts, arena).data, at = arena.allocate(bytes.length + 1), out = arena.allocate(texts.length);
    memory.u8.set(bytes, at);
    kernels().likeViews(data, -1, at, bytes.length, 0, texts.length, out);
    texts.forEach((one, i) => {
      assert.equal(memory.u8[out + i], Number(expected.test(one)), `seed ${SEED}, round ${round}: ${JSON.stringify(one)} LIKE ${JSON.stringify(pattern)}`);
      met += memory.u8[out + i]!;
      all++;
    });
    arena.release();
  }
  assert.ok(met > 0.05 * all && met < 0.9 * all, `${met} of ${all}`);
});
