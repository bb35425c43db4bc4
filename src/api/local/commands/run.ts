/**
 * Statements of a session, in the order in which they were given. What needs neither files nor a query is done at once; the
 * rest begins at once, and what is asked of the session afterwards waits for it.
 */
import { unresolvedRoutine } from "../../../analyze/errors.ts";
import { unsupported } from "../../../base/errors.ts";
import type { Command, Relation, Statement } from "../../../plan/relations.ts";
import type { Script } from "../../../plan/script.ts";
import type { SqlBindings } from "../../engine.ts";
import { bindParameters } from "../bindings.ts";
import type { LocalEngine } from "../local-engine.ts";
import { alterTable } from "./alter-table.ts";
import { analyzeTable, analyzeTables } from "./analyze-table.ts";
import { describeFunction, describeNamespace, describeQuery, describeRelation, explain } from "./describe.ts";
import { withNames } from "./names.ts";
import { alterNamespace, alterViewProperties, commentOn } from "./namespaces.ts";
import { deferred, NOTHING } from "./results.ts";
import { createFunction, createJavaFunction, dropFunction } from "./routines.ts";
import { createNamespace, dropNamespace, refresh, reset, set, setCatalog, use } from "./settings.ts";
import { showCollations, showColumns, showCreateTable, showCurrentNamespace, showFunctions, showNames, showPartitions, showProperties, showRelations, showTableExtended } from "./show.ts";
import { createTable, createTableLike, insertDirectory, truncateTable } from "./tables.ts";
import { insert, insertMany } from "./insert.ts";
import { declareVariable, dropVariable, executeImmediate, setVariables } from "./variables.ts";
import { alterView, cacheTable, createView, dropRelation, onRelation, renameRelation, uncacheTable } from "./views.ts";

export class StatementRunner {
  readonly #engine: LocalEngine;
  #pending: Promise<void> | undefined;
  readonly #scripts = new Set<AbortController>();

