/** Session variables, and EXECUTE IMMEDIATE. */
import { fail, quoteParts, SEARCH_PATH } from "../../../analyze/errors.ts";
import { hasAggregate, hasGenerator, hasWindow } from "../../../analyze/expressions.ts";
import { displayName } from "../../../analyze/names.ts";
import { coerce } from "../../../analyze/build.ts";
import { ExecutionError } from "../../../base/errors.ts";
import { evaluateConstant, isConstant } from "../../../eval/constant.ts";
import type { DeclareVariable, DropVariable, ExecuteImmediate, SetVariables } from "../../../plan/commands.ts";
import { alias, literal, type Expression } from "../../../plan/expressions.ts";
import type { Relation, Statement } from "../../../plan/relations.ts";
import { parseStatement } from "../../../sql/parser.ts";
import type { Cell } from "../../../types/cell.ts";
import { VOID, type DataType } from "../../../types/data-type.ts";
import type { SqlBindings } from "../../engine.ts";
import { textOf } from "../bindings.ts";
import type { FoundVariable, StoredVariable } from "../catalog.ts";
import type { LocalEngine } from "../local-engine.ts";
import { constantResolver } from "./names.ts";
import { NOTHING } from "./results.ts";

const isSession = (qualifier: readonly string[]): boolean => ["", "session", "system.session"].includes(qualifier.join(".").toLowerCase());

function variableName(parts: readonly string[]): string {
  if (isSession(parts.slice(0, -1))) return parts.at(-1)!;
  throw fail("UNRESOLVED_VARIABLE", "42883", `Cannot resolve variable ${quoteParts(parts)} on search path [\`system\`.\`session\`].`, { variableName: quoteParts(parts), searchPath: "[`system`.`session`]" });
}

export function declareVariable(engine: LocalEngine, command: DeclareVariable): Relation | Promise<Relation> {
  return declareIn(engine, command, engine.catalog.variables, command.names.map(variableName), ["system", "session"]);
}

/** `qualifier`: what stands in front of the names in messages. */
export function declareIn(engine: LocalEngine, command: DeclareVariable, variables: Map<string, StoredVariable>, names: readonly string[], qualifier: readonly string[]): Relation | Promise<Relation> {
  const { otherwise } = command, lower = names.map(name => name.toLowerCase()), twice = names.find((_, i) => lower.indexOf(lower[i]!) !== i);
  if (twice !== undefined) throw fail("DUPLICATE_VARIABLE_NAME_INSIDE_DECLARE", "42734", `Found duplicate variable \`${twice}\` in the declare variable list. Please, remove one of them.`, { variableName: `\`${twice}\`` });
  for (const name of names) {
    if (!command.replace && variables.has(name.toLowerCase())) {
      const variableName = quoteParts([...qualifier, name]);
      throw fail("VARIABLE_ALREADY_EXISTS", "42723", `Cannot create the variable ${variableName} because it already exists.\nChoose a different name, or drop or replace the existing variable.`, { variableName });
    }
  }
  const put = (type: DataType, value: Cell): Relation => {
    for (const name of names) variables.set(name.toLowerCase(), { name, type, value, otherwise, otherwiseSql: command.otherwiseSql });
    return NOTHING;
  };
  if (otherwise === undefined) return put(command.type!, null);
  refuseSubquery(otherwise, quoteParts([...qualifier, names[0]!]), command.otherwiseSql);
  return valueOf(engine, otherwise, command.type, put, "CreateVariable");
}

function refuseSubquery(expression: Expression, colName: string, text: string): void {
  const look = (node: unknown): boolean => typeof node === "object" && node !== null && ((node as { kind?: unknown }).kind === "subquery" || Object.entries(node).some(([key, value]) => key !== "origin" && look(value)));
  if (!look(expression)) return;
  throw fail("INVALID_DEFAULT_VALUE.SUBQUERY_EXPRESSION", "42623", `Failed to execute DECLARE VARIABLE command because the destination column or variable ${colName} has a DEFAULT value ${text}, which contains subquery expressions.`, { statement: "DECLARE VARIABLE", colName, defaultValue: text });
}

