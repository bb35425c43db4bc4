/** Generators as operators: those that walk a list over columns, others row by row. */
import { compileExpression } from "../eval/compile.ts";
import { Generate, type GenerateParts } from "../operators/generate.ts";
import type { Operator } from "../operators/operator.ts";
import { rowGenerator } from "../operators/row-generators.ts";
import { userGenerator } from "../operators/user-generator.ts";
import { sqlText } from "../functions/sql-text.ts";
import { placeIn, schemaOf, type Generate as GenerateNode } from "../plan/resolved.ts";
import type { Lowering } from "./lowering.ts";

export function lowerGenerate(lowering: Lowering, node: GenerateNode, next: Operator, depth: number): void {
  const { input, generator, generated, outer } = node, name = generator.function.name.replace(/_outer$/, "");
  const isNew = new Set(generated.map(a => a.id)), kept = node.output.filter(a => !isNew.has(a.id)), made = node.output.filter(a => isNew.has(a.id));
  const { user } = generator.function, rows = user !== undefined ? userGenerator(generator, user) : rowGenerator(name, generator.output.fields.length);
  const parts: GenerateParts = {
    schema: schemaOf({ output: [...kept, ...made] }),
    kept: kept.map(a => placeIn(input.output, a)),
    generated: made.map(a => placeIn(generated, a)),
    args: generator.args.map(arg => compileExpression(arg, input.output)),
    generator: rows === undefined ? { kind: "list", position: name === "posexplode", fields: name === "inline" } : { kind: "rows", output: generator.output, rows },
    outer: outer || user === undefined && generator.function.name.endsWith("_outer"),
  };
  lowering.say(depth, `Generate ${sqlText(generator)}${parts.outer ? ", outer" : ""} [${made.map(a => a.name).join(", ")}]`);
  const lower = (): void => lowering.lower(input, lowering.metered(new Generate(parts, lowering.context, next), next, "generate", "Generate rows", sqlText(generator)), depth + 1);
  if (user === undefined) lower();
  else lowering.finishing(lower);
}
