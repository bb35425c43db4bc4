/**
 * `session_window`: in a bounded aggregation rows get their merged session in front of an ordinary aggregation, over a
 * stream sessions are state.
 */
import { castOf, coerce, filterBy, literalOf, scalarCall } from "../analyze/build.ts";
import { fail } from "../analyze/errors.ts";
import { unsupported } from "../base/errors.ts";
import { compileExpression } from "../eval/compile.ts";
import { constantCell } from "../functions/constant-argument.ts";
import { lookupFunction } from "../functions/registry.ts";
import { sqlText } from "../functions/sql-text.ts";
import type { ExecutionContext } from "../operators/context.ts";
import { MergeSessions } from "../operators/merge-sessions.ts";
import type { Operator } from "../operators/operator.ts";
import { laterBy } from "../operators/session-bounds.ts";
import { StreamingSessions } from "../operators/streaming-sessions.ts";
import type { Evaluator, SqlSettings } from "../plan/function.ts";
import { schemaOf, type Attribute, type ResolvedAggregate, type ResolvedExpression, type ResolvedProject, type ResolvedRelation, type SessionWindowCall } from "../plan/resolved.ts";
import { mapExpression, someExpression } from "../plan/walk.ts";
import { semanticKey } from "../analyze/semantic.ts";
import type { CalendarInterval } from "../types/cell.ts";
import { CALENDAR_INTERVAL, STRING } from "../types/data-type.ts";
import { DAY_MICROS } from "../types/datetime-text.ts";
import { UTC, timeZone } from "../types/time-zone.ts";
import { aggregateSpecs } from "./aggregate-specs.ts";
import { contextBehind } from "./lower-stream-join.ts";
import type { Lowering } from "./lowering.ts";
import { refusing } from "./refusing.ts";

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
    ...boundsOf(session, input.output, context),
  }, context, next);
  lowering.lower(input, lowering.metered(operator, next, "window", "Merge sessions", `gap ${sqlText(session.gap)}`), depth + 1);
}

/** An aggregation over a stream whose keys are `session` and others. */
export function lowerStreamingSessions(lowering: Lowering, relation: ResolvedAggregate, session: SessionWindowCall, next: Operator, depth: number): void {
  const { context, mode } = lowering, { input, keys } = relation, sessionKey = keys.findIndex(key => key.expression.kind === "session_window");
  if (sessionKey < 0) throw unsupported("an expression over session_window() among the grouping keys of a stream", "group by the session itself, and compute from its start and end behind the aggregation");
  lowering.say(depth, `StreamingSessions [${keys.map(key => key.attribute.name).join(", ")}] [${relation.aggregates.map(a => a.attribute.name).join(", ")}]`);
  const reserve = lowering.reserve(), others = keys.filter((_, i) => i !== sessionKey);
  const operator = new StreamingSessions({
    schema: schemaOf(relation), keys: others.map(key => compileExpression(key.expression, input.output)), sessionKey, ...boundsOf(session, input.output, context),
    aggregates: aggregateSpecs(relation, input.output, expression => ownSessions(expression, context.settings)),
    operatorId: reserve.id, outputMode: mode.kind === "stream" ? mode.outputMode : "append",
  }, contextBehind(lowering, input), next);
  lowering.windows.push(operator);
  const first = others.length === 0 ? refusing(operator, GLOBAL) : operator;
  lowering.lower(input, lowering.metered(first, next, "aggregate", "Aggregate sessions", `by ${others.map(key => key.attribute.name).join(", ")}, gap ${sqlText(session.gap)}`), depth + 1);
  reserve.add(operator);
}

const GLOBAL = { condition: "_LEGACY_ERROR_TEMP_3068", message: "Global aggregation with session window in streaming query is not supported.", hint: "group by a key beside session_window()" };

/** A projection with session windows that nothing merges: each row has its own, and rows that have none are left out. */
export function withoutSessions(project: ResolvedProject, session: SessionWindowCall, settings: SqlSettings): ResolvedProject {
  const { input } = project;
  return {
    ...project, input: filterBy(input, call(">", [endOf(session, settings), session.time], settings)),
    expressions: project.expressions.map(({ expression, attribute }) => ({ attribute, expression: ownSessions(expression, settings) })),
  };
}

/** With each row's own session in place of a merged one. */
const ownSessions = (expression: ResolvedExpression, settings: SqlSettings): ResolvedExpression => mapExpression(expression, e =>
  e.kind === "session_window" ? call("named_struct", [literalOf("start", STRING), e.time, literalOf("end", STRING), endOf(e, settings)], settings) : e);

/** What computes where a row's own session begins and ends. */
function boundsOf(session: SessionWindowCall, input: readonly Attribute[], context: ExecutionContext): { readonly start: Evaluator; readonly end: Evaluator } {
  const start = compileExpression(session.time, input), gap = fixedGap(session, context.settings);
  return { start, end: gap === undefined ? compileExpression(endOf(session, context.settings), input) : laterBy(start, gap) };
}

/** A gap that is the same for all rows and at any time, microseconds: a day of the clocks is not. */
function fixedGap({ gap, time }: SessionWindowCall, settings: SqlSettings): bigint | undefined {
  const written = gap.type.kind === "string" ? castOf(gap, CALENDAR_INTERVAL, "try", settings, true) : gap, value = constantCell(written);
  if (value === undefined || value === null) return undefined;
  const isWhole = gap.type.kind === "day_time_interval", { months, days, micros } = isWhole
    ? { months: 0, days: Number((value as bigint) / DAY_MICROS), micros: (value as bigint) % DAY_MICROS } : value as CalendarInterval;
  if (months !== 0 || days !== 0 && time.type.kind === "timestamp" && timeZone(settings.timeZone) !== UTC) return undefined;
  const all = BigInt(days) * DAY_MICROS + micros;
  return all > -LONGEST_GAP && all < LONGEST_GAP ? all : undefined;
}
/** A gap that no time plus it passes the range of 64 bits. */
const LONGEST_GAP = 2n ** 62n;

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
