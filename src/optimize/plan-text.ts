/** Plans as text, one operator a line, inputs indented under it as Spark's EXPLAIN shows them. */
import { literalSql, callSql } from "../functions/sql-text.ts";
import type { Expression } from "../plan/expressions.ts";
import { expressionToSql } from "../plan/print.ts";
import type { Relation } from "../plan/relations.ts";
import type { Attribute, NamedExpression, ResolvedAsOfJoin, ResolvedExpression, ResolvedFrame, ResolvedRelation, ResolvedSortOrder } from "../plan/resolved.ts";
import type { StatefulProgram } from "../plan/stateful-program.ts";
import type { ValueProgram } from "../plan/value-program.ts";
import { SharedPlan } from "../plan/shared-plan.ts";
import { inputsOf } from "../plan/walk-relations.ts";
import { typeToSql, type DataType } from "../types/data-type.ts";

/** A resolved plan. Attributes show as `name#id`, with an L behind a BIGINT. */
export function planToText(plan: ResolvedRelation, note: (node: ResolvedRelation) => string = () => ""): string {
  const lines: string[] = [];
  tree(plan, "", "", lines, node => relationLine(node) + note(node), relationInputs);
  return lines.join("\n");
}

/** A resolved plan as a tree of numbered operators, and under it what each takes and gives, as EXPLAIN FORMATTED shows them. */
export function planInParts(plan: ResolvedRelation): string {
  const numbers = new Map<ResolvedRelation, number>(), lines: string[] = [], parts: string[] = [];
  const number = (node: ResolvedRelation): void => {
    for (const input of relationInputs(node)) number(input);
    numbers.set(node, numbers.size + 1);
  };
  const title = (node: ResolvedRelation): string => { const [first] = relationLine(node).split(/ (?=[\[(#\d'])|, /, 1); return first!; };
  number(plan);
  tree(plan, "", "", lines, node => `${title(node)} (${numbers.get(node)!})`, relationInputs);
  for (const [node, i] of numbers) {
    const inputs = relationInputs(node), columns = inputs.flatMap(input => input.output), rest = relationLine(node).slice(title(node).length).replace(/^,? /, "");
    parts.push([`(${i}) ${title(node)}`, ...(columns.length > 0 ? [`Input [${columns.length}]: ${list(columns, name)}`] : []), `Output [${node.output.length}]: ${list(node.output, declared)}`, ...(rest === "" ? [] : [`Arguments: ${rest}`])].join("\n"));
  }
  return `${lines.join("\n")}\n\n\n${parts.join("\n\n")}\n`;
}

/** A plan as it was written, before names are resolved: those that aren't known yet have a quote in front. */
export function relationToText(plan: Relation): string {
  const lines: string[] = [];
  tree(plan, "", "", lines, writtenLine, writtenInputs);
  return lines.join("\n");
}

function tree<T>(node: T, first: string, rest: string, lines: string[], line: (node: T) => string, inputs: (node: T) => readonly T[]): void {
  lines.push(first + line(node));
  const below = inputs(node);
  below.forEach((input, i) => {
    const last = i === below.length - 1;
    tree(input, `${rest}${last ? "+- " : ":- "}`, `${rest}${last ? "   " : ":  "}`, lines, line, inputs);
  });
}

const name = (a: Attribute): string => `${a.name}#${a.id}${a.type.kind === "bigint" ? "L" : ""}`;
const declared = (a: Attribute): string => a.watermarkDelayMicros === undefined ? name(a) : `${name(a)}-T${a.watermarkDelayMicros / 1000}ms`;
const list = <T>(items: readonly T[], text: (item: T) => string): string => `[${items.map(text).join(", ")}]`;
const named = ({ expression, attribute }: NamedExpression): string =>
  expression.kind === "attribute" && expression.id === attribute.id ? declared(attribute) : `${expressionText(expression)} AS ${declared(attribute)}`;
const order = (o: ResolvedSortOrder): string => `${expressionText(o.expression)} ${o.direction.toUpperCase()} NULLS ${o.nulls.toUpperCase()}`;

const JOINS = { inner: "Inner", cross: "Cross", left: "LeftOuter", right: "RightOuter", full: "FullOuter", left_semi: "LeftSemi", left_anti: "LeftAnti" } as const;

/** `TransformWithState`. */
const apiName = ({ api }: StatefulProgram): string => `${api[0]!.toUpperCase()}${api.slice(1)}`;

/** `Map parseLine`. */
export const valueText = ({ operator, detail }: ValueProgram): string => `${operator[0]!.toUpperCase()}${operator.slice(1)}${detail === "" ? "" : ` ${detail}`}`;

function relationLine(plan: ResolvedRelation): string {
  switch (plan.kind) {
    case "scan": {
      const filters = plan.pushedFilters.length === 0 ? "" : `, PushedFilters: ${list(plan.pushedFilters, expressionText)}`;
      return `${plan.isStreaming ? "StreamingRelation" : "Relation"} ${plan.description} ${list(plan.output, declared)}${filters}`;
    }
    case "local_rows": return plan.output.length === 0 && plan.rows.length === 1 ? "OneRowRelation" : `LocalRelation ${plan.rows.length === 0 ? "<empty>, " : ""}${list(plan.output, declared)}`;
    case "range": return `Range (${plan.start}, ${plan.end}, step=${plan.step})`;
    case "project": return `Project ${list(plan.expressions, named)}`;
    case "filter": return `Filter ${expressionText(plan.condition)}`;
    case "aggregate": return `Aggregate ${list(plan.keys, named)}, ${list([...plan.keys.map(k => declared(k.attribute)), ...plan.aggregates.map(a => `${expressionText(a.call)} AS ${declared(a.attribute)}`)], text => text)}`;
    case "expand": return `Expand ${list(plan.projections, row => list(row, expressionText))}, ${list(plan.output, declared)}`;
    case "join": return `Join ${JOINS[plan.joinType]}${plan.condition === undefined ? "" : `, ${expressionText(plan.condition)}`}${plan.hint === undefined ? "" : `, ${plan.hint === "broadcast_left" ? "leftHint" : "rightHint"}=(strategy=broadcast)`}`;
    case "as_of_join": return `AsOfJoin ${JOINS[plan.joinType]}, ${plan.direction}, ${expressionText(plan.leftTime)}, ${expressionText(plan.rightTime)}${plan.keys.length === 0 ? "" : `, ${list(plan.keys, key => `${expressionText(key.left)} = ${expressionText(key.right)}`)}`}${plan.tolerance === undefined ? "" : `, tolerance=${toleranceText(plan)}`}${plan.allowExactMatches ? "" : ", no exact matches"}`;
    case "union": return "Union";
    case "set_operation": return `${plan.operation === "intersect" ? "Intersect" : "Except"}${plan.isAll ? " All" : ""}`;
    case "sort": return `Sort ${list(plan.order, order)}, ${plan.isGlobal}`;
    case "limit": return [plan.limit === undefined ? undefined : `Limit ${plan.limit}`, plan.offset === 0 ? undefined : `Offset ${plan.offset}`].filter(part => part !== undefined).join(", ");
    case "deduplicate": return `${plan.withinWatermark ? "DeduplicateWithinWatermark" : "Deduplicate"} ${list(plan.keys, name)}`;
    case "event_time_watermark": return `EventTimeWatermark ${name(plan.eventTime)}, ${plan.delayMicros / 1e6} seconds`;
    case "generate": return `Generate ${expressionText(plan.generator)}, ${plan.outer}, ${list(plan.generated, declared)}`;
    case "window": {
      const { partitionBy, orderBy } = plan.windows[0]!.call;
      return `Window ${list(plan.windows, w => `${expressionText(w.call)} AS ${declared(w.attribute)}`)}, ${list(partitionBy, expressionText)}, ${list(orderBy, order)}${plan.groupLimit === undefined ? "" : `, ${plan.groupLimit.rank} <= ${plan.groupLimit.limit}`}`;
    }
    case "group_map": return `${apiName(plan.program)} ${list(plan.keys, name)}, ${list(plan.output, declared)}`;
    case "value_map": return `${valueText(plan.program)}${plan.schema === undefined ? "" : `, ${list(plan.output, declared)}`}`;
    case "collect_metrics": return `CollectMetrics ${plan.name}, ${list(plan.metrics.output, declared)}`;
    case "sample": return `Sample ${plan.lowerBound}, ${plan.upperBound}, ${plan.withReplacement}, ${plan.seed}`;
    case "subquery_alias": return `SubqueryAlias ${plan.alias}`;
  }
}

const toleranceText = ({ tolerance, leftTime: { type } }: ResolvedAsOfJoin): string => type.kind === "timestamp" || type.kind === "timestamp_ntz" ? `${Number(tolerance) / 1e6} seconds` : literalSql(type, tolerance!);

function relationInputs(plan: ResolvedRelation): readonly ResolvedRelation[] {
  return plan.kind === "scan" && plan.table instanceof SharedPlan ? [plan.table.input] : inputsOf(plan);
}

/** An expression with its attributes' ids; casts put in by coercion show here, as they cost something. */
export function expressionText(e: ResolvedExpression): string {
  const all = (items: readonly ResolvedExpression[]): string => items.map(expressionText).join(", ");
  switch (e.kind) {
    case "attribute": return name(e);
    case "literal": return literalSql(e.type, e.value);
    case "scalar_call": return callSql(e.function.name, e.args.map(expressionText));
    case "cast": return `${e.evalMode === "try" ? "try_cast" : "cast"}(${expressionText(e.child)} as ${typeName(e.type)})`;
    case "case_when": return `CASE${e.branches.map(b => ` WHEN ${expressionText(b.when)} THEN ${expressionText(b.then)}`).join("")}${e.otherwise === undefined ? "" : ` ELSE ${expressionText(e.otherwise)}`} END`;
    case "and": case "or": return `(${expressionText(e.left)} ${e.kind.toUpperCase()} ${expressionText(e.right)})`;
    case "coalesce": return `coalesce(${all(e.args)})`;
    case "field_access": return `${expressionText(e.child)}.${e.name}`;
    case "lambda_variable": return `lambda ${e.name}#${e.id}`;
    case "lambda": return `lambdafunction(${expressionText(e.body)}, ${all(e.params)})`;
    case "aggregate_call": return `${e.function.name}(${e.distinct ? "distinct " : ""}${all(e.args)})${e.filter === undefined ? "" : ` FILTER (WHERE ${expressionText(e.filter)})`}`;
    case "time_window": return `window(${expressionText(e.time)}, ${e.sizeMicros}, ${e.slideMicros}, ${e.startMicros}${e.timeZone === undefined ? "" : `, ${e.timeZone}`})`;
    case "session_window": return `session_window(${expressionText(e.time)}, ${expressionText(e.gap)})`;
    case "generator_call": return `${e.function.name}(${all(e.args)})`;
    case "window_call": {
      const fn = e.function.kind === "aggregate_call" ? expressionText(e.function) : `${e.function.name}(${all(e.args)})`;
      const parts = [e.partitionBy.length === 0 ? "" : `PARTITION BY ${all(e.partitionBy)}`, e.orderBy.length === 0 ? "" : `ORDER BY ${e.orderBy.map(order).join(", ")}`, frameText(e.frame)];
      return `${fn}${e.ignoreNulls ? " IGNORE NULLS" : ""} OVER (${parts.filter(part => part !== "").join(" ")})`;
    }
    case "subquery": return `${e.form === "scalar" ? "scalar-subquery" : e.form === "in" ? `${all(e.values)} IN (list` : "exists"}${list(e.plan.output, name)}${e.form === "in" ? ")" : ""}`;
    case "user_call": return `${e.function.name}(${all(e.args)})`;
  }
}

const typeName = (type: DataType): string => typeToSql(type).toLowerCase();

function frameText(frame: ResolvedFrame): string {
  const bound = (b: ResolvedFrame["lower"], unbounded: string): string => b.at === "offset" ? `${expressionText(b.offset)} FOLLOWING` : b.at === "current" ? "CURRENT ROW" : `UNBOUNDED ${unbounded}`;
  return `${frame.unit.toUpperCase()} BETWEEN ${bound(frame.lower, "PRECEDING")} AND ${bound(frame.upper, "FOLLOWING")}`;
}

const written = (e: Expression): string => e.kind === "unresolved_star" ? [...e.target, "*"].join(".") : e.kind === "unresolved_attribute" ? `'${e.nameParts.join(".")}` : `'${expressionToSql(e)}`;

function writtenLine(plan: Relation): string {
  switch (plan.kind) {
    case "read_named_table": return `'UnresolvedRelation [${plan.nameParts.join(", ")}]${plan.isStreaming ? ", streaming" : ""}`;
    case "read_data_source": return `'${plan.isStreaming ? "StreamingDataSource" : "DataSource"} ${plan.format}${plan.paths.length === 0 ? "" : ` ${list(plan.paths, p => p)}`}`;
    case "local_relation": return `LocalRelation ${list(plan.schema.fields, f => f.name)}`;
    case "inline_table": return `'UnresolvedInlineTable ${list(plan.names ?? [], n => n)}, ${plan.rows.length} rows`;
    case "one_row": return "OneRowRelation";
    case "range": return `Range (${plan.start}, ${plan.end}, step=${plan.step})`;
    case "project": return `'Project ${list(plan.expressions, written)}`;
    case "filter": return `'Filter ${written(plan.condition)}`;
    case "join": return `'Join ${JOINS[plan.joinType]}${plan.natural === true ? ", natural" : ""}${plan.usingColumns === undefined ? "" : `, using ${list(plan.usingColumns, c => c)}`}${plan.condition === undefined ? "" : `, ${written(plan.condition)}`}${plan.lateral === true ? ", lateral" : ""}`;
    case "nearest_join": return `'NearestByJoin ${JOINS[plan.joinType]}, ${plan.count}, ${written(plan.ranking)}, ${plan.direction}`;
    case "as_of_join": return `'AsOfJoin ${JOINS[plan.joinType]}, ${plan.direction}, ${written(plan.leftTime)}, ${written(plan.rightTime)}${plan.by.length === 0 ? "" : `, by ${list(plan.by, c => c)}`}${plan.tolerance === undefined ? "" : `, tolerance=${written(plan.tolerance)}`}${plan.allowExactMatches ? "" : ", no exact matches"}`;
    case "set_operation": return `'${plan.operation === "union" ? "Union" : plan.operation === "intersect" ? "Intersect" : "Except"}${plan.isAll ? " All" : ""}${plan.byName ? ", by name" : ""}`;
    case "sort": return `'Sort ${plan.all === true ? "ALL" : list(plan.order, written)}, ${plan.isGlobal}`;
    case "limit": return `'Limit ${written(plan.limit)}`;
    case "offset": return `'Offset ${written(plan.offset)}`;
    case "tail": return `'Tail ${written(plan.limit)}`;
    case "aggregate": return `'Aggregate ${plan.groupType === "group_by" ? "" : `${plan.groupType} `}${list(plan.grouping, written)}, ${list(plan.aggregates, written)}${plan.having === undefined ? "" : `, having ${written(plan.having)}`}`;
    case "deduplicate": return `'${plan.withinWatermark ? "DeduplicateWithinWatermark" : plan.columnNames === undefined ? "Distinct" : "Deduplicate"}${plan.columnNames === undefined ? "" : ` ${list(plan.columnNames, c => c)}`}`;
    case "group_map": return `'${apiName(plan.program)} ${list(plan.grouping, written)}`;
    case "subquery_alias": return `'SubqueryAlias ${plan.alias}`;
    case "to_df": return `'ToDF ${list(plan.columnNames, c => c)}`;
    case "with_columns": return `'WithColumns ${list(plan.aliases, written)}`;
    case "with_columns_renamed": return `'WithColumnsRenamed ${list(plan.renames, ([from, to]) => `${from} AS ${to}`)}`;
    case "drop": return `'Drop ${list([...plan.columnNames, ...plan.columns.map(written)], c => c)}`;
    case "to_schema": return `'${plan.checkOnly === true ? "CheckSchema" : "ToSchema"} ${list(plan.schema.fields, f => `${f.name} ${typeToSql(f.type)}`)}`;
    case "with_watermark": return `'EventTimeWatermark ${written(plan.eventTime)}, ${plan.delayThreshold}`;
    case "sample": return `'Sample ${plan.lowerBound}, ${plan.upperBound}`;
    case "na_fill": case "na_drop": case "na_replace": return `'${plan.kind === "na_fill" ? "NAFill" : plan.kind === "na_drop" ? "NADrop" : "NAReplace"} ${list(plan.columns ?? ["*"], c => c)}`;
    case "stat_summary": return `'StatSummary ${list(plan.statistics, s => s)}`;
    case "value_map": return `'${valueText(plan.program)}`;
    case "collect_metrics": return `'CollectMetrics ${plan.name}, ${list(plan.metrics, written)}`;
    case "hint": return `'UnresolvedHint ${plan.name}, ${list(plan.parameters, written)}`;
    case "repartition": return `'Repartition ${plan.numPartitions ?? ""}${list(plan.expressions, written)}`;
    case "pivot": return `'Pivot ${list(plan.columns, written)}, ${list(plan.values, written)}, ${list(plan.aggregates, written)}`;
    case "unpivot": return `'Unpivot ${plan.variableName}, ${list(plan.valueNames, v => v)}`;
    case "lateral_view": return `'Generate ${written(plan.generator)}, ${plan.outer}, ${plan.tableAlias}, ${list(plan.columnNames, c => c)}`;
    case "partitioned_call": return `'UnresolvedTableValuedFunction [${plan.name}], TABLE(), ${list(plan.args, written)}`;
    case "table_function": return `'UnresolvedTableValuedFunction [${plan.name}], ${list(plan.args, written)}`;
    case "with_cte": return `CTE ${list(plan.definitions, d => d.name)}`;
    case "with_windows": return `'WithWindowDefinition ${list(Object.keys(plan.windows), w => w)}`;
    case "qualify": return `'Qualify ${written(plan.condition)}`;
  }
}

function writtenInputs(plan: Relation): readonly Relation[] {
  switch (plan.kind) {
    case "read_named_table": case "read_data_source": case "local_relation": case "inline_table": case "one_row": case "range": case "table_function": return [];
    case "join": case "as_of_join": case "nearest_join": case "set_operation": return [plan.left, plan.right];
    case "value_map": return plan.inputs;
    case "with_cte": return [...plan.definitions.map(d => d.plan), plan.input];
    case "group_map": return plan.initialState === undefined ? [plan.input] : [plan.input, plan.initialState];
    default: return [plan.input];
  }
}
