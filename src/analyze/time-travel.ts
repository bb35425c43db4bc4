/** VERSION AS OF and TIMESTAMP AS OF: no table here keeps older versions of itself. */
import { canCast } from "../functions/casts.ts";
import { evaluateConstant } from "../eval/constant.ts";
import type { AnalysisError } from "../base/errors.ts";
import type { ReadNamedTable } from "../plan/relations.ts";
import { TIMESTAMP } from "../types/data-type.ts";
import type { Analyzer, Env } from "./analyzer.ts";
import { castOf } from "./build.ts";
import { fail, quoteParts, quoteSql } from "./errors.ts";
import { displayName } from "./names.ts";

export function timeTravel(analyzer: Analyzer, relation: ReadNamedTable, asOf: NonNullable<ReadNamedTable["asOf"]>, env: Env): AnalysisError {
  if (asOf.what === "timestamp") {
    const resolver = analyzer.resolver({ visible: [], hidden: [], frames: new Map() }, env), value = resolver.resolve(asOf.value);
    const expr = quoteSql(displayName(resolver, asOf.value));
    const isTime = canCast(value.type, TIMESTAMP, "ansi") === undefined && evaluateConstant(castOf(value, TIMESTAMP, "try", resolver.settings, true), resolver.settings) !== null;
    if (!isTime) return fail("INVALID_TIME_TRAVEL_TIMESTAMP_EXPR.INPUT", "42K0E", `The time travel timestamp expression ${expr} is invalid. Cannot be casted to the "TIMESTAMP" type.`, { expr }, relation.origin);
  }
  const relationId = quoteParts(relation.nameParts);
  return fail("UNSUPPORTED_FEATURE.TIME_TRAVEL", "0A000", `The feature is not supported: Time travel on the relation: ${relationId}.`, { relationId }, relation.origin);
}
