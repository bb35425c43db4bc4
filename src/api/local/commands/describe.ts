/** DESCRIBE, and EXPLAIN. */
import { fail, quoteParts, unresolvedRoutine } from "../../../analyze/errors.ts";
import { specialFunction } from "../../../analyze/special-functions.ts";
import { MillraceError } from "../../../base/errors.ts";
import { relationToText } from "../../../optimize/plan-text.ts";
import type { DescribeFunction, DescribeNamespace, DescribeQuery, DescribeRelation, Explain } from "../../../plan/commands.ts";
import type { Relation } from "../../../plan/relations.ts";
import type { Cell } from "../../../types/cell.ts";
import { field, STRING, typeToSql, type DataType, type StructField } from "../../../types/data-type.ts";
import { CATALOG, relationNotFound, schemaIn, type StoredRoutine, type StoredTable } from "../catalog.ts";
import type { LocalEngine } from "../local-engine.ts";
import { relationParts } from "./names.ts";
import { existingPartition } from "./partitions.ts";
import { redacted } from "./redaction.ts";
import { deferred, rowsOf } from "./results.ts";
import { partitionFacts, tableFacts, viewFacts } from "./show.ts";
import { warehouse } from "./tables.ts";

const commented = (name: string, comment: string, nullable: boolean): StructField => ({ ...field(name, STRING, nullable), comment });
const COLUMNS = [commented("col_name", "name of the column", false), commented("data_type", "data type of the column", false), commented("comment", "comment of the column", true)];
const INFO = [commented("info_name", "name of the column info", false), commented("info_value", "value of the column info", false)];
/** A type as lists of columns show it: `map<string,int>`, names as they are. */
function typeText(type: DataType): string {
  switch (type.kind) {
    case "array": return `array<${typeText(type.element)}>`;
    case "map": return `map<${typeText(type.key)},${typeText(type.value)}>`;
    case "struct": return `struct<${type.fields.map(f => `${f.name}:${typeText(f.type)}`).join(",")}>`;
    case "string": return type.collation === undefined ? "string" : `string collate ${type.collation}`;
    default: return typeToSql(type).toLowerCase();
  }
}

export const describeQuery = (engine: LocalEngine, _command: DescribeQuery, plan: Relation): Relation =>
  deferred(async () => rowsOf(COLUMNS, (await engine.resolve(plan)).output.map(a => [a.name, typeText(a.type), a.comment ?? null])));

export function describeRelation(engine: LocalEngine, command: DescribeRelation): Relation {
  const { catalog } = engine, parts = relationParts(engine, command.name), view = catalog.view(parts), table = view === undefined ? catalog.table(parts) : undefined;
  if (catalog.lookupTable(parts, false) === undefined) throw relationNotFound(quoteParts(parts), "SHOW TABLES lists what is there");
  return deferred(async () => {
    const output: Described = view?.columns !== undefined ? view.columns.map(column => ({ ...column, type: column.declared ?? column.type, nullable: true })) : (await engine.resolve({ kind: "read_named_table", nameParts: parts, isStreaming: false })).output.map(a => ({ ...a, type: a.declared ?? a.type }));
    const comments = output.map(a => a.comment ?? null);
    if (command.asJson === true) return rowsOf([commented("json_metadata", "JSON metadata of the table", false)], [[JSON.stringify(asJson(parts, output, comments, table))]]);
    if (command.column !== undefined) return describeColumn(command, output, comments, table);
    const rows: Cell[][] = output.map((a, i) => [a.name, typeText(a.type), comments[i]!]), partitions = table?.partitionedBy ?? [];
    if (partitions.length > 0) rows.push(["# Partition Information", "", ""], ["# col_name", "data_type", "comment"], ...rows.filter(row => partitions.includes(row[0] as string)));
    if (command.partition !== undefined) {
      if (table === undefined) throw fail("FORBIDDEN_OPERATION", "42809", `The operation DESC PARTITION is not allowed on the VIEW: ${quoteParts(parts)}.`, { statement: "DESC PARTITION", objectType: "VIEW", objectName: quoteParts(parts) });
      const { folder } = existingPartition(engine, table, command.partition);
      return rowsOf(COLUMNS, command.extended ? [...rows, ["", "", ""], ["# Detailed Partition Information", "", ""], ...partitionFacts(table, folder).map(([key, value]): Cell[] => [key, value, ""])] : rows);
    }
    if (command.extended && table !== undefined) rows.push(["", "", ""], ["# Detailed Table Information", "", ""], ...tableFacts(table).map(([key, value]): Cell[] => [key, value, ""]));
    if (command.extended && view !== undefined && !catalog.isTemporaryView(parts)) rows.push(["", "", ""], ["# Detailed Table Information", "", ""], ...viewFacts(view, catalog.schemaOf(parts)!.name).map(([key, value]): Cell[] => [key, value, ""]));
    const defaults = table?.columns.filter(column => column.otherwiseSql !== undefined) ?? [];
    if (defaults.length > 0) rows.push(["", "", ""], ["# Column Default Values", "", ""], ...defaults.map((column): Cell[] => [column.name, typeText(column.type), column.otherwiseSql!]));
    return rowsOf(COLUMNS, rows);
  });
}

