/** All aggregate functions. */
import type { AggregateFunction } from "../../plan/function.ts";
import { bitFunctions } from "./bits.ts";
import { bitmapFunctions } from "./bitmaps.ts";
import { collectFunctions } from "./collect.ts";
import { count, countIf } from "./count.ts";
import { max, min } from "./extremes.ts";
import { approxCountDistinct } from "./distinct-count.ts";
import { mode } from "./mode.ts";
import { momentFunctions } from "./moments.ts";
import { percentileApprox } from "./percentile-approx.ts";
import { histogram } from "./histogram.ts";
import { percentileFunctions } from "./percentiles.ts";
import { avg, sum, tryAvg, trySum } from "./sum.ts";
import { takeFunctions } from "./take.ts";
import { variantSchemaAggregates } from "./variant-schema.ts";
import { vectorAggregates } from "./vectors.ts";

export const aggregateFunctions: AggregateFunction[] = [
  count, countIf, sum, trySum, avg, tryAvg, min, max, ...takeFunctions, ...bitFunctions, ...momentFunctions, ...collectFunctions, ...percentileFunctions, histogram, mode, percentileApprox, approxCountDistinct, ...bitmapFunctions, ...vectorAggregates, ...variantSchemaAggregates,
];
