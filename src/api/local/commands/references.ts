/** What a body of SQL names: views and functions are checked by it, and a view's query keeps what its names meant. */
import { analyze } from "../../../analyze/analyzer.ts";
import { fail, quoteParts } from "../../../analyze/errors.ts";
import { AnalysisError } from "../../../base/errors.ts";
import type { NameHome, Relation } from "../../../plan/relations.ts";
import type { LocalEngine } from "../local-engine.ts";

export interface References { readonly tables: readonly (readonly string[])[]; readonly functions: readonly string[]; readonly columns: readonly (readonly string[])[] }

const isPlain = (node: unknown): node is object => typeof node === "object" && node !== null && Object.getPrototypeOf(node) === Object.prototype;

/** Names of tables (but those of WITH), functions and columns, in the order in which they stand. */
export function namesIn(body: unknown): References {
  const tables: (readonly string[])[] = [], functions: string[] = [], columns: (readonly string[])[] = [];
  const look = (node: unknown, known: ReadonlySet<string>): void => {
    if (Array.isArray(node)) return node.forEach(item => look(item, known));
    if (!isPlain(node)) return;
    const { kind, name, nameParts } = node as { readonly kind?: unknown; readonly name?: unknown; readonly nameParts?: readonly string[] };
    if ((kind === "unresolved_function" || kind === "table_function") && typeof name === "string") functions.push(name);
    if (kind === "unresolved_attribute") columns.push(nameParts!);
    if (kind === "read_named_table" && !(nameParts!.length === 1 && known.has(nameParts![0]!.toLowerCase()))) tables.push(nameParts!);
    if (kind === "with_cte") {
      const { definitions, recursive, input } = node as Extract<Relation, { kind: "with_cte" }>, inner = new Set(known);
      for (const definition of definitions) {
        if (recursive) inner.add(definition.name.toLowerCase());
        look(definition.plan, new Set(inner));
        inner.add(definition.name.toLowerCase());
      }
      return look(input, inner);
    }
    for (const [key, value] of Object.entries(node)) if (key !== "origin") look(value, known);
  };
  look(body, new Set());
  return { tables, functions, columns };
}

/** What names of a query mean now. */
export function homeOf({ catalog }: LocalEngine, plan: Relation): NameHome {
  const temporary = namesIn(plan).tables.filter(parts => catalog.isTemporaryView(parts)).map(parts => parts.join(".").toLowerCase());
  return { schema: catalog.currentSchema, temporary: [...new Set(temporary)] };
}

/** A query whose names keep their meaning. */
export function atHome<T extends Relation>(plan: T, home: NameHome): T {
  const replace = (node: unknown): unknown => {
    if (Array.isArray(node)) {
      const list = node.map(replace);
      return list.some((item, i) => item !== node[i]) ? list : node;
    }
    if (!isPlain(node)) return node;
    const { kind } = node as { readonly kind?: unknown };
    if (kind === "local_relation" || kind === "literal" || kind === "read_data_source") return node;
    let changed: Record<string, unknown> | undefined = kind === "read_named_table" && !("home" in node) ? { ...node, home } : undefined;
    for (const [key, value] of Object.entries(node)) {
      if (key === "origin" || key === "type" || key === "schema" || key === "home") continue;
      const next = replace(value);
      if (next !== value) (changed ??= { ...node })[key] = next;
    }
    return changed === undefined ? node : Object.freeze(changed);
  };
  return replace(plan) as T;
}

/** What stays can't be made of what goes with the session. @throws AnalysisError INVALID_TEMP_OBJ_REFERENCE */
export function refuseTemporary(engine: LocalEngine, body: unknown, obj: "VIEW" | "FUNCTION", name: readonly string[]): void {
  const { catalog } = engine, { tables, functions, columns } = namesIn(body);
  const refuse = (tempObj: string, parts: readonly string[]): never => {
    const objName = quoteParts(name), tempObjName = quoteParts(parts);
    throw fail("INVALID_TEMP_OBJ_REFERENCE", "42K0F", `Cannot create the persistent object ${objName} of the type ${obj} because it references to the temporary object ${tempObjName} of the type ${tempObj}. Please make the temporary object ${tempObjName} persistent, or make the persistent object ${objName} temporary.`, { obj, objName, tempObj, tempObjName });
  };
  const called = functions.find(one => catalog.lookupRoutine(one.split("."))?.isTemporary === true), view = tables.find(one => catalog.isTemporaryView(one));
  if (obj === "FUNCTION" && called !== undefined) refuse("FUNCTION", called.split("."));
  if (view !== undefined) refuse("VIEW", view);
  if (called !== undefined) refuse("FUNCTION", called.split("."));
  if (obj !== "VIEW" || catalog.variables.size === 0) return;
  const variable = columns.find(parts => catalog.lookupVariable(parts) !== undefined);
  if (variable !== undefined && !standsWithoutVariables(engine, body as Relation)) refuse("VARIABLE", variable);
}

/** Whether all names of a query are of columns, although some are of variables too. */
function standsWithoutVariables(engine: LocalEngine, plan: Relation): boolean {
  const { lookupVariable: _, ...context } = engine.analyzerContext();
  try {
    analyze(plan, context);
    return true;
  } catch (error) {
    return !(error instanceof AnalysisError && error.condition.startsWith("UNRESOLVED_COLUMN"));
  }
}
