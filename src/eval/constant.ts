/** Values of expressions without columns: folding, arguments that must be constant, LIMIT, options. */
import { Arena } from "../memory/arena.ts";
import type { EvalContext, SqlSettings } from "../plan/function.ts";
import type { ResolvedExpression } from "../plan/resolved.ts";
import { someExpression } from "../plan/walk.ts";
import type { Cell } from "../types/cell.ts";
import { compileRow } from "./row.ts";

/** Functions that have no value without a row and its task. */
export const BY_TASK: ReadonlySet<string> = new Set(["rand", "random", "randn", "uuid", "shuffle", "randstr", "uniform", "monotonically_increasing_id", "spark_partition_id", "input_file_name", "input_file_block_start", "input_file_block_length", "raise_error", "assert_true"]);
/** Functions whose value is fixed by the batch and not by the plan. */
export const BY_BATCH: ReadonlySet<string> = new Set([...BY_TASK, "current_timestamp", "now", "current_date", "curdate", "current_time", "localtimestamp", "localtime", "unix_timestamp", "version", "current_user", "user", "session_user", "current_catalog", "current_database", "current_schema", "current_timezone"]);

let scratch: Arena | undefined;

/** Whether an expression has one value, whatever the row and the batch. */
export function isConstant(expression: ResolvedExpression): boolean {
  return !someExpression(expression, e => {
    switch (e.kind) {
      case "literal": case "cast": case "case_when": case "and": case "or": case "coalesce": case "field_access": case "time_window": case "lambda": case "lambda_variable": return false;
      case "scalar_call": return e.binding.deterministic === false;
      case "user_call": return !e.function.deterministic;
      default: return true;
    }
  });
}

/** The value of an expression without columns. @throws what evaluating it throws */
export function evaluateConstant(expression: ResolvedExpression, settings: SqlSettings, batchTimeMicros = BigInt(Date.now()) * 1000n): Cell {
  scratch ??= new Arena();
  const context: EvalContext = { arena: scratch, settings, batchTimeMicros, seed: 0 };
  try {
    return compileRow(expression, [])(undefined, 0, context);
  } finally {
    scratch.reset();
  }
}
