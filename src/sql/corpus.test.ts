/**
 * Catches SQL that Spark takes and the parser doesn't, or the other way round, and automatic column names that aren't
 * Spark's: every statement of the conformance corpus.
 */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { MillraceError } from "../base/errors.ts";
import { columnName } from "../plan/print.ts";
import type { Expression } from "../plan/expressions.ts";
import type { Relation, Statement } from "../plan/relations.ts";
import { parseSchemaDdl, parseStatement } from "./parser.ts";

interface Golden { readonly id: string; readonly sql: string; readonly conf: Readonly<Record<string, string>>; readonly schema?: string; readonly error?: string; readonly params?: Readonly<Record<string, string>> }

const folder = join(import.meta.dirname, "../../test/corpus/conformance/golden");
const goldens = readdirSync(folder).flatMap(file => readFileSync(join(folder, file), "utf8").split("\n").filter(line => line !== "").flatMap((line): Golden[] => {
  const entry = JSON.parse(line) as Golden & { readonly setup?: readonly string[] };
  return entry.setup === undefined ? [entry] : entry.setup.map(sql => ({ id: `${file}/setup`, sql, conf: {}, schema: "" }));
}));

/** Where Spark's answer is known and ours is another. */
const DIFFERENT: ReadonlySet<string> = new Set([
  // Conditions that Spark has no name for.
  "intervals/literal_bad_hour", "intervals/minute_second_over_sixty",
  // The text of a schema is read by the function, not by the parser.
  "json_functions/from_json_bad_schema",
  // Spark ends with an error of Java.
  "scripting/script_066", "scripting/script_192",
]);
function parse({ sql, conf }: Golden): Statement {
  return parseStatement(sql, { timeZone: conf["spark.sql.session.timeZone"] ?? "UTC", conf: new Map(Object.entries(conf)) });
}

test("what Spark parses is parsed, what it doesn't is refused under the same condition", () => {
  const wrong: string[] = [];
  for (const golden of goldens) {
    if (DIFFERENT.has(golden.id)) continue;
    let failure: unknown;
    try {
      parse(golden);
    } catch (error) {
      failure = error;
    }
    if (failure === undefined) {
      if (golden.error === "PARSE_SYNTAX_ERROR") wrong.push(`${golden.id}: parsed, but isn't SQL: ${golden.sql}`);
      continue;
    }
    if (!(failure instanceof MillraceError)) throw failure;
    if (failure.condition !== golden.error) wrong.push(`${golden.id}: ${failure.condition}, not ${golden.error ?? "rows"}: ${golden.sql}`);
    else assert.equal(failure.queryContext.length, 1, golden.id);
  }
  assert.deepEqual(wrong, []);
  assert.ok(goldens.length > 3900, `${goldens.length} statements`);
});

/** Spark's generated parser looks further ahead, most often in scripts, whose statements begin with names. */
const OTHER_TOKENS: readonly string[] = [
  "conditional/case_missing_end", "conditional/when_missing_then", "errors/window_bad_frame", "name_resolution/reserved_word_column_ansi",
  "nearest_joins/nearest_13", "nearest_joins/nearest_44", "nearest_joins/nearest_46", "scripting/script_004", "scripting/script_006",
  "scripting/script_042", "scripting/script_068", "scripting/script_069", "scripting/script_070", "scripting/script_071", "scripting/script_072",
  "scripting/script_073", "scripting/script_074", "scripting/script_093", "scripting/script_106", "scripting/script_148", "scripting/script_153",
  "scripting/script_165", "scripting/script_166", "scripting/script_167", "scripting/script_170", "scripting/script_257", "scripting/script_273",
  "scripting/script_274", "subqueries/all_any_comparison", "tables_ddl/ddl_156",
];

test("syntax errors name the token that Spark names", () => {
  const wrong = goldens.filter(golden => golden.error === "PARSE_SYNTAX_ERROR" && !DIFFERENT.has(golden.id)).filter(golden => {
    try {
      parse(golden);
    } catch (error) {
      const { error: token, hint } = (error as MillraceError).messageParameters;
      return token !== golden.params!.error || hint !== golden.params!.hint;
    }
    return true;
  });
  assert.deepEqual(wrong.map(({ id }) => id).sort(), OTHER_TOKENS);
});

/** The select list of a query, if it has no star. */
function selectList(plan: Relation): readonly Expression[] | undefined {
  switch (plan.kind) {
    case "project": return plan.expressions.some(item => item.kind === "unresolved_star") ? undefined : plan.expressions;
    case "aggregate": return plan.aggregates.some(item => item.kind === "unresolved_star") ? undefined : plan.aggregates;
    case "sort": case "limit": case "offset": case "deduplicate": case "with_windows": case "hint": case "qualify": case "with_cte": return selectList(plan.input);
    default: return undefined;
  }
}

/** What the text alone does not tell: columns of generators, stars, numbers, maps and of the row around a subquery, windows by their names, and names that follow from types. */
const NAMED_BY_ANALYSIS: readonly string[] = [
  "aggregates/count_distinct_star", "clause_names/grouping_id_as_a_column", "clause_names/identifier_of_field", "clause_names/map_by_name",
  "clause_names/named_window_is_shown", "clause_names/pipe_aggregate_by_number", "clocks_and_calendars/bare_functions_in_expressions",
  "clocks_and_calendars/text_and_interval_stay_text", "correlation/below_with", "correlation/name_of_references",
  "correlation/outer_beside_window", "expressions_by_seed/names_calendar_factors", "expressions_by_seed/names_moment_arithmetic",
  "expressions_by_seed/names_whole_number_beside_decimal", "lateral_view_generators/explode_default_name",
  "lateral_view_generators/inline_null_struct", "lateral_view_generators/two_generators_rejected", "name_resolution/star_in_function",
  "statistics_and_documents/columns_in_calls_show_without_tables", "statistics_and_documents/from_json_of_map_is_entries",
  "statistics_and_documents/percentile_over_whole_partition", "statistics_and_documents/variant_path_names_columns",
  "texts_and_casts/names_with_collation", "time_windows_batch/part_in_list",
];

test("columns without a name get Spark's", () => {
  const wrong: string[] = [];
  let right = 0;
  for (const golden of goldens) {
    if (golden.schema === undefined || golden.schema === "" || golden.schema.includes(" DEFAULT ")) continue;   // a table's own columns
    let statement: Statement;
    try {
      statement = parse(golden);
    } catch {
      continue;
    }
    const items = statement.kind === "query" ? selectList(statement.plan) : undefined;
    const names = parseSchemaDdl(golden.schema).fields.map(field => field.name);
    if (items?.length !== names.length) continue;
    for (const [i, item] of items.entries()) {
      const name = columnName(item, { timeZone: golden.conf["spark.sql.session.timeZone"] ?? "UTC" });
      if (name === names[i]) right++;
      else wrong.push(`${golden.id}: ${name}, not ${names[i]!.slice(0, 200)}`);
    }
  }
  assert.deepEqual([...new Set(wrong.map(one => one.split(":")[0]!))].sort(), NAMED_BY_ANALYSIS, wrong.join("\n"));
  assert.ok(right > 4000, String(right));
});
