/** SET, RESET, USE, schemas, REFRESH. */
import { fail, quoteParts } from "../../../analyze/errors.ts";
import { AnalysisError } from "../../../base/errors.ts";
import { removeTree } from "../../../base/files.ts";
import { cleanPath } from "../../../connectors/files/listing.ts";
import { lookupFunction } from "../../../functions/registry.ts";
import type { CreateNamespace, DropNamespace, Refresh, ResetCommand, SetCatalog, SetCommand, Use } from "../../../plan/commands.ts";
import type { Relation } from "../../../plan/relations.ts";
import { field, STRING } from "../../../types/data-type.ts";
import { CATALOG, DEFAULT_SCHEMA, GLOBAL_TEMP, relationNotFound, schemaIn, schemaNotFound } from "../catalog.ts";
import type { LocalEngine } from "../local-engine.ts";
import { partsOf, storedName } from "./names.ts";
import { NOTHING, rowsOf } from "./results.ts";
import { dropTable, refreshTable, warehouse } from "./tables.ts";

const KEY = field("key", STRING, false), VALUE = field("value", STRING, false);
/** Settings that hold from the session's beginning to its end. */
const STATIC: ReadonlySet<string> = new Set(["spark.sql.warehouse.dir", "spark.sql.extensions", "spark.sql.catalogImplementation", "spark.sql.globalTempDatabase"]);
/** Settings that are on or off. */
const BOOLEANS: ReadonlySet<string> = new Set(["spark.sql.ansi.enabled", "spark.sql.caseSensitive", "spark.sql.orderByOrdinal", "spark.sql.groupByOrdinal", "spark.sql.timeType.enabled", "spark.sql.streaming.noDataMicroBatches.enabled"]);
/** Settings that are one of a few words. */
const CHOICES: Readonly<Record<string, readonly string[]>> = { "spark.sql.legacy.timeParserPolicy": ["EXCEPTION", "LEGACY", "CORRECTED"], "spark.sql.mapKeyDedupPolicy": ["EXCEPTION", "LAST_WIN"] };

export function set(engine: LocalEngine, { key, value, verbose }: SetCommand): Relation {
  if (key === undefined) {
    const all = [...engine.settings.entries?.() ?? []].sort(([a], [b]) => a < b ? -1 : 1);
    return verbose === true
      ? rowsOf([KEY, VALUE, field("meaning", STRING, false), field("Since version", STRING, false)], all.map(([k, v]) => [k, v, "", ""]))
      : rowsOf([KEY, VALUE], all.map(([k, v]) => [k, v]));
  }
  if (value === undefined) return rowsOf([KEY, VALUE], [[key, engine.setting(key) ?? "<undefined>"]]);
  if (engine.catalog.lookupVariable(key.split("."))?.used === key.split(".").length) {
    const variableName = quoteParts(key.split("."));
    throw fail("UNSUPPORTED_FEATURE.SET_VARIABLE_USING_SET", "0A000", `The feature is not supported: ${variableName} is a VARIABLE and cannot be updated using the SET statement. Use SET VARIABLE ${variableName} = ... instead.`, { variableName });
  }
  if (STATIC.has(key)) throw staticSetting(key);
  if (BOOLEANS.has(key) && !/^(true|false)$/i.test(value)) {
    throw fail("INVALID_CONF_VALUE.TYPE_MISMATCH", "22022", `The value '${value}' in the config "${key}" is invalid. It should be a/an 'boolean' value.`, { confName: `"${key}"`, confValue: value, confType: "boolean" });
  }
  const choices = CHOICES[key];
  if (choices !== undefined && !choices.includes(value.toUpperCase())) {
    throw fail("INVALID_CONF_VALUE.OUT_OF_RANGE_OF_OPTIONS", "22022", `The value '${value}' in the config "${key}" is invalid. It should be one of '${choices.join(", ")}'.`, { confName: key, confValue: value, confOptions: choices.join(", ") });
  }
  engine.settings.set?.(key, value);
  return rowsOf([KEY, VALUE], [[key, value]]);
}

const staticSetting = (key: string): AnalysisError => fail("CANNOT_MODIFY_STATIC_CONFIG", "46110", `Cannot modify the value of the static Spark config: "${key}".`, { key: `"${key}"` });

export function reset(engine: LocalEngine, { key }: ResetCommand): Relation {
  if (key !== undefined && STATIC.has(key)) throw staticSetting(key);
  engine.settings.reset?.(key);
  return NOTHING;
}

export function use(engine: LocalEngine, { name }: Use): Relation {
  const { catalog } = engine;
  if (name.length === 1 && name[0]!.toLowerCase() === CATALOG) catalog.currentSchema = DEFAULT_SCHEMA;
  else {
    const schema = catalog.schemaOf([...name, "x"]);
    if (schema === undefined) throw schemaNotFound(name);
    catalog.currentSchema = schema.name;
  }
  return NOTHING;
}

