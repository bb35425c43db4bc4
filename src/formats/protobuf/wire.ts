/** The wire format of Protobuf: how fields are gone over (https://protobuf.dev/programming-guides/encoding/). */
import type { ByteCursor } from "../binary/byte-cursor.ts";
import type { ProtoType } from "./descriptor.ts";

export const WIRE = { varint: 0, fixed64: 1, bytes: 2, group: 3, groupEnd: 4, fixed32: 5 } as const;
/** Groups in one another. */
const MAX_DEPTH = 100;

export function wireTypeOf(type: ProtoType): number {
  switch (type) {
    case "double": case "fixed64": case "sfixed64": return WIRE.fixed64;
    case "float": case "fixed32": case "sfixed32": return WIRE.fixed32;
    case "string": case "bytes": case "message": return WIRE.bytes;
    case "group": return WIRE.group;
    default: return WIRE.varint;
  }
}

/** Goes over the value behind a tag. */
export function skipField(cursor: ByteCursor, wire: number, number: number): void {
  switch (wire) {
    case WIRE.varint: return cursor.varint();
    case WIRE.fixed64: cursor.take(8); return;
    case WIRE.fixed32: cursor.take(4); return;
    case WIRE.bytes: {
      cursor.varint();
      if (cursor.high !== 0 || cursor.low < 0) cursor.fail("it ends early");
      cursor.take(cursor.low);
      return;
    }
    case WIRE.group:
      if (++cursor.depth > MAX_DEPTH) cursor.fail(`groups lie in one another more than ${MAX_DEPTH} times`);
      for (;;) {
        cursor.varint();
        const tag = cursor.low >>> 0;
        if (tag >>> 3 === 0 || cursor.high !== 0) cursor.fail("a field has no good number");
        if ((tag & 7) === WIRE.groupEnd) {
          if (tag >>> 3 !== number) cursor.fail("a group ends that is not open");
          break;
        }
        skipField(cursor, tag & 7, tag >>> 3);
      }
      cursor.depth--;
      return;
    default: cursor.fail("a field has no good type");
  }
}

/** Bytes of a group that lies at `from`, without the tag that ends it. The cursor stays where it is. */
export function takeGroup(cursor: ByteCursor, from: number, end: number): number {
  const { at, end: outer } = cursor;
  cursor.at = from;
  cursor.end = end;
  for (;;) {
    const tagAt = cursor.at;
    cursor.varint();
    const tag = cursor.low >>> 0;
    if ((tag & 7) === WIRE.groupEnd) {
      cursor.at = at;
      cursor.end = outer;
      return tagAt - from;
    }
    skipField(cursor, tag & 7, tag >>> 3);
  }
}

/** Whether the value between `at` and the cursor is the zero of its type. */
export function isZero({ u8, at: end }: ByteCursor, wire: number, at: number): boolean {
  if (wire === WIRE.bytes) return end === at + 1 && u8[at] === 0;
  for (let i = at; i < end; i++) if ((wire === WIRE.varint ? u8[i]! & 0x7f : u8[i]!) !== 0) return false;
  return true;
}
