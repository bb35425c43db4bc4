/** `f(...) OVER (...)`: the function's type, the window's partition, order and frame, and what Spark refuses of them. */
import type { Expression, FrameBound, SortOrder, UnresolvedFunction, WindowExpression, WindowFrame } from "../plan/expressions.ts";
import { expressionToSql } from "../plan/print.ts";
import type { ResolvedBound, ResolvedExpression, ResolvedFrame, ResolvedLiteral, ResolvedSortOrder, WindowCall } from "../plan/resolved.ts";
import { someExpression } from "../plan/walk.ts";
import { DOUBLE, INT, sameTypeIgnoringNullability, type DataType, isNumeric } from "../types/data-type.ts";
import { coerce, literalOf } from "./build.ts";
import { functionNamed, refuseAggregateSyntax, refuseDistinct, resolveAggregate, wrongNumber } from "./calls.ts";
import { DOC_ROOT, fail, quoteSql, quoteType } from "./errors.ts";
import type { Resolver } from "./expressions.ts";
import { displayName } from "./names.ts";

const WHOLE: ResolvedFrame = { unit: "rows", lower: { at: "unbounded" }, upper: { at: "unbounded" } };
const RUNNING_ROWS: ResolvedFrame = { unit: "rows", lower: { at: "unbounded" }, upper: { at: "current" } };
const RUNNING_RANGE: ResolvedFrame = { unit: "range", lower: { at: "unbounded" }, upper: { at: "current" } };
/** Functions whose frame is their own business; a frame written out must be that one. */
const RANKING = new Set(["row_number", "rank", "dense_rank", "percent_rank", "cume_dist", "ntile", "lag", "lead", "counter_diff"]);
/** Aggregates by an order of their own, which take a partition as a whole. */
const WHOLE_ONLY = new Set(["median", "percentile_cont", "percentile_disc", "listagg"]);
const NEED_ORDER = new Set(["rank", "dense_rank", "percent_rank", "cume_dist", "ntile", "row_number", "lag", "lead", "nth_value", "counter_diff"]);

export function resolveWindow(resolver: Resolver, written: WindowExpression): WindowCall {
  const window = named(resolver, written), { origin } = written;
  const call = window.function.kind === "unresolved_function" ? window.function : undefined;
  const entry = call === undefined ? undefined : functionNamed(resolver, call);
  if (call === undefined || entry === undefined || entry.kind !== "aggregate" && entry.kind !== "window") {
    const sqlExpr = quoteSql(displayName(resolver, window.function));
    if (call !== undefined && entry?.kind === "scalar") refuseAggregateSyntax(call);
    if (call !== undefined && entry === undefined) {
      const routine = resolver.context.lookupRoutine?.(call.name.split("."));
      if (routine !== undefined) throw fail("UNSUPPORTED_SQL_UDF_USAGE", "0A000", `Using SQL function \`${routine.name}\` in Window is not supported.`, { functionName: `\`${routine.name}\``, nodeName: "Window" }, origin);
      resolver.resolve(call);
    }
    throw fail("UNSUPPORTED_EXPR_FOR_WINDOW", "42P20", `Expression ${sqlExpr} not supported within a window function.`, { sqlExpr }, origin, "OVER belongs to aggregates and window functions such as row_number()");
  }
  const name = entry.name.toLowerCase();
  refuseDistinct(call, name);
  if (call.distinct === true) {
    const windowExpr = quoteSql(displayName(resolver, withDefaultFrame(window, entry.kind === "window")));
    throw fail("DISTINCT_WINDOW_FUNCTION_UNSUPPORTED", "0A000", `Distinct window functions are not supported: ${windowExpr}.`, { windowExpr }, origin);
  }
  const partitionBy = resolver.resolveAll(window.partitionBy);
  const orderBy = window.orderBy.map(order => resolver.sortOrder(order));
  const frame = window.frame === undefined ? undefined : resolveFrame(resolver, window, window.frame, orderBy);
  if (entry.kind === "window" && NEED_ORDER.has(name) && orderBy.length === 0) {
    throw fail("WINDOW_FUNCTION_FRAME_NOT_ORDERED", "42601", `Window function ${displayName(resolver, call).toUpperCase()} requires window to be ordered, please add ORDER BY clause.`,
      { wf_name: name, wf_expr: displayName(resolver, call).toUpperCase() }, origin, `write OVER (PARTITION BY ... ORDER BY ...)`);
  }
  if (entry.kind === "aggregate") {
    const aggregate = resolveAggregate(resolver, call);
    if (WHOLE_ONLY.has(name) && (name !== "listagg" || call.withinGroup !== undefined) && (orderBy.length > 0 || frame !== undefined && !(frame.lower.at === "unbounded" && frame.upper.at === "unbounded"))) {
      const aggFunc = quoteSql(displayName(resolver, call));
      throw fail("INVALID_WINDOW_SPEC_FOR_AGGREGATION_FUNC", "42601", `Cannot specify ORDER BY or a window frame for ${aggFunc}.`, { aggFunc }, origin);
    }
    return Object.freeze({
      kind: "window_call", function: aggregate, args: [], partitionBy, orderBy, frame: frame ?? (orderBy.length === 0 ? WHOLE : RUNNING_RANGE), ignoreNulls: call.ignoreNulls ?? false,
      type: aggregate.type, nullable: aggregate.nullable || mayBeEmpty(frame) && aggregate.function.name !== "count", origin,
    });
  }
  if (frame !== undefined && RANKING.has(name) && !(frame.unit === "rows" && frame.lower.at === "unbounded" && frame.upper.at === "current")) {
    throw fail("_LEGACY_ERROR_TEMP_1036", "42K09", `Window Frame of ${name} must be ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW.`, { wf: frame.unit, required: "rows" }, origin);
  }
  const typed = windowFunction(resolver, name, call);
  return Object.freeze({
    kind: "window_call", function: entry, args: typed.args, partitionBy, orderBy, frame: frame ?? (name === "nth_value" ? RUNNING_RANGE : RUNNING_ROWS), ignoreNulls: call.ignoreNulls ?? false,
    type: typed.type, nullable: typed.nullable, origin,
  });
}

