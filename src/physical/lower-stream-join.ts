/** A join of two streams: both sides' pipelines end in one operator with state. */
import { compileExpression, compilePredicate } from "../eval/compile.ts";
import { sqlText } from "../functions/sql-text.ts";
import { ExecutionContext } from "../operators/context.ts";
import type { Operator } from "../operators/operator.ts";
import { StreamJoin, type JoinSideParts, type StreamJoinColumn } from "../operators/stream-join.ts";
import { allOf, conjuncts, isDeterministic, isOver } from "../optimize/expression-facts.ts";
import { placeIn, schemaOf, type Attribute, type ResolvedExpression, type ResolvedJoin, type ResolvedRelation } from "../plan/resolved.ts";
import { sameRelation } from "../plan/same-relation.ts";
import { attributesIn, someRelation } from "../plan/walk-relations.ts";
import { evictionsOf, setBackOf } from "./join-state-bounds.ts";
import { equalPairs } from "./lower-join.ts";
import type { Lowering } from "./lowering.ts";
import { refusing } from "./refusing.ts";

export function lowerStreamJoin(lowering: Lowering, join: ResolvedJoin, next: Operator, depth: number): void {
  const { left, right, joinType } = join, { pairs, rest } = equalPairs(join, left, right), isSemi = joinType === "left_semi";
  const all = rest === undefined ? [] : conjuncts(rest), evictions = evictionsOf(join, pairs);
  const isAlone = (e: ResolvedExpression, side: ResolvedRelation): boolean => isDeterministic(e) && isOver(e, side.output);
  const sideOf = (side: ResolvedRelation, index: 0 | 1, keepsUnmatched: boolean): JoinSideParts => {
    const keys = pairs.map(pair => index === 0 ? pair.left : pair.right), own = allOf(all.filter(e => isAlone(e, side)));
    return {
      schema: schemaOf(side), keys: keys.map(key => compileExpression(key, side.output)),
      keyColumns: keys.map(key => key.kind === "attribute" ? placeIn(side.output, key) : -1),
      prefilter: own === undefined ? undefined : compilePredicate(own, side.output), keepsUnmatched,
      // In a full outer join null keys meet one another, as they do in Spark.
      dropsNullKeys: !keepsUnmatched, lateColumn: side.output.findIndex(a => a.watermarkDelayMicros !== undefined), eviction: evictions[index],
    };
  };
  const residual = allOf(all.filter(e => !isAlone(e, left) && !isAlone(e, right))), columns = [...left.output, ...right.output];
  const asked = residual === undefined ? [] : columns.filter(a => attributesIn([residual]).has(a.id));
  const place = (attribute: Attribute): StreamJoinColumn => {
    const column = placeIn(left.output, attribute);
    return column >= 0 ? { side: 0, column, type: attribute.type } : { side: 1, column: placeIn(right.output, attribute), type: attribute.type };
  };
  const reserve = lowering.reserve();
  const operator = new StreamJoin({
    schema: schemaOf(join), output: join.output.map(place), isSemi, nullSafe: pairs.map(pair => pair.nullSafe), operatorId: reserve.id,
    sides: [sideOf(left, 0, joinType === "left" || joinType === "full"), sideOf(right, 1, joinType === "right" || joinType === "full")],
    residual: residual === undefined ? undefined : { columns: asked.map(place), schema: schemaOf({ output: asked }), predicate: compilePredicate(residual, asked) },
  }, contextBehind(lowering, left, right), next);
  const name = joinType.split("_").map(word => word[0]!.toUpperCase() + word.slice(1)).join(""), texts = pairs.map(pair => sqlText(pair.text)).join(", ");
  lowering.say(depth, `StreamJoin ${name} [${texts}]${rest === undefined ? "" : `, ${sqlText(rest)}`}`);
  const lower = (side: ResolvedRelation, which: string, input: Operator): void =>
    lowering.lower(side, lowering.metered(pairs.length === 0 ? refusing(input, NO_EQUALITY) : input, next, "join", `Join ${name}, ${which} side`, texts), depth + 1);
  lower(left, "left", operator.leftInput);
  lowering.reading(readsTwice(join, pairs) ? { isRepeat: true } : {}, () => lower(right, "right", operator.rightInput));
  reserve.add(operator);
}

/** What an operator that reads these relations goes by: its watermarks are set back behind a join of streams. */
export function contextBehind(lowering: Pick<Lowering, "context" | "mode">, ...inputs: readonly ResolvedRelation[]): ExecutionContext {
  const { context } = lowering, setBacks = lowering.mode.kind === "batch" ? [] : inputs.flatMap(input => setBackOf(input) ?? []);
  if (setBacks.length === 0) return context;
  return new ExecutionContext(context.settings, { context, setBack: watermark => [watermark, ...setBacks.map(setBack => setBack(watermark))].reduce((a, b) => (a < b ? a : b)) });
}

const NO_EQUALITY = { condition: "_LEGACY_ERROR_TEMP_1181", message: "Stream-stream join without equality predicate is not supported.", hint: "join on at least one equality between the streams" };

/** Both sides bring the same rows by the same keys: Spark then reads the source once. */
function readsTwice({ left, right }: ResolvedJoin, pairs: readonly { readonly left: ResolvedExpression; readonly right: ResolvedExpression }[]): boolean {
  const isOther = (node: ResolvedRelation): boolean => node.kind !== "scan" && node.kind !== "project" && node.kind !== "filter" && node.kind !== "event_time_watermark" && node.kind !== "subquery_alias";
  if (someRelation(left, isOther)) return false;
  const ids = sameRelation(left, right);
  return ids !== undefined && pairs.every(pair => pair.left.kind === "attribute" && pair.right.kind === "attribute" && ids.get(pair.left.id) === pair.right.id);
}
