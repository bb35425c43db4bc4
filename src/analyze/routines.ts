/**
 * Functions made of SQL: a call becomes the function's body, in which each parameter stands for the argument, cast to the
 * parameter's type. A table function's body is a relation.
 */
import { unsupported, type AnalysisError } from "../base/errors.ts";
import { canCast } from "../functions/casts.ts";
import type { Expression, NamedArgument, Origin, UnresolvedFunction } from "../plan/expressions.ts";
import type { TableFunction } from "../plan/relations.ts";
import type { Attribute, ResolvedExpression } from "../plan/resolved.ts";
import { placeOf } from "../plan/place.ts";
import type { StructType } from "../types/data-type.ts";
import type { Analyzer, Env } from "./analyzer.ts";
import { changeAttribute, coerce, makeAttribute, projectTo } from "./build.ts";
import type { AnalyzerContext, Routine } from "./context.ts";
import { fail } from "./errors.ts";
import { Resolver } from "./expressions.ts";
import type { RoutineScope } from "./name-lookup.ts";
import { displayName } from "./names.ts";
import { analysed, settle, type Analysed, type Scope } from "./scope.ts";

const NOTHING: Scope = { visible: [], hidden: [], frames: new Map() };
/** Functions that call each other without end are seen by their depth. */
const MAX_ROUTINES = 100;

/** The body's value for a call's arguments. */
export function routineCall(resolver: Resolver, routine: Routine, call: UnresolvedFunction): ResolvedExpression {
  if (!("expression" in routine.body) && routine.table !== undefined) throw notScalar(routine.name, call.origin);
  if (resolver.names.isInLambda) throw fail("UNSUPPORTED_FEATURE.LAMBDA_FUNCTION_WITH_SQL_UDF", "0A000", `The feature is not supported: Lambda function with SQL UDF ${routine.name} in a higher order function.`, { funcName: routine.name }, call.origin);
  const inner = bodyResolver(resolver, routine, argumentValues(resolver, routine, call.args, call.origin));
  const value = inner.resolve(bodyExpression(routine));
  return routine.returns === undefined ? value : coerce(value, routine.returns, inner.settings);
}

const bodyExpression = ({ body }: Routine): Expression => "expression" in body ? body.expression : Object.freeze({ kind: "subquery", form: "scalar", plan: body.query });

function bodyResolver(resolver: Resolver, routine: Routine, values: ReadonlyMap<string, ResolvedExpression>): Resolver {
  const depth = (resolver.options.routine?.depth ?? resolver.options.outer?.routine?.depth ?? 0) + 1;
  if (depth > MAX_ROUTINES) throw unsupported(`The SQL function ${routine.name}, which calls itself,`);
  const scope: RoutineScope = { name: routine.name, values, depth }, subquery = resolver.options.routineSubquery;
  return new Resolver({ ...resolver.context, settings: routine.settings }, NOTHING, { routine: scope, ...(subquery !== undefined && { subquery, routineSubquery: subquery }) });
}

/** Each parameter's value: an argument, or the default, cast to the parameter's type. */
function argumentValues(resolver: Resolver, routine: Routine, args: readonly Expression[], origin: Origin | undefined): ReadonlyMap<string, ResolvedExpression> {
  const placed = placeArguments(routine, args, origin);
  return new Map(routine.parameters.map(({ name, type, otherwise }, i) => {
    const given = placed[i];
    const value = given === undefined ? new Resolver({ ...resolver.context, settings: routine.settings }, NOTHING).resolve(otherwise!) : resolver.resolve(given);
    const problem = canCast(value.type, type, "ansi");
    if (problem !== undefined) throw problem.error(displayName(resolver, given ?? otherwise!), placeOf(origin));
    return [name.toLowerCase(), coerce(value, type, routine.settings)] as const;
  }));
}

/** The arguments in the order of the parameters; undefined: the default. */
function placeArguments(routine: Routine, args: readonly Expression[], origin: Origin | undefined): readonly (Expression | undefined)[] {
  const { parameters } = routine, routineName = `\`${routine.name}\``, first = args.findIndex(arg => arg.kind === "named_argument");
  const required = parameters.filter(p => p.otherwise === undefined).length;
  if (args.length > parameters.length || first < 0 && args.length < required) {
    throw fail("WRONG_NUM_ARGS.WITHOUT_SUGGESTION", "42605", `The ${routineName} requires ${parameters.length} parameters but the actual number is ${args.length}.`,
      { functionName: routineName, expectedNum: String(parameters.length), actualNum: String(args.length), docroot: "https://spark.apache.org/docs/latest" }, origin);
  }
  const placed: (Expression | undefined)[] = parameters.map(() => undefined);
  args.forEach((arg, at) => {
    if (arg.kind !== "named_argument") {
      if (first >= 0 && at > first) {
        const parameterName = `\`${(args[first] as NamedArgument).name}\``;
        throw fail("UNEXPECTED_POSITIONAL_ARGUMENT", "4274K", `Cannot invoke routine ${routineName} because it contains positional argument(s) following the named argument assigned to ${parameterName}; please rearrange them so the positional arguments come first and then retry the query again.`, { routineName, parameterName }, arg.origin);
      }
      placed[at] = arg;
      return;
    }
    const i = parameters.findIndex(p => p.name.toLowerCase() === arg.name.toLowerCase());
    if (i < 0) {
      const proposal = parameters.map(p => `\`${p.name}\``).join(" ");
      throw fail("UNRECOGNIZED_PARAMETER_NAME", "4274K", `Cannot invoke routine ${routineName} because the routine call included a named argument reference for the argument named \`${arg.name}\`, but this routine does not include any signature containing an argument with this name. Did you mean one of the following? [${proposal}].`,
        { routineName, argumentName: `\`${arg.name}\``, proposal }, origin);
    }
    if (placed[i] !== undefined) {
      throw fail(`DUPLICATE_ROUTINE_PARAMETER_ASSIGNMENT.${i < first ? "BOTH_POSITIONAL_AND_NAMED" : "DOUBLE_NAMED_ARGUMENT_REFERENCE"}`, "4274K",
        `Call to routine ${routineName} is invalid because it includes multiple argument assignments to the same parameter name \`${parameters[i]!.name}\`.`, { routineName, parameterName: `\`${parameters[i]!.name}\`` }, origin);
    }
    placed[i] = arg.value;
  });
  const missing = parameters.findIndex((p, i) => placed[i] === undefined && p.otherwise === undefined);
  if (missing >= 0) {
    const parameterName = `\`${parameters[missing]!.name}\``;
    throw fail("REQUIRED_PARAMETER_NOT_FOUND", "4274K", `Cannot invoke routine ${routineName} because the parameter named ${parameterName} is required, but the routine call did not supply a value. Please update the routine call to supply an argument value (either positionally at index ${missing} or by name) and retry the query again.`, { routineName, parameterName, index: String(missing) }, origin);
  }
  return placed;
}

