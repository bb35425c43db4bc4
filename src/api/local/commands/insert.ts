/** INSERT: rows are put into the table's columns and cast as Spark's ANSI store assignment has it. */
import { fail, quoteIdentifiers, quoteSql, unresolvedColumn } from "../../../analyze/errors.ts";
import { AnalysisError, ExecutionError } from "../../../base/errors.ts";
import { makeFolders } from "../../../base/files.ts";
import { cleanPath } from "../../../connectors/files/listing.ts";
import { partitionFolder } from "../../../connectors/files/partition-names.ts";
import { withoutLengths } from "../../../functions/string/char-lengths.ts";
import type { Insert, TableColumn } from "../../../plan/commands.ts";
import { alias, castTo, literal, type Expression } from "../../../plan/expressions.ts";
import type { Relation } from "../../../plan/relations.ts";
import { BOOLEAN, sameTypeIgnoringNullability, typeToSql, VOID, type DataType } from "../../../types/data-type.ts";
import type { StoredTable } from "../catalog.ts";
import type { LocalEngine } from "../local-engine.ts";
import { relationParts } from "./names.ts";
import { locationOf, partitionsWith, partitionValues } from "./partitions.ts";
import { NOTHING } from "./results.ts";
import { storeAssignable, stored } from "./store-assignment.ts";
import { fullTableName, refreshTable, tableFor, unsupportedOperation, write } from "./tables.ts";
import { checkDistinctNames } from "./views.ts";

export async function insert(engine: LocalEngine, command: Insert, written: Relation): Promise<Relation> {
  await (await prepared(engine, command, written))();
  return NOTHING;
}

/** Nothing is written unless all can be. */
export async function insertMany(engine: LocalEngine, commands: readonly Insert[], written: readonly Relation[]): Promise<Relation> {
  const writes: (() => Promise<void>)[] = [];
  for (const [i, command] of commands.entries()) writes.push(await prepared(engine, command, written[i]!));
  for (const one of writes) await one();
  return NOTHING;
}

/** What writes the rows, once all that can be told beforehand has been found right. */
async function prepared(engine: LocalEngine, command: Insert, written: Relation): Promise<() => Promise<void>> {
  const table = tableFor(engine, relationParts(engine, command.name), "INSERT"), full = fullTableName(table);
  if (command.refused !== undefined) throw unsupportedOperation(full, command.refused);
  if (command.evolves === true) throw fail("UNSUPPORTED_INSERT_WITH_SCHEMA_EVOLUTION", "0A000", "INSERT WITH SCHEMA EVOLUTION ... is unsupported for this table format.");
  if (command.ifNotExists && partitionsWith(engine, table, command.partition).length > 0) return async () => { /* it is there */ };
  const fixed = fixedPartition(engine, table, full, command.partition), rest = table.columns.filter(column => !fixed.has(column.name));
  const targets = command.columns === undefined ? rest : namedColumns(table, command.columns, command.origin);
  const plan = withDefaults(written, targets);
  const { output } = await engine.resolve(plan).catch((error: unknown) => {
    // DEFAULT is a name like others; where it names nothing it was meant as the word.
    if (!(error instanceof AnalysisError) || !error.condition.startsWith("UNRESOLVED_COLUMN") || error.messageParameters["objectName"]?.toUpperCase() !== "`DEFAULT`") throw error;
    throw fail("DEFAULT_PLACEMENT_INVALID", "42608", "A DEFAULT keyword in a MERGE, INSERT, UPDATE, or SET VARIABLE command could not be directly assigned to a target column because it was part of an expression.\nFor example: `UPDATE SET c1 = DEFAULT` is allowed, but `UPDATE T SET c1 = DEFAULT + 1` is not allowed.", {}, command.origin);
  });
  if (command.overwrite && reads(plan, engine, table)) throw fail("UNSUPPORTED_OVERWRITE.TABLE", "42902", `Can't overwrite the target that is also being read from. The target table is ${full}.`, { table: full });
  const names = output.map(a => a.name), sources = command.byName ? byName(table, full, names) : byPosition(full, targets, names, fixed.size > 0);
  const inner = output.map((_, i) => `_${i}`);
  const expressions = rest.map((column): Expression => {
    const i = sources.get(column);
    if (i === undefined) return alias(stored(castTo(column.otherwise ?? literal(null, VOID), column.type), column.type), column.name);
    const from = output[i]!.type, value: Expression = { kind: "unresolved_attribute", nameParts: [inner[i]!] };
    const problem = storeAssignable(from, column.type, column.name);
    if (problem !== undefined) throw fail(`INCOMPATIBLE_DATA_FOR_TABLE.${problem.condition}`, "KD000", `Cannot write incompatible data for the table ${full}: ${problem.text}.`, { tableName: full, ...problem.parameters });
    const type = withoutLengths(column.type);
    return alias(stored(sameTypeIgnoringNullability(from, type) ? value : castTo(value, type), column.type), column.name);
  });
  const below = [...fixed].map(([column, value]) => partitionFolder(column, value));
  const rows: Relation = { kind: "project", input: { kind: "to_df", input: plan, columnNames: inner }, expressions }, options = command.scope === "partitions" ? { ...table.options, partitionOverwriteMode: "dynamic" } : table.options;
  return async () => {
    if (below.length > 0) makeFolders(engine.world.files, locationOf(table, below.join("/")));
    try {
      await write(engine, table, command.replaceWhere === undefined ? rows : besideKept(table, command.replaceWhere, rows), command.overwrite ? "overwrite" : "append", below, options);
    } catch (error) {
      throw error instanceof ExecutionError && error.condition === "CAST_OVERFLOW" ? overflow(error, table, sources, output.map(a => a.type)) : error;
    }
    refreshTable(engine, engine.catalog.table([table.schema, table.name]) ?? table);
  };
}

