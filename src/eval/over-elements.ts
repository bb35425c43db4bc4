/**
 * transform, filter, exists and forall over columns: the elements of all rows are one column, over which the lambda's body
 * is evaluated like each other expression. What can't be done so goes row by row.
 */
import { Batch, type Selection } from "../columns/batch.ts";
import { vectorOf } from "../columns/cells.ts";
import { gather } from "../columns/gather.ts";
import { Vector } from "../columns/vector.ts";
import { combinedValidity, emptyVector, materialized, rowAt } from "../functions/vectors.ts";
import { kernels } from "../kernels/kernels.ts";
import { linearMemory } from "../memory/linear-memory.ts";
import type { EvalContext, Evaluator } from "../plan/function.ts";
import type { Attribute, ResolvedExpression, ResolvedLambda, ScalarCall } from "../plan/resolved.ts";
import { childrenOf } from "../plan/walk.ts";
import { BOOLEAN, INT } from "../types/data-type.ts";

type Evaluate = Evaluator["evaluate"];
type Compile = (expression: ResolvedExpression, input: readonly Attribute[]) => Evaluate;

const NAMES: ReadonlySet<string> = new Set(["transform", "filter", "exists", "forall"]);

/** The elements of the rows of a selection, one after the other. */
interface Elements {
  /** Of each row of the selection, in its order: where its elements begin (u32), and the end of the last. */
  readonly offsets: number;
  readonly values: Vector;
  readonly count: number;
}

/** The evaluator of a call over elements; undefined for other calls. `compileRows`: of the call row by row. */
export function compileOverElements(call: ScalarCall, input: readonly Attribute[], compile: Compile, compileRows: () => Evaluate, canRaise: (e: ResolvedExpression) => boolean): Evaluate | undefined {
  const { name } = call.function, [list, lambda] = call.args;
  if (!NAMES.has(name) || list?.type.kind !== "array" || lambda?.kind !== "lambda") return undefined;
  // The first element that decides is the last that is asked, also when a later one would fail.
  if ((name === "exists" || name === "forall") && canRaise(lambda.body)) return undefined;
  const needed = outerOf(lambda), outer = input.filter(attribute => needed.has(attribute.id));
  const own = lambda.params.map((param): Attribute => ({ kind: "attribute", id: param.id, name: param.name, type: param.type, nullable: param.nullable, qualifier: [] }));
  const lists = compile(list, input), body = compile(lambda.body, [...own, ...outer]), places = outer.map(attribute => input.indexOf(attribute));
  let byRow: Evaluate | undefined;
  return (batch, rows, context) => {
    const vector = lists(batch, rows, context);
    if (vector.isConstant || vector.physical !== "list" || vector.children[0]!.isConstant || rows.count === 0) return (byRow ??= compileRows())(batch, rows, context);
    const elements = elementsOf(vector, rows, context), { count, offsets, values } = elements;
    const columns = [values, ...(own.length > 1 ? [numbersOf(elements, rows.count, context)] : [])];
    if (outer.length > 0) {
      const owners = ownersOf(elements, rows, context);
      columns.push(...places.map(place => gather(batch.columns[place]!, owners, count, context.arena)));
    }
    const all = { pointer: 0, count }, inner = new Batch(NO_SCHEMA, columns, count);
    const result = count === 0 ? vectorOf(lambda.body.type, [], context.arena) : body(inner, all, context);
    switch (name) {
      case "transform": {
        const made = result.isConstant ? materialized(result, all, count, context) : result;
        if (made.isConstant) return (byRow ??= compileRows())(batch, rows, context);
        return new Vector(call.type, spread(offsets, rows, batch.length, context), combinedValidity([vector], rows, batch.length, context), { children: [made] });
      }
      case "filter": {
        const kept = context.arena.allocate(4 * count + 4), keptCount = count === 0 || result.type.kind === "void" ? 0 : kernels().selectTrue(result.data, result.valid, result.isConstant ? 0 : -1, 0, count, kept);
        const ends = keptOffsets(offsets, rows.count, kept, keptCount, context);
        return new Vector(call.type, spread(ends, rows, batch.length, context), combinedValidity([vector], rows, batch.length, context), { children: [keptCount === count ? values : gather(values, kept, keptCount, context.arena)] });
      }
      default: return decided(name === "exists" ? 1 : 0, result, offsets, vector, rows, batch.length, context);
    }
  };
}
const NO_SCHEMA = { kind: "struct", fields: [] } as const;