/** The text form of a window without its frame left out, as Spark shows it. */
export function withDefaultFrame(window: WindowExpression, ranking: boolean): WindowExpression {
  if (window.frame !== undefined) return window;
  const frame: WindowFrame = ranking ? { unit: "rows", lower: "unbounded_preceding", upper: "current_row" }
    : window.orderBy.length === 0 ? { unit: "rows", lower: "unbounded_preceding", upper: "unbounded_following" } : { unit: "range", lower: "unbounded_preceding", upper: "current_row" };
  return { ...window, frame };
}

/** The window with the definition that it names put in. */
export function named(resolver: Resolver, window: WindowExpression): WindowExpression {
  if (window.windowName === undefined) return window;
  const wanted = window.windowName;
  const windows = resolver.options.windows ?? {};
  const found = Object.keys(windows).find(name => resolver.same(name, wanted));
  const definition = found === undefined ? undefined : windows[found];
  if (definition === undefined) {
    throw fail("MISSING_WINDOW_SPECIFICATION", "42P20", `Window specification is not defined in the WINDOW clause for ${wanted}. For more information about WINDOW clauses, please refer to '${DOC_ROOT}/sql-ref-syntax-qry-select-window.html'.`, { windowName: wanted, docroot: DOC_ROOT }, window.origin);
  }
  const { windowName: _, ...rest } = window;
  const base = named(resolver, definition);
  return {
    ...rest, partitionBy: window.partitionBy.length > 0 ? window.partitionBy : base.partitionBy, orderBy: window.orderBy.length > 0 ? window.orderBy : base.orderBy,
    ...(window.frame !== undefined ? { frame: window.frame } : base.frame !== undefined ? { frame: base.frame } : {}),
  };
}

interface Typed { readonly args: readonly ResolvedExpression[]; readonly type: DataType; readonly nullable: boolean }

