/** Avro's binary encoding, piece by piece (https://avro.apache.org/docs/1.12.0/specification/#binary-encoding). */
import { numberOf, type ByteCursor } from "../binary/byte-cursor.ts";
import type { AvroSchema } from "./schema.ts";

/** Moves a cursor along one value, and puts what it reads where the step was told to. */
export type Step = (cursor: ByteCursor) => void;

/** Values in one another, of a schema that holds itself. */
const MAX_DEPTH = 500;
/** Elements that take no byte, in one array or map. */
const MAX_EMPTY = 1 << 20;

/** An int, as a number. */
export function readInt(cursor: ByteCursor): number {
  const { at } = cursor;
  cursor.varint();
  if (cursor.at - at > 5) cursor.fail("an int has too many bytes");
  const { low } = cursor;
  return (low >>> 1) ^ -(low & 1);
}

/** A long, into the words of the cursor. */
export function readLong(cursor: ByteCursor): void {
  cursor.varint();
  const { low, high } = cursor, sign = -(low & 1);
  cursor.low = ((low >>> 1) | (high << 31)) ^ sign;
  cursor.high = (high >>> 1) ^ sign;
}

/** The length of a string or of bytes. */
export function readLength(cursor: ByteCursor): number {
  readLong(cursor);
  if (cursor.high !== 0 || cursor.low < 0 || cursor.low > cursor.left) cursor.fail("it ends early");
  return cursor.low;
}

/** Elements of the next block of an array or map; 0: it ends. `least`: bytes that an element takes at least. */
export function readCount(cursor: ByteCursor, least: number): number {
  readLong(cursor);
  let count = numberOf(cursor.low, cursor.high);
  if (count < 0) {
    count = -count;
    readLong(cursor); // bytes of the block
  }
  if (count > (least === 0 ? MAX_EMPTY : cursor.left / least)) cursor.fail("it ends early");
  return count;
}

/** A step inside a record, array or map. */
export function descend(cursor: ByteCursor): void {
  if (++cursor.depth > MAX_DEPTH) cursor.fail(`values lie in one another more than ${MAX_DEPTH} times`);
}

/** Bytes that a value takes at least. */
export function leastBytes(schema: AvroSchema, above: ReadonlySet<AvroSchema> = new Set()): number {
  switch (schema.kind) {
    case "null": return 0;
    case "float": return 4;
    case "double": return 8;
    case "fixed": return schema.size;
    case "record": return above.has(schema) ? 0 : schema.fields.reduce((sum, f) => sum + leastBytes(f.schema, new Set([...above, schema])), 0);
    default: return 1;
  }
}

/** Goes over values that nobody wants. */
export class Skipper {
  readonly #known = new Map<AvroSchema, Step>();

  step(schema: AvroSchema): Step {
    let step = this.#known.get(schema);
    if (step === undefined) {
      // A record may hold itself: what it holds is looked up when it is met.
      let made: Step | undefined;
      this.#known.set(schema, cursor => made!(cursor));
      made = step = this.#make(schema);
      this.#known.set(schema, step);
    }
    return step;
  }

  #make(schema: AvroSchema): Step {
    switch (schema.kind) {
      case "null": return () => {};
      case "boolean": return cursor => { cursor.take(1); };
      case "int": case "long": case "enum": return cursor => cursor.varint();
      case "float": return cursor => { cursor.take(4); };
      case "double": return cursor => { cursor.take(8); };
      case "bytes": case "string": return cursor => { cursor.take(readLength(cursor)); };
      case "fixed": return cursor => { cursor.take(schema.size); };
      case "record": {
        const steps = schema.fields.map(f => this.step(f.schema));
        return cursor => {
          descend(cursor);
          for (const step of steps) step(cursor);
          cursor.depth--;
        };
      }
      case "union": {
        const steps = schema.branches.map(branch => this.step(branch));
        return cursor => (steps[readInt(cursor)] ?? cursor.fail("a union has no such branch"))(cursor);
      }
      case "array": return this.#blocks([this.step(schema.items)], leastBytes(schema.items));
      case "map": return this.#blocks([this.step({ kind: "string" }), this.step(schema.values)], 1 + leastBytes(schema.values));
    }
  }

  #blocks(steps: readonly Step[], least: number): Step {
    return cursor => {
      descend(cursor);
      for (let count = readCount(cursor, least); count > 0; count = readCount(cursor, least)) {
        while (count-- > 0) for (const step of steps) step(cursor);
      }
      cursor.depth--;
    };
  }
}
