/** The alias of a table, and what may stand behind a relation in the place of one. */
import { AUTO_ALIAS, type Relation } from "../plan/relations.ts";
import { NO_TABLE_ALIAS } from "../types/keywords.ts";
import type { SqlCursor } from "./cursor.ts";
import { startsAsOf, startsMatchCondition, startsNearest } from "./special-joins.ts";
import { startsWatermark } from "./watermarks.ts";

interface TableAlias { readonly name: string; readonly columnNames?: readonly string[] }

export function tableAlias(cursor: SqlCursor, mayHaveColumns = true): TableAlias | undefined {
  if (mayHaveColumns && cursor.isWord("AS") && cursor.isSymbol("(", 1) && startsColumns(cursor, 1)) {
    cursor.position++;
    return { name: AUTO_ALIAS, columnNames: cursor.nameList() };
  }
  const isExplicit = cursor.isWord("AS") && cursor.isName(1);
  if (isExplicit) cursor.position++;
  else {
    if (!cursor.isName() || startsExtension(cursor)) return undefined;
    if (cursor.isWord("INSERT") && cursor.isOneOf(["INTO", "OVERWRITE"], 1)) return undefined;
    if (cursor.isKind("word") && (NO_TABLE_ALIAS.has(cursor.peek().value) || cursor.startsClause() || cursor.isWord("AS") || (cursor.isWord("SELECT") && cursor.startsQuery()))) return undefined;
  }
  const name = cursor.name({ tableAlias: true });
  const hasColumns = mayHaveColumns && startsColumns(cursor, 0);
  return hasColumns ? { name, columnNames: cursor.nameList() } : { name };
}

/** Whether a list of column names stands at `ahead`. */
const startsColumns = (cursor: SqlCursor, ahead: number): boolean =>
  cursor.isSymbol("(", ahead) && cursor.isName(ahead + 1) && [",", ")", "-"].some(symbol => cursor.isSymbol(symbol, ahead + 1 + cursor.nameLength(ahead + 1)));

export function aliased(cursor: SqlCursor, first: number, input: Relation, isQuery: boolean): Relation {
  const alias = tableAlias(cursor);
  if (alias === undefined && !isQuery) return input;
  return Object.freeze({
    kind: "subquery_alias", input, alias: alias?.name ?? AUTO_ALIAS, origin: cursor.originFrom(first),
    ...(alias?.columnNames === undefined ? {} : { columnNames: alias.columnNames }),
  });
}

/** A word that goes on with a relation where an alias could stand. */
export function startsExtension(cursor: SqlCursor, ahead = 0): boolean {
  return (cursor.isWord("TABLESAMPLE", ahead) && cursor.isSymbol("(", ahead + 1)) || startsPivot(cursor, ahead) || startsUnpivot(cursor, ahead)
    || startsWatermark(cursor, ahead) || startsAsOf(cursor, ahead) || startsMatchCondition(cursor, ahead) || startsNearest(cursor, ahead);
}

export function startsPivot(cursor: SqlCursor, ahead = 0): boolean {
  return cursor.isWord("PIVOT", ahead) && cursor.isSymbol("(", ahead + 1);
}

export function startsUnpivot(cursor: SqlCursor, ahead = 0): boolean {
  return cursor.isWord("UNPIVOT", ahead) && (cursor.isSymbol("(", ahead + 1) || (cursor.isOneOf(["INCLUDE", "EXCLUDE"], ahead + 1) && cursor.isWord("NULLS", ahead + 2)));
}
