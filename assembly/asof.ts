// Kernels of as-of joins. Rows that may be met stand in one list of entries, those of a key side by side in the order of
// their times, those of one time in the order in which they came:
//   time i64, row u32, group u32
// In a group's state at `offset`: its first entry u32, the number of its entries u32. A selection of 0 is rows 0 to count - 1.
import { ROW_ID, ROW_TIME } from "./join-layout";

const RUN: usize = 8;

// @ts-ignore: decorator
@inline function rowAt(sel: usize, i: usize): usize { return sel == 0 ? i : <usize>load<u32>(sel + (i << 2)); }
// @ts-ignore: decorator
@inline function timeAt(entries: usize, i: usize): i64 { return load<i64>(entries + (i << 4)); }
// Doubles and the i64 of the same order: the way there is the way back.
// @ts-ignore: decorator
@inline function flipped(bits: i64): i64 { return bits ^ ((bits >> 63) & i64.MAX_VALUE); }

/** Doubles as i64 of the same order, by row number: -0.0 is 0.0, NaN the greatest. */
export function asofDoubles(data: usize, step: usize, sel: usize, count: u32, out: usize): void {
  for (let i: usize = 0; i < <usize>count; i++) {
    const row = rowAt(sel, i), value = load<f64>(data + ((row * step) << 3)) + 0.0;
    store<i64>(out + (row << 3), isNaN(value) ? i64.MAX_VALUE : flipped(reinterpret<i64>(value)));
  }
}

/** Puts rows (numbers or addresses; 0: their places) into the entries of their groups, in the order of the list. The groups' state is 0 before. */
export function asofPlace(groups: usize, times: usize, rows: usize, count: u32, offset: usize, entries: usize): void {
  for (let i: usize = 0; i < <usize>count; i++) {
    const state = <usize>load<u32>(groups + (i << 2)) + offset;
    store<u32>(state, load<u32>(state, 4) + 1, 4);
  }
  let next: u32 = 0;
  for (let i = <usize>count; i > 0; i--) {
    const group = load<u32>(groups + ((i - 1) << 2)), state = <usize>group + offset;
    let at = load<u32>(state);
    if (at == 0) {
      next += load<u32>(state, 4);
      at = next;
    }
    store<u32>(state, --at);
    const entry = entries + (<usize>at << 4);
    store<i64>(entry, load<i64>(times + ((i - 1) << 3)));
    store<u32>(entry, <u32>rowAt(rows, i - 1), 8);
    store<u32>(entry, group, 12);
  }
}

// @ts-ignore: decorator
@inline function copyEntry(from: usize, to: usize): void {
  store<i64>(to, load<i64>(from));
  store<i64>(to, load<i64>(from, 8), 8);
}

function merge(from: usize, middle: usize, end: usize, out: usize): void {
  let a = from, b = middle;
  for (; a < middle || b < end; out += 16) {
    if (b >= end || a < middle && load<i64>(a) <= load<i64>(b)) { copyEntry(a, out); a += 16; }
    else { copyEntry(b, out); b += 16; }
  }
}

function sortEntries(from: usize, count: usize, scratch: usize): void {
  for (let run: usize = 0; run < count; run += RUN) {
    const end = min(run + RUN, count);
    for (let i = run + 1; i < end; i++) {
      const entry = from + (i << 4), time = load<i64>(entry), rest = load<i64>(entry, 8);
      let at = entry;
      for (; at > from + (run << 4) && load<i64>(at - 16) > time; at -= 16) copyEntry(at - 16, at);
      store<i64>(at, time);
      store<i64>(at, rest, 8);
    }
  }
  let source = from, target = scratch;
  for (let width = RUN; width < count; width <<= 1) {
    for (let low: usize = 0; low < count; low += width << 1) {
      const middle = min(low + width, count), high = min(low + (width << 1), count);
      merge(source + (low << 4), source + (middle << 4), source + (high << 4), target + (low << 4));
    }
    const swapped = source;
    source = target;
    target = swapped;
  }
  if (source != from) memory.copy(from, source, count << 4);
}

/** Sorts the entries of each group by time; those of one time stay in their order. Scratch has room for all. */
export function asofSort(entries: usize, count: u32, scratch: usize): void {
  const end = entries + (<usize>count << 4);
  for (let from = entries; from < end;) {
    const group = load<u32>(from, 12);
    let to = from + 16, isSorted = true;
    for (; to < end && load<u32>(to, 12) == group; to += 16) if (load<i64>(to) < load<i64>(to - 16)) isSorted = false;
    if (!isSorted) sortEntries(from, (to - from) >> 4, scratch);
    from = to;
  }
}

// The first of the entries from `low` on whose time is after `time`; with `orAt` also at it.
function firstAfter(entries: usize, low: usize, high: usize, time: i64, orAt: bool): usize {
  while (low < high) {
    const middle = (low + high) >> 1, other = timeAt(entries, middle);
    if (other > time || orAt && other == time) high = middle;
    else low = middle + 1;
  }
  return low;
}

function isWithin(late: i64, early: i64, tolerance: i64, isDouble: bool): bool {
  if (tolerance == -1 || late == early) return true;
  return isDouble ? reinterpret<f64>(flipped(late)) - reinterpret<f64>(flipped(early)) <= reinterpret<f64>(tolerance) : <u64>(late - early) <= <u64>tolerance;
}

