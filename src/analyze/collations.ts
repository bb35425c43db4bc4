/**
 * Texts of a collation. What compares them compares their keys instead: comparisons and searches where a call is typed; groups,
 * sorts, windows, extremes and DISTINCT by a pass over the analysed plan. So operators and kernels know plain text only.
 */
import { unsupported } from "../base/errors.ts";
import { distinctByKey, extremeByKey, keyOfCell, indexByKey, replaceByKey, setByKey, translateByKey } from "../functions/string/collate.ts";
import type { Origin } from "../plan/expressions.ts";
import type { AggregateFunction, Binding, FunctionEntry, ScalarFunction, SqlSettings } from "../plan/function.ts";
import type { AggregateCall, Attribute, NamedExpression, ResolvedExpression, ResolvedRelation, ScalarCall, WindowCall } from "../plan/resolved.ts";
import { mapChildren, someExpression } from "../plan/walk.ts";
import { expressionsOf, mapExpressionsOf, mapRelation, someRelation } from "../plan/walk-relations.ts";
import { collationOrder, hasOrder, withoutTrim } from "../types/collation.ts";
import { array, STRING, typeToSql, type DataType } from "../types/data-type.ts";
import { internalFunction, literalOf, makeAttribute, passThrough, projectTo, scalarCall } from "./build.ts";
import { comparedAsChars } from "./char-columns.ts";
import { fail, quoteSql } from "./errors.ts";
import { sqlText } from "../functions/sql-text.ts";

/** The collation of a text, or of an array's texts. */
export function collationOf(type: DataType): string | undefined {
  return type.kind === "string" ? type.collation : type.kind === "array" ? collationOf(type.element) : undefined;
}

const withCollation = (type: DataType, collation: string): DataType =>
  type.kind === "string" ? Object.freeze({ kind: "string", collation }) : type.kind === "array" ? array(withCollation(type.element, collation), type.containsNull) : type;
const plainType = (type: DataType): DataType => type.kind === "string" ? STRING : type.kind === "array" && collationOf(type) !== undefined ? array(plainType(type.element), type.containsNull) : type;
/** The same value with its type as plain text. */
const plain = (e: ResolvedExpression): ResolvedExpression => collationOf(e.type) === undefined ? e : Object.freeze({ ...e, type: plainType(e.type) } as ResolvedExpression);
export const retyped = (e: ResolvedExpression, type: DataType): ResolvedExpression => Object.freeze({ ...e, type } as ResolvedExpression);

const KEY = internalFunction("collation_key", "What texts that are equal in a collation have in common.");
const keyed = (e: ResolvedExpression, collation: string): ResolvedExpression => {
  const child = plain(e), key = keyOfCell(collation);
  if (child.type.kind !== "string" && child.type.kind !== "array") return child;
  return Object.freeze({ kind: "scalar_call", function: KEY, args: [child], binding: { type: child.type, row: ([cell]) => key(cell!) } satisfies Binding, type: child.type, nullable: child.nullable, origin: e.origin });
};

/** Calls that ask whether texts are equal, and those that ask for their order. */
const EQUALITIES: ReadonlySet<string> = new Set(["=", "==", "<=>", "!=", "<>", "equal_null", "in", "contains", "startswith", "endswith", "instr", "locate", "position", "find_in_set", "array_contains", "array_position", "arrays_overlap"]);
/** Calls that give elements of arrays by what they equal. */
const SETS: ReadonlySet<string> = new Set(["array_distinct", "array_union", "array_intersect", "array_except", "array_remove"]);
const ORDERS: Readonly<Record<string, (order: number) => boolean>> = { "<": order => order < 0, "<=": order => order <= 0, ">": order => order > 0, ">=": order => order >= 0 };
/** Calls that order by the types of their arguments. */
const ORDERING: ReadonlySet<string> = new Set(["greatest", "least", "array_max", "array_min", "array_sort", "sort_array"]);
/** Calls that take no notice of collations, or see to them themselves. */
const FREE: ReadonlySet<string> = new Set(["collate", "collation", "typeof", "isnull", "isnotnull", "named_struct"]);
const UNSUPPORTED: ReadonlySet<string> = new Set(["map_contains_key", "str_to_map"]);
const PATTERNS: ReadonlySet<string> = new Set(["rlike", "regexp", "regexp_like", "regexp_replace", "regexp_extract", "regexp_extract_all", "regexp_count", "regexp_instr", "regexp_substr", "split", "like", "ilike"]);