function windowFunction(resolver: Resolver, name: string, call: UnresolvedFunction): Typed {
  const args = resolver.resolveAll(call.args), count = args.length;
  const atMost = (least: number, most: number): void => {
    if (count < least || count > most) throw wrongNumber(name, count, least === most ? String(least) : `[${Array.from({ length: most - least + 1 }, (_, i) => least + i).join(", ")}]`, call.origin);
  };
  switch (name) {
    case "row_number": case "rank": case "dense_rank": atMost(0, 0); return { args, type: INT, nullable: false };
    case "percent_rank": case "cume_dist": atMost(0, 0); return { args, type: DOUBLE, nullable: false };
    case "ntile": {
      atMost(0, 1);
      const buckets = args[0] ?? literalOf(1, INT);
      foldable(resolver, call, buckets, 0, "buckets");
      if (buckets.type.kind !== "int") {
        const sqlExpr = quoteSql(displayName(resolver, call)), inputSql = quoteSql(displayName(resolver, call.args[0]!));
        throw fail("DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE", "42K09", `Cannot resolve ${sqlExpr} due to data type mismatch: The first parameter requires the "INT" type, however ${inputSql} has the type ${quoteType(buckets.type)}.`, { sqlExpr, paramIndex: "first", requiredType: quoteSql("INT"), inputSql, inputType: quoteType(buckets.type) }, call.origin);
      }
      positive(resolver, call, buckets, "buckets", "(0, 2147483647]", "");
      return { args: [buckets], type: INT, nullable: false };
    }
    case "counter_diff": {
      atMost(1, 1);
      const counter = args[0]!;
      if (!isNumeric(counter.type)) {
        const sqlExpr = quoteSql(displayName(resolver, call)), inputSql = quoteSql(displayName(resolver, call.args[0]!));
        throw fail("DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE", "42K09", `Cannot resolve ${sqlExpr} due to data type mismatch: The first parameter requires the "NUMERIC" type, however ${inputSql} has the type ${quoteType(counter.type)}.`, { sqlExpr, paramIndex: "first", requiredType: quoteSql("NUMERIC"), inputSql, inputType: quoteType(counter.type) }, call.origin);
      }
      return { args, type: counter.type, nullable: true };
    }
    case "nth_value": {
      atMost(1, 3);
      const offset = args[1] ?? literalOf(1, INT);
      foldable(resolver, call, offset, 1, "offset");
      positive(resolver, call, offset, "offset", "(0, 9223372036854775807]", "L");
      return { args: [args[0]!, offset], type: args[0]!.type, nullable: true };
    }
    default: {   // lag, lead
      atMost(1, 3);
      const value = args[0]!, offset = args[1] ?? literalOf(1, INT);
      foldable(resolver, call, offset, 1, "offset");
      const otherwise = args[2] === undefined ? literalOf(null, value.type) : coerce(args[2], value.type, resolver.settings);
      return { args: [value, offset, otherwise], type: value.type, nullable: value.nullable || otherwise.nullable };
    }
  }
}

const isConstant = (e: ResolvedExpression): boolean => !someExpression(e, x => x.kind === "attribute" || x.kind === "lambda_variable" || x.kind === "aggregate_call");

/** @throws AnalysisError DATATYPE_MISMATCH.NON_FOLDABLE_INPUT */
function foldable(resolver: Resolver, call: UnresolvedFunction, value: ResolvedExpression, index: number, name: string): void {
  if (isConstant(value)) return;
  const sqlExpr = quoteSql(displayName(resolver, call)), inputExpr = quoteSql(displayName(resolver, call.args[index]!));
  throw fail("DATATYPE_MISMATCH.NON_FOLDABLE_INPUT", "42K09", `Cannot resolve ${sqlExpr} due to data type mismatch: the input \`${name}\` should be a foldable "INT" expression; however, got ${inputExpr}.`, { sqlExpr, inputName: `\`${name}\``, inputType: quoteSql("INT"), inputExpr }, call.origin);
}

function positive(resolver: Resolver, call: UnresolvedFunction, value: ResolvedExpression, exprName: string, valueRange: string, suffix: string): void {
  if (value.kind !== "literal" || value.value === null || Number(value.value) > 0) return;
  const sqlExpr = quoteSql(displayName(resolver, call));
  throw fail("DATATYPE_MISMATCH.VALUE_OUT_OF_RANGE", "42K09", `Cannot resolve ${sqlExpr} due to data type mismatch: The ${exprName} must be between ${valueRange} (current value = ${value.value}${suffix}).`,
    { sqlExpr, exprName, valueRange, currentValue: `${value.value}${suffix}` }, call.origin);
}

/** A frame that may hold no row makes even a not-null aggregate null. */
function mayBeEmpty(frame: ResolvedFrame | undefined): boolean {
  return frame !== undefined && (frame.lower.at === "offset" && frame.upper.at === "offset");
}

