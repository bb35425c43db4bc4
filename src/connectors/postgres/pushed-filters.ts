/**
 * Conditions that the server can look at before it sends a row. What is sent may let more rows through than the condition does, as the
 * query evaluates it again; never fewer. So only comparisons of a column with a literal are, of types that both sides compare alike.
 */
import type { ResolvedExpression, ResolvedLiteral } from "../../plan/resolved.ts";
import { isIntegral, type DataType } from "../../types/data-type.ts";
import { literal, quoted } from "./address.ts";
import { cellText } from "./value-text.ts";

const TURNED: Readonly<Record<string, string>> = { "=": "=", "==": "=", "<": ">", "<=": ">=", ">": "<", ">=": "<=" };

/** @param texts columns whose text is compared byte by byte for equality: text and varchar, not char, uuid or json */
export function pushedSql(conditions: readonly ResolvedExpression[], texts: ReadonlySet<string>): readonly string[] {
  return conditions.flatMap(condition => sqlOf(condition, texts) ?? []);
}

function sqlOf(condition: ResolvedExpression, texts: ReadonlySet<string>): string | undefined {
  if (condition.kind !== "scalar_call") return undefined;
  const { function: { name }, args: [left, right, ...more] } = condition;
  if (left === undefined || more.length > 0) return undefined;
  if (right === undefined) return left.kind !== "attribute" ? undefined : name === "isnull" ? `${quoted(left.name)} IS NULL` : name === "isnotnull" ? `${quoted(left.name)} IS NOT NULL` : undefined;
  if (!Object.hasOwn(TURNED, name)) return undefined;
  if (left.kind === "literal" && right.kind === "attribute") return comparison(right.name, right.type, TURNED[name]!, left, texts);
  if (left.kind === "attribute" && right.kind === "literal") return comparison(left.name, left.type, name === "==" ? "=" : name, right, texts);
  return undefined;
}

function comparison(column: string, type: DataType, operator: string, { value, type: valueType }: ResolvedLiteral, texts: ReadonlySet<string>): string | undefined {
  if (value === null) return undefined;
  const isExact = (one: DataType): boolean => isIntegral(one) || one.kind === "decimal";
  if (isExact(type) && isExact(valueType)) return `${quoted(column)} ${operator} ${cellText(valueType, value)}`;
  if (type.kind !== valueType.kind) return undefined;
  switch (type.kind) {
    case "date": return `${quoted(column)} ${operator} ${literal(cellText(type, value))}::date`;
    case "timestamp": return `${quoted(column)} ${operator} ${literal(cellText(type, value))}::timestamptz`;
    case "timestamp_ntz": return `${quoted(column)} ${operator} ${literal(cellText(type, value))}::timestamp`;
    case "string": return operator === "=" && texts.has(column) && !(value as string).includes("\0") ? `${quoted(column)} = ${literal(value as string)}` : undefined;
    default: return undefined;
  }
}
