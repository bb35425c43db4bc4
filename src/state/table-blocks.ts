/**
 * The bytes of a state table's changes and snapshots. All numbers are little-endian u32:
 *   version, length of the fingerprint, fingerprint (UTF-8), first key group, key group after the last,
 *   number of parts, then each part: kind (1 removed, 2 upserted, 3 object states), rows, bytes of rows, bytes of strings,
 *   then rows and strings.
 * Flat rows are u64 words, packed as packWords does: null bits, key words, and for upserted ones the state; a long string's
 * view has no pointer: its bytes follow among the strings, in the order of rows and key words.
 */
import { ByteWriter } from "../columns/byte-stream.ts";
import { typeToSql, type DataType } from "../types/data-type.ts";
import { damagedBlock, readHead, writeHead } from "./block-head.ts";
import type { ObjectStateCodec } from "./object-states.ts";

const VERSION = 1;
const REMOVED = 1, UPSERTED = 2, OBJECTS = 3;

export interface FlatRows { readonly rows: Uint8Array; readonly strings: Uint8Array; readonly count: number }
export interface BlockContent {
  readonly fingerprint: string;
  readonly fromKeyGroup: number;
  readonly toKeyGroup: number;
  /** Applied first. */
  readonly removed: readonly FlatRows[];
  readonly upserted: FlatRows;
  readonly objects: Uint8Array;
}

/** Key and state types as text. */
export function fingerprintOf(schema: { readonly keyTypes: readonly DataType[]; readonly stateBytes: number; readonly objects?: readonly ObjectStateCodec[]; readonly stateSchema?: string }): string {
  return [schema.keyTypes.map(typeToSql).join(", "), `${schema.stateBytes}`, schema.stateSchema ?? "",
    (schema.objects ?? []).map(codec => typeToSql(codec.stateType)).join(", ")].join(" | ");
}

export function writeBlock(content: BlockContent): Uint8Array {
  const writer = new ByteWriter();
  writeHead(writer, VERSION, content.fingerprint);
  writer.u32(content.fromKeyGroup);
  writer.u32(content.toKeyGroup);
  const parts: [number, FlatRows][] = content.removed.map(part => [REMOVED, part]);
  if (content.upserted.count > 0) parts.push([UPSERTED, content.upserted]);
  if (content.objects.length > 0) parts.push([OBJECTS, { rows: content.objects, strings: new Uint8Array(0), count: content.upserted.count }]);
  writer.u32(parts.length);
  writer.reserve(parts.reduce((sum, [, part]) => sum + 16 + part.rows.length + part.strings.length, 0));
  for (const [kind, part] of parts) {
    writer.u32(kind);
    writer.u32(part.count);
    writer.u32(part.rows.length);
    writer.u32(part.strings.length);
    writer.bytes(part.rows);
    writer.bytes(part.strings);
  }
  return writer.take();
}

/** Checks version, schema and the lengths of parts. */
export function readBlock(block: Uint8Array, fingerprint: string): BlockContent {
  const reader = readHead(block, VERSION, fingerprint);
  const fromKeyGroup = reader.u32(), toKeyGroup = reader.u32(), parts = reader.u32(), removed: FlatRows[] = [];
  let upserted: FlatRows = { rows: new Uint8Array(0), strings: new Uint8Array(0), count: 0 };
  let objects = new Uint8Array(0);
  for (let i = 0; i < parts; i++) {
    const kind = reader.u32(), count = reader.u32(), rowLength = reader.u32(), stringLength = reader.u32();
    const part: FlatRows = { count, rows: reader.bytes(rowLength), strings: reader.bytes(stringLength) };
    // A row has a word at least, and two words a control byte at least.
    if (kind < REMOVED || kind > OBJECTS || (kind !== OBJECTS && count > 2 * rowLength)) throw damagedBlock();
    if (kind === REMOVED) removed.push(part);
    else if (kind === UPSERTED) upserted = part;
    else objects = new Uint8Array(part.rows);
  }
  if (reader.position !== reader.end) throw damagedBlock();
  return { fingerprint, fromKeyGroup, toKeyGroup, removed, upserted, objects };
}
