/**
 * Joins become a hash join: the build side's pipelines run first. The build side is the right one, or the left one beside
 * a stream, by hint, or in a right join. Of the condition, equalities between
 * the sides become keys; the rest is asked of each pair.
 */
import { unsupported } from "../base/errors.ts";
import { sqlText } from "../functions/sql-text.ts";
import { compileExpression, compilePredicate } from "../eval/compile.ts";
import { Meter } from "../operators/meter.ts";
import { HashJoin, type HashJoinParts, type JoinColumn } from "../operators/hash-join.ts";
import type { JoinKey } from "../operators/join-build.ts";
import type { Operator } from "../operators/operator.ts";
import { placeIn, schemaOf, type Attribute, type ResolvedExpression, type ResolvedJoin, type ResolvedRelation } from "../plan/resolved.ts";
import { allOf, conjuncts } from "../optimize/expression-facts.ts";
import { dependsOnBatch } from "../optimize/fold-constants.ts";
import { attributesIn, expressionsOf, someRelation } from "../plan/walk-relations.ts";
import { sameNode } from "../plan/same.ts";
import { sameTypeIgnoringNullability } from "../types/data-type.ts";
import { KeyFilter } from "../operators/key-filter.ts";
import type { Lowering } from "./lowering.ts";
import { Stop } from "./stop.ts";
import { passedDown, reachesScan, type WantedKey } from "./narrowing.ts";

interface Pair { readonly probe: ResolvedExpression; readonly build: ResolvedExpression; readonly nullSafe: boolean; readonly text: ResolvedExpression }

/** Expressions of the left and the right side that the condition says are equal. */
export interface EqualPair { readonly left: ResolvedExpression; readonly right: ResolvedExpression; readonly nullSafe: boolean; readonly text: ResolvedExpression }

/** The equalities between the sides of a join that keeps no rows by NOT IN, and what else its condition asks. */
export function equalPairs(join: ResolvedJoin, left: ResolvedRelation, right: ResolvedRelation): { readonly pairs: readonly EqualPair[]; readonly rest: ResolvedExpression | undefined } {
  const { pairs, rest } = split(join, left, right);
  return { pairs: pairs.map(({ probe, build, nullSafe, text }) => ({ left: probe, right: build, nullSafe, text })), rest };
}

