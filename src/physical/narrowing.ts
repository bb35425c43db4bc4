/**
 * What a scan decides while it reads: the conditions of the filter above it, and whether a join further up has a partner for a row, which
 * is known because joins read their build sides first (as Spark's InjectRuntimeFilter and DuckDB's join filter pushdown do it). Only
 * conditions that give the same for the same values and can't fail go down; the others stay where they are.
 */
import type { Selection } from "../columns/batch.ts";
import { Batch } from "../columns/batch.ts";
import type { Vector } from "../columns/vector.ts";
import { compilePredicate } from "../eval/compile.ts";
import type { Narrowing, NarrowingStage } from "../formats/narrowing.ts";
import type { Table } from "../io/source.ts";
import type { ExecutionContext } from "../operators/context.ts";
import type { KeyFilter } from "../operators/key-filter.ts";
import { allOf, canRaise, conjuncts, isBound, isDeterministic } from "../optimize/expression-facts.ts";
import { Tap, schemaOf, type Attribute, type ResolvedExpression, type ResolvedRelation, type Scan } from "../plan/resolved.ts";
import { attributesIn, expressionsOf, inputsOf } from "../plan/walk-relations.ts";
import { someExpression } from "../plan/walk.ts";

/** The values of a column that a join further up has partners for. Rows with others, or with null, may be left out. */
export interface WantedKey { readonly attribute: Attribute; readonly filter: KeyFilter }

class ScanNarrowing implements Narrowing {
  readonly #context: ExecutionContext;
  readonly #keys: readonly { readonly filter: KeyFilter; readonly stage: NarrowingStage }[];
  readonly #conditions: readonly NarrowingStage[];
  #asked: readonly KeyFilter[] = [];
  #stages: readonly NarrowingStage[] = [];

  constructor(context: ExecutionContext, keys: readonly WantedKey[], conditions: readonly NarrowingStage[]) {
    this.#context = context;
    this.#keys = keys.map(({ attribute, filter }) => ({ filter, stage: { columns: [attribute.name], select: ([column], _, rows) => filter.select(column!, rows, context) } }));
    this.#conditions = conditions;
    this.#stages = conditions;
  }

  get stages(): readonly NarrowingStage[] {
    const asked = this.#keys.filter(({ filter }) => filter.isWorthIt);
    if (asked.length !== this.#asked.length) {
      this.#asked = asked.map(({ filter }) => filter);
      this.#stages = [...asked.map(({ stage }) => stage), ...this.#conditions];
    }
    return this.#stages;
  }