  constructor(engine: LocalEngine) { this.#engine = engine; }

  /** Settles when the statements so far have run, however they ended. */
  get ready(): Promise<void> { return this.#pending ?? Promise.resolve(); }

  /** The plan of a query, or of a statement's result. Throws what is wrong, if that is found at once. */
  statement(statement: Statement, bindings: SqlBindings): Relation {
    if (statement.kind === "query") return this.#query(statement.plan, bindings);
    if (statement.kind === "script") return this.#script(statement, bindings);
    if (this.#pending !== undefined && statement.kind !== "set") return this.#queue(this.#pending.then(() => this.#run(statement, bindings)));
    const result = this.#run(statement, bindings);
    return result instanceof Promise ? this.#queue(result) : result;
  }

  #query(plan: Relation, bindings: SqlBindings): Relation {
    return this.#bound(bindParameters(plan, bindings), bindings);
  }

  /** The plan with what names of the session stand for, and the frames that the text was given. */
  #bound(plan: Relation, { views }: SqlBindings): Relation {
    const bound = withNames(this.#engine, plan);
    return views.length === 0 ? bound : { kind: "with_cte", definitions: views.map(({ name, plan }) => ({ name, plan })), recursive: false, input: bound };
  }

  #queue(result: Promise<Relation>, cancel?: (reason: unknown) => void): Relation {
    let asked = false;
    const pending = result.then(() => undefined, (error: unknown) => {
      // Whoever waits for the statements before asking for this one's result gets it now.
      setImmediate(() => { if (!asked) this.#engine.world.warn(`A statement failed whose result nothing had asked for: ${error instanceof Error ? error.message : String(error)}`); });
    });
    this.#pending = pending;
    void pending.then(() => { if (this.#pending === pending) this.#pending = undefined; });
    return deferred(() => {
      asked = true;
      return result;
    }, cancel);
  }

  #script(script: Script, bindings: SqlBindings): Relation {
    const abort = new AbortController();
    this.#scripts.add(abort);
    const run = async (): Promise<Relation> => {
      try {
        const { runScript } = await import("../script/interpreter.ts");
        return await runScript(this.#engine, script, bindings, { run: (statement, own) => this.#run(statement, own), plan: (query, own) => this.#query(query, own) }, abort.signal);
      } finally {
        this.#scripts.delete(abort);
      }
    };
    return this.#queue(this.#pending === undefined ? run() : this.#pending.then(run), reason => abort.abort(reason));
  }

  /** Ends the scripts that run or wait. */
  cancelScripts(reason: unknown): void {
    for (const abort of this.#scripts) abort.abort(reason);
  }

  #run(statement: Statement, bindings: SqlBindings): Relation | Promise<Relation> {
    if (statement.kind === "query") return this.#query(statement.plan, bindings);
    const engine = this.#engine, command = bindCommand(statement, bindings), bound = (plan: Relation): Relation => this.#bound(plan, bindings);
    switch (command.kind) {
      case "create_view": return createView(engine, command, bound(command.plan));
      case "alter_view": return alterView(engine, command, bound(command.plan));
      case "drop_relation": return dropRelation(engine, command);
      case "rename_relation": return renameRelation(engine, command);
      case "on_relation": return onRelation(engine, command);
      case "declare_variable": return declareVariable(engine, command);
      case "set_variables": return setVariables(engine, command, Array.isArray(command.values) ? command.values : bound(command.values as Relation));
      case "drop_variable": return dropVariable(engine, command);
      case "execute_immediate": return executeImmediate(engine, command, (inner, own) => this.#run(inner, own));
      case "create_function": return createFunction(engine, command);
      case "create_java_function": return createJavaFunction(command);
      case "drop_function": return dropFunction(engine, command);
      case "set": return set(engine, command);
      case "reset": return reset(engine, command);
      case "explain": return explain(engine, command, this.#explained(command.statement, bindings));
      case "describe_query": return describeQuery(engine, command, bound(command.plan));
      case "describe_relation": return describeRelation(engine, command);
      case "describe_function": return describeFunction(engine, command);
      case "describe_namespace": return describeNamespace(engine, command);
      case "show_relations": return showRelations(engine, command);
      case "show_functions": return showFunctions(engine, command);
      case "show_columns": return showColumns(engine, command);
      case "show_namespaces": case "show_catalogs": return showNames(engine, command);
      case "show_current_namespace": return showCurrentNamespace(engine);
      case "show_properties": return showProperties(engine, command);
      case "show_create_table": return showCreateTable(engine, command);
      case "show_partitions": return showPartitions(engine, command);
      case "show_table_extended": return showTableExtended(engine, command);
      case "show_collations": return showCollations(command);
      case "call_procedure": throw unresolvedRoutine(command.name, [], command.origin);
      case "alter_table": return alterTable(engine, command);
      case "alter_view_properties": return alterViewProperties(engine, command);
      case "alter_namespace": return alterNamespace(engine, command);
      case "comment_on": return commentOn(engine, command);
      case "analyze_table": return analyzeTable(engine, command);
      case "analyze_tables": return analyzeTables(engine, command);
      case "create_table_like": return createTableLike(engine, command);
      case "use": return use(engine, command);
      case "set_catalog": return setCatalog(command);
      case "create_namespace": return createNamespace(engine, command);
      case "drop_namespace": return dropNamespace(engine, command);
      case "cache_table": return cacheTable(engine, command, command.plan === undefined ? undefined : bound(command.plan));
      case "uncache_table": return uncacheTable(engine, command);
      case "clear_cache": {
        engine.clearCache();
        return NOTHING;
      }
      case "refresh": return refresh(engine, command);
      case "create_table": return createTable(engine, command, command.query === undefined ? undefined : bound(command.query));
      case "insert": return insert(engine, command, bound(command.query));
      case "insert_many": return insertMany(engine, command.inserts, command.inserts.map(one => bound(one.query)));
      case "insert_directory": return insertDirectory(engine, command, bound(command.query));
      case "truncate_table": return truncateTable(engine, command);
      default: throw unsupported(`The statement ${(command as Command).kind}`);
    }
  }

  /** What EXPLAIN shows the plan of: a query, or the query in a statement. */
  #explained(statement: Statement, bindings: SqlBindings): Relation | undefined {
    if (statement.kind === "explain") return undefined;
    const plan = statement.kind === "insert" || statement.kind === "insert_directory" || statement.kind === "create_table" ? statement.query : "plan" in statement ? statement.plan : undefined;
    return plan === undefined ? undefined : this.#bound(plan, bindings);
  }
}

/** The values of parameters in all places of a command. */
const bindCommand = (command: Command, bindings: SqlBindings): Command => bindParameters(command as unknown as Relation, bindings) as unknown as Command;
