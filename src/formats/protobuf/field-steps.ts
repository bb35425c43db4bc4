/** How values of fields are written to their columns: scalars, messages inside, wrappers, times, entries of maps. */
import type { VectorWriter } from "../../columns/vector-writer.ts";
import { ByteCursor, numberOf } from "../binary/byte-cursor.ts";
import type { ProtoField, ProtoMessage } from "./descriptor.ts";
import { FewFields } from "./few-fields.ts";
import { MessageReader, type MessageContext } from "./message-reader.ts";
import { defaultValue, scalarStep, type Take } from "./scalars.ts";
import { timeKind } from "./sql-types.ts";
import { isZero, skipField, takeGroup, wireTypeOf } from "./wire.ts";

/** `take` writes one value, at which the cursor stands; `absent` what stands for a field that is not there: a default, or null. */
export interface FieldSteps { readonly take: Take; readonly absent: () => void }

export function fieldSteps(field: ProtoField, column: VectorWriter | undefined, context: MessageContext): FieldSteps {
  if (column === undefined) return { take: () => {}, absent: () => {} };
  if (field.isRepeated && field.message?.isMapEntry === true && column.type.kind === "map") return { take: within(mapEntry(field.message, column, context), field), absent: () => column.null() };
  const target = field.isRepeated ? column.children[0]! : column, take = valueStep(field, target, context);
  const value = field.message === undefined && (field.defaultText !== undefined || (context.emitDefaults && !field.hasPresence)) ? defaultValue(field, target, context) : undefined;
  return { take, absent: value ?? (() => column.null()) };
}

/** Writes a value of a field, or of an element. */
function valueStep(field: ProtoField, column: VectorWriter, context: MessageContext): Take {
  const { message } = field;
  if (message === undefined) return scalarStep(field, column, context);
  const time = timeKind(message);
  if (time !== undefined) return within(timeStep(message, column), field);
  if (column.type.kind !== "struct") {
    // A wrapper that is taken for the value in it.
    const inner = message.fields[0]!, take = scalarStep(inner, column, context), absent = context.emitDefaults ? defaultValue(inner, column, context) : () => column.null();
    const found = new FewFields([inner]);
    return within(cursor => {
      found.find(cursor);
      if (found.at[0] === 0 || isZeroAt(cursor, inner, found.at[0]!)) return absent();
      cursor.at = found.at[0]!;
      take(cursor);
    }, field);
  }
  const reader = new MessageReader(message, column, context, false);
  return within(cursor => reader.read(cursor), field);
}

/** Narrows the cursor to a message inside: what lies behind its length, or up to the end of its group. */
function within(read: Take, { type }: ProtoField): Take {
  return cursor => {
    const { end } = cursor;
    let behind: number, tail = 0;
    if (type === "group") {
      const length = takeGroup(cursor, cursor.at, end);
      behind = cursor.at + length;
      const from = cursor.at;
      cursor.at = behind;
      cursor.varint(); // the tag that ends it
      tail = cursor.at - behind;
      cursor.at = from;
    } else {
      cursor.varint();
      const length = cursor.low >>> 0;
      if (cursor.high !== 0 || length > cursor.left) cursor.fail("it ends early");
      behind = cursor.at + length;
    }
    cursor.end = behind;
    read(cursor);
    cursor.at = behind + tail;
    cursor.end = end;
  };
}

/** Key and value of an entry; one that is absent is the default of its type. */
function mapEntry(entry: ProtoMessage, column: VectorWriter, context: MessageContext): Take {
  const fields = ["key", "value"].map(name => entry.fields.find(f => f.name === name)!), found = new FewFields(fields);
  const steps = fields.map((f, i) => ({ take: valueStep(f, column.children[i]!, context), absent: absentValue(f, column.children[i]!, context) }));
  return cursor => {
    found.find(cursor);
    for (let i = 0; i < 2; i++) {
      if (found.at[i] === 0) steps[i]!.absent(cursor);
      else {
        cursor.at = found.at[i]!;
        steps[i]!.take(cursor);
      }
    }
  };
}

function absentValue(field: ProtoField, column: VectorWriter, context: MessageContext): Take {
  if (field.message === undefined) return defaultValue(field, column, context);
  // A message without bytes.
  const step = valueStep({ ...field, type: "message" }, column, context), none = new ByteCursor(), empty = context.constants.add(Uint8Array.of(0));
  return () => {
    none.over(empty.pointer, 1);
    step(none);
  };
}

/** Seconds and nanos as microseconds. */
function timeStep({ fields }: ProtoMessage, column: VectorWriter): Take {
  const found = new FewFields(fields);
  return cursor => {
    found.find(cursor);
    let seconds = 0, micros = 0;
    if (found.at[0] !== 0) {
      cursor.at = found.at[0]!;
      cursor.varint();
      seconds = numberOf(cursor.low, cursor.high);
    }
    if (found.at[1] !== 0) {
      cursor.at = found.at[1]!;
      cursor.varint();
      micros = Math.trunc(cursor.low / 1000);
    }
    const total = seconds * 1e6 + micros;
    if (Number.isSafeInteger(total)) return column.long(total | 0, Math.floor(total / 4294967296));
    if (!Number.isSafeInteger(seconds)) cursor.fail("a time is out of range");
    const exact = BigInt(seconds) * 1_000_000n + BigInt(micros);
    if (BigInt.asIntN(64, exact) !== exact) cursor.fail("a time is out of range");
    column.long(Number(BigInt.asIntN(32, exact)), Number(exact >> 32n));
  };
}

/** Whether the value of a field that begins at `at` is the zero of its type; the cursor stays. */
function isZeroAt(cursor: ByteCursor, field: ProtoField, at: number): boolean {
  const { at: behind } = cursor, wire = wireTypeOf(field.type);
  cursor.at = at;
  skipField(cursor, wire, field.number);
  const zero = isZero(cursor, wire, at);
  cursor.at = behind;
  return zero;
}
