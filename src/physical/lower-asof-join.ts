/** As-of joins: the right side is read first and kept, unless both sides are streams. */
import { unsupported } from "../base/errors.ts";
import { compileExpression } from "../eval/compile.ts";
import { sqlText } from "../functions/sql-text.ts";
import { AsofJoin } from "../operators/asof-join.ts";
import { asofRuleOf } from "../operators/asof-rule.ts";
import type { Operator } from "../operators/operator.ts";
import { dependsOnBatch } from "../optimize/fold-constants.ts";
import { schemaOf, type ResolvedAsOfJoin } from "../plan/resolved.ts";
import { expressionsOf, someRelation } from "../plan/walk-relations.ts";
import type { Lowering } from "./lowering.ts";

export function lowerAsofJoin(lowering: Lowering, join: ResolvedAsOfJoin, next: Operator, depth: number): void {
  const { left, right, keys, leftTime, rightTime, joinType } = join;
  if (right.isStreaming) throw unsupported(`An as-of join of ${left.isStreaming ? "two streams" : "a table with a stream"}`, left.isStreaming ? "join them over a range of time, and choose the best match by an aggregation" : "swap the sides");
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

/** `Left, backward at, at [symbol = symbol]`. */
export function asofText({ joinType, direction, keys, leftTime, rightTime }: ResolvedAsOfJoin): string {
  return `${joinType === "left" ? "Left" : "Inner"}, ${direction} ${sqlText(leftTime)}, ${sqlText(rightTime)} [${keys.map(key => `${sqlText(key.left)} = ${sqlText(key.right)}`).join(", ")}]`;
}
