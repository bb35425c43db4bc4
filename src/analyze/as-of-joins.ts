/**
 * As-of joins: times of one type, equal keys, a settled tolerance. Conditions and defaults are those of Spark's AsOfJoin
 * (Dataset.joinAsOf); only what a value can be counted in one number is a time here.
 */
import { evaluateConstant, isConstant } from "../eval/constant.ts";
import { unsupported } from "../base/errors.ts";
import { isString } from "../functions/coercion.ts";
import type { AsOfJoin } from "../plan/relations.ts";
import type { Attribute, ResolvedAsOfJoin, ResolvedExpression } from "../plan/resolved.ts";
import type { CalendarInterval, Cell } from "../types/cell.ts";
import { BIGINT, DOUBLE, TIMESTAMP_NTZ, isIntegral, isNumeric, type DataType } from "../types/data-type.ts";
import type { Analyzer, Env } from "./analyzer.ts";
import { changeAttribute, coerce } from "./build.ts";
import { callByName } from "./calls.ts";
import { fail, quoteIdentifiers, quoteSql, quoteType } from "./errors.ts";
import { isDeterministic, type Resolver } from "./expressions.ts";
import { displayName } from "./names.ts";
import { besides, type Analysed } from "./scope.ts";
import { conjunctsOf } from "./subqueries.ts";
import { someExpression } from "../plan/walk.ts";

const DIRECTIONS: readonly string[] = ["forward", "backward", "nearest"];
const DAY_MICROS = 86_400_000_000n;
/** Times of the years 1 to 9999 don't lie so far apart. */
const MOST_MICROS = 2n ** 60n;

export function asOfJoin(analyzer: Analyzer, relation: AsOfJoin, env: Env): Analysed {
  const { joinType, origin } = relation, direction = relation.direction.toLowerCase() as AsOfJoin["direction"], left = analyzer.relation(relation.left, env), right = analyzer.relation(relation.right, env);
  if (!DIRECTIONS.includes(direction)) {
    const supported = DIRECTIONS.map(name => `'${name}'`).join(", ");
    throw fail("AS_OF_JOIN.UNSUPPORTED_DIRECTION", "42604", `Invalid as-of join. Unsupported as-of join direction '${relation.direction}'. Supported as-of join direction include: ${supported}.`, { direction: relation.direction, supported }, origin);
  }
  const resolver = analyzer.resolver(besides(left, right), env), { settings } = analyzer.context;
  const { times, isSwapped } = relation.written === undefined
    ? { times: [analyzer.resolver(left, env).resolve(relation.leftTime), analyzer.resolver(right, env).resolve(relation.rightTime)] as const, isSwapped: false }
    : timesOf(resolver, relation, left, right);
  if (relation.written !== undefined && resolver.common(times) === undefined) {
    const [type1, type2] = times.map(time => quoteType(time.type)) as [string, string];
    throw fail("ASOF_JOIN_MATCH_CONDITION_INVALID_TYPE", "42K09", `The MATCH_CONDITION operands must be of an orderable, mutually comparable type. Got: ${type1} and ${type2}.`, { type1, type2 }, origin);
  }
  const type = timeType(times.some(time => isString(time.type)) ? undefined : resolver.common(times), times.map(time => time.type), origin), [leftTime, rightTime] = times.map(time => coerce(time, type, settings)) as [ResolvedExpression, ResolvedExpression];
  const keys = relation.by.map(name => {
    const equal = callByName(resolver, "=", [keyOf(analyzer, left, name, "left", origin), keyOf(analyzer, right, name, "right", origin)], origin);
    const [l, r] = equal.kind === "scalar_call" ? equal.args : [];
    if (l === undefined || r === undefined || l.type.kind === "calendar_interval" || l.type.kind === "variant") {
      throw fail("MILLRACE_AS_OF_JOIN_KEY", "42K09", `Rows can't be found by ${quoteIdentifiers([name])}.`, { colName: quoteIdentifiers([name]) }, origin);
    }
    return { left: l, right: r };
  });
  if (relation.written?.on !== undefined) keys.push(...equalities(resolver.resolve(relation.written.on), left, right));
  const tolerance = relation.tolerance === undefined ? undefined : toleranceOf(analyzer, relation, type, env);
  const rightOutput = right.plan.output.map(a => besideLeft(a, joinType === "left")), output = [...left.plan.output, ...rightOutput];
  const plan: ResolvedAsOfJoin = Object.freeze({
    kind: "as_of_join", left: left.plan, right: right.plan, joinType, keys, leftTime, rightTime, direction: isSwapped ? direction === "forward" ? "backward" : "forward" : direction, tolerance, allowExactMatches: relation.allowExactMatches,
    output, isStreaming: left.plan.isStreaming || right.plan.isStreaming, origin,
  });
  const byId = new Map(output.map(a => [a.id, a] as const)), current = (list: readonly Attribute[]): readonly Attribute[] => list.map(a => byId.get(a.id) ?? a);
  const scope = besides(left, right);
  if (relation.written === undefined || relation.by.length === 0) return { plan, visible: current(scope.visible), hidden: current(scope.hidden), frames: scope.frames };
  // USING: the keys stand once, in front.
  const isKey = (a: Attribute): boolean => relation.by.some(name => analyzer.same(a.name, name)), front = relation.by.map(name => left.visible.find(a => analyzer.same(a.name, name))!);
  const visible = [...front, ...left.visible.filter(a => !isKey(a)), ...right.visible.filter(a => !isKey(a))];
  return { plan, visible: current(visible), hidden: current([...scope.hidden, ...right.visible.filter(isKey)]), frames: scope.frames };
}

