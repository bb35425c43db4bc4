/** What aggregates with state in linear memory share: reading argument columns, and columns from states. */
import type { Selection } from "../../columns/batch.ts";
import { Vector, physicalOf, widthOf } from "../../columns/vector.ts";
import type { SumKernel, UpdateKernel } from "../../kernels/aggregate.ts";
import { kernels, type Kernels } from "../../kernels/kernels.ts";
import type { Arena } from "../../memory/arena.ts";
import { linearMemory } from "../../memory/linear-memory.ts";
import type { ColumnarAggregate, EvalContext } from "../../plan/function.ts";
import type { DataType } from "../../types/data-type.ts";

type KernelName<K> = { [Name in keyof Kernels]: Kernels[Name] extends K ? (K extends Kernels[Name] ? Name : never) : never }[keyof Kernels];
export type UpdateKernelName = KernelName<UpdateKernel>;
export type SumKernelName = KernelName<SumKernel>;

/** 0 for a constant column: kernels multiply row numbers by it. */
export const stepOf = (vector: Vector): number => (vector.isConstant ? 0 : 1);

/** Calls an update kernel over the first argument. */
export const updateWith = (name: UpdateKernelName): ColumnarAggregate["update"] => ([arg], rows, addresses, offset) =>
  kernels()[name](arg!.data, arg!.valid, stepOf(arg!), rows.pointer, rows.count, addresses, offset);

/** Rows in the columns that a selection picks from, at least. */
export function rowsUpTo({ pointer, count }: Selection): number {
  if (count === 0) return 0;
  return pointer === 0 ? count : linearMemory().u32[(pointer >>> 2) + count - 1]! + 1;
}

/** Which rows have all arguments: pointer and step, as of one column. Pointer 0: all. */
export function validOf(args: readonly Vector[], rows: Selection, context: EvalContext): { readonly valid: number; readonly step: number } {
  const nullable = args.filter(arg => arg.valid !== 0);
  if (nullable.length === 0) return { valid: 0, step: 1 };
  if (nullable.length === 1) return { valid: nullable[0]!.valid, step: stepOf(nullable[0]!) };
  const length = rowsUpTo(rows), out = context.arena.allocate(length);
  kernels().andValid(nullable[0]!.valid, stepOf(nullable[0]!), nullable[1]!.valid, stepOf(nullable[1]!), length, out);
  for (const arg of nullable.slice(2)) kernels().andValid(out, 1, arg.valid, stepOf(arg), length, out);
  return { valid: out, step: 1 };
}

/** Validity by the word at `offset`, as aggSeen has it; 0 when there is no null. */
export function seen(addresses: number, count: number, offset: number, arena: Arena, least = 1, flagged = false): number {
  const valid = arena.allocate(count);
  return kernels().aggSeen(addresses, count, offset, least, flagged ? 1 : 0, valid) === 0 ? 0 : valid;
}

/** The low bytes of the word at `offset`, as a column of a type. */
export function gathered(type: DataType, addresses: number, count: number, offset: number, valid: number, arena: Arena): Vector {
  const kernel = kernels(), physical = physicalOf(type), width = widthOf(physical), data = arena.allocate(count * width);
  switch (width) {
    case 1: kernel.gather8(addresses, count, offset, data); break;
    case 2: kernel.gather16(addresses, count, offset, data); break;
    case 4: kernel.gather32(addresses, count, offset, data); break;
    case 8: kernel.gather64(addresses, count, offset, data); break;
    default: kernel.gather128(addresses, count, offset, data);
  }
  return new Vector(type, data, valid);
}
