// Sorting of addresses by a 32-bit word of their rows: radix sort, least significant byte first, so equal words keep their order.

const COUNTS: usize = memory.data(256 * 4, 8);

/**
 * Sorts `count` u32 addresses in place by the unsigned word at address + `offset`. `scratch`: 32 bytes an address.
 */
export function sortByWord(addresses: usize, count: u32, offset: usize, scratch: usize): void {
  const n = <usize>count;
  if (n < 48) {
    for (let i: usize = 1; i < n; i++) {
      const address = load<u32>(addresses + (i << 2)), word = load<u32>(<usize>address + offset);
      let k = i;
      while (k > 0) {
        const before = load<u32>(addresses + ((k - 1) << 2));
        if (load<u32>(<usize>before + offset) <= word) break;
        store<u32>(addresses + (k << 2), before);
        k--;
      }
      store<u32>(addresses + (k << 2), address);
    }
    return;
  }
  let from = scratch, to = scratch + (n << 4);
  for (let i: usize = 0; i < n; i++) {
    const address = load<u32>(addresses + (i << 2));
    store<u64>(from + (i << 4), <u64>load<u32>(<usize>address + offset));
    store<u64>(from + (i << 4), address, 8);
  }
  for (let shift: u64 = 0; shift < 32; shift += 8) {
    memory.fill(COUNTS, 0, 256 * 4);
    for (let i: usize = 0; i < n; i++) {
      const c = COUNTS + (<usize>((load<u64>(from + (i << 4)) >> shift) & 255) << 2);
      store<u32>(c, load<u32>(c) + 1);
    }
    // All rows share this byte: nothing to do.
    if (load<u32>(COUNTS + (<usize>((load<u64>(from) >> shift) & 255) << 2)) == count) continue;
    let sum: u32 = 0;
    for (let i: usize = 0; i < 256; i++) {
      const c = load<u32>(COUNTS + (i << 2));
      store<u32>(COUNTS + (i << 2), sum);
      sum += c;
    }
    for (let i: usize = 0; i < n; i++) {
      const word = load<u64>(from + (i << 4)), c = COUNTS + (<usize>((word >> shift) & 255) << 2), at = <usize>load<u32>(c);
      store<u32>(c, <u32>at + 1);
      store<u64>(to + (at << 4), word);
      store<u64>(to + (at << 4), load<u64>(from + (i << 4), 8), 8);
    }
    const t = from;
    from = to;
    to = t;
  }
  for (let i: usize = 0; i < n; i++) store<u32>(addresses + (i << 2), <u32>load<u64>(from + (i << 4), 8));
}
