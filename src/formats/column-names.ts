/** Names of columns that files can have. */
import { AnalysisError } from "../base/errors.ts";
import type { DataType } from "../types/data-type.ts";

/** Names of columns, and of the fields of one STRUCT, must differ in more than case. @throws AnalysisError COLUMN_ALREADY_EXISTS */
export function refuseSameNames(type: DataType, hint?: string): void {
  switch (type.kind) {
    case "struct": {
      const seen = new Set<string>();
      for (const { name, type: inner } of type.fields) {
        const folded = name.toLowerCase();
        if (seen.has(folded)) throw new AnalysisError({
          condition: "COLUMN_ALREADY_EXISTS", sqlState: "42711", message: `The column \`${folded}\` already exists. Choose another name or rename the existing column.`,
          messageParameters: { columnName: `\`${folded}\`` }, ...(hint !== undefined && { hint }),
        });
        seen.add(folded);
        refuseSameNames(inner, hint);
      }
      break;
    }
    case "array": return refuseSameNames(type.element, hint);
    case "map":
      refuseSameNames(type.key, hint);
      return refuseSameNames(type.value, hint);
  }
}

/**
 * A query that reads nothing but the records that are malformed: which those are depends on the columns that are read, so Spark refuses it.
 * @throws AnalysisError UNSUPPORTED_FEATURE.QUERY_ONLY_CORRUPT_RECORD_COLUMN
 */
export function refuseOnlyCorrupt(wanted: { readonly fields: readonly { readonly name: string }[] }, corruptColumn: string): void {
  if (wanted.fields.length !== 1 || wanted.fields[0]!.name !== corruptColumn) return;
  throw new AnalysisError({
    condition: "UNSUPPORTED_FEATURE.QUERY_ONLY_CORRUPT_RECORD_COLUMN", sqlState: "0A000",
    message: "The feature is not supported: Queries from raw JSON/CSV/XML files are disallowed when the referenced columns only include the internal corrupt record column.",
    messageParameters: {}, hint: "read other columns too, or cache the table and query that",
  });
}
