/** Functions that call Java's methods: there are no Java classes, so none is found. */
import type { Binding, ScalarFunction } from "../../plan/function.ts";
import { constantCell } from "../constant-argument.ts";
import { checkCount, custom } from "../define.ts";
import { mismatch, quoted } from "../errors.ts";
import { sqlText } from "../sql-text.ts";

const java = (name: string, aliases: readonly string[]): ScalarFunction => custom({
  name, aliases, usage: `${name}(class, method[, arg1, ...])`, description: "A static method of a Java class. There are no Java classes here: it is refused, with the class that is not found.",
  cases: [[`${name}('java.lang.Math', 'abs', -1)`, "DATATYPE_MISMATCH.UNEXPECTED_CLASS_TYPE"]],
  bind: (args, _settings, origin): Binding => {
    checkCount(name, args.length, 2, Infinity, origin);
    for (const [i, what] of ["class", "method"].entries()) {
      if (typeof constantCell(args[i]!) === "string") continue;
      throw mismatch("NON_FOLDABLE_INPUT", name, args, `the input \`${what}\` should be a foldable "STRING" expression; however, got ${quoted(sqlText(args[i]!))}.`, { inputName: `\`${what}\``, inputType: quoted("STRING"), inputExpr: quoted(sqlText(args[i]!)) }, origin);
    }
    const className = constantCell(args[0]!) as string;
    throw mismatch("UNEXPECTED_CLASS_TYPE", name, args, `class ${className} not found.`, { className }, origin);
  },
});

export const javaFunctions: readonly ScalarFunction[] = [java("reflect", ["java_method"]), java("try_reflect", [])];
