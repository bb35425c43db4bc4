/**
 * Runs a script: one statement after another, in blocks with variables of their own. A script's result is that of its last query;
 * commands have none. An error goes to the innermost handler for it: one of EXIT ends the block that declares it, one of CONTINUE goes
 * on behind the statement that failed. What leaves the body of a handler ends the handler, and no more than that, as in Spark.
 */
import { fail, quoteParts } from "../../../analyze/errors.ts";
import { ExecutionError, MillraceError } from "../../../base/errors.ts";
import { evaluateConstant, isConstant } from "../../../eval/constant.ts";
import type { ExecuteImmediate } from "../../../plan/commands.ts";
import { alias, call, literal, type Expression } from "../../../plan/expressions.ts";
import type { Relation, Statement } from "../../../plan/relations.ts";
import type { ResolvedExpression } from "../../../plan/resolved.ts";
import type {
  CloseCursor, DeclareCursor, FetchCursor, OpenCursor, Script, ScriptBlock, ScriptBranch, ScriptCase, ScriptDeclare, ScriptFor, ScriptIf, ScriptRun, ScriptStatement,
} from "../../../plan/script.ts";
import type { Cell } from "../../../types/cell.ts";
import { field, struct, type DataType } from "../../../types/data-type.ts";
import type { SqlBindings } from "../../engine.ts";
import type { LocalEngine } from "../local-engine.ts";
import { constantResolver } from "../commands/names.ts";
import { NOTHING, settled } from "../commands/results.ts";
import { assignRow, boundArguments, declareIn, executeImmediate, setVariables, targetsOf } from "../commands/variables.ts";
import { checkScript } from "./check.ts";
import { Cursor, cursorExists, cursorNotFound, noMoreRows, RowReader } from "./cursor.ts";
import { ScriptScope } from "./scope.ts";

/** What the interpreter has of the runner of statements. */
export interface ScriptHost {
  run(statement: Statement, bindings: SqlBindings): Relation | Promise<Relation>;
  /** A query with its parameters and names in place. */
  plan(query: Relation, bindings: SqlBindings): Relation;
}

/** How a statement ends that does not simply end. */
type Flow = { readonly kind: "leave" | "iterate"; readonly label: string } | { readonly kind: "exit"; readonly scope: ScriptScope };

/** After so many statements others of the process have their turn: a loop of assignments alone waits for nothing. */
const TURN = 50;

export async function runScript(engine: LocalEngine, script: Script, bindings: SqlBindings, host: ScriptHost, signal: AbortSignal): Promise<Relation> {
  checkScript(script);
  const interpreter = new Interpreter(engine, bindings, host, signal);
  try {
    await interpreter.run(script.body);
  } catch (error) {
    throw signal.aborted ? new ExecutionError({ condition: "OPERATION_CANCELED", sqlState: "HY008", message: "Operation has been canceled.", cause: signal.reason }) : error;
  }
  return interpreter.result;
}

class Interpreter {
  /** Of the last query so far. */
  result: Relation = NOTHING;
  readonly #engine: LocalEngine;
  readonly #bindings: SqlBindings;
  readonly #host: ScriptHost;
  readonly #signal: AbortSignal;
  /** Errors that no handler is for. */
  readonly #unhandled = new WeakSet<MillraceError>();
  #statements = 0;

  constructor(engine: LocalEngine, bindings: SqlBindings, host: ScriptHost, signal: AbortSignal) {
    this.#engine = engine;
    this.#bindings = bindings;
    this.#host = host;
    this.#signal = signal;
  }

