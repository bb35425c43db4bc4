/** Bitmaps of 32768 bits, for counts of distinct whole numbers bucket by bucket. */
import type { AggregateFunction } from "../../plan/function.ts";
import type { Cell } from "../../types/cell.ts";
import { BINARY, type DataType } from "../../types/data-type.ts";
import { AS, type Family } from "../coercion.ts";
import { accept, checkCount } from "../define.ts";
import { executionError } from "../errors.ts";
import { objectAggregate } from "../aggregates/objects.ts";

const BYTES = 4096;

function bitmap(name: string, usage: string, description: string, example: string, argument: Family, first: 0 | 255, update: (bits: Uint8Array, value: Cell) => void, merge: (to: number, from: number) => number): AggregateFunction {
  return {
    kind: "aggregate", name, usage, description, cases: [[`bitmap_count(${name}(${example}))`, "1"]],
    bind(args, _settings, origin) {
      checkCount(name, args.length, 1, 1, origin);
      const type: DataType = accept(name, args, 0, argument, origin);
      return {
        type: BINARY, nullable: false, argTypes: [type],
        implementation: objectAggregate<Uint8Array>({
          create: () => new Uint8Array(BYTES).fill(first),
          update(bits, [value]) {
            if (value !== null && value !== undefined) update(bits, value);
            return bits;
          },
          merge(to, from) {
            from.forEach((byte, i) => { to[i] = merge(to[i]!, byte); });
            return to;
          },
          finish: bits => bits.slice(), stateType: BINARY, encode: bits => bits.slice(), decode: cell => Uint8Array.from(cell as Uint8Array),
        }),
      };
    },
  };
}

export const bitmapFunctions: readonly AggregateFunction[] = [
  bitmap("bitmap_construct_agg", "bitmap_construct_agg(child)", "The bitmap with the bits at the given places set; see bitmap_bit_position.", "0", AS.bigint, 0, (bits, value) => {
    const place = Number(value as bigint);
    if (place < 0 || place >= 8 * BYTES) throw executionError("INVALID_BITMAP_POSITION", "22003", `The 0-indexed bitmap position ${place} is out of bounds. The bitmap has ${8 * BYTES} bits (${BYTES} bytes).`, { bitPosition: String(place), bitmapNumBits: String(8 * BYTES), bitmapNumBytes: String(BYTES) });
    bits[place >> 3]! |= 1 << (place & 7);
  }, (to, from) => to | from),
  bitmap("bitmap_or_agg", "bitmap_or_agg(child)", "The bits that are set in any of the bitmaps.", "X'10'", AS.binary, 0, (bits, value) => (value as Uint8Array).subarray(0, BYTES).forEach((byte, i) => { bits[i]! |= byte; }), (to, from) => to | from),
  bitmap("bitmap_and_agg", "bitmap_and_agg(child)", "The bits that are set in all of the bitmaps; a short one counts as if zeros followed.", "X'10'", AS.binary, 255, (bits, value) => {
    const other = value as Uint8Array;
    for (let i = 0; i < BYTES; i++) bits[i]! &= other[i] ?? 0;
  }, (to, from) => to & from),
];
