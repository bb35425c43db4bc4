/** Catches a partitioner that puts keys elsewhere than Java's producer does. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { murmur2, partitionOfKey } from "./partitioner.ts";

test("murmur2 gives what Java's gives", () => {
  const known: readonly (readonly [string, number])[] = [
    ["21", -973932308], ["foobar", -790332482], ["a-little-bit-long-string", -985981536], ["a-little-bit-longer-string", -1486304829],
    ["lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971], ["abc", 479470107],
  ];
  for (const [text, hash] of known) assert.equal(murmur2(Buffer.from(text)), hash, text);
});

test("a negative hash has its sign bit taken off, not its sign", () => {
  const key = Buffer.from("21"), padded = Buffer.concat([Buffer.from("xx"), key, Buffer.from("y")]);
  assert.equal(partitionOfKey(key, 0, 2, 6), ((-973932308 & 0x7fffffff) % 6));
  assert.equal(partitionOfKey(padded, 2, 4, 6), partitionOfKey(key, 0, 2, 6));
});
