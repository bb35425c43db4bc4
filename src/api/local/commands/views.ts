/** CREATE VIEW, ALTER VIEW, DROP, RENAME, and CACHE. */
import { AnalysisError } from "../../../base/errors.ts";
import type { ViewColumn, ViewSchemaMode } from "../../../analyze/context.ts";
import { quoteIdentifiers, quoteParts, quoteSql, fail } from "../../../analyze/errors.ts";
import type { AlterView, CacheTable, CreateView, DropRelation, OnRelation, RenameRelation, UncacheTable } from "../../../plan/commands.ts";
import type { Relation } from "../../../plan/relations.ts";
import type { ResolvedRelation } from "../../../plan/resolved.ts";
import { CATALOG, fullName, GLOBAL_TEMP, relationNotFound, schemaFor, type View } from "../catalog.ts";
import type { LocalEngine } from "../local-engine.ts";
import { withDefaultCollation } from "./default-collation.ts";
import { relationParts, storedName } from "./names.ts";
import { NOTHING } from "./results.ts";
import { atHome, homeOf, refuseTemporary } from "./references.ts";
import { dropTable } from "./tables.ts";

/** A view's columns are written down as its query has them now (analyze/view-columns.ts); its names keep their meaning. */
export function createView(engine: LocalEngine, command: CreateView, plan: Relation): Relation | Promise<Relation> {
  const { catalog } = engine, parts = relationParts(engine, command.name), name = parts.at(-1)!, isPermanent = command.scope === "permanent";
  const schema = isPermanent ? schemaFor(catalog, parts) : undefined;
  const views = command.scope === "temporary" ? catalog.temporaryViews : command.scope === "global" ? catalog.globalViews : schema!.views;
  const key = name.toLowerCase(), before = views.get(key), shown = command.scope === "global" ? [GLOBAL_TEMP, name] : schema === undefined ? [name] : [CATALOG, schema.name, name];
  const home = homeOf(engine, plan), body = plan.kind === "read_data_source" ? plan : withDefaultCollation(atHome(plan, home), command.collation);
  const view: View = {
    name: storedName(engine, name), plan: body, sql: command.sql, home, settings: engine.snapshot(), ...(isPermanent && { mode: modeOf(engine, command) }), ...(command.properties && { properties: command.properties }), ...(command.comment !== undefined && { comment: command.comment }), ...(command.collation !== undefined && { collation: command.collation }),
  };
  const put = (made: View): Relation => {
    if (schema === undefined) catalog.addView(views, made, command.replace);
    else {
      if (command.ifNotExists && (before !== undefined || schema.tables.has(key))) return NOTHING;
      if (schema.tables.has(key) && command.replace) throw fail("EXPECT_VIEW_NOT_TABLE.NO_ALTERNATIVE", "42809", `The table ${quoteParts(shown)} does not support CREATE OR REPLACE VIEW.`, { tableName: quoteParts(shown), operation: "CREATE OR REPLACE VIEW" });
      if (schema.tables.has(key) || before !== undefined && !command.replace) throw alreadyExists(quoteParts(shown));
      refuseTemporary(engine, plan, "VIEW", shown);
      views.set(key, made);
    }
    return NOTHING;
  };
  const defined = (resolved: ResolvedRelation): View => {
    checkView(shown, command.columns?.map(column => column.name), resolved);
    if (isPermanent) refuseUnnamed(shown, resolved);
    // A source that is read as it is has the columns that it has.
    return plan.kind === "read_data_source" ? view : { ...view, columns: columnsOf(resolved, command.columns) };
  };
  const env = { views: [quoteParts(shown)], holdsTimes: true }, resolved = engine.resolveNow(body, env);
  if (resolved !== undefined) return put(defined(resolved));
  // Who asks in the meantime finds the view; it goes again if it turns out to be wrong.
  put(view);
  return engine.resolve(body, undefined, env).then(found => {
    const made = defined(found);
    if (views.get(key) === view) views.set(key, made);
    return NOTHING;
  }).catch((error: unknown) => {
    if (views.get(key) === view) {
      if (before === undefined) views.delete(key);
      else views.set(key, before);
    }
    throw error;
  });
}

