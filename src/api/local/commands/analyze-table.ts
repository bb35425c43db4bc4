/** ANALYZE TABLE: what is known of a table's rows, kept with it until they change; the estimates of joins take it. */
import { fail, quoteIdentifiers, quoteParts, quoteSql } from "../../../analyze/errors.ts";
import type { AnalyzeTable, AnalyzeTables, PartitionSpec } from "../../../plan/commands.ts";
import { alias, call, castTo, literal, type Expression } from "../../../plan/expressions.ts";
import type { ReadDataSource, Relation } from "../../../plan/relations.ts";
import { NO_STATISTICS, type ColumnStatistics, type StatisticsOf, type TableStatistics } from "../../../plan/statistics.ts";
import type { Cell } from "../../../types/cell.ts";
import { INT, STRING, typeToSql, type DataType } from "../../../types/data-type.ts";
import { isHidden } from "../../../connectors/files/listing.ts";
import { partitionFolder } from "../../../connectors/files/partition-names.ts";
import { relationNotFound, schemaIn, type SessionCatalog, type StoredTable } from "../catalog.ts";
import type { LocalEngine } from "../local-engine.ts";
import { relationParts } from "./names.ts";
import { locationOf, partitionsNotFound, partitionsWith, partitionValues, shownPartition } from "./partitions.ts";
import { NOTHING } from "./results.ts";
import { fullTableName, putTable } from "./tables.ts";
import { expectPermanentView } from "./views.ts";

/** What ANALYZE found. `columns`: as DESCRIBE shows it. */
export interface StoredStatistics {
  readonly bytes: number;
  readonly rows?: number;
  readonly columns: Readonly<Record<string, { readonly min?: string; readonly max?: string; readonly nulls: number; readonly distinct: number; readonly averageLength: number; readonly maxLength: number; readonly range?: ColumnStatistics["range"] }>>;
}

export async function analyzeTable(engine: LocalEngine, command: AnalyzeTable): Promise<Relation> {
  const { catalog } = engine, parts = relationParts(engine, command.name), table = catalog.table(parts);
  if (catalog.view(parts) !== undefined) {
    if (catalog.isTemporaryView(parts)) throw expectPermanentView(quoteParts(parts), "ANALYZE TABLE");
    throw fail("UNSUPPORTED_FEATURE.ANALYZE_VIEW", "0A000", "The feature is not supported: The ANALYZE TABLE command does not support views.");
  }
  if (table === undefined) throw relationNotFound(quoteParts(parts), "SHOW TABLES lists what is there");
  if (command.partition !== undefined && command.columns === undefined) await analyzePartitions(engine, table, command.partition, command.rows);
  else await analyzeOne(engine, table, command.columns, command.rows);
  return NOTHING;
}

/** Shown by DESCRIBE EXTENDED t PARTITION (...), and planned with by nobody. @throws AnalysisError PARTITIONS_NOT_FOUND */
async function analyzePartitions(engine: LocalEngine, table: StoredTable, spec: PartitionSpec, rows: boolean): Promise<void> {
  const folders = partitionsWith(engine, table, spec), values = partitionValues(engine, table, spec);
  if (folders.length === 0 && values.size > 0) throw partitionsNotFound(shownPartition(values), quoteParts([table.schema, table.name]));
  const counts = new Map<string, number>(), keys = table.partitionedBy.map((name, i) => alias(castTo({ kind: "unresolved_attribute", nameParts: [name] }, STRING), `_${i}`));
  if (rows) {
    const grouped: Relation = { kind: "aggregate", input: { kind: "project", input: table.read, expressions: keys }, groupType: "group_by", grouping: keys.map((_, i) => ({ kind: "unresolved_attribute", nameParts: [`_${i}`] })), aggregates: [...keys.map((_, i): Expression => ({ kind: "unresolved_attribute", nameParts: [`_${i}`] })), alias(call("count", [literal(1, INT)]), "n")] };
    for (const row of (await engine.collect(grouped)).rows) counts.set(table.partitionedBy.map((name, i) => partitionFolder(name, row[i] as string | null)).join("/"), Number(row.at(-1)));
  }
  const found = Object.fromEntries(folders.map(folder => [folder, { bytes: bytesIn(engine, locationOf(table, folder)), ...(rows && { rows: counts.get(folder) ?? 0 }) }]));
  putTable(engine, { ...table, partitionStatistics: { ...table.partitionStatistics, ...found } });
}

export async function analyzeTables(engine: LocalEngine, command: AnalyzeTables): Promise<Relation> {
  const schema = schemaIn(engine.catalog, command.namespace);
  for (const table of [...schema.tables.values()]) await analyzeOne(engine, table, undefined, command.rows);
  return NOTHING;
}

