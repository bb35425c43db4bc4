// Kernels of event time: statistics of a column for the watermark, and the selection of rows that are not late.

/** Floor of micros to milliseconds. */
// @ts-ignore: decorator
@inline function toMillis(micros: i64): i64 {
  const q = micros / 1000;
  return q * 1000 > micros ? q - 1 : q;
}

/**
 * Least, greatest and sum of event times in milliseconds, each cut to whole milliseconds; null counts as the epoch, as
 * in Spark's statistics. `out`: three i64. `count` must not be 0.
 */
export function eventTimeStats(data: usize, valid: usize, sel: usize, count: u32, out: usize): void {
  let least: i64 = i64.MAX_VALUE, greatest: i64 = i64.MIN_VALUE, sum: i64 = 0;
  if (valid == 0 && sel == 0) {
    for (let i: usize = 0; i < <usize>count; i++) {
      const t = toMillis(load<i64>(data + (i << 3)));
      if (t < least) least = t;
      if (t > greatest) greatest = t;
      sum += t;
    }
  } else {
    for (let i: usize = 0; i < <usize>count; i++) {
      const r = sel == 0 ? i : <usize>load<u32>(sel + (i << 2));
      const t = valid != 0 && load<u8>(valid + r) == 0 ? 0 : toMillis(load<i64>(data + (r << 3)));
      if (t < least) least = t;
      if (t > greatest) greatest = t;
      sum += t;
    }
  }
  store<i64>(out, least);
  store<i64>(out, greatest, 8);
  store<i64>(out, sum, 16);
}

/** Writes the rows whose time is greater than `bound`, or null, to `out` and returns their number; the rest is late. */
export function selectLater(data: usize, valid: usize, sel: usize, count: u32, bound: i64, out: usize): u32 {
  let o = out;
  for (let i: usize = 0; i < <usize>count; i++) {
    const r = sel == 0 ? <u32>i : load<u32>(sel + (i << 2));
    store<u32>(o, r);
    const keep = <u32>(load<i64>(data + (<usize>r << 3)) > bound) | (valid == 0 ? 0 : <u32>(load<u8>(valid + <usize>r) == 0));
    o += <usize>keep << 2;
  }
  return <u32>((o - out) >> 2);
}
