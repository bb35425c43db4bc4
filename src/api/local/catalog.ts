/**
 * The names of a session: temporary views, tables and views of its schemas, variables, SQL functions, and the tables that are
 * always there. Names are compared without regard to case. Nothing of it outlives the session but the files of tables.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import { AnalysisError } from "../../base/errors.ts";
import { quoteParts } from "../../analyze/errors.ts";
import type { Catalog, CatalogEntry, Routine, Variable, ViewColumn, ViewDefinition, ViewSchemaMode } from "../../analyze/context.ts";
import { CURRENT_SCHEMA } from "../../functions/misc/misc.ts";
import type { CreateTable, RoutineParameter, TableColumn } from "../../plan/commands.ts";
import type { Expression } from "../../plan/expressions.ts";
import type { SqlSettings } from "../../plan/function.ts";
import type { FileLayout, NameHome, ReadDataSource, Relation } from "../../plan/relations.ts";
import type { StoredStatistics } from "./commands/analyze-table.ts";

/** `FROM STREAM stdin`: the program's standard input. */
const STANDARD_INPUT: ReadDataSource = { kind: "read_data_source", format: "stdin", options: {}, paths: [], isStreaming: true };
const TELEMETRY: ReadDataSource = { kind: "read_data_source", format: "telemetry", options: {}, paths: [], isStreaming: true };

export const CATALOG = "spark_catalog", DEFAULT_SCHEMA = "default", GLOBAL_TEMP = "global_temp";

/**
 * `settings`: those that held when the view was made by a statement. `sql`: the text of its query. `home`: where its names were meant.
 * `columns`: those of its definition, once its query has been looked at.
 */
export interface View {
  readonly name: string;
  readonly plan: Relation;
  readonly columns?: readonly ViewColumn[];
  readonly mode?: ViewSchemaMode;
  readonly home?: NameHome;
  readonly comment?: string;
  readonly collation?: string;
  readonly sql?: string;
  readonly settings?: SqlSettings;
  readonly properties?: Readonly<Record<string, string>>;
}

/** A table whose rows lie in files of one folder. `read`: its scan. */
export interface StoredTable {
  readonly name: string;
  readonly schema: string;
  readonly provider: string;
  readonly columns: readonly TableColumn[];
  readonly partitionedBy: readonly string[];
  readonly location: string;
  /** The folder is the table's own, and goes when it is dropped. */
  readonly isManaged: boolean;
  readonly options: Readonly<Record<string, string>>;
  readonly properties: Readonly<Record<string, string>>;
  readonly comment?: string;
  readonly buckets?: CreateTable["buckets"];
  /** Of its columns that name none. */
  readonly collation?: string;
  readonly layout?: FileLayout;
  /** What ANALYZE TABLE ... PARTITION found, by the partition's folder. */
  readonly partitionStatistics?: Readonly<Record<string, { readonly bytes: number; readonly rows?: number }>>;
  /** What ANALYZE TABLE found, until rows or columns change. */
  readonly statistics?: StoredStatistics;
  readonly read: ReadDataSource;
}

export interface StoredVariable extends Variable { readonly otherwise: Expression | undefined; readonly otherwiseSql: string }

/** A variable, how many parts of a name mean it, and the names among which it is. */
export interface FoundVariable { readonly variable: StoredVariable; readonly used: number; readonly home: Map<string, StoredVariable> }

/** The variables of a script that is running; `nameParts` in lower case. */
export interface LocalVariables { lookup(nameParts: readonly string[]): FoundVariable | undefined }

/** A SQL function with what DESCRIBE FUNCTION shows of it. */
export interface StoredRoutine extends Routine {
  readonly plainName: string;
  readonly isTemporary: boolean;
  readonly shown: readonly RoutineParameter[];
  readonly bodySql: string;
  readonly comment?: string;
  readonly deterministic: boolean;
  readonly dataAccess: string;
  readonly createdMicros: number;
}

