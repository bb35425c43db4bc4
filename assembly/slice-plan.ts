// Which windows come out, and which sums of slices make each. Layout: slice-layout.ts.
import { ROW_NULLS, ROW_OBJECT } from "./table-layout";
import { INDEX, STATE, STATE_BYTES, KEY_STATE, SHIFT, SPAN, CLOSED, LIMIT, DIRECT, KEYS, KEY_COUNT, KEY_AT, COVER, FIRST, TOUCHED, WINDOW, RESULTS, ADDRESSES, RESULT_CAPACITY, RESULT_COUNT, TO, FROM, PAIR_CAPACITY, PAIR_COUNT, SLIDE, ORIGIN, PAIRS_A_WINDOW, KEPT_BYTES, FORGET, EXPIRED, EXPIRED_COUNT, PREVIOUS, NEXT_TOUCHED, SUFFIX, HEAD, FIRST_TOUCHED, READY, FLIP, UP_TO, BACK, numberOf, local, nextOf, firstWindow, lastWindow, list, begin } from "./slice-layout";

// @ts-ignore: decorator
@inline function pair(h: usize, to: usize, from: usize): void {
  const n = <usize>load<u32>(h, PAIR_COUNT) << 2;
  store<u32>(<usize>load<u32>(h, TO) + n, <u32>to);
  store<u32>(<usize>load<u32>(h, FROM) + n, <u32>from);
  store<u32>(h, load<u32>(h, PAIR_COUNT) + 1, PAIR_COUNT);
}
// Rows whose states would be the sums in a slice's local part.
// @ts-ignore: decorator
@inline function suffix(h: usize, row: usize): usize { return local(h, row) + SUFFIX - <usize>load<u32>(h, STATE); }
// @ts-ignore: decorator
@inline function prefix(h: usize, row: usize): usize { return suffix(h, row) + <usize>load<u32>(h, STATE_BYTES); }
// @ts-ignore: decorator
@inline function clear(h: usize, row: usize): void {
  const from = row + <usize>load<u32>(h, STATE), end = from + <usize>load<u32>(h, STATE_BYTES);
  for (let at = from; at < end; at += 8) store<u64>(at, 0);
}

// The sums from each slice up to the end of a window: from now on they are what earlier slices add to later windows.
function flip(h: usize, k: usize, first: usize, end: i64): void {
  let row = first;
  for (let next = nextOf(h, row); next != 0 && numberOf(h, next) < end; next = nextOf(h, row)) row = next;
  store<u32>(k, <u32>row, BACK);
  let behind: usize = 0;
  while (true) {
    const sum = suffix(h, row);
    clear(h, sum);
    pair(h, sum, row);
    if (behind != 0) pair(h, sum, behind);
    if (row == first) break;
    behind = sum;
    row = <usize>load<u32>(local(h, row), PREVIOUS);
  }
  store<i64>(k, end, FLIP);
  store<i64>(k, end, UP_TO);
  store<u32>(k, 1, READY);
}

// Adds the slices up to the end of a window to the sums from the flip on.
function extend(h: usize, k: usize, end: i64): void {
  const from = load<i64>(k, FLIP);
  let back = <usize>load<u32>(k, BACK);
  for (let row = nextOf(h, back); row != 0 && numberOf(h, row) < end; row = nextOf(h, row)) {
    const sum = prefix(h, row);
    clear(h, sum);
    pair(h, sum, row);
    if (numberOf(h, back) >= from) pair(h, sum, prefix(h, back));
    back = row;
  }
  store<u32>(k, <u32>back, BACK);
  store<i64>(k, end, UP_TO);
}