/** Ids that a lambda's body uses and that aren't its own. */
function outerOf(lambda: ResolvedLambda): ReadonlySet<number> {
  const ids = new Set<number>();
  const visit = (e: ResolvedExpression): void => {
    if (e.kind === "attribute" || e.kind === "lambda_variable") ids.add(e.id);
    for (const child of childrenOf(e)) visit(child);
    if (e.kind === "lambda") visit(e.body);
  };
  visit(lambda.body);
  return ids;
}

function elementsOf(list: Vector, rows: Selection, { arena }: EvalContext): Elements {
  const { u32 } = linearMemory(), [values] = list.children as readonly [Vector];
  // Lists that lie one behind the other, from the first on, none of them null: as they are.
  if (rows.pointer === 0 && list.valid === 0 && u32[list.data >>> 2] === 0) return { offsets: list.data, values, count: u32[(list.data >>> 2) + rows.count]! };
  const kernel = kernels(), lengths = arena.allocate(4 * rows.count + 4);
  const count = kernel.listLengths(list.data, list.valid, rows.pointer, rows.count, lengths), inner = arena.allocate(4 * count + 4), offsets = arena.allocate(4 * rows.count + 4);
  kernel.listRows(list.data, rows.pointer, rows.count, lengths, inner);
  kernel.listOffsets(lengths, rows.count, offsets);
  return { offsets, values: gather(values, inner, count, arena), count };
}

/** The place of each element in its array, from 0. */
function numbersOf({ offsets, count }: Elements, rows: number, context: EvalContext): Vector {
  const out = emptyVector(INT, count, 0, context), { u32, i32 } = linearMemory(), from = offsets >>> 2, to = out.data >>> 2;
  for (let i = 0; i < rows; i++) for (let at = u32[from + i]!, n = 0; at < u32[from + i + 1]!; at++, n++) i32[to + at] = n;
  return out;
}

/** The row of the batch that each element is of. */
function ownersOf({ offsets, count }: Elements, rows: Selection, { arena }: EvalContext): number {
  const owners = arena.allocate(4 * count + 4), { u32 } = linearMemory(), from = offsets >>> 2;
  for (let i = 0; i < rows.count; i++) u32.fill(rowAt(rows, i), (owners >>> 2) + u32[from + i]!, (owners >>> 2) + u32[from + i + 1]!);
  return owners;
}

/** Offsets in the order of a selection as those of the batch's rows; rows between have no elements. */
function spread(offsets: number, rows: Selection, length: number, { arena }: EvalContext): number {
  if (rows.pointer === 0) return offsets;
  const out = arena.allocate(4 * length + 4), { u32 } = linearMemory(), from = offsets >>> 2, to = out >>> 2;
  let next = 0;
  for (let i = 0; i < rows.count; i++) {
    const row = rowAt(rows, i);
    while (next <= row) u32[to + next++] = u32[from + i]!;
  }
  while (next <= length) u32[to + next++] = u32[from + rows.count]!;
  return out;
}

/** Offsets when of all elements only some are left, whose numbers lie at `kept`. */
function keptOffsets(offsets: number, rows: number, kept: number, keptCount: number, { arena }: EvalContext): number {
  const out = arena.allocate(4 * rows + 4), { u32 } = linearMemory(), from = offsets >>> 2, to = out >>> 2, list = kept >>> 2;
  let n = 0;
  for (let i = 0; i < rows; i++) {
    while (n < keptCount && u32[list + n]! < u32[from + i]!) n++;
    u32[to + i] = n;
  }
  u32[to + rows] = keptCount;
  return out;
}

/** Whether an element decides: `by` 1, one that is true (exists); 0, one that is false (forall). Null where none does and one is null. */
function decided(by: 0 | 1, result: Vector, offsets: number, list: Vector, rows: Selection, length: number, context: EvalContext): Vector {
  const out = emptyVector(BOOLEAN, length, context.arena.allocate(length), context), { u8, u32 } = linearMemory(), from = offsets >>> 2, mask = result.isConstant ? 0 : -1;
  for (let i = 0; i < rows.count; i++) {
    const row = rowAt(rows, i), isNull = list.valid !== 0 && u8[list.valid + row] === 0;
    let found = false, hasNull = false;
    if (!isNull) for (let at = u32[from + i]!; at < u32[from + i + 1]! && !found; at++) {
      if (result.type.kind === "void" || (result.valid !== 0 && u8[result.valid + (at & mask)] === 0)) hasNull = true;
      else found = u8[result.data + (at & mask)] === by;
    }
    u8[out.data + row] = found ? by : 1 - by;
    u8[out.valid + row] = isNull || (!found && hasNull) ? 0 : 1;
  }
  return out;
}
