/** transformWithState and its kin; the initial state's rows run first. */
import type { Operator } from "../operators/operator.ts";
import { StatefulProgramOperator } from "../operators/stateful-program.ts";
import { placeIn, schemaOf, type Attribute, type ResolvedGroupMap } from "../plan/resolved.ts";
import type { StructType } from "../types/data-type.ts";
import type { Lowering } from "./lowering.ts";
import { contextBehind } from "./lower-stream-join.ts";

export function lowerStatefulProgram(lowering: Lowering, relation: ResolvedGroupMap, next: Operator, depth: number): void {
  const { input, keys, rowColumns, program, initial } = relation, isBatch = lowering.mode.kind === "batch" || !relation.isStreaming;
  const first = (output: readonly Attribute[], columns: number): StructType => schemaOf({ output: output.slice(0, columns) });
  const reserve = isBatch ? undefined : lowering.reserve();
  const operator = new StatefulProgramOperator({
    program, isBatch, keySchema: schemaOf({ output: keys }), keys: keys.map(key => placeIn(input.output, key)), rowSchema: first(input.output, rowColumns),
    // Late rows matter to a program that goes by event time only.
    lateColumn: !isBatch && program.timeMode === "EventTime" ? input.output.findIndex(a => a.watermarkDelayMicros !== undefined) : -1,
    initial: initial && { schema: first(initial.input.output, initial.rowColumns), keys: initial.keys.map(key => placeIn(initial.input.output, key)) },
    operatorId: reserve?.id ?? (() => -1),
  }, isBatch ? lowering.context : contextBehind(lowering, input), next);
  const names = keys.map(key => key.name).join(", ");
  lowering.say(depth, `${program.api}${program.name === undefined ? "" : ` ${program.name}`} [${names}]`);
  // What was taken in stays in the state: read again it is not.
  const initialLines = initial === undefined ? [] : lowering.held(() => {
    const lower = () => lowering.lower(initial.input, operator.initialInput, depth + 1);
    if (isBatch) lower(); else lowering.lasting({ version: undefined, forget: () => {} }, lower);
  });
  lowering.lower(input, lowering.metered(operator, next, "program", program.name ?? program.api, names === "" ? "all rows" : `by ${names}`), depth + 1);
  lowering.tell(initialLines);
  reserve?.add(operator);
}
