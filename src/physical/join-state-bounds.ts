/**
 * When rows of a join of streams can find no partner any more, and what that leaves of the watermark behind the join.
 * Keys with a watermark bound both sides; else a comparison of the sides' event times does. The rules are those of
 * Spark's StreamingJoinHelper: in `r.ts < l.ts + d` left rows end at `l.ts <= watermark - d`; a comparison that includes
 * equality ends them a millisecond later.
 */
import type { SetBack } from "../operators/context.ts";
import type { JoinEviction } from "../operators/stream-join.ts";
import { conjuncts } from "../optimize/expression-facts.ts";
import type { Attribute, ResolvedExpression, ResolvedJoin, ResolvedRelation } from "../plan/resolved.ts";
import { attributesIn } from "../plan/walk-relations.ts";
import { isNumeric } from "../types/data-type.ts";
import type { CalendarInterval } from "../types/cell.ts";
import { equalPairs, type EqualPair } from "./lower-join.ts";

const MICROS_PER_MILLI = 1000n, MICROS_PER_DAY = 86_400_000_000n;

/** For the left and the right side; undefined: rows never leave. */
export function evictionsOf(join: ResolvedJoin, pairs: readonly EqualPair[]): readonly [JoinEviction | undefined, JoinEviction | undefined] {
  const { left, right } = join;
  const watermarkedIn = (output: readonly Attribute[], e: ResolvedExpression) => e.kind === "attribute" && output.some(a => a.id === e.id && a.watermarkDelayMicros !== undefined);
  const inLeft = pairs.findIndex(pair => watermarkedIn(left.output, pair.left)), key = inLeft >= 0 ? inLeft : pairs.findIndex(pair => watermarkedIn(right.output, pair.right));
  if (key >= 0) {
    const eviction: JoinEviction = { from: "key", index: key, field: endField(pairs[key]!.left), bound: watermark => watermark };
    return [eviction, eviction];
  }
  return [evictionByRange(join, left.output, right.output), evictionByRange(join, right.output, left.output)];
}

const endField = ({ type }: { readonly type: Attribute["type"] }): number | undefined => type.kind === "struct" ? 1 : undefined;

function evictionByRange({ condition }: ResolvedJoin, kept: readonly Attribute[], other: readonly Attribute[]): JoinEviction | undefined {
  const index = kept.findIndex(a => a.watermarkDelayMicros !== undefined), time = kept[index];
  if (condition === undefined || time === undefined || time.type.kind === "struct") return undefined;
  const bounds = conjuncts(condition).flatMap(e => {
    const bound = boundOf(e, time, other);
    return bound === undefined ? [] : [bound];
  });
  // Spark takes `v > 5` for such a bound too, at a time near the epoch: rows then stay for ever, and so they do here.
  if (conjuncts(condition).some(e => isAboveConstant(e, kept))) bounds.push(() => 0n);
  return bounds.length === 0 ? undefined : { from: "column", index, field: undefined, bound: watermark => bounds.map(bound => bound(watermark)).reduce((a, b) => (a < b ? a : b)) };
}

/** A number or time of this side alone that is above a constant. */
function isAboveConstant(e: ResolvedExpression, kept: readonly Attribute[]): boolean {
  const sides = ordered(e);
  if (sides === undefined || attributesIn([sides.small]).size > 0 || !isNumeric(sides.large.type) && sides.large.type.kind !== "timestamp") return false;
  const ids = attributesIn([sides.large]);
  return ids.size === 1 && kept.some(a => ids.has(a.id));
}

/** The sides of a comparison, the one that is to be smaller first. */
function ordered(e: ResolvedExpression): { readonly small: ResolvedExpression; readonly large: ResolvedExpression; readonly includesEqual: boolean } | undefined {
  if (e.kind !== "scalar_call" || e.args.length !== 2) return undefined;
  const { name } = e.function;
  if (name !== "<" && name !== "<=" && name !== ">" && name !== ">=") return undefined;
  const [first, second] = e.args as readonly [ResolvedExpression, ResolvedExpression], includesEqual = name.endsWith("=");
  return name.startsWith("<") ? { small: first, large: second, includesEqual } : { small: second, large: first, includesEqual };
}

