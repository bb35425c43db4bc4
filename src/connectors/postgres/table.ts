/**
 * A table or query of PostgreSQL, read once, by COPY. All parts of one read see one snapshot of the database: they are one
 * transaction (REPEATABLE READ). Options have the names of Spark's jdbc source where it has them.
 */
import { AnalysisError, ExecutionError } from "../../base/errors.ts";
import type { BatchReceiver, BatchTable, ReadRequest, Split, Table } from "../../io/source.ts";
import { field, isIntegral, sameTypeIgnoringNullability, struct, typeToSql, type StructType } from "../../types/data-type.ts";
import { parseDate, parseTimestamp } from "../../types/datetime-text.ts";
import { findTimeZone, UTC } from "../../types/time-zone.ts";
import { ADDRESS_OPTIONS, addressOf, badRowOption, byLowerCase, invalidOption, literal, quoted, tableName, wholeOption, type BadRow, type Options, type PostgresAddress } from "./address.ts";
import { arrayElements, jsonTypeOf, typeOf } from "./catalog-types.ts";
import { PostgresConnection } from "./connection.ts";
import { CopyOut } from "./copy.ts";
import { pushedSql } from "./pushed-filters.ts";
import { RowReader } from "./row-reader.ts";
import { dateText, cellText } from "./value-text.ts";

const OPTIONS = [...ADDRESS_OPTIONS, "table", "dbtable", "query", "partitionColumn", "lowerBound", "upperBound", "numPartitions", "fetchsize", "jsonAs", "badRow"] as const;

/** Numbers of types in pg_type. */
const TEXT = 25, VARCHAR = 1043;

/** Opens a connection to ask for the columns, and closes it. */
export async function postgresTable(options: Options, wanted: StructType | undefined, sessionZone: string): Promise<Table> {
  const given = byLowerCase(options), address = addressOf(options, OPTIONS), from = fromClause(given), name = given["table"] ?? given["dbtable"] ?? "query";
  const connection = await PostgresConnection.open(address), doing = `Reading the columns of ${name}`;
  try {
    const { fields } = await connection.query(doing, `SELECT * FROM ${from} LIMIT 0`);
    const arrays = await arrayElements(connection, fields.map(one => one.dataTypeID)), elements = [...arrays.values()];
    const nested = await arrayElements(connection, elements), notNull = given["query"] === undefined ? await notNullColumns(connection, fields[0]?.tableID) : new Set<string>();
    const rules = { arrays: new Map([...arrays, ...nested]), json: jsonTypeOf(given) };
    const found = struct(fields.map(one => field(one.name, typeOf(one.dataTypeID, one.dataTypeModifier, rules), !notNull.has(one.name))));
    const twice = found.fields.find((one, i) => found.fields.findIndex(other => other.name === one.name) < i);
    if (twice !== undefined) throw new AnalysisError({ condition: "COLUMN_ALREADY_EXISTS", sqlState: "42711", message: `The column \`${twice.name}\` already exists. Choose another name or rename the existing column.`, messageParameters: { columnName: twice.name }, hint: "name the columns of the query with AS" });
    const schema = wanted === undefined ? found : agreed(wanted, found, name), conditions = partitionConditions(given, schema, sessionZone), badRow = badRowOption(given), description = `PostgreSQL ${address.display} ${name}`;
    const texts = new Set(fields.filter(one => one.dataTypeID === TEXT || one.dataTypeID === VARCHAR).map(one => one.name));
    const table = (pushed: readonly string[]): Table => {
      const where = pushed.map(one => `(${one})`).join(" AND "), described = pushed.length === 0 ? description : `${description} where ${pushed.join(" and ")}`;
      const parts = where === "" ? conditions : conditions.map(one => (one === "" ? where : `(${one}) AND ${where}`));
      return {
        name, description: described, schema, schemaIsInferred: true, isStreaming: false, replayable: true, fingerprint: { postgres: address.display, table: name },
        batch: () => new PostgresRead(address, from, schema, parts, description, badRow), filtered: filters => table(pushedSql(filters, texts)),
      };
    };
    return table([]);
  } finally {
    await connection.close();
  }
}

/** The columns that were asked for, if the table has them with these types. */
function agreed(wanted: StructType, found: StructType, table: string): StructType {
  return struct(wanted.fields.map(one => {
    const now = found.fields.find(other => other.name === one.name);
    if (now !== undefined && sameTypeIgnoringNullability(now.type, one.type)) return now;
    throw new AnalysisError({
      condition: "MILLRACE_POSTGRES.SCHEMA", sqlState: "42703", message: `The column ${one.name} of ${table} ${now === undefined ? "isn't there" : `is ${typeToSql(now.type)}, not ${typeToSql(one.type)}`}.`,
      messageParameters: { table, column: one.name }, hint: "leave schema() out, and cast with to(schema) afterwards",
    });
  }));
}

function fromClause(given: Options): string {
  const { query } = given, table = given["table"] ?? given["dbtable"];
  if ((query === undefined) === (table === undefined)) throw invalidOption("table", "A PostgreSQL source takes either a table or a query.", "table: \"orders\", or query: \"SELECT ... FROM ...\"");
  if (query !== undefined) return `(${query.trim().replace(/;$/, "")}\n) AS q`;
  // Spark takes a subquery here, too.
  return table!.trim().startsWith("(") ? table! : tableName(table!);
}

