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
  /** WITH SCHEMA. */
  readonly mode?: "BINDING" | "COMPENSATION" | "TYPE EVOLUTION" | "EVOLUTION";
  readonly columns?: readonly ViewColumn[];
  readonly comment?: string;
  /** DEFAULT COLLATION. */
  readonly collation?: string;
  readonly replace: boolean;
  readonly ifNotExists: boolean;
  readonly sql: string;
  readonly properties?: Readonly<Record<string, string>>;
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
export interface DescribeRelation extends Node { readonly kind: "describe_relation"; readonly name: NameReference; readonly extended: boolean; readonly column?: readonly string[]; readonly partition?: PartitionSpec; readonly asJson?: true }
export interface DescribeFunction extends Node { readonly kind: "describe_function"; readonly name: readonly string[]; readonly extended: boolean }
export interface DescribeNamespace extends Node { readonly kind: "describe_namespace"; readonly name: readonly string[]; readonly extended: boolean }

/** `namespace`: behind IN or FROM. */
export interface ShowRelations extends Node { readonly kind: "show_relations"; readonly what: "tables" | "views"; readonly namespace?: readonly string[]; readonly pattern?: string }
export interface ShowFunctions extends Node { readonly kind: "show_functions"; readonly scope: "all" | "user" | "system"; readonly namespace?: readonly string[]; readonly pattern?: string }
export interface ShowColumns extends Node { readonly kind: "show_columns"; readonly name: NameReference; readonly namespace?: readonly string[] }
export interface ShowNames extends Node { readonly kind: "show_namespaces" | "show_catalogs"; readonly pattern?: string; readonly namespace?: readonly string[] }
export interface ShowCurrentNamespace extends Node { readonly kind: "show_current_namespace" }
export interface ShowProperties extends Node { readonly kind: "show_properties"; readonly name: NameReference; readonly key?: string }
export interface ShowCreateTable extends Node { readonly kind: "show_create_table"; readonly name: NameReference; readonly asSerde?: boolean }
export interface ShowPartitions extends Node { readonly kind: "show_partitions"; readonly name: NameReference; readonly partition?: PartitionSpec }

export interface Use extends Node { readonly kind: "use"; readonly name: readonly string[] }
export interface SetCatalog extends Node { readonly kind: "set_catalog"; readonly name: string }
export interface CreateNamespace extends Node { readonly kind: "create_namespace"; readonly name: readonly string[]; readonly ifNotExists: boolean; readonly comment?: string; readonly location?: string; readonly properties: Readonly<Record<string, string>> }
export interface DropNamespace extends Node { readonly kind: "drop_namespace"; readonly name: readonly string[]; readonly ifExists: boolean; readonly cascade: boolean }

/** `CACHE TABLE t`, or with `plan` the view that is made first. */
export interface CacheTable extends Node { readonly kind: "cache_table"; readonly name: NameReference; readonly lazy: boolean; readonly plan?: Relation; readonly sql?: string; readonly options: Readonly<Record<string, string>> }
export interface UncacheTable extends Node { readonly kind: "uncache_table"; readonly name: NameReference; readonly ifExists: boolean }
export interface ClearCache extends Node { readonly kind: "clear_cache" }
export interface Refresh extends Node { readonly kind: "refresh"; readonly what: "TABLE" | "FUNCTION" | "path"; readonly name: NameReference }

/** A column as CREATE TABLE declares it. */
export interface TableColumn { readonly name: string; readonly type: DataType; readonly nullable: boolean; readonly comment?: string; readonly otherwise?: Expression; readonly otherwiseSql?: string; /** What Spark's files have not: "generated columns", "identity columns", "CONSTRAINT". */ readonly refused?: string }
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
  /** DEFAULT COLLATION. */
  readonly collation?: string;
  readonly query?: Relation;
  readonly buckets?: { readonly columns: readonly string[]; readonly sortedBy: readonly string[]; readonly count: number };
  /** CREATE EXTERNAL TABLE. */
  readonly external?: boolean;
  readonly constraint?: boolean;
}
export interface Insert extends Node {
  readonly kind: "insert";
  readonly name: NameReference;
  readonly overwrite: boolean;
  readonly byName: boolean;
  readonly columns?: readonly string[];
  /** PARTITION (a = 1, b): without a value the partition is taken from the rows. */
  readonly partition: PartitionSpec;
  readonly ifNotExists: boolean;
  readonly replaceWhere?: Expression;
  /** writeTo(): with `overwrite` only partitions that get rows, or, with `replaceWhere`, only the rows for which it is true. */
  readonly scope?: "partitions" | "rows";
  /** What no table of files has: REPLACE. */
  readonly refused?: string;
  /** WITH SCHEMA EVOLUTION. */
  readonly evolves?: true;
  readonly query: Relation;
}
/** `FROM t INSERT ... INSERT ...`: all are checked before the first writes. */
export interface InsertMany extends Node { readonly kind: "insert_many"; readonly inserts: readonly Insert[] }
export interface InsertDirectory extends Node { readonly kind: "insert_directory"; readonly path?: string; readonly format: string; readonly options: Readonly<Record<string, string>>; readonly query: Relation }
/** PARTITION (a = 1, b): the values of columns; undefined where none is given. */
export type PartitionSpec = readonly { readonly name: string; readonly value?: Expression }[];
export interface TruncateTable extends Node { readonly kind: "truncate_table"; readonly name: NameReference; readonly partition?: PartitionSpec }