/** Calls that put texts together without comparing them: of any collations. */
const MIXING: ReadonlySet<string> = new Set(["concat", "concat_ws", "elt", "overlay", "lpad", "rpad", "format_string", "printf", "levenshtein"]);
/** Calls that search for a text letter by letter, which no collation without accents can do. */
const SEARCHES: ReadonlySet<string> = new Set(["contains", "startswith", "endswith", "instr", "locate", "position", "replace", "split_part", "substring_index", "translate", "trim", "ltrim", "rtrim", "btrim", "str_to_map"]);

/** Calls whose text is of no collation, whatever they are given. */
const PLAIN: ReadonlySet<string> = new Set(["base64", "to_base32", "quote", "soundex", "url_encode", "url_decode", "try_url_decode", "md5", "sha1", "sha2", "format_number", "to_json", "get_json_object", "json_object_keys", "parse_url", "try_parse_url", "date_format", "from_json", "to_char", "from_unixtime", "dayname", "monthname"]);
/** Calls that search by a regular expression: the collation is that of the text. */
const OF_FIRST: ReadonlySet<string> = new Set(["regexp_replace", "regexp_extract", "regexp_extract_all", "regexp_substr", "split"]);

/** Types a call; where texts of a collation are among the arguments, so that it goes by it. */
export function boundCall(entry: ScalarFunction, given: readonly ResolvedExpression[], settings: SqlSettings, origin: Origin | undefined): ScalarCall {
  const args = comparedAsChars(entry.name, given, settings);
  if (FREE.has(entry.name) || !args.some(arg => arg.kind !== "lambda" && collationOf(arg.type) !== undefined)) return scalarCall(entry, args, entry.bind(args, settings, origin), settings, origin);
  const collation = commonCollation(args, MIXING.has(entry.name), () => `${entry.name}(${args.map(sqlText).join(", ")})`, origin), { name } = entry;
  const bound = (values: readonly ResolvedExpression[]): ScalarCall => {
    const made = scalarCall(entry, values, entry.bind(values, settings, origin), settings, origin);
    const of = OF_FIRST.has(name) ? collationOf(args[0]!.type) : PLAIN.has(name) ? undefined : collation;
    return of === undefined ? made : Object.freeze({ ...made, type: withCollation(made.type, of) });
  };
  if (collation === undefined) return bound(args.map(plain));
  const isSearched = PATTERNS.has(name);
  if (isSearched && collation !== "UTF8_LCASE" || SEARCHES.has(name) && /_AI(?:_|$)/.test(collation)) {
    throw fail("DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE", "42K09", `Cannot resolve "${name}" due to data type mismatch: The first parameter requires the "STRING" type, however ${quoteSql(sqlText(args[0]!))} has the type "${typeToSql(args[0]!.type)}".`, { paramIndex: "first", requiredType: quoteSql("STRING"), inputSql: quoteSql(sqlText(args[0]!)), inputType: quoteSql(typeToSql(args[0]!.type)), sqlExpr: quoteSql(name) }, origin);
  }
  if (EQUALITIES.has(name)) return bound(args.map(arg => keyed(arg, collation)));
  const decides = ORDERS[name];
  if (decides !== undefined) {
    if (hasOrder(collation)) return bound(args.map(arg => keyed(arg, collation)));
    const call = bound(args.map(plain)), order = collationOrder(collation);
    return Object.freeze({ ...call, binding: { type: call.binding.type, row: ([a, b]) => decides(order(a as string, b as string)) } satisfies Binding });
  }
  if (ORDERING.has(name)) return bound(args.map(arg => arg.type.kind === "string" && arg.type.collation === undefined ? retyped(arg, withCollation(arg.type, collation)) : arg));
  if (SETS.has(name)) {
    const call = bound(args.map(plain)), { type, nullable } = call.binding;
    return Object.freeze({ ...call, binding: { type, ...(nullable !== undefined && { nullable }), row: setByKey(name, collation) } satisfies Binding });
  }
  if (UNSUPPORTED.has(name)) throw unsupported(`${name}() over texts of the collation ${collation}`, "over lower(text), for instance");
  if (isSearched) {
    if (name === "like" || name === "ilike") return bound(args.map((arg, i) => i < 2 ? keyed(arg, collation) : plain(arg)));
    return bound(args.map((arg, i) => i === 1 ? withText(arg, pattern => `(?i)${pattern}`) : plain(arg)));
  }
  return searching(name, args.map(plain), collation, bound);
}