/** New rows and those of the table for which a condition is not true. */
function besideKept(table: StoredTable, condition: Expression, rows: Relation): Relation {
  const goes: Expression = { kind: "unresolved_function", name: "coalesce", args: [condition, literal(false, BOOLEAN)] };
  return { kind: "set_operation", left: { kind: "filter", input: table.read, condition: { kind: "unresolved_function", name: "not", args: [goes] } }, right: rows, operation: "union", isAll: true, byName: true, allowMissingColumns: false };
}

/** Values of PARTITION (a = 1, b): as folders write them, in the order of the folders. Those without a value come from the rows. */
function fixedPartition(engine: LocalEngine, table: StoredTable, full: string, given: Insert["partition"]): ReadonlyMap<string, string | null> {
  const values = partitionValues(engine, table, given), order = table.partitionedBy;
  if (given.length > 0 && given.length < order.length) {
    const requested = given.map(part => part.name).join(",");
    throw fail("_LEGACY_ERROR_TEMP_1169", "42000", `Requested partitioning does not match the table ${full}:\nRequested partitions: ${requested}.\nTable partitions: ${order.join(",")}.`, { tableName: full, normalizedPartSpec: requested, partColNames: order.join(",") });
  }
  const fixed = new Map<string, string | null>();
  for (const column of order) {
    if (!values.has(column)) break;
    fixed.set(column, values.get(column)!);
  }
  if (fixed.size < values.size) throw fail("_LEGACY_ERROR_TEMP_1147", "42000", `The ordering of partition columns is [${order.join(",")}]. All partition columns having constant values need to appear before other partition columns that do not have an assigned constant value.`);
  return fixed;
}

/** DEFAULT in place of a value of VALUES or of a select list: the column's default. */
function withDefaults(plan: Relation, targets: readonly TableColumn[]): Relation {
  const defaultOf = (e: Expression, i: number): Expression => e.kind === "unresolved_attribute" && e.nameParts.length === 1 && e.nameParts[0]!.toUpperCase() === "DEFAULT" ? targets[i]?.otherwise ?? literal(null, VOID) : e;
  if (plan.kind === "inline_table") return { ...plan, rows: plan.rows.map(row => row.map(defaultOf)) };
  if (plan.kind === "project") return { ...plan, expressions: plan.expressions.map(defaultOf) };
  return plan;
}

