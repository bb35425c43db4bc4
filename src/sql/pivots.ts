/** PIVOT and UNPIVOT behind a relation. */
import { attribute, type Expression } from "../plan/expressions.ts";
import type { Relation, Unpivot } from "../plan/relations.ts";
import type { SqlCursor } from "./cursor.ts";
import { namedExpression } from "./expressions.ts";
import { tableAlias } from "./table-alias.ts";

/** `PIVOT (sum(x) AS s FOR (a, b) IN ((1, 2) AS p, ...))`. */
export function pivot(cursor: SqlCursor, first: number, input: Relation): Relation {
  cursor.position += 2;
  const aggregates = cursor.list(() => namedExpression(cursor));
  cursor.expectWords("FOR");
  const column = (): Expression => { const at = cursor.position; return attribute([cursor.name()], undefined, cursor.originFrom(at)); };
  let columns: Expression[];
  if (cursor.takeSymbol("(")) {
    columns = cursor.list(column);
    cursor.expectSymbol(")");
  } else columns = [column()];
  cursor.expectWords("IN");
  cursor.expectSymbol("(");
  const values = cursor.list(() => namedExpression(cursor));
  cursor.expectSymbol(")");
  cursor.expectSymbol(")");
  return reshaped(cursor, first, Object.freeze({ kind: "pivot", input, columns, values, aggregates, origin: cursor.originFrom(first) }));
}

/** `UNPIVOT INCLUDE NULLS ((a, b) FOR name IN ((a1, b1) AS x, ...))`. */
export function unpivot(cursor: SqlCursor, first: number, input: Relation): Relation {
  cursor.position++;
  const includeNulls = cursor.takeOneOf("INCLUDE", "EXCLUDE") === "INCLUDE";
  cursor.takeWords("NULLS");
  cursor.expectSymbol("(");
  const isMulti = cursor.isSymbol("("), valueNames = isMulti ? cursor.nameList() : [cursor.name()];
  cursor.expectWords("FOR");
  const variableName = cursor.name();
  cursor.expectWords("IN");
  cursor.expectSymbol("(");
  const column = (): Expression => { const at = cursor.position; return attribute(cursor.names(), undefined, cursor.originFrom(at)); };
  const values = cursor.list((): Unpivot["values"][number] => {
    let columns: Expression[];
    if (isMulti) {
      cursor.expectSymbol("(");
      columns = cursor.list(column);
      cursor.expectSymbol(")");
    } else columns = [column()];
    const isAliased = cursor.takeWords("AS") || cursor.isName();
    return isAliased ? { columns, alias: cursor.name() } : { columns };
  });
  cursor.expectSymbol(")");
  cursor.expectSymbol(")");
  const plan: Relation = Object.freeze({ kind: "unpivot", input, values, variableName, valueNames, includeNulls, origin: cursor.originFrom(first) });
  return reshaped(cursor, first, plan);
}

/** The name behind PIVOT and UNPIVOT, which takes no names of columns. */
function reshaped(cursor: SqlCursor, first: number, input: Relation): Relation {
  const alias = tableAlias(cursor, false);
  return alias === undefined ? input : Object.freeze({ kind: "subquery_alias", input, alias: alias.name, origin: cursor.originFrom(first) });
}