/** A text that is computed from another. */
function withText(e: ResolvedExpression, change: (text: string) => string): ResolvedExpression {
  const child = plain(e);
  return Object.freeze({ kind: "scalar_call", function: KEY, args: [child], binding: { type: STRING, row: ([text]) => change(text as string) } satisfies Binding, type: STRING, nullable: child.nullable, origin: e.origin });
}

/** Functions that search in a text and give parts of it. */
function searching(name: string, args: readonly ResolvedExpression[], collation: string, bound: (args: readonly ResolvedExpression[]) => ScalarCall): ScalarCall {
  const isCaseless = /_LCASE|_CI/.test(collation), searched = withoutTrim(collation);
  const both = (e: ResolvedExpression): ResolvedExpression => isCaseless ? withText(e, text => text + text.toLowerCase() + text.toUpperCase()) : e;
  const call = bound(args), { binding } = call, row = binding.row;
  const changed = (kernel: Binding["row"]): ScalarCall => Object.freeze({ ...call, binding: { type: binding.type, ...(binding.argTypes && { argTypes: binding.argTypes }), ...(binding.nullable !== undefined && { nullable: binding.nullable }), ...(binding.canRaise && { canRaise: true }), row: kernel! } });
  switch (name) {
    case "replace": return changed(([text, wanted, by]) => replaceByKey(text as string, wanted as string, (by as string | undefined) ?? "", searched));
    case "split_part": return changed(([text, delimiter, n], context) => row!([replaceByKey(text as string, delimiter as string, delimiter as string, searched), delimiter!, n!], context));
    case "substring_index": return changed(([text, delimiter, count]) => indexByKey(text as string, delimiter as string, count as number, searched));
    // The letters stand in front, but for btrim.
    case "trim": case "ltrim": case "rtrim": case "btrim": return args.length < 2 ? call : bound(args.map((arg, i) => i === (name === "btrim" ? 1 : 0) ? both(arg) : arg));
    case "translate": return changed(([text, from, to]) => translateByKey(text as string, from as string, to as string, searched));
    default: return call;
  }
}

/** One collation for all texts of a call; undefined: plain text. @throws AnalysisError COLLATION_MISMATCH.EXPLICIT, INDETERMINATE_COLLATION_IN_EXPRESSION */
export function commonCollation(args: readonly ResolvedExpression[], mixes: boolean, text: () => string, origin: Origin | undefined): string | undefined {
  const texts = args.filter(arg => arg.kind !== "lambda" && (arg.type.kind === "string" || collationOf(arg.type) !== undefined));
  const name = (e: ResolvedExpression): string => collationOf(e.type) ?? "UTF8_BINARY";
  const explicit = new Set(texts.filter(isExplicit).map(name));
  if (explicit.size > 1) {
    const explicitTypes = [...explicit].map(c => quoteSql(`STRING COLLATE ${c}`)).join(", ");
    throw fail("COLLATION_MISMATCH.EXPLICIT", "42P21", `Could not determine which collation to use for string functions and operators. Error occurred due to the mismatch between explicit collations: [${explicitTypes}]. Decide on a single explicit collation and remove others.`, { explicitTypes }, origin);
  }
  const isWeak = (e: ResolvedExpression): boolean => e.kind === "literal" || e.kind === "cast" && e.implicit;
  const implicit = explicit.size === 1 ? explicit : new Set(texts.filter(e => !isWeak(e)).map(name));
  // Where all are texts as they stand, they are of the default that was said for them.
  const decided = implicit.size > 0 ? implicit : new Set(texts.map(name));
  if (decided.size > 1 && mixes) return undefined;
  if (decided.size > 1) throw fail("INDETERMINATE_COLLATION_IN_EXPRESSION", "42P22", `Data type of "${text()}" has indeterminate collation. Use COLLATE clause to set the collation explicitly.`, { expr: quoteSql(text()) }, origin);
  const [only] = decided;
  return only === undefined || only === "UTF8_BINARY" ? undefined : only;
}