const usesOnly = (e: ResolvedExpression, side: Analysed): boolean => !someExpression(e, x => x.kind === "attribute" && !side.plan.output.some(a => a.id === x.id));

/** The operands of MATCH_CONDITION, the left side's first. */
function timesOf(resolver: Resolver, { leftTime, rightTime, origin }: AsOfJoin, left: Analysed, right: Analysed): { readonly times: readonly [ResolvedExpression, ResolvedExpression]; readonly isSwapped: boolean } {
  const [a, b] = [resolver.resolve(leftTime), resolver.resolve(rightTime)], wrong = [a, b].findIndex(e => !isDeterministic(e) || someExpression(e, x => x.kind === "aggregate_call" || x.kind === "window_call" || x.kind === "generator_call" || x.kind === "subquery"));
  if (wrong >= 0) {
    const expr = quoteSql(displayName(resolver, wrong === 0 ? leftTime : rightTime));
    throw fail("ASOF_JOIN_MATCH_CONDITION_INVALID_EXPRESSION", "42903", `The MATCH_CONDITION operand contains an invalid expression: ${expr}. Rewrite the query to avoid subqueries, aggregate functions, window functions, generator functions, or non-deterministic functions in MATCH_CONDITION operands.`, { expr }, origin);
  }
  if (usesOnly(a, left) && usesOnly(b, right)) return { times: [a, b], isSwapped: false };
  if (usesOnly(a, right) && usesOnly(b, left)) return { times: [b, a], isSwapped: true };
  const [refs1, refs2] = [leftTime, rightTime].map(e => quoteSql(displayName(resolver, e))) as [string, string];
  throw fail("ASOF_JOIN_MATCH_CONDITION_TABLE_REFERENCE", "42K0E", `Each operand of the MATCH_CONDITION comparison must reference only columns of one join input. Got: ${refs1} and ${refs2}.`, { refs1, refs2 }, origin);
}


/** The keys of an ON condition: equalities of one side with the other. */
function equalities(condition: ResolvedExpression, left: Analysed, right: Analysed): { readonly left: ResolvedExpression; readonly right: ResolvedExpression }[] {
  return conjunctsOf(condition).map(one => {
    const [a, b] = one.kind === "scalar_call" && one.function.name === "=" ? one.args : [];
    if (a !== undefined && b !== undefined && usesOnly(a, left) && usesOnly(b, right)) return { left: a, right: b };
    if (a !== undefined && b !== undefined && usesOnly(a, right) && usesOnly(b, left)) return { left: b, right: a };
    throw unsupported("A condition of an ASOF JOIN that is no equality of its sides", "filter the sides beforehand");
  });
}

/** A right row comes out as late as the left one that it stands beside: no watermark tells of its own time. */
function besideLeft({ watermarkDelayMicros: _, ...attribute }: Attribute, isNullable: boolean): Attribute {
  return changeAttribute(attribute, isNullable ? { nullable: true } : {});
}

