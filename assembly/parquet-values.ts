// Values of Parquet pages as those of columns. What is plain and as wide as the column is copied without a kernel.

/** Micros of the Julian day number that 1970-01-01 has. */
const JULIAN_EPOCH: i64 = 2440588;

/** Days whose microseconds fit 64 bits. */
const MAX_DAYS: i64 = 106751991;

/** Numbers of conversions; parquet.ts in src/kernels names them. */
const INT32_TO_I8 = 1, INT32_TO_I16 = 2, INT32_TO_I64 = 3, UINT32_TO_I64 = 4, INT32_TO_F64 = 5, FLOAT_TO_F64 = 6, MILLIS_TO_MICROS = 7, INT96_TO_MICROS = 8,
  MICROS_TO_NANOS = 9, DAYS_TO_MICROS = 10, INT64_TO_I128 = 11, UINT64_TO_I128 = 12, BYTES_TO_I64 = 13, BYTES_TO_I128 = 14, BYTES_TO_VIEWS = 15,
  VIEWS_TO_I64 = 16, VIEWS_TO_I128 = 17, INT64_TO_I32 = 18;

/** Converts `count` values at `from`; `length` is that of BYTES. Returns 0 when one doesn't fit. */
export function parquetConvert(kind: u32, from: usize, count: u32, length: u32, out: usize): u32 {
  const n = <usize>count, bytes = <usize>length;
  switch (kind) {
    case INT32_TO_I8: for (let i: usize = 0; i < n; i++) store<u8>(out + i, load<u8>(from + (i << 2))); return 1;
    case INT32_TO_I16: for (let i: usize = 0; i < n; i++) store<u16>(out + (i << 1), load<u16>(from + (i << 2))); return 1;
    case INT32_TO_I64: for (let i: usize = 0; i < n; i++) store<i64>(out + (i << 3), <i64>load<i32>(from + (i << 2))); return 1;
    case UINT32_TO_I64: for (let i: usize = 0; i < n; i++) store<u64>(out + (i << 3), <u64>load<u32>(from + (i << 2))); return 1;
    case INT64_TO_I32:
      for (let i: usize = 0; i < n; i++) {
        const value = load<i64>(from + (i << 3));
        if (<i64><i32>value != value) return 0;
        store<i32>(out + (i << 2), <i32>value);
      }
      return 1;
    case INT32_TO_F64: for (let i: usize = 0; i < n; i++) store<f64>(out + (i << 3), <f64>load<i32>(from + (i << 2))); return 1;
    case FLOAT_TO_F64: for (let i: usize = 0; i < n; i++) store<f64>(out + (i << 3), <f64>load<f32>(from + (i << 2))); return 1;
    case MILLIS_TO_MICROS: return scaled(from, n, 1000, out);
    case MICROS_TO_NANOS: return scaled(from, n, 1000, out);
    case INT96_TO_MICROS:
      for (let i: usize = 0; i < n; i++, from += 12) store<i64>(out + (i << 3), (<i64>load<i32>(from, 8) - JULIAN_EPOCH) * 86400000000 + load<i64>(from) / 1000);
      return 1;
    case DAYS_TO_MICROS:
      for (let i: usize = 0; i < n; i++) {
        const days = <i64>load<i32>(from + (i << 2));
        if (days > MAX_DAYS || days < -MAX_DAYS) return 0;
        store<i64>(out + (i << 3), days * 86400000000);
      }
      return 1;
    case INT64_TO_I128: case UINT64_TO_I128:
      for (let i: usize = 0; i < n; i++) {
        const value = load<i64>(from + (i << 3));
        store<i64>(out + (i << 4), value);
        store<i64>(out + (i << 4), kind == INT64_TO_I128 ? value >> 63 : 0, 8);
      }
      return 1;
    case BYTES_TO_I64: for (let i: usize = 0; i < n; i++) if (!storeNumber(from + i * bytes, bytes, out + (i << 3), false)) return 0; return 1;
    case BYTES_TO_I128: for (let i: usize = 0; i < n; i++) if (!storeNumber(from + i * bytes, bytes, out + (i << 4), true)) return 0; return 1;
    case BYTES_TO_VIEWS: for (let i: usize = 0; i < n; i++) storeView(from + i * bytes, length, out + (i << 4)); return 1;
    case VIEWS_TO_I64: case VIEWS_TO_I128:
      for (let i: usize = 0; i < n; i++) {
        const view = from + (i << 4), size = <usize>load<u32>(view), wide = kind == VIEWS_TO_I128;
        if (!storeNumber(size <= 12 ? view + 4 : <usize>load<u32>(view, 8), size, out + (wide ? i << 4 : i << 3), wide)) return 0;
      }
      return 1;
    default: return 0;
  }
}

