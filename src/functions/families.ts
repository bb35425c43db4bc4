/** The families of the function library, in no particular order. */
import type { FunctionEntry } from "../plan/function.ts";
import { aggregateFunctions } from "./aggregates/index.ts";
import { bitwiseFunctions } from "./bitwise/bitwise.ts";
import { arithmeticFunctions } from "./operators/arithmetic.ts";
import { comparisonFunctions } from "./operators/comparison.ts";
import { logicFunctions } from "./operators/logic.ts";

export const families: readonly (readonly FunctionEntry[])[] = [
  aggregateFunctions,
  arithmeticFunctions, comparisonFunctions, logicFunctions, bitwiseFunctions,
];