/** What ALTER COLUMN says of one column. */
export interface ColumnChange { readonly name: readonly string[]; readonly type?: DataType; readonly comment?: string; readonly otherwise?: { readonly expression: Expression; readonly sql: string } | "drop"; readonly nullability?: true; readonly position?: true }
export type TableChange =
  | { readonly kind: "add_columns"; readonly columns: readonly (TableColumn & { readonly qualifier: readonly string[] })[] }
  | { readonly kind: "drop_columns"; readonly names: readonly (readonly string[])[]; readonly ifExists: boolean }
  | { readonly kind: "rename_column"; readonly from: readonly string[]; readonly to: string }
  | { readonly kind: "alter_columns"; readonly changes: readonly ColumnChange[] }
  | { readonly kind: "set_properties"; readonly properties: Readonly<Record<string, string>> }
  | { readonly kind: "unset_properties"; readonly keys: readonly string[] }
  | { readonly kind: "set_serde_properties"; readonly properties: Readonly<Record<string, string>> }
  | { readonly kind: "set_location"; readonly location: string; readonly partition?: PartitionSpec }
  | { readonly kind: "add_partitions"; readonly partitions: readonly { readonly spec: PartitionSpec; readonly location?: string }[]; readonly ifNotExists: boolean }
  | { readonly kind: "drop_partitions"; readonly partitions: readonly PartitionSpec[]; readonly ifExists: boolean }
  | { readonly kind: "rename_partition"; readonly from: PartitionSpec; readonly to: PartitionSpec }
  | { readonly kind: "recover_partitions"; readonly clause: string }
  | { readonly kind: "set_collation"; readonly collation: string }
  /** Taken, and nothing of a table of files: CLUSTER BY. */
  | { readonly kind: "cluster_by" }
  /** What no table of files has done to it. */
  | { readonly kind: "refused"; readonly operation: string };
/** `clause`: as messages name the statement. */
export interface AlterTable extends Node { readonly kind: "alter_table"; readonly name: NameReference; readonly clause: string; readonly change: TableChange }
export interface AlterViewProperties extends Node { readonly kind: "alter_view_properties"; readonly name: NameReference; readonly clause: string; readonly set?: Readonly<Record<string, string>>; readonly unset?: readonly string[]; readonly mode?: CreateView["mode"] }
export interface CreateTableLike extends Node { readonly kind: "create_table_like"; readonly name: NameReference; readonly source: NameReference; readonly ifNotExists: boolean; readonly provider?: string; readonly location?: string; readonly properties: Readonly<Record<string, string>> }
export interface AlterNamespace extends Node { readonly kind: "alter_namespace"; readonly name: readonly string[]; readonly set?: Readonly<Record<string, string>>; readonly unset?: readonly string[]; readonly location?: string }
/** `comment` null: none. */
export interface CommentOn extends Node { readonly kind: "comment_on"; readonly what: "table" | "namespace" | "column"; readonly name: NameReference; readonly comment: string | null }
/** `columns`: those whose values are looked at. `rows`: whether rows are counted. */
export interface AnalyzeTable extends Node { readonly kind: "analyze_table"; readonly name: NameReference; readonly partition?: PartitionSpec; readonly columns?: readonly string[] | "all"; readonly rows: boolean }
export interface AnalyzeTables extends Node { readonly kind: "analyze_tables"; readonly namespace?: readonly string[]; readonly rows: boolean }
export interface ShowTableExtended extends Node { readonly kind: "show_table_extended"; readonly namespace?: readonly string[]; readonly pattern: string; readonly partition?: PartitionSpec }
/** CALL, DESCRIBE PROCEDURE: there are no procedures. */
export interface CallProcedure extends Node { readonly kind: "call_procedure"; readonly name: readonly string[] }
export interface ShowCollations extends Node { readonly kind: "show_collations"; readonly pattern?: string }

export type Command =
  | CreateView | AlterView | DropRelation | RenameRelation | OnRelation | DeclareVariable | SetVariables | DropVariable | ExecuteImmediate
  | CreateFunction | CreateJavaFunction | DropFunction | SetCommand | ResetCommand | Explain | DescribeQuery | DescribeRelation | DescribeFunction
  | DescribeNamespace | ShowRelations | ShowFunctions | ShowColumns | ShowNames | ShowCurrentNamespace | ShowProperties | ShowCreateTable | ShowPartitions
  | AlterTable | AlterViewProperties | CreateTableLike | AlterNamespace | CommentOn | AnalyzeTable | AnalyzeTables | ShowTableExtended | ShowCollations | CallProcedure
  | Use | SetCatalog | CreateNamespace | DropNamespace | CacheTable | UncacheTable | ClearCache | Refresh | CreateTable | Insert | InsertMany | InsertDirectory | TruncateTable | Script;