function scaled(from: usize, n: usize, by: i64, out: usize): u32 {
  const most = i64.MAX_VALUE / by;
  for (let i: usize = 0; i < n; i++) {
    const value = load<i64>(from + (i << 3));
    if (value > most || value < -most) return 0;
    store<i64>(out + (i << 3), value * by);
  }
  return 1;
}

/** A big-endian number in two's complement. False: it has more bytes than fit. */
function storeNumber(at: usize, bytes: usize, out: usize, wide: bool): bool {
  // Bytes in front may only repeat the sign.
  const room: usize = wide ? 16 : 8, negative = bytes > 0 && (load<u8>(at) & 0x80) != 0;
  const sign: u8 = negative ? 0xff : 0;
  let high: i64 = negative ? -1 : 0, low: u64 = negative ? ~(<u64>0) : 0;
  while (bytes > room) {
    if (load<u8>(at) != sign) return false;
    at++;
    bytes--;
    if (bytes == room && (load<u8>(at) & 0x80) != (sign & 0x80)) return false;
  }
  for (let i: usize = 0; i < bytes; i++) {
    high = high << 8 | <i64>(low >> 56);
    low = low << 8 | <u64>load<u8>(at + i);
  }
  store<u64>(out, low);
  if (wide) store<i64>(out, high, 8);
  return true;
}

// @ts-ignore: decorator
@inline function storeView(at: usize, length: u32, view: usize): void {
  if (length <= 12) {
    // 64 readable bytes lie behind every buffer, so the 16 that are loaded are there.
    const bytes = v128.load(at), kept = v128.and(bytes, v128.load(MASKS + (<usize>length << 4)));
    store<u32>(view, length);
    store<u64>(view, i64x2.extract_lane(kept, 0), 4);
    store<u32>(view, i32x4.extract_lane(kept, 2), 12);
  } else {
    store<u32>(view, length);
    store<u32>(view, load<u32>(at), 4);
    store<u64>(view, <u64>at, 8);
  }
}

/** For each length up to 12, the bytes of 16 that are kept. */
const MASKS = memory.data<u8>([
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
  255, 255, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 255, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
  255, 255, 255, 255, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 255, 255, 255, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
  255, 255, 255, 255, 255, 255, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 255, 255, 255, 255, 255, 0, 0, 0, 0, 0, 0, 0, 0, 0,
  255, 255, 255, 255, 255, 255, 255, 255, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 255, 255, 255, 255, 255, 255, 255, 0, 0, 0, 0, 0, 0, 0,
  255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 0, 0, 0, 0, 0, 0, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 0, 0, 0, 0, 0,
  255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 0, 0, 0, 0,
]);

/** Strings, each behind its length of four bytes, as views. Returns where the next one begins, or 0 when they pass `end`. */
export function parquetPlainViews(at: usize, end: usize, count: u32, out: usize): usize {
  for (let i: usize = 0; i < <usize>count; i++) {
    if (end - at < 4) return 0;
    const length = load<u32>(at);
    at += 4;
    if (<usize>length > end - at) return 0;
    storeView(at, length, out + (i << 4));
    at += <usize>length;
  }
  return at;
}

