// Kernels of joins: chains of build rows under their key, and pairs of rows that may join. Rows of the build side are
// numbered from 0; in chains a row is written as its number + 1, and 0 ends it. A selection of 0 is rows 0 to count - 1.

// @ts-ignore: decorator
@inline function rowAt(sel: usize, i: usize): u32 { return sel == 0 ? <u32>i : load<u32>(sel + (i << 2)); }

/** Appends build rows from `first` on to the chains of their groups: at address + `offset` stand the chain's first and last row. */
export function joinLink(addresses: usize, count: u32, first: u32, offset: usize, next: usize): void {
  for (let i: usize = 0; i < <usize>count; i++) {
    const chain = <usize>load<u32>(addresses + (i << 2)) + offset, row = first + <u32>i + 1, last = load<u32>(chain, 4);
    store<u32>(next + (<usize>(row - 1) << 2), 0);
    if (last == 0) store<u32>(chain, row);
    else store<u32>(next + (<usize>(last - 1) << 2), row);
    store<u32>(chain, row, 4);
  }
}

/**
 * The next pairs of probe rows and build rows of one key, at most `capacity`; returns their number. `addresses`: the
 * groups of the selected rows, 0 for none. `cursor`: two u32, zero at first: where to go on.
 */
export function joinPairs(addresses: usize, sel: usize, count: u32, offset: usize, next: usize, cursor: usize, probe: usize, build: usize, capacity: u32): u32 {
  let i = <usize>load<u32>(cursor), row = load<u32>(cursor, 4), n: u32 = 0;
  for (; i < <usize>count; i++) {
    if (row == 0) {
      const group = <usize>load<u32>(addresses + (i << 2));
      if (group != 0) row = load<u32>(group + offset);
    }
    const from = rowAt(sel, i);
    while (row != 0) {
      if (n == capacity) {
        store<u32>(cursor, <u32>i);
        store<u32>(cursor, row, 4);
        return n;
      }
      store<u32>(probe + (<usize>n << 2), from);
      store<u32>(build + (<usize>n << 2), row - 1);
      n++;
      row = load<u32>(next + (<usize>(row - 1) << 2));
    }
  }
  store<u32>(cursor, count);
  store<u32>(cursor, 0, 4);
  return n;
}

/** All pairs of selected rows and build rows where no key has several of them; returns their number. */
export function joinPairsOnce(addresses: usize, sel: usize, count: u32, offset: usize, probe: usize, build: usize): u32 {
  let n: usize = 0;
  for (let i: usize = 0; i < <usize>count; i++) {
    const group = <usize>load<u32>(addresses + (i << 2));
    store<u32>(probe + (n << 2), rowAt(sel, i));
    // No group is at address 0, where the kernels' static data lies: what is read there is not used.
    store<u32>(build + (n << 2), load<u32>(group == 0 ? 0 : group + offset) - 1);
    n += <usize>(group != 0);
  }
  return <u32>n;
}

/** As joinPairs, of every selected row with each of `rows` build rows. */
export function crossPairs(sel: usize, count: u32, rows: u32, cursor: usize, probe: usize, build: usize, capacity: u32): u32 {
  let i = <usize>load<u32>(cursor), row = load<u32>(cursor, 4), n: u32 = 0;
  for (; i < <usize>count; i++) {
    const from = rowAt(sel, i), end = min<u32>(rows, row + (capacity - n));
    for (; row < end; row++) {
      store<u32>(probe + (<usize>n << 2), from);
      store<u32>(build + (<usize>n << 2), row);
      n++;
    }
    if (row < rows) break;
    row = 0;
  }
  store<u32>(cursor, <u32>i);
  store<u32>(cursor, row, 4);
  return n;
}

/** Sets a byte to 1 for each selected row whose group is there. */
export function joinMarkFound(addresses: usize, sel: usize, count: u32, marks: usize): void {
  for (let i: usize = 0; i < <usize>count; i++) {
    if (load<u32>(addresses + (i << 2)) != 0) store<u8>(marks + <usize>rowAt(sel, i), 1);
  }
}
/** Sets a byte to 1 for each of `rows`. */
export function joinMarkRows(rows: usize, count: u32, marks: usize): void {
  for (let i: usize = 0; i < <usize>count; i++) store<u8>(marks + <usize>load<u32>(rows + (i << 2)), 1);
}

/** Copies string views to `out`, the bytes of long ones to `heap`. Views of nulls become empty. Returns the bytes taken of the heap. */
export function keepViews(data: usize, valid: usize, sel: usize, count: u32, out: usize, heap: usize): usize {
  const start = heap;
  for (let i: usize = 0; i < <usize>count; i++) {
    const row = <usize>rowAt(sel, i), to = out + (i << 4);
    if (valid != 0 && load<u8>(valid + row) == 0) { v128.store(to, i64x2.splat(0)); continue; }
    const view = data + (row << 4), length = <usize>load<u32>(view);
    v128.store(to, v128.load(view));
    if (length <= 12) continue;
    memory.copy(heap, <usize>load<u32>(view, 8), length);
    store<u32>(to, <u32>heap, 8);
    heap += length;
  }
  return heap - start;
}
/** Bytes of the long strings among views that are not null. */
export function longViewBytes(data: usize, valid: usize, sel: usize, count: u32): f64 {
  let total: f64 = 0;
  for (let i: usize = 0; i < <usize>count; i++) {
    const row = <usize>rowAt(sel, i);
    if (valid != 0 && load<u8>(valid + row) == 0) continue;
    const length = load<u32>(data + (row << 4));
    if (length > 12) total += <f64>length;
  }
  return total;
}
