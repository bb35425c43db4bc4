/** Cursors: DECLARE ... CURSOR, OPEN, FETCH, CLOSE. */
import type { CloseCursor, DeclareCursor, FetchCursor, OpenCursor } from "../../plan/script.ts";
import type { Origin } from "../../plan/expressions.ts";
import { usingArguments } from "../commands/variables.ts";
import type { SqlCursor } from "../cursor.ts";
import { query } from "../query.ts";
import type { ScriptScope } from "./scope.ts";

/** Cursors are behind a setting, as in Spark 4.3. */
function checkEnabled(cursor: SqlCursor, first: number): void {
  if (cursor.isOn("spark.sql.scripting.cursorEnabled")) return;
  cursor.refuse(cursor.error(first, "UNSUPPORTED_FEATURE.SQL_CURSOR", "0A000", "The feature is not supported: SQL cursor operations (DECLARE CURSOR, OPEN, FETCH, CLOSE) are not supported.", {}, 'set "spark.sql.scripting.cursorEnabled" to true'));
}

/** `c [ASENSITIVE | INSENSITIVE] CURSOR FOR query [FOR READ ONLY]`, behind DECLARE. */
export function declareCursor(cursor: SqlCursor, first: number, scope: ScriptScope): DeclareCursor {
  const name = cursor.name();
  cursor.takeOneOf("ASENSITIVE", "INSENSITIVE");
  cursor.expectWords("CURSOR", "FOR");
  if (!cursor.startsQuery()) throw cursor.fail();
  let end = cursor.position;
  while (cursor.tokens[end]!.kind !== "end" && cursor.tokens[end]!.text !== ";") end++;
  const isReadOnly = ["FOR", "READ", "ONLY"].every((word, i) => cursor.tokens[end - 3 + i]!.value === word);
  const plan = isReadOnly ? cursor.until(end - 3, () => query(cursor)) : query(cursor);
  if (isReadOnly) cursor.expectWords("FOR", "READ", "ONLY");
  checkEnabled(cursor, first);
  if (!scope.allows("cursor")) cursor.refuse(cursor.error(first, "INVALID_CURSOR_DECLARATION", "42601", "Cursors must be declared after variable/condition declarations, and before handlers and other statements."));
  return Object.freeze({ kind: "declare_cursor", name, query: plan, origin: cursor.originFrom(first) });
}

/** `OPEN c [USING 1, x AS name]`, `FETCH [[NEXT] FROM] c INTO a, b`, `CLOSE c`. */
export function cursorStatement(cursor: SqlCursor, first: number): OpenCursor | FetchCursor | CloseCursor {
  const word = cursor.next().value;
  if (word === "FETCH" && cursor.isName(1) && !cursor.isWord("INTO", 1)) {
    if (cursor.isWord("FROM", 1)) cursor.takeWords("NEXT");
    cursor.takeWords("FROM");
  }
  const name = cursor.names();
  const into: (readonly string[])[] = [], intoOrigins: Origin[] = [];
  let using: ReturnType<typeof usingArguments> = [];
  if (word === "OPEN") using = usingArguments(cursor);
  else if (word === "FETCH") {
    cursor.expectWords("INTO");
    cursor.list(() => {
      const at = cursor.position;
      into.push(cursor.names());
      intoOrigins.push(cursor.originFrom(at));
    });
  }
  checkEnabled(cursor, first);
  if (name.length > 2) {
    const cursorName = name.map(part => `\`${part}\``).join(".");
    cursor.refuse(cursor.error(first, "CURSOR_REFERENCE_INVALID_QUALIFIER", "42601", `Cursor reference ${cursorName} is invalid. Cursor references can only have at most one qualifier (e.g., label.cursor).`, { cursorName }));
  }
  const origin = cursor.originFrom(first);
  return Object.freeze(word === "OPEN" ? { kind: "open_cursor", name, using, origin } : word === "FETCH" ? { kind: "fetch_cursor", name, into, intoOrigins, origin } : { kind: "close_cursor", name, origin });
}
