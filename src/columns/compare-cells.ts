/** The order of values as ORDER BY, min and max see it: NaN is greatest, -0.0 equals 0.0, strings by unsigned bytes. */
import type { Cell } from "../types/cell.ts";
import { collationKey, collationOrder, hasOrder } from "../types/collation.ts";
import type { DataType } from "../types/data-type.ts";

export type CellOrder = (a: Cell, b: Cell) => number;

/** Compares two values of a type that are not null; nulls inside arrays and structs come first. */
export function cellOrder(type: DataType): CellOrder {
  switch (type.kind) {
    case "float": case "double": return (a, b) => compareDoubles(a as number, b as number);
    case "string": if (type.collation !== undefined) return textOrder(type.collation); return (a, b) => compareText(a as string, b as string);
    case "char": case "varchar": return (a, b) => compareText(a as string, b as string);
    case "binary": return (a, b) => compareBytes(a as Uint8Array, b as Uint8Array);
    case "array": {
      const order = nullsFirst(cellOrder(type.element));
      return (a, b) => compareLists(a as readonly Cell[], b as readonly Cell[], () => order);
    }
    case "struct": {
      const orders = type.fields.map(field => nullsFirst(cellOrder(field.type)));
      return (a, b) => compareLists(a as readonly Cell[], b as readonly Cell[], i => orders[i]!);
    }
    default: return (a, b) => (a! < b! ? -1 : a! > b! ? 1 : 0);
  }
}

export function nullsFirst(order: CellOrder): CellOrder {
  return (a, b) => (a === null ? (b === null ? 0 : -1) : b === null ? 1 : order(a, b));
}

function compareDoubles(a: number, b: number): number {
  if (a < b) return -1;
  if (a > b) return 1;
  return a === b ? 0 : Number.isNaN(a) ? (Number.isNaN(b) ? 0 : 1) : -1;
}

/** By code point, which is the order of the UTF-8 bytes; UTF-16 order differs above the surrogates. */
function compareText(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    let x = a.charCodeAt(i), y = b.charCodeAt(i);
    if (x === y) continue;
    if (x >= 0xd800) x = x >= 0xe000 ? x - 0x800 : x + 0x2000;
    if (y >= 0xd800) y = y >= 0xe000 ? y - 0x800 : y + 0x2000;
    return x - y;
  }
  return a.length - b.length;
}

function textOrder(collation: string): CellOrder {
  if (!hasOrder(collation)) {
    const order = collationOrder(collation);
    return (a, b) => order(a as string, b as string);
  }
  const key = collationKey(collation);
  return (a, b) => compareText(key(a as string), key(b as string));
}

function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) if (a[i] !== b[i]) return a[i]! - b[i]!;
  return a.length - b.length;
}

function compareLists(a: readonly Cell[], b: readonly Cell[], orderAt: (index: number) => CellOrder): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const order = orderAt(i)(a[i]!, b[i]!);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}