  reset(): void { this.#context.arena.reset(); }
}

/** `taken`, `rest`: what of the condition the narrowing decides, and what is left. */
export interface Narrowed { readonly narrowing: Narrowing | undefined; readonly taken: ResolvedExpression | undefined; readonly rest: ResolvedExpression | undefined }

/** What a scan takes of a condition on its rows and of the keys wanted of them. */
export function narrowScan(scan: Scan, condition: ResolvedExpression | undefined, keys: readonly WantedKey[], context: ExecutionContext): Narrowed {
  const table = scan.table as Partial<Table>, names = new Set(scan.output.map(({ name }) => name));
  if (scan.isStreaming || table.narrows === undefined || names.size < scan.output.length) return { narrowing: undefined, taken: undefined, rest: condition };
  const takes = (id: number): boolean => scan.output.some(a => a.id === id && table.narrows!(a.name));
  const taken: { readonly condition: ResolvedExpression; readonly ids: ReadonlySet<number> }[] = [], rest: ResolvedExpression[] = [];
  let isGuarded = false;
  for (const one of condition === undefined ? [] : conjuncts(condition)) {
    const ids = attributesIn([one]);
    // What stands behind a condition that can fail doesn't keep rows from it.
    isGuarded ||= !isPure(one);
    if (!isGuarded && ids.size > 0 && [...ids].every(takes)) taken.push({ condition: one, ids });
    else rest.push(one);
  }
  const wanted = keys.filter(({ attribute }) => takes(attribute.id));
  if (taken.length === 0 && wanted.length === 0) return { narrowing: undefined, taken: undefined, rest: condition };
  return { narrowing: new ScanNarrowing(context, wanted, stagesOf(scan, taken, context)), taken: allOf(taken.map(one => one.condition)), rest: allOf(rest) };
}

const isPure = (e: ResolvedExpression): boolean => !canRaise(e) && isDeterministic(e) && !isBound(e) && !someExpression(e, one => one.kind === "user_call" || one.kind === "subquery" || one.kind === "scalar_call" && one.binding.prefetch !== undefined);
const isNullTest = (e: ResolvedExpression): boolean => e.kind === "scalar_call" && e.function.name === "isnotnull";

/** Conditions on the same columns are asked together, those that only leave out nulls last. */
function stagesOf(scan: Scan, taken: readonly { readonly condition: ResolvedExpression; readonly ids: ReadonlySet<number> }[], context: ExecutionContext): NarrowingStage[] {
  const groups = [...Map.groupBy(taken, ({ ids }) => [...ids].sort((a, b) => a - b).join()).values()];
  const order = [...groups.filter(group => !group.every(({ condition }) => isNullTest(condition))), ...groups.filter(group => group.every(({ condition }) => isNullTest(condition)))];
  return order.map(group => {
    const input = scan.output.filter(a => group[0]!.ids.has(a.id)), schema = schemaOf({ output: input });
    const predicate = compilePredicate(allOf(group.map(({ condition }) => condition))!, input);
    return { columns: input.map(({ name }) => name), select: (vectors: readonly Vector[], length: number, rows: Selection) => predicate(new Batch(schema, vectors, length, rows), rows, context) };
  });
}

/**
 * For each input of a relation the wanted keys that may be asked of its rows: where leaving rows out changes nothing but what would be left
 * out above. Not below what can fail for a row; only a group that nobody wants is not computed, so that it can't fail.
 */
export function passedDown(relation: ResolvedRelation, keys: readonly WantedKey[]): readonly (readonly WantedKey[])[] {
  const inputs = inputsOf(relation), none = inputs.map(() => NONE);
  if (keys.length === 0 || relation.isStreaming || !expressionsOf(relation).every(e => isDeterministic(e) && (relation.kind === "aggregate" || !canRaise(e)))) return none;
  const renamed = (made: readonly { readonly expression: ResolvedExpression; readonly attribute: Attribute }[]): readonly WantedKey[] => keys.flatMap(({ attribute, filter }) => {
    const from = made.find(one => one.attribute.id === attribute.id)?.expression;
    return from?.kind === "attribute" ? [{ attribute: from, filter }] : [];
  });
  const within = (input: ResolvedRelation): readonly WantedKey[] => keys.filter(({ attribute }) => input.output.some(a => a.id === attribute.id));
  switch (relation.kind) {
    case "subquery_alias": case "filter": return [keys];
    case "project": return [renamed(relation.expressions)];
    case "aggregate": return [renamed(relation.keys)];
    case "join": {
      const left = within(relation.left), right = within(relation.right);
      switch (relation.joinType) {
        case "inner": case "cross": return [left, right];
        case "left": case "left_semi": case "left_anti": return [left, NONE];
        case "right": return [NONE, right];
        default: return none;
      }
    }
    default: return none;
  }
}
const NONE: readonly WantedKey[] = [];

/** Whether a scan below a relation would ask about a column's values. */
export function reachesScan(relation: ResolvedRelation, key: WantedKey): boolean {
  if (relation.kind === "scan") return !relation.isStreaming && !(relation.table instanceof Tap) && (relation.table as Partial<Table>).narrows?.(key.attribute.name) === true;
  const inputs = inputsOf(relation);
  return passedDown(relation, [key]).some((keys, i) => keys.some(one => reachesScan(inputs[i]!, one)));
}
