/**
 * Messages of one place in the tree of columns. A message is gone over once: elements of repeated fields are written as they come, of
 * other fields it is noted where the last value lies.
 */
import type { VectorWriter } from "../../columns/vector-writer.ts";
import type { StructType } from "../../types/data-type.ts";
import type { ByteCursor } from "../binary/byte-cursor.ts";
import type { Constants } from "../binary/constants.ts";
import type { ProtoField, ProtoMessage } from "./descriptor.ts";
import { fieldSteps } from "./field-steps.ts";
import type { Take } from "./scalars.ts";
import { WIRE, isZero, skipField, takeGroup, wireTypeOf } from "./wire.ts";

export interface ProtoDecodeOptions { readonly emitDefaults: boolean; readonly enumsAsInts: boolean; readonly upcastUnsigned: boolean }

/** `place`: room beside what is decoded, for as long. */
export interface MessageContext extends ProtoDecodeOptions { readonly constants: Constants; readonly place: (bytes: number) => number }

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
export class MessageReader {
  readonly #column: VectorWriter;
  readonly #byNumber = new Map<number, number>();
  readonly #plans: readonly FieldPlan[];
  /** Columns that no field fills. */
  readonly #empty: readonly VectorWriter[];
  readonly #isRoot: boolean;
  readonly #place: MessageContext["place"];
  /** Where the last value of a field begins and ends, behind its tag; 0: absent. */
  readonly #from: Float64Array;
  readonly #end: Float64Array;
  readonly #required: readonly number[];

  constructor(message: ProtoMessage, column: VectorWriter, context: MessageContext, isRoot: boolean) {
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

const isScalar = ({ field: { type } }: FieldPlan): boolean => type !== "string" && type !== "bytes" && type !== "message" && type !== "group";

function fieldPlan(field: ProtoField, column: VectorWriter | undefined, context: MessageContext): FieldPlan {
  const wire = wireTypeOf(field.type), isClosed = field.enumeration?.isClosed === true, isImplicit = !field.hasPresence && !field.isRepeated;
  return { field, wire, isClosed, isImplicit, column, ...fieldSteps(field, column, context) };
}
