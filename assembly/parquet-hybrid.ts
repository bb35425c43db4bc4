// The hybrid of runs and packed bits that Parquet keeps levels, booleans and numbers of dictionary entries in.
// Layout: https://parquet.apache.org/docs/file-format/data-pages/encodings/#RLE

/** Where reading stands, at `s`: u32 next byte, u32 end, u32 bits a value, u32 values left in the run, u32 its value, u32 its packed bytes (0: all the same), u32 values read of it. */
const AT: usize = 0, END: usize = 4, WIDTH: usize = 8, LEFT: usize = 12, VALUE: usize = 16, BASE: usize = 20, DONE: usize = 24;

/** Bytes from `at` to `end` hold values of `width` bits. */
export function parquetHybridStart(s: usize, at: usize, end: usize, width: u32): void {
  store<u32>(s, <u32>at, AT);
  store<u32>(s, <u32>end, END);
  store<u32>(s, width, WIDTH);
  store<u32>(s, 0, LEFT);
}

/** Reads the head of a run that isn't empty; false: the bytes end. */
function nextRun(s: usize): bool {
  let at = <usize>load<u32>(s, AT);
  const end = <usize>load<u32>(s, END), width = load<u32>(s, WIDTH);
  let left: u32 = 0;
  while (left == 0) {
    let head: u32 = 0, shift: u32 = 0;
    while (true) {
      if (at >= end || shift > 28) return false;
      const byte = <u32>load<u8>(at++);
      head |= (byte & 0x7f) << shift;
      if (byte < 0x80) break;
      shift += 7;
    }
    if ((head & 1) != 0) {
      const values = <u64>(head >> 1) << 3, there = <u64>(end - at), bytes = values * width >> 3;
      // Writers may leave out the bytes behind the last value.
      left = <u32>min<u64>(width == 0 || bytes <= there ? values : (there << 3) / width, 0x7fffffff);
      store<u32>(s, <u32>at, BASE);
      store<u32>(s, 0, DONE);
      at += <usize>min<u64>(bytes, there);
      if (left == 0 && head > 1) return false;
    } else {
      left = head >> 1;
      const bytes = <usize>(width + 7 >> 3);
      if (end - at < bytes) return false;
      let value: u32 = 0;
      for (let i: usize = 0; i < bytes; i++) value |= <u32>load<u8>(at + i) << (<u32>i << 3);
      at += bytes;
      store<u32>(s, value, VALUE);
      store<u32>(s, 0, BASE);
    }
  }
  store<u32>(s, <u32>at, AT);
  store<u32>(s, left, LEFT);
  return true;
}

/** The next `count` values as u32. Returns the largest, or -1 when there are no so many or one is above 2^31 - 1. */
export function parquetHybrid32(s: usize, count: u32, out: usize): i32 {
  let largest: u32 = 0;
  const width = load<u32>(s, WIDTH), mask: u64 = (<u64>1 << width) - 1;
  while (count > 0) {
    if (load<u32>(s, LEFT) == 0 && !nextRun(s)) return -1;
    const left = load<u32>(s, LEFT), n = min(left, count), base = <usize>load<u32>(s, BASE);
    if (base == 0) {
      const value = load<u32>(s, VALUE), four = i32x4.splat(value), end = out + (<usize>n << 2);
      for (; out + 16 <= end; out += 16) v128.store(out, four);
      for (; out < end; out += 4) store<u32>(out, value);
      largest = max(largest, value);
    } else {
      const done = load<u32>(s, DONE), last = done + n;
      let i = done, most: u32 = 0;
      if (width <= 8) {
        for (; i < last && (i & 7) != 0; i++, out += 4) {
          const value = one(base, i, width, mask);
          store<u32>(out, value);
          most = max(most, value);
        }
        for (; i + 8 <= last; i += 8, out += 32) {
          const word = load<u64>(base + <usize>(i >> 3) * width);
          const a = <u32>(word & mask), b = <u32>(word >> width & mask), c = <u32>(word >> (2 * width) & mask), d = <u32>(word >> (3 * width) & mask);
          const e = <u32>(word >> (4 * width) & mask), f = <u32>(word >> (5 * width) & mask), g = <u32>(word >> (6 * width) & mask), h = <u32>(word >> (7 * width) & mask);
          store<u32>(out, a); store<u32>(out, b, 4); store<u32>(out, c, 8); store<u32>(out, d, 12);
          store<u32>(out, e, 16); store<u32>(out, f, 20); store<u32>(out, g, 24); store<u32>(out, h, 28);
          most = max(most, max(max(max(a, b), max(c, d)), max(max(e, f), max(g, h))));
        }
      }
      for (; i < last; i++, out += 4) {
        const value = one(base, i, width, mask);
        store<u32>(out, value);
        most = max(most, value);
      }
      largest = max(largest, most);
      store<u32>(s, last, DONE);
    }
    store<u32>(s, left - n, LEFT);
    count -= n;
  }
  return largest > 0x7fffffff ? -1 : <i32>largest;
}

/** The next `count` values, of at most 8 bits, as bytes. Returns how many are `wanted`, or -1 when there are no so many. */
export function parquetHybrid8(s: usize, count: u32, wanted: u32, out: usize): i32 {
  let met: u32 = 0;
  const width = load<u32>(s, WIDTH), mask: u64 = (<u64>1 << width) - 1;
  while (count > 0) {
    if (load<u32>(s, LEFT) == 0 && !nextRun(s)) return -1;
    const left = load<u32>(s, LEFT), n = min(left, count), base = <usize>load<u32>(s, BASE);
    if (base == 0) {
      const value = load<u32>(s, VALUE);
      memory.fill(out, <u8>value, n);
      if (value == wanted) met += n;
      out += n;
    } else {
      const done = load<u32>(s, DONE), last = done + n;
      for (let i = done; i < last; i++, out++) {
        const value = one(base, i, width, mask);
        store<u8>(out, <u8>value);
        met += u32(value == wanted);
      }
      store<u32>(s, last, DONE);
    }
    store<u32>(s, left - n, LEFT);
    count -= n;
  }
  return <i32>met;
}

// @ts-ignore: decorator
@inline function one(base: usize, i: u32, width: u32, mask: u64): u32 {
  const bit = <u64>i * width;
  return <u32>(load<u64>(base + <usize>(bit >> 3)) >> (bit & 7) & mask);
}
