/** The names of a session: views, tables, functions and schemas, as Spark's Catalog shows them. */
import { AnalysisError } from "../base/errors.ts";
import type { Relation } from "../plan/relations.ts";
import type { Cell } from "../types/cell.ts";
import { quoteIfNeeded, typeToSql } from "../types/data-type.ts";
import { nameParts } from "./column-node.ts";
import type { SessionCore } from "./frame.ts";

export interface CatalogTable { readonly name: string; readonly namespace: string; readonly isTemporary: boolean }
export interface CatalogColumn { readonly name: string; readonly dataType: string; readonly nullable: boolean; readonly description: string | undefined }

/** Names may have parts and back quotes: `` "sales.`2026 q1`" ``. */
export interface Catalog {
  currentCatalog(): Promise<string>;
  currentDatabase(): Promise<string>;
  setCurrentDatabase(name: string): Promise<void>;
  listDatabases(pattern?: string): Promise<string[]>;
  databaseExists(name: string): Promise<boolean>;
  /** Tables and temporary views; `pattern`: `or*|cust*`. */
  listTables(database?: string, pattern?: string): Promise<CatalogTable[]>;
  listViews(database?: string, pattern?: string): Promise<CatalogTable[]>;
  listColumns(table: string): Promise<CatalogColumn[]>;
  tableExists(name: string): Promise<boolean>;
  listFunctions(pattern?: string): Promise<string[]>;
  functionExists(name: string): Promise<boolean>;
  /** Whether there was such a view. */
  dropTempView(name: string): boolean;
  dropGlobalTempView(name: string): boolean;
  cacheTable(name: string): Promise<void>;
  uncacheTable(name: string): Promise<void>;
  isCached(name: string): boolean;
  clearCache(): void;
}

const quoted = (name: string): string => nameParts(name).map(quoteIfNeeded).join(".");
const like = (pattern: string | undefined): string => pattern === undefined ? "" : ` LIKE '${pattern.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;

export class CatalogNode implements Catalog {
  readonly #session: SessionCore;
  constructor(session: SessionCore) { this.#session = session; }

  async #rows(sql: string): Promise<(readonly Cell[])[]> {
    const { engine } = this.#session, rows: (readonly Cell[])[] = [];
    for await (const part of (await engine.execute(engine.sql(sql, { named: {}, positional: [], views: [] }), { signal: undefined })).batches) rows.push(...part);
    return rows;
  }
  async #text(sql: string): Promise<string> { return String((await this.#rows(sql))[0]?.[0]); }
  async #tables(what: "TABLES" | "VIEWS", database: string | undefined, pattern: string | undefined): Promise<CatalogTable[]> {
    const rows = await this.#rows(`SHOW ${what}${database === undefined ? "" : ` IN ${quoted(database)}`}${like(pattern)}`);
    return rows.map(([namespace, name, isTemporary]) => ({ name: String(name), namespace: String(namespace), isTemporary: isTemporary === true }));
  }
  #read(name: string): Relation { return { kind: "read_named_table", nameParts: nameParts(name), isStreaming: false }; }

  currentCatalog(): Promise<string> { return this.#text("SELECT current_catalog()"); }
  currentDatabase(): Promise<string> { return this.#text("SELECT current_schema()"); }
  async setCurrentDatabase(name: string): Promise<void> { await this.#rows(`USE ${quoted(name)}`); }
  async listDatabases(pattern?: string): Promise<string[]> { return (await this.#rows(`SHOW SCHEMAS${like(pattern)}`)).map(([name]) => String(name)); }
  async databaseExists(name: string): Promise<boolean> { return (await this.listDatabases()).some(other => other.toLowerCase() === name.toLowerCase()); }
  listTables(database?: string, pattern?: string): Promise<CatalogTable[]> { return this.#tables("TABLES", database, pattern); }
  listViews(database?: string, pattern?: string): Promise<CatalogTable[]> { return this.#tables("VIEWS", database, pattern); }

  async listColumns(table: string): Promise<CatalogColumn[]> {
    const { fields } = await this.#session.engine.analyze(this.#read(table));
    return fields.map(({ name, type, nullable, comment }) => ({ name, dataType: typeToSql(type).toLowerCase(), nullable, description: comment }));
  }

  async tableExists(name: string): Promise<boolean> {
    try {
      await this.#session.engine.analyze(this.#read(name));
      return true;
    } catch (error) {
      if (error instanceof AnalysisError && (error.condition === "TABLE_OR_VIEW_NOT_FOUND" || error.condition === "SCHEMA_NOT_FOUND")) return false;
      throw error;
    }
  }

  async listFunctions(pattern?: string): Promise<string[]> { return (await this.#rows(`SHOW FUNCTIONS${like(pattern)}`)).map(([name]) => String(name)); }
  async functionExists(name: string): Promise<boolean> {
    const wanted = nameParts(name).at(-1)!.toLowerCase();
    return (await this.listFunctions()).some(other => other.toLowerCase().split(".").at(-1) === wanted);
  }

  dropTempView(name: string): boolean { return this.#session.engine.dropView(nameParts(name)); }
  dropGlobalTempView(name: string): boolean { return this.#session.engine.dropView(["global_temp", ...nameParts(name)]); }
  async cacheTable(name: string): Promise<void> { await this.#rows(`CACHE LAZY TABLE ${quoted(name)}`); }
  async uncacheTable(name: string): Promise<void> { await this.#rows(`UNCACHE TABLE ${quoted(name)}`); }
  isCached(name: string): boolean {
    const { engine } = this.#session, plan = engine.view(nameParts(name)) ?? this.#read(name);
    return engine.cacheLevel(plan) !== undefined;
  }
  clearCache(): void { this.#session.engine.clearCache(); }
}
