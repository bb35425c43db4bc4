/** Where Spark's own hash maps keep values: hash codes of the classes that hold them, and the order of the table that they give. */
import type { Cell } from "../../types/cell.ts";
import type { DataType } from "../../types/data-type.ts";
import { doubleBits, floatBits, mixK, murmurBytes, murmurInt } from "./murmur.ts";

const folded = (value: bigint): number => Number(BigInt.asIntN(32, value ^ (BigInt.asUintN(64, value) >> 32n)));
const encoder = new TextEncoder();

/** The hash code of a value; undefined for types whose values Spark keeps as bytes of rows. */
export function hashCode(type: DataType, cell: Cell): number | undefined {
  switch (type.kind) {
    case "tinyint": case "smallint": case "int": case "date": case "year_month_interval": return cell as number;
    case "bigint": case "timestamp": case "timestamp_ntz": case "time": case "day_time_interval": return folded(cell as bigint);
    case "boolean": return cell === true ? 1231 : 1237;
    case "float": return floatBits(cell as number);
    case "double": return folded(doubleBits(cell as number));
    case "decimal": return decimalCode(cell as bigint, type.scale);
    case "string": return murmurBytes(encoder.encode(cell as string), 42);
    default: return undefined;
  }
}

/** As Scala's BigDecimal: whole numbers as such, those that are a double as that, others by their digits. */
function decimalCode(unscaled: bigint, scale: number): number {
  while (scale > 0 && unscaled % 10n === 0n) {
    unscaled /= 10n;
    scale--;
  }
  if (scale === 0) return BigInt.asIntN(64, unscaled) === unscaled ? numberCode(unscaled) : bigIntegerCode(unscaled);
  const double = Number(`${unscaled}e-${scale}`);
  if (isThatDouble(double, unscaled, scale)) return Math.fround(double) === double ? floatBits(double) : folded(doubleBits(double));
  return bigIntegerCode(unscaled) ^ mixK(scale);
}

const numberCode = (value: bigint): number => BigInt.asIntN(32, value) === value ? Number(value) : folded(value);

/** Whether the shortest text of a double has these digits. */
function isThatDouble(double: number, unscaled: bigint, scale: number): boolean {
  const [digits, exponent = "0"] = double.toExponential().split("e") as [string, string?];
  const [whole, fraction = ""] = digits.split(".") as [string, string?];
  return BigInt(whole + fraction) === unscaled && fraction.length - Number(exponent) === scale;
}

/** As Java's BigInteger: its words from the highest down. */
function bigIntegerCode(value: bigint): number {
  let code = 0, magnitude = value < 0n ? -value : value;
  const words: number[] = [];
  for (; magnitude > 0n; magnitude >>= 32n) words.unshift(Number(BigInt.asIntN(32, magnitude)));
  for (const word of words) code = (Math.imul(code, 31) + word) | 0;
  return value < 0n ? -code | 0 : code;
}

/**
 * The order in which Spark's OpenHashMap gives entries that were put in in this order: by their places in a table of 64 slots
 * that doubles when it is seven tenths full; who finds his place taken steps on, each time one further.
 */
export function openHashOrder(codes: readonly number[]): readonly number[] {
  let slots: number[] = new Array(64).fill(-1), taken = 0;
  const put = (table: number[], entry: number): void => {
    const mask = table.length - 1;
    let place = murmurInt(codes[entry]!, 0) & mask;
    for (let step = 1; table[place] !== -1; step++) place = (place + step) & mask;
    table[place] = entry;
  };
  for (let entry = 0; entry < codes.length; entry++) {
    put(slots, entry);
    if (++taken <= Math.trunc(0.7 * slots.length)) continue;
    const wider: number[] = new Array(2 * slots.length).fill(-1);
    for (const known of slots) if (known !== -1) put(wider, known);
    slots = wider;
  }
  return slots.filter(entry => entry !== -1);
}
