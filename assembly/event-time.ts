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

/** Greatest event time up to `bound`, in milliseconds, and how many lie beyond it, as two i64 at `out`; null counts as the epoch. */
export function eventTimeUpTo(data: usize, valid: usize, sel: usize, count: u32, bound: i64, out: usize): void {
  let greatest: i64 = i64.MIN_VALUE, beyond: i64 = 0;
  for (let i: usize = 0; i < <usize>count; i++) {
    const r = sel == 0 ? i : <usize>load<u32>(sel + (i << 2));
    const t = valid != 0 && load<u8>(valid + r) == 0 ? 0 : toMillis(load<i64>(data + (r << 3)));
    if (t > bound) beyond++;
    else if (t > greatest) greatest = t;
  }
  store<i64>(out, greatest);
  store<i64>(out, beyond, 8);
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

/**
 * Start and end of the latest window that each time falls into: windows of `size` every `slide` microseconds, counted
 * from the epoch plus `shift`. The last window is remembered, as neighbouring rows mostly share it.
 */
export function assignWindows(data: usize, sel: usize, count: u32, size: i64, slide: i64, shift: i64, starts: usize, ends: usize): void {
  let from: i64 = 1, to: i64 = 0;
  for (let i: usize = 0; i < <usize>count; i++) {
    const r = (sel == 0 ? i : <usize>load<u32>(sel + (i << 2))) << 3;
    const t = load<i64>(data + r);
    if (t < from || t >= to) {
      const d = t - shift;
      let q = d / slide;
      if (q * slide > d) q--;
      from = q * slide + shift;
      to = from + slide;
    }
    store<i64>(starts + r, from);
    store<i64>(ends + r, from + size);
  }
}

/**
 * Moves windows back by one slide, for the rows whose time still lies before the end: they are written to `out`, and
 * their number is returned. In place.
 */
export function previousWindows(data: usize, sel: usize, count: u32, slide: i64, starts: usize, ends: usize, out: usize): u32 {
  let o = out;
  for (let i: usize = 0; i < <usize>count; i++) {
    const row = sel == 0 ? <u32>i : load<u32>(sel + (i << 2)), r = <usize>row << 3;
    const end = load<i64>(ends + r) - slide;
    if (load<i64>(data + r) >= end) continue;
    store<i64>(starts + r, load<i64>(starts + r) - slide);
    store<i64>(ends + r, end);
    store<u32>(o, row);
    o += 4;
  }
  return <u32>((o - out) >> 2);
}

/** Writes the rows that are not null to `out` and returns their number. */
export function selectValid(valid: usize, sel: usize, count: u32, out: usize): u32 {
  let o = out;
  for (let i: usize = 0; i < <usize>count; i++) {
    const r = sel == 0 ? <u32>i : load<u32>(sel + (i << 2));
    store<u32>(o, r);
    o += <usize>load<u8>(valid + <usize>r) << 2;
  }
  return <u32>((o - out) >> 2);
}
