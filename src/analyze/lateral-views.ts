/** LATERAL VIEW, and functions in FROM: generators, range(). */
import { evaluateConstant, isConstant } from "../eval/constant.ts";
import { canCast } from "../functions/casts.ts";
import type { Expression, Origin } from "../plan/expressions.ts";
import type { LateralView, TableFunction } from "../plan/relations.ts";
import type { GeneratorCall, ResolvedRelation } from "../plan/resolved.ts";
import { BIGINT } from "../types/data-type.ts";
import type { Analyzer, Env } from "./analyzer.ts";
import { coerce, makeAttribute } from "./build.ts";
import { wrongNumber } from "./calls.ts";
import { CONSTANT_TABLES } from "./constant-tables.ts";
import { fail, ordinal, quoteIdentifiers, quoteSql, quoteType } from "./errors.ts";
import { displayName } from "./names.ts";
import { notTable, routineTable } from "./routines.ts";
import { analysed, type Analysed } from "./scope.ts";
import { generate, generatedAttributes, isOuter } from "./select.ts";
import { specialFunction } from "./special-functions.ts";
import { someUnresolved } from "./unresolved.ts";

export function lateralView(analyzer: Analyzer, relation: LateralView, env: Env): Analysed {
  const input = analyzer.relation(relation.input, env);
  const call = analyzer.resolver(input, env).resolve(relation.generator);
  if (call.kind !== "generator_call") {
    const name = relation.generator.kind === "unresolved_function" ? relation.generator.name : "expression";
    throw fail("UNSUPPORTED_GENERATOR.NOT_GENERATOR", "42K0E", `The generator is not supported: ${quoteIdentifiers([name])} is expected to be a generator. However, its class is not a generator.`, { functionName: quoteIdentifiers([name]), classCanonicalName: name }, relation.origin);
  }
  const outer = relation.outer || isOuter(call);
  const generated = generatedAttributes(call, relation.columnNames, relation.origin, [relation.tableAlias], outer);
  const plan = generate(input.plan, call, outer, generated);
  return { plan, visible: [...input.visible, ...generated], hidden: input.hidden, frames: input.frames };
}

/** Whether a name is a function that FROM can hold. */
export const isTableFunction = (name: string, analyzer: Analyzer): boolean =>
  name.toLowerCase() === "range" || (specialFunction(name.toLowerCase()) ?? analyzer.context.lookupFunction(name.toLowerCase()))?.kind === "generator";

export function aliasesMismatch(name: string, aliases: number, columns: number, origin: Origin | undefined): Error {
  const parameters = { funcName: quoteIdentifiers([name]), aliasesNum: String(aliases), outColsNum: String(columns) };
  return fail("NUM_TABLE_VALUE_ALIASES_MISMATCH", "42826", `Number of given aliases does not match number of output columns. Function name: ${parameters.funcName}; number of aliases: ${aliases}; number of output columns: ${columns}.`, parameters, origin);
}

export function tableFunction(analyzer: Analyzer, relation: TableFunction, env: Env): Analysed {
  const name = relation.name.toLowerCase(), { origin } = relation;
  if (name === "range") return range(analyzer, relation, env);
  const constant = CONSTANT_TABLES.get(name);
  if (constant !== undefined) {
    if (relation.args.length > 0) throw wrongNumber(name, relation.args.length, "0", origin);
    return analysed(Object.freeze({ kind: "local_rows", rows: constant.rows(), output: constant.schema.fields.map(f => makeAttribute(f.name, f.type, f.nullable)), isStreaming: false, origin }));
  }
  if (relation.entry === undefined && !isTableFunction(name, analyzer)) {
    const routine = analyzer.context.lookupRoutine?.(relation.name.split("."));
    if (routine !== undefined) return routineTable(analyzer, routine, relation, env);
    if (analyzer.context.lookupFunction(name) !== undefined) throw notTable(relation.name, origin);
    throw fail("UNRESOLVABLE_TABLE_VALUED_FUNCTION", "42883", `Could not resolve ${quoteIdentifiers([relation.name])} to a table-valued function.`, { name: quoteIdentifiers([relation.name]) }, origin);
  }
  const one: ResolvedRelation = Object.freeze({ kind: "local_rows", rows: [[]], output: [], isStreaming: false, origin });
  const call: Expression = { kind: "unresolved_function", name, args: relation.args, origin, ...(relation.entry && { entry: relation.entry }) };
  const generator = analyzer.resolver(analysed(one), env).resolve(call) as GeneratorCall;
  const generated = generatedAttributes(generator, undefined, origin, [], isOuter(generator));
  const plan = generate(one, generator, isOuter(generator), generated);
  return { plan, visible: generated, hidden: [], frames: new Map() };
}

function range(analyzer: Analyzer, relation: TableFunction, env: Env): Analysed {
  const { args, origin } = relation;
  if (args.length < 1 || args.length > 4) {
    throw fail("WRONG_NUM_ARGS.WITHOUT_SUGGESTION", "42605", `The \`range\` requires [1, 2, 3, 4] parameters but the actual number is ${args.length}.`, { functionName: "`range`", expectedNum: "[1, 2, 3, 4]", actualNum: String(args.length), docroot: "https://spark.apache.org/docs/latest" }, origin);
  }
  const resolver = analyzer.resolver({ visible: [], hidden: [], frames: new Map() }, env);
  const parameters = args.length === 1 ? ["end"] : ["start", "end", "step", "numSlices"];
  const numbers = args.map((arg, i): bigint => {
    const value = resolver.resolve(arg);
    if (!isConstant(value) || someUnresolved(arg, e => e.kind === "unresolved_attribute")) {
      throw fail("NON_FOLDABLE_ARGUMENT", "42K08", `The function \`range\` requires the parameter \`${parameters[i]!}\` to be a foldable expression of the type "BIGINT", but the actual argument is a non-foldable.`, { funcName: "`range`", paramName: `\`${parameters[i]!}\``, paramType: '"BIGINT"' }, origin);
    }
    if (value.type.kind !== "void" && canCast(value.type, BIGINT, "ansi") !== undefined) {
      const inputSql = quoteSql(displayName(resolver, arg)), inputType = quoteType(value.type);
      throw fail("UNEXPECTED_INPUT_TYPE", "42K09", `The ${ordinal(i + 1)} parameter of function \`range\` requires the "BIGINT" type, however ${inputSql} has the type ${inputType}.`, { functionName: "`range`", paramIndex: ordinal(i + 1), requiredType: '"BIGINT"', inputSql, inputType }, arg.origin);
    }
    const cell = evaluateConstant(coerce(value, BIGINT, resolver.settings), analyzer.context.settings);
    if (typeof cell === "bigint") return cell;
    throw fail("UNEXPECTED_INPUT_TYPE", "42K09", `Parameter ${i + 1} of function \`range\` requires a BIGINT that is not null.`, { functionName: "`range`", paramIndex: ordinal(i + 1), requiredType: '"BIGINT"', inputSql: '"NULL"', inputType: '"VOID"' }, arg.origin);
  });
  const [first, second, third] = numbers;
  const start = numbers.length === 1 ? 0n : first!, end = numbers.length === 1 ? first! : second!, step = third ?? 1n;
  if (step === 0n) throw fail("FAILED_FUNCTION_CALL", "38000", "Failed preparing of the function `range` for call. Please, double check function's arguments.", { funcName: "`range`" }, origin, "the step can't be 0");
  return analysed(Object.freeze({ kind: "range", start, end, step, output: [makeAttribute("id", BIGINT, false)], isStreaming: false, origin }));
}

