/** How the state of overlapping windows shows its slices: as the time that they cover, not as their numbers. */
import { cellAt, vectorOf } from "../columns/cells.ts";
import { BIGINT, TIME_WINDOW, struct, type StructType } from "../types/data-type.ts";
import { boundsOf, sliceAt, slicesOf, type Slices } from "./slices.ts";
import type { KeyForm } from "./table-view.ts";

/** The layout of state that is kept by slices, and its reverse. */
export const layoutOf = ({ sizeMicros, slideMicros, originMicros }: Slices): string => `slices of ${sizeMicros} every ${slideMicros} from ${originMicros}`;

export function slicesIn(layout: string | undefined): Slices | undefined {
  const found = /^slices of (\d+) every (\d+) from (-?\d+)$/.exec(layout ?? "");
  return found === null ? undefined : slicesOf({ sizeMicros: Number(found[1]), slideMicros: Number(found[2]), startMicros: Number(found[3]) });
}

/** The last key of such state is the slice. */
export function slicedKey({ fields }: StructType): StructType {
  return struct([...fields.slice(0, -1), { ...fields[fields.length - 1]!, type: TIME_WINDOW }]);
}

export function slicedKeyForm(slices: Slices): KeyForm {
  return {
    shown(keys, count, arena) {
      const numbers = keys[keys.length - 1]!, cells = Array.from({ length: count }, (_, row) => boundsOf(slices, cellAt(numbers, row) as bigint));
      return [...keys.slice(0, -1), vectorOf(TIME_WINDOW, cells, arena)];
    },
    stored(keys, arena) {
      const [start] = cellAt(keys[keys.length - 1]!, 0) as readonly bigint[];
      return [...keys.slice(0, -1), vectorOf(BIGINT, [sliceAt(slices, start!)], arena)];
    },
  };
}
