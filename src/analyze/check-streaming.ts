/** What a streaming query may not do in an output mode, and what a batch query may not read: Spark's conditions, with what to do instead. */
import { AnalysisError } from "../base/errors.ts";
import { sqlText } from "../functions/sql-text.ts";
import type { Origin } from "../plan/expressions.ts";
import type { SqlSettings } from "../plan/function.ts";
import type { OutputMode } from "../plan/output-mode.ts";
import type { Attribute, NamedExpression, ResolvedAsOfJoin, ResolvedExpression, ResolvedJoin, ResolvedRelation } from "../plan/resolved.ts";
import { someExpression } from "../plan/walk.ts";
import { expressionsOf, inputsOf, someRelation } from "../plan/walk-relations.ts";
import { isOn } from "./context.ts";
import { checkPrograms } from "./check-programs.ts";
import { fail } from "./errors.ts";
import { hasUsableRange } from "./stream-join-bounds.ts";
import { conjunctsOf } from "./subqueries.ts";

/** The condition under which Spark reports most of what it refuses of a stream. */
const NOT_SUPPORTED = "_LEGACY_ERROR_TEMP_3102";

const refuse = (message: string, origin: Origin | undefined, hint?: string): AnalysisError => fail(NOT_SUPPORTED, "0A000", message, { msg: message }, origin, hint);

function refuseMode(outputMode: OutputMode, operation: string, origin: Origin | undefined, hint: string): AnalysisError {
  return fail("STREAMING_OUTPUT_MODE.UNSUPPORTED_OPERATION", "42KDE", `Invalid streaming output mode: ${outputMode}. This output mode is not supported for ${operation} on streaming DataFrames/DataSets.`, { outputMode, operation }, origin, hint);
}

/** @throws AnalysisError when a plan over streams is run as a batch */
export function checkBatch(plan: ResolvedRelation): void {
  if (!plan.isStreaming) {
    const within = someRelation(plan, node => node.kind === "deduplicate" && node.withinWatermark);
    if (within) throw refuse("dropDuplicatesWithinWatermark is not supported with batch DataFrames/DataSets", plan.origin, "use dropDuplicates(): a bounded input is looked at as a whole");
    return;
  }
  const found = firstStream(plan);
  throw fail("_LEGACY_ERROR_TEMP_3102", "0A000", "Queries with streaming sources must be executed with writeStream.start().", { msg: "Queries with streaming sources must be executed with writeStream.start()" }, found?.origin,
    "use writeStream, or iterate() over the running query");
}

