/** What a SQL statement can be beside a query: frozen objects with a `kind`, carried out by the session. */
import type { DataType, StructType } from "../types/data-type.ts";
import type { Expression, Origin } from "./expressions.ts";
import type { Relation, Statement } from "./relations.ts";
import type { Script } from "./script.ts";

interface Node { readonly origin?: Origin }
/** A name in parts, or IDENTIFIER(expression): its parts are known when the expression is evaluated. */
export interface NameReference { readonly parts: readonly string[]; readonly identifier?: Expression }

export interface ViewColumn { readonly name: string; readonly comment?: string }
/** `sql`: the text of the query. */
export interface CreateView extends Node {
  readonly kind: "create_view";
  readonly name: NameReference;
  readonly scope: "temporary" | "global" | "permanent";
  readonly plan: Relation;
  readonly columns?: readonly ViewColumn[];
  readonly comment?: string;
  readonly replace: boolean;
  readonly ifNotExists: boolean;
  readonly sql: string;
}
export interface AlterView extends Node { readonly kind: "alter_view"; readonly name: NameReference; readonly plan: Relation; readonly sql: string }
/** DROP VIEW, DROP TABLE. */
export interface DropRelation extends Node { readonly kind: "drop_relation"; readonly what: "VIEW" | "TABLE"; readonly name: NameReference; readonly ifExists: boolean }
export interface RenameRelation extends Node { readonly kind: "rename_relation"; readonly what: "VIEW" | "TABLE"; readonly name: NameReference; readonly to: readonly string[] }
/** A statement about a relation that must be there, and that is not of the kind that the statement is for. `clause`: as Spark's messages call it. */
export interface OnRelation extends Node { readonly kind: "on_relation"; readonly clause: string; readonly name: NameReference; readonly wants: "table" | "permanent view" | "any" }

export interface DeclareVariable extends Node { readonly kind: "declare_variable"; readonly names: readonly (readonly string[])[]; readonly type?: DataType; readonly otherwise?: Expression; readonly otherwiseSql: string; readonly replace: boolean }
/** `SET VAR a = 1, b = DEFAULT`, or `SET VAR (a, b) = (query)`. */
export interface SetVariables extends Node { readonly kind: "set_variables"; readonly targets: readonly (readonly string[])[]; readonly values: readonly (Expression | "default")[] | Relation; readonly targetOrigins: readonly Origin[] }
export interface DropVariable extends Node { readonly kind: "drop_variable"; readonly name: readonly string[]; readonly ifExists: boolean }
export interface ExecuteImmediate extends Node { readonly kind: "execute_immediate"; readonly query: Expression; readonly into?: readonly (readonly string[])[]; readonly using: readonly Expression[] }

export interface RoutineParameter { readonly name: string; readonly type: DataType; readonly otherwise?: Expression; readonly otherwiseSql?: string; readonly comment?: string }
export interface CreateFunction extends Node {
  readonly kind: "create_function";
  readonly name: readonly string[];
  readonly temporary: boolean;
  readonly replace: boolean;
  readonly ifNotExists: boolean;
  readonly parameters: readonly RoutineParameter[];
  /** Undefined: what the body gives. */
  readonly returns?: DataType;
  /** RETURNS TABLE: the columns, or none if the body's are meant. */
  readonly table?: StructType | "inferred";
  readonly body: { readonly expression: Expression } | { readonly query: Relation };
  readonly bodySql: string;
  readonly comment?: string;
  readonly deterministic?: boolean;
  readonly dataAccess?: string;
}
/** `CREATE FUNCTION f AS 'org.example.F'`: there are no Java classes. */
export interface CreateJavaFunction extends Node { readonly kind: "create_java_function"; readonly name: readonly string[]; readonly className: string }
export interface DropFunction extends Node { readonly kind: "drop_function"; readonly name: readonly string[]; readonly temporary: boolean; readonly ifExists: boolean }

export interface SetCommand extends Node { readonly kind: "set"; readonly key?: string; readonly value?: string; readonly verbose?: boolean }
export interface ResetCommand extends Node { readonly kind: "reset"; readonly key?: string }
export interface Explain extends Node { readonly kind: "explain"; readonly mode: "simple" | "extended" | "cost" | "formatted" | "codegen"; readonly statement: Statement }

export interface DescribeQuery extends Node { readonly kind: "describe_query"; readonly plan: Relation }
export interface DescribeRelation extends Node { readonly kind: "describe_relation"; readonly name: NameReference; readonly extended: boolean; readonly column?: readonly string[] }
export interface DescribeFunction extends Node { readonly kind: "describe_function"; readonly name: readonly string[]; readonly extended: boolean }
export interface DescribeNamespace extends Node { readonly kind: "describe_namespace"; readonly name: readonly string[]; readonly extended: boolean }

