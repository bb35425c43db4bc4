/** Operations on bits. */
import type { ScalarFunction } from "../../plan/function.ts";
import type { Cell } from "../../types/cell.ts";
import { BIGINT, INT, TINYINT, isFractional, isIntegral, sameType, type DataType } from "../../types/data-type.ts";
import { ANY_INTEGRAL, AS, decimalOperand, familyName, implicitCast, isString, oneOf, stringPromotion, tightestCommonType, uncast } from "../coercion.ts";
import { checkCount, custom, scalar } from "../define.ts";
import { bitCountVector, bitsVector, shiftVector } from "../math/number-vectors.ts";
import { differentTypes, invalidParameter, wrongOperandType, unexpectedType } from "../errors.ts";

function operator(name: string, op: 0 | 1 | 2, description: string, cases: ScalarFunction["cases"], apply: (a: bigint, b: bigint) => bigint): ScalarFunction {
  return custom({
    name, usage: `expr1 ${name} expr2`, description, cases,
    bind: (args, _settings, origin) => {
      checkCount(name, args.length, 2, 2, origin);
      // Text becomes what it is beside the other type; a fraction beside it is none for bits.
      const promoted = stringPromotion(args[0]!.type, args[1]!.type), both = args.map(arg => arg.type) as [DataType, DataType];
      const [a, b] = promoted === undefined ? both : both.map(type => (isString(type) || isFractional(promoted) ? promoted : type)) as [DataType, DataType];
      // A literal beside a DECIMAL is one of its digits.
      if ((a.kind === "decimal") !== (b.kind === "decimal")) {
        const [x, y] = args.map((arg, i) => arg.kind === "literal" && isIntegral([a, b][i]!) ? decimalOperand(arg) : [a, b][i]!) as [DataType, DataType];
        if (sameType(x, y)) throw wrongOperandType(name, args, x, familyName(ANY_INTEGRAL), origin);
      }
      const type = tightestCommonType(a, b);
      if (type === undefined) throw differentTypes(name, args, [a, b], origin);
      const common: DataType = type.kind === "void" ? BIGINT : type;
      if (implicitCast(common, ANY_INTEGRAL) === undefined) throw sameType(a, b) ? wrongOperandType(name, args, common, familyName(ANY_INTEGRAL), origin) : differentTypes(name, args, [a, b], origin);
      const wide = common.kind === "bigint", bits = common.kind === "tinyint" ? 8 : common.kind === "smallint" ? 16 : 32;
      return {
        type: common, argTypes: [common, common], vector: bitsVector(common, op),
        row: ([x, y]): Cell => (wide ? BigInt.asIntN(64, apply(x as bigint, y as bigint)) : Number(BigInt.asIntN(bits, apply(BigInt(x as number), BigInt(y as number))))),
      };
    },
  });
}

function shift(name: string, symbol: string, op: 0 | 1 | 2, description: string, cases: ScalarFunction["cases"], narrow: (x: number, n: number) => number, wide: (x: bigint, n: bigint) => bigint): ScalarFunction {
  return scalar({
    name, aliases: [symbol], usage: `${name}(base, n)`, description, cases, params: [oneOf(AS.int, AS.bigint), AS.int], returns: call => call.types[0]!,
    make: call => ({ vector: shiftVector(call.types[0]!, op), ...(call.types[0]!.kind === "bigint"
      ? { row: ([x, n]) => BigInt.asIntN(64, wide(x as bigint, BigInt((n as number) & 63))) }
      : { row: ([x, n]) => narrow(x as number, n as number) }) }),
  });
}

function bitCount(value: bigint): number {
  let rest = BigInt.asUintN(64, value), count = 0;
  for (; rest !== 0n; rest &= rest - 1n) count++;
  return count;
}

export const bitwiseFunctions: readonly ScalarFunction[] = [
  operator("&", 0, "The bits that both have.", [["3 & 5", "1"]], (a, b) => a & b),
  operator("|", 1, "The bits that either has.", [["3 | 5", "7"]], (a, b) => a | b),
  operator("^", 2, "The bits that only one has.", [["3 ^ 5", "6"]], (a, b) => a ^ b),
  custom({
    name: "~", usage: "~ expr", description: "All bits the other way round.", cases: [["~ 0", "-1"]],
    bind: (args, _settings, origin) => {
      checkCount("~", args.length, 1, 1, origin);
      const type = implicitCast(args[0]!.type, ANY_INTEGRAL);
      if (type === undefined) throw unexpectedType("~", args, 0, familyName(ANY_INTEGRAL), origin);
      return { type, argTypes: [type], vector: bitsVector(type, 3), row: ([x]) => (type.kind === "bigint" ? ~(x as bigint) : ~(x as number)) };
    },
  }),
  shift("shiftleft", "<<", 0, "Bits moved to the left.", [["shiftleft(2, 1)", "4"], ["1 << 33", "2"]], (x, n) => x << n, (x, n) => x << n),
  shift("shiftright", ">>", 1, "Bits moved to the right, the sign kept.", [["shiftright(4, 1)", "2"], ["-8 >> 1", "-4"]], (x, n) => x >> n, (x, n) => x >> n),
  shift("shiftrightunsigned", ">>>", 2, "Bits moved to the right, filled with zeros.", [["shiftrightunsigned(4, 1)", "2"], ["-1 >>> 31", "1"]], (x, n) => (x >>> n) | 0, (x, n) => BigInt.asUintN(64, x) >> n),
  scalar({
    name: "bit_count", usage: "bit_count(expr)", description: "How many bits are set.", cases: [["bit_count(7)", "3"], ["bit_count(-1)", "64"], ["bit_count(true)", "1"]],
    params: [uncast(oneOf(ANY_INTEGRAL, AS.boolean))], returns: INT, make: call => ({ vector: bitCountVector(call.args[0]!.type) }), row: ([x]) => (typeof x === "boolean" ? Number(x) : bitCount(BigInt(x as number | bigint))),
  }),
  scalar({
    name: "getbit", aliases: ["bit_get"], usage: "getbit(expr, pos)", description: "One bit, counted from the right from 0.", cases: [["getbit(11, 0)", "1"], ["getbit(11, 2)", "0"]],
    params: [ANY_INTEGRAL, AS.int], returns: TINYINT, canRaise: true,
    make: call => {
      const bits = { tinyint: 8, smallint: 16, int: 32 }[call.types[0]!.kind as string] ?? 64;
      return {
        row: ([x, pos]) => {
          const at = pos as number;
          if (at < 0 || at >= bits) throw invalidParameter("BIT_POSITION_RANGE", call.name, "pos", `expects an integer value in [0, ${bits}), but got ${at}.`, { upper: String(bits), invalidValue: String(at) });
          return Number((BigInt(x as number | bigint) >> BigInt(at)) & 1n);
        },
      };
    },
  }),
];
