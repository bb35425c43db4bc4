/** What the analyser asks of the rest of the house, handed in so that it depends on no catalog and does no I/O. */
import type { Expression, Literal, Origin } from "../plan/expressions.ts";
import type { FunctionEntry, SqlSettings } from "../plan/function.ts";
import type { NameHome, ReadDataSource, Relation } from "../plan/relations.ts";
import type { Cell } from "../types/cell.ts";
import type { DataType, StructField, StructType } from "../types/data-type.ts";

/** The part of a table that analysis looks at; the whole object goes into the scan. */
export interface TableLike {
  readonly name: string;
  readonly description: string;
  readonly schema: StructType;
  readonly isStreaming: boolean;
  /** Columns that `*` leaves out, and only their names bring. */
  readonly hiddenColumns?: readonly StructField[];
}

/** A column of a view's definition. `source`: what its query calls it. `declared`: as of an attribute. */
export interface ViewColumn { readonly source: string; readonly name: string; readonly type: DataType; readonly comment?: string; readonly declared?: DataType }
/** How a view follows what changes below it: CREATE VIEW ... WITH SCHEMA. */
export type ViewSchemaMode = "BINDING" | "COMPENSATION" | "TYPE EVOLUTION" | "EVOLUTION";
/** `sql`: the text of its query. `evolve`: takes the columns that it has from now on. */
export interface ViewDefinition { readonly name: readonly string[]; readonly isTemporary: boolean; readonly sql: string; readonly mode: ViewSchemaMode; readonly columns: readonly ViewColumn[]; readonly evolve?: (columns: readonly ViewColumn[]) => void }

/**
 * What a name of the catalog stands for. `name`: the whole name of a view. `definition`: the columns of one that was made by a
 * statement. `settings`: those that held when it was made. `qualifier`: what may stand in front of its columns, if more than its name.
 */
export type CatalogEntry =
  | { readonly kind: "view"; readonly plan: Relation; readonly name?: readonly string[]; readonly definition?: ViewDefinition; readonly settings?: SqlSettings; readonly qualifier?: readonly string[] }
  | { readonly kind: "table"; readonly table: TableLike };

/** A variable of the session. */
export interface Variable { readonly name: string; readonly type: DataType; readonly value: Cell }

/** A function made of SQL. `table`: the columns of a function for FROM. The body knows the settings that held when it was made. */
export interface Routine {
  /** As names of columns show it. */
  readonly name: string;
  readonly parameters: readonly { readonly name: string; readonly type: DataType; readonly otherwise?: Expression }[];
  readonly returns?: DataType;
  readonly table?: StructType;
  readonly body: { readonly expression: Expression } | { readonly query: Relation };
  readonly settings: SqlSettings;
}

export interface Catalog {
  /** `home`: of a name in a view's query. */
  lookupTable(nameParts: readonly string[], streaming: boolean, home?: NameHome): CatalogEntry | undefined;
  /** All names, to suggest one that is near. */
  names(): Iterable<string>;
  lookupRoutine?(nameParts: readonly string[]): Routine | undefined;
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
  /** The variable that the first parts of a name mean, and how many they are. */
  readonly lookupVariable?: (nameParts: readonly string[]) => { readonly variable: Variable; readonly used: number } | undefined;
  readonly lookupRoutine?: (nameParts: readonly string[]) => Routine | undefined;
  /** Told of each TIME that is written in a statement. */
  readonly onTimeLiteral?: (origin: Origin) => void;
}

/** A switch of Spark's configuration that is on or off. */
export function isOn(settings: SqlSettings, key: string, otherwise: boolean): boolean {
  const value = settings.conf.get(key);
  return value === undefined ? otherwise : value.toLowerCase() === "true";
}
