/** sum, avg and their try_ forms, by Spark's types: BIGINT of whole numbers, DOUBLE of floats, ten more digits of decimals. */
import { intervalOverflow, arithmeticOverflow, decimalOutOfRange, unexpectedType, wrongNumberOfArguments } from "../errors.ts";
import { vectorOf } from "../../columns/cells.ts";
import { Vector, physicalOf } from "../../columns/vector.ts";
import { kernels } from "../../kernels/kernels.ts";
import { linearMemory } from "../../memory/linear-memory.ts";
import type { Origin } from "../../plan/expressions.ts";
import type { AggregateBinding, AggregateFunction, ColumnarAggregate, SqlSettings } from "../../plan/function.ts";
import type { ResolvedExpression } from "../../plan/resolved.ts";
import type { Cell } from "../../types/cell.ts";
import { BIGINT, DAY_TIME_INTERVAL, DOUBLE, YEAR_MONTH_INTERVAL, decimal, isFractional, isIntegral, type DataType, type DecimalType } from "../../types/data-type.ts";
import { divideHalfUp, fits, powerOfTen } from "../../types/decimal-rules.ts";
import { gathered, seen, stepOf, updateWith, type SumKernelName, type UpdateKernelName } from "./columnar.ts";

/** ansi: overflow is an error. try: null. legacy: whole numbers wrap, decimals are null. */
type Mode = "ansi" | "try" | "legacy";

const MAX_PRECISION = 38;

/** What sum and avg make of an argument: strings and timestamps are seconds as DOUBLE. */
function argumentType(name: string, args: readonly ResolvedExpression[], origin: Origin | undefined): DataType {
  if (args.length !== 1) throw wrongNumberOfArguments(name, args.length, "1", origin);
  const { type } = args[0]!;
  if (isIntegral(type) || isFractional(type) || type.kind === "decimal" || type.kind === "day_time_interval" || type.kind === "year_month_interval") return type;
  if (type.kind === "string" || type.kind === "void" || type.kind === "timestamp" || type.kind === "char" || type.kind === "varchar") return DOUBLE;
  throw unexpectedType(name, args, 0, "\"NUMERIC\" or \"ANSI INTERVAL\"", origin);
}

const modeOf = (isTry: boolean, settings: SqlSettings): Mode => (isTry ? "try" : settings.ansi ? "ansi" : "legacy");

const sumKernel = (type: DataType): SumKernelName => {
  switch (physicalOf(type)) {
    case "i8": return "aggSumI8";
    case "i16": return "aggSumI16";
    case "i32": return "aggSumI32";
    default: return "aggSumI64";
  }
};
const addKernel = (type: DataType): UpdateKernelName => {
  switch (physicalOf(type)) {
    case "i8": return "aggAddI8";
    case "i16": return "aggAddI16";
    case "i32": return "aggAddI32";
    case "i64": return "aggAddI64";
    case "f32": return "aggAddF32";
    default: return "aggAddF64";
  }
};

/** State: sum i64, count. Also of intervals: `type` may be narrower than the sum. */
function wholeSum(argument: DataType, type: DataType, mode: Mode): ColumnarAggregate {
  const kernel = sumKernel(argument), isInterval = type.kind !== "bigint";
  const fail = () => (isInterval ? intervalOverflow() : arithmeticOverflow("overflow", "try_add"));
  return {
    kind: "columnar", stateBytes: 16, merging: "any order",
    update([arg], rows, addresses, offset) {
      const overflowed = kernels()[kernel](arg!.data, arg!.valid, stepOf(arg!), rows.pointer, rows.count, addresses, offset);
      if (overflowed !== 0 && (mode === "ansi" || (isInterval && mode === "legacy"))) throw fail();
    },
    merge(to, from, count, offset) {
      if (kernels().aggMergeSumI64(to, from, count, offset) !== 0 && (mode === "ansi" || (isInterval && mode === "legacy"))) throw fail();
    },
    finish(addresses, count, offset, { arena }) {
      let valid = seen(addresses, count, offset + 8, arena, 1, mode === "legacy");
      if (physicalOf(type) !== "i32") return gathered(type, addresses, count, offset, valid, arena);
      const sums = gathered(BIGINT, addresses, count, offset, 0, arena), memory = linearMemory();
      for (let i = 0; i < count; i++) {
        const sum = memory.i64[sums.data / 8 + i]!;
        if (BigInt.asIntN(32, sum) === sum || (valid !== 0 && memory.u8[valid + i] === 0)) continue;
        if (mode !== "try") throw fail();
        if (valid === 0) memory.u8.fill(1, valid = arena.allocate(count), valid + count);
        memory.u8[valid + i] = 0;
      }
      return gathered(type, addresses, count, offset, valid, arena);
    },
  };
}

