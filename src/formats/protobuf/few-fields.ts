/** A few fields in the rest of a cursor, found without a plan of their message. */
import type { ByteCursor } from "../binary/byte-cursor.ts";
import type { ProtoField } from "./descriptor.ts";
import { skipField, wireTypeOf } from "./wire.ts";

export class FewFields {
  /** Where the last value of each lies; 0: it is absent. */
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