function isBeforeCloser(before: i64, time: i64, after: i64, isDouble: bool): bool {
  if (!isDouble) return <u64>(time - before) <= <u64>(after - time);
  const at = reinterpret<f64>(flipped(time));
  return at - reinterpret<f64>(flipped(before)) <= reinterpret<f64>(flipped(after)) - at;
}

/**
 * The row that each selected row meets, by row number; `none` for none. Returns how many meet one. `groups`: those of the
 * selected rows, 0 for none. `direction`: 0 the latest at or before, 1 the earliest at or after, 2 the nearest, of two as near
 * the earlier. Of one time the last. `tolerance`: -1 for any, bits of a double if times are doubles.
 */
export function asofFind(groups: usize, times: usize, step: usize, sel: usize, count: u32, offset: usize, entries: usize, direction: u32, isExact: bool, tolerance: i64, isDouble: bool, none: u32, out: usize): u32 {
  let matched: u32 = 0;
  for (let i: usize = 0; i < <usize>count; i++) {
    const row = rowAt(sel, i), group = <usize>load<u32>(groups + (i << 2)), time = load<i64>(times + ((row * step) << 3));
    let found = none;
    if (group != 0) {
      const first = <usize>load<u32>(group + offset), end = first + <usize>load<u32>(group + offset, 4);
      let before = direction == 1 ? first : firstAfter(entries, first, end, time, !isExact), after = direction == 0 ? end : firstAfter(entries, first, end, time, isExact);
      let hasBefore = before > first, hasAfter = after < end;
      if (hasAfter) after = firstAfter(entries, after, end, timeAt(entries, after), false) - 1;
      if (hasBefore && !isWithin(time, timeAt(entries, --before), tolerance, isDouble)) hasBefore = false;
      if (hasAfter && !isWithin(timeAt(entries, after), time, tolerance, isDouble)) hasAfter = false;
      if (hasBefore || hasAfter) {
        const takesBefore = hasBefore && (!hasAfter || isBeforeCloser(timeAt(entries, before), time, timeAt(entries, after), isDouble));
        found = load<u32>(entries + ((takesBefore ? before : after) << 4), 8);
        matched++;
      }
    }
    store<u32>(out + (row << 2), found);
  }
  return matched;
}

/** Of kept rows: their groups, and their times. */
export function asofRead(rows: usize, count: u32, groups: usize, times: usize): void {
  for (let i: usize = 0; i < <usize>count; i++) {
    const row = <usize>load<u32>(rows + (i << 2));
    store<u32>(groups + (i << 2), load<u32>(row));
    store<i64>(times + (i << 3), load<i64>(row, ROW_TIME));
  }
}

/** The groups of kept rows, each once. Their state is 0 before and after. */
export function asofGroups(rows: usize, count: u32, offset: usize, out: usize): u32 {
  let n: u32 = 0;
  for (let i: usize = 0; i < <usize>count; i++) {
    const group = load<u32>(<usize>load<u32>(rows + (i << 2))), state = <usize>group + offset;
    if (load<u32>(state) != 0) continue;
    store<u32>(state, 1);
    store<u32>(out + (<usize>n << 2), group);
    n++;
  }
  for (let i: usize = 0; i < <usize>n; i++) store<u32>(<usize>load<u32>(out + (i << 2)) + offset, 0);
  return n;
}

export function asofClear(groups: usize, count: u32, offset: usize): void {
  for (let i: usize = 0; i < <usize>count; i++) store<u64>(<usize>load<u32>(groups + (i << 2)) + offset, 0);
}

/** Keeps, in place, the pairs of rows that have a partner. */
export function asofMatched(rows: usize, found: usize, count: u32, none: u32): u32 {
  let n: usize = 0;
  for (let i: usize = 0; i < <usize>count; i++) {
    const other = load<u32>(found + (i << 2));
    if (other == none) continue;
    store<u32>(rows + (n << 2), load<u32>(rows + (i << 2)));
    store<u32>(found + (n << 2), other);
    n++;
  }
  return <u32>n;
}

/** Of kept rows those after which a later one of their group is listed, or one of the same time that came later. */
export function asofSuperseded(rows: usize, count: u32, offset: usize, out: usize): u32 {
  for (let i: usize = 0; i < <usize>count; i++) {
    const row = <usize>load<u32>(rows + (i << 2)), state = <usize>load<u32>(row) + offset, best = <usize>load<u32>(state);
    if (best != 0) {
      const time = load<i64>(row, ROW_TIME), other = load<i64>(best, ROW_TIME);
      if (time < other || time == other && load<i64>(row, ROW_ID) < load<i64>(best, ROW_ID)) continue;
    }
    store<u32>(state, <u32>row);
  }
  let n: usize = 0;
  for (let i: usize = 0; i < <usize>count; i++) {
    const row = load<u32>(rows + (i << 2));
    if (load<u32>(<usize>load<u32>(<usize>row) + offset) == row) continue;
    store<u32>(out + (n << 2), row);
    n++;
  }
  for (let i: usize = 0; i < <usize>count; i++) store<u32>(<usize>load<u32>(<usize>load<u32>(rows + (i << 2))) + offset, 0);
  return <u32>n;
}
