/** Temporary views of a session, and the tables that are always there. Names are compared without regard to case. */
import { AnalysisError } from "../../base/errors.ts";
import type { Catalog, CatalogEntry } from "../../analyze/context.ts";
import type { ReadDataSource, Relation } from "../../plan/relations.ts";

/** `FROM STREAM stdin`: the program's standard input. */
const STANDARD_INPUT: ReadDataSource = { kind: "read_data_source", format: "stdin", options: {}, paths: [], isStreaming: true };
const TELEMETRY: ReadDataSource = { kind: "read_data_source", format: "telemetry", options: {}, paths: [], isStreaming: true };

export interface View { readonly name: string; readonly plan: Relation; readonly columnNames?: readonly string[] }

export class SessionCatalog implements Catalog {
  readonly #views = new Map<string, View>();
  /** A schema that the command line gives for standard input. */
  standardInput: ReadDataSource = STANDARD_INPUT;

  lookupTable(nameParts: readonly string[], _streaming: boolean): CatalogEntry | undefined {
    const view = this.view(nameParts);
    if (view !== undefined) return { kind: "view", plan: view.plan, ...(view.columnNames && { columnNames: view.columnNames }) };
    if (nameParts.length === 1 && nameParts[0]!.toLowerCase() === "stdin") return { kind: "view", plan: this.standardInput };
    if (nameParts.length === 1 && nameParts[0]!.toLowerCase() === "telemetry") return { kind: "view", plan: TELEMETRY };
    return undefined;
  }

  names(): string[] { return [...[...this.#views.values()].map(view => view.name), "stdin", "telemetry"]; }
  views(): readonly View[] { return [...this.#views.values()]; }

  view(nameParts: readonly string[]): View | undefined { return nameParts.length === 1 ? this.#views.get(nameParts[0]!.toLowerCase()) : undefined; }

  create(nameParts: readonly string[], plan: Relation, replace: boolean, columnNames?: readonly string[]): void {
    const name = nameParts.at(-1)!;
    if (!replace && this.#views.has(name.toLowerCase())) throw new AnalysisError({
      condition: "TEMP_TABLE_OR_VIEW_ALREADY_EXISTS", sqlState: "42P07",
      message: `Cannot create the temporary view \`${name}\` because it already exists.\nChoose a different name, drop or replace the existing view, or add the IF NOT EXISTS clause to tolerate pre-existing views.`,
      messageParameters: { relationName: `\`${name}\`` },
    });
    this.#views.set(name.toLowerCase(), { name, plan, ...(columnNames && { columnNames }) });
  }

  drop(nameParts: readonly string[]): boolean { return this.#views.delete(nameParts.at(-1)!.toLowerCase()); }
}
