/** A person's functions over values: all columns of the inputs go in, and what comes out is new. */
import type { ValueMap } from "../plan/relations.ts";
import { VARIANT } from "../types/data-type.ts";
import type { Analyzer, Env } from "./analyzer.ts";
import { makeAttribute } from "./build.ts";
import { fail } from "./errors.ts";
import { analysed, settle, type Analysed } from "./scope.ts";

export function valueMap(analyzer: Analyzer, relation: ValueMap, env: Env): Analysed {
  const { program, readsValues, origin } = relation, inputs = relation.inputs.map(input => settle(analyzer.relation(input, env)));
  const isStreaming = inputs.some(input => input.isStreaming);
  if (isStreaming && inputs.some(input => !input.isStreaming)) {
    throw fail("MILLRACE_VALUES_OF_STREAM_AND_TABLE", "0A000", `${program.operator}() can't bring values of a stream and of a table together.`, { operator: program.operator }, origin, "join them as frames, before map() or behind toDF()");
  }
  const output = relation.output === undefined ? [makeAttribute("value", VARIANT, false)] : relation.output.fields.map(({ name, type, nullable }) => makeAttribute(name, type, nullable));
  return analysed(Object.freeze({ kind: "value_map", inputs, readsValues, program, schema: relation.output, output, isStreaming, origin }));
}