/** An expression's value in a type, or its own type. What is constant is known at once. */
function valueOf(engine: LocalEngine, expression: Expression, type: DataType | undefined, put: (type: DataType, value: Cell) => Relation, operator: string): Relation | Promise<Relation> {
  const resolver = constantResolver(engine), resolved = resolver.resolve(type === undefined ? expression : Object.freeze({ kind: "cast", child: expression, to: type, evalMode: "default", origin: expression.origin }));
  if (hasAggregate(resolved) || hasWindow(resolved) || hasGenerator(resolved)) {
    const invalidExprSqls = `"${displayName(resolver, expression)}"`;
    throw fail("UNSUPPORTED_EXPR_FOR_OPERATOR", "42K0E", `The query operator ${operator} contains one or more unsupported expressions.\nConsider to rewrite it to avoid window functions, aggregate functions, and generator functions in the ${operator} operator.\nInvalid expressions: [${invalidExprSqls}]`, { operator, invalidExprSqls }, expression.origin);
  }
  if (isConstant(resolved)) return put(type ?? resolved.type, evaluateConstant(resolved, engine.sqlSettings, BigInt(Math.round(engine.clock.nowMicros()))));
  return engine.collect({ kind: "project", input: { kind: "one_row" }, expressions: [type === undefined ? expression : Object.freeze({ kind: "cast", child: expression, to: type, evalMode: "default" })] })
    .then(({ rows }) => put(type ?? resolved.type, rows[0]![0]!));
}

export function setVariables(engine: LocalEngine, command: SetVariables, values: SetVariables["values"]): Relation | Promise<Relation> {
  const targets = targetsOf(engine, command.targets, command.targetOrigins);
  if (!Array.isArray(values)) return assignRow(engine, values as Relation, targets);
  const list = (values as readonly (Expression | "default")[]).map((value, i): Expression => value === "default" ? targets[i]!.variable.otherwise ?? literal(null, VOID) : value);
  const constants = constantValues(engine, list, targets);
  if (constants !== undefined) return assign(targets, constants);
  // As a select list: an assignment sees those in front of it.
  return assignRow(engine, { kind: "project", input: { kind: "one_row" }, expressions: list.map((value, i) => alias(value, targets[i]!.variable.name, value.origin)) }, targets);
}

/** The variables that are assigned to. @throws AnalysisError UNRESOLVED_VARIABLE, DUPLICATE_ASSIGNMENTS */
export function targetsOf(engine: LocalEngine, names: readonly (readonly string[])[], origins: SetVariables["targetOrigins"]): readonly FoundVariable[] {
  const targets = names.map((parts, i): FoundVariable => {
    const found = engine.catalog.lookupVariable(parts);
    if (found !== undefined && found.used === parts.length) return found;
    throw fail("UNRESOLVED_VARIABLE", "42883", `Cannot resolve variable ${quoteParts(parts)} on search path ${SEARCH_PATH}.`, { variableName: quoteParts(parts), searchPath: SEARCH_PATH }, origins[i]);
  });
  refuseTwice(targets);
  return targets;
}

/** The values of a single assignment, if it needs no query. */
function constantValues(engine: LocalEngine, list: readonly Expression[], targets: readonly FoundVariable[]): readonly Cell[] | undefined {
  if (list.length !== 1) return undefined;
  const resolver = constantResolver(engine);
  let resolved;
  try {
    resolved = resolver.resolve(list[0]!);
  } catch (error) {
    if ((error as { readonly condition?: string }).condition === "MILLRACE_UNSUPPORTED") return undefined;   // a subquery
    throw error;
  }
  return isConstant(resolved) ? [evaluateConstant(coerce(resolved, targets[0]!.variable.type, engine.sqlSettings), engine.sqlSettings, BigInt(Math.round(engine.clock.nowMicros())))] : undefined;
}

