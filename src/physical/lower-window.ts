/** Window functions as an operator: their arguments, filters and range bounds become columns that are computed while rows come in. */
import { castOf, scalarCall } from "../analyze/build.ts";
import { unsupported } from "../base/errors.ts";
import { compileExpression } from "../eval/compile.ts";
import { evaluateConstant } from "../eval/constant.ts";
import { lookupFunction } from "../functions/registry.ts";
import { sqlText } from "../functions/sql-text.ts";
import type { Operator } from "../operators/operator.ts";
import { orderOf } from "../operators/sort.ts";
import { Window, type WindowParts } from "../operators/window.ts";
import { WindowGroupLimit } from "../operators/window-group-limit.ts";
import type { FrameBound, FrameSpec } from "../operators/window-frames.ts";
import type { WindowFunctionSpec } from "../operators/window-functions.ts";
import type { SqlSettings } from "../plan/function.ts";
import { placeIn, schemaOf, type ResolvedBound, type ResolvedExpression, type ResolvedWindow, type WindowCall } from "../plan/resolved.ts";
import { sameTypeIgnoringNullability } from "../types/data-type.ts";
import type { Lowering } from "./lowering.ts";

export function lowerWindow(lowering: Lowering, node: ResolvedWindow, next: Operator, depth: number): void {
  const { input, windows } = node, { settings } = lowering.context, { partitionBy, orderBy } = windows[0]!.call;
  const isNew = new Set(windows.map(w => w.attribute.id)), kept = node.output.filter(a => !isNew.has(a.id)), columns = new Columns(settings);
  const functions = windows.map(({ call }) => functionOf(call, columns));
  const parts: WindowParts = {
    schema: schemaOf({ output: [...kept, ...windows.map(w => w.attribute)] }),
    kept: kept.map(a => ({ column: placeIn(input.output, a), type: a.type })),
    partitionBy: partitionBy.map(e => compileExpression(e, input.output)),
    orderBy: orderBy.map(o => ({ evaluator: compileExpression(o.expression, input.output), direction: o.direction, nulls: o.nulls })),
    computed: columns.all.map(e => compileExpression(e, input.output)), functions,
  };
  const text = windows.map(({ call }) => (call.function.kind === "aggregate_call" ? sqlText(call.function) : `${call.function.name}(${call.args.map(sqlText).join(", ")})`)).join(", ");
  lowering.say(depth, `Window [${text}], by [${partitionBy.map(sqlText).join(", ")}], order [${orderBy.map(o => `${sqlText(o.expression)} ${o.direction.toUpperCase()}`).join(", ")}]`);
  const window = lowering.metered(new Window(parts, lowering.context, next), next, "window", "Window functions", text);
  if (node.groupLimit === undefined) return lowering.lower(input, window, depth + 1);
  const limited = `${node.groupLimit.rank} <= ${node.groupLimit.limit}`;
  lowering.say(depth + 1, `WindowGroupLimit ${limited}`);
  const orderColumns = orderBy.map(({ expression: e }) => e.kind === "attribute" ? input.output.findIndex(a => a.id === e.id) : undefined);
  const limit = new WindowGroupLimit({ ...node.groupLimit, schema: schemaOf(input), partitionBy: parts.partitionBy, orderBy: parts.orderBy, orderColumns }, lowering.context, window);
  lowering.lower(input, lowering.metered(limit, window, "window", "First rows of partitions", limited), depth + 2);
}

/** The expressions that the operator computes for each row. */
class Columns {
  readonly all: ResolvedExpression[] = [];
  readonly settings: SqlSettings;
  constructor(settings: SqlSettings) { this.settings = settings; }
  add(expression: ResolvedExpression): number {
    const found = this.all.indexOf(expression);
    return found >= 0 ? found : this.all.push(expression) - 1;
  }
}

function functionOf(call: WindowCall, columns: Columns): WindowFunctionSpec {
  const { type, args, ignoreNulls } = call, frame = () => frameOf(call, columns);
  if (call.function.kind === "aggregate_call") {
    const { binding, args: own, filter } = call.function;
    return { kind: "aggregate", binding, args: own.map(arg => columns.add(arg)), filter: filter === undefined ? undefined : columns.add(filter), frame: frame(), type };
  }
  const { name } = call.function, constant = (i: number) => Number(evaluateConstant(args[i]!, columns.settings)), column = (i: number) => columns.add(args[i]!);
  switch (name) {
    case "row_number": case "rank": case "dense_rank": case "percent_rank": case "cume_dist": return { kind: "rank", name, type };
    case "ntile": return { kind: "ntile", buckets: constant(0), type };
    case "lag": case "lead": return { kind: "neighbour", offset: name === "lag" ? -constant(1) : constant(1), ignoreNulls, args: [column(0), column(2)], type };
    case "nth_value": return { kind: "nth_value", n: constant(1), ignoreNulls, args: [column(0)], frame: frame(), type };
    case "counter_diff": return { kind: "counter_diff", args: [column(0)], type };
    default: throw unsupported(`The window function ${name}()`);
  }
}

function frameOf({ frame, orderBy }: WindowCall, columns: Columns): FrameSpec {
  const bound = (b: ResolvedBound): FrameBound => {
    if (b.at !== "offset") return b;
    if (frame.unit === "rows") return { at: "rows", offset: Number(evaluateConstant(b.offset, columns.settings)) };
    const order = orderBy[0]!, reach = calculate(order.direction === "asc" ? "+" : "-", order.expression, b.offset, columns.settings);
    // A date with hours added is a timestamp: then the rows are compared as such.
    const value = sameTypeIgnoringNullability(order.expression.type, reach.type) ? order.expression : castOf(order.expression, reach.type, "ansi", columns.settings, true);
    return { at: "value", bound: columns.add(reach), value: columns.add(value), order: orderOf({ evaluator: { type: reach.type }, direction: order.direction, nulls: order.nulls }) };
  };
  return { unit: frame.unit, lower: bound(frame.lower), upper: bound(frame.upper) };
}

function calculate(name: "+" | "-", left: ResolvedExpression, right: ResolvedExpression, settings: SqlSettings): ResolvedExpression {
  const entry = lookupFunction(name);
  if (entry?.kind !== "scalar") throw unsupported(`a range frame without ${name}`);
  return scalarCall(entry, [left, right], entry.bind([left, right], settings, undefined), settings);
}
