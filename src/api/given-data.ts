/** What a program hands over as rows: objects, columns, Arrow's tables and bytes, iterables that are read when a query runs. */
import { columnTable, isNumberArray, typeOfArray, type GivenColumn, type NumberArray } from "../connectors/given/column-table.ts";
import { isIterable, type RowGiver } from "../connectors/given/row-iteration.ts";
import { rowTable } from "../connectors/given/row-table.ts";
import type { UnopenedTable } from "../connectors/registry.ts";
import { isLibraryTable } from "../formats/arrow/library-shapes.ts";
import type { Table } from "../io/source.ts";
import { AnalysisError } from "../base/errors.ts";
import type { Relation } from "../plan/relations.ts";
import { isRefusal, type RowCheck } from "../plan/row-check.ts";
import type { Cell } from "../types/cell.ts";
import { field, struct, type StructField, type StructType } from "../types/data-type.ts";
import { rowToCells, rowWriter, valueToCell } from "../types/edge-values.ts";
import type { DayTimeInterval, Decimal, LocalDate, LocalTime, Timestamp, TimestampNtz, Variant, YearMonthInterval } from "../types/values.ts";
import { badArgument } from "./api-errors.ts";
import { callSite } from "./call-site.ts";
import { inferredFields, inferredType } from "./inferred-schema.ts";
import type { UntypedRow } from "./reader.ts";
import type { RowIn } from "./schema.ts";

/** The first alternative is for the compiler: its messages then name the field of a row that is wrong. */
type Rows<R> = readonly RowIn<R>[] | Iterable<RowIn<R>> | AsyncIterable<RowIn<R>>;
/** Rows one after the other: an array, an iterable, an async iterable, a Node stream of objects, or a function that makes one of these. */
export type RowsIn<R> = Rows<R> | ((taken: number) => Rows<R>);
/** Columns by their names, all of one length. */
export type ColumnsIn<R = { readonly [name: string]: unknown }> = { readonly [K in keyof R]: NumberArray | readonly unknown[] };
/** A table of apache-arrow or flechette. */
export interface ArrowTable { readonly schema: { readonly fields: readonly { readonly name: string; readonly nullable: boolean; readonly type: object }[] } }

type Atom = string | number | bigint | boolean | Uint8Array | Timestamp | TimestampNtz | LocalDate | LocalTime | Decimal | DayTimeInterval | YearMonthInterval | Variant;
/** A value as a column that is made of it has it. */
type Found<T> = T extends null | undefined ? null : T extends string ? string : T extends number ? number : T extends boolean ? boolean : T extends Date ? Timestamp : T extends Atom ? T
  : T extends readonly (infer E)[] ? (Found<E> | null)[] : T extends ReadonlyMap<infer K, infer V> ? Map<Found<K>, Found<V> | null> : T extends object ? { [K in keyof T]-?: Found<T[K]> | null } : never;
type FoundNumber<A> = A extends BigInt64Array | Uint32Array ? bigint : A extends BigUint64Array ? Decimal : number;
/** The row of data without a schema. Of Arrow's tables it is found when the query runs. */
export type FoundRow<G> = G extends ArrowTable | Uint8Array | ArrayBuffer ? UntypedRow
  : G extends Iterable<infer T> ? { [K in keyof T]-?: Found<T[K]> | null }
  : { -readonly [K in keyof G]: G[K] extends NumberArray ? FoundNumber<G[K]> : G[K] extends readonly (infer T)[] ? Found<T> | null : never };

interface Given { readonly relation: Relation; readonly fields: readonly StructField[] | undefined }