/** 1 if no byte has its highest bit: what texts lie there are ASCII. */
export function parquetIsAscii(at: usize, end: usize): u32 {
  let all = i64x2.splat(0);
  for (; at + 64 <= end; at += 64) all = v128.or(all, v128.or(v128.or(v128.load(at), v128.load(at, 16)), v128.or(v128.load(at, 32), v128.load(at, 48))));
  let rest: u8 = 0;
  for (; at < end; at++) rest |= load<u8>(at);
  return u32(!v128.any_true(v128.and(all, i8x16.splat(-128))) && rest < 0x80);
}

/** Strings whose lengths (i32) lie at `lengths`, one behind the other. As parquetPlainViews. */
export function parquetLengthViews(lengths: usize, at: usize, end: usize, count: u32, out: usize): usize {
  for (let i: usize = 0; i < <usize>count; i++) {
    const length = load<u32>(lengths + (i << 2));
    if (<usize>length > end - at) return 0;
    storeView(at, length, out + (i << 4));
    at += <usize>length;
  }
  return at;
}

/** Bytes of strings that share prefixes with the string before, all together; -1 when a prefix is longer than that string or a length is below zero. */
export function parquetPrefixBytes(prefixes: usize, suffixes: usize, count: u32): f64 {
  let sum: f64 = 0, before: i64 = 0;
  for (let i: usize = 0; i < <usize>count; i++) {
    const prefix = <i64>load<i32>(prefixes + (i << 2)), suffix = <i64>load<i32>(suffixes + (i << 2));
    if (prefix < 0 || suffix < 0 || prefix > before) return -1;
    before = prefix + suffix;
    sum += <f64>before;
  }
  return sum;
}

/** Strings that share prefixes with the string before: whole at `heap`, where parquetPrefixBytes fit, as views. Returns as parquetPlainViews. */
export function parquetPrefixViews(prefixes: usize, suffixes: usize, at: usize, end: usize, count: u32, heap: usize, out: usize): usize {
  let before = heap;
  for (let i: usize = 0; i < <usize>count; i++) {
    const prefix = <usize>load<u32>(prefixes + (i << 2)), suffix = <usize>load<u32>(suffixes + (i << 2));
    if (suffix > end - at) return 0;
    memory.copy(heap, before, prefix);
    memory.copy(heap + prefix, at, suffix);
    storeView(heap, <u32>(prefix + suffix), out + (i << 4));
    before = heap;
    heap += prefix + suffix;
    at += suffix;
  }
  return at;
}

/** Booleans of one bit from the bit `bit` on, as bytes. */
export function parquetBits(from: usize, bit: u32, count: u32, out: usize): void {
  for (let i: u32 = 0; i < count; i++, bit++) store<u8>(out + i, load<u8>(from + (bit >> 3)) >> <u8>(bit & 7) & 1);
}

/** Values whose bytes lie apart: all first bytes, then all second ones. */
export function parquetUnsplit(from: usize, count: u32, width: u32, out: usize): void {
  for (let byte: usize = 0; byte < <usize>width; byte++) {
    let to = out + byte;
    for (let i: usize = 0; i < <usize>count; i++, to += width) store<u8>(to, load<u8>(from++));
  }
}

/** Values that are there, in the rows where `valid` is 1; zero bytes elsewhere. */
export function parquetSpread(width: u32, values: usize, valid: usize, count: u32, out: usize): void {
  const n = <usize>count;
  if (width == 8) for (let i: usize = 0; i < n; i++) { const v = <usize>load<u8>(valid + i); store<u64>(out + (i << 3), v != 0 ? load<u64>(values) : 0); values += v << 3; }
  else if (width == 4) for (let i: usize = 0; i < n; i++) { const v = <usize>load<u8>(valid + i); store<u32>(out + (i << 2), v != 0 ? load<u32>(values) : 0); values += v << 2; }
  else if (width == 16) for (let i: usize = 0; i < n; i++) { const v = <usize>load<u8>(valid + i); v128.store(out + (i << 4), v != 0 ? v128.load(values) : i64x2.splat(0)); values += v << 4; }
  else if (width == 2) for (let i: usize = 0; i < n; i++) { const v = <usize>load<u8>(valid + i); store<u16>(out + (i << 1), v != 0 ? load<u16>(values) : 0); values += v << 1; }
  else for (let i: usize = 0; i < n; i++) { const v = <usize>load<u8>(valid + i); store<u8>(out + i, v != 0 ? load<u8>(values) : 0); values += v; }
}

