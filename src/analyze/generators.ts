/** What generators put out: one row for each item, with these columns. */
import type { UnresolvedFunction } from "../plan/expressions.ts";
import type { ResolvedExpression } from "../plan/resolved.ts";
import { field, INT, struct, STRING, VARIANT, type DataType, type StructField, type StructType } from "../types/data-type.ts";
import { coerce } from "./build.ts";
import { wrongNumber } from "./calls.ts";
import { fail, ordinal, quoteSql, quoteType } from "./errors.ts";
import type { Resolver } from "./expressions.ts";
import { displayName } from "./names.ts";

interface Output { readonly output: StructType; readonly args: readonly ResolvedExpression[] }

/** The columns of a generator's rows, or an error about its arguments. */
export function generatorOutput(resolver: Resolver, name: string, call: UnresolvedFunction, args: readonly ResolvedExpression[]): Output {
  const plain = name.toLowerCase().replace(/_outer$/, "");
  switch (plain) {
    case "explode": return { output: struct(exploded(resolver, call, args)), args };
    case "posexplode": return { output: struct([field("pos", INT, false), ...exploded(resolver, call, args)]), args };
    case "inline": {
      const type = only(call, args).type;
      if (type.kind !== "array" || type.element.kind !== "struct") throw wrongType(resolver, call, 0, args[0]!.type, '"ARRAY<STRUCT>"');
      const { containsNull } = type;
      return { output: struct(type.element.fields.map(f => field(f.name, f.type, f.nullable || containsNull))), args };
    }
    case "stack": return stack(resolver, call, args);
    case "json_tuple": {
      if (args.length < 2) throw wrongNumber("json_tuple", args.length, "> 1", call.origin);
      const bad = args.findIndex(arg => arg.type.kind !== "string");
      if (bad >= 0) throw fail("DATATYPE_MISMATCH.NON_STRING_TYPE", "42K09", `Cannot resolve "${displayName(resolver, call)}" due to data type mismatch: All arguments of the function \`json_tuple\` must be strings.`, { funcName: "`json_tuple`", sqlExpr: quoteSql(displayName(resolver, call)) }, call.origin);
      return { output: struct(args.slice(1).map((_, i) => field(`c${i}`, STRING))), args };
    }
    case "variant_explode":
      if (only(call, args).type.kind !== "variant") throw wrongType(resolver, call, 0, args[0]!.type, '"VARIANT"');
      return { output: struct([field("pos", INT, false), field("key", STRING), field("value", VARIANT, false)]), args };
    default: throw fail("UNRESOLVED_ROUTINE", "42883", `The generator ${name} is not known.`, { routineName: name }, call.origin);
  }
}

function only(call: UnresolvedFunction, args: readonly ResolvedExpression[]): ResolvedExpression {
  if (args.length !== 1) throw wrongNumber(call.name.toLowerCase(), args.length, "1", call.origin);
  return args[0]!;
}

function exploded(resolver: Resolver, call: UnresolvedFunction, args: readonly ResolvedExpression[]): readonly StructField[] {
  const { type } = only(call, args);
  switch (type.kind) {
    case "array": return [field("col", type.element, type.containsNull)];
    case "map": return [field("key", type.key, false), field("value", type.value, type.valueContainsNull)];
    default: throw wrongType(resolver, call, 0, type, '("ARRAY" or "MAP")');
  }
}

function stack(resolver: Resolver, call: UnresolvedFunction, args: readonly ResolvedExpression[]): Output {
  const sqlExpr = quoteSql(displayName(resolver, call));
  if (args.length < 2) throw wrongNumber("stack", args.length, "> 1", call.origin);
  const count = args[0]!;
  if (count.type.kind !== "int") throw wrongType(resolver, call, 0, count.type, '"INT"');
  if (count.kind !== "literal") {
    throw fail("DATATYPE_MISMATCH.NON_FOLDABLE_INPUT", "42K09", `Cannot resolve ${sqlExpr} due to data type mismatch: the input \`n\` should be a foldable INT expression.`, { sqlExpr, inputName: "`n`", inputType: quoteSql("INT"), inputExpr: sqlExpr }, call.origin);
  }
  const rows = Number(count.value);
  if (!(rows > 0)) {
    throw fail("DATATYPE_MISMATCH.VALUE_OUT_OF_RANGE", "42K09", `Cannot resolve ${sqlExpr} due to data type mismatch: The \`n\` must be between (0, 2147483647] (current value = ${count.value}).`,
      { sqlExpr, exprName: "`n`", valueRange: "(0, 2147483647]", currentValue: String(count.value) }, call.origin);
  }
  const values = args.slice(1), columns = Math.ceil(values.length / rows);
  const types: DataType[] = [];
  for (let column = 0; column < columns; column++) {
    let type: DataType = { kind: "void" }, at = 0;
    for (let i = column; i < values.length; i += columns) {
      const next = values[i]!.type;
      if (type.kind === "void") {
        type = next;
        at = i;
      } else if (next.kind !== "void" && next.kind !== type.kind || next.kind === "decimal" && JSON.stringify(next) !== JSON.stringify(type)) {
        throw fail("DATATYPE_MISMATCH.STACK_COLUMN_DIFF_TYPES", "42K09", `Cannot resolve ${sqlExpr} due to data type mismatch: The data type of the column (${column}) do not have the same type: ${quoteType(type)} (${at + 1}) <> ${quoteType(next)} (${i + 1}).`,
          { sqlExpr, columnIndex: String(column), leftParamIndex: String(at + 1), leftType: quoteType(type), rightParamIndex: String(i + 1), rightType: quoteType(next) }, call.origin);
      }
    }
    types.push(type);
  }
  return {
    output: struct(types.map((type, i) => field(`col${i}`, type))),
    args: [count, ...values.map((value, i) => coerce(value, types[i % columns]!, resolver.settings))],
  };
}

function wrongType(resolver: Resolver, call: UnresolvedFunction, index: number, type: DataType, requiredType: string): Error {
  const sqlExpr = quoteSql(displayName(resolver, call));
  return fail("DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE", "42K09", `Cannot resolve ${sqlExpr} due to data type mismatch: The ${ordinal(index + 1)} parameter requires the ${requiredType} type, however ${quoteSql(displayName(resolver, call.args[index]!))} has the type ${quoteType(type)}.`,
    { sqlExpr, paramIndex: ordinal(index + 1), requiredType, inputSql: quoteSql(displayName(resolver, call.args[index]!)), inputType: quoteType(type) }, call.origin);
}
