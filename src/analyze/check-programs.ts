/** What programs with state may not do in a streaming query: Spark's conditions, with what to do instead. */
import { AnalysisError } from "../base/errors.ts";
import type { OutputMode } from "../plan/output-mode.ts";
import type { ResolvedGroupMap, ResolvedRelation } from "../plan/resolved.ts";
import { inputsOf, someRelation } from "../plan/walk-relations.ts";
import { fail } from "./errors.ts";

const NOT_SUPPORTED = "_LEGACY_ERROR_TEMP_3102";
const ON_STREAMS = "on a streaming DataFrame/Dataset";

/** @throws AnalysisError for a program that can't be, or can't be where it is, before the query starts */
export function checkPrograms(plan: ResolvedRelation, outputMode: OutputMode): void {
  const programs = programsIn(plan), isAggregated = someRelation(plan, p => p.kind === "aggregate" && p.isStreaming);
  for (const program of programs) check(program, outputMode, isAggregated);
  const last = programs.find(({ program }) => program.api === "flatMapGroupsWithState" && program.timeMode === "EventTime");
  const isStateful = (p: ResolvedRelation): boolean => p.isStreaming && (p.kind === "aggregate" || p.kind === "deduplicate" || p.kind === "group_map") || (p.kind === "join" || p.kind === "as_of_join") && p.left.isStreaming && p.right.isStreaming;
  if (last !== undefined && someRelation(plan, p => p !== last && isStateful(p) && someRelation(p, below => below === last))) {
    throw refuse(last, "Detected pattern of possible 'correctness' issue due to global watermark. flatMapGroupsWithState with event time timeouts can emit rows that are late for a stateful operator behind it.", "use transformWithState() with eventTimeColumnName, which carries the watermark on");
  }
}

function programsIn(plan: ResolvedRelation): readonly ResolvedGroupMap[] {
  return [...(plan.kind === "group_map" && plan.isStreaming ? [plan] : []), ...inputsOf(plan).flatMap(programsIn)];
}

function check(node: ResolvedGroupMap, outputMode: OutputMode, isAggregated: boolean): void {
  const { api, timeMode, outputMode: own } = node.program, mode = `${outputMode[0]!.toUpperCase()}${outputMode.slice(1)}`;
  if (node.initial?.input.isStreaming === true) throw refuse(node, `Streaming DataFrame/Dataset is not supported as the initial state of ${api} ${ON_STREAMS}`, "read the initial state with read, as a table");
  if (api === "mapGroupsWithState") {
    if (isAggregated) throw refuse(node, `mapGroupsWithState is not supported with aggregation ${ON_STREAMS}`, "use flatMapGroupsWithState() in append mode");
    if (outputMode !== "update") throw refuse(node, `mapGroupsWithState is not supported with ${mode} output mode ${ON_STREAMS}`, "write in update mode");
  } else if (api === "flatMapGroupsWithState") {
    if (isAggregated && own !== "append") throw refuse(node, `flatMapGroupsWithState in update mode is not supported with aggregation ${ON_STREAMS}`, 'say outputMode: "append"');
    if (outputMode !== own) throw refuse(node, `flatMapGroupsWithState in ${own} mode is not supported with ${mode} output mode ${ON_STREAMS}`, `write in ${own} mode, or give flatMapGroupsWithState() the outputMode of the query`);
  } else if (outputMode === "complete") {
    throw fail("STREAMING_OUTPUT_MODE.UNSUPPORTED_OPERATION", "42KDE", "Invalid streaming output mode: complete. This output mode is not supported for transformWithState on streaming DataFrames/DataSets.", { outputMode, operation: "transformWithState" }, node.origin, "write in append or update mode");
  }
  if (timeMode === "EventTime" && !node.input.output.some(a => a.watermarkDelayMicros !== undefined)) {
    throw api === "transformWithState"
      ? refuse(node, "Watermark must be specified in the query using '[Dataset/DataFrame].withWatermark()' for using event-time timers in transformWithState. Event-time timers not supported without watermark.", "call withWatermark() before the grouping")
      : refuse(node, "Watermark must be specified in the query using '[Dataset/DataFrame].withWatermark()' for using event-time timeout in a [map|flatMap]GroupsWithState. Event-time timeout not supported without watermark.", "call withWatermark() before the grouping");
  }
}

const refuse = (node: ResolvedGroupMap, message: string, hint: string): AnalysisError => fail(NOT_SUPPORTED, "0A000", message, { msg: message }, node.origin, hint);
