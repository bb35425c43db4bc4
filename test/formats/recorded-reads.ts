/** Reads texts that Spark was given as files with the same options and schemas: what comes out is compared with Spark's answers. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { seededRandom } from "../../src/base/clock.ts";
import { MillraceError } from "../../src/base/errors.ts";
import { nodeFiles } from "../../src/base/files.ts";
import { rowsOf } from "../../src/columns/cells.ts";
import type { ConnectorEnvironment } from "../../src/connectors/environment.ts";
import { openTable } from "../../src/connectors/registry.ts";
import { ManualClock } from "../../src/testing/manual-clock.ts";
import type { Cell } from "../../src/types/cell.ts";
import type { DataType } from "../../src/types/data-type.ts";
import { parseSchemaDdl } from "../../src/types/ddl.ts";

export type Failure = { readonly error: string };
export type Rows = { readonly schema: readonly (readonly [string, string])[]; readonly rows: readonly (readonly (string | null)[])[] };
export interface Reading { readonly name: string; readonly options: Readonly<Record<string, string>>; readonly schema: string | null; readonly answer: Rows | Failure }

/** `recorded`: seconds since the epoch at which Spark was asked. `typeText`, `cellText`: how the answers show types and values. */
export interface RecordedReads {
  readonly format: string;
  readonly recorded: number;
  readonly texts: Readonly<Record<string, { readonly text?: string; readonly base64?: string }>>;
  readonly typeText: (type: DataType) => string;
  readonly cellText: (type: DataType, cell: Exclude<Cell, null>) => string;
}

/** A folder that goes with the tests, and what reads the texts in it. */
export function recordedReads({ format, recorded, texts, typeText, cellText }: RecordedReads): { readonly folder: string; readonly answerOf: (reading: Reading) => Promise<Rows | Failure> } {
  const folder = mkdtempSync(join(tmpdir(), `millrace-${format}-`));
  after(() => rmSync(folder, { recursive: true, force: true }));
  const paths = new Map(Object.entries(texts).map(([name, { text, base64 }], i) => {
    const path = join(folder, `${i}.${format}`);
    writeFileSync(path, base64 === undefined ? text! : Buffer.from(base64, "base64"));
    return [name, path];
  }));
  const environment: ConnectorEnvironment = { clock: new ManualClock(recorded * 1_000_000), random: seededRandom(1), files: nodeFiles, timeZone: "UTC", print: () => {}, warn: () => {}, renderTable: () => "" };
  const answerOf = async ({ name, options, schema }: Reading): Promise<Rows | Failure> => {
    try {
      const table = await openTable({ kind: "read_data_source", format, options, paths: [paths.get(name)!], isStreaming: false, ...(schema !== null && { schema: parseSchemaDdl(schema) }) }, environment);
      const { fields } = table.schema, reader = table.batch!(), rows: (string | null)[][] = [];
      try {
        for (const split of await reader.planBatch()) {
          await reader.read(split, { columns: fields.map(field => field.name), signal: new AbortController().signal }, {
            badRecord: () => {},
            push: batch => {
              for (const row of rowsOf(batch)) rows.push(row.map((cell, i) => (cell === null ? null : cellText(fields[i]!.type, cell))));
              return true;
            },
          });
        }
      } finally {
        reader.close?.();
      }
      return { schema: fields.map(field => [field.name, typeText(field.type)]), rows };
    } catch (error) {
      if (!(error instanceof MillraceError)) throw error;
      return { error: error.condition };
    }
  };
  return { folder, answerOf };
}