function resolveFrame(resolver: Resolver, window: WindowExpression, frame: WindowFrame, orderBy: readonly ResolvedSortOrder[]): ResolvedFrame {
  const text = frameText(resolver, frame), { origin } = window;
  const offsets = [frame.lower, frame.upper].some(b => typeof b === "object");
  if (frame.unit === "range" && offsets) {
    const spec = quoteSql(specText(resolver, window, text));
    if (orderBy.length === 0) {
      throw fail("DATATYPE_MISMATCH.RANGE_FRAME_WITHOUT_ORDER", "42K09", `Cannot resolve ${spec} due to data type mismatch: A range window frame cannot be used in an unordered window specification.`, { sqlExpr: spec }, origin);
    }
    if (orderBy.length > 1) {
      throw fail("DATATYPE_MISMATCH.RANGE_FRAME_MULTI_ORDER", "42K09", `Cannot resolve ${spec} due to data type mismatch: A range window frame with value boundaries cannot be used in a window specification with multiple order by expressions.`,
        { sqlExpr: spec, orderSpec: window.orderBy.map(order => expressionToSql(order)).join(",") }, origin);
    }
  }
  if (frame.lower === "unbounded_following" || frame.upper === "unbounded_preceding") {
    throw fail("DATATYPE_MISMATCH.SPECIFIED_WINDOW_FRAME_INVALID_BOUND", "42K09", `Cannot resolve "${text}" due to data type mismatch: Window frame upper bound ${quoteSql(boundText(resolver, frame.upper))} does not follow the lower bound ${quoteSql(boundText(resolver, frame.lower))}.`,
      { sqlExpr: quoteSql(text), lower: quoteSql(boundText(resolver, frame.lower)), upper: quoteSql(boundText(resolver, frame.upper)) }, origin);
  }
  const order = frame.unit === "range" ? orderBy[0]?.expression.type : undefined;
  const bound = (b: FrameBound, place: string): ResolvedBound => {
    if (b === "current_row") return { at: "current" };
    if (typeof b === "string") return { at: "unbounded" };
    const negative = "preceding" in b;
    const written = resolver.resolve(negative ? b.preceding : b.following);
    // What is subtracted from is a number.
    const value = negative && frame.unit === "range" && written.type.kind === "string" ? coerce(written, DOUBLE, resolver.settings) : written;
    if (!isConstant(value)) {
      throw fail("DATATYPE_MISMATCH.SPECIFIED_WINDOW_FRAME_WITHOUT_FOLDABLE", "42K09", `Cannot resolve "${text}" due to data type mismatch: Window frame ${place} bound is not a literal.`, { sqlExpr: quoteSql(text), location: place, expression: quoteSql(text) }, origin);
    }
    if (frame.unit === "rows") {
      if (value.type.kind !== "int") throw unacceptedType(text, place, value.type, '"INT"', origin);
      return { at: "offset", offset: signed(resolver, value, negative) };
    }
    if (order !== undefined && !rangeAccepts(order, value.type)) {
      const [lower, upper] = [frame.lower, frame.upper].map(one => typeof one === "string" ? undefined : resolver.resolve("preceding" in one ? one.preceding : one.following).type);
      if (isMoment(order) && lower !== undefined && upper !== undefined && lower.kind !== upper.kind) throw differentBounds(resolver, text, frame, lower, upper, origin);
      if (isMoment(order) && (isNumeric(value.type) || INTERVALS.has(value.type.kind))) {
        const orderSpecType = quoteType(order), valueBoundaryType = quoteType(value.type), sqlExpr = quoteSql(specText(resolver, window, text));
        throw fail("DATATYPE_MISMATCH.RANGE_FRAME_INVALID_TYPE", "42K09", `Cannot resolve ${sqlExpr} due to data type mismatch: The data type ${orderSpecType} used in the order specification does not support the data type ${valueBoundaryType} which is used in the range frame.`, { sqlExpr, orderSpecType, valueBoundaryType }, origin);
      }
      throw unacceptedType(text, place, value.type, quoteType(order), origin);
    }
    const typed = order !== undefined && isNumeric(order) ? coerce(value, order, resolver.settings) : value;
    return { at: "offset", offset: signed(resolver, typed, negative) };
  };
  const lower = bound(frame.lower, "lower"), upper = bound(frame.upper, "upper");
  const low = position(lower), high = position(upper);
  if (low !== undefined && high !== undefined && low > high) {
    throw fail("DATATYPE_MISMATCH.SPECIFIED_WINDOW_FRAME_WRONG_COMPARISON", "42K09", `Cannot resolve "${text}" due to data type mismatch: The lower bound of a window frame must be less than or equal to the upper bound.`, { sqlExpr: quoteSql(text), comparison: "less than or equal" }, origin);
  }
  return { unit: frame.unit, lower, upper };
}