// The result row of a window, and the pairs that add it up. `first`: its first slice.
function planWindow(h: usize, k: usize, first: usize, window: i64): void {
  const keptBytes = <usize>load<u32>(h, KEPT_BYTES), state = <usize>load<u32>(h, STATE), count = load<u32>(h, RESULT_COUNT);
  const result = <usize>load<u32>(h, RESULTS) + <usize>count * keptBytes, end = (window << <i64>load<u32>(h, SHIFT)) + load<i64>(h, SPAN);
  store<u32>(<usize>load<u32>(h, ADDRESSES) + (<usize>count << 2), <u32>result);
  store<u32>(h, count + 1, RESULT_COUNT);
  for (let j: usize = ROW_NULLS; j < state; j += 8) store<u64>(result + j, load<u64>(first + j));
  store<u32>(result, 0, ROW_OBJECT);
  store<i64>(result + <usize>load<u32>(h, INDEX), load<i64>(h, ORIGIN) + window * load<i64>(h, SLIDE));
  clear(h, result);
  if (load<u32>(h, DIRECT) != 0) {
    for (let row = first; row != 0 && numberOf(h, row) < end; row = nextOf(h, row)) pair(h, result, row);
    return;
  }
  if (load<u32>(k, READY) == 0 || numberOf(h, first) >= load<i64>(k, FLIP)) {
    flip(h, k, first, end);
    pair(h, result, suffix(h, first));
    return;
  }
  extend(h, k, end);
  pair(h, result, suffix(h, first));
  const back = <usize>load<u32>(k, BACK);
  if (numberOf(h, back) >= load<i64>(k, FLIP)) pair(h, result, prefix(h, back));
}

/**
 * Plans the results of windows behind CLOSED and not behind LIMIT, by key and window: a row each, and pairs of rows to be
 * merged, in order. Returns 1 when all are planned, 0 when it must be called again, after the merging, for more. Where
 * EXPIRED is not 0, and slices count that were not touched too, it does what sliceExpire does on the way.
 */
export function slicePlan(h: usize): u32 {
  const keys = <usize>load<u32>(h, KEYS), count = load<u32>(h, KEY_COUNT), keyState = <usize>load<u32>(h, KEY_STATE), limit = load<i64>(h, LIMIT);
  const shift = <i64>load<u32>(h, SHIFT), span = load<i64>(h, SPAN), ofBatch = load<u32>(h, TOUCHED) != 0, expires = load<u32>(h, EXPIRED) != 0;
  for (let at = load<u32>(h, KEY_AT); at < count; at++) {
    const key = <usize>load<u32>(keys + (<usize>at << 2)), k = key + keyState;
    let cover = <usize>load<u32>(h, COVER), first = <usize>load<u32>(h, FIRST), window = load<i64>(h, WINDOW);
    if (cover == 0) {
      cover = <usize>(ofBatch ? load<u32>(k, FIRST_TOUCHED) : load<u32>(k, HEAD));
      first = 0;
      window = load<i64>(h, CLOSED);
      if (load<u32>(h, FORGET) != 0) store<u32>(k, 0, READY);
    }
    while (true) {
      while (cover != 0 && lastWindow(h, numberOf(h, cover)) <= window) {
        if (expires) list(h, EXPIRED, EXPIRED_COUNT, cover);
        cover = ofBatch ? <usize>load<u32>(local(h, cover), NEXT_TOUCHED) : nextOf(h, cover);
      }
      if (cover == 0) break;
      const next = max(window + 1, firstWindow(h, numberOf(h, cover)));
      if (next > limit) break;
      if (load<u32>(h, RESULT_COUNT) == load<u32>(h, RESULT_CAPACITY) || load<u32>(h, PAIR_COUNT) + load<u32>(h, PAIRS_A_WINDOW) > load<u32>(h, PAIR_CAPACITY)) {
        store<u32>(h, at, KEY_AT);
        store<u32>(h, <u32>cover, COVER);
        store<u32>(h, <u32>first, FIRST);
        store<i64>(h, window, WINDOW);
        return 0;
      }
      const start = next << shift;
      if (!ofBatch) first = cover;
      else if (first == 0 || numberOf(h, cover) - numberOf(h, first) > span) {
        first = cover;
        for (let row = <usize>load<u32>(local(h, first), PREVIOUS); row != 0 && numberOf(h, row) >= start; row = <usize>load<u32>(local(h, row), PREVIOUS)) first = row;
      } else while (numberOf(h, first) < start) first = nextOf(h, first);
      planWindow(h, k, first, next);
      window = next;
    }
    store<u32>(h, 0, COVER);
    if (expires) begin(h, key, k, cover);
  }
  store<u32>(h, count, KEY_AT);
  return 1;
}