type Described = readonly { readonly name: string; readonly type: DataType; readonly nullable: boolean; readonly comment?: string | undefined }[];

/** DESCRIBE EXTENDED ... AS JSON, with Spark's keys. */
function asJson(parts: readonly string[], output: Described, comments: readonly (string | null)[], table: StoredTable | undefined): object {
  const columns = output.map(({ name, type, nullable }, i) => {
    const comment = comments[i] ?? undefined, otherwise = table?.columns.find(column => column.name === name)?.otherwiseSql;
    return { name, type: jsonType(type), nullable, ...(comment !== undefined && { comment }), ...(otherwise !== undefined && { default: otherwise }) };
  });
  if (table === undefined) return { table_name: parts.at(-1)!, columns };
  const { name, schema, statistics, comment } = table, has = (map: object): boolean => Object.keys(map).length > 0;
  return {
    table_name: name, catalog_name: CATALOG, namespace: [schema], schema_name: schema, columns, location: `file:${table.location}`, type: table.isManaged ? "MANAGED" : "EXTERNAL", provider: table.provider,
    ...(table.buckets !== undefined && { num_buckets: table.buckets.count, bucket_columns: table.buckets.columns, sort_columns: table.buckets.sortedBy }), ...(comment !== undefined && { comment }),
    ...(has(table.properties) && { table_properties: redacted(table.properties) }), ...(statistics !== undefined && { statistics: { size_in_bytes: statistics.bytes, ...(statistics.rows !== undefined && { num_rows: statistics.rows }) } }),
    ...(has(table.options) && { storage_properties: redacted(table.options) }), ...(table.partitionedBy.length > 0 && { partition_provider: "Catalog", partition_columns: table.partitionedBy }),
  };
}

/** A type as JSON: `{"name":"array","element_type":{...},"element_nullable":true}`. */
function jsonType(type: DataType): object {
  switch (type.kind) {
    case "array": return { name: "array", element_type: jsonType(type.element), element_nullable: type.containsNull };
    case "map": return { name: "map", key_type: jsonType(type.key), value_type: jsonType(type.value), value_nullable: type.valueContainsNull };
    case "struct": return { name: "struct", fields: type.fields.map(f => ({ name: f.name, type: jsonType(f.type), nullable: f.nullable })) };
    case "decimal": return { name: "decimal", precision: type.precision, scale: type.scale };
    case "string": return { name: "string", collation: type.collation ?? "UTF8_BINARY" };
    case "timestamp": return { name: "timestamp_ltz" };
    default: return { name: typeText(type) };
  }
}

function describeColumn(command: DescribeRelation, output: Described, comments: readonly (string | null)[], table: StoredTable | undefined): Relation {
  const name = command.column!.at(-1)!, i = output.findIndex(a => a.name.toLowerCase() === name.toLowerCase());
  if (command.column!.length > 1) throw fail("_LEGACY_ERROR_TEMP_1060", "42000", `DESC TABLE COLUMN does not support nested column: ${command.column!.join(".")}.`, { command: "DESC TABLE COLUMN", column: command.column!.join(".") });
  if (i < 0) throw fail("COLUMN_NOT_FOUND", "42703", `The column \`${name}\` cannot be found. Verify the spelling and correctness of the column name according to the SQL config "spark.sql.caseSensitive".`, { colName: `\`${name}\``, caseSensitiveConfig: '"spark.sql.caseSensitive"' });
  const rows = [["col_name", output[i]!.name], ["data_type", typeText(output[i]!.type)], ["comment", comments[i] ?? "NULL"]];
  const known = table?.statistics?.columns[output[i]!.name], shown = (value: string | number | undefined): string => value === undefined ? "NULL" : String(value);
  const statistics = [["min", known?.min], ["max", known?.max], ["num_nulls", known?.nulls], ["distinct_count", known?.distinct], ["avg_col_len", known?.averageLength], ["max_col_len", known?.maxLength], ["histogram", undefined]] as const;
  return rowsOf(INFO, command.extended ? [...rows, ...statistics.map(([key, value]) => [key, shown(value)])] : rows);
}

/** `((a,1), (b,2))`. */
const entriesOf = (properties: Readonly<Record<string, string>>): string => Object.keys(properties).length === 0 ? "" : `(${Object.entries(properties).sort(([a], [b]) => a < b ? -1 : 1).map(([key, value]) => `(${key},${value})`).join(", ")})`;

