/**
 * Expressions: a Pratt parser over the operators of Spark SQL. What stands between operators is in primary.ts. Operators
 * become calls under Spark's function names (`+`, `=`, `and`, `not`, `like`, `isnull`, `between` ...).
 */
import { call, literal, type Expression, type Literal, type Subquery } from "../plan/expressions.ts";
import { BOOLEAN, STRING } from "../types/data-type.ts";
import type { SqlCursor } from "./cursor.ts";
import { colonName, primary } from "./primary.ts";
import { query } from "./query.ts";

/** Binding powers, loosest first; 3 is NOT's, which stands in front. */
const OR = 1, AND = 2, PREDICATE = 4, COMPARISON = 5, BIT_OR = 6, BIT_XOR = 7, BIT_AND = 8, SHIFT = 9, ADDITIVE = 10, MULTIPLICATIVE = 11;

const SYMBOLS: Readonly<Record<string, readonly [power: number, name: string]>> = {
  "=": [COMPARISON, "="], "==": [COMPARISON, "="], "<=>": [COMPARISON, "<=>"], "<>": [COMPARISON, "<>"], "!=": [COMPARISON, "<>"],
  "<": [COMPARISON, "<"], "<=": [COMPARISON, "<="], "!>": [COMPARISON, "<="], ">=": [COMPARISON, ">="], "!<": [COMPARISON, ">="],
  "|": [BIT_OR, "|"], "^": [BIT_XOR, "^"], "&": [BIT_AND, "&"], "<<": [SHIFT, "<<"],
  "+": [ADDITIVE, "+"], "-": [ADDITIVE, "-"], "||": [ADDITIVE, "concat"],
  "*": [MULTIPLICATIVE, "*"], "/": [MULTIPLICATIVE, "/"], "%": [MULTIPLICATIVE, "%"],
};

/** Any expression. */
export function expression(cursor: SqlCursor): Expression {
  return cursor.deeper(() => binary(cursor, OR));
}

/** What Spark's grammar calls a value: no AND, OR, NOT or predicate outside parentheses. */
export function valueExpression(cursor: SqlCursor): Expression {
  return cursor.deeper(() => binary(cursor, COMPARISON));
}

/** An expression and its alias: `a + 1 AS b`, `a b`, `explode(m) AS (k, v)`. */
export function namedExpression(cursor: SqlCursor): Expression {
  const first = cursor.position, child = expression(cursor);
  if (cursor.isWord("AS") && (cursor.isName(1) || cursor.isSymbol("(", 1))) {
    cursor.position++;
    const names = cursor.isSymbol("(") ? cursor.nameList() : [cursor.name()];
    return Object.freeze({ kind: "alias", child, names, origin: cursor.originFrom(first) });
  }
  if (cursor.isSymbol("(") && cursor.isName(1) && (cursor.isSymbol(",", 2) || cursor.isSymbol(")", 2))) {
    return Object.freeze({ kind: "alias", child, names: cursor.nameList(), origin: cursor.originFrom(first) });
  }
  if (startsAlias(cursor)) return Object.freeze({ kind: "alias", child, names: [cursor.name()], origin: cursor.originFrom(first) });
  const name = colonName(child);
  return name === undefined ? child : Object.freeze({ kind: "alias", child, names: [name], origin: cursor.originFrom(first) });
}

/** Whether a name without AS stands here. A second SELECT is never one: a comma or a semicolon is missing in front of it. */
function startsAlias(cursor: SqlCursor): boolean {
  if (!cursor.isName() || cursor.startsClause()) return false;
  if (!cursor.isKind("word")) return true;
  switch (cursor.peek().value) {
    case "SELECT": return false;
    case "INSERT": return !cursor.isOneOf(["INTO", "OVERWRITE"], 1);
    // PIVOT (sum(x) FOR k IN (...)), WATERMARK ts DELAY OF ...
    case "FOR": return !(cursor.isName(1) || cursor.isSymbol("(", 1));
    case "DELAY": return !cursor.isWord("OF", 1);
    default: return true;
  }
}

interface Infix { readonly power: number; readonly name: string; readonly length: number }

