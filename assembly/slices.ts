// Overlapping windows by their slices. Time is cut at every start and end of a window: where the size is no multiple of the
// slide, each slide has two slices. Slices are numbered through; window w holds numbers w << SHIFT to (w << SHIFT) + SPAN - 1.
// A slice of a key is a row of a state table, and the slices of a key are a chain in the order of their numbers. Chains hang
// on rows of a second table, of the keys alone. Whoever calls fills the header, whose fields src/kernels/slices.ts has too.
import { ROW_NULLS, ROW_OBJECT } from "./table-layout";

const INDEX: usize = 0; // where a slice's row has its number
const LOCAL: usize = 4; // where it has what follows as NEXT and so on
const STATE: usize = 8; // where it has the states of the aggregates
const STATE_BYTES: usize = 12;
const KEY_STATE: usize = 16; // where a key's row has what follows as HEAD and so on
const SHIFT: usize = 20; // 0: a slide is one slice, 1: it is two
const SPAN: usize = 24; // i64, slices in a window
const CLOSED: usize = 32; // i64, windows up to this one don't count: they are closed
const LIMIT: usize = 40; // i64, nor do those behind this one
const EPOCH: usize = 48; // of the batch
const DIRECT: usize = 52; // 1: windows have so few slices that they are simply added up
const KEYS: usize = 56; // rows of keys to go through, KEY_COUNT of them
const KEY_COUNT: usize = 60;
const KEY_AT: usize = 64; // where slicePlan stopped: the key, its slice that covers the next window, the first one of that
const COVER: usize = 68;
const FIRST: usize = 72;
const TOUCHED: usize = 76; // 1: windows that hold slices of this batch, 0: all
const WINDOW: usize = 80; // i64, the last window that was planned
const RESULTS: usize = 88; // room for rows as the slices have them, without local part
const ADDRESSES: usize = 92; // their addresses are written here
const RESULT_CAPACITY: usize = 96;
const RESULT_COUNT: usize = 100;
const TO: usize = 104; // pairs of rows to be merged
const FROM: usize = 108;
const PAIR_CAPACITY: usize = 112;
const PAIR_COUNT: usize = 116;
const SLIDE: usize = 120; // i64, microseconds
const ORIGIN: usize = 128; // i64, where window 0 starts
const PAIRS_A_WINDOW: usize = 136; // at most
const KEPT_BYTES: usize = 140; // of a row without local part
const FORGET: usize = 144; // 1: sums of earlier batches are of no use
const EXPIRED: usize = 148; // slices that no window behind LIMIT holds are written here
const EXPIRED_COUNT: usize = 152;
const EMPTIED: usize = 156; // and keys without slices here
const EMPTIED_COUNT: usize = 160;

// Local part of a slice's row: never logged, all zero in a new row. Behind it: the states of this and the later slices up to
// the flip of its chain, then those of this and the earlier ones from the flip on.
const NEXT: usize = 0;
const PREVIOUS: usize = 4;
const KEY: usize = 8;
const NEXT_TOUCHED: usize = 12;
const SUFFIX: usize = 16;

// State of a key's row. READY: slices before FLIP have sums up to it, those from it to BACK sums back to it.
const HEAD: usize = 0;
const TAIL: usize = 4;
const FIRST_TOUCHED: usize = 8;
const LAST_TOUCHED: usize = 12;
const TOUCHED_AT: usize = 16; // number of the batch
const READY: usize = 20;
const FLIP: usize = 24; // i64
const UP_TO: usize = 32; // i64, a change of a slice before this one spoils the sums
const BACK: usize = 40;
const FIRST_NUMBER: usize = 48; // i64, of the slice at HEAD

// @ts-ignore: decorator
@inline function numberOf(h: usize, row: usize): i64 { return load<i64>(row + <usize>load<u32>(h, INDEX)); }
// @ts-ignore: decorator
@inline function local(h: usize, row: usize): usize { return row + <usize>load<u32>(h, LOCAL); }
// @ts-ignore: decorator
@inline function nextOf(h: usize, row: usize): usize { return <usize>load<u32>(local(h, row), NEXT); }
/** The first and the last window that hold a slice. */
// @ts-ignore: decorator
@inline function firstWindow(h: usize, x: i64): i64 { const shift = <i64>load<u32>(h, SHIFT); return (x - load<i64>(h, SPAN) + ((<i64>1) << shift)) >> shift; }
// @ts-ignore: decorator
@inline function lastWindow(h: usize, x: i64): i64 { return x >> <i64>load<u32>(h, SHIFT); }

/** The number of the slice of each time. `cut`: where in a slide the second slice begins; 0: it has only one. */
export function assignSlices(data: usize, sel: usize, count: u32, slide: i64, origin: i64, cut: i64, out: usize): void {
  let from: i64 = 1, to: i64 = 0, n: i64 = 0;
  for (let i: usize = 0; i < <usize>count; i++) {
    const r = (sel == 0 ? i : <usize>load<u32>(sel + (i << 2))) << 3;
    const t = load<i64>(data + r);
    if (t < from || t >= to) {
      const d = t - origin;
      let q = d / slide;
      if (q * slide > d) q--;
      from = origin + q * slide;
      to = from + slide;
      n = q;
      if (cut != 0) {
        n = q << 1;
        if (t - from >= cut) { from += cut; n++; }
        else to = from + cut;
      }
    }
    store<i64>(out + r, n);
  }
}

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

// @ts-ignore: decorator
@inline function list(h: usize, at: usize, count: usize, row: usize): void {
  const n = load<u32>(h + count);
  store<u32>(<usize>load<u32>(h + at) + (<usize>n << 2), <u32>row);
  store<u32>(h + count, n + 1);
}
// Where the chain of a key begins from now on; without slices the key goes, too.
function begin(h: usize, key: usize, k: usize, row: usize): void {
  store<u32>(k, <u32>row, HEAD);
  if (row != 0) {
    store<u32>(local(h, row), 0, PREVIOUS);
    store<i64>(k, numberOf(h, row), FIRST_NUMBER);
    return;
  }
  store<u32>(k, 0, TAIL);
  list(h, EMPTIED, EMPTIED_COUNT, key);
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

/** Each time moved by `micros`. */
export function moveTimes(data: usize, count: u32, micros: i64, out: usize): void {
  for (let i: usize = 0; i < <usize>count; i++) store<i64>(out + (i << 3), load<i64>(data + (i << 3)) + micros);
}
