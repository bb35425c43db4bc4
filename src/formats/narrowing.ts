/**
 * Conditions that a reader decides while it reads, so that columns which the conditions don't look at need not be decoded for rows that
 * nobody wants (late materialization: Abadi et al., "Materialization Strategies in a Column-Oriented DBMS", ICDE 2007). Unlike filters,
 * which only help, they are exact: who takes a narrowing gives the rows that meet all of it, and no others.
 */
import type { Selection } from "../columns/batch.ts";
import type { Vector } from "../columns/vector.ts";

export interface Narrowing {
  /** Asked one after the other; may become fewer from one batch to the next. */
  readonly stages: readonly NarrowingStage[];
  /** What stages gave is needed no more. */
  reset(): void;
}

/** A condition of which only the values count: it gives the same for the same ones, can't fail, and may be asked about values that no row has. */
export interface NarrowingStage {
  /** What it looks at, by name: some of the columns that are read, each once. */
  readonly columns: readonly string[];
  /** Those of the selected rows that meet it. `vectors`: of its columns, `length` rows each. Valid until the narrowing's `reset`. */
  select(vectors: readonly Vector[], length: number, rows: Selection): Selection;
}