/** The operator at the current place, if one is there and the text behind it can be its operand. */
function infixHere(cursor: SqlCursor): Infix | undefined {
  const token = cursor.peek();
  if (token.kind === "operator") {
    if (token.text === ">") return closingAngles(cursor);
    if (token.text === "!" && cursor.isOneOf(["IN", "LIKE", "ILIKE", "RLIKE", "REGEXP", "BETWEEN"], 1)) return { power: PREDICATE, name: "NOT", length: 1 };
    const entry = SYMBOLS[token.text];
    return entry === undefined ? undefined : { power: entry[0], name: entry[1], length: 1 };
  }
  if (token.kind !== "word") return undefined;
  const operand = (power: number, name = token.value): Infix | undefined => cursor.startsExpression(1) ? { power, name, length: 1 } : undefined;
  switch (token.value) {
    case "OR": return operand(OR, "or");
    case "AND": return operand(AND, "and");
    case "DIV": return operand(MULTIPLICATIVE, "div");
    case "LIKE": case "ILIKE": case "RLIKE": case "REGEXP": case "BETWEEN": return operand(PREDICATE);
    case "IN": return cursor.isSymbol("(", 1) ? { power: PREDICATE, name: "IN", length: 1 } : undefined;
    case "IS": return cursor.isOneOf(["NULL", "NOT", "TRUE", "FALSE", "UNKNOWN", "DISTINCT"], 1) ? { power: PREDICATE, name: "IS", length: 1 } : undefined;
    case "NOT": return cursor.isOneOf(["IN", "LIKE", "ILIKE", "RLIKE", "REGEXP", "BETWEEN"], 1) ? { power: PREDICATE, name: "NOT", length: 1 } : undefined;
    default: return undefined;
  }
}

/** `>`, `>>` or `>>>`: the lexer leaves the angles apart. */
function closingAngles(cursor: SqlCursor): Infix {
  let length = 1;
  while (length < 3 && cursor.isSymbol(">", length) && cursor.peek(length).start === cursor.peek(length - 1).stop) length++;
  return length === 1 ? { power: COMPARISON, name: ">", length } : { power: SHIFT, name: ">".repeat(length), length };
}

function binary(cursor: SqlCursor, least: number): Expression {
  const first = cursor.position;
  // What NOT and predicates give takes part in AND and OR only.
  let most = MULTIPLICATIVE, left: Expression;
  const isNot = least <= PREDICATE && (cursor.isSymbol("!") || (cursor.isWord("NOT") && cursor.startsExpression(1)));
  if (isNot) {
    cursor.position++;
    const operand = cursor.deeper(() => binary(cursor, PREDICATE));
    left = call("not", [operand], cursor.originFrom(first));
    most = AND;
  } else {
    left = unary(cursor);
  }
  for (;;) {
    const infix = infixHere(cursor);
    if (infix === undefined || infix.power < least || infix.power > most) return left;
    if (infix.power <= AND) left = chain(cursor, first, left, infix);
    else if (infix.power === PREDICATE) {
      left = predicate(cursor, first, left);
      most = AND;
    } else if (infix.name === "concat") {
      left = concatenation(cursor, first, left);
      most = Math.min(most, infix.power);
    } else if (CHAINED.has(infix.name)) {
      left = operators(cursor, first, left, infix.power);
      most = Math.min(most, infix.power);
    } else {
      cursor.position += infix.length;
      const right = binary(cursor, infix.power + 1), origin = cursor.originFrom(first);
      left = infix.name === "<>" ? call("not", [call("=", [left, right], origin)], origin) : call(infix.name, [left, right], origin);
      most = Math.min(most, infix.power);
    }
  }
}

/** How many operands of one operator are nested as they stand; of those that may be grouped otherwise, more make a balanced tree. */
const LONG = 64;

/** Operators whose chains may be long. */
const CHAINED: ReadonlySet<string> = new Set(["+", "-", "*", "/", "%", "div", "&", "|", "^"]);

