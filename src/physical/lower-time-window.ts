/** `window()`: rows get the windows that they are in, in front of what groups or shows them. */
import { compileExpression } from "../eval/compile.ts";
import { AssignCalendarWindows } from "../operators/assign-calendar-windows.ts";
import { AssignWindows } from "../operators/assign-windows.ts";
import type { Operator } from "../operators/operator.ts";
import { schemaOf, type Attribute, type ResolvedExpression, type ResolvedRelation, type TimeWindowCall } from "../plan/resolved.ts";
import { mapExpression, someExpression } from "../plan/walk.ts";
import type { Lowering } from "./lowering.ts";

/** The one window that expressions use; several different ones are refused by the analyser. */
export function timeWindowIn(expressions: readonly ResolvedExpression[]): TimeWindowCall | undefined {
  let found: TimeWindowCall | undefined;
  for (const expression of expressions) someExpression(expression, e => {
    if (e.kind === "time_window") found = e;
    return false;
  });
  return found;
}

/** Puts the assignment of a window below an operator, which then reads it as a column. */
export function lowerTimeWindow(lowering: Lowering, input: ResolvedRelation, window: TimeWindowCall, depth: number, build: (input: readonly Attribute[], replace: (e: ResolvedExpression) => ResolvedExpression) => Operator): void {
  const attribute: Attribute = { kind: "attribute", id: WINDOW_ID, name: "window", type: window.type, nullable: false, qualifier: [],
    ...(window.watermarkDelayMicros !== undefined && { watermarkDelayMicros: window.watermarkDelayMicros }) };
  const replace = (expression: ResolvedExpression): ResolvedExpression => mapExpression(expression, e => (e.kind === "time_window" ? attribute : e));
  const output = [...input.output, attribute];
  const { timeZone } = window, days = timeZone === undefined ? "" : `, days of ${timeZone}`;
  const text = `${window.sizeMicros / 1e6} s${window.slideMicros === window.sizeMicros ? "" : ` every ${window.slideMicros / 1e6} s`}${days}`;
  lowering.say(depth, `AssignWindows ${text}`);
  const next = build(output, replace), schema = schemaOf({ output }), time = compileExpression(window.time, input.output);
  const operator = timeZone === undefined ? new AssignWindows(schema, time, window, lowering.context, next) : new AssignCalendarWindows(schema, time, { ...window, timeZone }, lowering.context, next);
  lowering.windows.push(operator);
  lowering.lower(input, lowering.metered(operator, next, "window", "Assign windows", text), depth + 1);
}

/** No attribute of an analysed plan has a negative id. */
const WINDOW_ID = Number.MIN_SAFE_INTEGER;
