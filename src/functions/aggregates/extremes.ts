/** min and max over every type that has an order. */
import { cellOrder } from "../../columns/compare-cells.ts";
import { Vector, physicalOf } from "../../columns/vector.ts";
import { kernels } from "../../kernels/kernels.ts";
import type { AggregateFunction, ColumnarAggregate, ObjectAggregate } from "../../plan/function.ts";
import type { Cell } from "../../types/cell.ts";
import { DOUBLE, typeToSql, type DataType } from "../../types/data-type.ts";
import { mismatch, wrongNumberOfArguments } from "../errors.ts";
import { gathered, seen, stepOf, updateWith, type UpdateKernelName } from "./columnar.ts";
import { objectAggregate } from "./objects.ts";

/** Whether values of a type can be compared with `<`. */
export function isOrderable(type: DataType): boolean {
  switch (type.kind) {
    case "map": case "variant": case "calendar_interval": return false;
    case "array": return isOrderable(type.element);
    case "struct": return type.fields.every(field => isOrderable(field.type));
    default: return true;
  }
}

const KERNELS: { readonly [physical: string]: readonly [min: UpdateKernelName, max: UpdateKernelName] } = {
  u8: ["aggMinI8", "aggMaxI8"], i8: ["aggMinI8", "aggMaxI8"], i16: ["aggMinI16", "aggMaxI16"], i32: ["aggMinI32", "aggMaxI32"],
  i64: ["aggMinI64", "aggMaxI64"], f32: ["aggMinF32", "aggMaxF32"], f64: ["aggMinF64", "aggMaxF64"],
};

/** The least or greatest value of a type; nulls don't count. Of -0.0 and 0.0, which are equal, either may come out. */
export function extreme(type: DataType, greatest: boolean): ColumnarAggregate | ObjectAggregate<never> {
  const physical = physicalOf(type), names = type.kind === "void" ? undefined : KERNELS[physical], flag = greatest ? 1 : 0;
  if (names !== undefined) {
    const isDouble = physical === "f32" || physical === "f64" ? 1 : 0;
    return {
      kind: "columnar", stateBytes: 16, merging: "any order", update: updateWith(names[flag]),
      merge: (to, from, count, offset) => kernels().aggMergeExtreme(to, from, count, offset, isDouble, flag),
      finish(addresses, count, offset, { arena }) {
        const valid = seen(addresses, count, offset + 8, arena);
        if (physical !== "f32") return gathered(isDouble === 1 ? DOUBLE : type, addresses, count, offset, valid, arena);
        const data = arena.allocate(4 * count);
        kernels().aggGatherF32(addresses, count, offset, data);
        return new Vector(type, data, valid);
      },
    };
  }
  if (physical === "i128") {
    return {
      kind: "columnar", stateBytes: 24, merging: "any order",
      update: ([arg], rows, addresses, offset) => kernels().aggExtreme128(flag, arg!.data, arg!.valid, stepOf(arg!), rows.pointer, rows.count, addresses, offset),
      merge: (to, from, count, offset) => kernels().aggMergeExtreme128(to, from, count, offset, flag),
      finish: (addresses, count, offset, { arena }) => gathered(type, addresses, count, offset, seen(addresses, count, offset + 16, arena), arena),
    };
  }
  const order = cellOrder(type), sign = greatest ? 1 : -1;
  const better = (old: Cell, value: Cell | undefined): Cell => (value === null || value === undefined ? old : old === null || sign * order(value, old) > 0 ? value : old);
  return objectAggregate<Cell>({
    merging: "any order", create: () => null, update: (state, [value]) => better(state, value), merge: better, finish: state => state,
    stateType: type, encode: state => state, decode: cell => cell,
  });
}

function entry(name: string, greatest: boolean): AggregateFunction {
  return {
    kind: "aggregate", name, usage: `${name}(expr)`, description: `The ${greatest ? "greatest" : "least"} value that is not null; NaN is greater than any number.`,
    cases: [[`${name}(7)`, "7"], [`${name}('a')`, "a"]],
    bind(args, _settings, origin) {
      if (args.length !== 1) throw wrongNumberOfArguments(name, args.length, "1", origin);
      const { type } = args[0]!;
      if (!isOrderable(type)) {
        const dataType = `"${typeToSql(type)}"`;
        throw mismatch("INVALID_ORDERING_TYPE", name, args, `The \`${name}\` does not support ordering on type ${dataType}.`, { functionName: `\`${name}\``, dataType }, origin);
      }
      return { type, nullable: true, implementation: extreme(type, greatest) };
    },
  };
}

export const min = entry("min", false);
export const max = entry("max", true);
