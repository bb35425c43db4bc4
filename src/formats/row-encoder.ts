/** What formats that are written as rows of text share. */
import { AnalysisError } from "../base/errors.ts";
import { typeToSql, type DataType, type StructType } from "../types/data-type.ts";
import type { Batch } from "../columns/batch.ts";
import type { FileWriting } from "./file-format.ts";

/** Rows of a batch as bytes of a format. */
export interface RowEncoder {
  /** What a file begins with. */
  header(): Uint8Array;
  encode(batch: Batch): Uint8Array;
}

/** Files of rows one after the other. */
export function rowWriting(ending: string, encoder: RowEncoder): FileWriting {
  return {
    ending,
    open: () => ({ heldBytes: 0, open: () => [encoder.header()], write: batch => [encoder.encode(batch)], finish: () => [], abort: () => { /* nothing is held */ } }),
  };
}

/** A DECIMAL as java.math.BigDecimal.toString prints it: plain, but with an exponent where it has six zeros or more behind the point. */
export function bigDecimalText(unscaled: bigint, scale: number): string {
  const sign = unscaled < 0n ? "-" : "", digits = (unscaled < 0n ? -unscaled : unscaled).toString();
  if (scale === 0) return sign + digits;
  const adjusted = digits.length - 1 - scale;
  if (adjusted >= -6) {
    const padded = digits.padStart(scale + 1, "0");
    return `${sign}${padded.slice(0, -scale)}.${padded.slice(-scale)}`;
  }
  return `${sign}${digits[0]}${digits.length > 1 ? `.${digits.slice(1)}` : ""}E${adjusted}`;
}

/** @throws AnalysisError UNSUPPORTED_DATA_TYPE_FOR_DATASOURCE */
export function refuseTypes(format: string, schema: StructType, isRefused: (type: DataType) => boolean): void {
  for (const { name, type } of schema.fields) {
    if (!isRefused(type)) continue;
    const typeText = typeToSql(type);
    throw new AnalysisError({
      condition: "UNSUPPORTED_DATA_TYPE_FOR_DATASOURCE", sqlState: "0A000", message: `The ${format} datasource doesn't support the column \`${name}\` of the type "${typeText}".`,
      messageParameters: { format, columnName: `\`${name}\``, columnType: `"${typeText}"` },
    });
  }
}