export function describeNamespace(engine: LocalEngine, command: DescribeNamespace): Relation {
  const schema = schemaIn(engine.catalog, command.name);
  const location = schema.location === "" ? schema.name === "default" ? warehouse(engine) : `${warehouse(engine)}/${schema.name}.db` : schema.location;
  const rows = [["Catalog Name", CATALOG], ["Namespace Name", schema.name], ["Comment", schema.comment], ["Location", `file:${location}`]];
  return rowsOf([commented("info_name", "name of the namespace info", false), commented("info_value", "value of the namespace info", true)], command.extended ? [...rows, ["Properties", entriesOf(schema.properties)]] : rows);
}

export function describeFunction(engine: LocalEngine, command: DescribeFunction): Relation {
  const name = command.name.at(-1)!, isBare = command.name.length === 1 || /^(system\.)?builtin$/i.test(command.name.slice(0, -1).join("."));
  const entry = isBare ? engine.functions.lookup(name) ?? specialFunction(name.toLowerCase()) : undefined;
  const routine = entry === undefined ? engine.catalog.lookupRoutine(command.name) : undefined;
  if (entry === undefined && routine === undefined) throw unresolvedRoutine(command.name, engine.functions.names(), command.origin);
  const lines = routine !== undefined ? routineLines(routine, command.extended) : [`Function: ${entry!.name}`, `Usage: ${entry!.usage} - ${entry!.description}`];
  return rowsOf([field("function_desc", STRING, false)], lines.map(line => [line]));
}

function routineLines(routine: StoredRoutine, extended: boolean): string[] {
  const width = extended ? 15 : 10, lines: string[] = [];
  const put = (label: string, values: readonly string[]): void => values.forEach((value, i) => lines.push(`${(i === 0 ? `${label}:` : "").padEnd(width)}${value}`));
  const columns = (list: readonly { readonly name: string; readonly type: DataType; readonly otherwiseSql?: string; readonly comment?: string }[]): string[] => {
    const names = Math.max(...list.map(c => c.name.length)), types = Math.max(...list.map(c => typeToSql(c.type).length));
    return list.map(c => `${c.name.padEnd(names)} ${typeToSql(c.type).padEnd(types)}${!extended ? "" : `${c.otherwiseSql === undefined ? "" : ` DEFAULT ${c.otherwiseSql}`}${c.comment === undefined ? "" : ` '${c.comment}'`}`}`.trimEnd());
  };
  put("Function", [routine.name]);
  put("Type", [routine.table === undefined ? "SCALAR" : "TABLE"]);
  put("Input", routine.shown.length === 0 ? ["()"] : columns(routine.shown));
  put("Returns", routine.table === undefined ? [typeToSql(routine.returns!)] : columns(routine.table.fields));
  if (!extended) return lines.map((line, i) => i === 0 ? `Function: ${routine.name}` : line);
  if (routine.comment !== undefined) put("Comment", [routine.comment]);
  put("Deterministic", [String(routine.deterministic)]);
  put("Data Access", [routine.dataAccess]);
  put("Configs", [`spark.sql.ansi.enabled=${routine.settings.ansi}`, `spark.sql.session.timeZone=${routine.settings.timeZone}`]);
  put("Create Time", [new Date(routine.createdMicros / 1000).toUTCString()]);
  put("Body", [routine.bodySql]);
  return lines;
}

/** A plan that can't be made is told as rows, as Spark does. */
export function explain(engine: LocalEngine, command: Explain, plan: Relation | undefined): Relation {
  const PLAN = [field("plan", STRING)];
  if (plan === undefined) return rowsOf(PLAN, [[`== Physical Plan ==\nExecute ${command.statement.kind}\n`]]);
  if (command.mode === "codegen") return deferred(async () => {
    await engine.explainNow(plan, "simple");
    return rowsOf(PLAN, [["Found 0 WholeStageCodegen subtrees.\n"]]);   // vectors are evaluated by compiled kernels
  });
  const { mode } = command;
  return deferred(async () => {
    try {
      return rowsOf(PLAN, [[await engine.explainNow(plan, mode)]]);
    } catch (error) {
      if (!(error instanceof MillraceError)) throw error;
      const place = error.queryContext[0], { sql } = command.origin ?? {}, before = place === undefined || sql === undefined ? undefined : sql.slice(0, place.startIndex).split("\n");
      const where = before === undefined ? "" : `; line ${before.length} pos ${before.at(-1)!.length}`;
      const gap = error.condition.endsWith("WITHOUT_SUGGESTION") ? "  " : " ";
      return rowsOf(PLAN, ["Error occurred during query planning: ", ...`[${error.condition}] ${error.text}${gap}SQLSTATE: ${error.sqlState}${where};\n${relationToText(plan)}`.split("\n")].map(line => [line]));
    }
  });
}
