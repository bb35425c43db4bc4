/** What JavaScript values take on the heap, as V8 lays them out with pointers of eight bytes. Measured by test/state/memory.test.ts. */

/** Elements of one collection that are looked at; the others are taken to be like them. */
const LOOKED_AT = 256;
const POINTER = 8, OBJECT = 24, ARRAY = 32, STORE = 16, STRING = 16, MAP = 32, TYPED_ARRAY = 200;

/** Bytes of a value and all it holds, what is shared inside counted once. Undefined for instances of classes, whose fields can't be seen. */
export function heapBytes(value: unknown): number | undefined {
  let opaque = false;
  const seen = new Set<unknown>();
  const sum = (items: Iterable<unknown>, count: number): number => {
    let bytes = 0, looked = 0;
    for (const item of items) {
      if (looked === LOOKED_AT) break;
      looked++;
      bytes += sizeOf(item);
    }
    return looked === 0 ? 0 : bytes * count / looked;
  };
  const sizeOf = (item: unknown): number => {
    switch (typeof item) {
      case "string": {
        if (item.length < 2 || seen.has(item)) return 0;
        seen.add(item);
        return aligned(STRING + (isOneByte(item) ? item.length : 2 * item.length));
      }
      case "bigint": return item === 0n ? 16 : 24;
      case "number": return Number.isInteger(item) && Math.abs(item) < 2 ** 31 ? 0 : 16;
      case "object": break;
      default: return 0;
    }
    if (item === null || seen.has(item)) return 0;
    seen.add(item);
    if (Array.isArray(item)) return ARRAY + (item.length === 0 ? 0 : STORE + POINTER * pushed(item.length)) + sum(item, item.length);
    if (ArrayBuffer.isView(item)) return TYPED_ARRAY + item.byteLength;
    if (item instanceof Map) return MAP + table(item.size, 3) + sum(item.keys(), item.size) + sum(item.values(), item.size);
    if (item instanceof Set) return MAP + table(item.size, 2) + sum(item, item.size);
    const prototype: unknown = Object.getPrototypeOf(item);
    if (prototype !== Object.prototype && prototype !== null) opaque = true;
    const fields = Object.values(item);
    return OBJECT + POINTER * fields.length + sum(fields, fields.length);
  };
  const bytes = sizeOf(value);
  return opaque ? undefined : bytes;
}

const aligned = (bytes: number): number => (bytes + 7) & ~7;
// eslint-disable-next-line no-control-regex -- all of Latin-1
const isOneByte = (text: string): boolean => text.length > 1000 || /^[\0-\xff]*$/.test(text);

/** Places of an array that grew by push. */
function pushed(length: number): number {
  let places = 17;
  while (places < length) places = places + 1 + ((places + 1) >> 1) + 16;
  return places;
}

/** The hash table of a Map (3 words an entry) or Set (2): places come in powers of two, two to a bucket. */
function table(size: number, words: number): number {
  let places = 4;
  while (places < size) places *= 2;
  return STORE + POINTER * (3 + places / 2 + words * places);
}
