/** Computes one window function for the rows of some partitions: ranks, neighbours, and aggregates over frames. */
import { cellAt, VectorBuilder } from "../columns/cells.ts";
import type { Vector } from "../columns/vector.ts";
import { kernels } from "../kernels/kernels.ts";
import { linearMemory } from "../memory/linear-memory.ts";
import type { AggregateBinding, ColumnarAggregate, ObjectAggregate } from "../plan/function.ts";
import type { Cell } from "../types/cell.ts";
import type { DataType } from "../types/data-type.ts";
import type { ExecutionContext } from "./context.ts";
import { framesOf, type FrameSpec, type WindowRows } from "./window-frames.ts";
import { ExecutionError } from "../base/errors.ts";

/** `args`, `filter`: places among the operator's computed columns. */
export type WindowFunctionSpec =
  | { readonly kind: "rank"; readonly name: string; readonly type: DataType }
  | { readonly kind: "ntile"; readonly buckets: number; readonly type: DataType }
  /** `offset`: rows ahead; behind when negative. */
  | { readonly kind: "neighbour"; readonly offset: number; readonly ignoreNulls: boolean; readonly args: readonly [value: number, otherwise: number]; readonly type: DataType }
  | { readonly kind: "nth_value"; readonly n: number; readonly ignoreNulls: boolean; readonly args: readonly [value: number]; readonly frame: FrameSpec; readonly type: DataType }
  | { readonly kind: "counter_diff"; readonly args: readonly [value: number]; readonly type: DataType }
  | { readonly kind: "aggregate"; readonly binding: AggregateBinding; readonly args: readonly number[]; readonly filter: number | undefined; readonly frame: FrameSpec; readonly type: DataType };

/** The computed columns for the rows, in the order of the window. */
export interface WindowInput { vector(column: number): Vector; cells(column: number): readonly Cell[] }

export function computeWindow(spec: WindowFunctionSpec, rows: WindowRows, input: WindowInput, context: ExecutionContext): Vector {
  switch (spec.kind) {
    case "rank": return build(spec.type, rows.count, context, rankOf(spec.name, rows));
    case "ntile": return build(spec.type, rows.count, context, i => ntile(spec.buckets, i - rows.partitionStart[i]!, rows.partitionEnd[i]! - rows.partitionStart[i]!));
    case "neighbour": return neighbour(spec, rows, input, context);
    case "nth_value": {
      const values = input.cells(spec.args[0]), { from, to } = framesOf(spec.frame, rows, input.cells), there = new NotNull(spec.ignoreNulls ? values : undefined, rows.count);
      return build(spec.type, rows.count, context, i => {
        const at = there.positions[there.before[from[i]!]! + spec.n - 1];
        return at !== undefined && at < to[i]! ? values[at]! : null;
      });
    }
    case "counter_diff": {
      const values = input.cells(spec.args[0]);
      return build(spec.type, rows.count, context, i => {
        const now = values[i]!, before = i > rows.partitionStart[i]! ? values[i - 1]! : null;
        if ((now as number | bigint | null) !== null && (now as number | bigint) < 0) {
          throw new ExecutionError({ condition: "COUNTER_DIFF_NEGATIVE_COUNTER_VALUE", sqlState: "22003", message: `A negative counter value ${String(now)} was provided to function \`counter_diff\`. Negative counter values are not allowed.`, messageParameters: { value: String(now) } });
        }
        if (now === null || before === null || Number.isNaN(before) || now < before) return null;
        return typeof now === "bigint" ? now - (before as bigint) : (now as number) - (before as number);
      });
    }
    case "aggregate": {
      const { implementation } = spec.binding;
      return implementation.kind === "columnar" ? columnar(spec, implementation, rows, input, context) : objects(spec, implementation as unknown as ObjectAggregate<unknown>, rows, input, context);
    }
  }
}

function build(type: DataType, count: number, { arena }: ExecutionContext, cell: (row: number) => Cell): Vector {
  const builder = new VectorBuilder(type, arena, count);
  for (let i = 0; i < count; i++) builder.append(cell(i));
  return builder.finish();
}

