/** first, last and any_value. Which row is first is settled by the order of the plan's splits. */
import { physicalOf, widthOf } from "../../columns/vector.ts";
import { kernels } from "../../kernels/kernels.ts";
import type { AggregateFunction, ColumnarAggregate, ObjectAggregate } from "../../plan/function.ts";
import type { Cell } from "../../types/cell.ts";
import { BOOLEAN, field, struct, type DataType } from "../../types/data-type.ts";
import { checkCount, literalValue } from "../define.ts";
import { nonFoldable, unexpectedType } from "../errors.ts";
import { gathered, seen, stepOf } from "./columnar.ts";
import { objectAggregate } from "./objects.ts";

function take(type: DataType, isLast: boolean, ignoreNulls: boolean): ColumnarAggregate | ObjectAggregate<never> {
  const width = widthOf(physicalOf(type));
  if (width === 0 || type.kind === "void" || physicalOf(type) === "view" || physicalOf(type) === "list") return takeObject(type, isLast, ignoreNulls);
  return {
    kind: "columnar", stateBytes: 24, merging: "in order",
    update: ([arg], rows, addresses, offset) =>
      kernels().aggTake(isLast ? 1 : 0, ignoreNulls ? 1 : 0, width, arg!.data, arg!.valid, stepOf(arg!), rows.pointer, rows.count, addresses, offset),
    merge: (to, from, count, offset) => kernels().aggMergeTake(to, from, count, offset, isLast ? 1 : 0),
    finish: (addresses, count, offset, { arena }) => gathered(type, addresses, count, offset, seen(addresses, count, offset + 16, arena, 2), arena),
  };
}

interface Taken { isSet: boolean; value: Cell }

function takeObject(type: DataType, isLast: boolean, ignoreNulls: boolean): ObjectAggregate<never> {
  const put = (state: Taken, value: Cell): Taken => {
    if ((isLast || !state.isSet) && !(ignoreNulls && value === null)) {
      state.isSet = true;
      state.value = value;
    }
    return state;
  };
  return objectAggregate<Taken>({
    create: () => ({ isSet: false, value: null }),
    update: (state, [value]) => put(state, value ?? null),
    merge: (to, from) => (from.isSet ? put(to, from.value) : to),
    finish: state => state.value,
    stateType: struct([field("set", BOOLEAN), field("value", type)]),
    encode: state => [state.isSet, state.value],
    decode: cell => { const [isSet, value] = cell as readonly Cell[]; return { isSet: isSet === true, value: value ?? null }; },
  });
}

function entry(name: string, aliases: readonly string[], isLast: boolean): AggregateFunction {
  return {
    kind: "aggregate", name, aliases, usage: `${name}(expr[, ignoreNulls])`, description: `The ${isLast ? "last" : "first"} value of a group; with ignoreNulls the ${isLast ? "last" : "first"} that is not null.`,
    cases: [[`${name}(3)`, "3"], [`${name}('a')`, "a"]],
    bind(args, _settings, origin) {
      checkCount(name, args.length, 1, 2, origin);
      const flag = args[1], value = literalValue(flag);
      if (flag !== undefined && value === undefined) throw nonFoldable(name, args, 1, "ignoreNulls", origin);
      if (flag !== undefined && flag.type.kind !== "boolean") throw unexpectedType(name, args, 1, "\"BOOLEAN\"", origin);
      return { type: args[0]!.type, nullable: true, implementation: take(args[0]!.type, isLast, value?.value === true) };
    },
  };
}

export const takeFunctions: AggregateFunction[] = [entry("first", ["first_value"], false), entry("last", ["last_value"], true), entry("any_value", [], false)];
