// Chains of slices: linked as they come, listed by what a batch touched, let go when no window needs them. Layout: slice-layout.ts.
import { KEY_STATE, SPAN, CLOSED, LIMIT, EPOCH, KEYS, KEY_COUNT, EXPIRED, EXPIRED_COUNT, NEXT, PREVIOUS, KEY, NEXT_TOUCHED, HEAD, TAIL, FIRST_TOUCHED, LAST_TOUCHED, TOUCHED_AT, READY, UP_TO, FIRST_NUMBER, numberOf, local, nextOf, firstWindow, lastWindow, list, begin } from "./slice-layout";

/** Whether some slice comes after one that is more than a window later. */
export function sliceDisorder(h: usize, rows: usize, count: u32): u32 {
  const span = load<i64>(h, SPAN);
  let latest: i64 = i64.MIN_VALUE;
  for (let i: usize = 0; i < <usize>count; i++) {
    const x = numberOf(h, <usize>load<u32>(rows + (i << 2)));
    if (x > latest) latest = x;
    else if (latest - x > span) return 1;
  }
  return 0;
}

/** Rows that are in no chain yet, in their order; returns their number. */
export function sliceUnlinked(h: usize, rows: usize, count: u32, out: usize): u32 {
  let o = out;
  for (let i: usize = 0; i < <usize>count; i++) {
    const row = load<u32>(rows + (i << 2));
    store<u32>(o, row);
    o += <usize>(load<u32>(local(h, <usize>row), KEY) == 0) << 2;
  }
  return <u32>((o - out) >> 2);
}

// @ts-ignore: decorator
@inline function spoil(h: usize, k: usize, x: i64): void { if (x < load<i64>(k, UP_TO)) store<u32>(k, 0, READY); }

// The windows that only this slice brings: not those of its neighbours, nor closed ones.
// @ts-ignore: decorator
@inline function brought(h: usize, x: i64, before: usize, after: usize): i64 {
  let from = max(firstWindow(h, x) - 1, load<i64>(h, CLOSED)), to = min(lastWindow(h, x), load<i64>(h, LIMIT));
  if (before != 0) from = max(from, lastWindow(h, numberOf(h, before)));
  if (after != 0) to = min(to, firstWindow(h, numberOf(h, after)) - 1);
  return max(to - from, 0);
}

/** Puts slices into the chains of their keys' rows; returns how many windows of keys they bring. */
export function sliceLink(h: usize, rows: usize, keys: usize, count: u32): f64 {
  const keyState = <usize>load<u32>(h, KEY_STATE);
  let windows: i64 = 0;
  for (let i: usize = 0; i < <usize>count; i++) {
    const row = <usize>load<u32>(rows + (i << 2)), key = <usize>load<u32>(keys + (i << 2)), k = key + keyState, x = numberOf(h, row);
    let after: usize = 0, before = <usize>load<u32>(k, TAIL);
    while (before != 0 && numberOf(h, before) > x) { after = before; before = <usize>load<u32>(local(h, before), PREVIOUS); }
    const l = local(h, row);
    store<u32>(l, <u32>after, NEXT);
    store<u32>(l, <u32>before, PREVIOUS);
    store<u32>(l, <u32>key, KEY);
    if (before != 0) store<u32>(local(h, before), <u32>row, NEXT);
    else { store<u32>(k, <u32>row, HEAD); store<i64>(k, x, FIRST_NUMBER); }
    if (after != 0) store<u32>(local(h, after), <u32>row, PREVIOUS);
    else store<u32>(k, <u32>row, TAIL);
    windows += brought(h, x, before, after);
    spoil(h, k, x);
  }
  return <f64>windows;
}

/**
 * Chains the slices of a batch a second time, by key: `rows` were touched, each once. Writes the keys to `out`, in the order
 * of their first slices, and their number to `outCount`; returns how many windows of keys were touched.
 */
export function sliceTouch(h: usize, rows: usize, count: u32, out: usize, outCount: usize): f64 {
  const keyState = <usize>load<u32>(h, KEY_STATE), epoch = load<u32>(h, EPOCH);
  let windows: i64 = 0, keys: usize = 0;
  for (let i: usize = 0; i < <usize>count; i++) {
    const row = <usize>load<u32>(rows + (i << 2)), l = local(h, row), key = <usize>load<u32>(l, KEY), k = key + keyState, x = numberOf(h, row);
    if (load<u32>(k, TOUCHED_AT) != epoch) {
      store<u32>(k, epoch, TOUCHED_AT);
      store<u32>(k, 0, FIRST_TOUCHED);
      store<u32>(k, 0, LAST_TOUCHED);
      store<u32>(out + (keys++ << 2), <u32>key);
    }
    let before = <usize>load<u32>(k, LAST_TOUCHED), after: usize = 0;
    if (before != 0 && numberOf(h, before) > x) {
      before = 0;
      after = <usize>load<u32>(k, FIRST_TOUCHED);
      while (numberOf(h, after) < x) { before = after; after = <usize>load<u32>(local(h, after), NEXT_TOUCHED); }
    }
    store<u32>(l, <u32>after, NEXT_TOUCHED);
    if (before != 0) store<u32>(local(h, before), <u32>row, NEXT_TOUCHED);
    else store<u32>(k, <u32>row, FIRST_TOUCHED);
    if (after == 0) store<u32>(k, <u32>row, LAST_TOUCHED);
    windows += brought(h, x, before, after);
    spoil(h, k, x);
  }
  store<u32>(outCount, <u32>keys);
  return <f64>windows;
}

/** Keys with a window that is not behind LIMIT. */
export function sliceDue(h: usize, keys: usize, count: u32, out: usize): u32 {
  const keyState = <usize>load<u32>(h, KEY_STATE), limit = load<i64>(h, LIMIT);
  let o = out;
  for (let i: usize = 0; i < <usize>count; i++) {
    const key = load<u32>(keys + (i << 2));
    store<u32>(o, key);
    o += <usize>(firstWindow(h, load<i64>(<usize>key + keyState, FIRST_NUMBER)) <= limit) << 2;
  }
  return <u32>((o - out) >> 2);
}

/**
 * Takes slices that no window behind LIMIT holds out of the chains of KEYS, and lists them and keys without slices. Returns how
 * many windows of keys there were from CLOSED to LIMIT.
 */
export function sliceExpire(h: usize): f64 {
  const keys = <usize>load<u32>(h, KEYS), count = <usize>load<u32>(h, KEY_COUNT), keyState = <usize>load<u32>(h, KEY_STATE), limit = load<i64>(h, LIMIT), closed = load<i64>(h, CLOSED);
  let windows: i64 = 0;
  for (let i: usize = 0; i < count; i++) {
    const key = <usize>load<u32>(keys + (i << 2)), k = key + keyState;
    let row = <usize>load<u32>(k, HEAD), done = closed;
    while (row != 0) {
      const x = numberOf(h, row), last = lastWindow(h, x), from = max(firstWindow(h, x) - 1, done), to = min(last, limit);
      if (to > from) { windows += to - from; done = to; }
      if (last > limit) break;
      list(h, EXPIRED, EXPIRED_COUNT, row);
      row = nextOf(h, row);
    }
    begin(h, key, k, row);
  }
  return <f64>windows;
}
