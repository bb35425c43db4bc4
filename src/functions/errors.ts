/** The errors of typing and evaluating expressions, under Spark's conditions and parameters. */
import { AnalysisError, ExecutionError, type QueryContext } from "../base/errors.ts";
import type { Origin } from "../plan/expressions.ts";
import type { ResolvedExpression } from "../plan/resolved.ts";
import type { Cell } from "../types/cell.ts";
import { typeToSql, type DataType } from "../types/data-type.ts";
import { callSql, sqlText, valueSql } from "./sql-text.ts";

export const quoted = (text: string): string => `"${text}"`;
export const typeName = (type: DataType): string => quoted(typeToSql(type));
const ANSI_CONFIG = quoted("spark.sql.ansi.enabled");

/** The places that an expression's origin names. */
export function contextOf(origin: Origin | undefined): readonly QueryContext[] {
  if (origin === undefined) return [];
  const start = origin.start ?? 0, stop = origin.stop ?? origin.sql?.length ?? 0;
  if (origin.sql === undefined && origin.callSite === undefined) return [];
  return [{ fragment: origin.sql?.slice(start, stop) ?? "", startIndex: start, stopIndex: stop, ...(origin.callSite !== undefined && { callSite: origin.callSite }) }];
}

/** A call that does not type: `sub` is the subclass of DATATYPE_MISMATCH. */
export function mismatch(sub: string, name: string, args: readonly ResolvedExpression[], message: string, parameters: Record<string, string>, origin: Origin | undefined): AnalysisError {
  const sql = quoted(callSql(name, args.map(sqlText)));
  return new AnalysisError({
    condition: `DATATYPE_MISMATCH.${sub}`, sqlState: "42K09", message: `Cannot resolve ${sql} due to data type mismatch: ${message}`,
    messageParameters: { sqlExpr: sql, ...parameters }, queryContext: contextOf(origin),
  });
}

const ORDINALS = ["first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth"];
export const ordinal = (index: number): string => ORDINALS[index] ?? `${index + 1}th`;

export function unexpectedType(name: string, args: readonly ResolvedExpression[], index: number, requiredType: string, origin: Origin | undefined): AnalysisError {
  const input = quoted(sqlText(args[index]!)), inputType = typeName(args[index]!.type);
  return mismatch("UNEXPECTED_INPUT_TYPE", name, args, `The ${ordinal(index)} parameter requires the ${requiredType} type, however ${input} has the type ${inputType}.`,
    { paramIndex: ordinal(index), requiredType, inputSql: input, inputType }, origin);
}

export function differentTypes(name: string, args: readonly ResolvedExpression[], types: readonly DataType[], origin: Origin | undefined): AnalysisError {
  const left = typeName(types[0]!), right = typeName(types[1]!);
  return mismatch("BINARY_OP_DIFF_TYPES", name, args, `the left and right operands of the binary operator have incompatible types (${left} and ${right}).`, { left, right }, origin);
}

export function wrongOperandType(name: string, args: readonly ResolvedExpression[], actual: DataType, inputType: string, origin: Origin | undefined): AnalysisError {
  return mismatch("BINARY_OP_WRONG_TYPE", name, args, `the binary operator requires the input type ${inputType}, not ${typeName(actual)}.`, { inputType, actualDataType: typeName(actual) }, origin);
}

/** Arguments that must share one type do not. */
export function differentDataTypes(name: string, args: readonly ResolvedExpression[], origin: Origin | undefined): AnalysisError {
  const dataType = `(${args.map(arg => typeName(arg.type)).join(" or ")})`;
  return mismatch("DATA_DIFF_TYPES", name, args, `Input to \`${name}\` should all be the same type, but it's ${dataType}.`, { functionName: `\`${name}\``, dataType }, origin);
}

export function wrongNumberOfArguments(name: string, actual: number, expected: string, origin: Origin | undefined): AnalysisError {
  return new AnalysisError({
    condition: "WRONG_NUM_ARGS.WITHOUT_SUGGESTION", sqlState: "42605",
    message: `The \`${name}\` requires ${expected} parameters but the actual number is ${actual}. Please, refer to 'https://spark.apache.org/docs/latest/sql-ref-functions.html' for a fix.`,
    messageParameters: { functionName: `\`${name}\``, expectedNum: expected, actualNum: String(actual), docroot: "https://spark.apache.org/docs/latest" }, queryContext: contextOf(origin),
  });
}

/** An argument that must be there is NULL. */
export const unexpectedNull = (name: string, args: readonly ResolvedExpression[], exprName: string, origin: Origin | undefined): AnalysisError =>
  mismatch("UNEXPECTED_NULL", name, args, `The ${exprName} must not be null.`, { exprName }, origin);

/** What a check of constant arguments throws, as an error of the call's types. */
export function hinted<T>(name: string, args: readonly ResolvedExpression[], origin: Origin | undefined, check: () => T): T {
  try {
    return check();
  } catch (error) {
    if (!(error instanceof ExecutionError)) throw error;
    const msg = `[${error.condition}] ${error.message}`;
    throw mismatch("TYPE_CHECK_FAILURE_WITH_HINT", name, args, msg, { msg, hint: "" }, origin);
  }
}

/** An argument that must be a constant is none. */
export function nonFoldable(name: string, args: readonly ResolvedExpression[], index: number, inputName: string, origin: Origin | undefined): AnalysisError {
  const inputExpr = quoted(sqlText(args[index]!)), inputType = typeName(args[index]!.type);
  return mismatch("NON_FOLDABLE_INPUT", name, args, `the input \`${inputName}\` should be a foldable ${inputType} expression; however, got ${inputExpr}.`, { inputName: `\`${inputName}\``, inputType, inputExpr }, origin);
}

