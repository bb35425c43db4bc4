/** What frames offer for missing values and for a first look: the columns that are meant depend on their types, so they are chosen here. */
import type { Expression, Origin } from "../plan/expressions.ts";
import type { NaDrop, NaFill, NaReplace, StatSummary } from "../plan/relations.ts";
import type { Attribute } from "../plan/resolved.ts";
import { INT, STRING, DOUBLE, isFractional, isNumeric, type DataType } from "../types/data-type.ts";
import { groups } from "./aggregate.ts";
import type { Analyzer, Env } from "./analyzer.ts";
import { filter } from "./conditions.ts";
import { fail, unresolvedColumn } from "./errors.ts";
import { proposalsFor, type Analysed } from "./scope.ts";
import { project } from "./select.ts";
import { exactReference } from "./stars.ts";

const call = (name: string, ...args: readonly Expression[]): Expression => ({ kind: "unresolved_function", name, args });
const text = (value: string): Expression => ({ kind: "literal", value, type: STRING });
const cast = (child: Expression, to: DataType, evalMode: "default" | "try" = "default"): Expression => ({ kind: "cast", child, to, evalMode });
const named = (child: Expression, name: string): Expression => ({ kind: "alias", child, names: [name] });
const NULL: Expression = { kind: "literal", value: null, type: { kind: "void" } };

export function naStat(analyzer: Analyzer, relation: NaFill | NaDrop | NaReplace | StatSummary, env: Env): Analysed {
  const input = analyzer.relation(relation.input, env);
  switch (relation.kind) {
    case "na_fill": return { ...project(analyzer, input, input.visible.map(a => filled(analyzer, input, relation, a)), env, relation.origin), frames: input.frames };
    case "na_replace": return { ...project(analyzer, input, input.visible.map(a => replaced(analyzer, input, relation, a)), env, relation.origin), frames: input.frames };
    case "na_drop": return filter(analyzer, input, hasValues(chosen(analyzer, input, relation.columns, relation.origin), relation.minNonNulls), env, relation.origin);
    case "stat_summary": return summary(analyzer, input, relation, env);
  }
}

/** The columns of these names; all without names. @throws AnalysisError for a name that isn't there */
function chosen(analyzer: Analyzer, input: Analysed, names: readonly string[] | undefined, origin: Origin | undefined): readonly Attribute[] {
  return names?.flatMap(name => {
    const found = input.visible.filter(a => analyzer.same(a.name, name));
    if (found.length === 0) throw unresolvedColumn([name], proposalsFor([name], input), origin);
    return found;
  }) ?? input.visible;
}

/** Whether a value of one type is meant for a column of another: numbers for numbers, text for text, truth for truth. */
const isMeant = (value: DataType, column: DataType): boolean => isNumeric(value) ? isNumeric(column) : value.kind === column.kind;
/** NaN is a missing value too. */
const orNaN = (column: Expression, type: DataType): Expression => isFractional(type) ? call("nanvl", column, cast(NULL, type)) : column;

function filled(analyzer: Analyzer, input: Analysed, { values, columns, origin }: NaFill, attribute: Attribute): Expression {
  const column = exactReference(attribute), among = chosen(analyzer, input, columns, origin);
  for (const { column: name } of values) if (name !== undefined) chosen(analyzer, input, [name], origin);
  const value = values.find(({ column: name, value: { type } }) => name !== undefined ? analyzer.same(name, attribute.name) : among.includes(attribute) && isMeant(type, attribute.type))?.value;
  return value === undefined ? column : named(call("coalesce", orNaN(column, attribute.type), cast(value, attribute.type)), attribute.name);
}

function replaced(analyzer: Analyzer, input: Analysed, { replacements, columns, origin }: NaReplace, attribute: Attribute): Expression {
  const column = exactReference(attribute);
  if (!chosen(analyzer, input, columns, origin).includes(attribute)) return column;
  const branches = replacements.filter(([from]) => isMeant(from.type, attribute.type)).map(([from, to]) => ({ when: call("=", column, from), then: cast(to, attribute.type) }));
  return branches.length === 0 ? column : named({ kind: "case_when", branches, otherwise: column }, attribute.name);
}

function hasValues(columns: readonly Attribute[], least: number | undefined): Expression {
  const one: Expression = { kind: "literal", value: 1, type: INT }, zero: Expression = { kind: "literal", value: 0, type: INT };
  const counts = columns.map((a): Expression => ({ kind: "case_when", branches: [{ when: call("isnotnull", orNaN(exactReference(a), a.type)), then: one }], otherwise: zero }));
  return call(">=", counts.reduce((sum, count) => call("+", sum, count), zero), { kind: "literal", value: least ?? columns.length, type: INT });
}

/** One row a statistic, all as text, as Spark's summary() gives them. */
function summary(analyzer: Analyzer, input: Analysed, { statistics, columns, origin }: StatSummary, env: Env): Analysed {
  const among = chosen(analyzer, input, columns, origin).filter(a => isNumeric(a.type) || a.type.kind === "string");
  const named_ = (s: number, c: number): string => `_${s}_${c}`;
  const computed = statistics.flatMap((statistic, s) => among.map((attribute, c) => named(cast(statisticOf(statistic, attribute, origin), STRING), named_(s, c))));
  const one = computed.length === 0 ? project(analyzer, input, [named(call("count", { kind: "literal", value: 1, type: INT }), "_")], env, origin) : groups(analyzer, input, { groupType: "group_by", grouping: [], aggregates: computed }, env, origin);
  const items = statistics.flatMap((statistic, s) => [text(statistic), ...among.map((_, c): Expression => exactReference(one.visible.find(a => a.name === named_(s, c))!))]);
  const rows: Expression = { kind: "alias", child: call("stack", { kind: "literal", value: statistics.length, type: INT }, ...items), names: ["summary", ...among.map(a => a.name)] };
  return project(analyzer, one, [rows], env, origin);
}

function statisticOf(statistic: string, attribute: Attribute, origin: Origin | undefined): Expression {
  const column = exactReference(attribute), number = attribute.type.kind === "string" ? cast(column, DOUBLE, "try") : column;
  const percent = /^(\d+(?:\.\d+)?)%$/.exec(statistic);
  if (percent !== null && Number(percent[1]) <= 100) return call("percentile_approx", number, { kind: "literal", value: Number(percent[1]) / 100, type: DOUBLE });
  switch (statistic.toLowerCase()) {
    case "count": return call("count", column);
    case "count_distinct": return { ...call("count", column), distinct: true } as Expression;
    case "approx_count_distinct": return call("approx_count_distinct", column);
    case "mean": return call("avg", number);
    case "stddev": return call("stddev_samp", number);
    case "min": case "max": return call(statistic.toLowerCase(), column);
    default: throw fail("UNRECOGNIZED_STATISTIC", "42704", `The statistic \`${statistic}\` is not recognized.`, { stats: statistic }, origin, "count, count_distinct, approx_count_distinct, mean, stddev, min, max, or a percentile such as 50%");
  }
}
