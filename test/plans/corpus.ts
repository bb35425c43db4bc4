/**
 * Analysis against the conformance corpus, without evaluating anything: the names and types of every result, and every
 * error that Spark finds while it analyses.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { analyze } from "../../src/analyze/analyzer.ts";
import type { AnalyzerContext, Catalog } from "../../src/analyze/context.ts";
import { MillraceError, unsupported } from "../../src/base/errors.ts";
import type { FunctionEntry } from "../../src/plan/function.ts";
import type { Relation, Statement } from "../../src/plan/relations.ts";
import { ResourceMissing } from "../../src/plan/resources.ts";
import { schemaOf, type ResolvedRelation } from "../../src/plan/resolved.ts";
import { parseExpression, parseStatement } from "../../src/sql/parser.ts";
import { quoteIfNeeded, typeToSql, type DataType, type StructType } from "../../src/types/data-type.ts";

export const GOLDEN = join(import.meta.dirname, "../corpus/conformance/golden");

export interface Case {
  readonly id: string;
  readonly sql: string;
  readonly conf: Readonly<Record<string, string>>;
  readonly schema?: string;
  readonly nullable?: readonly boolean[];
  readonly error?: string;
  readonly params?: Readonly<Record<string, string>>;
}

export interface Area { readonly name: string; readonly setup: readonly string[]; readonly cases: readonly Case[] }

export function areas(): readonly Area[] {
  return readdirSync(GOLDEN).filter(file => file.endsWith(".jsonl")).toSorted().map(file => {
    const lines = readFileSync(join(GOLDEN, file), "utf8").trim().split("\n").map(line => JSON.parse(line) as Case & { setup?: string[] });
    return { name: file.replace(".jsonl", ""), setup: lines[0]?.setup ?? [], cases: lines.filter(line => line.setup === undefined) };
  });
}

/** Temporary views by name, and the settings of one case: what a session is to the analyser. */
export class Views implements Catalog {
  readonly views = new Map<string, { readonly plan: Relation; readonly columnNames?: readonly string[] }>();

  lookupTable(nameParts: readonly string[]): ReturnType<Catalog["lookupTable"]> {
    const view = nameParts.length === 1 ? this.views.get(nameParts[0]!.toLowerCase()) : undefined;
    return view === undefined ? undefined : { kind: "view", ...view };
  }

  names(): Iterable<string> { return this.views.keys(); }

  run(statement: Statement): void {
    if (statement.kind === "create_view") this.views.set(statement.name.parts.at(-1)!.toLowerCase(), { plan: statement.plan, ...(statement.columns !== undefined && { columnNames: statement.columns.map(column => column.name) }) });
    if (statement.kind === "drop_relation") this.views.delete(statement.name.parts.at(-1)!.toLowerCase());
  }
}

export function contextFor(catalog: Catalog, conf: Readonly<Record<string, string>>, lookupFunction: (name: string) => FunctionEntry | undefined): AnalyzerContext {
  const settings = new Map(Object.entries(conf));
  return {
    settings: { timeZone: conf["spark.sql.session.timeZone"] ?? "UTC", ansi: conf["spark.sql.ansi.enabled"] !== "false", conf: settings },
    catalog, lookupFunction,
    resolveDataSource: read => { throw unsupported(`A file of ${read.format} in a test of plans`); },
    parseExpression: sql => parseExpression(sql, { conf: settings, timeZone: conf["spark.sql.session.timeZone"] ?? "UTC" }),
  };
}

/** The text of a schema as the golden files have it: no nullability. */
export function schemaText(schema: StructType): string {
  return schema.fields.map(field => `${quoteIfNeeded(field.name)} ${typeText(field.type)}`).join(",");
}

function typeText(type: DataType): string {
  return typeToSql(type).replaceAll(" NOT NULL", "");
}

export type Outcome =
  | { readonly kind: "schema"; readonly schema: string; readonly nullable: readonly boolean[]; readonly plan: ResolvedRelation }
  | { readonly kind: "error"; readonly condition: string; readonly error: unknown }
  | { readonly kind: "command" }
  /** It can't be analysed without something from outside, which nobody fetches here: code that is loaded when it is named. */
  | { readonly kind: "waiting"; readonly key: string };

export function analyseCase(sql: string, views: Views, context: AnalyzerContext): Outcome {
  try {
    const statement = parseStatement(sql, { conf: conf(context), timeZone: context.settings.timeZone });
    if (statement.kind !== "query") {
      if (statement.kind === "create_view") analyze(statement.plan, context);
      views.run(statement);
      return { kind: "command" };
    }
    const plan = analyze(statement.plan, context), schema = schemaOf(plan);
    return { kind: "schema", schema: schemaText(schema), nullable: schema.fields.map(f => f.nullable), plan };
  } catch (error) {
    if (error instanceof ResourceMissing) return { kind: "waiting", key: error.key };
    return { kind: "error", condition: error instanceof MillraceError ? error.condition : error instanceof Error ? `${error.name}: ${error.message}` : String(error), error };
  }
}

const conf = (context: AnalyzerContext): ReadonlyMap<string, string> => context.settings.conf as ReadonlyMap<string, string>;