/** An argument that tells what the call is, and must be a constant of one type, is none. */
export function nonFoldableArgument(name: string, paramName: string, type: DataType, origin: Origin | undefined): AnalysisError {
  const paramType = typeName(type);
  return new AnalysisError({
    condition: "NON_FOLDABLE_ARGUMENT", sqlState: "42K08", message: `The function \`${name}\` requires the parameter \`${paramName}\` to be a foldable expression of the type ${paramType}, but the actual argument is a non-foldable.`,
    messageParameters: { funcName: `\`${name}\``, paramName: `\`${paramName}\``, paramType }, queryContext: contextOf(origin),
  });
}

export function valueOutOfRange(name: string, args: readonly ResolvedExpression[], exprName: string, valueRange: string, currentValue: string, origin: Origin | undefined): AnalysisError {
  return mismatch("VALUE_OUT_OF_RANGE", name, args, `The \`${exprName}\` must be between ${valueRange} (current value = ${currentValue}).`, { exprName, valueRange, currentValue }, origin);
}

export const executionError = (condition: string, sqlState: string, message: string, messageParameters: Record<string, string> = {}): ExecutionError =>
  new ExecutionError({ condition, sqlState, message, messageParameters });

export const divideByZero = (): ExecutionError =>
  executionError("DIVIDE_BY_ZERO", "22012", "Division by zero. Use `try_divide` to tolerate divisor being 0 and return NULL instead.", { config: ANSI_CONFIG });
export const remainderByZero = (): ExecutionError =>
  executionError("REMAINDER_BY_ZERO", "22012", "Remainder by zero. Use `try_mod` to tolerate divisor being 0 and return NULL instead.", { config: ANSI_CONFIG });
export const intervalDividedByZero = (): ExecutionError =>
  executionError("INTERVAL_DIVIDED_BY_ZERO", "22012", "Division by zero. Use `try_divide` to tolerate divisor being 0 and return NULL instead.");
export const arithmeticOverflow = (message: string, alternative = ""): ExecutionError =>
  executionError("ARITHMETIC_OVERFLOW", "22003", `${message}.${alternative === "" ? "" : ` Use '${alternative}' to tolerate overflow and return NULL instead.`} If necessary set ${ANSI_CONFIG} to "false" to bypass this error.`,
    { message, alternative, config: ANSI_CONFIG });
export const binaryOverflow = (value1: string, symbol: string, value2: string, functionName: string): ExecutionError =>
  executionError("BINARY_ARITHMETIC_OVERFLOW", "22003", `${value1} ${symbol} ${value2} caused overflow. Use \`${functionName}\` to ignore overflow problem and return NULL.`, { value1, symbol, value2, functionName: `\`${functionName}\`` });
export const intervalOverflow = (functionName?: string): ExecutionError => functionName === undefined
  ? executionError("INTERVAL_ARITHMETIC_OVERFLOW.WITHOUT_SUGGESTION", "22015", "Integer overflow while operating with intervals. Try devising appropriate values for the interval parameters.")
  : executionError("INTERVAL_ARITHMETIC_OVERFLOW.WITH_SUGGESTION", "22015", `Integer overflow while operating with intervals. Use \`${functionName}\` to tolerate overflow and return NULL instead.`, { functionName: `\`${functionName}\`` });
export const datetimeOverflow = (operation: string): ExecutionError => executionError("DATETIME_OVERFLOW", "22008", `Datetime operation overflow: ${operation}.`, { operation });
export const decimalOutOfRange = (value: string, precision: number, scale: number): ExecutionError =>
  executionError("NUMERIC_VALUE_OUT_OF_RANGE.WITH_SUGGESTION", "22003", `The ${value} cannot be represented as Decimal(${precision}, ${scale}). If necessary set ${ANSI_CONFIG} to "false" to bypass this error, and return NULL instead.`,
    { value, precision: String(precision), scale: String(scale), config: ANSI_CONFIG });
export const castInvalidInput = (from: DataType, to: DataType, expression: string): ExecutionError =>
  executionError("CAST_INVALID_INPUT", "22018", `The value ${expression} of the type ${typeName(from)} cannot be cast to ${typeName(to)} because it is malformed. Correct the value as per the syntax, or change its target type. Use \`try_cast\` to tolerate malformed input and return NULL instead.`,
    { expression, sourceType: typeName(from), targetType: typeName(to), ansiConfig: ANSI_CONFIG });
export const castOverflow = (from: DataType, to: DataType, value: Cell, zoneId?: string): ExecutionError =>
  executionError("CAST_OVERFLOW", "22003", `The value ${valueSql(from, value, zoneId)} of the type ${typeName(from)} cannot be cast to ${typeName(to)} due to an overflow. Use \`try_cast\` to tolerate overflow and return NULL instead.`,
    { value: valueSql(from, value, zoneId), sourceType: typeName(from), targetType: typeName(to), ansiConfig: ANSI_CONFIG });
/** INVALID_PARAMETER_VALUE.* */
export const invalidParameter = (sub: string, functionName: string, parameter: string, message: string, more: Record<string, string> = {}): ExecutionError =>
  executionError(`INVALID_PARAMETER_VALUE.${sub}`, "22023", `The value of parameter(s) \`${parameter}\` in \`${functionName}\` is invalid: ${message}`,
    { functionName: `\`${functionName}\``, parameter: `\`${parameter}\``, ...more });
