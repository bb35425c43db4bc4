// Groups of texts that were looked up lately: entries of 32 bytes, each a view (16 bytes, of long texts that of the group's own key) and
// the address of its group, or NONE for a short text that has none. A text can stand in two entries, beside each other: what comes later
// pushes what was there into the second one, and out.

const ENTRY_BITS: usize = 5, ENTRY: usize = 32;
const GROUP: usize = 16;
const NONE: u32 = 1; // no group lies there
const K1: u64 = 0x9E3779B97F4A7C15;
const K2: u64 = 0xD6E8FEB86659FD93;

// @ts-ignore: decorator
@inline function rowAt(sel: usize, i: usize): usize { return sel == 0 ? i : <usize>load<u32>(sel + (i << 2)); }

/** The entry of a view among 2^(64 - shift). Of a long text its length, its beginning, its middle and its end count. */
// @ts-ignore: decorator
@inline function entryOf(view: usize, entries: usize, shift: u64): usize {
  const a = load<u64>(view), length = <usize><u32>a;
  let x = load<u64>(view, 8);
  if (length > 12) {
    const text = <usize>load<u32>(view, 8);
    x = (load<u64>(text + length - 8) * K1) ^ load<u64>(text + ((length - 8) >> 1));
  }
  const h = (a ^ (x * K2)) * K1;
  return entries + (<usize>((h ^ (h << 29)) >> shift) << ENTRY_BITS);
}

// @ts-ignore: decorator
@inline function isOf(entry: usize, view: usize): bool {
  const a = load<u64>(view), b = load<u64>(view, 8);
  if (a != load<u64>(entry)) return false;
  const length = <usize><u32>a;
  if (length <= 12) return b == load<u64>(entry, 8);
  const p = <usize>load<u32>(view, 8), q = <usize>load<u32>(entry, 8);
  let i: usize = 0;
  for (; i + 8 <= length; i += 8) if (load<u64>(p + i) != load<u64>(q + i)) return false;
  return i == length || load<u64>(p + length - 8) == load<u64>(q + length - 8);
}

/**
 * The groups of selected rows (u32 addresses, 0: none, or not known) to `out`. Of those that are not known, the row's number to `missing` and its place in
 * the selection to `missingAt`; returns how many. `ofNull`: the group of rows without a value. `mask`: 0 for a constant, else -1.
 */
export function viewsFind(data: usize, valid: usize, mask: u32, sel: usize, count: u32, entries: usize, shift: u32, ofNull: u32, out: usize, missing: usize, missingAt: usize): u32 {
  let n: usize = 0;
  for (let i: usize = 0; i < <usize>count; i++) {
    const row = rowAt(sel, i), at = row & <usize>mask;
    let group = ofNull;
    if (valid == 0 || load<u8>(valid + at) != 0) {
      const view = data + (at << 4);
      let entry = entryOf(view, entries, shift);
      if (!isOf(entry, view)) {
        entry ^= ENTRY;
        group = isOf(entry, view) ? load<u32>(entry, GROUP) : 0;
      } else group = load<u32>(entry, GROUP);
    }
    store<u32>(out + (i << 2), group == NONE ? 0 : group);
    if (group == 0) {
      store<u32>(missing + (n << 2), <u32>row);
      store<u32>(missingAt + (n++ << 2), <u32>i);
    }
  }
  return <u32>n;
}

/**
 * Keeps the groups (u32 at `addresses`, 0: none) of rows that were missing, and puts them where viewsFind left their place in `out`. `key`: where in a group
 * its view stands. Returns the group of rows without a value, or `ofNull`.
 */
export function viewsKeep(data: usize, valid: usize, mask: u32, missing: usize, missingAt: usize, count: u32, addresses: usize, key: u32, entries: usize, shift: u32, ofNull: u32, out: usize): u32 {
  for (let i: usize = 0; i < <usize>count; i++) {
    const row = <usize>load<u32>(missing + (i << 2)) & <usize>mask, group = load<u32>(addresses + (i << 2)), view = data + (row << 4);
    store<u32>(out + (<usize>load<u32>(missingAt + (i << 2)) << 2), group);
    if (valid != 0 && load<u8>(valid + row) == 0) { ofNull = group; continue; }
    if (group == 0 && load<u32>(view) > 12) continue;
    const entry = entryOf(view, entries, shift);
    if (load<u32>(entry, GROUP) != 0 && !isOf(entry, view)) {
      v128.store(entry ^ ENTRY, v128.load(entry));
      v128.store(entry ^ ENTRY, v128.load(entry, 16), 16);
    }
    v128.store(entry, v128.load(group == 0 ? view : <usize>group + <usize>key));
    store<u32>(entry, group == 0 ? NONE : group, GROUP);
  }
  return ofNull;
}
