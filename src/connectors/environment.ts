/** The world as connectors see it; handed in, so that tests own it. */
import type { Clock, Random } from "../base/clock.ts";
import type { Files } from "../base/files.ts";
import type { Cell } from "../types/cell.ts";
import type { StructType } from "../types/data-type.ts";
import type { SharedReads } from "./shared-reads.ts";

export interface ConnectorEnvironment {
  /** What queries of the session have read and others will want. */
  readonly sharedReads?: SharedReads;
  readonly clock: Clock;
  readonly random: Random;
  readonly files: Files;
  readonly timeZone: string;
  /** Settings of the session by their names. */
  readonly setting?: (name: string) => string | undefined;
  /** Standard output. */
  readonly print: (text: string) => void;
  /** A line for the person who runs the program. */
  readonly warn: (text: string) => void;
  /** Rows as a table of text, as show() prints it. */
  readonly renderTable: (schema: StructType, rows: readonly (readonly Cell[])[], options: { readonly numRows: number; readonly truncate: number }) => string;
}