const doubleState: Pick<ColumnarAggregate, "kind" | "stateBytes" | "merging" | "merge"> = {
  kind: "columnar", stateBytes: 16, merging: "rounds", merge: (to, from, count, offset) => kernels().aggMergeAdd(to, from, count, offset),
};

const doubleSum = (argument: DataType): ColumnarAggregate => ({
  ...doubleState,
  update: updateWith(addKernel(argument)),
  finish: (addresses, count, offset, { arena }) => gathered(DOUBLE, addresses, count, offset, seen(addresses, count, offset + 8, arena), arena),
});

const doubleAverage = (argument: DataType): ColumnarAggregate => ({
  ...doubleState,
  update: updateWith(addKernel(argument)),
  finish(addresses, count, offset, { arena }) {
    const data = arena.allocate(8 * count);
    kernels().aggAverage(addresses, count, offset, data);
    return new Vector(DOUBLE, data, seen(addresses, count, offset + 8, arena));
  },
});

const decimalState = (argument: DecimalType): Pick<ColumnarAggregate, "kind" | "stateBytes" | "merging" | "update" | "merge"> => ({
  kind: "columnar", stateBytes: 24, merging: "any order",
  update: updateWith(argument.precision <= 18 ? "aggSumDecimal64" : "aggSumDecimal128"),
  merge: (to, from, count, offset) => kernels().aggMergeDecimal(to, from, count, offset),
});

const decimalOverflow = (alternative: string) => arithmeticOverflow("Overflow in sum of decimals", alternative);

function decimalSum(argument: DecimalType, type: DecimalType, mode: Mode): ColumnarAggregate {
  return {
    ...decimalState(argument),
    finish(addresses, count, offset, { arena }) {
      const memory = linearMemory(), narrow = type.precision <= 18, data = arena.allocate(count * (narrow ? 8 : 16)), valid = arena.allocate(count);
      const limit = arena.allocate(16), nulls = arena.allocate(4), bound = powerOfTen(type.precision);
      memory.u64[limit / 8] = BigInt.asUintN(64, bound);
      memory.i64[limit / 8 + 1] = bound >> 64n;
      const past = kernels().aggDecimalSums(addresses, count, offset, narrow ? 1 : 0, limit, data, valid, nulls);
      if (past > 0 && mode === "ansi") throw decimalOverflow("try_sum");
      return new Vector(type, data, memory.u32[nulls >>> 2] === 0 ? 0 : valid);
    },
  };
}

/** Reads (sum, count) states one by one: exact division is rare work, done once a group. */
function divided(addresses: number, count: number, offset: number, wide: boolean, result: (sum: bigint, count: bigint, overflowed: boolean) => Cell): Cell[] {
  const memory = linearMemory(), cells: Cell[] = [];
  for (let i = 0; i < count; i++) {
    const state = (memory.u32[(addresses >>> 2) + i]! + offset) / 8;
    const sum = wide ? (memory.i64[state + 1]! << 64n) | memory.u64[state]! : memory.i64[state]!, flags = memory.i64[state + (wide ? 2 : 1)]!;
    const rows = BigInt.asUintN(63, flags);
    cells.push(rows === 0n ? null : result(sum, rows, flags < 0n));
  }
  return cells;
}

