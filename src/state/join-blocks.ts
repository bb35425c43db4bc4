/**
 * The bytes of what a join of streams keeps: changes of a batch and snapshots, in one form that knows no address. Numbers
 * are little-endian u32 unless said otherwise:
 *   version, length of the fingerprint, fingerprint (UTF-8), then for the left and the right side:
 *   next id (varint), 0 or 1 and the bound of the eviction (varint, zigzag), then matched rows, removed rows, each: count,
 *   bytes, references; then rows: count, bytes, bytes of strings, rows, strings.
 * A reference is the salt of the key's group and the id of the row, packed as packWords does; rows are words packed so: id,
 * time, null bits with flags, values. What is matched and removed, and rows whose time is not after the bound, are rows of
 * earlier blocks; the rows of the block come last.
 */
import { ByteWriter } from "../columns/byte-stream.ts";
import { damagedBlock, readHead, writeHead } from "./block-head.ts";

const VERSION = 1;

export interface References { readonly packed: Uint8Array; readonly count: number }

export interface SideBlock {
  readonly nextId: bigint;
  /** Rows up to this time left, microseconds. */
  readonly bound: bigint | undefined;
  readonly matched: References;
  readonly removed: References;
  readonly rows: Uint8Array;
  readonly strings: Uint8Array;
  readonly rowCount: number;
}

export function writeJoinBlock(fingerprint: string, sides: readonly SideBlock[]): Uint8Array {
  const writer = new ByteWriter(), parts: Uint8Array[] = [];
  writeHead(writer, VERSION, fingerprint);
  // Contents are copied once, to their place.
  const content = (...bytes: readonly Uint8Array[]) => parts.push(writer.take(), ...bytes);
  for (const { nextId, bound, matched, removed, rows, strings, rowCount } of sides) {
    writer.varint(Number(nextId));
    writer.byte(bound === undefined ? 0 : 1);
    if (bound !== undefined) writer.i64(bound);
    for (const { packed, count } of [matched, removed]) {
      writer.u32(count);
      writer.u32(packed.length);
      content(packed);
    }
    writer.u32(rowCount);
    writer.u32(rows.length);
    writer.u32(strings.length);
    content(rows, strings);
  }
  const block = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    block.set(part, at);
    at += part.length;
  }
  return block;
}

/** Checks version, schema and the lengths of parts. Throws `MILLRACE_STATE_SCHEMA_CHANGED` for a block of another schema. */
export function readJoinBlock(block: Uint8Array, fingerprint: string): readonly [SideBlock, SideBlock] {
  const reader = readHead(block, VERSION, fingerprint);
  const references = (): References => {
    const count = reader.u32(), packed = reader.bytes(reader.u32());
    if (count > packed.length) throw damagedBlock();
    return { packed, count };
  };
  const side = (): SideBlock => {
    const nextId = BigInt(reader.varint()), bound = reader.byte() === 0 ? undefined : reader.i64(), matched = references(), removed = references();
    const rowCount = reader.u32(), rowBytes = reader.u32(), stringBytes = reader.u32(), rows = reader.bytes(rowBytes), strings = reader.bytes(stringBytes);
    // A row has three words at least, and two words a control byte.
    if (rowCount > rowBytes) throw damagedBlock();
    return { nextId, bound, matched, removed, rows, strings, rowCount };
  };
  const sides = [side(), side()] as const;
  if (reader.position !== reader.end) throw damagedBlock();
  return sides;
}