/** `a + b - c ...`, from the left: nested calls, or one node where they would nest too deeply. */
function operators(cursor: SqlCursor, first: number, head: Expression, power: number): Expression {
  const operands = [head], names: string[] = [];
  let left = head;
  for (;;) {
    const infix = infixHere(cursor);
    if (infix?.power !== power || !CHAINED.has(infix.name)) break;
    cursor.position += infix.length;
    const right = binary(cursor, power + 1);
    operands.push(right);
    names.push(infix.name);
    if (names.length <= LONG) left = call(infix.name, [left, right], cursor.originFrom(first));
  }
  return names.length <= LONG ? left : Object.freeze({ ...call(names[0]!, operands, cursor.originFrom(first)), operators: names });
}

/** `a || b || c ...`: which two are joined first makes no difference. */
function concatenation(cursor: SqlCursor, first: number, head: Expression): Expression {
  const operands = [head];
  let left = head;
  for (;;) {
    const infix = infixHere(cursor);
    if (infix?.name !== "concat") break;
    cursor.position += infix.length;
    const right = binary(cursor, infix.power + 1);
    operands.push(right);
    if (operands.length <= LONG) left = call("concat", [left, right], cursor.originFrom(first));
  }
  return operands.length <= LONG ? left : balanced(cursor, first, "concat", operands);
}

/** `a AND b AND c ...` as a balanced tree, so that the longest chain stays shallow. */
function chain(cursor: SqlCursor, first: number, left: Expression, { power, name }: Infix): Expression {
  const operands = [left];
  for (;;) {
    const infix = infixHere(cursor);
    if (infix === undefined || infix.power !== power) break;
    cursor.position += infix.length;
    operands.push(binary(cursor, power + 1));
  }
  return balanced(cursor, first, name, operands);
}

function balanced(cursor: SqlCursor, first: number, name: string, operands: readonly Expression[]): Expression {
  const whole = cursor.originFrom(first);
  const build = (low: number, high: number): Expression => {
    if (low === high) return operands[low]!;
    const middle = low + ((high - low) >> 1), left = build(low, middle), right = build(middle + 1, high);
    return call(name, [left, right], { sql: cursor.sql, start: left.origin?.start ?? whole.start, stop: right.origin?.stop ?? whole.stop });
  };
  return build(0, operands.length - 1);
}

/** BETWEEN, IN, LIKE and its kin, IS: what stands behind a value. */
function predicate(cursor: SqlCursor, first: number, value: Expression): Expression {
  if (cursor.isSymbol("!")) {
    throw cursor.error(cursor.position, "SYNTAX_DISCONTINUED.BANG_EQUALS_NOT", "42601",
      "Support of the clause or keyword: \"!\" has been discontinued in this context. The '!' keyword is only supported as an alias for the prefix operator 'NOT'. Use the 'NOT' keyword instead for infix clauses such as `NOT LIKE`, `NOT IN`, `NOT BETWEEN`, etc.", { clause: "!" });
  }
  const isNegated = cursor.takeWords("NOT");
  const not = (child: Expression): Expression => isNegated ? call("not", [child], cursor.originFrom(first)) : child;
  const make = (name: string, ...args: Expression[]): Expression => call(name, args, cursor.originFrom(first));
  const kind = cursor.next().value;
  switch (kind) {
    case "BETWEEN": {
      const low = valueExpression(cursor);
      cursor.expectWords("AND");
      return not(make("between", value, low, valueExpression(cursor)));
    }
    case "IN": return not(inPredicate(cursor, first, value));
    case "RLIKE": case "REGEXP": return not(make("rlike", value, valueExpression(cursor)));
    case "LIKE": case "ILIKE": {
      const name = kind.toLowerCase();
      const quantifier = cursor.isSymbol("(", 1) ? cursor.takeOneOf("ANY", "SOME", "ALL") : undefined;
      if (quantifier !== undefined) {
        cursor.expectSymbol("(");
        if (cursor.isSymbol(")")) throw cursor.error(first, "INVALID_SQL_SYNTAX.EMPTY_QUANTIFIED_PATTERN", "42000", "Invalid SQL syntax: Expected something between '(' and ')'.");
        const patterns = cursor.list(() => expression(cursor));
        cursor.expectSymbol(")");
        if (patterns.every((pattern): pattern is Literal => pattern.kind === "literal" && pattern.type.kind === "string")) {
          const texts = kind === "LIKE" ? patterns : patterns.map(pattern => ({ ...pattern, value: (pattern.value as string).toLowerCase() }));
          return make(`${isNegated ? "not " : ""}like ${quantifier === "ALL" ? "all" : "any"}`, kind === "LIKE" ? value : make("lower", value), ...texts);
        }
        return balanced(cursor, first, quantifier === "ALL" ? "and" : "or", patterns.map(pattern => not(make(name, value, pattern))));
      }
      const pattern = valueExpression(cursor);
      if (!(cursor.isWord("ESCAPE") && cursor.isKind("string", 1))) return not(make(name, value, pattern));
      cursor.position++;
      const at = cursor.position, escape = cursor.string();
      if ([...escape].length !== 1) throw cursor.error(at, "INVALID_ESC", "42604", `Found an invalid escape string: '${escape}'. The escape string must contain only one character.`, { invalidEscape: `'${escape}'` });
      return not(make(name, value, pattern, literal(escape, STRING, cursor.originFrom(at))));
    }
    default: return isPredicate(cursor, first, value);
  }
}