async function analyzeOne(engine: LocalEngine, table: StoredTable, columns: AnalyzeTable["columns"], rows: boolean): Promise<void> {
  const chosen = columns === "all" ? table.columns : (columns ?? []).map(name => {
    const column = table.columns.find(one => one.name.toLowerCase() === name.toLowerCase()), colName = quoteIdentifiers([name]);
    if (column === undefined) throw fail("COLUMN_NOT_FOUND", "42703", `The column ${colName} cannot be found. Verify the spelling and correctness of the column name according to the SQL config "spark.sql.caseSensitive".`, { colName, caseSensitiveConfig: '"spark.sql.caseSensitive"' });
    return column;
  });
  for (const { name, type } of chosen) {
    if (!UNMEASURED.has(type.kind)) continue;
    const columnType = quoteSql(typeToSql(type)), columnName = quoteIdentifiers([name]), tableName = fullTableName(table);
    throw fail("UNSUPPORTED_FEATURE.ANALYZE_UNSUPPORTED_COLUMN_TYPE", "0A000", `The feature is not supported: The ANALYZE TABLE FOR COLUMNS command does not support the type ${columnType} of the column ${columnName} in the table ${tableName}.`, { columnType, columnName, tableName });
  }
  const bytes = bytesIn(engine, table.location);
  if (!rows) return putTable(engine, { ...table, statistics: { columns: {}, ...table.statistics, bytes } });
  const one = literal(1, INT), measures = chosen.flatMap(({ name, type }) => measuresOf({ kind: "unresolved_attribute", nameParts: [name] }, type));
  const { rows: found } = await engine.collect({ kind: "aggregate", input: table.read, groupType: "group_by", grouping: [], aggregates: [call("count", [one]), ...measures].map((e, i) => alias(e, `_${i}`)) });
  const [count, ...values] = found[0]!, known = table.statistics?.columns ?? {};
  const measured = Object.fromEntries(chosen.map(({ name, type }, i) => [name, statisticsOfColumn(type, Number(count), values.slice(i * MEASURES, (i + 1) * MEASURES))] as const));
  putTable(engine, { ...table, statistics: { bytes, rows: Number(count), columns: { ...known, ...measured } } });
}

/** Types whose values are not measured. */
const UNMEASURED: ReadonlySet<string> = new Set(["array", "map", "struct", "variant", "calendar_interval", "day_time_interval", "year_month_interval", "time", "geometry", "geography"]);
const MEASURES = 7;
const WIDTH: Readonly<Record<string, number>> = { boolean: 1, tinyint: 1, smallint: 2, int: 4, date: 4, float: 4, void: 1 };

const isSized = ({ kind }: DataType): boolean => kind === "string" || kind === "binary" || kind === "char" || kind === "varchar";

/** Values that are not null, the least and greatest as text and as they are, how many differ, the lengths. */
function measuresOf(column: Expression, type: DataType): Expression[] {
  const nothing = literal(null, STRING), sized = isSized(type), least = call("min", [column]), greatest = call("max", [column]);
  const text = (e: Expression): Expression => sized ? nothing : type.kind === "timestamp" ? call("date_format", [e, literal("yyyy-MM-dd HH:mm:ss.SSSSSS xx", STRING)]) : castTo(e, STRING);
  const length = call("octet_length", [column]);
  return [
    call("count", [column]), text(least), text(greatest), Object.freeze({ ...call("count", [column]), distinct: true }),
    sized ? call("sum", [length]) : nothing, sized ? call("max", [length]) : nothing, isOrdered(type) ? call("struct", [least, greatest]) : nothing,
  ];
}

/** Types whose cells are whole numbers. */
const isOrdered = ({ kind }: DataType): boolean => kind === "tinyint" || kind === "smallint" || kind === "int" || kind === "bigint" || kind === "date" || kind === "timestamp" || kind === "timestamp_ntz";

function statisticsOfColumn(type: DataType, rows: number, cells: readonly Cell[]): StoredStatistics["columns"][string] {
  const [count, min, max, distinct, total, longest, range] = cells, nulls = rows - Number(count), width = type.kind === "decimal" ? type.precision <= 18 ? 8 : 16 : WIDTH[type.kind] ?? 8;
  const sized = isSized(type), [least, greatest] = Array.isArray(range) ? range as readonly Cell[] : [null, null];
  return {
    nulls, distinct: Number(distinct), averageLength: sized ? Math.ceil(Number(total ?? 0) / Math.max(1, rows)) : width, maxLength: sized ? Number(longest ?? 0) : width,
    ...(min !== null && !sized && { min: min as string }), ...(max !== null && !sized && { max: max as string }),
    ...(least !== null && greatest !== null && { range: { least: Number(least), greatest: Number(greatest) } }),
  };
}

function bytesIn(engine: LocalEngine, folder: string): number {
  const { files } = engine.world;
  if (files.status(folder) === undefined) return 0;
  return files.list(folder).filter(name => !isHidden(name)).reduce((sum, name) => {
    const path = `${folder}/${name}`, status = files.status(path);
    return sum + (status === undefined ? 0 : status.isFolder ? bytesIn(engine, path) : status.bytes);
  }, 0);
}

/** As the planner's estimates take it. */
function plannerStatistics({ rows, columns }: StoredStatistics): TableStatistics | undefined {
  if (rows === undefined) return undefined;
  return { rows, columns: new Map(Object.entries(columns).map(([name, { nulls, range }]) => [name, { nulls, ...(range !== undefined && { range }) }] as const)) };
}

/** What ANALYZE found of the session's tables goes before what they say themselves. */
export function withAnalyzed(known: StatisticsOf, catalog: SessionCatalog, opened: (read: ReadDataSource) => object | undefined): StatisticsOf {
  if (known === NO_STATISTICS) return known;
  const analyzed = new Map<object, TableStatistics>();
  for (const schema of catalog.schemas.values()) {
    for (const { read, statistics } of schema.tables.values()) {
      const table = opened(read), found = statistics === undefined ? undefined : plannerStatistics(statistics);
      if (table !== undefined && found !== undefined) analyzed.set(table, found);
    }
  }
  return analyzed.size === 0 ? known : new Map([...known, ...analyzed]);
}
