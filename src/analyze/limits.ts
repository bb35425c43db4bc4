/** LIMIT, OFFSET and tail: settled numbers. */
import { unsupported } from "../base/errors.ts";
import { evaluateConstant } from "../eval/constant.ts";
import type { Expression, Origin } from "../plan/expressions.ts";
import type { Limit, Offset, Tail } from "../plan/relations.ts";
import type { ResolvedRelation } from "../plan/resolved.ts";
import { someExpression } from "../plan/walk.ts";
import { isIntegral } from "../types/data-type.ts";
import type { Analyzer, Env } from "./analyzer.ts";
import { fail, quoteSql, quoteType } from "./errors.ts";
import { drawsByChance } from "./expressions.ts";
import { displayName } from "./names.ts";
import { withoutRowLimit } from "./recursion.ts";
import { through, type Analysed } from "./scope.ts";

export function limit(analyzer: Analyzer, relation: Limit, env: Env): Analysed {
  const input = analyzer.relation(relation.input, env);
  if (relation.isAll === true) return through(input, plan => withoutRowLimit(plan, true));
  const count = settled(analyzer, input, relation.limit, "limit", env);
  return through(input, plan => limited(withoutRowLimit(plan, false), count, 0, relation.origin));
}

export function offset(analyzer: Analyzer, relation: Offset, env: Env): Analysed {
  const input = analyzer.relation(relation.input, env);
  const count = settled(analyzer, input, relation.offset, "offset", env);
  return through(input, plan => limited(plan, undefined, count, relation.origin));
}

/** The last rows need all rows: only for bounded input. */
export function tail(analyzer: Analyzer, relation: Tail, env: Env): Analysed {
  settled(analyzer, analyzer.relation(relation.input, env), relation.limit, "tail", env);
  throw unsupported("tail()", "order the other way round and take the first rows");
}

/** LIMIT over OFFSET is one operator. */
export function limited(input: ResolvedRelation, count: number | undefined, skip: number, origin: Origin | undefined): ResolvedRelation {
  if (count !== undefined && skip === 0 && input.kind === "limit" && input.limit === undefined) return Object.freeze({ ...input, limit: count });
  return Object.freeze({ kind: "limit", input, limit: count, offset: skip, output: input.output, isStreaming: input.isStreaming, origin });
}

function settled(analyzer: Analyzer, input: Analysed, written: Expression, name: string, env: Env): number {
  const resolver = analyzer.resolver(input, env), value = resolver.resolve(written);
  const expr = quoteSql(displayName(resolver, written)), { settings } = analyzer.context;
  if (drawsByChance(value) || someExpression(value, e => e.kind === "attribute" || e.kind === "subquery" || e.kind === "aggregate_call")) {
    throw fail("INVALID_LIMIT_LIKE_EXPRESSION.IS_UNFOLDABLE", "42K0E", `The limit like expression ${expr} is invalid. The ${name} expression must evaluate to a constant value.`, { name, expr }, written.origin);
  }
  if (value.type.kind === "void" || !isIntegral(value.type) || value.type.kind === "bigint") {
    throw fail("INVALID_LIMIT_LIKE_EXPRESSION.DATA_TYPE", "42K0E", `The limit like expression ${expr} is invalid. The ${name} expression must be integer type, but got ${quoteType(value.type)}.`, { name, expr, dataType: quoteType(value.type) }, written.origin);
  }
  const cell = value.kind === "literal" ? value.value : evaluateConstant(value, settings);
  if (cell === null) throw fail("INVALID_LIMIT_LIKE_EXPRESSION.IS_NULL", "42K0E", `The limit like expression ${expr} is invalid. The evaluated ${name} expression must not be null.`, { name, expr }, written.origin);
  const count = Number(cell);
  if (count < 0) throw fail("INVALID_LIMIT_LIKE_EXPRESSION.IS_NEGATIVE", "42K0E", `The limit like expression ${expr} is invalid. The ${name} expression must be equal to or greater than 0, but got ${count}.`, { name, expr, v: String(count) }, written.origin);
  return count;
}