export interface Schema { readonly name: string; readonly comment: string; readonly location: string; readonly properties: Readonly<Record<string, string>>; readonly views: Map<string, View>; readonly tables: Map<string, StoredTable>; readonly routines: Map<string, StoredRoutine> }

export class SessionCatalog implements Catalog {
  readonly #views = new Map<string, View>();
  readonly globalViews = new Map<string, View>();
  readonly schemas = new Map<string, Schema>();
  readonly variables = new Map<string, StoredVariable>();
  /** Those of the script that is running, seen by what it does and by nothing beside it. */
  readonly locals = new AsyncLocalStorage<LocalVariables | undefined>();
  readonly routines = new Map<string, StoredRoutine>();
  currentSchema = DEFAULT_SCHEMA;
  /** A schema that the command line gives for standard input. */
  standardInput: ReadDataSource = STANDARD_INPUT;

  constructor() { this.addSchema(DEFAULT_SCHEMA, "default database", ""); }

  addSchema(name: string, comment: string, location: string, properties: Readonly<Record<string, string>> = {}): void {
    this.schemas.set(name.toLowerCase(), { name, comment, location, properties, views: new Map(), tables: new Map(), routines: new Map() });
  }

  /** The schema that stands in front of a name, or the current one; undefined if there is none, or the name can't be of a schema. */
  schemaOf(nameParts: readonly string[], current = this.currentSchema): Schema | undefined {
    const lower = nameParts.slice(0, -1).map(part => part.toLowerCase()), qualifier = lower[0] === CATALOG ? lower.slice(1) : lower;
    return qualifier.length > 1 || lower.length > 2 ? undefined : this.schemas.get(qualifier[0] ?? current.toLowerCase());
  }

  lookupTable(nameParts: readonly string[], _streaming: boolean, home?: NameHome): CatalogEntry | undefined {
    const views = this.#viewsWith(nameParts, home), view = views?.get(nameParts.at(-1)!.toLowerCase());
    if (view !== undefined) return this.#entryOf(view, views!, this.schemaOf(nameParts, home?.schema));
    const table = this.schemaOf(nameParts, home?.schema)?.tables.get(nameParts.at(-1)!.toLowerCase());
    if (table !== undefined) return { kind: "view", plan: table.read, qualifier: [CATALOG, table.schema, table.name] };
    if (nameParts.length !== 1) return undefined;
    switch (nameParts[0]!.toLowerCase()) {
      case "stdin": return { kind: "view", plan: this.standardInput };
      case "telemetry": return { kind: "view", plan: TELEMETRY };
      default: return undefined;
    }
  }

