/**
 * Catches an analyser that resolves another name, another type or another error than Spark does, over all cases of the
 * conformance corpus: without evaluating, so what only fails while it runs isn't counted. The floors are what is
 * reached; raise them, never lower them.
 */
import assert from "node:assert/strict";
import test from "node:test";
import { lookupFunction } from "../../src/functions/registry.ts";
import { optimize } from "../../src/optimize/optimize.ts";
import { planToText, relationToText } from "../../src/optimize/plan-text.ts";
import { parseStatement } from "../../src/sql/parser.ts";
import { analyseCase, areas, contextFor, Views } from "./corpus.ts";

/** Areas that ask more of names, grouping, joins and windows than of functions: all that is reached must stay. */
const FLOORS: Readonly<Record<string, number>> = {
  having_distinct: 25, order_limit_offset: 47, window_functions: 46, group_by_rollup_cube_grouping_sets: 25, joins: 53, subqueries: 40,
  set_operations: 26, pivot_unpivot: 22, values_inline_tables: 35, pipe_syntax: 30, ctes: 17, name_resolution: 65, lateral_view_generators: 41,
  time_windows_batch: 29, struct: 34, real_world_queries: 34, matrix_coercion: 232, matrix_comparison: 186, matrix_operators: 400,
};

test("schemas and analysis errors are Spark's", () => {
  for (const area of areas()) {
    const views = new Views();
    for (const sql of area.setup) analyseCase(sql, views, contextFor(views, {}, lookupFunction));
    let reached = 0;
    for (const { id, sql, conf, schema, error } of area.cases) {
      const context = contextFor(views, conf, lookupFunction), outcome = analyseCase(sql, views, context);
      if (outcome.kind === "schema") {
        if (outcome.schema === schema) reached++;
        // Optimisation keeps the columns, and every plan can be shown.
        const optimised = optimize(outcome.plan, context.settings);
        assert.deepEqual(optimised.output.map(a => a.name), outcome.plan.output.map(a => a.name), id);
        assert.deepEqual(optimised.output.map(a => a.type), outcome.plan.output.map(a => a.type), id);
        assert.ok(planToText(optimised).length > 0, id);
        const statement = parseStatement(sql, { conf: context.settings.conf as ReadonlyMap<string, string> });
        if (statement.kind === "query") assert.ok(relationToText(statement.plan).length > 0, id);
      } else if (outcome.kind === "error") {
        if (outcome.condition === error) reached++;
        assert.ok(!/^\w*Error:/.test(outcome.condition), `${id}: ${outcome.condition}`);
      }
    }
    const floor = FLOORS[area.name];
    if (floor !== undefined) assert.ok(reached >= floor, `${area.name}: ${reached} of ${area.cases.length}, not ${floor}`);
  }
});

test("errors carry Spark's parameters, and a hint with the nearest name", () => {
  const views = new Views(), context = contextFor(views, {}, lookupFunction);
  analyseCase("CREATE TEMP VIEW people AS SELECT * FROM VALUES (1, 'x') AS t(id, fullname)", views, context);
  const errorOf = (sql: string) => {
    const outcome = analyseCase(sql, views, context);
    assert.equal(outcome.kind, "error", sql);
    return (outcome as { readonly error: { readonly condition: string; readonly hint?: string; readonly messageParameters: Record<string, string>; readonly queryContext: readonly { readonly fragment: string; readonly startIndex: number }[] } }).error;
  };
  const column = errorOf("SELECT fulname FROM people");
  assert.equal(column.condition, "UNRESOLVED_COLUMN.WITH_SUGGESTION");
  assert.deepEqual(column.messageParameters, { objectName: "`fulname`", proposal: "`fullname`, `id`" });
  assert.match(column.hint ?? "", /fullname/);
  assert.deepEqual([column.queryContext[0]?.fragment, column.queryContext[0]?.startIndex], ["fulname", 7]);
  const table = errorOf("SELECT * FROM peple");
  assert.equal(table.condition, "TABLE_OR_VIEW_NOT_FOUND");
  assert.match(table.hint ?? "", /people/);
  const ambiguous = errorOf("SELECT id FROM people a JOIN people b ON a.id = b.id");
  assert.deepEqual(ambiguous.messageParameters, { name: "`id`", referenceNames: "[`a`.`id`, `b`.`id`]" });
  assert.equal(errorOf("SELECT id, count(*) FROM people").condition, "MISSING_GROUP_BY");
  assert.deepEqual(errorOf("SELECT fullname FROM people GROUP BY id").messageParameters, { expression: '"fullname"', expressionAnyValue: '"any_value(fullname)"' });
  assert.equal(errorOf("SELECT max(min(id)) FROM people").condition, "NESTED_AGGREGATE_FUNCTION");
  assert.match(errorOf("SELECT uper(fullname) FROM people").hint ?? "did you mean upper()?", /upper/);
});
