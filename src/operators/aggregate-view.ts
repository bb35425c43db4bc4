/**
 * The view of grouped aggregation: a group's value is the present result of each aggregate, under the name that it has
 * in the query. (Spark shows its buffers: `sum` and `count` in place of an average.)
 */
import { decodeCell, encodeCell } from "../columns/row-codec.ts";
import { ExecutionError } from "../base/errors.ts";
import { constantCell } from "../functions/constant-argument.ts";
import { lookupFunction } from "../functions/registry.ts";
import type { Evaluator, SqlSettings } from "../plan/function.ts";
import type { ResolvedExpression } from "../plan/resolved.ts";
import type { Cell } from "../types/cell.ts";
import { array, typeToSql, type DataType, type StructField, type StructType } from "../types/data-type.ts";
import { parseDataType } from "../types/ddl.ts";
import { AggregateUpdater, type AggregateSpec } from "./aggregate-updater.ts";
import { ExecutionContext } from "./context.ts";
import type { HashAggregateParts } from "./hash-aggregate.ts";
import { describeFields, describedFields, type StateDescription } from "./state-view.ts";
import { slicedKey, slicedKeyForm, slicesIn } from "./slice-view.ts";
import { TableView, type KeyForm, type ReadableTable } from "./table-view.ts";

/** An argument: its type, and its value where it is constant, as bytes in base64. */
interface DescribedArgument { readonly type: string; readonly constant?: string }
interface DescribedAggregate { readonly name: string; readonly function: string; readonly distinct: boolean; readonly type: string; readonly args: readonly DescribedArgument[] }

export const AGGREGATE = "aggregate";

/** `layout`: see AggregateUpdaterOptions. */
type ViewedParts = HashAggregateParts & { readonly layout?: string };

function describe({ schema, keys, aggregates, layout }: ViewedParts, settings: SqlSettings): StateDescription {
  const { key, value } = sidesOf(schema, keys.length);
  return { kind: AGGREGATE, keys: describeFields(key), ...(layout !== undefined && { layout }), ...describeAggregates(aggregates, value.fields, settings) };
}

/** What `openAggregates` needs; `fields`: their names in the query. */
export function describeAggregates(aggregates: readonly AggregateSpec[], fields: readonly StructField[], { ansi, timeZone }: SqlSettings): Readonly<Record<string, unknown>> {
  return {
    ansi, timeZone, aggregates: aggregates.map(({ call: { binding, distinct, function: entry, args }, args: evaluators }, i): DescribedAggregate => ({
      name: fields[i]!.name, function: entry?.name ?? "", distinct, type: typeToSql(binding.type),
      args: args?.map(describeArgument) ?? evaluators.map(({ type }) => ({ type: typeToSql(type) })),
    })),
  };
}

/** The name of aggregate `i`: a second one of the same name gets a number. */
function uniqueName({ fields }: StructType, keys: number, i: number): string {
  const { name } = fields[keys + i]!, before = fields.slice(keys, keys + i).filter(field => field.name === name).length;
  return before === 0 ? name : `${name}_${before + 1}`;
}

/** The view of an operator's own groups. */
export function aggregateView(parts: ViewedParts, updater: AggregateUpdater, context: ExecutionContext): TableView {
  return new TableView({
    description: describe(parts, context.settings), ...shownSidesOf(parts.schema, parts.keys.length, parts.layout),
    of: readable(updater, context), make: () => readable(new AggregateUpdater(parts), context),
  });
}

export function openAggregateView(description: StateDescription): TableView {
  const keys = describedFields(description["keys"]), { settings, specs, fields } = openAggregates(description), context = new ExecutionContext(settings);
  const schema: StructType = { kind: "struct", fields: [...keys.fields, ...fields] };
  const evaluators = keys.fields.map(field => unread(field.type)), layout = typeof description["layout"] === "string" ? description["layout"] : undefined;
  return new TableView({ description, ...shownSidesOf(schema, keys.fields.length, layout), make: () => readable(new AggregateUpdater({ keys: evaluators, aggregates: specs, ...(layout !== undefined && { layout }) }), context) });
}

/** Aggregates of a description: what reads their state, and the columns of their results. */
export function openAggregates(description: StateDescription): { readonly settings: SqlSettings; readonly specs: readonly AggregateSpec[]; readonly fields: readonly StructField[] } {
  const aggregates = description["aggregates"] as readonly DescribedAggregate[];
  const settings: SqlSettings = { ansi: description["ansi"] === true, timeZone: String(description["timeZone"]), conf: new Map() };
  return { settings, specs: aggregates.map(aggregate => openAggregate(aggregate, settings)), fields: aggregates.map(({ name, type }) => ({ name, type: parseDataType(type), nullable: true })) };
}

function sidesOf(schema: StructType, keys: number): { readonly key: StructType; readonly value: StructType } {
  const value = schema.fields.slice(keys).map((field, i) => ({ ...field, name: uniqueName(schema, keys, i) }));
  return { key: { kind: "struct", fields: schema.fields.slice(0, keys) }, value: { kind: "struct", fields: value } };
}

/** As a reader sees them: slices of windows by their times. */
function shownSidesOf(schema: StructType, keys: number, layout: string | undefined): { readonly key: StructType; readonly value: StructType; readonly keyForm?: KeyForm } {
  const sides = sidesOf(schema, keys), slices = slicesIn(layout);
  return slices === undefined ? sides : { ...sides, key: slicedKey(sides.key), keyForm: slicedKeyForm(slices) };
}

function readable(updater: AggregateUpdater, context: ExecutionContext): ReadableTable {
  return {
    table: updater.table, release: () => updater.release(),
    values: (addresses, count, arena) => updater.results(addresses, count, context, arena).slice(updater.keyTypes.length),
  };
}

/** The type of an argument before the function's own cast: that is what the function is bound by. */
function describeArgument(arg: ResolvedExpression): DescribedArgument {
  const written = arg.kind === "cast" && arg.implicit ? arg.child : arg, constant = constantCell(written);
  return { type: typeToSql(written.type), ...(constant !== undefined && { constant: Buffer.from(encodeCell(written.type, constant)).toString("base64") }) };
}

function openAggregate({ name, function: functionName, distinct, type, args }: DescribedAggregate, settings: SqlSettings): AggregateSpec {
  const entry = lookupFunction(functionName);
  const unreadable = (): ExecutionError => new ExecutionError({
    condition: "MILLRACE_STATE_UNREADABLE", sqlState: "0A000", message: `The state of ${functionName} (${name}) can't be read without its query.`,
    messageParameters: { function: functionName, column: name }, hint: "functions of one's own are known to the session that runs the query alone",
  });
  if (entry?.kind !== "aggregate") throw unreadable();
  const given = args.map((arg, i): ResolvedExpression => {
    const of = parseDataType(arg.type);
    if (arg.constant !== undefined) {
      const value = decodeCell(of, Buffer.from(arg.constant, "base64"));
      return { kind: "literal", value, type: of.kind === "array" ? array(of.element, value === null || (value as readonly Cell[]).includes(null)) : of, nullable: true };
    }
    return { kind: "attribute", id: i, name: `_${i}`, type: of, nullable: true, qualifier: [] };
  });
  const binding = entry.bind(given, settings, undefined);
  if (typeToSql(binding.type) !== type) throw unreadable();
  return { call: { binding, distinct }, args: given.map((arg, i) => unread(binding.argTypes?.[i] ?? arg.type)), filter: undefined };
}

/** Stands where rows would come in: nothing is added to state that is only read. */
export const unread = (type: DataType): Evaluator => ({ type, evaluate: () => { throw new Error("state that is read gets no rows"); } });
