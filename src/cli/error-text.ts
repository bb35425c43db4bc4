/** An error as the command line prints it: condition, message, the line of SQL with a mark under the place, hint. */
import type { MillraceError } from "../base/errors.ts";

/** `sql`: the statement that was given, if the error's places are offsets into it. */
export function errorText(error: MillraceError, sql?: string): string {
  let text = `[${error.condition}] ${error.text.trimEnd()}${/SQLSTATE/.test(error.text) ? "" : ` SQLSTATE: ${error.sqlState}`}\n`;
  for (const { callSite, fragment, startIndex, stopIndex } of error.queryContext) {
    if (sql !== undefined && stopIndex > 0 && startIndex <= sql.length) {
      const from = sql.lastIndexOf("\n", startIndex - 1) + 1, end = sql.indexOf("\n", startIndex), line = sql.slice(from, end < 0 ? sql.length : end);
      const column = startIndex - from, width = Math.max(1, Math.min(stopIndex - startIndex, line.length - column));
      // Long lines are cut around the place.
      const cut = Math.max(0, column - 60), shown = line.slice(cut, cut + 120);
      text += `  ${shown}\n  ${" ".repeat(column - cut)}${"^".repeat(Math.min(width, 120 - (column - cut)))}\n`;
    } else if (callSite !== undefined) text += `  at ${callSite}\n`;
    else if (fragment !== "") text += `  at: ${fragment}\n`;
  }
  if (error.hint !== undefined) text += `  hint: ${error.hint}\n`;
  return text;
}
