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

/** Values of so many bits lie in four bytes wherever they begin in a byte. */
const MOST_LANE_BITS: u32 = 25;

/** The bytes of four values of `width` bits, the first from the bit `first` on, as numbers for swizzle. */
// @ts-ignore: decorator
@inline function lanePlaces(first: u32, width: u32): v128 {
  let at = i32x4.splat(first >> 3);
  at = i32x4.replace_lane(at, 1, (first + width) >> 3);
  at = i32x4.replace_lane(at, 2, (first + 2 * width) >> 3);
  at = i32x4.replace_lane(at, 3, (first + 3 * width) >> 3);
  return i32x4.add(i32x4.mul(at, i32x4.splat(0x01010101)), i32x4.splat(0x03020100));
}

/** What moves each of these values to bit 7, by multiplication. */
// @ts-ignore: decorator
@inline function laneMoves(first: u32, width: u32): v128 {
  let by = i32x4.splat(0x80 >> (first & 7));
  by = i32x4.replace_lane(by, 1, 0x80 >> ((first + width) & 7));
  by = i32x4.replace_lane(by, 2, 0x80 >> ((first + 2 * width) & 7));
  return i32x4.replace_lane(by, 3, 0x80 >> ((first + 3 * width) & 7));
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
      if (width <= MOST_LANE_BITS) {
        for (; i < last && (i & 7) != 0; i++, out += 4) {
          const value = one(base, i, width, mask);
          store<u32>(out, value);
          most = max(most, value);
        }
        // Eight values take `width` bytes: each goes whole into a lane, is moved up so that all begin at bit 7, and down.
        const half = <usize>(width >> 1), odd = (width & 1) << 2, kept = i32x4.splat(<u32>mask);
        const places = lanePlaces(0, width), moves = laneMoves(0, width), places2 = lanePlaces(odd, width), moves2 = laneMoves(odd, width);
        let all = i32x4.splat(0);
        for (; i + 8 <= last; i += 8, out += 32) {
          const at = base + <usize>(i >> 3) * width;
          const a = v128.and(i32x4.shr_u(i32x4.mul(i8x16.swizzle(v128.load(at), places), moves), 7), kept);
          const b = v128.and(i32x4.shr_u(i32x4.mul(i8x16.swizzle(v128.load(at + half), places2), moves2), 7), kept);
          v128.store(out, a);
          v128.store(out, b, 16);
          all = i32x4.max_u(all, i32x4.max_u(a, b));
        }
        most = max(most, max(max(<u32>i32x4.extract_lane(all, 0), <u32>i32x4.extract_lane(all, 1)), max(<u32>i32x4.extract_lane(all, 2), <u32>i32x4.extract_lane(all, 3))));
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

/** Passes values over; 0 when there are no so many. */
export function parquetHybridSkip(s: usize, count: u32): u32 {
  while (count > 0) {
    if (load<u32>(s, LEFT) == 0 && !nextRun(s)) return 0;
    const left = load<u32>(s, LEFT), n = min(left, count);
    if (load<u32>(s, BASE) != 0) store<u32>(s, load<u32>(s, DONE) + n, DONE);
    store<u32>(s, left - n, LEFT);
    count -= n;
  }
  return 1;
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
