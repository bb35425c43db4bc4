/** Catches a record that reads back as something else, and a verdict that takes damage for a torn write or the reverse. */
import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { crc32c } from "./crc32c.ts";
import { PAGE_BYTES, recordBytes, RecordEncoder, RecordReader, SECTOR_BYTES, SectionKind } from "./record.ts";
import { readSegment } from "./segment.ts";

/** The definition, a bit at a time. */
function slowCrc32c(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  }
  return ~crc >>> 0;
}

test("crc32c of the vectors of RFC 3720 and of anything, in one part or two", () => {
  assert.equal(crc32c(new TextEncoder().encode("123456789")), 0xe3069283);
  assert.equal(crc32c(new Uint8Array(32)), 0x8a9136aa);
  assert.equal(crc32c(new Uint8Array(32).fill(0xff)), 0x62a8ab43);
  assert.equal(crc32c(new Uint8Array(32).map((_, at) => at)), 0x46dd794e);
  fc.assert(fc.property(fc.uint8Array({ maxLength: 400 }), fc.nat(400), (bytes, cut) => {
    const at = Math.min(cut, bytes.length), expected = slowCrc32c(bytes);
    assert.equal(crc32c(bytes), expected);
    assert.equal(crc32c(bytes, at, bytes.length, crc32c(bytes, 0, at)), expected);
  }));
});

interface Part { readonly kind: number; readonly operatorId: number; readonly from: number; readonly to: number; readonly bytes: Uint8Array }
const part = fc.record({
  kind: fc.constantFrom(SectionKind.state, SectionKind.output), operatorId: fc.nat(), from: fc.nat(255), to: fc.nat(256),
  bytes: fc.uint8Array({ maxLength: 6000 }),
});

/** A segment of `pages` pages with a header page and these records. */
function segment(pages: number, records: readonly { readonly text: string; readonly parts: readonly Part[] }[]): { bytes: Uint8Array; ends: number[] } {
  const bytes = new Uint8Array(pages * PAGE_BYTES), encoder = new RecordEncoder(), ends: number[] = [];
  encoder.begin(JSON.stringify({ segmentBytes: bytes.length }), 0);
  let at = encoder.finish(5, 0, 0, 0), previous = encoder.headerCrc;
  bytes.set(encoder.buffer.subarray(0, at));
  for (const [number, { text, parts }] of records.entries()) {
    encoder.begin(JSON.stringify(text), parts.length);
    for (const { kind, operatorId, from, to, bytes: content } of parts) encoder.add(kind, operatorId, from, to, content);
    const length = encoder.finish(5, number + 1, 0, previous);
    previous = encoder.headerCrc;
    bytes.set(encoder.buffer.subarray(0, length), at);
    ends.push(at += length);
  }
  return { bytes, ends };
}

test("any records read back as they were written", () => {
  fc.assert(fc.property(fc.array(fc.record({ text: fc.string(), parts: fc.array(part, { maxLength: 4 }) }), { maxLength: 4 }), records => {
    const { bytes, ends } = segment(40, records), content = readSegment(bytes, 5, 0);
    assert.deepEqual(content.end, { kind: "clean" });
    assert.equal(content.records.length, records.length);
    for (const [number, record] of content.records.entries()) {
      const given = records[number]!;
      assert.equal(record.metadata, given.text);
      assert.equal(record.offset + record.bytes, ends[number]);
      assert.equal(record.bytes, recordBytes(new TextEncoder().encode(JSON.stringify(given.text)).length, given.parts.map(item => item.bytes.length)));
      assert.deepEqual(record.sections.map(({ kind, operatorId, groupFrom, groupTo, offset, bytes: length }) =>
        ({ kind, operatorId, from: groupFrom, to: groupTo, bytes: bytes.slice(offset, offset + length) })), given.parts.map(item => ({ ...item })));
    }
  }), { numRuns: 60 });
});

