/** Catches a kernel of LIKE that answers otherwise than the pattern as a regular expression: random texts and patterns of few letters, so that they nearly fit. */
import assert from "node:assert/strict";
import test from "node:test";
import { seededRandom } from "../../base/clock.ts";
import { vectorOf } from "../../columns/cells.ts";
import { kernels } from "../../kernels/kernels.ts";
import { Arena } from "../../memory/arena.ts";
import { linearMemory } from "../../memory/linear-memory.ts";
import { STRING } from "../../types/data-type.ts";
import { likeBytes, likePattern } from "./like.ts";

const SEED = Number(process.env["MILLRACE_SEED"] ?? "1"), random = seededRandom(SEED);
const below = (end: number): number => random.uint32() % end;
const some = (letters: readonly string[], most: number): string => Array.from({ length: below(most) }, () => letters[below(letters.length)]!).join("");

test("the kernel and the regular expression agree", () => {
  for (let round = 0; round < 600; round++) {
    const arena = new Arena(), pattern = some(["a", "b", "é", "\u{10000}", "%", "%", "_", "\\%", "\\\\"], 9), texts = Array.from({ length: 40 }, () => some(["a", "a", "b", "é", "\u{10000}", "%", "_", "\\"], 20));
    const values = vectorOf(STRING, texts, arena), bytes = likeBytes(pattern), at = arena.allocate(bytes.length + 1), out = arena.allocate(texts.length), memory = linearMemory();
    memory.u8.set(bytes, at);
    kernels().likeViews(values.data, -1, at, bytes.length, 0, texts.length, out);
    texts.forEach((text, i) => assert.equal(memory.u8[out + i] === 1, likePattern(pattern, "\\", false).test(text), `seed ${SEED}, ${round}: ${JSON.stringify(text)} LIKE ${JSON.stringify(pattern)}`));
    arena.release();
  }
});

test("many % over a text that nearly fits end soon", () => {
  const arena = new Arena(), text = "a".repeat(20_000), values = vectorOf(STRING, [text], arena), bytes = likeBytes(`${"%a".repeat(30)}%b`), at = arena.allocate(bytes.length), out = arena.allocate(1);
  linearMemory().u8.set(bytes, at);
  kernels().likeViews(values.data, -1, at, bytes.length, 0, 1, out);
  assert.equal(linearMemory().u8[out], 0);
  arena.release();
});