function isPredicate(cursor: SqlCursor, first: number, value: Expression): Expression {
  const isNegated = cursor.takeWords("NOT");
  const make = (name: string, ...args: Expression[]): Expression => call(name, args, cursor.originFrom(first));
  const negate = (child: Expression, when: boolean): Expression => when ? make("not", child) : child;
  const at = cursor.position, kind = cursor.takeOneOf("NULL", "TRUE", "FALSE", "UNKNOWN", "DISTINCT");
  switch (kind) {
    case "NULL": case "UNKNOWN": return make(isNegated ? "isnotnull" : "isnull", value);
    case "TRUE": case "FALSE": return negate(make("<=>", value, literal(kind === "TRUE", BOOLEAN, cursor.originFrom(at))), isNegated);
    case "DISTINCT": {
      cursor.expectWords("FROM");
      return negate(make("<=>", value, valueExpression(cursor)), !isNegated);
    }
    default: throw cursor.fail();
  }
}

function inPredicate(cursor: SqlCursor, first: number, value: Expression): Expression {
  if (!cursor.isSymbol("(")) throw cursor.fail();
  if (cursor.isSymbol(")", 1)) {
    throw cursor.error(first, "INVALID_SQL_SYNTAX.EMPTY_IN_PREDICATE", "42000", "Invalid SQL syntax: The IN predicate requires at least one value.");
  }
  // `IN (SELECT '10')` is a list with a typed literal: an expression comes before a query.
  const isTypedLiteral = cursor.isWord("SELECT", 1) && cursor.isKind("string", 2) && (cursor.isSymbol(")", 3) || cursor.isSymbol(",", 3));
  // So is `IN ((SELECT 1))` a list with one scalar subquery.
  const inner = cursor.isSymbol("(", 1) ? cursor.closingOf(1) : undefined;
  const isScalar = inner !== undefined && inner + 1 === cursor.closingOf(0);
  if (cursor.startsQuery() && !isTypedLiteral && !isScalar) {
    cursor.position++;
    const plan = query(cursor);
    cursor.expectSymbol(")");
    return Object.freeze<Subquery>({ kind: "subquery", form: "in", plan, values: rowValues(value), origin: cursor.originFrom(first) });
  }
  cursor.position++;
  const values = cursor.list(() => expression(cursor));
  cursor.expectSymbol(")");
  return Object.freeze({ kind: "in_list", child: value, values, origin: cursor.originFrom(first) });
}

/** `(a, b) IN (SELECT ...)` compares by column. */
export function rowValues(value: Expression): readonly Expression[] {
  if (value.kind !== "unresolved_function") return [value];
  if (value.name === "named_struct" && value.args.every((arg, i) => i % 2 === 1 || arg.kind === "literal")) return value.args.filter((_, i) => i % 2 === 1);
  return [value];
}

function unary(cursor: SqlCursor): Expression {
  const token = cursor.peek();
  if (token.kind !== "operator" || (token.text !== "-" && token.text !== "+" && token.text !== "~")) return primary(cursor);
  // The minus directly in front of a number belongs to it.
  if (token.text === "-" && cursor.isKind("number", 1)) return primary(cursor);
  const first = cursor.position++;
  const operand = cursor.deeper(() => unary(cursor));
  return call(token.text, [operand], cursor.originFrom(first));
}
