/**
 * What a relation is to the expressions above it: the attributes that names can mean, which of them `*` shows, the frames
 * that column accessors belong to, and what may still be asked for from below a select list.
 */
import type { ResolvedExpression, ResolvedRelation, Attribute } from "../plan/resolved.ts";
import type { Origin } from "../plan/expressions.ts";
import { ambiguous } from "./errors.ts";
import type { GroupingFunctions } from "./expressions.ts";
import { makeAttribute, passThrough, projectTo } from "./build.ts";

export interface Scope {
  /** In the order of `*`. */
  readonly visible: readonly Attribute[];
  /** Not in `*`, but found by a qualified name: the keys that USING merged. */
  readonly hidden: readonly Attribute[];
  /** What a frame with a plan id put out, as far as it is known. */
  readonly frames: ReadonlyMap<number, readonly Attribute[]>;
}

/** A relation analysed. Its plan may put out more than is visible; `settle` cuts it to that. */
export interface Analysed extends Scope {
  readonly plan: ResolvedRelation;
  readonly below?: Below;
}

/** What lies under a select list: ORDER BY and HAVING may use it. */
export interface Below {
  readonly scope: Scope;
  /** Whether aggregate functions may be used (the select list is over groups). */
  readonly aggregates: boolean;
  /** What grouping() and grouping_id() mean there. */
  readonly grouping?: GroupingFunctions;
  /** Attributes that are neither visible nor in `scope`, but can be lifted: the number of a grouping set. */
  owns(id: number): boolean;
  /**
   * Takes expressions over what is visible and over `scope`; gives a relation that puts out what they need too, and the
   * expressions over that.
   */
  lift(expressions: readonly ResolvedExpression[]): { readonly analysed: Analysed; readonly expressions: readonly ResolvedExpression[] };
}

const NO_FRAMES: ReadonlyMap<number, readonly Attribute[]> = new Map();

/** A relation all of whose output is visible. */
export function analysed(plan: ResolvedRelation, frames: ReadonlyMap<number, readonly Attribute[]> = NO_FRAMES): Analysed {
  return { plan, visible: plan.output, hidden: [], frames };
}

/** The plan that puts out exactly what is visible. */
export function settle(input: Analysed): ResolvedRelation {
  const { plan, visible } = input;
  if (plan.output.length === visible.length && plan.output.every((attribute, i) => attribute === visible[i])) return plan;
  return projectTo(plan, visible.map(passThrough));
}

/** A relation over another that changes no columns: names and what lies below stay. */
export function through(input: Analysed, rebuild: (plan: ResolvedRelation) => ResolvedRelation): Analysed {
  const plan = rebuild(input.plan), below = input.below;
  const { visible, hidden, frames } = input;
  if (below === undefined) return { plan, visible, hidden, frames };
  return {
    plan, visible, hidden, frames,
    below: {
      ...below,
      lift: expressions => {
        const lifted = below.lift(expressions);
        return { analysed: through(lifted.analysed, rebuild), expressions: lifted.expressions };
      },
    },
  };
}

/** Both sides' names beside each other. */
export function besides(left: Scope, right: Scope): Scope {
  return { visible: [...left.visible, ...right.visible], hidden: [...left.hidden, ...right.hidden], frames: mergeFrames(left.frames, right.frames) };
}

export function mergeFrames(left: ReadonlyMap<number, readonly Attribute[]>, right: ReadonlyMap<number, readonly Attribute[]>): ReadonlyMap<number, readonly Attribute[]> {
  if (right.size === 0) return left;
  if (left.size === 0) return right;
  const all = new Map(left);
  for (const [id, attributes] of right) {
    const before = all.get(id);
    all.set(id, before === undefined ? attributes : [...before, ...attributes]);
  }
  return all;
}

/** The scope with one more name for what it shows: the frame's plan id. */
export function withFrame(input: Analysed, planId: number | undefined): Analysed {
  if (planId === undefined) return input;
  const frames = new Map(input.frames);
  frames.set(planId, input.visible);
  return { ...input, frames };
}

/** An attribute found for a name, and how many of the name's parts were used up for it. */
export interface Match { readonly attribute: Attribute; readonly used: number }

export type SameName = (a: string, b: string) => boolean;

/**
 * Finds what a name in parts means among attributes: first with qualifiers, then with the first part as the column and
 * the rest as fields.
 * @throws AnalysisError AMBIGUOUS_REFERENCE
 */
export function findAttribute(parts: readonly string[], among: readonly Attribute[], same: SameName, origin: Origin | undefined): Match | undefined {
  for (let qualifiers = Math.min(3, parts.length - 1); qualifiers >= 0; qualifiers--) {
    const name = parts[qualifiers]!;
    const found: Attribute[] = [];
    for (const attribute of among) {
      if (!same(attribute.name, name) || !hasQualifier(attribute, parts, qualifiers, same)) continue;
      if (!found.some(other => other.id === attribute.id)) found.push(attribute);
    }
    if (found.length === 1) return { attribute: found[0]!, used: qualifiers + 1 };
    if (found.length > 1) {
      // As the user wrote the name: the candidates differ by what stands in front.
      throw ambiguous(parts, found.map(attribute => [...attribute.qualifier, name]), origin);
    }
  }
  return undefined;
}

function hasQualifier(attribute: Attribute, parts: readonly string[], count: number, same: SameName): boolean {
  if (count === 0) return true;
  const { qualifier } = attribute;
  if (qualifier.length < count) return false;
  for (let i = 0; i < count; i++) if (!same(qualifier[qualifier.length - count + i]!, parts[i]!)) return false;
  return true;
}

/** All attributes under a qualifier, for `t.*`. */
export function underQualifier(target: readonly string[], among: readonly Attribute[], same: SameName): readonly Attribute[] {
  return among.filter(attribute => target.length <= attribute.qualifier.length && hasQualifier(attribute, target, target.length, same));
}

/** The names to propose when one isn't found. */
export function proposals(scope: Scope): readonly (readonly string[])[] {
  return scope.visible.map(attribute => [...attribute.qualifier, attribute.name]);
}

/** When all names have one same qualifier and the user wrote none, Spark leaves it out. */
export function proposalsFor(parts: readonly string[], scope: Scope): readonly (readonly string[])[] {
  const all = proposals(scope);
  const first = all[0];
  if (parts.length > 1 || first === undefined) return all;
  const prefix = first.slice(0, -1).join(".");
  return all.every(name => name.slice(0, -1).join(".") === prefix) ? all.map(name => [name[name.length - 1]!]) : all;
}

export { makeAttribute };
