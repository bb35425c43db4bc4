/** Lists of keys and values in parentheses: options of tables and readers, properties. */
import type { SqlCursor } from "./cursor.ts";

/** `(key = value, 'key' 'value', ...)`. */
export function properties(cursor: SqlCursor): Readonly<Record<string, string>> {
  cursor.expectSymbol("(");
  const result: Record<string, string> = Object.create(null);
  cursor.list(() => {
    const key = cursor.isKind("string") ? cursor.next().value : cursor.names().join(".");
    cursor.takeSymbol("=");
    const sign = cursor.isSymbol("-") && cursor.isKind("number", 1) ? cursor.next().text : "";
    if (cursor.isKind("number")) result[key] = sign + cursor.next().text;
    else if (cursor.isKind("string")) result[key] = cursor.string();
    else if (cursor.isOneOf(["TRUE", "FALSE"])) result[key] = cursor.next().value.toLowerCase();
    else throw cursor.fail();
  });
  cursor.expectSymbol(")");
  return result;
}