const isMoment = (type: DataType): boolean => type.kind === "date" || type.kind === "timestamp" || type.kind === "timestamp_ntz";

function differentBounds(resolver: Resolver, text: string, frame: WindowFrame, lower: DataType, upper: DataType, origin: WindowExpression["origin"]): Error {
  const parameters = { sqlExpr: quoteSql(text), lower: quoteSql(boundText(resolver, frame.lower)), upper: quoteSql(boundText(resolver, frame.upper)), lowerType: quoteType(lower), upperType: quoteType(upper) };
  return fail("DATATYPE_MISMATCH.SPECIFIED_WINDOW_FRAME_DIFF_TYPES", "42K09", `Cannot resolve "${text}" due to data type mismatch: Window frame bounds ${parameters.lower} and ${parameters.upper} do not have the same type: ${parameters.lowerType} <> ${parameters.upperType}.`, parameters, origin);
}

function unacceptedType(text: string, location: string, type: DataType, expectedType: string, origin: WindowExpression["origin"]): Error {
  return fail("DATATYPE_MISMATCH.SPECIFIED_WINDOW_FRAME_UNACCEPTED_TYPE", "42K09", `Cannot resolve "${text}" due to data type mismatch: The data type of the ${location} bound ${quoteType(type)} does not match the expected data type ${expectedType}.`,
    { sqlExpr: quoteSql(text), location, exprType: quoteType(type), expectedType }, origin);
}

const INTERVALS: ReadonlySet<string> = new Set(["day_time_interval", "year_month_interval", "calendar_interval"]);

function rangeAccepts(order: DataType, bound: DataType): boolean {
  switch (order.kind) {
    case "date": return bound.kind === "int" || bound.kind === "day_time_interval" && bound.end === "day" || bound.kind === "year_month_interval" || bound.kind === "calendar_interval";
    case "timestamp": case "timestamp_ntz": return bound.kind === "day_time_interval" || bound.kind === "year_month_interval" || bound.kind === "calendar_interval";
    case "tinyint": case "smallint": case "int": case "bigint": case "float": case "double": case "decimal": return isNumeric(bound) || bound.kind === "string";
    default: return sameTypeIgnoringNullability(order, bound);
  }
}

/** The bound as a signed distance: preceding counts down. */
function signed(resolver: Resolver, value: ResolvedExpression, negative: boolean): ResolvedExpression {
  if (!negative) return value;
  if (value.kind === "literal") {
    const { value: cell } = value;
    if (typeof cell === "number" || typeof cell === "bigint") return { ...value, value: -cell } as ResolvedLiteral;
    if (typeof cell === "object" && cell !== null && "months" in cell) return { ...value, value: { months: -cell.months, days: -cell.days, micros: -cell.micros } };
  }
  return resolver.callNegative(value);
}

function position(bound: ResolvedBound): number | undefined {
  if (bound.at === "current") return 0;
  if (bound.at === "offset" && bound.offset.kind === "literal" && (typeof bound.offset.value === "number" || typeof bound.offset.value === "bigint")) return Number(bound.offset.value);
  return undefined;
}

function boundText(resolver: Resolver, b: FrameBound): string {
  if (typeof b === "string") return b.replaceAll("_", " ").toUpperCase();
  const text = (e: Expression): string => displayName(resolver, e);
  return "preceding" in b ? `${text(b.preceding)} PRECEDING` : `${text(b.following)} FOLLOWING`;
}
const frameText = (resolver: Resolver, frame: WindowFrame): string => `${frame.unit.toUpperCase()} BETWEEN ${boundText(resolver, frame.lower)} AND ${boundText(resolver, frame.upper)}`;

function specText(resolver: Resolver, window: WindowExpression, frame: string): string {
  const list = (items: readonly (Expression | SortOrder)[]): string => items.map(item => displayName(resolver, item)).join(", ");
  const parts = [window.partitionBy.length === 0 ? "" : `PARTITION BY ${list(window.partitionBy)}`, window.orderBy.length === 0 ? "" : `ORDER BY ${list(window.orderBy)}`, frame];
  return `(${parts.filter(part => part !== "").join(" ")})`;
}