  names(): string[] { return [...[...this.#views.values()].map(view => view.name), ...this.schemas.get(this.currentSchema.toLowerCase())?.tables.keys() ?? [], "stdin", "telemetry"]; }
  views(): readonly View[] { return [...this.#views.values()]; }

  /** The map that holds a view of this name, if one does. In a view's query a temporary view counts that it was made with. */
  #viewsWith(nameParts: readonly string[], home?: NameHome): Map<string, View> | undefined {
    const key = nameParts.at(-1)!.toLowerCase(), qualifier = nameParts.slice(0, -1).join(".").toLowerCase();
    const isKnown = home === undefined || home.temporary.includes(nameParts.join(".").toLowerCase());
    if (isKnown && (qualifier === "" || qualifier === "session" || qualifier === "system.session") && this.#views.has(key)) return this.#views;
    if (qualifier === GLOBAL_TEMP) return isKnown && this.globalViews.has(key) ? this.globalViews : undefined;
    const views = this.schemaOf(nameParts, home?.schema)?.views;
    return views?.has(key) === true ? views : undefined;
  }

  #entryOf(view: View, views: Map<string, View>, schema: Schema | undefined): CatalogEntry {
    const { plan, settings, columns, mode = "BINDING", sql = "" } = view, isTemporary = views === this.#views || views === this.globalViews;
    const name = views === this.#views ? [view.name] : views === this.globalViews ? [GLOBAL_TEMP, view.name] : [CATALOG, schema!.name, view.name];
    const evolve = (columns: readonly ViewColumn[]): void => { if (views.get(view.name.toLowerCase()) === view) views.set(view.name.toLowerCase(), { ...view, columns }); };
    const definition: ViewDefinition | undefined = columns === undefined ? undefined : { name, isTemporary, sql, mode, columns, evolve };
    return { kind: "view", plan, name, ...(views !== this.#views && { qualifier: name }), ...(definition !== undefined && { definition }), ...(settings && { settings }) };
  }

  view(nameParts: readonly string[]): View | undefined { return this.#viewsWith(nameParts)?.get(nameParts.at(-1)!.toLowerCase()); }
  isTemporaryView(nameParts: readonly string[]): boolean {
    const views = this.#viewsWith(nameParts);
    return views === this.#views || views === this.globalViews;
  }
  table(nameParts: readonly string[]): StoredTable | undefined { return this.schemaOf(nameParts)?.tables.get(nameParts.at(-1)!.toLowerCase()); }

  /** A temporary view; `global_temp.name`: one that all sessions see in Spark, and that has its own schema here. */
  create(nameParts: readonly string[], plan: Relation, replace: boolean): void {
    this.addView(nameParts.length === 2 && nameParts[0]!.toLowerCase() === GLOBAL_TEMP ? this.globalViews : this.#views, { name: nameParts.at(-1)!, plan }, replace);
  }

  get temporaryViews(): Map<string, View> { return this.#views; }

  addView(views: Map<string, View>, view: View, replace: boolean): void {
    if (!replace) this.checkNew(views, view.name);
    views.set(view.name.toLowerCase(), view);
  }

  /** @throws AnalysisError TEMP_TABLE_OR_VIEW_ALREADY_EXISTS */
  checkNew(views: Map<string, View>, name: string): void {
    if (views.has(name.toLowerCase())) throw new AnalysisError({
      condition: "TEMP_TABLE_OR_VIEW_ALREADY_EXISTS", sqlState: "42P07",
      message: `Cannot create the temporary view \`${name}\` because it already exists.\nChoose a different name, drop or replace the existing view.`,
      messageParameters: { relationName: `\`${name}\`` },
    });
  }

  drop(nameParts: readonly string[]): boolean { return this.#viewsWith(nameParts)?.delete(nameParts.at(-1)!.toLowerCase()) ?? false; }

  /** Replaces a view under its own or another name. */
  replaceView(nameParts: readonly string[], view: View): void {
    const views = this.#viewsWith(nameParts)!;
    views.delete(nameParts.at(-1)!.toLowerCase());
    views.set(view.name.toLowerCase(), view);
  }

  lookupVariable(nameParts: readonly string[]): FoundVariable | undefined {
    const locals = this.locals.getStore();
    if (this.variables.size === 0 && locals === undefined) return undefined;
    const lower = nameParts.map(part => part.toLowerCase()), home = this.variables;
    const skip = lower[0] === "system" && lower[1] === "session" ? 2 : lower[0] === "session" ? 1 : 0;
    const qualified = skip === 0 ? undefined : home.get(lower[skip] ?? "");
    if (qualified !== undefined) return { variable: qualified, used: skip + 1, home };
    const local = locals?.lookup(lower);
    if (local !== undefined) return local;
    const variable = home.get(lower[0]!);
    return variable === undefined ? undefined : { variable, used: 1, home };
  }

  lookupRoutine(nameParts: readonly string[]): StoredRoutine | undefined {
    const key = nameParts.at(-1)!.toLowerCase(), qualifier = nameParts.slice(0, -1).join(".").toLowerCase();
    if (qualifier === "" || qualifier === "session" || qualifier === "system.session") {
      const routine = this.routines.get(key);
      if (routine !== undefined) return routine;
    }
    return this.schemaOf(nameParts)?.routines.get(key);
  }
}

/** `spark_catalog`.`default`.`t`. */
export function fullName(catalog: SessionCatalog, nameParts: readonly string[]): string {
  const parts = nameParts.length === 1 ? [CATALOG, catalog.currentSchema, ...nameParts] : nameParts.length === 2 ? [CATALOG, ...nameParts] : nameParts;
  return quoteParts(parts);
}

export function relationNotFound(relationName: string, hint: string): AnalysisError {
  return new AnalysisError({
    condition: "TABLE_OR_VIEW_NOT_FOUND", sqlState: "42P01", message: `The table or view ${relationName} cannot be found. Verify the spelling and correctness of the schema and catalog.`,
    messageParameters: { relationName }, hint,
  });
}

/** The schema that a name is in, or would be. @throws AnalysisError REQUIRES_SINGLE_PART_NAMESPACE, SCHEMA_NOT_FOUND */
export function schemaFor(catalog: SessionCatalog, nameParts: readonly string[]): Schema {
  checkNamespace(nameParts);
  const schema = catalog.schemaOf(nameParts);
  if (schema === undefined) throw schemaNotFound(nameParts.slice(0, -1));
  return schema;
}

/** The catalogue has schemas and none below them. @throws AnalysisError REQUIRES_SINGLE_PART_NAMESPACE */
export function checkNamespace(nameParts: readonly string[]): void {
  const first = nameParts[0]!.toLowerCase(), inCatalog = nameParts.length > 2 && (first === CATALOG || first === "system") ? nameParts.slice(1) : nameParts;
  if (inCatalog.length <= 2) return;
  const identifier = quoteParts(inCatalog);
  throw new AnalysisError({ condition: "REQUIRES_SINGLE_PART_NAMESPACE", sqlState: "42K05", message: `spark_catalog requires a single-part namespace, but got identifier ${identifier}.`, messageParameters: { sessionCatalog: CATALOG, identifier } });
}

/** The schema of a name of one; without a name the current one. @throws AnalysisError NESTED_DATABASE_UNSUPPORTED_BY_V1_SESSION_CATALOG, SCHEMA_NOT_FOUND */
export function schemaIn(catalog: SessionCatalog, name: readonly string[] | undefined): Schema {
  const plain = name !== undefined && name.length > 1 && name[0]!.toLowerCase() === CATALOG ? name.slice(1) : name ?? [], namespace = quoteParts(plain);
  if (plain.length > 1) throw new AnalysisError({ condition: "NESTED_DATABASE_UNSUPPORTED_BY_V1_SESSION_CATALOG", sqlState: "42K05", message: `Nested databases are not supported by v1 session catalog: ${namespace}.`, messageParameters: { catalog: namespace } });
  if (name?.length === 1 && name[0]!.toLowerCase() === CATALOG && !catalog.schemas.has(CATALOG)) {
    throw new AnalysisError({ condition: "MISSING_DATABASE_FOR_V1_SESSION_CATALOG", sqlState: "3F000", message: "Database name is not specified in the v1 session catalog. Please ensure to provide a valid database name when interacting with the v1 catalog." });
  }
  const schema = catalog.schemaOf([...plain, "x"]);
  if (schema === undefined) throw schemaNotFound(plain);
  return schema;
}

export function schemaNotFound(parts: readonly string[]): AnalysisError {
  const schemaName = quoteParts(parts[0]?.toLowerCase() === CATALOG ? parts : [CATALOG, ...parts]);
  return new AnalysisError({
    condition: "SCHEMA_NOT_FOUND", sqlState: "42704", message: `The schema ${schemaName} cannot be found. Verify the spelling and correctness of the schema and catalog.`, messageParameters: { schemaName },
  });
}

/** Settings as they are now, for a view or function that keeps them; the current schema is the session's. */
export function keptSettings(entries: Iterable<readonly [string, string]>, catalog: SessionCatalog): SqlSettings["conf"] {
  const kept = new Map(entries);
  return { get: key => key === CURRENT_SCHEMA ? catalog.currentSchema : kept.get(key) };
}