/**
 * Values of `width` bytes of some rows, each to its row's place behind `out`. They lie at `data`: the one of row `first` as the first, or
 * where `codes` (u32; 0 for none), which begin with that row, say.
 */
export function parquetPickRows(width: u32, data: usize, codes: usize, first: u32, rows: usize, count: u32, out: usize): void {
  if (width == 8) pickRows<u64>(data, codes, first, rows, count, out);
  else if (width == 4) pickRows<u32>(data, codes, first, rows, count, out);
  else if (width == 16) {
    for (const end = rows + (<usize>count << 2); rows < end; rows += 4) {
      const row = <usize>load<u32>(rows), at = row - <usize>first;
      v128.store(out + (row << 4), v128.load(data + ((codes == 0 ? at : <usize>load<u32>(codes + (at << 2))) << 4)));
    }
  } else if (width == 2) pickRows<u16>(data, codes, first, rows, count, out);
  else pickRows<u8>(data, codes, first, rows, count, out);
}
// @ts-ignore: decorator
@inline function pickRows<T>(data: usize, codes: usize, first: u32, rows: usize, count: u32, out: usize): void {
  const end = rows + (<usize>count << 2);
  if (codes == 0) for (; rows < end; rows += 4) {
    const row = <usize>load<u32>(rows);
    store<T>(out + row * sizeof<T>(), load<T>(data + (row - <usize>first) * sizeof<T>()));
  } else for (codes -= <usize>first << 2; rows < end; rows += 4) {
    const row = <usize>load<u32>(rows);
    store<T>(out + row * sizeof<T>(), load<T>(data + <usize>load<u32>(codes + (row << 2)) * sizeof<T>()));
  }
}

/** Those of the selected rows whose code (u32 a row) has the byte 1 in `wanted`, and not 0; returns their number. */
export function parquetSelectCodes(wanted: usize, codes: usize, sel: usize, count: u32, out: usize): u32 {
  let n: usize = 0;
  if (sel == 0) {
    for (let row: usize = 0; row < <usize>count; row++) {
      store<u32>(out + (n << 2), <u32>row);
      n += <usize>load<u8>(wanted + <usize>load<u32>(codes + (row << 2)));
    }
  } else {
    for (const end = sel + (<usize>count << 2); sel < end; sel += 4) {
      const row = load<u32>(sel);
      store<u32>(out + (n << 2), row);
      n += <usize>load<u8>(wanted + <usize>load<u32>(codes + (<usize>row << 2)));
    }
  }
  return <u32>n;
}

/** Decimals times a power of ten that fits them: i64 (`wide` 0, the power in `low`) or i128. */
export function parquetScale(values: usize, count: u32, wide: u32, low: i64, high: i64): void {
  for (let i: usize = 0; i < <usize>count; i++) {
    if (wide == 0) { store<i64>(values + (i << 3), load<i64>(values + (i << 3)) * low); continue; }
    const at = values + (i << 4), a = load<u64>(at), b = load<u64>(at, 8);
    store<u64>(at, a * <u64>low);
    store<u64>(at, mulHigh(a, <u64>low) + a * <u64>high + b * <u64>low, 8);
  }
}

function mulHigh(a: u64, b: u64): u64 {
  const al = a & 0xffffffff, ah = a >> 32, bl = b & 0xffffffff, bh = b >> 32;
  const mid = ah * bl + (al * bl >> 32), mid2 = al * bh + (mid & 0xffffffff);
  return ah * bh + (mid >> 32) + (mid2 >> 32);
}
