/**
 * Messages in Protobuf's wire format (https://protobuf.dev/programming-guides/encoding/) to a column of structs. A message is gone over
 * once: elements of repeated fields are written as they come, of other fields it is noted where the last value lies.
 */
import { VectorWriter } from "../../columns/vector-writer.ts";
import type { Vector } from "../../columns/vector.ts";
import type { Arena } from "../../memory/arena.ts";
import type { StructType } from "../../types/data-type.ts";
import { ByteCursor, MalformedBytes, numberOf } from "../binary/byte-cursor.ts";
import { Constants } from "../binary/constants.ts";
import type { ProtoField, ProtoMessage } from "./descriptor.ts";
import { timeKind } from "./sql-types.ts";
import { skipField, takeGroup, wireTypeOf, WIRE } from "./wire.ts";
import { defaultValue, scalarStep, type Take } from "./scalars.ts";

export interface ProtoDecodeOptions { readonly emitDefaults: boolean; readonly enumsAsInts: boolean; readonly upcastUnsigned: boolean }

export class ProtoDecoder {
  readonly column: VectorWriter;
  readonly cursor = new ByteCursor();
  readonly #root: MessagePlan;
  readonly #constants = new Constants();

  constructor(message: ProtoMessage, type: StructType, options: ProtoDecodeOptions) {
    this.column = new VectorWriter(type);
    this.#root = new MessagePlan(message, this.column, { ...options, constants: this.#constants, place: bytes => this.#place(bytes) }, true);
  }

  begin(arena: Arena, rows: number): void {
    this.column.begin(arena, rows);
    this.#constants.begin(arena);
  }

  /** Reads a message of linear memory as the next row. False: it is malformed, and no row was written. */
  record(from: number, length: number): boolean {
    const { column, cursor } = this, rows = column.length;
    cursor.over(from, length);
    try {
      this.#root.read(cursor);
      return true;
    } catch (error) {
      if (!(error instanceof MalformedBytes)) throw error;
      column.truncate(rows);
      return false;
    }
  }

  finish(): Vector { return this.column.finish(); }

  /** Room beside what is decoded, for as long. */
  #place(bytes: number): number { return this.column.arena.allocate(bytes); }
}

interface PlanContext extends ProtoDecodeOptions { readonly constants: Constants; readonly place: (bytes: number) => number }

/** How one field is read. */
interface FieldPlan {
  readonly field: ProtoField;
  readonly wire: number;
  /** Its values must be known to its enum. */
  readonly isClosed: boolean;
  /** Zero is as if it were absent. */
  readonly isImplicit: boolean;
  readonly column: VectorWriter | undefined;
  /** Writes one value, at which the cursor stands. */
  readonly take: Take;
  /** What is written where the field is absent: a default, or null. */
  readonly absent: () => void;
}

/** Reads messages of one place in the tree of columns. */
class MessagePlan {
  readonly #column: VectorWriter;
  readonly #byNumber = new Map<number, number>();
  readonly #plans: readonly FieldPlan[];
  /** Columns that no field fills. */
  readonly #empty: readonly VectorWriter[];
  readonly #isRoot: boolean;
  readonly #place: PlanContext["place"];
  /** Where the last value of a field begins and ends, behind its tag; 0: absent. */
  readonly #from: Float64Array;
  readonly #end: Float64Array;
  readonly #required: readonly number[];

  constructor(message: ProtoMessage, column: VectorWriter, context: PlanContext, isRoot: boolean) {
    const { fields } = column.type as StructType, columnOf = new Map(message.fields.map(f => [f, fields.findIndex(one => one.name === f.name)]));
    this.#column = column;
    this.#isRoot = isRoot;
    this.#place = context.place;
    this.#plans = message.fields.map(f => fieldPlan(f, columnOf.get(f)! < 0 ? undefined : column.children[columnOf.get(f)!], context));
    this.#plans.forEach(({ field }, i) => this.#byNumber.set(field.number, i));
    this.#empty = column.children.filter((_, i) => ![...columnOf.values()].includes(i));
    this.#from = new Float64Array(this.#plans.length);
    this.#end = new Float64Array(this.#plans.length);
    this.#required = this.#plans.flatMap(({ field }, i) => (field.isRequired ? [i] : []));
  }

