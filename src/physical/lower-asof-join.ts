/** As-of joins: the right side is read first and kept, unless both sides are streams. */
import { unsupported } from "../base/errors.ts";
import { compileExpression } from "../eval/compile.ts";
import { sqlText } from "../functions/sql-text.ts";
import { AsofJoin } from "../operators/asof-join.ts";
import { asofRuleOf } from "../operators/asof-rule.ts";
import type { Operator } from "../operators/operator.ts";
import { dependsOnBatch } from "../optimize/fold-constants.ts";
import { StreamAsofJoin, type AsofSideParts, type StreamAsofJoinParts } from "../operators/stream-asof-join.ts";
import { placeIn, schemaOf, type Attribute, type ResolvedAsOfJoin, type ResolvedExpression, type ResolvedRelation } from "../plan/resolved.ts";
import { expressionsOf, someRelation } from "../plan/walk-relations.ts";
import { contextBehind } from "./lower-stream-join.ts";
import type { Lowering } from "./lowering.ts";

export function lowerAsofJoin(lowering: Lowering, join: ResolvedAsOfJoin, next: Operator, depth: number): void {
  const { left, right, keys, leftTime, rightTime, joinType } = join;
  if (left.isStreaming && right.isStreaming) return lowerStreams(lowering, join, next, depth);
  if (right.isStreaming) throw unsupported("An as-of join of a table with a stream", "swap the sides");
  const kept = right.output.flatMap((a, column) => (join.output.some(out => out.id === a.id) ? [column] : []));
  const operator = new AsofJoin({
    schema: schemaOf(join), keepsUnmatched: joinType === "left",
    output: join.output.map(({ id }) => {
      const column = left.output.findIndex(a => a.id === id);
      return column >= 0 ? { side: 0, column } : { side: 1, column: kept.findIndex(i => right.output[i]!.id === id) };
    }),
    keys: keys.map(key => compileExpression(key.left, left.output)), time: compileExpression(leftTime, left.output),
    build: {
      rule: asofRuleOf(join), keys: keys.map(key => compileExpression(key.right, right.output)), time: compileExpression(rightTime, right.output),
      columns: kept.map(column => ({ column, type: right.output[column]!.type })),
    },
  }, lowering.context, next);
  lowering.say(depth, `AsofJoin ${asofText(join)}, build right`);
  operator.keepsBuild = left.isStreaming && !someRelation(right, node => expressionsOf(node).some(dependsOnBatch));
  const lowerRight = () => lowering.lower(right, operator.buildInput, depth + 1);
  const rightLines = lowering.held(operator.keepsBuild ? () => lowering.lasting({ version: undefined, forget: () => operator.forget() }, lowerRight) : lowerRight);
  const input = lowering.metered(operator, next, "join", `As-of join ${joinType === "left" ? "Left" : "Inner"}`, asofText(join));
  lowering.tell([...lowering.held(() => lowering.lower(left, input, depth + 1)), ...rightLines]);
}

/** Both sides' pipelines end in one operator with state. */
function lowerStreams(lowering: Lowering, join: ResolvedAsOfJoin, next: Operator, depth: number): void {
  const { left, right, joinType } = join, sides = [left, right] as const;
  const sideOf = (index: 0 | 1): AsofSideParts => {
    const { output } = sides[index], keys = join.keys.map(key => (index === 0 ? key.left : key.right)), time = index === 0 ? join.leftTime : join.rightTime;
    const columnOf = (e: ResolvedExpression): number => (e.kind === "attribute" ? placeIn(output, e) : -1);
    return { schema: schemaOf({ output }), keys: keys.map(key => compileExpression(key, output)), keyColumns: keys.map(columnOf), time: columnOf(time) };
  };
  const place = ({ id, type }: Attribute): StreamAsofJoinParts["output"][number] => {
    const column = left.output.findIndex(a => a.id === id);
    return column >= 0 ? { side: 0, column, type } : { side: 1, column: right.output.findIndex(a => a.id === id), type };
  };
  const reserve = lowering.reserve();
  const operator = new StreamAsofJoin({
    schema: schemaOf(join), output: join.output.map(place), sides: [sideOf(0), sideOf(1)], rule: asofRuleOf(join), keepsUnmatched: joinType === "left", operatorId: reserve.id,
  }, contextBehind(lowering, left, right), next);
  lowering.say(depth, `StreamAsofJoin ${asofText(join)}`);
  const lower = (side: ResolvedRelation, which: string, input: Operator): void =>
    lowering.lower(side, lowering.metered(input, next, "join", `As-of join ${joinType === "left" ? "Left" : "Inner"}, ${which} side`, asofText(join)), depth + 1);
  lower(left, "left", operator.leftInput);
  lower(right, "right", operator.rightInput);
  reserve.add(operator);
}

/** `Left, backward at, at [symbol = symbol]`. */
export function asofText({ joinType, direction, keys, leftTime, rightTime }: ResolvedAsOfJoin): string {
  return `${joinType === "left" ? "Left" : "Inner"}, ${direction} ${sqlText(leftTime)}, ${sqlText(rightTime)} [${keys.map(key => `${sqlText(key.left)} = ${sqlText(key.right)}`).join(", ")}]`;
}
