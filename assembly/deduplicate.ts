// Kernel of deduplication.

/**
 * For rows whose group (u32 addresses, one a selected row) has a zero word at `offset`: sets it to one and writes the row
 * to `out`. Returns their number: the first row of each group that was not seen before.
 */
export function selectUnseen(addresses: usize, sel: usize, count: u32, offset: usize, out: usize): u32 {
  let o = out;
  for (let i: usize = 0; i < <usize>count; i++) {
    const word = <usize>load<u32>(addresses + (i << 2)) + offset;
    if (load<u64>(word) != 0) continue;
    store<u64>(word, 1);
    store<u32>(o, sel == 0 ? <u32>i : load<u32>(sel + (i << 2)));
    o += 4;
  }
  return <u32>((o - out) >> 2);
}

/**
 * Stores time + `delay` as an i64 at `offset` of the groups (u32 addresses, one a row of `sel`); a null time counts as 0.
 */
export function storeExpiry(addresses: usize, sel: usize, count: u32, data: usize, valid: usize, delay: i64, offset: usize): void {
  for (let i: usize = 0; i < <usize>count; i++) {
    const r = <usize>load<u32>(sel + (i << 2));
    const t = valid != 0 && load<u8>(valid + r) == 0 ? 0 : load<i64>(data + (r << 3));
    store<i64>(<usize>load<u32>(addresses + (i << 2)) + offset, t + delay);
  }
}
