/** count, count_if. */
import { kernels } from "../../kernels/kernels.ts";
import { linearMemory } from "../../memory/linear-memory.ts";
import type { AggregateFunction, ColumnarAggregate } from "../../plan/function.ts";
import { BIGINT, BOOLEAN } from "../../types/data-type.ts";
import { AnalysisError } from "../../base/errors.ts";
import { contextOf, unexpectedType, wrongNumberOfArguments } from "../errors.ts";
import { gathered, stepOf, validOf } from "./columnar.ts";

const counting: Pick<ColumnarAggregate, "kind" | "stateBytes" | "merging" | "merge" | "finish"> = {
  kind: "columnar",
  stateBytes: 8,
  merging: "any order",
  merge: (to, from, count, offset) => kernels().aggMergeCount(to, from, count, offset),
  finish: (addresses, count, offset, { arena }) => gathered(BIGINT, addresses, count, offset, 0, arena),
};

const countAll: ColumnarAggregate = {
  ...counting,
  update(args, rows, addresses, offset, context) {
    const { valid, step } = validOf(args, rows, context);
    if (valid === 0) kernels().aggCountRows(addresses, rows.count, offset);
    else if (step === 1) kernels().aggCountValid(valid, rows.pointer, rows.count, addresses, offset);
    else if (linearMemory().u8[valid] !== 0) kernels().aggCountRows(addresses, rows.count, offset);
  },
};

export const count: AggregateFunction = {
  kind: "aggregate", name: "count", usage: "count(*) or count(expr[, expr...])",
  description: "The number of rows, or of rows where no argument is null.",
  cases: [["count(*)", "1"], ["count(1, NULL)", "0"]],
  bind(args, _settings, origin) {
    if (args.length === 0) {
      throw new AnalysisError({
        condition: "WRONG_NUM_ARGS.WITH_SUGGESTION", sqlState: "42605",
        message: "The `count` requires  >= 1 parameters but the actual number is 0.",
        messageParameters: {
          functionName: "`count`", expectedNum: " >= 1", actualNum: "0", legacyNum: "0", legacyConfKey: "\"spark.sql.legacy.allowParameterlessCount\"", legacyConfValue: "\"true\"",
        },
        queryContext: contextOf(origin), hint: "write count(*)",
      });
    }
    return { type: BIGINT, nullable: false, implementation: countAll };
  },
};

export const countIf: AggregateFunction = {
  kind: "aggregate", name: "count_if", usage: "count_if(condition)",
  description: "The number of rows where the condition is true.",
  cases: [["count_if(1 > 0)", "1"], ["count_if(NULL)", "0"]],
  bind(args, _settings, origin) {
    if (args.length !== 1) throw wrongNumberOfArguments("count_if", args.length, "1", origin);
    if (args[0]!.type.kind !== "boolean" && args[0]!.type.kind !== "void") throw unexpectedType("count_if", args, 0, "\"BOOLEAN\"", origin);
    return {
      type: BIGINT, nullable: false, argTypes: [BOOLEAN],
      implementation: {
        ...counting,
        update: ([arg], rows, addresses, offset) => kernels().aggCountTrue(arg!.data, arg!.valid, stepOf(arg!), rows.pointer, rows.count, addresses, offset),
      },
    };
  },
};