/** Of a view with names of its own for its columns, these stay. */
function modeOf(engine: LocalEngine, { columns, mode }: Pick<CreateView, "columns" | "mode">): ViewSchemaMode {
  if (mode === "EVOLUTION" && columns !== undefined) return "TYPE EVOLUTION";
  return mode ?? (engine.setting("spark.sql.legacy.viewSchemaCompensation")?.toLowerCase() === "false" ? "BINDING" : "COMPENSATION");
}

const columnsOf = ({ output }: ResolvedRelation, given: CreateView["columns"]): readonly ViewColumn[] => output.map(({ name, type, comment, declared }, i) => {
  const text = given?.[i]?.comment ?? comment;
  return { source: name, name: given?.[i]?.name ?? name, type, ...(text !== undefined && { comment: text }), ...(declared && { declared }) };
});

function refuseUnnamed(name: readonly string[], { output }: ResolvedRelation): void {
  const unnamed = output.find(attribute => attribute.isAutoNamed === true);
  if (unnamed === undefined) return;
  const attr = quoteSql(unnamed.name);
  throw fail("CREATE_PERMANENT_VIEW_WITHOUT_ALIAS", "0A000", `Not allowed to create the permanent view ${quoteParts(name)} without explicitly assigning an alias for the expression ${attr}.`, { name: quoteParts(name), attr });
}

function checkView(name: readonly string[], columnNames: readonly string[] | undefined, { output }: ResolvedRelation): void {
  if (columnNames !== undefined && columnNames.length !== output.length) {
    const kind = columnNames.length < output.length ? "TOO_MANY_DATA_COLUMNS" : "NOT_ENOUGH_DATA_COLUMNS", viewName = quoteParts(name);
    const viewColumns = quoteIdentifiers(columnNames), dataColumns = quoteIdentifiers(output.map(a => a.name));
    throw fail(`CREATE_VIEW_COLUMN_ARITY_MISMATCH.${kind}`, "21S01", `Cannot create view ${viewName}, the reason is ${kind === "TOO_MANY_DATA_COLUMNS" ? "too many data columns" : "not enough data columns"}:\nView columns: ${viewColumns}.\nData columns: ${dataColumns}.`, { viewName, viewColumns, dataColumns });
  }
  checkDistinctNames(columnNames ?? output.map(a => a.name));
}

/** @throws AnalysisError COLUMN_ALREADY_EXISTS */
export function checkDistinctNames(names: readonly string[]): void {
  const lower = names.map(name => name.toLowerCase()), twice = lower.find((name, i) => lower.indexOf(name) !== i);
  if (twice !== undefined) throw fail("COLUMN_ALREADY_EXISTS", "42711", `The column \`${twice}\` already exists. Choose another name or rename the existing column.`, { columnName: `\`${twice}\`` });
}

export function alreadyExists(relationName: string): AnalysisError {
  return new AnalysisError({
    condition: "TABLE_OR_VIEW_ALREADY_EXISTS", sqlState: "42P07", message: `Cannot create table or view ${relationName} because it already exists.\nChoose a different name, drop or replace the existing object, or add the IF NOT EXISTS clause to tolerate pre-existing objects.`, messageParameters: { relationName },
  });
}

export async function alterView(engine: LocalEngine, command: AlterView, plan: Relation): Promise<Relation> {
  const { catalog } = engine, parts = relationParts(engine, command.name), view = catalog.view(parts);
  if (view === undefined) {
    if (catalog.table(parts) === undefined) throw relationNotFound(quoteParts(parts), "CREATE VIEW makes a new one");
    throw fail("EXPECT_VIEW_NOT_TABLE.NO_ALTERNATIVE", "42809", `The table ${fullName(catalog, parts)} does not support ALTER VIEW ... AS.`, { tableName: fullName(catalog, parts), operation: "ALTER VIEW ... AS" });
  }
  const isTemporary = catalog.isTemporaryView(parts), home = homeOf(engine, plan), body = withDefaultCollation(atHome(plan, home), view.collation);
  const shown = !isTemporary ? [CATALOG, catalog.schemaOf(parts)!.name, view.name] : parts[0]!.toLowerCase() === GLOBAL_TEMP ? [GLOBAL_TEMP, view.name] : [view.name];
  const resolved = await engine.resolve(body, undefined, { views: [quoteParts(shown)], holdsTimes: true });
  checkView(shown, undefined, resolved);
  if (!isTemporary) {
    refuseUnnamed(shown, resolved);
    refuseTemporary(engine, plan, "VIEW", shown);
  }
  catalog.replaceView(parts, { name: view.name, plan: body, sql: command.sql, home, settings: engine.snapshot(), columns: columnsOf(resolved, undefined), ...(view.mode && { mode: view.mode }), ...(view.properties && { properties: view.properties }), ...(view.comment !== undefined && { comment: view.comment }), ...(view.collation !== undefined && { collation: view.collation }) });
  return NOTHING;
}