/** The plan of data that createDataFrame() was given. @throws AnalysisError for data that is none, and values that no column holds */
export function givenData(data: unknown, schema: StructType | undefined, check?: RowCheck): Given {
  const origin = callSite(), from = (source: object, fields: readonly StructField[] | undefined): Given => ({ relation: { kind: "read_data_source", format: "rows", source, options: {}, paths: [], isStreaming: false, origin }, fields });
  const over = (table: Table): Given => from(table, table.schema.fields);
  if (data instanceof Uint8Array || data instanceof ArrayBuffer || isLibraryTable(data)) {
    if (schema !== undefined) throw badArgument("Arrow data has its schema with it.", "createDataFrame(table).to(schema) casts it");
    return from({ format: "arrow", openTable: async () => (await import("../connectors/arrow/arrow-table.ts")).arrowDataTable(data) } satisfies UnopenedTable, undefined);
  }
  if (typeof data === "function" || (isIterable(data) && !(Symbol.iterator in data))) {
    if (schema === undefined) throw badArgument("Rows that are read when the query runs need a schema.", "createDataFrame(rows, schema({ ... }))");
    return over(rowTable(schema, data as RowGiver, rowMaker(schema, check)));
  }
  if (isIterable(data)) {
    const rows = Array.from(data as Iterable<unknown>, row => { if (typeof row === "object" && row !== null) return row; throw badArgument("createDataFrame() takes rows that are objects.", "parallelize() takes values of any kind"); });
    const type = schema ?? struct(inferredFields(rows));
    return { relation: { kind: "local_relation", schema: type, rows: rows.map(rowMaker(type, check)), origin }, fields: type.fields };
  }
  if (check !== undefined) throw badArgument("A schema that validates judges rows, and not columns.", "give the rows as objects");
  if (typeof data !== "object" || data === null) throw badArgument("createDataFrame() takes rows, columns, or Arrow data.");
  return over(columnsTable(data as Readonly<Record<string, unknown>>, schema));
}

/** Makes the cells of rows that a program gives. @throws AnalysisError for a row that the schema refuses */
export function rowMaker(schema: StructType, check: RowCheck | undefined): (row: object) => Cell[] {
  if (check === undefined) return rowWriter(schema);
  return row => {
    const cells = check.row(row);
    if (!isRefusal(cells)) return cells as Cell[];
    throw new AnalysisError({ condition: "MILLRACE_ROW_REFUSED", sqlState: "22023", message: `A row was refused by its schema: ${cells.reason}.`, messageParameters: { reason: cells.reason, ...(cells.column !== undefined && { column: cells.column }) } });
  };
}

function columnsTable(columns: Readonly<Record<string, unknown>>, schema: StructType | undefined): Table {
  const names = schema?.fields.map(one => one.name) ?? Object.keys(columns), unknown = Object.keys(columns).find(name => !names.includes(name));
  if (unknown !== undefined) throw badArgument(`The schema has no column '${unknown}'.`);
  const isColumn = (value: unknown): value is NumberArray | readonly unknown[] => Array.isArray(value) || isNumberArray(value);
  const given = names.map(name => {
    const values = columns[name];
    if (isColumn(values)) return values;
    throw badArgument(values === undefined ? `The column '${name}' of the schema is not given.` : `The column '${name}' is no array, nor a typed array of numbers.`, "createDataFrame() takes rows, columns by name, or Arrow data");
  });
  const rows = given[0]?.length ?? 0, other = names.find((_, i) => given[i]!.length !== rows);
  if (other !== undefined) throw badArgument(`Columns are of one length: '${names[0]}' has ${rows} values, '${other}' has ${given[names.indexOf(other)]!.length}.`);
  const fields = schema?.fields ?? names.map((name, i) => { const values = given[i]!; return isNumberArray(values) ? field(name, typeOfArray(values)!, false) : field(name, inferredType(values, name)); });
  return columnTable(struct(fields), given.map((values, i) => cellsOf(values, fields[i]!)), rows);
}

/** A typed array of just the column's type is taken as it is. */
function cellsOf(values: NumberArray | readonly unknown[], { name, type, nullable }: StructField): GivenColumn {
  if (isNumberArray(values)) {
    const own = typeOfArray(values)!;
    if (own.kind === type.kind && (own.kind !== "decimal" || (type.kind === "decimal" && type.precision === 20 && type.scale === 0))) return values;
  }
  const row = struct([field(name, type, nullable)]);
  return Array.from(values as readonly unknown[], (value): Cell => (value === null || value === undefined ? rowToCells({ [name]: value }, row)[0]! : valueToCell(value, type, name)));
}
