/**
 * The parser's state for SQL, and the looking ahead that its words need: as no word is reserved, `WHERE` opens a clause
 * only where the text behind it can be one, and is a name everywhere else.
 */
import { TokenCursor } from "../types/token-cursor.ts";

export class SqlCursor extends TokenCursor {
  /** Names that the lambdas around the current place bind, innermost last. */
  readonly lambdaScopes: (readonly string[])[] = [];
  /** How many `?` there were so far. */
  positionalParameters = 0;

  get isCaseSensitive(): boolean { return this.isOn("spark.sql.caseSensitive"); }

  /** Whether an expression can begin here. */
  startsExpression(ahead = 0): boolean {
    const token = this.peek(ahead);
    switch (token.kind) {
      case "word": return !this.startsClause(ahead);
      case "quoted": case "string": case "number": return true;
      case "operator": return "-+~!*(:?".includes(token.text);
      default: return false;
    }
  }

  /** Whether a query can begin here: `SELECT`, `WITH`, `FROM`, `VALUES`, `TABLE` with what belongs behind them, or one in parentheses. */
  startsQuery(ahead = 0): boolean {
    const token = this.peek(ahead);
    if (token.kind === "operator" && token.text === "(") {
      let inner = ahead;
      while (this.isSymbol("(", inner)) inner++;
      if (!this.startsQuery(inner)) return false;
      for (let at = inner - 1; at >= ahead; at--) if (!this.#queryGoesOn(at)) return false;
      return true;
    }
    if (token.kind !== "word") return false;
    switch (token.value) {
      case "SELECT": return this.startsExpression(ahead + 1) || this.isSymbol("/*+", ahead + 1);
      case "FROM": return this.isName(ahead + 1) || this.isSymbol("(", ahead + 1);
      case "VALUES": return this.startsExpression(ahead + 1) && !this.isWord("AS", ahead + 1);
      case "TABLE": return this.isName(ahead + 1) && !this.isWord("AS", ahead + 1);
      case "WITH": return this.isName(ahead + 1) && (this.isSymbol("(", ahead + 2) || this.isWord("AS", ahead + 2) || this.isWord("RECURSIVE", ahead + 1));
      case "MAP": case "REDUCE": return false;
      default: return false;
    }
  }

  /** Whether what stands behind the query in parentheses at `ahead` makes a query of it all. */
  #queryGoesOn(ahead: number): boolean {
    const inner = this.closingOf(ahead + 1);
    if (!this.isSymbol("(", ahead + 1) || inner === undefined) return true;
    const behind = inner - this.position + 1;
    return this.isSymbol(")", behind) || this.isSymbol("|>", behind) || this.startsSetOperation(behind) || this.startsOrganization(behind);
  }

  startsSetOperation(ahead = 0): boolean {
    if (!this.isOneOf(["UNION", "EXCEPT", "MINUS", "INTERSECT"], ahead)) return false;
    const behind = this.isOneOf(["ALL", "DISTINCT"], ahead + 1) ? ahead + 2 : ahead + 1;
    // `UNION BY NAME` and its kin are no SQL of Spark's: let the error be at BY.
    return this.isOneOf(["SELECT", "FROM", "VALUES", "TABLE", "MAP", "REDUCE", "BY"], behind) || this.isSymbol("(", behind);
  }

  /** ORDER BY, LIMIT and what else stands behind a whole query. */
  startsOrganization(ahead = 0): boolean {
    const token = this.peek(ahead);
    if (token.kind !== "word") return false;
    switch (token.value) {
      case "ORDER": case "CLUSTER": case "DISTRIBUTE": case "SORT": return this.isWord("BY", ahead + 1) && this.startsExpression(ahead + 2);
      case "LIMIT": case "OFFSET": return this.startsExpression(ahead + 1);
      case "WINDOW": return this.isName(ahead + 1) && this.isWord("AS", ahead + 1 + this.nameLength(ahead + 1));
      default: return false;
    }
  }

  /** Whether a word here opens a clause of a query (or goes on with it), rather than being a name. */
  startsClause(ahead = 0): boolean {
    const token = this.peek(ahead);
    if (token.kind !== "word") return false;
    switch (token.value) {
      case "FROM": return this.isSymbol("(", ahead + 1) || (this.isName(ahead + 1) && !this.isWord("AS", ahead + 1) && !this.deeper(() => this.startsClause(ahead + 1)));
      case "WHERE": case "HAVING": case "QUALIFY": return this.startsExpression(ahead + 1) && !this.isWord("AS", ahead + 1);
      case "GROUP": return this.isWord("BY", ahead + 1);
      case "LATERAL": return this.isWord("VIEW", ahead + 1);
      default: return this.startsSetOperation(ahead) || this.startsOrganization(ahead);
    }
  }
}
