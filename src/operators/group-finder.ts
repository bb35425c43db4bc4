/** What finds groups faster than their table does, for keys of one column. No group may be removed from the table, nor may it be restored. */
import type { Selection } from "../columns/batch.ts";
import type { Vector } from "../columns/vector.ts";
import type { MemoryAccount } from "../memory/linear-memory.ts";
import type { StateTable } from "../state/state-table.ts";
import { GroupPlaces } from "./group-places.ts";
import { GroupViews } from "./group-views.ts";

export interface GroupFinder {
  /** As StateTable.upsert. */
  upsert(columns: readonly Vector[], rows: Selection, length: number): number;
  release(): void;
}

/** Undefined where the table itself is best. */
export function groupFinder(table: StateTable, account?: MemoryAccount): GroupFinder | undefined {
  if (GroupPlaces.suits(table.keyTypes)) return new GroupPlaces(table, account);
  return GroupViews.suits(table.keyTypes) ? new GroupViews(table, account) : undefined;
}