/** `namespace`: behind IN or FROM. */
export interface ShowRelations extends Node { readonly kind: "show_relations"; readonly what: "tables" | "views"; readonly namespace?: readonly string[]; readonly pattern?: string }
export interface ShowFunctions extends Node { readonly kind: "show_functions"; readonly scope: "all" | "user" | "system"; readonly namespace?: readonly string[]; readonly pattern?: string }
export interface ShowColumns extends Node { readonly kind: "show_columns"; readonly name: NameReference; readonly namespace?: readonly string[] }
export interface ShowNames extends Node { readonly kind: "show_namespaces" | "show_catalogs"; readonly pattern?: string }
export interface ShowCurrentNamespace extends Node { readonly kind: "show_current_namespace" }
export interface ShowProperties extends Node { readonly kind: "show_properties"; readonly name: NameReference; readonly key?: string }
export interface ShowCreateTable extends Node { readonly kind: "show_create_table"; readonly name: NameReference }
export interface ShowPartitions extends Node { readonly kind: "show_partitions"; readonly name: NameReference }

export interface Use extends Node { readonly kind: "use"; readonly name: readonly string[] }
export interface SetCatalog extends Node { readonly kind: "set_catalog"; readonly name: string }
export interface CreateNamespace extends Node { readonly kind: "create_namespace"; readonly name: readonly string[]; readonly ifNotExists: boolean; readonly comment?: string; readonly location?: string }
export interface DropNamespace extends Node { readonly kind: "drop_namespace"; readonly name: readonly string[]; readonly ifExists: boolean; readonly cascade: boolean }

/** `CACHE TABLE t`, or with `plan` the view that is made first. */
export interface CacheTable extends Node { readonly kind: "cache_table"; readonly name: NameReference; readonly plan?: Relation; readonly sql?: string; readonly options: Readonly<Record<string, string>> }
export interface UncacheTable extends Node { readonly kind: "uncache_table"; readonly name: NameReference; readonly ifExists: boolean }
export interface ClearCache extends Node { readonly kind: "clear_cache" }
export interface Refresh extends Node { readonly kind: "refresh"; readonly what: "TABLE" | "FUNCTION" | "path"; readonly name: NameReference }

/** A column as CREATE TABLE declares it. */
export interface TableColumn { readonly name: string; readonly type: DataType; readonly nullable: boolean; readonly comment?: string; readonly otherwise?: Expression; readonly otherwiseSql?: string }
export interface CreateTable extends Node {
  readonly kind: "create_table";
  readonly name: NameReference;
  readonly ifNotExists: boolean;
  readonly replace: boolean;
  /** writeTo(): the new table takes the place of one that must, or may, be there. (SQL's REPLACE TABLE is refused for tables of files, as in Spark.) */
  readonly anew?: "existing" | "any";
  readonly columns: readonly TableColumn[];
  readonly provider?: string;
  readonly options: Readonly<Record<string, string>>;
  readonly properties: Readonly<Record<string, string>>;
  /** Names of columns; or columns of their own, declared in PARTITIONED BY. */
  readonly partitionedBy: readonly (string | TableColumn)[];
  readonly location?: string;
  readonly comment?: string;
  readonly query?: Relation;
}
export interface Insert extends Node {
  readonly kind: "insert";
  readonly name: NameReference;
  readonly overwrite: boolean;
  readonly byName: boolean;
  readonly columns?: readonly string[];
  /** PARTITION (a = 1, b): without a value the partition is taken from the rows. */
  readonly partition: readonly { readonly name: string; readonly value?: Expression }[];
  readonly ifNotExists: boolean;
  readonly replaceWhere?: Expression;
  /** writeTo(): with `overwrite` only partitions that get rows, or, with `replaceWhere`, only the rows for which it is true. */
  readonly scope?: "partitions" | "rows";
  readonly query: Relation;
}
export interface InsertDirectory extends Node { readonly kind: "insert_directory"; readonly path?: string; readonly format: string; readonly options: Readonly<Record<string, string>>; readonly query: Relation }
export interface TruncateTable extends Node { readonly kind: "truncate_table"; readonly name: NameReference; readonly partition: boolean }

export type Command =
  | CreateView | AlterView | DropRelation | RenameRelation | OnRelation | DeclareVariable | SetVariables | DropVariable | ExecuteImmediate
  | CreateFunction | CreateJavaFunction | DropFunction | SetCommand | ResetCommand | Explain | DescribeQuery | DescribeRelation | DescribeFunction
  | DescribeNamespace | ShowRelations | ShowFunctions | ShowColumns | ShowNames | ShowCurrentNamespace | ShowProperties | ShowCreateTable | ShowPartitions
  | Use | SetCatalog | CreateNamespace | DropNamespace | CacheTable | UncacheTable | ClearCache | Refresh | CreateTable | Insert | InsertDirectory | TruncateTable | Script;
