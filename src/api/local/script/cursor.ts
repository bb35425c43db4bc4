/** A cursor of a script: a query that gives its rows one at a time. */
import { AnalysisError, ExecutionError } from "../../../base/errors.ts";
import type { Relation } from "../../../plan/relations.ts";
import type { Cell } from "../../../types/cell.ts";
import type { StructType } from "../../../types/data-type.ts";
import type { QueryResult } from "../../engine.ts";

/** The rows of a query, read as they are asked for. */
export class RowReader {
  readonly schema: StructType;
  readonly #batches: AsyncIterator<readonly (readonly Cell[])[]>;
  #rows: readonly (readonly Cell[])[] = [];
  #next = 0;

  constructor({ schema, batches }: QueryResult) {
    this.schema = schema;
    this.#batches = batches[Symbol.asyncIterator]();
  }

  async next(): Promise<readonly Cell[] | undefined> {
    while (this.#next >= this.#rows.length) {
      const { done, value } = await this.#batches.next();
      if (done === true) return undefined;
      this.#rows = value;
      this.#next = 0;
    }
    return this.#rows[this.#next++];
  }

  async close(): Promise<void> { await this.#batches.return?.(); }
}

export class Cursor {
  readonly name: string;
  readonly query: Relation;
  #reader: RowReader | undefined;

  constructor(name: string, query: Relation) {
    this.name = name;
    this.query = query;
  }

  get isOpen(): boolean { return this.#reader !== undefined; }

  open(result: QueryResult): void { this.#reader = new RowReader(result); }

  /** @throws ExecutionError CURSOR_ALREADY_OPEN */
  checkClosed(shown: string): void {
    if (this.isOpen) throw new ExecutionError({ condition: "CURSOR_ALREADY_OPEN", sqlState: "24502", message: `Cannot open cursor ${shown} because it is already open.`, messageParameters: { cursorName: shown } });
  }

  /** @throws ExecutionError CURSOR_NOT_OPEN */
  reader(shown: string): RowReader {
    if (this.#reader !== undefined) return this.#reader;
    throw new ExecutionError({ condition: "CURSOR_NOT_OPEN", sqlState: "24501", message: `Cannot fetch from or close cursor ${shown} because it is not open.`, messageParameters: { cursorName: shown } });
  }

  async close(): Promise<void> {
    const reader = this.#reader;
    this.#reader = undefined;
    await reader?.close();
  }
}

export const noMoreRows = (cursorName: string): ExecutionError =>
  new ExecutionError({ condition: "CURSOR_NO_MORE_ROWS", sqlState: "02000", message: `No more rows available to fetch from cursor ${cursorName}.`, messageParameters: { cursorName } });

export const cursorNotFound = (name: string): AnalysisError =>
  new AnalysisError({ condition: "CURSOR_NOT_FOUND", sqlState: "42883", message: `Cursor ${name} not found in the current scope.`, messageParameters: { cursorName: name } });

export const cursorExists = (cursorName: string): AnalysisError =>
  new AnalysisError({ condition: "CURSOR_ALREADY_EXISTS", sqlState: "42723", message: `Cannot declare cursor ${cursorName} because it already exists in the current scope.`, messageParameters: { cursorName } });