function rankOf(name: string, { partitionStart, partitionEnd, peerStart, peerEnd }: WindowRows): (row: number) => Cell {
  switch (name) {
    case "row_number": return i => i - partitionStart[i]! + 1;
    case "rank": return i => peerStart[i]! - partitionStart[i]! + 1;
    case "dense_rank": {
      let rank = 0;
      return i => {
        if (i === partitionStart[i]) rank = 0;
        if (i === peerStart[i]) rank++;
        return rank;
      };
    }
    case "percent_rank": return i => {
      const others = partitionEnd[i]! - partitionStart[i]! - 1;
      return others === 0 ? 0 : (peerStart[i]! - partitionStart[i]!) / others;
    };
    default: return i => (peerEnd[i]! - partitionStart[i]!) / (partitionEnd[i]! - partitionStart[i]!); // cume_dist
  }
}

/** The bucket of a row when `rows` are cut into buckets; the first ones are one row larger where it doesn't come out even. */
function ntile(buckets: number, row: number, rows: number): number {
  const size = Math.floor(rows / buckets), larger = rows % buckets;
  return row < larger * (size + 1) ? Math.floor(row / (size + 1)) + 1 : larger + Math.floor((row - larger * (size + 1)) / size) + 1;
}

/** Rows with a value (all, without `values`), and of each row how many stand before it. */
class NotNull {
  readonly positions: number[] = [];
  readonly before: Int32Array;
  constructor(values: readonly Cell[] | undefined, count: number) {
    this.before = new Int32Array(count + 1);
    for (let i = 0; i < count; i++) {
      this.before[i] = this.positions.length;
      if (values === undefined || values[i] !== null) this.positions.push(i);
    }
    this.before[count] = this.positions.length;
  }
}

function neighbour({ offset, ignoreNulls, args, type }: Extract<WindowFunctionSpec, { kind: "neighbour" }>, { count, partitionStart, partitionEnd }: WindowRows, input: WindowInput, context: ExecutionContext): Vector {
  const values = input.cells(args[0]), otherwise = input.cells(args[1]), there = new NotNull(ignoreNulls ? values : undefined, count);
  return build(type, count, context, i => {
    if (offset === 0) return values[i]!;
    const at = offset > 0 ? there.positions[there.before[i + 1]! + offset - 1] : there.positions[there.before[i]! + offset];
    return at === undefined || at < partitionStart[i]! || at >= partitionEnd[i]! ? otherwise[i]! : values[at]!;
  });
}

type AggregateSpec = Extract<WindowFunctionSpec, { kind: "aggregate" }>;

/**
 * Goes through the frames, adding rows where a frame only grew and starting anew elsewhere. `add` takes a range of
 * `positions`, which are the rows that a filter left; `take` keeps the result for a row.
 */
function overFrames(spec: AggregateSpec, rows: WindowRows, input: WindowInput, work: { reset(): void; add(from: number, to: number): void; take(row: number, isSame: boolean): void }): void {
  const { from, to } = framesOf(spec.frame, rows, input.cells), there = filtered(spec, rows, input);
  let first = -1, end = -1;
  for (let i = 0; i < rows.count; i++) {
    const a = there.before[from[i]!]!, b = there.before[to[i]!]!, isNew = i === rows.partitionStart[i] || a !== first || b < end;
    if (isNew) work.reset();
    const added = isNew ? a : end;
    if (b > added) work.add(added, b);
    work.take(i, !isNew && b === end);
    first = a;
    end = b;
  }
}

function filtered(spec: AggregateSpec, rows: WindowRows, input: WindowInput): NotNull {
  return new NotNull(spec.filter === undefined ? undefined : input.cells(spec.filter).map(cell => (cell === true ? true : null)), rows.count);
}

