/** Types as functions: `int('5')`, `date('2024-01-01')`; and `cast`, which is no function. */
import type { ScalarFunction } from "../../plan/function.ts";
import { BIGINT, BINARY, BOOLEAN, DATE, DOUBLE, FLOAT, INT, SMALLINT, STRING, TIMESTAMP, TINYINT, decimal, time, type DataType } from "../../types/data-type.ts";
import { canCast } from "../casts.ts";
import { checkCount, custom } from "../define.ts";
import { contextOf, wrongNumberOfArguments } from "../errors.ts";
import { mayMakeNull } from "../coercion.ts";
import { sqlText } from "../sql-text.ts";
import { typeToSql } from "../../types/data-type.ts";
import { cellCast } from "./cast-cells.ts";
import { castVectors } from "./cast-vectors.ts";

const named = (name: string, type: DataType, example: readonly [string, string], aliases: readonly string[] = []): ScalarFunction => custom({
  name, aliases, usage: `${name}(expr)`, description: `The value as ${typeToSql(type)}.`, cases: [example],
  bind: (args, settings, origin) => {
    checkCount(name, args.length, 1, 1, origin);
    const mode = settings.ansi ? "ansi" : "legacy", from = args[0]!.type, problem = canCast(from, type, mode);
    if (problem !== undefined) throw problem.error(`CAST(${sqlText(args[0]!)} AS ${typeToSql(type)})`, contextOf(origin));
    const cast = cellCast(from, type, mode, settings.timeZone), vector = castVectors(from, type, mode, settings.timeZone);
    return { type, nullable: mayMakeNull(from, type), canRaise: settings.ansi, row: ([x]) => cast(x!), ...(vector && { vector }) };
  },
});

export const castFunctions: readonly ScalarFunction[] = [
  named("boolean", BOOLEAN, ["boolean('true')", "true"]), named("tinyint", TINYINT, ["tinyint('3')", "3"]), named("smallint", SMALLINT, ["smallint('3')", "3"]), named("int", INT, ["int('3')", "3"]), named("bigint", BIGINT, ["bigint('3')", "3"]),
  named("float", FLOAT, ["float('1.5')", "1.5"]), named("double", DOUBLE, ["double('1.5')", "1.5"]), named("decimal", decimal(10, 0), ["decimal('5.5')", "6"]), named("date", DATE, ["date('2024-01-01')", "2024-01-01"]), named("timestamp", TIMESTAMP, ["timestamp('2024-01-01')", "2024-01-01 00:00:00"]),
  named("time", time(6), ["time('01:02:03')", "01:02:03"]), named("binary", BINARY, ["binary('ab')", "ab"]), named("string", STRING, ["string(5)", "5"]),
  custom({ name: "cast", usage: "CAST(expr AS type)", description: "The value as a type.", cases: [["CAST('5' AS INT)", "5"]], bind: (args, _settings, origin) => { throw wrongNumberOfArguments("cast", args.length, "0", origin); } }),
];