/** What a name shows: all parameters if one was given by name, else what was written. */
export function shownArguments(routine: Routine, args: readonly Expression[]): readonly Expression[] {
  if (!args.some(arg => arg.kind === "named_argument")) return args;
  try {
    return placeArguments(routine, args, undefined).map((arg, i) => arg ?? routine.parameters[i]!.otherwise!);
  } catch {
    return args;   // said where the call is resolved
  }
}

/** A table function in FROM. Behind LATERAL its arguments may use columns of the left side. */
export function routineTable(analyzer: Analyzer, routine: Routine, relation: TableFunction, env: Env): Analysed {
  const { origin } = relation, { body, table } = routine;
  if (table === undefined || !("query" in body)) throw notTable(routine.name, origin);
  const values = argumentValues(analyzer.resolver(NOTHING, env), routine, relation.args, origin), depth = (env.outer?.routine?.depth ?? 0) + 1;
  if (depth > MAX_ROUTINES) throw unsupported(`The SQL function ${routine.name}, which calls itself,`);
  const outer = { scope: NOTHING, used: env.outer?.used ?? new Map<number, Attribute>(), routine: { name: routine.name, values, depth } };
  const plan = settle(analyzer.withSettings(routine.settings).relation(body.query, { ...analyzer.rootEnv, outer }));
  const columns = table.fields.map((f, i) => {
    const expression = coerce(plan.output[i]!, f.type, routine.settings);
    return { expression, attribute: changeAttribute(makeAttribute(f.name, f.type, expression.nullable), { qualifier: [routine.name] }) };
  });
  return analysed(projectTo(plan, columns, origin));
}

/** What a function's body gives, with parameters that stand for any value: checked when the function is made. */
export function checkRoutine(analyzer: Analyzer, context: AnalyzerContext, routine: Routine): { readonly expression: ResolvedExpression } | { readonly columns: StructType } {
  const values = new Map(routine.parameters.map(({ name, type }) => [name.toLowerCase(), makeAttribute(name, type, true)] as const));
  for (const { otherwise, type } of routine.parameters) {
    if (otherwise === undefined) continue;
    const resolver = new Resolver(context, NOTHING), problem = canCast(resolver.resolve(otherwise).type, type, "ansi");
    if (problem !== undefined) throw problem.error(displayName(resolver, otherwise), placeOf(otherwise.origin));
  }
  const routineScope: RoutineScope = { name: routine.name, values, depth: 1 };
  if (routine.table !== undefined && "query" in routine.body) {
    const plan = settle(analyzer.relation(routine.body.query, { ...analyzer.rootEnv, outer: { scope: NOTHING, used: new Map(), routine: routineScope } }));
    return { columns: { kind: "struct", fields: plan.output.map(({ name, type, nullable }) => ({ name, type, nullable })) } };
  }
  const all: Scope = { visible: [...values.values()], hidden: [], frames: new Map() }, over = analyzer.resolver(all, analyzer.rootEnv);
  const inner = new Resolver(context, all, { ...over.options, routine: routineScope });
  return { expression: inner.resolve(bodyExpression(routine)) };
}

export function notScalar(name: string, origin: Origin | undefined): AnalysisError {
  return fail("NOT_A_SCALAR_FUNCTION", "42887", `\`${name}\` appears as a scalar expression here, but the function was defined as a table function. Please update the query to move the function call into the FROM clause, or redefine \`${name}\` as a scalar function instead.`, { functionName: `\`${name}\`` }, origin);
}

export function notTable(name: string, origin: Origin | undefined): AnalysisError {
  return fail("NOT_A_TABLE_FUNCTION", "42887", `\`${name}\` appears as a table function here, but the function was defined as a scalar function. Please update the query to move the function call outside the FROM clause, or redefine \`${name}\` as a table function instead.`, { functionName: `\`${name}\`` }, origin);
}