function decimalAverage(argument: DecimalType, type: DecimalType, mode: Mode): ColumnarAggregate {
  const factor = powerOfTen(type.scale - argument.scale), sumPrecision = Math.min(MAX_PRECISION, argument.precision + 10);
  return {
    ...decimalState(argument),
    finish(addresses, count, offset, { arena }) {
      return vectorOf(type, divided(addresses, count, offset, true, (sum, rows, overflowed) => {
        if (overflowed || !fits(sum, sumPrecision)) {
          if (mode === "ansi") throw decimalOverflow("try_avg");
          return null;
        }
        const quotient = divideHalfUp(sum * factor, rows);
        if (fits(quotient, type.precision)) return quotient;
        if (mode === "ansi") throw decimalOutOfRange(String(quotient), type.precision, type.scale);
        return null;
      }), arena);
    },
  };
}

function intervalAverage(argument: DataType, type: DataType, mode: Mode): ColumnarAggregate {
  const sum = wholeSum(argument, BIGINT, mode === "legacy" ? "ansi" : mode), isMonths = type.kind === "year_month_interval";
  return {
    ...sum,
    finish: (addresses, count, offset, { arena }) => vectorOf(type, divided(addresses, count, offset, false, (total, rows, overflowed) => {
      if (overflowed || (isMonths && BigInt.asIntN(32, total) !== total)) {
        if (mode === "try") return null;
        throw intervalOverflow("try_add");
      }
      const mean = divideHalfUp(total, rows);
      return isMonths ? Number(mean) : mean;
    }), arena),
  };
}

function bindSum(name: string, isTry: boolean): AggregateFunction["bind"] {
  return (args, settings, origin) => {
    const argument = argumentType(name, args, origin), mode = modeOf(isTry, settings);
    const bound = (type: DataType, implementation: ColumnarAggregate): AggregateBinding => ({ type, nullable: true, argTypes: [argument], canRaise: mode === "ansi", implementation });
    if (argument.kind === "decimal") {
      const type = decimal(Math.min(MAX_PRECISION, argument.precision + 10), argument.scale);
      return bound(type, decimalSum(argument, type, mode));
    }
    if (isFractional(argument)) return bound(DOUBLE, doubleSum(argument));
    const type = isIntegral(argument) ? BIGINT : argument;
    return bound(type, wholeSum(argument, type, mode));
  };
}

function bindAverage(name: string, isTry: boolean): AggregateFunction["bind"] {
  return (args, settings, origin) => {
    const argument = argumentType(name, args, origin), mode = modeOf(isTry, settings);
    const bound = (type: DataType, implementation: ColumnarAggregate): AggregateBinding => ({ type, nullable: true, argTypes: [argument], canRaise: mode === "ansi", implementation });
    switch (argument.kind) {
      case "decimal": {
        const type = decimal(Math.min(MAX_PRECISION, argument.precision + 4), Math.min(MAX_PRECISION, argument.scale + 4));
        return bound(type, decimalAverage(argument, type, mode));
      }
      case "day_time_interval": return bound(DAY_TIME_INTERVAL, intervalAverage(argument, DAY_TIME_INTERVAL, mode));
      case "year_month_interval": return bound(YEAR_MONTH_INTERVAL, intervalAverage(argument, YEAR_MONTH_INTERVAL, mode));
      default: return bound(DOUBLE, doubleAverage(argument));
    }
  };
}

export const sum: AggregateFunction = {
  kind: "aggregate", name: "sum", usage: "sum(expr)", description: "The sum of the values that are not null; null if there is none.",
  cases: [["sum(5)", "5"], ["sum(CAST(NULL AS INT))", "NULL"], ["sum(1.5)", "1.5"]], bind: bindSum("sum", false),
};
export const trySum: AggregateFunction = {
  kind: "aggregate", name: "try_sum", usage: "try_sum(expr)", description: "As sum, but null where the sum overflows.",
  cases: [["try_sum(9223372036854775807)", "9223372036854775807"]], bind: bindSum("try_sum", true),
};
export const avg: AggregateFunction = {
  kind: "aggregate", name: "avg", aliases: ["mean"], usage: "avg(expr)", description: "The mean of the values that are not null; null if there is none.",
  cases: [["avg(3)", "3.0"], ["avg(1.5)", "1.50000"]], bind: bindAverage("avg", false),
};
export const tryAvg: AggregateFunction = {
  kind: "aggregate", name: "try_avg", usage: "try_avg(expr)", description: "As avg, but null where the sum overflows.",
  cases: [["try_avg(3)", "3.0"]], bind: bindAverage("try_avg", true),
};
