/** DESCRIBE, and EXPLAIN. */
import { fail, quoteParts, unresolvedRoutine } from "../../../analyze/errors.ts";
import { specialFunction } from "../../../analyze/special-functions.ts";
import { MillraceError } from "../../../base/errors.ts";
import { relationToText } from "../../../optimize/plan-text.ts";
import type { DescribeFunction, DescribeNamespace, DescribeQuery, DescribeRelation, Explain } from "../../../plan/commands.ts";
import type { Relation } from "../../../plan/relations.ts";
import type { Cell } from "../../../types/cell.ts";
import { field, STRING, typeToSql, type DataType, type StructField } from "../../../types/data-type.ts";
import { CATALOG, relationNotFound, schemaNotFound, type StoredRoutine, type StoredTable } from "../catalog.ts";
import type { LocalEngine } from "../local-engine.ts";
import { partsOf } from "./names.ts";
import { deferred, rowsOf } from "./results.ts";
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
    default: return typeToSql(type).toLowerCase().replaceAll(/ collate (\w+)/g, (_, name: string) => ` collate ${name.toUpperCase()}`);
  }
}

export const describeQuery = (engine: LocalEngine, _command: DescribeQuery, plan: Relation): Relation =>
  deferred(async () => rowsOf(COLUMNS, (await engine.resolve(plan)).output.map(a => [a.name, typeText(a.type), null])));

export function describeRelation(engine: LocalEngine, command: DescribeRelation): Relation {
  const { catalog } = engine, parts = partsOf(engine, command.name), view = catalog.view(parts), table = catalog.table(parts);
  if (catalog.lookupTable(parts, false) === undefined) throw relationNotFound(quoteParts(parts), "SHOW TABLES lists what is there");
  return deferred(async () => {
    const { output } = await engine.resolve({ kind: "read_named_table", nameParts: parts, isStreaming: false });
    const comments = output.map((a, i) => view === undefined ? table?.columns.find(c => c.name === a.name)?.comment ?? null : view.comments?.[i] ?? null);
    if (command.column !== undefined) return describeColumn(command, output, comments);
    const rows: Cell[][] = output.map((a, i) => [a.name, typeText(a.type), comments[i]!]);
    const partitions = view === undefined ? table?.partitionedBy ?? [] : [];
    if (partitions.length > 0) rows.push(["# Partition Information", "", ""], ["# col_name", "data_type", "comment"], ...rows.filter(row => partitions.includes(row[0] as string)));
    return rowsOf(COLUMNS, command.extended && table !== undefined && view === undefined ? [...rows, ...tableInformation(table)] : rows);
  });
}

function describeColumn(command: DescribeRelation, output: readonly { readonly name: string; readonly type: DataType }[], comments: readonly (string | null)[]): Relation {
  const name = command.column!.at(-1)!, i = output.findIndex(a => a.name.toLowerCase() === name.toLowerCase());
  if (command.column!.length > 1) throw fail("_LEGACY_ERROR_TEMP_1060", "42000", `DESC TABLE COLUMN does not support nested column: ${command.column!.join(".")}.`, { command: "DESC TABLE COLUMN", column: command.column!.join(".") });
  if (i < 0) throw fail("COLUMN_NOT_FOUND", "42703", `The column \`${name}\` cannot be found. Verify the spelling and correctness of the column name according to the SQL config "spark.sql.caseSensitive".`, { colName: `\`${name}\``, caseSensitiveConfig: '"spark.sql.caseSensitive"' });
  const rows = [["col_name", output[i]!.name], ["data_type", typeText(output[i]!.type)], ["comment", comments[i] ?? "NULL"]];
  const statistics = ["min", "max", "num_nulls", "distinct_count", "avg_col_len", "max_col_len", "histogram"].map(key => [key, "NULL"]);
  return rowsOf(INFO, command.extended ? [...rows, ...statistics] : rows);
}

function tableInformation(table: StoredTable): Cell[][] {
  const entries = (map: Readonly<Record<string, string>>): string => `[${Object.entries(map).map(([key, value]) => `${key}=${value}`).join(", ")}]`;
  const rows: Cell[][] = [
    ["", "", ""], ["# Detailed Table Information", "", ""], ["Catalog", CATALOG, ""], ["Database", table.schema, ""], ["Table", table.name, ""],
    ["Type", table.isManaged ? "MANAGED" : "EXTERNAL", ""], ["Provider", table.provider, ""],
  ];
  if (table.comment !== undefined) rows.push(["Comment", table.comment, ""]);
  if (Object.keys(table.properties).length > 0) rows.push(["Table Properties", entries(table.properties), ""]);
  rows.push(["Location", `file:${table.location}`, ""]);
  if (Object.keys(table.options).length > 0) rows.push(["Storage Properties", entries(table.options), ""]);
  return rows;
}

export function describeNamespace(engine: LocalEngine, command: DescribeNamespace): Relation {
  const schema = engine.catalog.schemaOf([...command.name, "x"]);
  if (schema === undefined) throw schemaNotFound(command.name);
  const location = schema.location === "" ? schema.name === "default" ? warehouse(engine) : `${warehouse(engine)}/${schema.name}.db` : schema.location;
  const rows = [["Catalog Name", CATALOG], ["Namespace Name", schema.name], ["Comment", schema.comment], ["Location", `file:${location}`]];
  return rowsOf([commented("info_name", "name of the namespace info", false), commented("info_value", "value of the namespace info", true)], command.extended ? [...rows, ["Properties", ""]] : rows);
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
