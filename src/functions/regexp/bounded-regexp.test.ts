/** Catches regular expressions that hang, and a bounded search that finds something else than JavaScript's own. */
import assert from "node:assert/strict";
import test from "node:test";
import { seededRandom } from "../../base/clock.ts";
import { ExecutionError } from "../../base/errors.ts";
import { BoundedRegExp } from "./bounded-regexp.ts";
import { javaRegExp } from "./java-regexp.ts";

test("what would double its time with each letter is found, or not, at once", () => {
  const a = "a".repeat(5000);
  for (const pattern of ["(a+)+$", "(a|a)+$", "(a|aa)+$", "^(a+)*b", "(.*a){12}b", "(?:a?){60}b", "(\\w+\\s?)+$", "(x+x+)+y", "(a*)*c", "([a-z]+)*[0-9]"]) {
    assert.equal(javaRegExp(pattern, "rlike").test(`${a}!`), false, pattern);
    assert.equal(javaRegExp(pattern.replace(/[$byc]$|\[0-9\]$/, ""), "rlike").test(a), !pattern.startsWith("(x"), pattern);
  }
  const long = "x".repeat(200_000);
  assert.equal(javaRegExp(".*a.*b.*c", "rlike").test(long), false);
  assert.equal(javaRegExp("\\s+$", "rlike").test(`${" ".repeat(200_000)}x`), false);
});

test("what refers back is given up after a number of steps", () => {
  assert.throws(() => javaRegExp("(a+)+(b\\2)?c\\1", "rlike").test("a".repeat(5000)), (error: unknown) => error instanceof ExecutionError && error.condition === "MILLRACE_REGEXP_TOO_COMPLEX");
});

test("the bounded search finds what JavaScript finds, captures included", () => {
  const numbers = seededRandom(20_261_121), random = (bound: number): number => numbers.uint32() % bound, atoms = ["a", "b", "[ab]", ".", "c", "\\b", "(?=a)", "(?!b)", "^", "$", "é", "[^a]", "(?<=b)", "\\w"];
  const expression = (depth: number): string => {
    const parts: string[] = [];
    for (let i = random(3); i >= 0; i--) {
      let part = depth > 0 && random(2) === 0 ? `(${random(2) === 0 ? "?:" : ""}${expression(depth - 1)}${random(3) === 0 ? `|${expression(depth - 1)}` : ""})` : atoms[random(atoms.length)]!;
      // Of a part that can be empty another match may be found.
      if (!new RegExp(`^(?:${part})$`, "v").test("") && !/\\b|\(\?[=!<]|[$]|\^(?!a)/.test(part) && !/^(?:\\b|\(\?[=!<][^)]*\)|\^|\$)$/.test(part)) part += ["", "", "*", "+", "?", "{1,3}", "*?", "+?", "{5,}"][random(9)]!;
      parts.push(part);
    }
    return parts.join("");
  };
  let searched = 0;
  for (let round = 0; round < 1500; round++) {
    const source = expression(2), text = Array.from({ length: 24 + random(6) }, () => ["a", "b", "c", "é", " ", "\n"][random(6)]!).join("");
    const plain = new RegExp(source, "gv"), bounded = new BoundedRegExp(source, "gv");
    const expected = plain.exec(text), actual = bounded.exec(text);
    assert.equal(actual?.index, expected?.index, `${source} over ${JSON.stringify(text)}`);
    assert.equal(actual?.[0], expected?.[0], `${source} over ${JSON.stringify(text)}`);
    if (actual !== null && /[*+}]\)[*+{]/.test(source)) searched++;
  }
  assert.ok(searched > 20, String(searched));
});
