/**
 * The envelope of the checkpoint log: one record is a header, a directory of sections and the sections themselves, each
 * with a CRC-32C, padded to whole pages so that a page that was acknowledged is never written again.
 *
 *     header 64 B   magic u32, format u16, flags u16, epoch u64, sequence u64, bodyLength u32, zeroSectors u32,
 *                   directoryCrc u32, previousCrc u32, sectionCount u32, segmentIndex u32, 12 B zero, headerCrc u32
 *     directory     per section 24 B: kind u32, length u32, crc u32, operator u32, groupFrom u16, groupTo u16, 4 B zero
 *     sections      each on an 8-byte boundary; section 0 is the metadata, JSON
 *
 * All integers are little-endian. `previousCrc` is the headerCrc of the record before: a chain over everything, since the
 * header covers the directory and the directory covers each section. `zeroSectors` counts the sectors after the first that
 * are all zero. A disk writes a sector of 512 bytes whole or not at all, and segments start as zeros, so a record of
 * which a sector never arrived has more zero sectors than it says: that tells a torn write from changed bytes.
 */
import { crc32c } from "./crc32c.ts";

export const PAGE_BYTES = 4096;
export const SECTOR_BYTES = 512;
export const HEADER_BYTES = 64;
const ENTRY_BYTES = 24;
const MAGIC = 0x4c474d52; // "RMGL" as bytes
/** The version of this layout and of the metadata in it. A reader refuses a newer one by name. */
export const RECORD_FORMAT = 1;

/** What a section holds. */
export const SectionKind = { metadata: 1, state: 2, output: 3, payload: 4 } as const;

export interface Section {
  readonly kind: number;
  readonly operatorId: number;
  /** Key groups [groupFrom, groupTo). */
  readonly groupFrom: number;
  readonly groupTo: number;
  /** Position in the file. */
  readonly offset: number;
  readonly bytes: number;
  readonly crc32c: number;
}

export interface RecordHeader {
  readonly epoch: number;
  readonly sequence: number;
  readonly segmentIndex: number;
  readonly format: number;
  readonly bodyBytes: number;
  readonly zeroSectors: number;
  readonly directoryCrc: number;
  readonly previousCrc: number;
  readonly sectionCount: number;
  readonly headerCrc: number;
}

const textEncoder = new TextEncoder();
const textDecoder = new TextDecoder("utf-8", { fatal: true });

export const align = (bytes: number, to: number) => Math.ceil(bytes / to) * to;

/** Bytes that a record takes in the log. `sectionBytes` are without the metadata. */
export function recordBytes(metadataBytes: number, sectionBytes: readonly number[]): number {
  let body = (sectionBytes.length + 1) * ENTRY_BYTES + align(metadataBytes, 8);
  for (const bytes of sectionBytes) body += align(bytes, 8);
  return align(HEADER_BYTES + body, PAGE_BYTES);
}

/** Builds one record at a time in a buffer that it keeps: `begin`, `add` as often as announced, `finish`. */
export class RecordEncoder {
  /** Holds the record after `finish`, from byte 0. Valid until the next `begin`. */
  buffer = new Uint8Array(64 * 1024);
  #view = new DataView(this.buffer.buffer);
  #words = new Int32Array(this.buffer.buffer);
  #position = 0;
  #entry = 0;
  #count = 0;

