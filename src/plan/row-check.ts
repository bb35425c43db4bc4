/** A person's judgement of rows, made where a source gives them. */
import type { Cell } from "../types/cell.ts";
import type { StructType } from "../types/data-type.ts";

export interface RowRefusal { readonly reason: string; readonly column: string | undefined }

export interface RowCheck {
  /** The columns as the source has them, and as rows leave the check. */
  readonly input: StructType;
  readonly output: StructType;
  /** The cells of `output` of those of `input`. */
  cells(row: readonly Cell[]): readonly Cell[] | RowRefusal;
  /** The same of a row as a program gives it. */
  row(row: object): Cell[] | RowRefusal;
}

export const isRefusal = (result: readonly Cell[] | RowRefusal): result is RowRefusal => !Array.isArray(result);