function refuseTwice(targets: readonly FoundVariable[]): void {
  const twice = targets.filter(({ variable }, i) => targets.findIndex(other => other.variable === variable) !== i);
  if (twice.length === 0) return;
  const nameList = [...new Set(twice.map(({ variable }) => `\`${variable.name}\``))].join(", ");
  throw fail("DUPLICATE_ASSIGNMENTS", "42701", `The columns or variables ${nameList} appear more than once as assignment targets.`, { nameList });
}

function assign(targets: readonly FoundVariable[], cells: readonly Cell[]): Relation {
  targets.forEach(({ variable, home }, i) => { home.set(variable.name.toLowerCase(), { ...variable, value: cells[i]! }); });
  return NOTHING;
}

/** The only row of a query into variables; none: nulls. */
export async function assignRow(engine: LocalEngine, plan: Relation, targets: readonly FoundVariable[]): Promise<Relation> {
  const { output } = await engine.resolve(plan);
  if (output.length !== targets.length) throw fail("ASSIGNMENT_ARITY_MISMATCH", "42802", `The number of columns or variables assigned or aliased: ${targets.length} does not match the number of source expressions: ${output.length}.`, { numTarget: String(targets.length), numExpr: String(output.length) });
  const names = targets.map((_, i) => `_${i}`), input: Relation = { kind: "to_df", input: plan, columnNames: names };
  const limited: Relation = { kind: "limit", input, limit: literal(2, { kind: "int" }) };
  const { rows } = await engine.collect({ kind: "project", input: limited, expressions: targets.map(({ variable }, i) => alias(Object.freeze({ kind: "cast", child: Object.freeze({ kind: "unresolved_attribute", nameParts: [names[i]!] }), to: variable.type, evalMode: "default" }), names[i]!)) });
  if (rows.length > 1) throw new ExecutionError({ condition: "ROW_SUBQUERY_TOO_MANY_ROWS", sqlState: "21000", message: "More than one row returned by a subquery used as a row." });
  return assign(targets, rows[0] ?? targets.map(() => null));
}

export function dropVariable(engine: LocalEngine, command: DropVariable): Relation {
  const name = variableName(command.name);
  if (!engine.catalog.variables.delete(name.toLowerCase()) && !command.ifExists) {
    const variableName = quoteParts(["system", "session", name]);
    throw fail("VARIABLE_NOT_FOUND", "42883", `The variable ${variableName} cannot be found. Verify the spelling and correctness of the schema and catalog.\nIf you did not qualify the name with a schema and catalog, verify the current_schema() output, or qualify the name with the correct schema and catalog.\nTo tolerate the error on drop use DROP VARIABLE IF EXISTS.`, { variableName });
  }
  return NOTHING;
}

/** `run` carries out the statement that the text is. */
export function executeImmediate(engine: LocalEngine, command: ExecuteImmediate, run: (statement: Statement, bindings: SqlBindings) => Relation | Promise<Relation>): Relation | Promise<Relation> {
  const resolver = constantResolver(engine), query = resolver.resolve(command.query);
  if (query.type.kind !== "string") throw fail("INVALID_EXPR_TYPE_FOR_QUERY_EXECUTE_IMMEDIATE", "42K09", `Expression type must be string type but got "${query.type.kind.toUpperCase()}".`, { exprType: `"${query.type.kind.toUpperCase()}"` });
  const text = evaluateConstant(query, engine.sqlSettings);
  if (text === null) {
    const shown = displayName(resolver, command.query);
    throw fail("NULL_QUERY_STRING_EXECUTE_IMMEDIATE", "22004", `Execute immediate requires a non-null variable as the query string, but the provided variable \`${shown}\` is null.`, { varName: `\`${shown}\`` });
  }
  const statement = parseStatement(text as string, { ...engine.sqlSettings, texts: name => textArgument(engine, command.using, name) });
  if (statement.kind === "script") {
    const sqlString = text as string;
    throw fail("SQL_SCRIPT_IN_EXECUTE_IMMEDIATE", "07501", `SQL Scripts in EXECUTE IMMEDIATE commands are not allowed. Please ensure that the SQL query provided (${sqlString}) is not SQL Script. Make sure the sql_string is a well-formed SQL statement and does not contain BEGIN and END.`, { sqlString });
  }
  const bindings = boundArguments(engine, command.using, statement);
  if (command.into === undefined) return run(statement, bindings);
  if (statement.kind !== "query") throw fail("INVALID_STATEMENT_FOR_EXECUTE_INTO", "07501", `The INTO clause of EXECUTE IMMEDIATE is only valid for queries but the given statement is not a query: ${(text as string).toUpperCase()}.`, { sqlString: (text as string).toUpperCase() });
  const targets = command.into.map(parts => {
    const found = engine.catalog.lookupVariable(parts);
    if (found !== undefined && found.used === parts.length) return found;
    throw fail("UNRESOLVED_COLUMN.WITHOUT_SUGGESTION", "42703", `A column, variable, or function parameter with name ${quoteParts(parts)} cannot be resolved.`, { objectName: quoteParts(parts) });
  });
  refuseTwice(targets);
  return Promise.resolve(run(statement, bindings)).then(plan => assignRow(engine, plan, targets));
}