/** COLLATE was written, here or in what the text is made of. */
const isExplicit = (e: ResolvedExpression): boolean => e.kind === "scalar_call" && (e.function.name === "collate" || e.args.some(arg => (arg.type.kind === "string" || collationOf(arg.type) !== undefined) && isExplicit(arg)));

/** Whether texts of a collation are anywhere in a plan. */
export function hasCollation(plan: ResolvedRelation): boolean {
  const inExpression = (e: ResolvedExpression): boolean => someExpression(e, x => x.kind !== "lambda" && collationOf(x.type) !== undefined || x.kind === "subquery" && hasCollation(x.plan));
  return someRelation(plan, node => node.output.some(a => collationOf(a.type) !== undefined) || expressionsOf(node).some(inExpression));
}

/** Aggregates that ask which texts differ: they see keys. */
const COUNTED: ReadonlySet<string> = new Set(["approx_count_distinct", "hll_sketch_agg", "theta_sketch_agg", "tuple_sketch_agg_double", "tuple_sketch_agg_integer"]);

type Lookup = (name: string) => FunctionEntry | undefined;

/** Groups, sorts and windows of a plan by keys, where texts of a collation decide. */
export function collate(plan: ResolvedRelation, lookup: Lookup, settings: SqlSettings): ResolvedRelation {
  const rewriter = new Rewriter(lookup, settings);
  return mapRelation(plan, node => rewriter.node(mapExpressionsOf(node, e => rewriter.expression(e))));
}

class Rewriter {
  readonly #lookup: Lookup;
  readonly #settings: SqlSettings;
  constructor(lookup: Lookup, settings: SqlSettings) {
    this.#lookup = lookup;
    this.#settings = settings;
  }

