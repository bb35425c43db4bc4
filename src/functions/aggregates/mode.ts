/** mode: the most frequent value. */
import { AnalysisError } from "../../base/errors.ts";
import { cellOrder } from "../../columns/compare-cells.ts";
import { encodeCell } from "../../columns/row-codec.ts";
import type { AggregateFunction } from "../../plan/function.ts";
import type { Origin } from "../../plan/expressions.ts";
import type { ResolvedExpression } from "../../plan/resolved.ts";
import type { Cell } from "../../types/cell.ts";
import { BIGINT, BOOLEAN, array, field, struct, type DataType } from "../../types/data-type.ts";
import { constantCell } from "../constant-argument.ts";
import { checkCount } from "../define.ts";
import { contextOf, nonFoldableArgument, quoted, typeName } from "../errors.ts";
import { hashCode, openHashOrder } from "../hash/java-hash.ts";
import { sqlText } from "../sql-text.ts";
import { objectAggregate } from "./objects.ts";

/** Values by their bytes with how often they came, in the order in which they first did. */
type Counts = Map<string, [value: Cell, times: number]>;
/** Of values that are equally frequent: the least, the greatest, or the one that comes first in Spark's map of them. */
type Choice = "least" | "greatest" | "first";

const put = (type: DataType, counts: Counts, value: Cell, times: number): void => {
  const key = Buffer.from(encodeCell(type, value === 0 ? 0 : value)).toString("latin1"), found = counts.get(key);
  if (found === undefined) counts.set(key, [value, times]);
  else found[1] += times;
};

/** How WITHIN GROUP arrives: a literal that stands nowhere in the query. `mode(expr, true)` asks for the least. */
function choiceOf(args: readonly ResolvedExpression[], origin: Origin | undefined): Choice {
  const option = args[1];
  if (option === undefined) return "first";
  if (option.origin === undefined && option.kind === "literal" && (option.value === "least" || option.value === "greatest")) return option.value;
  const refused = (condition: string, sqlState: string, message: string, messageParameters: Record<string, string>): AnalysisError => new AnalysisError({ condition, sqlState, message, messageParameters, queryContext: contextOf(origin) });
  const value = constantCell(option);
  if (value === undefined) throw nonFoldableArgument("mode", "deterministic", BOOLEAN, origin);
  if (value === null) throw refused("DATATYPE_MISMATCH.UNEXPECTED_NULL", "42K09", "Cannot resolve \"NULL\" due to data type mismatch: The `deterministic` must not be null.", { exprName: "`deterministic`", sqlExpr: "\"NULL\"" });
  if (typeof value !== "boolean") {
    const inputSql = quoted(sqlText(option)), inputType = typeName(option.type);
    throw refused("UNEXPECTED_INPUT_TYPE", "42K09", `Parameter second of function \`mode\` requires the "BOOLEAN" type, however ${inputSql} has the type ${inputType}.`, { paramIndex: "second", functionName: "`mode`", requiredType: "\"BOOLEAN\"", inputSql, inputType });
  }
  return value ? "least" : "first";
}

function chosen(type: DataType, values: readonly Cell[], choice: Choice): Cell {
  const order = cellOrder(type);
  return values.reduce((best, value) => (choice === "greatest" ? order(value, best) > 0 : order(value, best) < 0) ? value : best);
}

/** The first in Spark's map: partial counts are put into a map, which is read into another, which is merged into a third. */
function firstOf(type: DataType, counts: Counts, most: number): Cell | undefined {
  let entries = [...counts.values()];
  const codes = entries.map(([value]) => hashCode(type, value));
  if (codes.includes(undefined)) return undefined;
  let at: readonly number[] = entries.map((_, i) => i);
  for (let pass = 0; pass < 3; pass++) {
    const before = at;
    at = openHashOrder(before.map(i => codes[i]!)).map(i => before[i]!);
  }
  entries = at.map(i => entries[i]!);
  return entries.find(entry => entry[1] === most)![0];
}

export const mode: AggregateFunction = {
  kind: "aggregate", name: "mode", usage: "mode(expr[, deterministic]) or mode() WITHIN GROUP (ORDER BY expr)",
  description: "The most frequent value that is not null. Of several: any, or the least if `deterministic` is true; with WITHIN GROUP the first in that order.", cases: [["mode(4)", "4"]],
  bind(args, _settings, origin) {
    checkCount("mode", args.length, 1, 2, origin);
    const { type } = args[0]!, choice = choiceOf(args, origin);
    return {
      type, nullable: true,
      implementation: objectAggregate<Counts>({
        merging: "in order",
        create: () => new Map(),
        update(counts, [value]) { if (value !== null && value !== undefined) put(type, counts, value, 1); return counts; },
        merge(to, from) { for (const [value, times] of from.values()) put(type, to, value, times); return to; },
        finish(counts) {
          if (counts.size === 0) return null;
          let most = 0;
          for (const [, times] of counts.values()) if (times > most) most = times;
          const frequent = [...counts.values()].filter(entry => entry[1] === most).map(entry => entry[0]);
          if (frequent.length === 1) return frequent[0]!;
          return (choice === "first" ? firstOf(type, counts, most) : undefined) ?? chosen(type, frequent, choice);
        },
        stateType: struct([field("values", array(type)), field("counts", array(BIGINT))]),
        encode: counts => [[...counts.values()].map(entry => entry[0]), [...counts.values()].map(entry => BigInt(entry[1]))],
        decode(cell) {
          const [values, times] = cell as [Cell[], bigint[]], counts: Counts = new Map();
          values.forEach((value, i) => put(type, counts, value, Number(times[i])));
          return counts;
        },
      }),
    };
  },
};
