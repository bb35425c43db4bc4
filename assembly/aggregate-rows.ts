// Rows of a column and states of their groups, as kernels of aggregates see them.

// @ts-ignore: decorator
@inline export function rowAt(sel: usize, i: usize): usize { return sel == 0 ? i : <usize>load<u32>(sel + (i << 2)); }
// @ts-ignore: decorator
@inline export function stateAt(addresses: usize, i: usize, offset: usize): usize { return <usize>load<u32>(addresses + (i << 2)) + offset; }
// @ts-ignore: decorator
@inline export function isValid(valid: usize, row: usize): bool { return valid == 0 || load<u8>(valid + row) != 0; }

/** Whether all rows are of one group, as without keys, or in runs: then its state stays in registers meanwhile. */
export function isOneGroup(addresses: usize, count: u32): bool {
  const n = <usize>count;
  if (n < 8 || load<u32>(addresses) != load<u32>(addresses + ((n - 1) << 2))) return false;
  const first = v128.load32_splat(addresses);
  let i: usize = 0;
  for (; i + 4 <= n; i += 4) if (!i32x4.all_true(i32x4.eq(v128.load(addresses + (i << 2)), first))) return false;
  for (; i < n; i++) if (load<u32>(addresses + (i << 2)) != load<u32>(addresses)) return false;
  return true;
}