function firstStream(plan: ResolvedRelation): ResolvedRelation | undefined {
  if (plan.kind === "scan") return plan.isStreaming ? plan : undefined;
  for (const input of inputsOf(plan)) {
    const found = firstStream(input);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** @throws AnalysisError for what Spark refuses of a streaming query in this output mode, before it starts */
export function checkStreaming(plan: ResolvedRelation, outputMode: OutputMode, settings?: SqlSettings): void {
  if (settings !== undefined && !isOn(settings, "spark.sql.streaming.unsupportedOperationCheck", true)) return;
  if (!plan.isStreaming) throw refuse("Queries without streaming sources cannot be executed with writeStream.start()", plan.origin, "read the input with readStream, or write it with write");
  checkPrograms(plan, outputMode);
  checkMode(plan, outputMode);
  checkNodes(plan, outputMode);
  if (settings === undefined || isOn(settings, "spark.sql.streaming.statefulOperator.checkCorrectness.enabled", true)) checkChains(plan, outputMode);
}

const isAggregate = (plan: ResolvedRelation): plan is Extract<ResolvedRelation, { kind: "aggregate" }> => plan.kind === "aggregate" && plan.isStreaming;

/** The aggregations over streams, the topmost first. */
function aggregations(plan: ResolvedRelation): readonly Extract<ResolvedRelation, { kind: "aggregate" }>[] {
  return [...(isAggregate(plan) ? [plan] : []), ...inputsOf(plan).flatMap(aggregations)];
}

/** Whether a key is event time that a watermark passes: only then is a group ever finished. */
const isEventTime = (key: NamedExpression): boolean => key.attribute.watermarkDelayMicros !== undefined;

function checkMode(plan: ResolvedRelation, outputMode: OutputMode): void {
  const all = aggregations(plan);
  if (outputMode === "append") {
    const first = all[0];
    if (first !== undefined && !first.keys.some(isEventTime)) {
      throw refuseMode("append", "streaming aggregations without watermark", first.origin,
        "mark the event time with withWatermark() and group by it or by window() over it; or write in update or complete mode");
    }
  }
  if (outputMode === "update") {
    const session = all.find(aggregate => aggregate.keys.some(key => someExpression(key.expression, e => e.kind === "session_window")));
    if (session !== undefined) throw refuseMode("update", "session window streaming aggregations", session.origin, "write sessions in append mode, with a watermark, or in complete mode");
  }
  if (outputMode === "complete" && all.length === 0) throw refuseMode("complete", "no streaming aggregations", plan.origin, "write in append mode, or aggregate: complete mode gives out the whole result after each batch");
}

/** Two operators with state one above the other, where the lower may put out rows that the upper has to call late. */
function checkChains(plan: ResolvedRelation, outputMode: OutputMode): void {
  if (outputMode === "append") return;
  const late = (): AnalysisError => refuse("Detected pattern of possible 'correctness' issue due to global watermark. The query contains stateful operation which can emit rows older than the current watermark plus allowed late record delay, which are \"late rows\" in downstream stateful operations and these rows can be discarded. Please refer the programming guide doc for more details. If you understand the possible risk of correctness issue and still need to run the query, you can disable this check by setting the config `spark.sql.streaming.statefulOperator.checkCorrectness.enabled` to false.",
    plan.origin, "several stateful operators in a row work in append mode; or split the query in two");
  const emitsLate = (below: ResolvedRelation): boolean => someRelation(below, isAggregate);
  // Duplicates that are told apart without event time are never late.
  const isStateful = (p: ResolvedRelation): boolean => isAggregate(p) || p.isStreaming && p.kind === "group_map" || (p.kind === "join" || p.kind === "as_of_join") && p.left.isStreaming && p.right.isStreaming
    || p.isStreaming && p.kind === "deduplicate" && (p.withinWatermark || p.keys.some(key => key.watermarkDelayMicros !== undefined));
  if (someRelation(plan, p => isStateful(p) && inputsOf(p).some(emitsLate))) throw late();
}

/** Operators one by one, from the sources up. */
function checkNodes(plan: ResolvedRelation, outputMode: OutputMode, above?: ResolvedRelation): void {
  for (const input of inputsOf(plan)) checkNodes(input, outputMode, plan);
  if (!plan.isStreaming && !inputsOf(plan).some(input => input.isStreaming)) return;
  const { origin } = plan;
  if (expressionsOf(plan).some(e => someExpression(e, x => x.kind === "scalar_call" && x.function.name === "monotonically_increasing_id"))) {
    throw refuse("Expression(s): monotonically_increasing_id() is not supported with streaming DataFrames/Datasets", origin, "use uuid(), or a key that the rows bring with them");
  }
  switch (plan.kind) {
    case "aggregate":
      if (plan.aggregates.some(a => a.call.distinct)) {
        throw refuse("Distinct aggregations are not supported on streaming DataFrames/Datasets. Consider using approx_count_distinct() instead.", origin, "use approx_count_distinct(), or dropDuplicates() below the aggregation");
      }
      return;
    case "deduplicate":
      if (plan.withinWatermark && !plan.input.output.some(a => a.watermarkDelayMicros !== undefined)) {
        throw refuse("dropDuplicatesWithinWatermark is not supported on streaming DataFrames/DataSets without watermark", origin, "call withWatermark() before it");
      }
      return;
    case "join": return checkJoin(plan, outputMode);
    case "as_of_join": return checkAsofJoin(plan, outputMode);
    case "union":
      if (plan.inputs.some(input => !input.isStreaming)) throw refuse("Union between streaming and batch DataFrames/Datasets is not supported", origin, "read the bounded side as a stream too");
      return;
    case "set_operation":
      if (plan.operation === "except") {
        if (plan.right.isStreaming) throw refuse("Except on a streaming DataFrame/Dataset on the right is not supported", origin, "put the stream on the left, or use a left anti join with a table");
      } else if (plan.left.isStreaming || plan.right.isStreaming) throw refuse("Intersect of streaming DataFrames/Datasets is not supported", origin, "join the streams on all columns within a time range");
      return;
    case "limit":
      if (plan.offset > 0) throw refuse("Offset is not supported on streaming DataFrames/Datasets", origin, "a stream has no last row to count from");
      if (outputMode === "update") throw refuse("Limits are not supported on streaming DataFrames/Datasets in Update output mode", origin, "use append mode (a limit over the query's whole life) or complete mode (a limit on each result)");
      return;
    case "sort":
      if (!(outputMode === "complete" && aggregations(plan).length > 0)) {
        throw refuse("Sorting is not supported on streaming DataFrames/Datasets, unless it is on aggregated DataFrame/Dataset in Complete output mode", origin, "aggregate and write in complete mode, or sort where the rows are read");
      }
      return;
    case "sample": throw refuse("Sampling is not supported on streaming DataFrames/Datasets", origin, "filter on rand() or on a hash of a key instead");
    case "window": {
      const { call, attribute: { id, name: own } } = plan.windows[0]!;
      const named = above?.kind === "project" ? above.expressions.find(item => item.expression.kind === "attribute" && item.expression.id === id) : undefined;
      const name = named?.attribute.name ?? own;
      const windowFunc = (call.function.kind === "aggregate_call" ? sqlText(call.function) : `${call.function.name}(${call.args.map(sqlText).join(", ")})`).toUpperCase();
      throw fail("NON_TIME_WINDOW_NOT_SUPPORTED_IN_STREAMING", "42KDE", `Window function is not supported in ${windowFunc} (as column \`${name}\`) on streaming DataFrames/Datasets. Structured Streaming only supports time-window aggregation using the WINDOW function.`,
        { windowFunc, columnName: `\`${name}\``, windowSpec: call.partitionBy.map(sqlText).join(", ") }, origin, "group by window(ts, '1 minute'), or keep state with transformWithState()");
    }
    default: return;
  }
}

const JOIN_NAMES: Readonly<Record<ResolvedJoin["joinType"], string>> = { inner: "Inner", cross: "Cross", left: "LeftOuter", right: "RightOuter", full: "FullOuter", left_semi: "LeftSemi", left_anti: "LeftAnti" };

function checkJoin(join: ResolvedJoin, outputMode: OutputMode): void {
  const { left, right, joinType, origin } = join, name = JOIN_NAMES[joinType], both = left.isStreaming && right.isStreaming;
  const oneSide = "swap the sides, or read both as streams";
  if (joinType === "left_anti" && right.isStreaming) throw refuse("LeftAnti joins with a streaming DataFrame/Dataset on the right are not supported", origin, "use a left outer join and filter the rows without a partner");
  if (!both) {
    if (joinType === "full") {
      throw refuse(left.isStreaming ? "FullOuter joins with streaming DataFrames/Datasets on the left and a static DataFrame/Dataset on the right is not supported" : "FullOuter joins with streaming DataFrames/Datasets on the right and a static DataFrame/Dataset on the left is not supported", origin, "use a left outer join that keeps the stream");
    }
    if ((joinType === "left" || joinType === "left_semi") && right.isStreaming) throw refuse(`${name} join with a streaming DataFrame/Dataset on the right and a static DataFrame/Dataset on the left is not supported`, origin, oneSide);
    if (joinType === "right" && left.isStreaming) throw refuse("RightOuter join with a streaming DataFrame/Dataset on the left and a static DataFrame/DataSet on the right not supported", origin, oneSide);
    return;
  }
  if (joinType === "inner" || joinType === "cross") return;
  if (outputMode === "update") throw refuse(`${name} join between two streaming DataFrames/Datasets is not supported in Update output mode, only in Append output mode`, origin, "write in append mode");
  if (outputMode === "complete") throw refuse(`${name} join between two streaming DataFrames/Datasets is not supported in Complete output mode, only in Append output mode`, origin, "write in append mode");
  if (hasWatermarkedKey(join) || hasUsableRange(join)) return;
  throw refuse(`Stream-stream ${name} join between two streaming DataFrame/Datasets is not supported without a watermark in the join keys, or a watermark on the nullable side and an appropriate range condition`, origin,
    "call withWatermark() on both sides and bound their times in the condition: r.ts BETWEEN l.ts AND l.ts + INTERVAL 10 SECONDS");
}

/** Rules of our own, as Spark has no as-of joins of streams. */
function checkAsofJoin({ left, right, direction, tolerance, leftTime, rightTime, origin }: ResolvedAsOfJoin, outputMode: OutputMode): void {
  if (!right.isStreaming) return;
  if (!left.isStreaming) throw refuse("As-of joins with a streaming DataFrame/Dataset on the right and a static DataFrame/Dataset on the left are not supported", origin, "swap the sides, or read both as streams");
  if (outputMode !== "append") throw refuse(`As-of joins between two streaming DataFrames/Datasets are not supported in ${outputMode[0]!.toUpperCase()}${outputMode.slice(1)} output mode, only in Append output mode`, origin, "write in append mode");
  for (const [time, side] of [[leftTime, "left"], [rightTime, "right"]] as const) {
    if (time.kind === "attribute" && time.watermarkDelayMicros !== undefined) continue;
    throw fail("MILLRACE_AS_OF_JOIN_WITHOUT_WATERMARK", "0A000", `An as-of join of two streams needs a watermark on the time of its ${side} side, which says when no better match can come.`, { side }, origin, `call withWatermark() on the ${side} side, on the column that is its time`);
  }
  if (direction !== "backward" && tolerance === undefined) throw fail("MILLRACE_AS_OF_JOIN_WITHOUT_TOLERANCE", "0A000", `An as-of join of two streams that looks ${direction === "forward" ? "forward" : "to the nearest"} needs a tolerance: without, a left row would wait for its match for ever.`, { direction }, origin, 'say how long a row may wait: tolerance: "10 seconds"');
}

/** Whether the sides are equal in an attribute that a watermark passes. */
function hasWatermarkedKey(join: ResolvedJoin): boolean {
  if (join.condition === undefined) return false;
  const watermarked = (e: ResolvedExpression): boolean => e.kind === "attribute" && [...join.left.output, ...join.right.output].some((a: Attribute) => a.id === e.id && a.watermarkDelayMicros !== undefined);
  return conjunctsOf(join.condition).some(e => e.kind === "scalar_call" && (e.function.name === "=" || e.function.name === "==" || e.function.name === "<=>") && e.args.some(watermarked));
}