  async run(body: ScriptBlock): Promise<void> { await this.#block(body, undefined); }

  async #body(statements: readonly ScriptStatement[], scope: ScriptScope): Promise<Flow | undefined> {
    for (const statement of statements) {
      if (++this.#statements % TURN === 0) await new Promise(resolve => setImmediate(resolve));
      this.#signal.throwIfAborted();
      let flow: Flow | undefined;
      try {
        flow = await this.#statement(statement, scope);
      } catch (error) {
        if (!(error instanceof MillraceError) || this.#signal.aborted || this.#unhandled.has(error)) throw error;
        flow = await this.#handle(error, scope);
      }
      if (flow !== undefined) return flow;
    }
    return undefined;
  }

  async #handle(error: MillraceError, scope: ScriptScope): Promise<Flow | undefined> {
    const found = scope.handlerFor(error);
    if (found === undefined) {
      if (error.sqlState.startsWith("02")) return undefined;   // no more rows: not an error in itself
      this.#unhandled.add(error);
      throw error;
    }
    await this.#body(found.handler.body, ScriptScope.handler(found.scope));
    return found.handler.goesOn ? undefined : { kind: "exit", scope: found.scope };
  }

  async #statement(statement: ScriptStatement, scope: ScriptScope): Promise<Flow | undefined> {
    switch (statement.kind) {
      case "block": return await this.#block(statement, scope);
      case "if": return await this.#if(statement, scope);
      case "case": return await this.#case(statement, scope);
      case "while": return await this.#loop(statement, scope, () => this.#isTrue(statement.condition, statement.text, scope));
      case "loop": return await this.#loop(statement, scope, () => Promise.resolve(true));
      case "repeat": {
        let isFirst = true;
        return await this.#loop(statement, scope, async () => {
          if (!isFirst) return !await this.#isTrue(statement.condition, statement.text, scope);
          isFirst = false;
          return true;
        });
      }
      case "for": return await this.#for(statement, scope);
      case "leave": case "iterate": return { kind: statement.kind, label: statement.label };
      case "run": return await this.#run(statement, scope);
      case "declare": return await this.#declare(statement, scope);
      case "assign": {
        const { command } = statement, { values } = command;
        const bound = Array.isArray(values) ? values : this.#plan(values as Relation, scope);
        await this.#within(scope, () => setVariables(this.#engine, command, bound));
        return undefined;
      }
      case "declare_cursor": return this.#declareCursor(statement, scope);
      case "open_cursor": return await this.#open(statement, scope);
      case "fetch_cursor": return await this.#fetch(statement, scope);
      case "close_cursor": return await this.#close(statement, scope);
    }
  }

  /** Does something that knows the variables of a scope. */
  #within<T>(scope: ScriptScope | undefined, work: () => T): T { return this.#engine.catalog.locals.run(scope, work); }

  #plan(query: Relation, scope: ScriptScope): Relation { return this.#within(scope, () => this.#host.plan(query, this.#bindings)); }

  async #block(block: ScriptBlock, parent: ScriptScope | undefined): Promise<Flow | undefined> {
    const scope = ScriptScope.block(parent, block.label, block.handlers);
    try {
      const flow = await this.#body(block.statements, scope);
      const endsHere = flow?.kind === "exit" ? flow.scope === scope : flow?.kind === "leave" && flow.label === block.label;
      return endsHere ? undefined : flow;
    } finally {
      for (const cursor of scope.cursors.values()) await cursor.close();
    }
  }

  async #if({ branches, otherwise }: ScriptIf, scope: ScriptScope): Promise<Flow | undefined> {
    for (const { condition, text, body } of branches) if (await this.#isTrue(condition, text, scope)) return await this.#body(body, scope);
    return await this.#body(otherwise, scope);
  }

  async #case({ subject, branches, otherwise }: ScriptCase, scope: ScriptScope): Promise<Flow | undefined> {
    let is = ({ condition, text }: ScriptBranch): Promise<boolean> => this.#isTrue(condition, text, scope);
    if (subject !== undefined) {
      const { value, type } = await this.#value(subject, scope), known = literal(value, type, subject.origin);
      is = ({ condition, text }) => this.#isTrue(call("=", [known, condition], condition.origin), text, scope);
    }
    for (const branch of branches) if (await is(branch)) return await this.#body(branch.body, scope);
    return await this.#body(otherwise, scope);
  }

  async #loop({ label, body }: { readonly label?: string; readonly body: readonly ScriptStatement[] }, scope: ScriptScope, goesOn: () => Promise<boolean>): Promise<Flow | undefined> {
    while (await goesOn()) {
      this.#signal.throwIfAborted();
      const flow = await this.#body(body, scope);
      if (flow === undefined) continue;
      if (flow.kind === "exit" || flow.label !== label) return flow;
      if (flow.kind === "leave") return undefined;
    }
    return undefined;
  }

  async #for(loop: ScriptFor, parent: ScriptScope): Promise<Flow | undefined> {
    const plan = this.#plan(loop.query, parent), rows = await this.#within(parent, async () => new RowReader(await this.#engine.executeNow(plan, { signal: this.#signal })));
    const { fields } = rows.schema, scope = ScriptScope.block(parent, loop.variable);
    try {
      return await this.#loop(loop, scope, async () => {
        const row = await this.#within(parent, () => rows.next());
        if (row === undefined) return false;
        scope.variables.clear();
        fields.forEach(({ name, type }, i) => {
          const key = name.toLowerCase();
          if (scope.variables.has(key)) throw variableExists(loop.variable === undefined ? [name] : [loop.variable, name]);
          scope.variables.set(key, { name, type, value: row[i]!, otherwise: undefined, otherwiseSql: "NULL" });
        });
        return true;
      });
    } finally {
      await rows.close();
    }
  }

  async #run({ statement }: ScriptRun, scope: ScriptScope): Promise<undefined> {
    if (statement.kind === "query") this.result = await this.#rows(statement.plan, this.#bindings, scope);
    else if (statement.kind === "execute_immediate") await this.#within(scope, () => this.#immediate(statement));
    else await this.#within(scope, async () => await settled(await this.#host.run(statement, this.#bindings)));
    return undefined;
  }

  /** The rows of a query, all of them. */
  #rows(query: Relation, bindings: SqlBindings, scope: ScriptScope | undefined): Promise<Relation> {
    return this.#within(scope, async (): Promise<Relation> => {
      const { schema, rows } = await this.#engine.collect(this.#host.plan(query, bindings), this.#signal);
      return { kind: "local_relation", schema, rows };
    });
  }

  /** The text of EXECUTE IMMEDIATE sees no variables of the script; what it is given may name them. */
  async #immediate(command: ExecuteImmediate): Promise<void> {
    let isQuery = false;
    const result = await executeImmediate(this.#engine, command, (inner, bindings) => {
      isQuery = inner.kind === "query";
      return inner.kind === "query" ? this.#rows(inner.plan, bindings, undefined) : this.#within(undefined, async () => await settled(await this.#host.run(inner, bindings)));
    });
    if (isQuery && command.into === undefined) this.result = result;
  }

  async #declare({ command }: ScriptDeclare, scope: ScriptScope): Promise<undefined> {
    const [name] = command.names, varName = quoteParts(name!);
    const wrong = (sub: string, text: string): Error => fail(`INVALID_VARIABLE_DECLARATION.${sub}`, "42K0M", `Invalid variable declaration. The variable ${varName} ${text}`, { varName }, command.origin);
    if (command.names.some(parts => parts.length > 1)) throw wrong("QUALIFIED_LOCAL_VARIABLE", "must be declared without a qualifier, as qualifiers are not allowed for local variable declarations.");
    if (command.replace) throw wrong("REPLACE_LOCAL_VARIABLE", "does not support DECLARE OR REPLACE, as local variables cannot be replaced.");
    await this.#within(scope, () => declareIn(this.#engine, command, scope.variables, command.names.map(parts => parts[0]!), scope.label === undefined ? [] : [scope.label]));
    return undefined;
  }

  #declareCursor({ name, query }: DeclareCursor, scope: ScriptScope): undefined {
    const key = name.toLowerCase();
    if (scope.cursors.has(key)) throw cursorExists(quoteParts([name]));
    scope.cursors.set(key, new Cursor(name, query));
    return undefined;
  }

  #cursor(parts: readonly string[], scope: ScriptScope): Cursor {
    const found = scope.cursor(parts);
    if (found === undefined) throw cursorNotFound(parts.join("."));
    return found;
  }

  async #open({ name, using }: OpenCursor, scope: ScriptScope): Promise<undefined> {
    const cursor = this.#cursor(name, scope);
    cursor.checkClosed(quoteParts(name));
    cursor.open(await this.#within(scope, async () => {
      const bindings = using.length === 0 ? this.#bindings : boundArguments(this.#engine, using, cursor.query);
      return await this.#engine.executeNow(this.#host.plan(cursor.query, bindings), { signal: this.#signal });
    }));
    return undefined;
  }

  async #fetch({ name, into, intoOrigins }: FetchCursor, scope: ScriptScope): Promise<undefined> {
    const shown = quoteParts(name), reader = this.#cursor(name, scope).reader(shown), { fields } = reader.schema;
    await this.#within(scope, async () => {
      const targets = targetsOf(this.#engine, into, intoOrigins), row = await reader.next();
      if (row === undefined) throw noMoreRows(shown);
      // One variable of a STRUCT takes a whole row of several columns.
      const isWhole = targets.length === 1 && targets[0]!.variable.type.kind === "struct" && fields.length > 1;
      const schema = isWhole ? struct([field("row", reader.schema, false)]) : reader.schema;
      await assignRow(this.#engine, { kind: "local_relation", schema, rows: [isWhole ? [row] : row] }, targets);
    });
    return undefined;
  }

  async #close({ name }: CloseCursor, scope: ScriptScope): Promise<undefined> {
    const cursor = this.#cursor(name, scope);
    cursor.reader(quoteParts(name));
    await cursor.close();
    return undefined;
  }

  /** Whether a condition is true; NULL is not. @throws ExecutionError INVALID_BOOLEAN_STATEMENT */
  async #isTrue(condition: Expression, text: string, scope: ScriptScope): Promise<boolean> {
    const check = (type: DataType): void => {
      if (type.kind === "boolean") return;
      const invalidStatement = text.toUpperCase();
      throw new ExecutionError({ condition: "INVALID_BOOLEAN_STATEMENT", sqlState: "22546", message: `Boolean statement is expected in the condition, but ${invalidStatement} was found.`, messageParameters: { invalidStatement } });
    };
    return (await this.#value(condition, scope, check)).value === true;
  }

  /** The value of an expression: at once where it needs no rows. `check`: of its type, before it is worked out. */
  #value(expression: Expression, scope: ScriptScope, check?: (type: DataType) => void): Promise<{ readonly value: Cell; readonly type: DataType }> {
    return this.#within(scope, async () => {
      const engine = this.#engine, plan = this.#host.plan({ kind: "project", input: { kind: "one_row" }, expressions: [alias(expression, "value")] }, this.#bindings);
      const bound = plan.kind === "project" ? plan.expressions[0]! : undefined, constant = bound?.kind === "alias" ? this.#constant(bound.child) : undefined;
      if (constant !== undefined) {
        check?.(constant.type);
        return { value: evaluateConstant(constant, engine.sqlSettings, BigInt(Math.round(engine.clock.nowMicros()))), type: constant.type };
      }
      const rows = new RowReader(await engine.executeNow(plan, { signal: this.#signal })), { type } = rows.schema.fields[0]!;
      try {
        check?.(type);
        return { value: (await rows.next())![0]!, type };
      } finally {
        await rows.close();
      }
    });
  }

  /** An expression that is constant, resolved; undefined if it must be run as a query. */
  #constant(expression: Expression): ResolvedExpression | undefined {
    try {
      const resolved = constantResolver(this.#engine).resolve(expression);
      return isConstant(resolved) ? resolved : undefined;
    } catch (error) {
      if (error instanceof MillraceError && error.condition === "MILLRACE_UNSUPPORTED") return undefined;   // a subquery
      throw error;
    }
  }
}

function variableExists(parts: readonly string[]): MillraceError {
  const variableName = quoteParts(parts);
  return fail("VARIABLE_ALREADY_EXISTS", "42723", `Cannot create the variable ${variableName} because it already exists.\nChoose a different name, or drop or replace the existing variable.`, { variableName });
}
