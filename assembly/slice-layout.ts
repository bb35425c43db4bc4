// Overlapping windows by their slices. Time is cut at every start and end of a window: where the size is no multiple of the
// slide, each slide has two slices. Slices are numbered through; window w holds numbers w << SHIFT to (w << SHIFT) + SPAN - 1.
// A slice of a key is a row of a state table, and the slices of a key are a chain in the order of their numbers. Chains hang
// on rows of a second table, of the keys alone. Whoever calls fills the header, whose fields src/kernels/slices.ts has too.
export const INDEX: usize = 0; // where a slice's row has its number
export const LOCAL: usize = 4; // where it has what follows as NEXT and so on
export const STATE: usize = 8; // where it has the states of the aggregates
export const STATE_BYTES: usize = 12;
export const KEY_STATE: usize = 16; // where a key's row has what follows as HEAD and so on
export const SHIFT: usize = 20; // 0: a slide is one slice, 1: it is two
export const SPAN: usize = 24; // i64, slices in a window
export const CLOSED: usize = 32; // i64, windows up to this one don't count: they are closed
export const LIMIT: usize = 40; // i64, nor do those behind this one
export const EPOCH: usize = 48; // of the batch
export const DIRECT: usize = 52; // 1: windows have so few slices that they are simply added up
export const KEYS: usize = 56; // rows of keys to go through, KEY_COUNT of them
export const KEY_COUNT: usize = 60;
export const KEY_AT: usize = 64; // where slicePlan stopped: the key, its slice that covers the next window, the first one of that
export const COVER: usize = 68;
export const FIRST: usize = 72;
export const TOUCHED: usize = 76; // 1: windows that hold slices of this batch, 0: all
export const WINDOW: usize = 80; // i64, the last window that was planned
export const RESULTS: usize = 88; // room for rows as the slices have them, without local part
export const ADDRESSES: usize = 92; // their addresses are written here
export const RESULT_CAPACITY: usize = 96;
export const RESULT_COUNT: usize = 100;
export const TO: usize = 104; // pairs of rows to be merged
export const FROM: usize = 108;
export const PAIR_CAPACITY: usize = 112;
export const PAIR_COUNT: usize = 116;
export const SLIDE: usize = 120; // i64, microseconds
export const ORIGIN: usize = 128; // i64, where window 0 starts
export const PAIRS_A_WINDOW: usize = 136; // at most
export const KEPT_BYTES: usize = 140; // of a row without local part
export const FORGET: usize = 144; // 1: sums of earlier batches are of no use
export const EXPIRED: usize = 148; // slices that no window behind LIMIT holds are written here
export const EXPIRED_COUNT: usize = 152;
export const EMPTIED: usize = 156; // and keys without slices here
export const EMPTIED_COUNT: usize = 160;

// Local part of a slice's row: never logged, all zero in a new row. Behind it: the states of this and the later slices up to
// the flip of its chain, then those of this and the earlier ones from the flip on.
export const NEXT: usize = 0;
export const PREVIOUS: usize = 4;
export const KEY: usize = 8;
export const NEXT_TOUCHED: usize = 12;
export const SUFFIX: usize = 16;

// State of a key's row. READY: slices before FLIP have sums up to it, those from it to BACK sums back to it.
export const HEAD: usize = 0;
export const TAIL: usize = 4;
export const FIRST_TOUCHED: usize = 8;
export const LAST_TOUCHED: usize = 12;
export const TOUCHED_AT: usize = 16; // number of the batch
export const READY: usize = 20;
export const FLIP: usize = 24; // i64
export const UP_TO: usize = 32; // i64, a change of a slice before this one spoils the sums
export const BACK: usize = 40;
export const FIRST_NUMBER: usize = 48; // i64, of the slice at HEAD

// @ts-ignore: decorator
@inline export function numberOf(h: usize, row: usize): i64 { return load<i64>(row + <usize>load<u32>(h, INDEX)); }
// @ts-ignore: decorator
@inline export function local(h: usize, row: usize): usize { return row + <usize>load<u32>(h, LOCAL); }
// @ts-ignore: decorator
@inline export function nextOf(h: usize, row: usize): usize { return <usize>load<u32>(local(h, row), NEXT); }
/** The first and the last window that hold a slice. */
// @ts-ignore: decorator
@inline export function firstWindow(h: usize, x: i64): i64 { const shift = <i64>load<u32>(h, SHIFT); return (x - load<i64>(h, SPAN) + ((<i64>1) << shift)) >> shift; }
// @ts-ignore: decorator
@inline export function lastWindow(h: usize, x: i64): i64 { return x >> <i64>load<u32>(h, SHIFT); }

// A row more for one of the lists that the header tells of.
// @ts-ignore: decorator
@inline export function list(h: usize, at: usize, count: usize, row: usize): void {
  const n = load<u32>(h + count);
  store<u32>(<usize>load<u32>(h + at) + (<usize>n << 2), <u32>row);
  store<u32>(h + count, n + 1);
}
// Where the chain of a key begins from now on; without slices the key goes, too.
export function begin(h: usize, key: usize, k: usize, row: usize): void {
  store<u32>(k, <u32>row, HEAD);
  if (row != 0) {
    store<u32>(local(h, row), 0, PREVIOUS);
    store<i64>(k, numberOf(h, row), FIRST_NUMBER);
    return;
  }
  store<u32>(k, 0, TAIL);
  list(h, EMPTIED, EMPTIED_COUNT, key);
}