  node(node: ResolvedRelation): ResolvedRelation {
    switch (node.kind) {
      case "sort": return node.order.some(o => collationOf(o.expression.type) !== undefined) ? Object.freeze({ ...node, order: node.order.map(o => ({ ...o, expression: this.#order(o.expression) })) }) : node;
      case "aggregate": return node.keys.some(k => collationOf(k.attribute.type) !== undefined) ? this.#grouped(node) : node;
      case "deduplicate": return node.keys.some(k => collationOf(k.type) !== undefined) ? this.#deduplicated(node) : node;
      case "set_operation": {
        if (node.output.some(a => collationOf(a.type) !== undefined)) throw unsupported(`${node.operation.toUpperCase()} over texts of a collation`, "write it as a join");
        return node;
      }
      default: return node;
    }
  }

  /** Windows and aggregates inside an expression. */
  expression(e: ResolvedExpression): ResolvedExpression {
    const inner = mapChildren(e, child => this.expression(child));
    if (inner.kind === "window_call") return this.#window(inner);
    if (inner.kind === "aggregate_call") return this.#aggregate(inner);
    if (inner.kind === "subquery") return Object.freeze({ ...inner, plan: collate(inner.plan, this.#lookup, this.#settings) });
    return inner;
  }

  /** Collations whose keys have no order compare texts where rows are sorted. */
  #order(e: ResolvedExpression): ResolvedExpression {
    const collation = collationOf(e.type);
    return collation === undefined || !hasOrder(collation) ? e : keyed(e, collation);
  }
  #equal(e: ResolvedExpression): ResolvedExpression {
    const collation = collationOf(e.type);
    return collation === undefined ? e : keyed(e, collation);
  }

  #window(call: WindowCall): WindowCall {
    const decides = [...call.partitionBy, ...call.orderBy.map(o => o.expression)].some(e => collationOf(e.type) !== undefined);
    return decides ? Object.freeze({ ...call, partitionBy: call.partitionBy.map(e => this.#equal(e)), orderBy: call.orderBy.map(o => ({ ...o, expression: this.#order(o.expression) })) }) : call;
  }

  /** min and max go by the key; a DISTINCT that counts counts keys. */
  #aggregate(call: AggregateCall): AggregateCall {
    const collation = call.args.map(arg => collationOf(arg.type)).find(found => found !== undefined), { name } = call.function;
    if (collation === undefined) return call;
    if (name === "min" || name === "max") {
      const entry = extremeByKey(name, collation);
      return Object.freeze({ ...call, function: entry, args: [plain(call.args[0]!)], binding: entry.bind(call.args, this.#settings, call.origin) });
    }
    if (COUNTED.has(name)) return Object.freeze({ ...call, args: call.args.map((arg, i) => (i === 0 ? this.#equal(arg) : plain(arg))) });
    if (!call.distinct) return call;
    if (name !== "count") {
      const { implementation } = call.binding;
      if (implementation.kind !== "object") throw unsupported(`${name}(DISTINCT ...) over texts of the collation ${collation}`);
      return Object.freeze({ ...call, distinct: false, binding: { ...call.binding, implementation: distinctByKey(implementation, call.args.map(arg => arg.type)) } });
    }
    return Object.freeze({ ...call, args: call.args.map(arg => this.#equal(arg)) });
  }

  #call(name: string, args: readonly ResolvedExpression[], like?: AggregateCall): AggregateCall {
    const entry = this.#lookup(name) as AggregateFunction, binding = entry.bind(args, this.#settings, like?.origin);
    return Object.freeze({ kind: "aggregate_call", function: entry, args, binding, distinct: false, filter: like?.filter, type: like?.type ?? args[0]!.type, nullable: binding.nullable, origin: like?.origin });
  }

  /** Groups by keys; the text of a group is that of its first row. */
  #grouped(node: Extract<ResolvedRelation, { kind: "aggregate" }>): ResolvedRelation {
    const firsts: { readonly call: AggregateCall; readonly attribute: Attribute }[] = [];
    const keys = node.keys.map((key): NamedExpression => {
      if (collationOf(key.attribute.type) === undefined) return key;
      firsts.push({ call: this.#call("first", [key.expression, literalOf(false, { kind: "boolean" })]), attribute: key.attribute });
      return { expression: this.#equal(key.expression), attribute: makeAttribute(key.attribute.name, plainType(key.attribute.type), key.attribute.nullable) };
    });
    const aggregates = [...node.aggregates, ...firsts];
    const grouped: ResolvedRelation = Object.freeze({ ...node, keys, aggregates, output: [...keys.map(k => k.attribute), ...aggregates.map(a => a.attribute)] });
    return projectTo(grouped, node.output.map(passThrough));
  }

  #deduplicated(node: Extract<ResolvedRelation, { kind: "deduplicate" }>): ResolvedRelation {
    const named = node.keys.map((key): NamedExpression => collationOf(key.type) === undefined ? passThrough(key) : { expression: this.#equal(key), attribute: makeAttribute(key.name, plainType(key.type), key.nullable) });
    const own = named.filter(({ expression, attribute }) => expression !== attribute), input = projectTo(node.input, [...node.input.output.map(passThrough), ...own]);
    return projectTo(Object.freeze({ ...node, input, keys: named.map(n => n.attribute), output: input.output }), node.output.map(passThrough));
  }
}
