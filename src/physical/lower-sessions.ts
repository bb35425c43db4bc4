/** `session_window`: in a bounded aggregation rows get their merged session in front of an ordinary aggregation. */
import { castOf, coerce, filterBy, literalOf, scalarCall } from "../analyze/build.ts";
import { fail } from "../analyze/errors.ts";
import { unsupported } from "../base/errors.ts";
import { compileExpression } from "../eval/compile.ts";
import { lookupFunction } from "../functions/registry.ts";
import { sqlText } from "../functions/sql-text.ts";
import { MergeSessions } from "../operators/merge-sessions.ts";
import type { Operator } from "../operators/operator.ts";
import type { SqlSettings } from "../plan/function.ts";
import { schemaOf, type Attribute, type ResolvedExpression, type ResolvedProject, type ResolvedRelation, type SessionWindowCall } from "../plan/resolved.ts";
import { mapExpression, someExpression } from "../plan/walk.ts";
import { semanticKey } from "../analyze/semantic.ts";
import { CALENDAR_INTERVAL, STRING } from "../types/data-type.ts";
import type { Lowering } from "./lowering.ts";

/** The one session window that expressions use. @throws AnalysisError when they use several */
export function sessionIn(expressions: readonly ResolvedExpression[]): SessionWindowCall | undefined {
  let found: SessionWindowCall | undefined;
  for (const expression of expressions) someExpression(expression, e => {
    if (e.kind !== "session_window") return false;
    if (found !== undefined && semanticKey(found) !== semanticKey(e)) throw fail("_LEGACY_ERROR_TEMP_1039", "0A000", "Multiple time/session window expressions would result in a cartesian product of rows, therefore they are currently not supported.", {}, e.origin);
    found = e;
    return false;
  });
  return found;
}

/** Puts the merging of sessions below an operator that groups by `keys`; it reads the session as a column. */
export function lowerSessions(
  lowering: Lowering, input: ResolvedRelation, session: SessionWindowCall, keys: readonly ResolvedExpression[], depth: number,
  build: (input: readonly Attribute[], replace: (e: ResolvedExpression) => ResolvedExpression) => Operator,
): void {
  const { context } = lowering, attribute: Attribute = { kind: "attribute", id: SESSION_ID, name: "session_window", type: session.type, nullable: false, qualifier: [] };
  const output = [...input.output, attribute];
  const next = build(output, expression => mapExpression(expression, e => (e.kind === "session_window" ? attribute : e)));
  const others = keys.filter(key => sessionIn([key]) === undefined);
  lowering.say(depth, `MergeSessions ${sqlText(session.time)}, ${sqlText(session.gap)}`);
  const operator = new MergeSessions({
    schema: schemaOf({ output }), type: session.type, keys: others.map(key => compileExpression(key, input.output)),
    start: compileExpression(session.time, input.output), end: compileExpression(endOf(session, context.settings), input.output),
  }, context, next);
  lowering.lower(input, lowering.metered(operator, next, "window", "Merge sessions", `gap ${sqlText(session.gap)}`), depth + 1);
}

/** A projection with session windows that nothing merges: each row has its own, and rows that have none are left out. */
export function withoutSessions(project: ResolvedProject, session: SessionWindowCall, settings: SqlSettings): ResolvedProject {
  const end = endOf(session, settings), { input } = project, names = ["start", "end"].map(name => literalOf(name, STRING));
  const value = call("named_struct", [names[0]!, session.time, names[1]!, end], settings);
  return {
    ...project, input: filterBy(input, call(">", [end, session.time], settings)),
    expressions: project.expressions.map(({ expression, attribute }) => ({ attribute, expression: mapExpression(expression, e => (e.kind === "session_window" ? value : e)) })),
  };
}

/** No attribute of an analysed plan has a negative id; those of time windows begin at -1. */
const SESSION_ID = Number.MIN_SAFE_INTEGER;

/** When a row's own session ends. A gap as text that is no interval gives null. */
function endOf({ time, gap }: SessionWindowCall, settings: SqlSettings): ResolvedExpression {
  const interval = gap.type.kind === "string" ? castOf(gap, CALENDAR_INTERVAL, "try", settings, true) : gap;
  return coerce(call("+", [time, interval], settings), time.type, settings);
}

function call(name: string, args: readonly ResolvedExpression[], settings: SqlSettings): ResolvedExpression {
  const entry = lookupFunction(name);
  if (entry?.kind !== "scalar") throw unsupported(`session_window() without ${name}`);
  return scalarCall(entry, args, entry.bind(args, settings, undefined), settings);
}
