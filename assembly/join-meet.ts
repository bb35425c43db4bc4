// What new rows of a join of streams find among the kept rows of the other side, and lists of kept rows.
import { FIRST_ID, ROW_NEXT, ROW_ID, ROW_FLAGS, MATCHED, TAKEN, AHEAD } from "./join-layout";

/**
 * The next pairs of selected rows and kept rows of their groups, at most `capacity`; returns their number. `chain`: where
 * the kept side's chain begins in a group. `cursor`: two u32, zero at first, and one to spare.
 */
export function joinMeet(groups: usize, sel: usize, count: u32, chain: usize, cursor: usize, mine: usize, theirs: usize, capacity: u32): u32 {
  let i = <usize>load<u32>(cursor), row = <usize>load<u32>(cursor, 4), n: usize = 0, ahead = i, sum: u32 = 0;
  for (; i < <usize>count; i++) {
    if (i == ahead) {
      ahead = min(i + AHEAD, <usize>count);
      // No row is address 0, where the kernels' static data lies.
      for (let k = i; k < ahead; k++) sum ^= load<u32>(<usize>load<u32>(<usize>load<u32>(groups + (k << 2)) + chain), ROW_NEXT);
    }
    if (row == 0) row = <usize>load<u32>(<usize>load<u32>(groups + (i << 2)) + chain);
    if (row == 0) continue;
    const number = sel == 0 ? <u32>i : load<u32>(sel + (i << 2));
    do {
      if (n == <usize>capacity) {
        store<u32>(cursor, <u32>i);
        store<u32>(cursor, <u32>row, 4);
        return <u32>n;
      }
      store<u32>(mine + (n << 2), number);
      store<u32>(theirs + (n << 2), <u32>row);
      n++;
      row = <usize>load<u32>(row, ROW_NEXT);
    } while (row != 0);
  }
  store<u32>(cursor, count);
  store<u32>(cursor, 0, 4);
  store<u32>(cursor, sum, 8);
  return <u32>n;
}

/** Notes that rows have found a partner; those of earlier batches that had none go to `out`. Returns their number. */
export function joinMatch(t: usize, rows: usize, count: u32, out: usize): u32 {
  const first = load<i64>(t, FIRST_ID);
  let n: usize = 0;
  for (let i: usize = 0; i < <usize>count; i++) {
    const row = <usize>load<u32>(rows + (i << 2)), flags = load<u32>(row, ROW_FLAGS);
    if ((flags & MATCHED) != 0) continue;
    store<u32>(row, flags | MATCHED, ROW_FLAGS);
    store<u32>(out + (n << 2), <u32>row);
    n += <usize>(load<i64>(row, ROW_ID) < first);
  }
  return <u32>n;
}
/** Each row that was not taken before, once; returns their number. */
export function joinTake(rows: usize, count: u32, out: usize): u32 {
  let n: usize = 0;
  for (let i: usize = 0; i < <usize>count; i++) {
    const row = <usize>load<u32>(rows + (i << 2)), flags = load<u32>(row, ROW_FLAGS);
    store<u32>(row, flags | TAKEN, ROW_FLAGS);
    store<u32>(out + (n << 2), <u32>row);
    n += <usize>((flags & TAKEN) == 0);
  }
  return <u32>n;
}
/** Each of the rows (numbers) whose byte of `marks` is 0, which becomes 1; returns their number. */
export function joinMarkFirst(rows: usize, count: u32, marks: usize, out: usize): u32 {
  let n: usize = 0;
  for (let i: usize = 0; i < <usize>count; i++) {
    const row = load<u32>(rows + (i << 2)), mark = marks + <usize>row;
    store<u32>(out + (n << 2), row);
    n += <usize>(load<u8>(mark) == 0);
    store<u8>(mark, 1);
  }
  return <u32>n;
}

/** The rows that found no partner. */
export function joinUnmatched(rows: usize, count: u32, out: usize): u32 {
  let n: usize = 0;
  for (let i: usize = 0; i < <usize>count; i++) {
    const row = load<u32>(rows + (i << 2));
    store<u32>(out + (n << 2), row);
    n += <usize>((load<u32>(<usize>row, ROW_FLAGS) & MATCHED) == 0);
  }
  return <u32>n;
}

/** Those of groups that have no rows of either side; returns their number. */
export function joinEmptyGroups(groups: usize, count: u32, chains: usize, out: usize): u32 {
  let n: usize = 0;
  for (let i: usize = 0; i < <usize>count; i++) {
    const group = <usize>load<u32>(groups + (i << 2));
    store<u32>(out + (n << 2), <u32>group);
    n += <usize>(load<u64>(group + chains) == 0 && load<u64>(group + chains, 8) == 0);
  }
  return <u32>n;
}
/**
 * All rows of one side of groups: the first of each chain, then the second of each, and so on, so that no row waits for the
 * one before it to come from memory. Returns their number.
 */
export function joinRowsOfGroups(groups: usize, count: u32, chain: usize, out: usize): u32 {
  let n: usize = 0;
  for (let i: usize = 0; i < <usize>count; i++) {
    const row = load<u32>(<usize>load<u32>(groups + (i << 2)) + chain);
    store<u32>(out + (n << 2), row);
    n += <usize>(row != 0);
  }
  for (let i: usize = 0; i < n; i++) {
    const row = load<u32>(<usize>load<u32>(out + (i << 2)), ROW_NEXT);
    store<u32>(out + (n << 2), row);
    n += <usize>(row != 0);
  }
  return <u32>n;
}

/** Rows whose time is after `bound`, or null; with `matched`, also those that found no partner. `step` 0: a constant time. Returns their number. */
export function joinStays(data: usize, valid: usize, step: usize, sel: usize, count: u32, bound: i64, matched: usize, out: usize): u32 {
  let n: usize = 0;
  for (let i: usize = 0; i < <usize>count; i++) {
    const number = sel == 0 ? i : <usize>load<u32>(sel + (i << 2)), at = number * step;
    const stays = (valid != 0 && load<u8>(valid + at) == 0) || load<i64>(data + (at << 3)) > bound || (matched != 0 && load<u8>(matched + number) == 0);
    store<u32>(out + (n << 2), <u32>number);
    n += <usize>stays;
  }
  return <u32>n;
}
