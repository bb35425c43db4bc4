/** An order of groups that doesn't depend on how the state was built, so that a restored run gives the same bytes. */
import { cellAt } from "../columns/cells.ts";
import { cellOrder, nullsFirst } from "../columns/compare-cells.ts";
import { kernels } from "../kernels/kernels.ts";
import { GroupRow } from "../kernels/table.ts";
import type { Arena } from "../memory/arena.ts";
import { linearMemory } from "../memory/linear-memory.ts";
import type { Addresses, StateTable } from "./state-table.ts";

/** Sorts groups in place by hash and key, and returns them. `arena`: left empty. */
export function inHashOrder(table: StateTable, groups: Addresses, arena: Arena): Addresses {
  const { memory } = arena, { pointer, count } = groups, scratchBytes = 32 * count, scratch = memory.allocate(scratchBytes), words = memory.u32;
  kernels().sortByWord(pointer, count, GroupRow.salt, scratch);
  memory.free(scratch, scratchBytes);
  const salt = (i: number) => words[(words[(pointer >>> 2) + i]! + GroupRow.salt) >>> 2]!;
  for (let from = 0; from < count; from++) {
    let to = from + 1;
    while (to < count && salt(to) === salt(from)) to++;
    if (to - from > 1) orderByKey(table, pointer + 4 * from, to - from, arena);
    from = to - 1;
  }
  return groups;
}

/** Groups that share a hash: rare and few. */
function orderByKey(table: StateTable, pointer: number, count: number, arena: Arena): void {
  const words = linearMemory().u32, keys = table.keyVectors(pointer, count, arena);
  const order = nullsFirst(cellOrder({ kind: "struct", fields: table.keyTypes.map((type, i) => ({ name: String(i), type, nullable: true })) }));
  const rows = Array.from({ length: count }, (_, i) => ({ address: words[(pointer >>> 2) + i]!, key: keys.map(vector => cellAt(vector, i)) }));
  rows.sort((a, b) => order(a.key, b.key));
  rows.forEach((row, i) => { words[(pointer >>> 2) + i] = row.address; });
  arena.reset();
}
