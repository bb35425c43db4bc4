/** The views of a scenario: its sources, tables and the steps that SQL can't say, as relations. */
import type { LocalEngine } from "../../src/api/local/local-engine.ts";
import { MemoryTable } from "../../src/connectors/memory/memory-source.ts";
import type { Relation } from "../../src/plan/relations.ts";
import { parseSchemaDdl } from "../../src/sql/parser.ts";
import { decode } from "./cells.ts";
import { program, type ProgramOp } from "./programs.ts";
import type { Scenario, ScenarioOp } from "./scenario-format.ts";
import type { ConformanceSession } from "./world.ts";

/** Makes the views of sources and static tables; gives the streams to add to. */
export function createSources(engine: LocalEngine, scenario: Scenario): Map<string, MemoryTable> {
  const tables = new Map<string, MemoryTable>();
  for (const [name, { schema, watermark }] of Object.entries(scenario.sources)) {
    const table = new MemoryTable(name, parseSchemaDdl(schema));
    tables.set(name, table);
    const plan: Relation = { kind: "read_data_source", format: "memory", schema: table.schema, options: {}, paths: [], isStreaming: true, source: table };
    engine.createView([name], watermark === undefined ? plan : watermarked(plan, watermark.column, watermark.delay), true);
  }
  for (const [name, { schema, rows }] of Object.entries(scenario.static ?? {})) {
    const type = parseSchemaDdl(schema);
    engine.createView([name], { kind: "local_relation", schema: type, rows: rows.map(row => row.map((value, i) => decode(value, type.fields[i]!.type))) }, true);
  }
  return tables;
}

/** Makes the views of the steps before the query. */
export function createOpViews({ engine, session }: ConformanceSession, { ops = [], outputMode }: Scenario): void {
  for (const op of ops) {
    const input: Relation = { kind: "read_named_table", nameParts: [(op["input"] as string | undefined) ?? "input"], isStreaming: false };
    if (kindOf(op) === "statefulProgram") program(session, op as unknown as ProgramOp, outputMode).createOrReplaceTempView(op.as);
    else engine.createView([op.as], relationOf(engine, op, input), true);
  }
}

function relationOf(engine: LocalEngine, op: ScenarioOp, input: Relation): Relation {
  const kind = kindOf(op);
  switch (kind) {
    case "sql": return engine.sql(op["sql"] as string, { named: {}, positional: [], views: [] });
    case "withWatermark": return watermarked(input, op["column"] as string, op["delay"] as string);
    case "dropDuplicates": case "dropDuplicatesWithinWatermark": {
      const columns = op["columns"] as string[] | undefined;
      return { kind: "deduplicate", input, withinWatermark: kind === "dropDuplicatesWithinWatermark", ...(columns && { columnNames: columns }) };
    }
    default: throw new Error(`the step ${kind} is not supported`);
  }
}

export function kindOf(op: ScenarioOp): string | undefined {
  return op.op ?? ["sql", "withWatermark", "dropDuplicates", "dropDuplicatesWithinWatermark", "statefulProgram"].find(name => name in op);
}

function watermarked(input: Relation, column: string, delay: string): Relation {
  return { kind: "with_watermark", input, eventTime: { kind: "unresolved_attribute", nameParts: [column] }, delayThreshold: delay };
}