  /** `sectionCount` is without the metadata. Returns the metadata's length in bytes. */
  begin(metadata: string, sectionCount: number): number {
    this.#count = sectionCount + 1;
    this.#entry = HEADER_BYTES;
    this.#position = HEADER_BYTES + this.#count * ENTRY_BYTES;
    this.#reserve(this.#position + metadata.length * 3, this.#position);
    const { written } = textEncoder.encodeInto(metadata, this.buffer.subarray(this.#position));
    this.#close(SectionKind.metadata, 0, 0, 0, written);
    return written;
  }

  add(kind: number, operatorId: number, groupFrom: number, groupTo: number, bytes: Uint8Array): void {
    this.#reserve(this.#position + bytes.length, this.#position);
    this.buffer.set(bytes, this.#position);
    this.#close(kind, operatorId, groupFrom, groupTo, bytes.length);
  }

  /** Bytes that the record will take, known before `finish`. */
  get paddedBytes(): number { return align(this.#position, PAGE_BYTES); }

  /** Writes header and padding. Returns the bytes to write, a multiple of the page size. */
  finish(epoch: number, sequence: number, segmentIndex: number, previousCrc: number): number {
    if (this.#entry !== HEADER_BYTES + this.#count * ENTRY_BYTES) throw new RangeError("a record has other sections than announced");
    const end = this.#position, total = this.paddedBytes;
    this.#reserve(total, end);
    // Padding of the last sector in use is not zero, so that a sector of data never looks like one that did not arrive
    // when its only byte is changed to zero.
    const sectorEnd = align(end, SECTOR_BYTES);
    this.buffer.fill(0xff, end, sectorEnd);
    this.buffer.fill(0, sectorEnd, total);
    const view = this.#view;
    view.setUint32(0, MAGIC, true);
    view.setUint16(4, RECORD_FORMAT, true);
    view.setUint16(6, 0, true);
    setUint53(view, 8, epoch);
    setUint53(view, 16, sequence);
    view.setUint32(24, end - HEADER_BYTES, true);
    view.setUint32(28, countZeroSectors(this.#words, SECTOR_BYTES, sectorEnd) + (total - sectorEnd) / SECTOR_BYTES, true);
    view.setUint32(32, crc32c(this.buffer, HEADER_BYTES, HEADER_BYTES + this.#count * ENTRY_BYTES), true);
    view.setUint32(36, previousCrc, true);
    view.setUint32(40, this.#count, true);
    view.setUint32(44, segmentIndex, true);
    view.setUint32(48, 0, true);
    view.setUint32(52, 0, true);
    view.setUint32(56, 0, true);
    this.headerCrc = crc32c(this.buffer, 0, HEADER_BYTES - 4);
    view.setUint32(60, this.headerCrc, true);
    return total;
  }

  /** Of the record finished last. */
  headerCrc = 0;

  /** Position and checksum of section `number` (0 is the metadata) of the finished record, relative to the record. */
  section(number: number): { readonly offset: number; readonly bytes: number; readonly crc32c: number } {
    let offset = HEADER_BYTES + this.#count * ENTRY_BYTES;
    for (let at = 0; at < number; at++) offset += align(this.#view.getUint32(HEADER_BYTES + at * ENTRY_BYTES + 4, true), 8);
    const entry = HEADER_BYTES + number * ENTRY_BYTES;
    return { offset, bytes: this.#view.getUint32(entry + 4, true), crc32c: this.#view.getUint32(entry + 8, true) };
  }

  #close(kind: number, operatorId: number, groupFrom: number, groupTo: number, bytes: number): void {
    const view = this.#view, entry = this.#entry, start = this.#position;
    if (entry >= HEADER_BYTES + this.#count * ENTRY_BYTES) throw new RangeError("a record has more sections than announced");
    view.setUint32(entry, kind, true);
    view.setUint32(entry + 4, bytes, true);
    view.setUint32(entry + 8, crc32c(this.buffer, start, start + bytes), true);
    view.setUint32(entry + 12, operatorId, true);
    view.setUint16(entry + 16, groupFrom, true);
    view.setUint16(entry + 18, groupTo, true);
    view.setUint32(entry + 20, 0, true);
    this.#entry = entry + ENTRY_BYTES;
    const end = start + bytes, next = align(end, 8);
    this.#reserve(next, end);
    this.buffer.fill(0, end, next);
    this.#position = next;
  }

  #reserve(bytes: number, used: number): void {
    if (bytes <= this.buffer.length) return;
    const larger = new Uint8Array(align(Math.max(bytes, this.buffer.length * 2), PAGE_BYTES));
    larger.set(this.buffer.subarray(0, used));
    this.buffer = larger;
    this.#view = new DataView(larger.buffer);
    this.#words = new Int32Array(larger.buffer);
  }
}

function setUint53(view: DataView, at: number, value: number): void {
  view.setUint32(at, value >>> 0, true);
  view.setUint32(at + 4, Math.floor(value / 0x100000000), true);
}

/** All-zero sectors in bytes [from, to) of an aligned buffer. */
function countZeroSectors(words: Int32Array, from: number, to: number): number {
  let count = 0;
  for (let sector = from; sector < to; sector += SECTOR_BYTES) {
    let at = sector >> 2;
    const end = (sector + SECTOR_BYTES) >> 2;
    while (at < end && words[at] === 0) at++;
    if (at === end) count++;
  }
  return count;
}

/** The bytes of a file that holds records, read whole. */
export class RecordReader {
  readonly bytes: Uint8Array;
  readonly #view: DataView;
  readonly #words: Int32Array;

  /** `bytes` must start at a multiple of 4 in its buffer. */
  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#words = new Int32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength >> 2);
  }

  /** The header at a page boundary. "zero": that sector was never written. "bad": it was, and it is not a header now. */
  header(at: number): RecordHeader | "zero" | "bad" {
    if (at + SECTOR_BYTES > this.bytes.length) return "zero";
    const view = this.#view;
    if (view.getUint32(at, true) !== MAGIC || crc32c(this.bytes, at, at + HEADER_BYTES - 4) !== view.getUint32(at + 60, true)) {
      return countZeroSectors(this.#words, at, at + SECTOR_BYTES) === 1 ? "zero" : "bad";
    }
    return {
      format: view.getUint16(at + 4, true), epoch: this.#uint53(at + 8), sequence: this.#uint53(at + 16),
      bodyBytes: view.getUint32(at + 24, true), zeroSectors: view.getUint32(at + 28, true),
      directoryCrc: view.getUint32(at + 32, true), previousCrc: view.getUint32(at + 36, true),
      sectionCount: view.getUint32(at + 40, true), segmentIndex: view.getUint32(at + 44, true),
      headerCrc: view.getUint32(at + 60, true),
    };
  }

  /** The sections of the record at `at`, if all checksums hold; otherwise whether a sector is missing or bytes were changed. */
  sections(at: number, header: RecordHeader): readonly Section[] | "torn" | "changed" {
    const end = at + HEADER_BYTES + header.bodyBytes;
    if (end > this.bytes.length) return "changed";
    const directory = at + HEADER_BYTES, data = directory + header.sectionCount * ENTRY_BYTES;
    if (data > end || crc32c(this.bytes, directory, data) !== header.directoryCrc) return this.#verdict(at, header);
    const sections: Section[] = [];
    let offset = data;
    for (let number = 0; number < header.sectionCount; number++) {
      const entry = directory + number * ENTRY_BYTES, bytes = this.#view.getUint32(entry + 4, true);
      const crc = this.#view.getUint32(entry + 8, true);
      if (offset + bytes > end || crc32c(this.bytes, offset, offset + bytes) !== crc) return this.#verdict(at, header);
      sections.push({
        kind: this.#view.getUint32(entry, true), operatorId: this.#view.getUint32(entry + 12, true),
        groupFrom: this.#view.getUint16(entry + 16, true), groupTo: this.#view.getUint16(entry + 18, true),
        offset, bytes, crc32c: crc,
      });
      offset += align(bytes, 8);
    }
    return sections;
  }

  json(section: Section): unknown {
    return JSON.parse(textDecoder.decode(this.bytes.subarray(section.offset, section.offset + section.bytes)));
  }

  /** True when no byte of [from, to) was ever written. */
  isZero(from: number, to: number): boolean {
    for (let at = from; at < to; at += ZEROS.length) {
      const length = Math.min(ZEROS.length, to - at);
      if (Buffer.compare(this.bytes.subarray(at, at + length), ZEROS.subarray(0, length)) !== 0) return false;
    }
    return true;
  }

  #verdict(at: number, header: RecordHeader): "torn" | "changed" {
    const end = Math.min(this.bytes.length, at + align(HEADER_BYTES + header.bodyBytes, PAGE_BYTES));
    return countZeroSectors(this.#words, at + SECTOR_BYTES, end) > header.zeroSectors ? "torn" : "changed";
  }

  #uint53(at: number): number {
    return this.#view.getUint32(at, true) + this.#view.getUint32(at + 4, true) * 0x100000000;
  }
}

const ZEROS = new Uint8Array(64 * 1024);