/** `wanted`: keys that joins further up have partners for, among the columns of this one. */
export function lowerJoin(lowering: Lowering, join: ResolvedJoin, next: Operator, depth: number, wanted: readonly WantedKey[] = []): void {
  const { joinType } = join;
  const buildsLeft = buildsLeftSide(join), emitsBuild = buildsLeft && (joinType === "left_semi" || joinType === "left_anti");
  const probe = buildsLeft ? join.right : join.left, build = buildsLeft ? join.left : join.right;
  const keepsLeft = joinType === "left" || joinType === "full", keepsRight = joinType === "right" || joinType === "full", keepBuild = buildsLeft ? keepsLeft : keepsRight;
  if (build.isStreaming || keepBuild && probe.isStreaming) throw unsupported(`A ${joinType.replace("_", " ")} join that keeps the rows of a table beside a stream`, "swap the sides");
  const { pairs, rest, isNullAware } = split(join, probe, build);
  const built = wantedOf(join, build, probe, rest);
  const place = (attribute: Attribute): JoinColumn => {
    const column = placeIn(probe.output, attribute);
    if (column >= 0) return { side: "probe", column, type: attribute.type };
    return { side: "build", column: built.findIndex(i => build.output[i]!.id === attribute.id), type: attribute.type };
  };
  const asked = rest === undefined ? [] : [...probe.output, ...build.output].filter(a => attributesIn([rest]).has(a.id));
  const kind = isNullAware ? "null_aware_anti" : joinType === "left_semi" ? "semi" : joinType === "left_anti" ? "anti" : "pairs", keepProbe = buildsLeft ? keepsRight : keepsLeft;
  // Of what the other side is asked about only its rows with a partner matter, unless those without come out.
  const filters = lowering.mode.kind === "batch" && !keepProbe && (kind === "pairs" || kind === "semi" || kind === "anti" && emitsBuild) ? pairs.map(pair => keyFilterOf(pair, probe)) : [];
  const keys: readonly JoinKey[] = pairs.map((pair, i) => ({ probe: compileExpression(pair.probe, probe.output), build: compileExpression(pair.build, build.output), nullSafe: pair.nullSafe, filter: filters[i]?.filter }));
  const parts: HashJoinParts = {
    schema: schemaOf(join), output: join.output.map(place), keys,
    residual: rest === undefined ? undefined : { columns: asked.map(place), schema: schemaOf({ output: asked }), predicate: compilePredicate(rest, asked) },
    buildColumns: built.map(column => ({ column, type: build.output[column]!.type })),
    kind, keepProbe, keepBuild, ...(emitsBuild && { emitsBuild }),
  };
  const operator = new HashJoin(parts, lowering.context, next);
  const name = joinType.split("_").map(word => word[0]!.toUpperCase() + word.slice(1)).join(""), condition = rest === undefined ? "" : `, ${sqlText(rest)}`;
  const texts = pairs.map(pair => sqlText(pair.text)).join(", ");
  lowering.say(depth, `${keys.length > 0 ? "HashJoin" : "NestedLoopJoin"} ${name}${isNullAware ? ", null aware" : ""}, build ${buildsLeft ? "left" : "right"}${keys.length > 0 ? ` [${texts}]` : ""}${condition}`);
  // The build side's rows go into the join too, but not through its meter: that counts the rows it is asked about.
  const [ofLeft, ofRight] = passedDown(join, wanted), ofProbe = [...filters.filter(one => one !== undefined), ...(buildsLeft ? ofRight : ofLeft)!];
  const buildInput = new Meter({ kind: "join", title: `Join ${name}, the side that is held`, detail: texts }, operator.buildInput);
  const lowerBuild = () => lowering.stopping(new Stop(() => operator.knowsEnough, () => buildInput.finish()), () => lowering.lower(build, buildInput, depth + 1, buildsLeft ? ofLeft : ofRight));
  operator.keepsBuild = probe.isStreaming && !someRelation(build, node => expressionsOf(node).some(dependsOnBatch));
  const buildLines = lowering.held(operator.keepsBuild ? () => lowering.lasting({ version: undefined, forget: () => operator.forget() }, lowerBuild) : lowerBuild);
  const input = lowering.metered(operator, next, "join", `Join ${name}`, texts);
  // NOT IN over a list with a null is never true: a stream beside it needn't be read, unless something below keeps account of its rows.
  const mayLeaveOut = isNullAware && probe.isStreaming && !someRelation(probe, node => !["scan", "project", "filter", "subquery_alias"].includes(node.kind));
  const over = new Stop(() => operator.letsNothingThrough, () => input.finish());
  const probeLines = lowering.held(() => lowering.reading(mayLeaveOut ? { isNeeded: () => !operator.letsNothingThrough } : {}, () => lowering.stopping(over, () => lowering.lower(probe, input, depth + 1, ofProbe))));
  lowering.tell(buildsLeft ? [...buildLines, ...probeLines] : [...probeLines, ...buildLines]);
}

/** The keys of the build side, where a scan of the other side can be asked about them. */
function keyFilterOf(pair: Pair, probe: ResolvedRelation): WantedKey | undefined {
  if (pair.nullSafe || pair.probe.kind !== "attribute" || !KeyFilter.takes(pair.probe.type)) return undefined;
  const key: WantedKey = { attribute: pair.probe, filter: new KeyFilter(pair.probe.type, { name: "join", bytes: 0 }) };
  return reachesScan(probe, key) ? key : undefined;
}