/** The value that USING gives a name, if it is a text. */
function textArgument(engine: LocalEngine, using: readonly Expression[], wanted: string): string | undefined {
  const arg = using.find(arg => arg.kind === "alias" ? arg.names[0] === wanted : arg.kind === "unresolved_attribute" && arg.nameParts.at(-1) === wanted);
  return arg === undefined ? undefined : textOf(constantOf(engine, arg.kind === "alias" ? arg.child : arg));
}

/** Values for the parameters of a statement, as USING gives them. */
export function boundArguments(engine: LocalEngine, using: readonly Expression[], statement: Statement | Relation): SqlBindings {
  const parameters = new Set<string | number>();
  const look = (node: unknown): void => {
    if (typeof node !== "object" || node === null) return;
    const known = node as { readonly kind?: unknown; readonly name?: string | number };
    if (known.kind === "parameter") parameters.add(known.name!);
    for (const [key, value] of Object.entries(node)) if (key !== "origin") look(value);
  };
  look(statement);
  const isNamed = [...parameters].some(name => typeof name === "string");
  if (isNamed && [...parameters].some(name => typeof name === "number")) throw fail("INVALID_QUERY_MIXED_QUERY_PARAMETERS", "42613", "Parameterized query must either use positional, or named parameters, but not both.");
  const named: Record<string, Expression> = Object.create(null), positional: Expression[] = [], unnamed: string[] = [];
  const resolver = constantResolver(engine);
  for (const arg of using) {
    const child = arg.kind === "alias" ? arg.child : arg;
    const name = arg.kind === "alias" ? arg.names[0]! : child.kind === "unresolved_attribute" ? child.nameParts.at(-1)! : undefined;
    const value = constantOf(engine, child);
    positional.push(value);
    if (name !== undefined) named[name] = value;
    else unnamed.push(`"${displayName(resolver, child)}"`);
  }
  if (isNamed && unnamed.length > 0) throw fail("ALL_PARAMETERS_MUST_BE_NAMED", "07001", `Using name parameterized queries requires all parameters to be named. Parameters missing names: ${unnamed.join(", ")}.`, { exprs: unnamed.join(", ") });
  return { named, positional, views: [] };
}

function constantOf(engine: LocalEngine, expression: Expression): Expression {
  const resolver = constantResolver(engine), unsupportedHere = (): Error => {
    const invalidExprSqls = `"${displayName(resolver, expression)}"`;
    return fail("UNSUPPORTED_EXPR_FOR_PARAMETER", "42K0E", `A query parameter contains unsupported expression.\nParameters can either be variables or literals.\nInvalid expression: [${invalidExprSqls}]`, { invalidExprSqls }, expression.origin);
  };
  if (expression.kind === "subquery") throw unsupportedHere();
  const resolved = resolver.resolve(expression);
  if (!isConstant(resolved)) throw unsupportedHere();
  return literal(evaluateConstant(resolved, engine.sqlSettings), resolved.type);
}