function keyOf(analyzer: Analyzer, side: Analysed, name: string, which: string, origin: AsOfJoin["origin"]): Attribute {
  const found = side.visible.filter(a => analyzer.same(a.name, name));
  if (found.length === 1) return found[0]!;
  if (found.length > 1) throw fail("AMBIGUOUS_REFERENCE", "42704", `Reference \`${name}\` is ambiguous on the ${which} side of the join.`, { name: `\`${name}\``, referenceNames: `[${quoteIdentifiers(found.map(a => a.name))}]` }, origin);
  const suggestion = quoteIdentifiers(side.visible.map(a => a.name).toSorted());
  throw fail("UNRESOLVED_USING_COLUMN_FOR_JOIN", "42703", `USING column \`${name}\` cannot be resolved on the ${which} side of the join. The ${which}-side columns: [${suggestion}].`, { colName: `\`${name}\``, side: which, suggestion }, origin);
}

/** The type in which times of a common type are compared. */
function timeType(common: DataType | undefined, types: readonly DataType[], origin: AsOfJoin["origin"]): DataType {
  if (common?.kind === "timestamp" || common?.kind === "timestamp_ntz") return common;
  if (common?.kind === "date") return TIMESTAMP_NTZ;
  if (common !== undefined && isIntegral(common)) return BIGINT;
  if (common?.kind === "decimal" && common.precision <= 18) return common;
  if (common?.kind === "float" || common?.kind === "double") return DOUBLE;
  const [left, right] = types.map(quoteType) as [string, string];
  throw fail("MILLRACE_AS_OF_JOIN_TIME", "42K09", `An as-of join can't compare ${left} with ${right} as times.`, { leftType: left, rightType: right }, origin,
    common?.kind === "decimal" ? "cast both to DECIMAL of at most 18 digits, or to DOUBLE" : "take columns of TIMESTAMP, TIMESTAMP_NTZ, DATE, or numbers");
}

/** The tolerance as a value of the times' type; microseconds for times. */
function toleranceOf(analyzer: Analyzer, { tolerance, origin }: AsOfJoin, type: DataType, env: Env): bigint | number {
  const { settings } = analyzer.context, resolver = analyzer.resolver({ visible: [], hidden: [], frames: new Map() }, env), unfoldable = () =>
    fail("AS_OF_JOIN.TOLERANCE_IS_UNFOLDABLE", "42604", "Invalid as-of join. The input argument `tolerance` must be a constant.", {}, origin);
  if (usesColumns(tolerance)) throw unfoldable();
  const given = resolver.resolve(tolerance!);
  if (!isConstant(given)) throw unfoldable();
  const isNumber = isNumeric(type), fits = isNumber ? isNumeric(given.type) : given.type.kind === "day_time_interval" || given.type.kind === "calendar_interval";
  const value = (e: ResolvedExpression): Cell => e.kind === "literal" ? e.value : evaluateConstant(e, settings);
  const cell = fits ? value(isNumber ? coerce(given, type, settings) : given) : null, micros = cell !== null && typeof cell === "object" ? microsOf(cell as CalendarInterval) : cell;
  if (typeof micros !== "bigint" && typeof micros !== "number") {
    throw fail("MILLRACE_AS_OF_JOIN_TOLERANCE", "42K09", `A tolerance of ${quoteSql(displayName(resolver, tolerance!))} doesn't fit times of type ${quoteType(type)}.`, { tolerance: quoteSql(displayName(resolver, tolerance!)), timeType: quoteType(type) }, origin,
      isNumber ? "give a number" : 'give a duration without months, as in "5 seconds"');
  }
  if (!(micros >= 0)) throw fail("AS_OF_JOIN.TOLERANCE_IS_NON_NEGATIVE", "42604", "Invalid as-of join. The input argument `tolerance` must be non-negative.", {}, origin);
  return !isNumber && micros > MOST_MICROS ? MOST_MICROS : micros;
}

const usesColumns = (node: unknown): boolean => typeof node === "object" && node !== null
  && ("kind" in node && (node.kind === "unresolved_attribute" || node.kind === "subquery") || Object.entries(node).some(([key, child]) => key !== "origin" && key !== "type" && usesColumns(child)));

const microsOf = ({ months, days, micros }: CalendarInterval): bigint | undefined => months === 0 ? BigInt(days) * DAY_MICROS + micros : undefined;