/** The bounded side beside a stream; else the one that is hinted to be small; else the right one, or the one whose rows needn't be kept. */
function buildsLeftSide(join: ResolvedJoin): boolean {
  const { left, right, joinType, hint } = join;
  if (left.isStreaming) return false;
  // Without keys every row of both sides would be looked at; NOT IN must know all of the right side before it lets a row through.
  if (joinType === "left_semi" || joinType === "left_anti") {
    if (hint !== "broadcast_left" || right.isStreaming) return false;
    const { pairs, isNullAware } = split(join, right, left);
    return pairs.length > 0 && !isNullAware && !split(join, left, right).isNullAware;
  }
  if (right.isStreaming) return true;
  return hint === undefined ? joinType === "right" : hint === "broadcast_left";
}

/** Places of the build side's columns that the result or the rest of the condition uses. */
function wantedOf(join: ResolvedJoin, build: ResolvedRelation, probe: ResolvedRelation, rest: ResolvedExpression | undefined): readonly number[] {
  const wanted = attributesIn(rest === undefined ? [] : [rest]);
  for (const attribute of join.output) if (!probe.output.some(a => a.id === attribute.id)) wanted.add(attribute.id);
  return build.output.flatMap((a, i) => wanted.has(a.id) ? [i] : []);
}

/** The condition as equal pairs of one side's expression each, and what is left of it. */
function split(join: ResolvedJoin, probe: ResolvedRelation, build: ResolvedRelation): { readonly pairs: readonly Pair[]; readonly rest: ResolvedExpression | undefined; readonly isNullAware: boolean } {
  if (join.condition === undefined) return { pairs: [], rest: undefined, isNullAware: false };
  const all = conjuncts(join.condition);
  if (join.joinType === "left_anti" && all.length === 1) {
    const pair = notInPair(all[0]!, probe, build);
    if (pair !== undefined) return { pairs: [pair], rest: undefined, isNullAware: true };
  }
  const pairs: Pair[] = [], rest: ResolvedExpression[] = [];
  for (const conjunct of all) {
    const pair = pairOf(conjunct, probe, build);
    if (pair === undefined) rest.push(conjunct);
    else pairs.push(pair);
  }
  return { pairs, rest: allOf(rest), isNullAware: false };
}

function pairOf(e: ResolvedExpression, probe: ResolvedRelation, build: ResolvedRelation): Pair | undefined {
  if (e.kind !== "scalar_call" || e.args.length !== 2) return undefined;
  const { name } = e.function, nullSafe = name === "<=>" || name === "equal_null";
  if (name !== "=" && name !== "==" && !nullSafe) return undefined;
  const [a, b] = e.args as [ResolvedExpression, ResolvedExpression];
  if (!sameTypeIgnoringNullability(a.type, b.type) || a.type.kind === "calendar_interval" || a.type.kind === "variant") return undefined;
  if (isOf(a, probe) && isOf(b, build)) return { probe: a, build: b, nullSafe, text: e };
  if (isOf(b, probe) && isOf(a, build)) return { probe: b, build: a, nullSafe, text: e };
  return undefined;
}

/** `a = b OR isnull(a = b)`, as NOT IN has it: the pair. */
function notInPair(e: ResolvedExpression, probe: ResolvedRelation, build: ResolvedRelation): Pair | undefined {
  if (e.kind !== "or" || e.right.kind !== "scalar_call" || e.right.function.name !== "isnull" || !isSame(e.right.args[0], e.left)) return undefined;
  const pair = pairOf(e.left, probe, build);
  return pair === undefined || pair.nullSafe ? undefined : { ...pair, text: e.left };
}

function isSame(a: ResolvedExpression | undefined, b: ResolvedExpression): boolean {
  return a !== undefined && sameNode(a, b);
}

/** Whether an expression uses this side's columns and no others. */
function isOf(e: ResolvedExpression, side: ResolvedRelation): boolean {
  const ids = attributesIn([e]);
  return ids.size > 0 && [...ids].every(id => side.output.some(a => a.id === id));
}
