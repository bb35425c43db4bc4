/** withField and dropFields of a struct: the struct made anew of its fields; a null struct stays null. */
import type { Origin } from "../plan/expressions.ts";
import type { ResolvedExpression } from "../plan/resolved.ts";
import { STRING, type StructType } from "../types/data-type.ts";
import { accessField } from "./fields.ts";
import { literalOf } from "./build.ts";
import { callByName } from "./calls.ts";
import { fail, quoteSql, quoteType } from "./errors.ts";
import type { Resolver } from "./expressions.ts";
import { sqlText } from "../functions/sql-text.ts";

export function updateFields(resolver: Resolver, child: ResolvedExpression, path: readonly string[], value: ResolvedExpression | undefined, origin: Origin | undefined): ResolvedExpression {
  const { type } = child;
  if (type.kind !== "struct") {
    const sqlExpr = quoteSql(`update_fields(${sqlText(child)})`);
    throw fail("DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE", "42K09", `Cannot resolve ${sqlExpr} due to data type mismatch: The first parameter requires the "STRUCT" type, however ${quoteSql(sqlText(child))} has the type ${quoteType(type)}.`, { sqlExpr, paramIndex: "first", requiredType: quoteSql("STRUCT"), inputSql: quoteSql(sqlText(child)), inputType: quoteType(type) }, origin);
  }
  const made = struct(resolver, child, type, path, value, origin);
  if (!child.nullable) return made;
  return Object.freeze({ kind: "case_when", branches: [{ when: callByName(resolver, "isnotnull", [child], origin), then: made }], otherwise: undefined, type: made.type, nullable: true, origin });
}

function struct(resolver: Resolver, child: ResolvedExpression, type: StructType, [name, ...rest]: readonly string[], value: ResolvedExpression | undefined, origin: Origin | undefined): ResolvedExpression {
  const field = (of: string): ResolvedExpression => accessField(child, of, (a, b) => a === b, resolver.context.settings, origin), same = (of: string): boolean => resolver.same(of, name!);
  const inner = (of: string): ResolvedExpression | undefined => rest.length > 0 ? updateFields(resolver, field(of), rest, value, origin) : value;
  const items = type.fields.flatMap(({ name: of }): readonly (readonly [string, ResolvedExpression])[] => {
    const made = same(of) ? inner(of) : field(of);
    return made === undefined ? [] : [[same(of) && rest.length === 0 && value !== undefined ? name! : of, made]];
  });
  if (!type.fields.some(f => same(f.name))) {
    if (rest.length > 0) throw fail("FIELD_NOT_FOUND", "42704", `No such struct field \`${name!}\` in ${type.fields.map(f => `\`${f.name}\``).join(", ")}.`, { fieldName: `\`${name!}\``, fields: type.fields.map(f => `\`${f.name}\``).join(", ") }, origin);
    if (value !== undefined) items.push([name!, value]);
  }
  if (items.length === 0) throw fail("DATATYPE_MISMATCH.CANNOT_DROP_ALL_FIELDS", "42K09", "Cannot drop all fields in struct.", { sqlExpr: quoteSql(sqlText(child)) }, origin);
  return callByName(resolver, "named_struct", items.flatMap(([of, made]) => [literalOf(of, STRING), made]), origin);
}
