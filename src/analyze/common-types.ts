/** Several expressions brought to one type: results of CASE, arguments that must agree. */
import type { CaseWhen, Origin } from "../plan/expressions.ts";
import type { ResolvedExpression } from "../plan/resolved.ts";
import { BOOLEAN, STRING, type DataType } from "../types/data-type.ts";
import { coerce } from "./build.ts";
import { commonCollation, retyped } from "./collations.ts";
import { fail, ordinal, quoteSql, quoteType } from "./errors.ts";
import type { Resolver } from "./expressions.ts";
import { displayName } from "./names.ts";

/** Expressions brought to one type. */
export function unified(resolver: Resolver, expressions: readonly ResolvedExpression[], functionName: string, text: () => string, origin: Origin | undefined): readonly ResolvedExpression[] {
  const type = resolver.common(expressions);
  if (type === undefined) {
    const collated = unifiedTexts(resolver, expressions, text, origin);
    if (collated === undefined) throw differentTypes(functionName, expressions, text(), origin);
    return collated;
  }
  return expressions.map(e => coerce(e, type, resolver.settings));
}

/** Texts of different collations brought to one. */
function unifiedTexts(resolver: Resolver, expressions: readonly ResolvedExpression[], text: () => string, origin: Origin | undefined): readonly ResolvedExpression[] | undefined {
  if (!expressions.every(e => e.type.kind === "string" || e.type.kind === "void")) return undefined;
  const collation = commonCollation(expressions, false, text, origin), type: DataType = collation === undefined ? STRING : Object.freeze({ kind: "string", collation });
  return expressions.map(e => e.type.kind === "string" ? retyped(e, type) : coerce(e, type, resolver.settings));
}

function differentTypes(functionName: string, args: readonly ResolvedExpression[], text: string, origin: Origin | undefined): Error {
  const dataType = `[${args.map(arg => quoteType(arg.type)).join(", ")}]`;
  return fail("DATATYPE_MISMATCH.DATA_DIFF_TYPES", "42K09", `Cannot resolve "${text}" due to data type mismatch: Input to \`${functionName}\` should all be the same type, but it's ${dataType}.`,
    { functionName: `\`${functionName}\``, dataType, sqlExpr: quoteSql(text) }, origin);
}

export function caseWhen(resolver: Resolver, expression: CaseWhen): ResolvedExpression {
  const branches = expression.branches.map(branch => ({ when: resolver.resolve(branch.when), then: resolver.resolve(branch.then) }));
  const otherwise = expression.otherwise === undefined ? undefined : resolver.resolve(expression.otherwise);
  return caseOf(resolver, branches, otherwise, () => displayName(resolver, expression), "casewhen", expression.origin, i => displayName(resolver, expression.branches[i]!.when));
}

/** CASE over resolved parts: conditions must be BOOLEAN, results get one type. */
export function caseOf(resolver: Resolver, branches: readonly { readonly when: ResolvedExpression; readonly then: ResolvedExpression }[], otherwise: ResolvedExpression | undefined, text: () => string, functionName: string, origin: Origin | undefined, condition: (i: number) => string = text): ResolvedExpression {
  branches.forEach((branch, i) => {
    if (branch.when.type.kind !== "boolean" && branch.when.type.kind !== "void") {
      throw fail("DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE", "42K09", `Cannot resolve "${text()}" due to data type mismatch: The ${i + 1}. condition requires the "BOOLEAN" type, however it has the type ${quoteType(branch.when.type)}.`,
        { sqlExpr: quoteSql(text()), paramIndex: ordinal(2 * i + 1), requiredType: quoteSql("BOOLEAN"), inputSql: quoteSql(condition(i)), inputType: quoteType(branch.when.type) }, origin);
    }
  });
  const values = unified(resolver, [...branches.map(b => b.then), ...(otherwise === undefined ? [] : [otherwise])], functionName, text, origin);
  const typed = branches.map((branch, i) => ({ when: coerce(branch.when, BOOLEAN, resolver.settings), then: values[i]! }));
  const last = otherwise === undefined ? undefined : values[values.length - 1]!;
  return Object.freeze({ kind: "case_when", branches: typed, otherwise: last, type: values[0]!.type, nullable: last === undefined || values.some(v => v.nullable), origin });
}
