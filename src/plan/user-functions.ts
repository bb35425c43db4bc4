/** A person's own functions in JavaScript, as the plan holds them: of one row or of a batch of columns, and of tables. Aggregates are AggregateFunctions. */
import type { ColumnView } from "../columns/column-view.ts";
import type { DataType, StructType } from "../types/data-type.ts";
import type { FunctionDocs } from "./function.ts";

/** `nullable`: nulls are handed to the function; otherwise a null there gives null, and the function isn't called. */
export interface UserParameter { readonly type: DataType; readonly nullable: boolean }

/** `row`: called with values of the edge. `batch`: called with columns of `rows` rows each; gives as many values. */
export type UserBody =
  | { readonly kind: "row"; readonly call: (...values: readonly unknown[]) => unknown }
  | { readonly kind: "batch"; readonly call: (columns: readonly ColumnView[], rows: number) => unknown };

export interface UserFunction extends FunctionDocs {
  readonly kind: "user";
  readonly parameters: readonly UserParameter[];
  readonly type: DataType;
  readonly nullable: boolean;
  /** False: called once for each row that asks for it, and never moved. */
  readonly deterministic: boolean;
  readonly body: UserBody;
}

/** What a generator of a person's is made of: called with values of the edge, gives rows as plain objects. */
export interface UserTable {
  readonly parameters: readonly UserParameter[];
  readonly output: StructType;
  readonly call: (...values: readonly unknown[]) => unknown;
}

/** `name: (int, string) => double`, as errors show a function. */
export function signatureOf(name: string, parameters: readonly string[], result: string): string {
  return `\`${name}\`: (${parameters.join(", ")}) => ${result}`;
}
