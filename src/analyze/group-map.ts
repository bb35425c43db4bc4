/** transformWithState and its kin: keys become columns of the input, and the program's output is the result. */
import { nearest } from "../base/errors.ts";
import type { Expression } from "../plan/expressions.ts";
import type { GroupMap } from "../plan/relations.ts";
import type { Attribute, NamedExpression, ResolvedRelation } from "../plan/resolved.ts";
import { sameTypeIgnoringNullability, typeToSql } from "../types/data-type.ts";
import type { Analyzer, Env } from "./analyzer.ts";
import { makeAttribute, passThrough, projectTo } from "./build.ts";
import { fail, quoteIdentifiers, quoteType } from "./errors.ts";
import { analysed, settle, type Analysed } from "./scope.ts";
import { selectItems } from "./select.ts";

interface Grouped { readonly input: ResolvedRelation; readonly keys: readonly Attribute[]; readonly rowColumns: number }

export function groupMap(analyzer: Analyzer, relation: GroupMap, env: Env): Analysed {
  const { program, origin } = relation, { input, keys, rowColumns } = grouped(analyzer, analyzer.relation(relation.input, env), relation.grouping, env);
  const initial = relation.initialState === undefined ? undefined : grouped(analyzer, analyzer.relation(relation.initialState, env), relation.initialGrouping ?? [], env);
  if (initial !== undefined && !(initial.keys.length === keys.length && initial.keys.every((key, i) => sameTypeIgnoringNullability(key.type, keys[i]!.type)))) {
    const types = (attributes: readonly Attribute[]): string => attributes.map(a => typeToSql(a.type)).join(", ");
    throw fail("MILLRACE_INITIAL_STATE_KEYS", "42K09", `The initial state is grouped by (${types(initial.keys)}), the stream by (${types(keys)}).`, {}, origin, "group both by keys of the same types");
  }
  const named = new Set<string>(), twice = keys.find(key => named.has(key.name) || !named.add(key.name));
  if (twice !== undefined) throw fail("COLUMN_ALREADY_EXISTS", "42711", `The column \`${twice.name}\` already exists. Choose another name or rename the existing column.`, { columnName: `\`${twice.name}\`` }, origin, "two keys have one name");
  const { eventTimeColumn } = program, delay = input.output.find(a => a.watermarkDelayMicros !== undefined)?.watermarkDelayMicros;
  if (eventTimeColumn !== undefined) checkEventTime(relation, eventTimeColumn, delay);
  const output = program.output.fields.map(({ name, type, nullable }) => makeAttribute(name, type, nullable, [], name === eventTimeColumn ? delay : undefined));
  return analysed(Object.freeze({ kind: "group_map", input, keys, rowColumns, program, initial, output, isStreaming: input.isStreaming, origin }));
}

/** The input with keys that are not columns yet behind its own columns. */
function grouped(analyzer: Analyzer, input: Analysed, grouping: readonly Expression[], env: Env): Grouped {
  const plan = settle(input), { items } = selectItems(analyzer, input, grouping, env), computed: NamedExpression[] = [];
  const keys = items.map(({ expression, attribute }) => {
    if (expression.kind === "attribute" && plan.output.some(a => a.id === expression.id && a.name === attribute.name)) return expression;
    computed.push({ expression, attribute });
    return attribute;
  });
  return { input: computed.length === 0 ? plan : projectTo(plan, [...plan.output.map(passThrough), ...computed]), keys, rowColumns: plan.output.length };
}

function checkEventTime({ program, origin }: GroupMap, column: string, delay: number | undefined): void {
  const names = program.output.fields.map(field => field.name), found = program.output.fields.find(field => field.name === column), near = nearest(column, names)[0];
  if (found === undefined) {
    throw fail("UNRESOLVED_COLUMN.WITH_SUGGESTION", "42703", `A column, variable, or function parameter with name ${quoteIdentifiers([column])} cannot be resolved. Did you mean one of the following? [${names.map(name => quoteIdentifiers([name])).join(", ")}].`,
      { objectName: quoteIdentifiers([column]), proposal: names.map(name => quoteIdentifiers([name])).join(", ") }, origin, near === undefined ? "eventTimeColumnName is a column of the output" : `did you mean '${near}'?`);
  }
  if (found.type.kind !== "timestamp") {
    throw fail("EVENT_TIME_IS_NOT_ON_TIMESTAMP_TYPE", "42K09", `The event time ${quoteIdentifiers([column])} has the invalid type ${quoteType(found.type)}, but expected "TIMESTAMP".`, { eventName: quoteIdentifiers([column]), eventType: quoteType(found.type) }, origin);
  }
  if (delay === undefined) throw fail("MILLRACE_NO_WATERMARK_TO_CARRY", "0A000", `The output's event time ${quoteIdentifiers([column])} has no watermark to carry on: the input has none.`, {}, origin, "call withWatermark() before the grouping");
}
