/** What goes wrong in a person's functions over values, with the operator, its function and the value that it was called with. */
import { ExecutionError, MillraceError } from "../../base/errors.ts";

/** FAILED_EXECUTE_UDF. `operator`: `map parseLine`. `number`: of the value, from 1. */
export function functionFailed(operator: string, cause: unknown, value: unknown, number?: number): ExecutionError {
  if (cause instanceof MillraceError && (cause.condition === "FAILED_EXECUTE_UDF" || cause.condition === "MILLRACE_TOO_MANY_VALUES")) return cause;
  const reason = cause instanceof MillraceError ? cause.text : cause instanceof Error ? `${cause.name === "Error" ? "" : `${cause.name}: `}${cause.message}` : String(cause), shown = shortText(value);
  return new ExecutionError({
    condition: "FAILED_EXECUTE_UDF", sqlState: "39000", message: `User defined function (\`${operator}\`) failed due to: ${reason}${/[.!?]$/.test(reason) ? "" : "."} It was called with ${shown}${number === undefined ? "" : `, value ${number} of its run`}.`,
    messageParameters: { functionName: `\`${operator}\``, reason, arguments: shown, ...(number !== undefined && { row: String(number) }) }, hint: cause instanceof MillraceError ? cause.hint : undefined, cause,
  });
}

/** An awaited call that failed: what it waited for may be there the next time, so that a stream with restart() begins again. */
export function callFailed(operator: string, cause: unknown, value: unknown, number: number): ExecutionError {
  const { condition, text, messageParameters, hint } = functionFailed(operator, cause, value, number);
  return new ExecutionError({ condition: condition === "FAILED_EXECUTE_UDF" ? "MILLRACE_CALL_FAILED" : condition, sqlState: "58030", message: text, messageParameters, hint, cause });
}

export function tooMany(operator: string, maxHeld: number): ExecutionError {
  return new ExecutionError({
    condition: "MILLRACE_TOO_MANY_VALUES", sqlState: "53200", message: `${operator}() has to hold more than ${maxHeld} values at once.`, messageParameters: { operator, maxHeldValues: String(maxHeld) },
    hint: "filter or reduce before it, use columns (toDF), or raise spark.millrace.functional.maxHeldValues",
  });
}

export function promised(): MillraceError {
  return new ExecutionError({ condition: "MILLRACE_ASYNC_FUNCTION", sqlState: "42804", message: "it gave a promise", hint: "use mapAsync(), which awaits what a function gives" });
}

export const isPromise = (value: unknown): boolean => typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";

function shortText(value: unknown): string {
  let text: string;
  try {
    text = typeof value === "bigint" ? `${value}n` : typeof value === "string" ? `'${value}'` : JSON.stringify(value, (_key, item: unknown) => typeof item === "bigint" ? `${item}n` : item) ?? String(value);
  } catch {
    text = String(value);
  }
  return text.length > 100 ? `${text.slice(0, 97)}...` : text;
}