export function dropRelation(engine: LocalEngine, command: DropRelation): Relation {
  const { catalog } = engine, parts = relationParts(engine, command.name);
  if (catalog.drop(parts)) return NOTHING;
  const table = catalog.table(parts);
  if (table !== undefined) {
    if (command.what === "VIEW") {
      const objectName = fullName(catalog, parts).replaceAll("`", ""), foundType = table.isManaged ? "MANAGED" : "EXTERNAL";
      throw fail("WRONG_COMMAND_FOR_OBJECT_TYPE", "42809", `The operation DROP VIEW requires a VIEW or METRIC_VIEW. But ${objectName} is a ${foundType}. Use DROP TABLE instead.`, { operation: "DROP VIEW", requiredType: "VIEW or METRIC_VIEW", objectName, foundType, alternative: "DROP TABLE" });
    }
    dropTable(engine, table);
    return NOTHING;
  }
  if (!command.ifExists) throw relationNotFound(fullName(catalog, parts), `write DROP ${command.what} IF EXISTS`);
  return NOTHING;
}

export function renameRelation(engine: LocalEngine, command: RenameRelation): Relation {
  const { catalog } = engine, from = relationParts(engine, command.name), view = catalog.view(from), table = view === undefined ? catalog.table(from) : undefined;
  const isTemporary = view !== undefined && catalog.isTemporaryView(from), to = storedName(engine, command.to.at(-1)!);
  if (view === undefined && table === undefined) throw relationNotFound(quoteParts(from), "SHOW TABLES lists what is there");
  if (command.what === "TABLE" && view !== undefined && !isTemporary) throw fail("EXPECT_TABLE_NOT_VIEW.USE_ALTER_VIEW", "42809", `'ALTER TABLE' expects a table but ${quoteParts(from)} is a view. Please use ALTER VIEW instead.`, { viewName: quoteParts(from), operation: "ALTER TABLE" });
  const schema = catalog.schemaOf(from), target = command.to.length > 1 ? catalog.schemaOf(command.to)?.name ?? command.to.at(-2)! : undefined;
  if (target !== undefined && target !== schema?.name) {
    throw fail("RENAME_TABLE_SOURCE_DESTINATION_DATABASE_MISMATCH", "3F000", `RENAME TABLE source and destination databases do not match: \`${schema?.name ?? GLOBAL_TEMP}\` != \`${target}\`.`, { sourceDatabase: `\`${schema?.name ?? ""}\``, destinationDatabase: `\`${target}\`` });
  }
  const destination = isTemporary ? [to] : [...from.slice(0, -1), to];
  if (isTemporary ? catalog.isTemporaryView([...from.slice(0, -1), to]) : catalog.lookupTable(destination, false) !== undefined) throw alreadyExists(quoteParts(isTemporary ? [to] : [CATALOG, schema!.name, to]));
  if (view !== undefined) catalog.replaceView(from, { ...view, name: to });
  else {
    if (command.what === "VIEW") throw fail("EXPECT_VIEW_NOT_TABLE.USE_ALTER_TABLE", "42809", `The table ${fullName(catalog, from)} does not support ALTER VIEW ... RENAME TO. Please use ALTER TABLE instead.`, { tableName: fullName(catalog, from), operation: "ALTER VIEW ... RENAME TO" });
    schema!.tables.delete(table!.name.toLowerCase());
    schema!.tables.set(to.toLowerCase(), { ...table!, name: to });
  }
  return NOTHING;
}

