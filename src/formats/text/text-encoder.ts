/** Rows of one STRING column as lines, as Spark's text writer puts them: null is an empty line. */
import { AnalysisError } from "../../base/errors.ts";
import { selectedRows } from "../../columns/cells.ts";
import { linearMemory } from "../../memory/linear-memory.ts";
import type { StructType } from "../../types/data-type.ts";
import { optionOf, type FormatOptions } from "../options.ts";
import { refuseTypes, type RowEncoder } from "../row-encoder.ts";

/** @throws AnalysisError for anything but one STRING column */
export function textEncoder(schema: StructType, options: FormatOptions): RowEncoder {
  if (schema.fields.length !== 1) throw new AnalysisError({
    condition: "_LEGACY_ERROR_TEMP_1326", sqlState: "42K0E", message: `Text data source supports only a single column, and you have ${schema.fields.length} columns.`, messageParameters: { schema: String(schema.fields.length) },
  });
  refuseTypes("Text", schema, type => !["string", "char", "varchar"].includes(type.kind));
  const lineEnd = Buffer.from(optionOf(options, "lineSep") ?? "\n");
  return {
    header: () => new Uint8Array(0),
    encode: batch => {
      const [column] = batch.columns, { u8, u32 } = linearMemory(), pieces: Uint8Array[] = [];
      for (const row of selectedRows(batch)) {
        const at = column!.isConstant ? 0 : row, view = column!.data + 16 * at;
        if (column!.valid === 0 || u8[column!.valid + at] !== 0) {
          const length = u32[view >>> 2]!, from = length <= 12 ? view + 4 : u32[(view >>> 2) + 2]!;
          pieces.push(u8.subarray(from, from + length));
        }
        pieces.push(lineEnd);
      }
      return Buffer.concat(pieces);
    },
  };
}
