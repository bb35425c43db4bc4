/**
 * Schemas that were inferred when a query first started. They are kept with its checkpoint, so that a restart doesn't
 * infer others from whatever files are there then.
 */
import type { Clock } from "../../base/clock.ts";
import type { Files } from "../../base/files.ts";
import { readCheckpoint } from "../../checkpoint/inspect.ts";
import type { Json } from "../../checkpoint/types.ts";
import { isTable } from "../../connectors/registry.ts";
import type { Table } from "../../io/source.ts";
import type { ReadDataSource } from "../../plan/relations.ts";
import { quoteIdentifier, typeToSql, type StructType } from "../../types/data-type.ts";
import { parseSchemaDdl } from "../../types/ddl.ts";

/** By what names the source in the query. */
export type RecordedSchemas = ReadonlyMap<string, StructType>;

/** The constant of a checkpoint that holds them: DDL by source. */
export const INFERRED_SCHEMAS = "inferredSchemas";

/** What a checkpoint recorded; undefined if there is none yet. Throws MILLRACE_CHECKPOINT_CORRUPT. */
export async function recordedSchemas(files: Files, checkpointPath: string, clock: Clock): Promise<RecordedSchemas | undefined> {
  const reading = await readCheckpoint(files, checkpointPath, clock);
  if (reading === undefined) return undefined;
  const recorded = (reading.constants[INFERRED_SCHEMAS] ?? {}) as Readonly<Record<string, string>>;
  return new Map(Object.entries(recorded).map(([source, ddl]) => [source, parseSchemaDdl(ddl)]));
}

/** The name under which a source's schema is recorded; undefined for one whose schema can't be inferred. */
export function recordedName(read: ReadDataSource): string | undefined {
  if (!read.isStreaming || read.schema !== undefined || read.source !== undefined && isTable(read.source)) return undefined;
  return JSON.stringify([read.format.toLowerCase(), ...read.paths, ...["path", "table"].flatMap(option => read.options[option] ?? [])]);
}

/** What a new checkpoint records. */
export function schemasToRecord(tables: Iterable<readonly [ReadDataSource, Table]>): Readonly<Record<string, Json>> {
  const schemas: Record<string, string> = {};
  for (const [read, table] of tables) {
    const name = recordedName(read);
    if (name !== undefined && table.schemaIsInferred === true) schemas[name] = table.schema.fields.map(({ name, type, nullable }) => `${quoteIdentifier(name)} ${typeToSql(type)}${nullable ? "" : " NOT NULL"}`).join(", ");
  }
  return schemas;
}