test("the encoder's sections are where the reader finds them", () => {
  const encoder = new RecordEncoder();
  encoder.begin("{}", 2);
  encoder.add(SectionKind.state, 1, 0, 256, new Uint8Array(100_000).fill(7));
  encoder.add(SectionKind.output, 0, 0, 0, new Uint8Array([1, 2, 3]));
  const length = encoder.finish(1, 1, 0, 0), reader = new RecordReader(encoder.buffer.slice(0, length));
  const header = reader.header(0);
  assert.ok(typeof header === "object");
  const sections = reader.sections(0, header);
  assert.ok(typeof sections === "object");
  for (const [number, section] of sections.entries()) {
    const { offset, bytes, crc32c: crc } = encoder.section(number);
    assert.deepEqual({ offset, bytes, crc }, { offset: section.offset, bytes: section.bytes, crc: section.crc32c });
  }
  assert.throws(() => encoder.add(SectionKind.state, 1, 0, 256, new Uint8Array(1)), RangeError);
  encoder.begin("{}", 1);
  assert.throws(() => encoder.finish(1, 1, 0, 0), RangeError);
});

test("any sectors of the last record missing: torn, unless none that matters is; of an earlier one: corrupt", () => {
  const parts: Part[] = [{ kind: SectionKind.state, operatorId: 1, from: 0, to: 256, bytes: new Uint8Array(5000).fill(9) }];
  const { bytes, ends } = segment(12, [{ text: "a", parts }, { text: "b", parts }]);
  const first = PAGE_BYTES, second = ends[0]!, used = Math.ceil((64 + 48 + 8 + 5000) / SECTOR_BYTES);
  fc.assert(fc.property(fc.uniqueArray(fc.nat(used - 1), { minLength: 1 }), missing => {
    for (const [start, expected] of [[second, "torn"], [first, "corrupt"]] as const) {
      const damaged = bytes.slice();
      for (const sector of missing) damaged.fill(0, start + sector * SECTOR_BYTES, start + (sector + 1) * SECTOR_BYTES);
      const all = start === second && missing.length === used;
      assert.equal(readSegment(damaged, 5, 0).end.kind, all ? "clean" : expected);
    }
  }));
});

test("any byte of the last record changed is corrupt", () => {
  // Also a byte that is the only one of its sector, set to zero: the padding of that sector shows that it had arrived.
  for (let length = 395; length < 410; length++) {
    const { bytes, ends } = segment(6, [{ text: "a", parts: [] }, { text: "b".repeat(length), parts: [] }]);
    const start = ends[0]!, end = start + 64 + 24 + length + 2;
    for (let at = start; at < end; at++) {
      for (const value of [0, bytes[at]! ^ 0x20]) {
        const damaged = bytes.slice();
        damaged[at] = value;
        if (value !== bytes[at]) assert.equal(readSegment(damaged, 5, 0).end.kind, "corrupt", `byte ${at - start} of ${length}`);
      }
    }
  }
});

test("a record of another history is not taken, though its number fits", () => {
  const ours = segment(8, [{ text: "a", parts: [] }, { text: "b", parts: [] }]), other = segment(8, [{ text: "A", parts: [] }, { text: "B", parts: [] }]);
  const mixed = ours.bytes.slice();
  mixed.set(other.bytes.subarray(ours.ends[0], ours.ends[1]), ours.ends[0]);
  assert.match(JSON.stringify(readSegment(mixed, 5, 0).end), /record 2 does not follow/);
});

test("records of another epoch or out of order are not taken", () => {
  const { bytes } = segment(8, [{ text: "a", parts: [] }, { text: "b", parts: [] }]);
  assert.equal(readSegment(bytes, 6, 0).end.kind, "corrupt");
  const twice = bytes.slice();
  twice.copyWithin(2 * PAGE_BYTES, PAGE_BYTES, 2 * PAGE_BYTES);
  assert.match(JSON.stringify(readSegment(twice, 5, 0).end), /does not follow/);
  assert.match(JSON.stringify(readSegment(bytes.slice(0, 7 * PAGE_BYTES), 5, 0).end), /28672 bytes, not 32768/);
});
