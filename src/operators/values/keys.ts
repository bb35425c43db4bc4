/** Values as keys: equal by what they are, not by where they lie; and their order. */

/** A primitive that is equal for equal values. Objects and arrays are equal when their parts are, in the order of their fields. */
export function keyOf(value: unknown): unknown {
  switch (typeof value) {
    case "string": return value.startsWith("\u0000") ? `\u0000s${value}` : value;
    case "number": return value === 0 ? 0 : value;
    case "object": return value === null ? null : `\u0000${text(value)}`;
    default: return value;
  }
}

function text(value: unknown): string {
  if (typeof value !== "object" || value === null) return typeof value === "string" ? JSON.stringify(value) : typeof value === "bigint" ? `${value}n` : String(Object.is(value, -0) ? 0 : value);
  if (Array.isArray(value)) return `[${value.map(text).join(",")}]`;
  if (value instanceof Map) return `Map{${[...value].map(([k, v]) => `${text(k)}:${text(v)}`).join(",")}}`;
  if (value instanceof Set) return `Set{${[...value].map(text).join(",")}}`;
  if (value instanceof Uint8Array) return `x'${Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("hex")}'`;
  if (value instanceof Date) return `Date ${value.getTime()}`;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Object.prototype || prototype === null) return `{${Object.entries(value).map(([name, item]) => `${JSON.stringify(name)}:${text(item)}`).join(",")}}`;
  return `${value.constructor.name} ${String(value)}`;
}

/** Null first, then numbers, moments and text by their order, arrays item by item. */
export function compareValues(a: unknown, b: unknown): number {
  if (a === null || a === undefined) return b === null || b === undefined ? 0 : -1;
  if (b === null || b === undefined) return 1;
  if (Array.isArray(a) && Array.isArray(b)) {
    for (let i = 0; i < Math.min(a.length, b.length); i++) {
      const order = compareValues(a[i], b[i]);
      if (order !== 0) return order;
    }
    return a.length - b.length;
  }
  const x = ordered(a), y = ordered(b);
  return x < y ? -1 : x > y ? 1 : x === y ? 0 : Number.isNaN(x) ? (Number.isNaN(y) ? 0 : 1) : Number.isNaN(y) ? -1 : 0;
}

/** What JavaScript orders exactly: a timestamp's microseconds and not its milliseconds. */
function ordered(value: unknown): number | string | bigint {
  if (typeof value === "object" && value !== null) {
    if ("epochMicros" in value && typeof value.epochMicros === "bigint") return value.epochMicros;
    if ("micros" in value && typeof value.micros === "bigint") return value.micros;
  }
  return value as number;
}