  /** Reads up to the end of the cursor as the next row. */
  read(cursor: ByteCursor): void {
    const plans = this.#plans, from = this.#from, ends = this.#end, { end } = cursor;
    from.fill(0);
    while (cursor.at < end) {
      cursor.varint();
      const tag = cursor.low >>> 0, number = tag >>> 3, wire = tag & 7;
      if (number === 0 || cursor.high !== 0) cursor.fail("a field has no good number");
      const index = this.#byNumber.get(number);
      if (index === undefined) {
        skipField(cursor, wire, number);
        continue;
      }
      const plan = plans[index]!;
      if (wire !== plan.wire) {
        if (plan.field.isRepeated && wire === WIRE.bytes && isScalar(plan)) {
          this.#packed(cursor, plan);
          continue;
        }
        // As in Spark: a field of another type is an error in the message itself, and unknown in those inside.
        if (this.#isRoot) cursor.fail(`the field ${plan.field.name} has another type`);
        skipField(cursor, wire, number);
        continue;
      }
      const at = cursor.at;
      if (plan.field.isRepeated) {
        if (plan.column === undefined || (plan.isClosed && !this.#isKnown(cursor, plan, at))) skipField(cursor, wire, number);
        else plan.take(cursor);
        continue;
      }
      skipField(cursor, wire, number);
      if (plan.isClosed && !this.#isKnown(cursor, plan, at)) continue;
      if (plan.field.oneof !== undefined) for (let i = 0; i < plans.length; i++) if (i !== index && plans[i]!.field.oneof === plan.field.oneof) from[i] = 0;
      if (from[index] !== 0 && plan.field.message !== undefined) this.#merge(cursor, index, at);
      else {
        from[index] = plan.isImplicit && isZero(cursor, wire, at) ? 0 : at;
        ends[index] = cursor.at;
      }
    }
    if (cursor.at !== end) cursor.fail("it ends early");
    for (const index of this.#required) if (from[index] === 0) cursor.fail(`the field ${plans[index]!.field.name} is required`);
    this.#write(cursor, end);
  }

  #write(cursor: ByteCursor, end: number): void {
    const plans = this.#plans, column = this.#column;
    for (let i = 0; i < plans.length; i++) {
      const plan = plans[i]!;
      if (plan.column === undefined) continue;
      if (plan.field.isRepeated) plan.column.close();
      else if (this.#from[i] === 0) plan.absent();
      else {
        cursor.at = this.#from[i]!;
        cursor.end = this.#end[i]!;
        plan.take(cursor);
      }
    }
    for (const child of this.#empty) child.null();
    column.close();
    cursor.at = cursor.end = end;
  }

  #packed(cursor: ByteCursor, plan: FieldPlan): void {
    cursor.varint();
    const length = cursor.low >>> 0, { end } = cursor;
    if (cursor.high !== 0 || length > cursor.left) cursor.fail("it ends early");
    if (plan.column === undefined) {
      cursor.at += length;
      return;
    }
    cursor.end = cursor.at + length;
    while (cursor.at < cursor.end) {
      if (plan.isClosed && !this.#isKnown(cursor, plan, cursor.at)) cursor.varint();
      else plan.take(cursor);
    }
    cursor.end = end;
  }

  /** Whether an enum has the number of a value. One that it lacks is as an unknown field. */
  #isKnown(cursor: ByteCursor, { field }: FieldPlan, at: number): boolean {
    const { at: behind } = cursor;
    cursor.at = at;
    cursor.varint();
    cursor.at = behind;
    if (field.enumeration!.byNumber.has(cursor.low)) return true;
    if (this.#isRoot) cursor.fail(`the field ${field.name} has a value that its enum lacks`);
    return false;
  }

  /** A message that comes in parts is what its parts give one behind the other. */
  #merge(cursor: ByteCursor, index: number, at: number): void {
    const { u8 } = cursor, part = (from: number, end: number): readonly [number, number] => {
      if (this.#plans[index]!.field.type === "group") return [from, takeGroup(cursor, from, end)];
      const { at: keptAt, end: keptEnd } = cursor;
      cursor.at = from;
      cursor.end = end;
      cursor.varint();
      const body: readonly [number, number] = [cursor.at, cursor.low >>> 0];
      cursor.at = keptAt;
      cursor.end = keptEnd;
      return body;
    };
    const [a, lengthA] = part(this.#from[index]!, this.#end[index]!), [b, lengthB] = part(at, cursor.at), isGroup = this.#plans[index]!.field.type === "group";
    const block = this.#place(lengthA + lengthB + 16);
    let to = block;
    if (!isGroup) for (let rest = lengthA + lengthB; ; rest >>>= 7) {
      u8[to++] = rest > 0x7f ? (rest & 0x7f) | 0x80 : rest;
      if (rest <= 0x7f) break;
    }
    u8.copyWithin(to, a, a + lengthA);
    u8.copyWithin(to + lengthA, b, b + lengthB);
    to += lengthA + lengthB;
    if (isGroup) {
      // Behind a group lies the tag that ends it, which is taken from the second part.
      const tail = cursor.at - (b + lengthB);
      u8.copyWithin(to, b + lengthB, cursor.at);
      to += tail;
    }
    this.#from[index] = block;
    this.#end[index] = to;
  }
}

/** Whether the value between `at` and the cursor is the zero of its type. */
function isZero({ u8, at: end }: ByteCursor, wire: number, at: number): boolean {
  if (wire === WIRE.bytes) return end === at + 1 && u8[at] === 0;
  for (let i = at; i < end; i++) if ((wire === WIRE.varint ? u8[i]! & 0x7f : u8[i]!) !== 0) return false;
  return true;
}

/** The same of a field whose value begins at `at`; the cursor stays. */
function isZeroAt(cursor: ByteCursor, field: ProtoField, at: number): boolean {
  const { at: behind } = cursor, wire = wireTypeOf(field.type);
  cursor.at = at;
  skipField(cursor, wire, field.number);
  const zero = isZero(cursor, wire, at);
  cursor.at = behind;
  return zero;
}

const isScalar = ({ field: { type } }: FieldPlan): boolean => type !== "string" && type !== "bytes" && type !== "message" && type !== "group";

function fieldPlan(field: ProtoField, column: VectorWriter | undefined, context: PlanContext): FieldPlan {
  const wire = wireTypeOf(field.type), isClosed = field.enumeration?.isClosed === true, isImplicit = !field.hasPresence && !field.isRepeated;
  if (column === undefined) return { field, wire, isClosed, isImplicit, column, take: () => {}, absent: () => {} };
  if (field.isRepeated && field.message?.isMapEntry === true && column.type.kind === "map") return { field, wire, isClosed, isImplicit, column, take: within(mapEntry(field.message, column, context), field), absent: () => column.null() };
  const target = field.isRepeated ? column.children[0]! : column, take = valueStep(field, target, context);
  const value = field.message === undefined && (field.defaultText !== undefined || (context.emitDefaults && !field.hasPresence)) ? defaultValue(field, target, context) : undefined;
  return { field, wire, isClosed, isImplicit, column, take, absent: value ?? (() => column.null()) };
}

/** Writes a value of a field, or of an element. */
function valueStep(field: ProtoField, column: VectorWriter, context: PlanContext): Take {
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
  const plan = new MessagePlan(message, column, context, false);
  return within(cursor => plan.read(cursor), field);
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

/** Finds a few fields in the rest of a cursor: where the last value of each lies, 0 if it is absent. */
class FewFields {
  readonly at: Float64Array;
  readonly #numbers: readonly number[];
  readonly #wires: readonly number[];

  constructor(fields: readonly ProtoField[]) {
    this.at = new Float64Array(fields.length);
    this.#numbers = fields.map(f => f.number);
    this.#wires = fields.map(f => wireTypeOf(f.type));
  }

  find(cursor: ByteCursor): void {
    const { end } = cursor;
    this.at.fill(0);
    while (cursor.at < end) {
      cursor.varint();
      const tag = cursor.low >>> 0, number = tag >>> 3, wire = tag & 7;
      if (number === 0 || cursor.high !== 0) cursor.fail("a field has no good number");
      const index = this.#numbers.indexOf(number);
      if (index >= 0 && this.#wires[index] === wire) this.at[index] = cursor.at;
      skipField(cursor, wire, number);
    }
  }
}

/** Key and value of an entry; one that is absent is the default of its type. */
function mapEntry(entry: ProtoMessage, column: VectorWriter, context: PlanContext): Take {
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

function absentValue(field: ProtoField, column: VectorWriter, context: PlanContext): Take {
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
