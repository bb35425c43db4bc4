/** Catches lines that depend on how bytes are cut into chunks, and a long line that is held whole. */
import assert from "node:assert/strict";
import test from "node:test";
import { seededRandom } from "../../base/clock.ts";
import { LineSplitter, type Line, type LongLine } from "./line-splitter.ts";

const TEXT = Buffer.from("one\ntwo\r\n\r\nthree\rfour\n\nä€😀\nlast", "utf8"), LINES = ["one", "two", "", "three", "four", "", "ä€😀", "last"];

test("lines end by LF, CR or CR LF, however the bytes are cut", () => {
  const random = seededRandom(3);
  for (let run = 0; run < 200; run++) {
    const splitter = new LineSplitter(1000, 10), found: string[] = [], take = (line: Line | LongLine): void => { assert.ok("text" in line); found.push(line.text); };
    for (let at = 0; at < TEXT.length;) {
      const length = 1 + random.uint32() % 5;
      splitter.push(TEXT.subarray(at, at + length), take);
      at += length;
    }
    splitter.end(take);
    splitter.end(take);
    assert.deepEqual(found, LINES);
  }
});

test("of a line that is too long the beginning is kept, and all is counted", () => {
  const splitter = new LineSplitter(100, 10), found: (Line | LongLine)[] = [];
  for (let i = 0; i < 1000; i++) {
    splitter.push(Buffer.from("0123456789abc"), line => found.push(line));
    assert.ok(splitter.heldBytes <= 113);
  }
  splitter.push(Buffer.from("\nnext\n"), line => found.push(line));
  assert.deepEqual(found, [{ start: Uint8Array.from(Buffer.from("0123456789")), bytes: 13_000 }, { text: "next", bytes: 4 }]);
});
