/** What is wrong with a script before it begins. */
import { fail } from "../../../analyze/errors.ts";
import type { Script, ScriptHandler, ScriptStatement } from "../../../plan/script.ts";
import { isCondition } from "./conditions.ts";

/** @throws AnalysisError INVALID_HANDLER_DECLARATION.CONDITION_NOT_FOUND, DUPLICATE_EXCEPTION_HANDLER */
export function checkScript({ body }: Script): void {
  const pending: ScriptStatement[] = [body];
  for (let statement = pending.pop(); statement !== undefined; statement = pending.pop()) {
    if (statement.kind === "block") {
      checkHandlers(statement.handlers);
      pending.push(...statement.statements, ...statement.handlers.flatMap(handler => handler.body));
    } else if (statement.kind === "if" || statement.kind === "case") pending.push(...statement.branches.flatMap(branch => branch.body), ...statement.otherwise);
    else if ("body" in statement) pending.push(...statement.body);
  }
}

function checkHandlers(handlers: readonly ScriptHandler[]): void {
  const seen = new Set<string>();
  for (const { triggers, declared, origin } of handlers) {
    for (const trigger of triggers) {
      const name = trigger.kind === "condition" ? trigger.name : trigger.kind === "state" ? trigger.sqlState : trigger.kind === "exception" ? "SQLEXCEPTION" : "NOT FOUND";
      if (trigger.kind === "condition" && !declared.has(name) && !isCondition(name)) {
        throw fail("INVALID_HANDLER_DECLARATION.CONDITION_NOT_FOUND", "42K0Q", `Invalid handler declaration. Condition ${name} not found.`, { condition: name }, origin);
      }
      const key = `${trigger.kind} ${name}`;
      if (seen.has(key)) {
        const isState = trigger.kind === "state";
        throw fail(`DUPLICATE_EXCEPTION_HANDLER.${isState ? "SQLSTATE" : "CONDITION"}`, "42734", `Found duplicate handlers. Please, remove one of them. Found duplicate handlers for the same ${isState ? "SQLSTATE" : "condition"} ${name}.`, isState ? { sqlState: name } : { condition: name }, origin);
      }
      seen.add(key);
    }
  }
}
