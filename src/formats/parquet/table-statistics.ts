/** What a footer says of a whole file: its rows, and the ranges of columns of integers and days. For the planner's estimates. */
import type { ColumnStatistics, TableStatistics } from "../../plan/statistics.ts";
import { PHYSICAL, type FileMetadata, type SchemaNode } from "./metadata.ts";

export function tableStatistics({ schema, leaves, rows, rowGroups }: FileMetadata): TableStatistics {
  const columns = new Map<string, ColumnStatistics>();
  for (const leaf of leaves) {
    if (!schema.children.includes(leaf) || !isCounted(leaf)) continue;
    let least = Number.POSITIVE_INFINITY, greatest = Number.NEGATIVE_INFINITY, isKnown = rowGroups.length > 0;
    for (const group of rowGroups) {
      const { statistics } = group.columns[leaf.column]!, low = numberIn(statistics?.min, leaf), high = numberIn(statistics?.max, leaf);
      if (low !== undefined && high !== undefined) {
        least = Math.min(least, low);
        greatest = Math.max(greatest, high);
      } else if (statistics?.nulls !== group.rows) isKnown = false;
    }
    if (isKnown && least <= greatest) columns.set(leaf.name, { range: { least, greatest } });
  }
  return { rows, columns };
}

/** Signed integers and days, which are stored as they are. */
function isCounted({ physical, annotation }: SchemaNode): boolean {
  return (physical === PHYSICAL.int32 || physical === PHYSICAL.int64) && (annotation === undefined || annotation.kind === "date" || annotation.kind === "integer" && annotation.signed);
}

function numberIn(bytes: Uint8Array | undefined, { physical }: SchemaNode): number | undefined {
  if (bytes?.length !== (physical === PHYSICAL.int32 ? 4 : 8)) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return bytes.length === 4 ? view.getInt32(0, true) : Number(view.getBigInt64(0, true));
}
