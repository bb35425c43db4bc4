/** Names of things that commands are about. */
import { unsupported } from "../../base/errors.ts";
import type { Expression } from "../../plan/expressions.ts";
import type { NameReference } from "../../plan/commands.ts";
import type { SqlCursor } from "../cursor.ts";
import { identifierClauseParts } from "../primary.ts";

/** `a.b`, or IDENTIFIER(expression). */
export function nameReference(cursor: SqlCursor): NameReference {
  if (!(cursor.isWord("IDENTIFIER") && cursor.isSymbol("(", 1))) return { parts: cursor.names() };
  const parts: readonly string[] | Expression = identifierClauseParts(cursor);
  return "kind" in parts ? { parts: [], identifier: parts } : { parts };
}

/** The same where the name must be known now. */
export function knownName(cursor: SqlCursor): readonly string[] {
  const { parts, identifier } = nameReference(cursor);
  if (identifier !== undefined) throw unsupported("A computed name in this statement", "write the name as a text");
  return parts;
}

/** `SESSION`, `SYSTEM.SESSION` or nothing in front of the name of a temporary object. */
export function isSessionQualifier(qualifier: readonly string[]): boolean {
  const text = qualifier.join(".").toLowerCase();
  return text === "" || text === "session" || text === "system.session";
}

/** @throws ParseError INVALID_TEMP_OBJ_QUALIFIER */
export function checkTemporaryName(cursor: SqlCursor, first: number, objectType: string, parts: readonly string[]): void {
  const qualifier = parts.slice(0, -1);
  if (isSessionQualifier(qualifier)) return;
  const objectName = `\`${parts.at(-1)!}\``, quoted = qualifier.map(part => `\`${part}\``).join(".");
  throw cursor.error(first, "INVALID_TEMP_OBJ_QUALIFIER", "42602", `Temporary ${objectType} ${objectName} cannot be qualified with ${quoted}. Temporary objects can only be qualified with SESSION or SYSTEM.SESSION.`, { objectType, objectName, qualifier: quoted });
}

/** `LIKE 'pattern'`, or the pattern alone. */
export function likePattern(cursor: SqlCursor): string | undefined {
  const isLike = cursor.takeWords("LIKE");
  if (cursor.isKind("string")) return cursor.string();
  if (isLike) throw cursor.fail();
  return undefined;
}

/** The text from a token to the last one taken. */
export const textFrom = (cursor: SqlCursor, first: number): string => {
  const { start, stop } = cursor.originFrom(first);
  return cursor.sql.slice(start, stop);
};
