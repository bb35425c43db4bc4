/** shuffle: an array in another order. */
import { AnalysisError } from "../../base/errors.ts";
import type { Binding, ScalarFunction } from "../../plan/function.ts";
import type { Cell } from "../../types/cell.ts";
import { array, VOID } from "../../types/data-type.ts";
import { constantCell } from "../constant-argument.ts";
import { checkCount, custom } from "../define.ts";
import { contextOf, quoted, unexpectedType } from "../errors.ts";
import { sqlText } from "../sql-text.ts";
import { MersenneTwister } from "./mersenne-twister.ts";

/** Fisher and Yates from the inside out: each item takes the place of one that is there, which goes behind. */
function shuffled(items: readonly Cell[], random: MersenneTwister): Cell[] {
  const result: Cell[] = [];
  for (const [i, item] of items.entries()) {
    const j = random.below(i + 1);
    if (j !== i) result[i] = result[j]!;
    result[j] = item;
  }
  return result;
}

export const shuffleFunctions: readonly ScalarFunction[] = [
  custom({
    name: "shuffle", usage: "shuffle(array[, seed])", description: "An array in another order: by chance, or always the same by a seed.", cases: [["shuffle(array(1, 2, 3, 4, 5, 6, 7, 8, 9, 10), 42)", "[6, 8, 2, 1, 4, 7, 9, 3, 5, 10]"], ["sort_array(shuffle(array(3, 1, 2)))", "[1, 2, 3]"]],
    bind: (args, _settings, origin): Binding => {
      checkCount("shuffle", args.length, 1, 2, origin);
      const { type } = args[0]!, given = args.length === 2 && args[1]!.type.kind !== "void" ? constantCell(args[1]!) : null;
      if (type.kind !== "array" && type.kind !== "void") throw unexpectedType("shuffle", args.slice(0, 1), 0, quoted("ARRAY"), origin);
      if (given !== null && typeof given !== "number" && typeof given !== "bigint") {
        throw new AnalysisError({ condition: "INVALID_PARAMETER_VALUE.LONG", sqlState: "22023", message: `The value of parameter(s) \`seed\` in \`shuffle\` is invalid: expects a long literal, but got ${quoted(sqlText(args[1]!))}.`, messageParameters: { parameter: "`seed`", functionName: "`shuffle`", invalidValue: quoted(sqlText(args[1]!)) }, queryContext: contextOf(origin) });
      }
      let random: MersenneTwister | undefined, batch: number | undefined;
      return {
        type: type.kind === "void" ? array(VOID) : type, deterministic: false, row: ([items], { seed }) => {
          if (random === undefined || batch !== seed) {
            random = new MersenneTwister(given === null ? BigInt(seed) : BigInt(given));
            batch = seed;
          }
          return shuffled(items as readonly Cell[], random);
        },
      };
    },
  }),
];
