/** All aggregate functions. */
import type { AggregateFunction } from "../../plan/function.ts";
import { count, countIf } from "./count.ts";
import { max, min } from "./extremes.ts";
import { avg, sum, tryAvg, trySum } from "./sum.ts";

export const aggregateFunctions: AggregateFunction[] = [count, countIf, sum, trySum, avg, tryAvg, min, max];
