// Whole numbers as differences, packed in blocks. Layout: https://parquet.apache.org/docs/file-format/data-pages/encodings/#DELTAENC

let at: usize = 0;
let limit: usize = 0;

/** An unsigned varint; past the end `at` is behind `limit`. */
function varint(): u64 {
  let value: u64 = 0, shift: u64 = 0;
  while (at < limit && shift < 70) {
    const byte = <u64>load<u8>(at++);
    value |= (byte & 0x7f) << shift;
    if (byte < 0x80) return value;
    shift += 7;
  }
  at = limit + 1;
  return 0;
}

/** How many values the run at `from` says it has, or -1. */
export function parquetDeltaCount(from: usize, end: usize): f64 {
  at = from;
  limit = end;
  varint();
  varint();
  const count = varint();
  return at > limit ? -1 : <f64>count;
}

/** The values of the run at `from`: exactly `count` of `width` 4 or 8 bytes. Returns where it ends, or 0 when the bytes are no such run. */
export function parquetDelta(from: usize, end: usize, count: u32, width: u32, out: usize): usize {
  at = from;
  limit = end;
  const block = varint(), minis = varint(), total = varint(), zigzag = varint();
  if (at > limit || total != count || minis == 0 || minis > 65536 || block == 0 || block > 1 << 24 || (block / minis & 7) != 0 || block % minis != 0) return 0;
  let value = <i64>(zigzag >> 1) ^ -<i64>(zigzag & 1);
  if (count == 0) return at;
  const perMini = <u32>(block / minis), stop = out + <usize>count * width;
  if (width == 4) store<i32>(out, <i32>value);
  else store<i64>(out, value);
  out += width;
  while (out < stop) {
    const least = varint(), widths = at, delta = <i64>(least >> 1) ^ -<i64>(least & 1);
    if (at > limit || limit - at < <usize>minis) return 0;
    at += <usize>minis;
    for (let m: usize = 0; m < <usize>minis && out < stop; m++) {
      const bits = <u64>load<u8>(widths + m), bytes = <usize>bits * (perMini >> 3);
      if (bits > 64) return 0;
      const n = min<u32>(perMini, <u32>((stop - out) / width));
      // The bytes behind the last value may be left out.
      if (limit - at < <usize>(<u64>n * bits + 7 >> 3)) return 0;
      if (bits == 0) {
        for (let i: u32 = 0; i < n; i++, out += width) {
          value += delta;
          if (width == 4) store<i32>(out, <i32>value);
          else store<i64>(out, value);
        }
      } else {
        const mask: u64 = bits == 64 ? ~(<u64>0) : (<u64>1 << bits) - 1;
        for (let i: u32 = 0; i < n; i++, out += width) {
          const bit = <u64>i * bits, byte = at + <usize>(bit >> 3), shift = bit & 7;
          let packed = load<u64>(byte) >> shift;
          if (shift + bits > 64) packed |= <u64>load<u8>(byte, 8) << (64 - shift);
          value += delta + <i64>(packed & mask);
          if (width == 4) store<i32>(out, <i32>value);
          else store<i64>(out, value);
        }
      }
      at += min(bytes, limit - at);
    }
  }
  return at;
}
