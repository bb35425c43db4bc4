/** PARTITION (a = 1, b). */
import type { PartitionSpec } from "../../plan/commands.ts";
import type { SqlCursor } from "../cursor.ts";
import { primary } from "../primary.ts";

/** Behind the word PARTITION; undefined if it does not stand here. */
export function partitionSpec(cursor: SqlCursor): PartitionSpec | undefined {
  if (!cursor.isWord("PARTITION") || !cursor.isSymbol("(", 1)) return undefined;
  cursor.position += 2;
  const at = cursor.position;
  const spec = cursor.list(() => {
    const column = cursor.name();
    return cursor.takeSymbol("=") ? { name: column, value: primary(cursor) } : { name: column };
  });
  const lower = spec.map(part => part.name.toLowerCase()), twice = lower.find((name, i) => lower.indexOf(name) !== i);
  if (twice !== undefined) throw cursor.error(at, "DUPLICATE_KEY", "23505", `Found duplicate keys \`${twice}\`.`, { keyColumn: `\`${twice}\`` });
  cursor.expectSymbol(")");
  return spec;
}

/** The same where each column has a value. @throws ParseError INVALID_SQL_SYNTAX.EMPTY_PARTITION_VALUE */
export function valuedPartition(cursor: SqlCursor): PartitionSpec | undefined {
  const at = cursor.position, spec = partitionSpec(cursor), partKey = spec?.find(part => part.value === undefined)?.name;
  if (partKey !== undefined) throw cursor.error(at, "INVALID_SQL_SYNTAX.EMPTY_PARTITION_VALUE", "42000", `Invalid SQL syntax: Partition key \`${partKey}\` must set value.`, { partKey: `\`${partKey}\`` });
  return spec;
}

export function wholePartition(cursor: SqlCursor): PartitionSpec {
  const spec = valuedPartition(cursor);
  if (spec === undefined) throw cursor.fail();
  return spec;
}
