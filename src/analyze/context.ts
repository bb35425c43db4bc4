/** What the analyser asks of the rest of the house, handed in so that it depends on no catalog and does no I/O. */
import type { Expression, Literal } from "../plan/expressions.ts";
import type { FunctionEntry, SqlSettings } from "../plan/function.ts";
import type { ReadDataSource, Relation } from "../plan/relations.ts";
import type { StructType } from "../types/data-type.ts";

/** The part of a table that analysis looks at; the whole object goes into the scan. */
export interface TableLike {
  readonly name: string;
  readonly description: string;
  readonly schema: StructType;
  readonly isStreaming: boolean;
}

/** What a name of the catalog stands for. A view's columns may be renamed by its definition. */
export type CatalogEntry =
  | { readonly kind: "view"; readonly plan: Relation; readonly columnNames?: readonly string[] }
  | { readonly kind: "table"; readonly table: TableLike };

export interface Catalog {
  lookupTable(nameParts: readonly string[], streaming: boolean): CatalogEntry | undefined;
  /** All names, to suggest one that is near. */
  names(): Iterable<string>;
}

export interface AnalyzerContext {
  readonly settings: SqlSettings;
  readonly catalog: Catalog;
  /** Sources are opened and their schemas inferred before analysis; this only gives what was found. */
  readonly resolveDataSource: (read: ReadDataSource) => TableLike;
  readonly parseExpression: (sql: string) => Expression;
  /** Values of `:name` (string) and `?` (position from 0). */
  readonly parameters?: ReadonlyMap<string | number, Literal>;
  readonly lookupFunction: (name: string) => FunctionEntry | undefined;
  readonly functionNames?: () => Iterable<string>;
}

/** A switch of Spark's configuration that is on or off. */
export function isOn(settings: SqlSettings, key: string, otherwise: boolean): boolean {
  const value = settings.conf.get(key);
  return value === undefined ? otherwise : value.toLowerCase() === "true";
}
