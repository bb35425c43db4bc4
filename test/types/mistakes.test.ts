/**
 * Catches mistakes that the compiler lets pass, and messages that no longer say what is wrong. programs/mistakes.ts has
 * each mistake under a comment with the exact first line of what the compiler says.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, test } from "node:test";
import { Declarations } from "./compile.ts";

const declarations = new Declarations();
after(() => declarations[Symbol.dispose]());

test("each mistake is refused with the message that stands above it", () => {
  const source = readFileSync(new URL("programs/mistakes.ts", import.meta.url), "utf8").split("\n");
  const expected = source.flatMap((line, i) => {
    const text = /^\/\/ (TS\d+: .*)$/.exec(line)?.[1];
    return text === undefined ? [] : [`${i + 2}: ${text}`];
  });
  assert.ok(expected.length > 20);
  const { errors } = declarations.compile(["common.ts", "mistakes.ts"]);
  assert.deepEqual(errors.map(({ line, text }) => `${line}: ${text}`), expected);
});