async function notNullColumns(connection: PostgresConnection, table: number | undefined): Promise<Set<string>> {
  if (table === undefined || table === 0) return new Set();
  const { rows } = await connection.query("Reading the catalog", "SELECT a.attname AS name FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid WHERE a.attrelid = $1 AND a.attnotnull AND c.relkind IN ('r', 'p')", [String(table)]);
  return new Set(rows.map(row => row["name"]!));
}

/** Conditions that cut the table into parts, by Spark's rule: strides between the bounds; the first and the last part are open, and the first takes nulls. */
function partitionConditions(given: Options, schema: StructType, sessionZone: string): readonly string[] {
  const names = ["partitioncolumn", "lowerbound", "upperbound", "numpartitions"] as const, present = names.filter(name => given[name] !== undefined);
  wholeOption(given, "fetchsize", 0, 0);
  if (present.length === 0) return [""];
  if (present.length < names.length) throw invalidOption("partitionColumn", "partitionColumn, lowerBound, upperBound and numPartitions go together.");
  const column = schema.fields.find(one => one.name.toLowerCase() === given["partitioncolumn"]!.toLowerCase()), parts = wholeOption(given, "numPartitions", 1);
  if (column === undefined) throw invalidOption("partitionColumn", `There is no column ${given["partitioncolumn"]} to cut the table by.`);
  const { type } = column, zone = findTimeZone(sessionZone) ?? UTC;
  const bound = (option: string): bigint => {
    const text = given[option.toLowerCase()]!;
    const value = isIntegral(type) || type.kind === "decimal" ? (/^-?\d+$/.test(text) ? BigInt(text) : null) : type.kind === "date" ? toBigInt(parseDate(text)) : type.kind === "timestamp" || type.kind === "timestamp_ntz" ? parseTimestamp(text, type.kind === "timestamp" ? zone : UTC) : undefined;
    if (value === undefined) throw invalidOption("partitionColumn", `The column ${column.name} is no whole number, date or timestamp: it can't cut the table.`);
    if (value === null) throw invalidOption(option, `The option ${option} is no value of ${column.name}: ${text}.`);
    return value;
  };
  const show = (value: bigint): string => (type.kind === "date" ? literal(dateText(Number(value))) : type.kind === "timestamp" || type.kind === "timestamp_ntz" ? `${literal(cellText(type, value))}::${type.kind === "timestamp" ? "timestamptz" : "timestamp"}` : String(value));
  const lower = bound("lowerBound"), upper = bound("upperBound"), name = quoted(column.name);
  if (lower >= upper && parts > 1) throw invalidOption("lowerBound", "lowerBound must be less than upperBound.");
  const count = upper - lower < BigInt(parts) ? Number(upper - lower) : parts;
  if (count <= 1) return [""];
  const stride = (upper - lower) / BigInt(count), cuts = Array.from({ length: count - 1 }, (_, i) => show(lower + stride * BigInt(i + 1)));
  return [`${name} < ${cuts[0]} OR ${name} IS NULL`, ...cuts.slice(1).map((cut, i) => `${name} >= ${cuts[i]} AND ${name} < ${cut}`), `${name} >= ${cuts.at(-1)}`];
}
const toBigInt = (value: number | null): bigint | null => (value === null ? null : BigInt(value));

class PostgresRead implements BatchTable {
  readonly schema: StructType;
  readonly description: string;
  readonly #address: PostgresAddress;
  readonly #from: string;
  readonly #conditions: readonly string[];
  readonly #badRow: BadRow;
  #connection: PostgresConnection | undefined;

  constructor(address: PostgresAddress, from: string, schema: StructType, conditions: readonly string[], description: string, badRow: BadRow) {
    this.#badRow = badRow;
    this.#address = address;
    this.#from = from;
    this.schema = schema;
    this.#conditions = conditions;
    this.description = description;
  }

  async planBatch(): Promise<readonly Split[]> { return this.#conditions; }

  async read(split: Split, { columns, signal }: ReadRequest, receiver: BatchReceiver): Promise<void> {
    const doing = `Reading ${this.description}`;
    if (this.#connection === undefined) {
      this.#connection = await PostgresConnection.open(this.#address);
      await this.#connection.query(doing, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
    }
    const connection = this.#connection, schema = struct(columns.map(name => this.schema.fields.find(one => one.name === name)!));
    const where = split === "" ? "" : ` WHERE ${split as string}`, sql = `COPY (SELECT ${columns.map(quoted).join(", ")} FROM ${this.#from}${where}) TO STDOUT`;
    const reader = new RowReader(schema, receiver, this.#badRow === "deadLetter" ? this.description : undefined), { stream } = connection;
    let seen = 0;
    const copy: CopyOut = new CopyOut(connection, doing, sql, bytes => {
      signal.throwIfAborted();
      reader.line(bytes);
      if (!reader.wantsMore) return copy.giveUp(ENOUGH);
      if (reader.batches === seen || receiver.ready === undefined) return;
      seen = reader.batches;
      stream.pause();
      receiver.ready().then(() => { stream.resume(); }, error => { copy.giveUp(error); });
    });
    const abort = (): void => { copy.giveUp(signal.reason); };
    signal.addEventListener("abort", abort, { once: true });
    try {
      connection.submit(copy);
      await copy.done;
      reader.flush();
    } catch (error) {
      this.#connection = undefined;
      if (reader.wantsMore) throw error;
    } finally {
      signal.removeEventListener("abort", abort);
      reader.release();
    }
  }

  close(): void {
    void this.#connection?.close();
    this.#connection = undefined;
  }
}

/** The receiver has all it wants. */
const ENOUGH = new ExecutionError({ condition: "INTERNAL_ERROR", sqlState: "XX000", message: "Reading ended early." });