function objects(spec: AggregateSpec, aggregate: ObjectAggregate<unknown>, rows: WindowRows, input: WindowInput, context: ExecutionContext): Vector {
  const args = spec.args.map(input.cells), { positions } = filtered(spec, rows, input), builder = new VectorBuilder(spec.type, context.arena, rows.count);
  let state: unknown, result: Cell = null;
  overFrames(spec, rows, input, {
    reset: () => { state = aggregate.create(); },
    add: (from, to) => { for (let p = from; p < to; p++) state = aggregate.update(state, args.map(cells => cells[positions[p]!]!), context); },
    // The value goes into the column at once: later rows may change what it is made of.
    take: (_row, isSame) => builder.append(isSame ? result : result = aggregate.finish(state, context)),
  });
  return builder.finish();
}

function columnar(spec: AggregateSpec, aggregate: ColumnarAggregate, rows: WindowRows, input: WindowInput, context: ExecutionContext): Vector {
  if (rows.count > MANY_ROWS && spec.frame.upper.at === "unbounded" && spec.frame.lower.at !== "unbounded") return fromTheEnd(spec, aggregate, rows, input, context);
  const { arena } = context, memory = linearMemory(), bytes = aggregate.stateBytes, { count } = rows, { positions } = filtered(spec, rows, input);
  const args = spec.args.map(input.vector), at = arena.allocate(4 * positions.length + 4), addresses = arena.allocate(4 * count);
  memory.u32.set(positions, at >>> 2);
  // A state that goes along, and what it was at each row.
  const state = arena.allocate(bytes), states = arena.allocate(bytes * count);
  kernels().fillAddresses(state, count, addresses);
  const mark = arena.mark();
  overFrames(spec, rows, input, {
    reset: () => { memory.u8.fill(0, state, state + bytes); },
    add: (from, to) => {
      aggregate.update(args, { pointer: at + 4 * from, count: to - from }, addresses, 0, context);
      arena.rewind(mark);
    },
    take: row => { memory.u8.copyWithin(states + bytes * row, state, state + bytes); },
  });
  for (let i = 0; i < count; i++) memory.u32[(addresses >>> 2) + i] = states + bytes * i;
  return aggregate.finish(addresses, count, 0, context);
}

/** From so many rows on, frames that shrink towards the end of their partition are not added up anew for each row. */
const MANY_ROWS = 10_000;

/** Frames that reach to the end of the partition: each is its first row merged with the frame behind it. */
function fromTheEnd(spec: AggregateSpec, aggregate: ColumnarAggregate, rows: WindowRows, input: WindowInput, context: ExecutionContext): Vector {
  const { arena } = context, memory = linearMemory(), bytes = aggregate.stateBytes, { count } = rows, { positions, before } = filtered(spec, rows, input);
  const frames = framesOf(spec.frame, rows, input.cells), args = spec.args.map(input.vector);
  const states = arena.allocateZeroed(bytes * (positions.length + 1)), addresses = arena.allocate(4 * count);
  const at = arena.allocate(4 * positions.length + 4), own = arena.allocate(4 * positions.length + 4), to = arena.allocate(4 * positions.length + 4), behind = arena.allocate(4 * positions.length + 4);
  let pairs = 0;
  memory.u32.set(positions, at >>> 2);
  for (let p = positions.length - 1; p >= 0; p--) {
    memory.u32[(own >>> 2) + p] = states + bytes * p;
    if (p + 1 >= positions.length || positions[p + 1]! >= rows.partitionEnd[positions[p]!]!) continue;
    memory.u32[(to >>> 2) + pairs] = states + bytes * p;
    memory.u32[(behind >>> 2) + pairs++] = states + bytes * (p + 1);
  }
  aggregate.update(args, { pointer: at, count: positions.length }, own, 0, context);
  aggregate.merge(to, behind, pairs, 0);
  // The last state is that of a frame without rows.
  for (let i = 0; i < count; i++) memory.u32[(addresses >>> 2) + i] = states + bytes * (before[frames.from[i]!]! < before[frames.to[i]!]! ? before[frames.from[i]!]! : positions.length);
  return aggregate.finish(addresses, count, 0, context);
}

/** The cells of a vector's rows. */
export function cellsOf(vector: Vector, count: number): Cell[] {
  return Array.from({ length: count }, (_, i) => cellAt(vector, i));
}