/** `other < time + d`, in whatever form: rows up to the watermark less d have seen all partners. */
function boundOf(e: ResolvedExpression, time: Attribute, others: readonly Attribute[]): SetBack | undefined {
  const sides = ordered(e);
  if (sides === undefined) return undefined;
  const below = linear(sides.small), above = linear(sides.large);
  if (below === undefined || above === undefined) return undefined;
  const terms = new Map(below.terms);
  for (const [id, times] of above.terms) terms.set(id, (terms.get(id) ?? 0) - times);
  const used = [...terms].filter(([, times]) => times !== 0);
  const isOther = (id: number) => others.some(a => a.id === id && a.watermarkDelayMicros !== undefined);
  if (used.length !== 2 || terms.get(time.id) !== -1 || !used.some(([id, times]) => times === 1 && isOther(id))) return undefined;
  const shift = below.micros - above.micros, less = sides.includesEqual ? MICROS_PER_MILLI : 0n;
  return watermark => wholeMillis(watermark + shift) - less;
}

function wholeMillis(micros: bigint): bigint {
  const rest = micros % MICROS_PER_MILLI;
  return micros - (rest < 0n ? rest + MICROS_PER_MILLI : rest);
}

interface Linear { readonly terms: ReadonlyMap<number, number>; readonly micros: bigint }

/** A sum of columns and fixed lengths of time; undefined for anything else. */
function linear(e: ResolvedExpression): Linear | undefined {
  switch (e.kind) {
    case "attribute": return e.type.kind === "timestamp" || e.type.kind === "timestamp_ntz" ? { terms: new Map([[e.id, 1]]), micros: 0n } : undefined;
    case "literal": {
      if (e.value === null) return undefined;
      if (e.type.kind === "day_time_interval") return { terms: new Map(), micros: e.value as bigint };
      if (e.type.kind !== "calendar_interval") return undefined;
      const { months, days, micros } = e.value as CalendarInterval;
      return months !== 0 ? undefined : { terms: new Map(), micros: BigInt(days) * MICROS_PER_DAY + micros };
    }
    case "cast": return e.child.type.kind === e.type.kind ? linear(e.child) : undefined;
    case "scalar_call": {
      const { name } = e.function, parts = e.args.map(linear), [first, second] = parts;
      if (first === undefined) return undefined;
      if (parts.length === 1) return name === "negative" || name === "-" ? sum(NOTHING, first, -1) : name === "positive" || name === "+" ? first : undefined;
      return second === undefined || parts.length !== 2 || name !== "+" && name !== "-" ? undefined : sum(first, second, name === "+" ? 1 : -1);
    }
    default: return undefined;
  }
}

const NOTHING: Linear = { terms: new Map(), micros: 0n };

function sum(a: Linear, b: Linear, sign: 1 | -1): Linear {
  const terms = new Map(a.terms);
  for (const [id, times] of b.terms) terms.set(id, (terms.get(id) ?? 0) + sign * times);
  return { terms, micros: a.micros + BigInt(sign) * b.micros };
}

/**
 * How far the watermark has come for what reads a relation's rows: a join of streams puts out rows as late as those it
 * keeps. Undefined: as far as for the sources.
 */
export function setBackOf(relation: ResolvedRelation): SetBack | undefined {
  switch (relation.kind) {
    case "scan": case "local_rows": case "range": case "event_time_watermark": return undefined;
    case "union": case "value_map": return least(relation.inputs.map(setBackOf));
    case "set_operation": return least([setBackOf(relation.left), setBackOf(relation.right)]);
    case "join": {
      const below = least([setBackOf(relation.left), setBackOf(relation.right)]);
      if (!relation.left.isStreaming || !relation.right.isStreaming) return below;
      const bounds = evictionsOf(relation, equalPairs(relation, relation.left, relation.right).pairs).flatMap(eviction => eviction === undefined ? [] : [eviction]);
      if (bounds.every(({ from }) => from === "key") && bounds.length > 0) return below;
      // Nothing says how late its rows may be: what follows is never closed.
      if (bounds.length === 0) return () => 0n;
      return least([below ?? (watermark => watermark), ...bounds.map(({ bound }): SetBack => below === undefined ? bound : watermark => bound(below(watermark)))]);
    }
    case "as_of_join": {
      const { left, right, direction, tolerance } = relation, below = least([setBackOf(left), setBackOf(right)]);
      if (!left.isStreaming || !right.isStreaming || direction === "backward") return below;
      // Left rows wait for what may come so much later.
      return watermark => (below?.(watermark) ?? watermark) - BigInt(tolerance!);
    }
    default: return setBackOf(relation.input);
  }
}

function least(all: readonly (SetBack | undefined)[]): SetBack | undefined {
  const some = all.flatMap(setBack => setBack === undefined ? [] : [setBack]);
  if (some.length <= 1) return some[0];
  return watermark => some.map(setBack => setBack(watermark)).reduce((a, b) => (a < b ? a : b));
}
