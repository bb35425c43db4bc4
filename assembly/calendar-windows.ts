// Windows whose lengths differ, as days of a calendar do: times are looked up among cells.
// A cell is 32 bytes: from i64 and to i64, the times that lie in it, then start and end of their window.
const CELL: usize = 32;

/**
 * Writes the windows of selected rows, from the `first` of them on, to their places in `starts` and `ends`. Stops at a time
 * that lies in no cell; returns which row of the selection that is, or `count`.
 */
export function assignCells(data: usize, sel: usize, first: u32, count: u32, cells: usize, cellCount: u32, starts: usize, ends: usize): u32 {
  const end = cells + <usize>cellCount * CELL;
  if (cellCount == 0) return first;
  let cell = cells;
  for (let i: usize = first; i < <usize>count; i++) {
    const r = (sel == 0 ? i : <usize>load<u32>(sel + (i << 2))) << 3;
    const t = load<i64>(data + r);
    // The cell of the last row, as neighbours mostly share it.
    if (t < load<i64>(cell) || t >= load<i64>(cell, 8)) {
      cell = cells;
      while (cell < end && (t < load<i64>(cell) || t >= load<i64>(cell, 8))) cell += CELL;
      if (cell == end) return <u32>i;
    }
    store<i64>(starts + r, load<i64>(cell, 16));
    store<i64>(ends + r, load<i64>(cell, 24));
  }
  return count;
}

/** Rows whose time lies before the end of their window to `out`; returns their number. */
export function selectBefore(data: usize, ends: usize, sel: usize, count: u32, out: usize): u32 {
  let o = out;
  for (let i: usize = 0; i < <usize>count; i++) {
    const r = sel == 0 ? i : <usize>load<u32>(sel + (i << 2));
    store<u32>(o, <u32>r);
    o += <usize>(load<i64>(data + (r << 3)) < load<i64>(ends + (r << 3))) << 2;
  }
  return <u32>((o - out) >> 2);
}