/** A statement that only says what is wrong with it: files are neither changed row by row nor counted beforehand. */
export function onRelation(engine: LocalEngine, command: OnRelation): Relation {
  const { catalog } = engine, parts = relationParts(engine, command.name), view = catalog.view(parts), table = catalog.table(parts), { clause } = command;
  if (view === undefined && table === undefined) throw relationNotFound(quoteParts(parts), "SHOW TABLES lists what is there");
  const viewName = quoteParts(parts);
  if (command.wants === "permanent view" && view !== undefined && catalog.isTemporaryView(parts)) throw expectPermanentView(viewName, clause);
  if (view !== undefined && command.wants === "table" && (clause === "ANALYZE TABLE" || clause === "COMMENT ON TABLE" || clause === "CREATE INDEX" || clause.includes("REPAIR"))) {
    throw fail("EXPECT_TABLE_NOT_VIEW.NO_ALTERNATIVE", "42809", `'${clause}' expects a table but ${viewName} is a view.`, { viewName, operation: clause });
  }
  if (clause === "LOAD DATA") throw fail("_LEGACY_ERROR_TEMP_1261", "42000", `LOAD DATA is not supported for datasource tables: ${fullName(catalog, parts)}.`, { tableIdentWithDB: fullName(catalog, parts) });
  throw fail("UNSUPPORTED_FEATURE.TABLE_OPERATION", "0A000", `The feature is not supported: Table ${fullName(catalog, parts)} does not support ${clause}. Please check the current catalog and namespace to make sure the qualified table name is expected, and also check the catalog implementation which is configured by "spark.sql.catalog".`, { tableName: fullName(catalog, parts), operation: clause });
}

export function expectPermanentView(viewName: string, operation: string): AnalysisError {
  return fail("EXPECT_PERMANENT_VIEW_NOT_TEMP", "42809", `'${operation}' expects a permanent view but ${viewName} is a temp view.`, { viewName, operation });
}

/** What CACHE TABLE stores as, in Spark's words. */
const STORAGE_LEVEL = "MEMORY_AND_DISK";

export async function cacheTable(engine: LocalEngine, command: CacheTable, plan: Relation | undefined): Promise<Relation> {
  const level = Object.entries(command.options).find(([key]) => key.toLowerCase() === "storagelevel")?.[1];
  if (level !== undefined && !/^(?:NONE|OFF_HEAP|(?:DISK_ONLY|MEMORY_ONLY|MEMORY_AND_DISK)(?:_SER)?(?:_[23])?)$/i.test(level)) {
    throw fail("MILLRACE_INVALID_OPTION", "22023", `Invalid StorageLevel: ${level}.`, { option: "storageLevel", value: level });
  }
  const parts = relationParts(engine, command.name);
  if (plan !== undefined) await createView(engine, { kind: "create_view", name: { parts }, scope: "temporary", plan, replace: false, ifNotExists: false, sql: command.sql! }, plan);
  const entry = engine.catalog.lookupTable(parts, false);
  if (entry === undefined) throw relationNotFound(quoteParts(parts), "SHOW TABLES lists what is there");
  if (entry.kind !== "view") return NOTHING;
  engine.cache(entry.plan, STORAGE_LEVEL);
  if (command.lazy) return NOTHING;
  try {
    await (await engine.prepareBatch(entry.plan)).run({ push: () => true, finish() { /* the cache keeps the rows */ } }, undefined);
  } catch (error) {
    engine.uncache(entry.plan);
    if (plan !== undefined) engine.catalog.drop(parts);
    throw error;
  }
  return NOTHING;
}

export function uncacheTable(engine: LocalEngine, command: UncacheTable): Relation {
  const parts = relationParts(engine, command.name);
  const entry = engine.catalog.lookupTable(parts, false);
  if (!command.ifExists && entry === undefined) throw relationNotFound(quoteParts(parts), "write UNCACHE TABLE IF EXISTS");
  if (entry?.kind === "view") engine.uncache(entry.plan);
  return NOTHING;
}
