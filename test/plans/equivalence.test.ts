/**
 * Catches an optimisation that changes an answer: every query of the conformance corpus is run as it was analysed and as
 * it was optimised. Where the first gives rows the second gives the same ones; that it fails less often is allowed, as
 * nobody asks for the value of a column that isn't used.
 */
import assert from "node:assert/strict";
import test from "node:test";
import { lookupFunction } from "../../src/functions/registry.ts";
import { optimize } from "../../src/optimize/optimize.ts";
import { planToText } from "../../src/optimize/plan-text.ts";
import { answerOf } from "./answers.ts";
import { analyseCase, areas, contextFor, Views } from "./corpus.ts";

/** Different each time, or by the order of rows that nothing orders. */
const VOLATILE = /\b(rand|randn|random|randstr|uniform|uuid|shuffle|now|current_\w+|first|last|any_value|collect_\w+|array_agg|listagg|string_agg|mode|max_by|min_by|approx_\w+|sample|monotonically_increasing_id)\b/i;

test("optimised plans give what the plans give as they were analysed", async () => {
  let compared = 0;
  for (const area of areas()) {
    if (area.name.startsWith("matrix")) continue;
    const views = new Views();
    for (const sql of area.setup) analyseCase(sql, views, contextFor(views, {}, lookupFunction));
    for (const { id, sql, conf } of area.cases) {
      if (VOLATILE.test(sql)) continue;
      const context = contextFor(views, conf, lookupFunction), outcome = analyseCase(sql, views, context);
      if (outcome.kind !== "schema") continue;
      const expected = await answerOf(outcome.plan, context.settings);
      if (typeof expected === "string") continue;
      const optimised = optimize(outcome.plan, context.settings);
      assert.deepEqual(await answerOf(optimised, context.settings), expected, `${id}: ${sql}\n${planToText(outcome.plan)}\n=>\n${planToText(optimised)}`);
      compared++;
    }
  }
  assert.ok(compared > 600, `${compared} plans`);
});
