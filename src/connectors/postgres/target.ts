/** A table that rows go into: by COPY at once, or by way of a temporary table from which they are merged by key. */
import { AnalysisError, nearest } from "../../base/errors.ts";
import type { StructType } from "../../types/data-type.ts";
import { invalidOption, listOption, quoted, tableName, tableParts, wordOption, type Options, type PostgresAddress } from "./address.ts";
import type { PostgresConnection } from "./connection.ts";
import { columnType } from "./value-text.ts";

const MODES = ["append", "upsert", "delete"] as const;
export type TargetMode = (typeof MODES)[number];
/** Rows on their way to a merge, and their order. */
const STAGE = "millrace_stage", ROW = "millrace_row";

/** `mergeSql`: from the temporary table into the table; empty if rows go there at once. */
export interface WayIn { readonly copySql: string; readonly mergeSql: string }

/** @throws AnalysisError MILLRACE_INVALID_OPTION */
export function targetOf(given: Options, address: PostgresAddress, createTable: boolean): Target {
  const table = given["table"] ?? given["dbtable"];
  if (table === undefined) throw invalidOption("table", "A PostgreSQL sink needs the table that takes the rows.", "table: \"name\", or schema.name");
  const mode = wordOption(given, "mode", MODES, "append"), key = listOption(given, "key");
  if (mode !== "append" && key.length === 0) throw invalidOption("key", `A PostgreSQL sink that shall ${mode} needs the columns that make a row the same.`, "key: [\"id\"]");
  if (mode === "append" && key.length > 0) throw invalidOption("key", "A PostgreSQL sink that appends has no use for a key.", "mode: \"upsert\" keeps a row a key");
  if (mode === "delete" && createTable) throw invalidOption("createTable", "A table to delete from must be there.");
  return new Target(address.display, table, mode, key, createTable);
}

export class Target {
  /** For errors. */
  readonly server: string;
  readonly table: string;
  readonly mode: TargetMode;
  readonly key: readonly string[];
  readonly createTable: boolean;

  constructor(server: string, table: string, mode: TargetMode, key: readonly string[], createTable: boolean) {
    this.server = server;
    this.table = table;
    this.mode = mode;
    this.key = key;
    this.createTable = createTable;
  }

  /** Finds or makes the table, and how rows of the query get into it. */
  async prepare(connection: PostgresConnection, schema: StructType): Promise<WayIn> {
    const doing = `Opening ${this.table}`, table = tableName(this.table), columns = schema.fields.map(({ name }) => quoted(name)), keys = this.key.map(quoted);
    for (const name of this.key) if (!schema.fields.some(field => field.name === name)) throw this.#noColumn(name, "The rows of the query have", schema.fields.map(field => field.name));
    if (this.createTable) {
      const definitions = schema.fields.map(({ name, type, nullable }) => `${quoted(name)} ${columnType(type)}${nullable && !this.key.includes(name) ? "" : " NOT NULL"}`);
      await connection.query(doing, `CREATE TABLE IF NOT EXISTS ${table} (${[...definitions, ...(keys.length > 0 ? [`PRIMARY KEY (${keys.join(", ")})`] : [])].join(", ")})`);
    }
    const known = await this.#columnsOf(connection, table, doing);
    for (const { name } of schema.fields) if (!known.includes(name)) throw this.#noColumn(name, `The table ${this.table} has`, known);
    if (this.mode === "append") return { copySql: `COPY ${table} (${columns.join(", ")}) FROM STDIN`, mergeSql: "" };
    if (this.mode === "upsert") await this.#needUnique(connection, table, doing);
    await connection.query(doing, `CREATE TEMP TABLE ${STAGE} ON COMMIT DELETE ROWS AS SELECT ${columns.join(", ")} FROM ${table} WITH NO DATA`);
    await connection.query(doing, `ALTER TABLE ${STAGE} ADD COLUMN ${ROW} bigserial`);
    // The last row of a key in a batch is the one that stays. In the order of keys, so that two writers don't wait for each other.
    const others = columns.filter(column => !keys.includes(column)), update = others.length === 0 ? "NOTHING" : `UPDATE SET ${others.map(column => `${column} = EXCLUDED.${column}`).join(", ")}`;
    const mergeSql = this.mode === "delete" ? `DELETE FROM ${table} AS t USING pg_temp.${STAGE} AS s WHERE ${keys.map(key => `t.${key} = s.${key}`).join(" AND ")}`
      : `INSERT INTO ${table} (${columns.join(", ")}) SELECT DISTINCT ON (${keys.join(", ")}) ${columns.join(", ")} FROM pg_temp.${STAGE} ORDER BY ${keys.join(", ")}, ${ROW} DESC ON CONFLICT (${keys.join(", ")}) DO ${update}`;
    return { copySql: `COPY pg_temp.${STAGE} (${columns.join(", ")}) FROM STDIN`, mergeSql };
  }

  async #columnsOf(connection: PostgresConnection, table: string, doing: string): Promise<string[]> {
    const { rows } = await connection.query(doing, "SELECT attname AS name FROM pg_attribute WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped AND attgenerated = '' ORDER BY attnum", [table]);
    if (rows.length > 0) return rows.map(row => row["name"]!);
    const tables = (await connection.query(doing, "SELECT relname AS name FROM pg_class WHERE relkind IN ('r', 'p') AND pg_table_is_visible(oid) AND relnamespace <> 'pg_catalog'::regnamespace")).rows.map(row => row["name"]!);
    const [suggestion] = nearest(tableParts(this.table).at(-1)!, tables);
    throw new AnalysisError({
      condition: "MILLRACE_POSTGRES.OBJECT", sqlState: "42P01", message: `The database has no table ${this.table}.`, messageParameters: { table: this.table, server: this.server },
      hint: suggestion === undefined ? "createTable: true makes it" : `did you mean ${suggestion}? createTable: true makes the table`,
    });
  }

  /** ON CONFLICT needs an index that says what a conflict is. */
  async #needUnique(connection: PostgresConnection, table: string, doing: string): Promise<void> {
    const { rows } = await connection.query(doing, `SELECT array_to_json(array(SELECT attname FROM pg_attribute WHERE attrelid = indrelid AND attnum = ANY (indkey[0:indnkeyatts - 1])))::text AS names
      FROM pg_index WHERE indrelid = to_regclass($1) AND indisunique AND indisvalid AND indpred IS NULL AND indexprs IS NULL`, [table]);
    const wanted = [...this.key].sort().join("\n");
    if (rows.some(row => (JSON.parse(row["names"]!) as string[]).sort().join("\n") === wanted)) return;
    throw new AnalysisError({
      condition: "MILLRACE_POSTGRES.OBJECT", sqlState: "42P10", message: `The table ${this.table} has no unique index over (${this.key.join(", ")}), so it can't tell which row a new one replaces.`,
      messageParameters: { table: this.table, key: this.key.join(", ") }, hint: `ALTER TABLE ${table} ADD PRIMARY KEY (${this.key.map(quoted).join(", ")})`,
    });
  }

  #noColumn(name: string, where: string, known: readonly string[]): AnalysisError {
    const [suggestion] = nearest(name, known);
    return new AnalysisError({
      condition: "MILLRACE_POSTGRES.OBJECT", sqlState: "42703", message: `${where} no column ${name}.`, messageParameters: { column: name, table: this.table },
      hint: suggestion === undefined ? `there are ${known.join(", ")}` : `did you mean ${suggestion}? names are compared as they are written`,
    });
  }
}