function namedColumns(table: StoredTable, names: readonly string[], origin: Insert["origin"]): readonly TableColumn[] {
  checkDistinctNames(names);
  return names.map(name => {
    const column = table.columns.find(c => c.name.toLowerCase() === name.toLowerCase());
    if (column === undefined) throw unresolvedColumn([name], table.columns.map(c => [c.name]), origin);
    return column;
  });
}

function byPosition(full: string, targets: readonly TableColumn[], names: readonly string[], isPartition: boolean): Map<TableColumn, number> {
  if (names.length !== targets.length) {
    if (isPartition) {
      const tableColumns = quoteIdentifiers(targets.map(c => c.name)), dataColumns = quoteIdentifiers(names);
      throw fail("INSERT_PARTITION_COLUMN_ARITY_MISMATCH", "21S01", `Cannot write to ${full}, the reason is another number of data columns than the table has beside its partition:\nTable columns: ${tableColumns}.\nData columns: ${dataColumns}.`, { tableName: full, tableColumns, dataColumns });
    }
    const kind = names.length < targets.length ? "NOT_ENOUGH_DATA_COLUMNS" : "TOO_MANY_DATA_COLUMNS", tableColumns = quoteIdentifiers(targets.map(c => c.name)), dataColumns = quoteIdentifiers(names);
    throw fail(`INSERT_COLUMN_ARITY_MISMATCH.${kind}`, "21S01", `Cannot write to ${full}, the reason is ${kind === "NOT_ENOUGH_DATA_COLUMNS" ? "not enough data columns" : "too many data columns"}:\nTable columns: ${tableColumns}.\nData columns: ${dataColumns}.`, { tableName: full, tableColumns, dataColumns });
  }
  return new Map(targets.map((column, i) => [column, i] as const));
}

function byName(table: StoredTable, full: string, names: readonly string[]): Map<TableColumn, number> {
  checkDistinctNames(names);
  const lower = names.map(name => name.toLowerCase()), extra = names.filter((_, i) => !table.columns.some(c => c.name.toLowerCase() === lower[i]));
  if (extra.length > 0) throw fail("INCOMPATIBLE_DATA_FOR_TABLE.EXTRA_COLUMNS", "KD000", `Cannot write incompatible data for the table ${full}: Cannot write extra columns ${quoteIdentifiers(extra)}.`, { tableName: full, extraColumns: quoteIdentifiers(extra) });
  return new Map(table.columns.flatMap(column => {
    const i = lower.indexOf(column.name.toLowerCase());
    return i < 0 ? [] : [[column, i] as const];
  }));
}

/** Whether a plan reads a table's files, itself or by views. */
function reads(plan: Relation, engine: LocalEngine, table: StoredTable): boolean {
  return engine.sourcesOf(plan).some(read => read === table.read || read.paths.some(path => cleanPath(path) === table.location));
}

/** The cast says types; the column is the first that has them. */
function overflow(error: ExecutionError, table: StoredTable, sources: ReadonlyMap<TableColumn, number>, types: readonly DataType[]): ExecutionError {
  const { sourceType = "", targetType = "" } = error.messageParameters;
  const column = table.columns.find(c => sources.has(c) && quoteSql(typeToSql(types[sources.get(c)!]!)) === sourceType && quoteSql(typeToSql(c.type)) === targetType) ?? table.columns[0]!;
  const columnName = `\`${column.name}\``;
  return new ExecutionError({
    condition: "CAST_OVERFLOW_IN_TABLE_INSERT", sqlState: "22003", message: `Fail to assign a value of ${sourceType} type to the ${targetType} type column or variable ${columnName} due to an overflow. Use \`try_cast\` on the input value to tolerate overflow and return NULL instead.`,
    messageParameters: { sourceType, targetType, columnName }, cause: error,
  });
}

