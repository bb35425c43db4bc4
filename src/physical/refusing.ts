/** Spark lets some queries start and refuses their first batch. */
import { AnalysisError } from "../base/errors.ts";
import type { Operator } from "../operators/operator.ts";

/** In front of an operator that no row may reach. */
export function refusing(input: Operator, parts: { readonly condition: string; readonly message: string; readonly messageParameters?: Readonly<Record<string, string>>; readonly hint: string }): Operator {
  const refuse = (): never => { throw new AnalysisError({ sqlState: "0A000", ...parts }); };
  return { push: refuse, finish: () => { refuse(); input.finish(); } };
}

/** EXCEPT and the like become a grouping only when the query is planned; without event time no group of it ends. */
export const NO_WATERMARK = {
  condition: "UNSUPPORTED_STREAMING_OPERATOR_WITHOUT_WATERMARK", message: "Append output mode not supported for aggregations on streaming DataFrames/DataSets without watermark.",
  messageParameters: { outputMode: "Append", statefulOperator: "aggregations" }, hint: "mark the event time with withWatermark() and keep it among the columns; EXCEPT removes duplicates, so a left anti join may do",
};