export function setCatalog({ name }: SetCatalog): Relation {
  if (name.toLowerCase() === CATALOG) return NOTHING;
  throw new AnalysisError({ condition: "CATALOG_NOT_FOUND", sqlState: "42P08", message: `The catalog \`${name}\` not found. Consider to set the SQL config "spark.sql.catalog.${name}" to a catalog plugin.`, messageParameters: { catalogName: `\`${name}\``, config: `"spark.sql.catalog.${name}"` }, hint: `there is one catalog, ${CATALOG}` });
}

/** A schema's LOCATION: without a root it is a folder of the warehouse. */
function schemaFolder(engine: LocalEngine, location: string): string {
  const path = cleanPath(location);
  return path.startsWith("/") ? path : `${warehouse(engine)}/${path}`;
}

export function createNamespace(engine: LocalEngine, command: CreateNamespace): Relation {
  const { catalog } = engine, name = command.name.at(-1)!;
  if (command.name.length > 1 && command.name[0]!.toLowerCase() !== CATALOG || command.name.length > 2) {
    throw fail("REQUIRES_SINGLE_PART_NAMESPACE", "42K05", `${CATALOG} requires a single-part namespace, but got identifier ${quoteParts(command.name)}.`, { sessionCatalog: CATALOG, namespace: quoteParts(command.name) });
  }
  if (name.toLowerCase() === GLOBAL_TEMP) throw fail("RESERVED_DATABASE_NAME", "42939", `Cannot create the database \`${GLOBAL_TEMP}\` because the name is reserved for system use.`, { databaseName: `\`${GLOBAL_TEMP}\`` });
  if (catalog.schemas.has(name.toLowerCase())) {
    if (command.ifNotExists) return NOTHING;
    throw fail("SCHEMA_ALREADY_EXISTS", "42P06", `Cannot create schema \`${name}\` because it already exists.\nChoose a different name, drop the existing schema, or add the IF NOT EXISTS clause to tolerate pre-existing schema.`, { schemaName: `\`${name}\`` });
  }
  catalog.addSchema(storedName(engine, name), command.comment ?? "", command.location === undefined ? "" : schemaFolder(engine, command.location), command.properties);
  return NOTHING;
}

export function dropNamespace(engine: LocalEngine, command: DropNamespace): Relation {
  const { catalog } = engine, schema = command.name.length > 1 ? schemaIn(catalog, command.name) : catalog.schemaOf([...command.name, "x"]);
  if (schema === undefined) {
    if (command.ifExists) return NOTHING;
    throw schemaNotFound(command.name);
  }
  if (schema.name === DEFAULT_SCHEMA) throw fail("UNSUPPORTED_FEATURE.DROP_DATABASE", "0A000", `The feature is not supported: Drop the default database ${quoteParts([CATALOG, DEFAULT_SCHEMA])}.`, { database: quoteParts([CATALOG, DEFAULT_SCHEMA]) });
  if (!command.cascade && schema.tables.size + schema.views.size + schema.routines.size > 0) {
    throw fail("SCHEMA_NOT_EMPTY", "2BP01", `Cannot drop a schema \`${schema.name}\` because it contains objects.\nUse DROP SCHEMA ... CASCADE to drop the schema and all its objects.`, { schemaName: `\`${schema.name}\`` });
  }
  for (const table of schema.tables.values()) dropTable(engine, table);
  const folder = `${warehouse(engine)}/${schema.name}.db`, { files } = engine.world;
  if (schema.location === "" && files.status(folder) !== undefined) removeTree(files, folder);
  catalog.schemas.delete(schema.name.toLowerCase());
  if (catalog.currentSchema === schema.name) catalog.currentSchema = DEFAULT_SCHEMA;
  return NOTHING;
}

/** Of files only their partitions are remembered between two reads. */
export function refresh(engine: LocalEngine, command: Refresh): Relation {
  const { catalog } = engine, parts = partsOf(engine, command.name);
  if (command.what === "TABLE" && catalog.lookupTable(parts, false) === undefined) throw relationNotFound(quoteParts(parts), "SHOW TABLES lists what is there");
  const table = command.what === "TABLE" ? catalog.table(parts) : undefined;
  if (table !== undefined) refreshTable(engine, table);
  if (command.what !== "FUNCTION") return NOTHING;
  if (parts.length === 1 && lookupFunction(parts[0]!) !== undefined) throw fail("_LEGACY_ERROR_TEMP_1256", "42000", `Cannot refresh built-in function ${parts[0]!}.`, { functionName: parts[0]! });
  if (parts.length === 1 && catalog.routines.has(parts[0]!.toLowerCase())) throw fail("_LEGACY_ERROR_TEMP_1257", "42000", `Cannot refresh temporary function ${parts[0]!}.`, { functionName: parts[0]! });
  if (catalog.lookupRoutine(parts) === undefined) throw fail("ROUTINE_NOT_FOUND", "42883", `The routine ${quoteParts(parts)} cannot be found. Verify the spelling and correctness of the schema and catalog.`, { routineName: quoteParts(parts) });
  return NOTHING;
}
