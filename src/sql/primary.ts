/** What stands between operators: literals, names, calls, CASE, CAST, subqueries, lambdas, and what follows them: `[i]`, `.f`, `::type`. */
import { AnalysisError } from "../base/errors.ts";
import { attribute, call, literal, type CaseWhen, type Expression, type Lambda, type Subquery, type UnresolvedStar } from "../plan/expressions.ts";
import { BOOLEAN, STRING, VOID, type DataType } from "../types/data-type.ts";
import { dataType } from "../types/ddl.ts";
import type { ParserSettings } from "../types/token-cursor.ts";
import { SqlCursor } from "./cursor.ts";
import { expression, namedExpression, valueExpression } from "./expressions.ts";
import { functionCall } from "./functions.ts";
import { intervalLiteral, numberLiteral, startsInterval, stringLiteral, typedLiteral } from "./literals.ts";
import { query } from "./query.ts";

/** Names that `v:a.b` gives itself. */
export const colonName = (node: Expression): string | undefined => node.kind === "unresolved_function" ? node.pathName : undefined;

export function primary(cursor: SqlCursor): Expression {
  const first = cursor.position;
  const isClause = cursor.isWord("IDENTIFIER") && cursor.isSymbol("(", 1);
  let node = operand(cursor);
  for (;;) {
    if (cursor.takeSymbol("::")) {
      node = Object.freeze({ kind: "cast", child: node, to: castType(cursor), evalMode: "default", origin: cursor.originFrom(first) });
    } else if (cursor.takeSymbol("[")) {
      const extraction = valueExpression(cursor);
      cursor.expectSymbol("]");
      node = Object.freeze({ kind: "extract_value", child: node, extraction, origin: cursor.originFrom(first) });
    } else if (cursor.isSymbol(".") && cursor.isName(1)) {
      cursor.position++;
      const at = cursor.position, name = cursor.name({ beforeExpression: true });
      node = node.kind === "unresolved_attribute" && !isClause
        ? attribute([...node.nameParts, name], undefined, cursor.originFrom(first))
        : Object.freeze({ kind: "extract_value", child: node, extraction: literal(name, STRING, cursor.originFrom(at)), origin: cursor.originFrom(first) });
    } else if (cursor.isSymbol(".") && cursor.isSymbol("*", 1) && node.kind === "unresolved_attribute") {
      cursor.position++;
      return star(cursor, first, node.nameParts);
    } else if (cursor.isWord("COLLATE") && cursor.isName(1)) {
      cursor.position++;
      const at = cursor.position, name = cursor.names().join(".");
      node = call("collate", [node, literal(name, STRING, cursor.originFrom(at))], cursor.originFrom(first));
    } else if (cursor.isSymbol(":") && (cursor.isName(1) || cursor.isSymbol("[", 1))) {
      node = colonPath(cursor, first, node);
    } else {
      return node;
    }
  }
}

/** `v:a.b[0]['c']`: a path into a VARIANT. */
function colonPath(cursor: SqlCursor, first: number, node: Expression): Expression {
  const colon = cursor.position++;
  let path = "$", name: string | undefined;
  const step = (text: string): void => { path += /^[A-Za-z_][A-Za-z0-9_]*$/.test(text) ? `.${text}` : `['${text.replaceAll("'", "\\'")}']`; name = text; };
  // A name in backticks is a piece of the path as it stands: dots in it part names.
  const piece = (text: string): void => { for (const part of text.split(".")) step(part); };
  const named = (): void => { const token = cursor.next(); if (token.kind === "quoted") piece(token.value); else step(token.text); };
  if (cursor.isName()) named();
  for (;;) {
    if (cursor.isSymbol(".") && cursor.isName(1)) {
      cursor.position++;
      named();
    } else if (cursor.isSymbol("[") && cursor.isKind("number", 1) && cursor.isSymbol("]", 2)) {
      path += `[${cursor.peek(1).value}]`;
      cursor.position += 3;
    } else if (cursor.isSymbol("[") && cursor.isKind("string", 1) && cursor.isSymbol("]", 2)) {
      step(cursor.peek(1).value);
      cursor.position += 3;
    } else break;
  }
  const origin = cursor.originFrom(first);
  const result = call("variant_get", [node, literal(path, STRING, cursor.originFrom(colon)), literal("variant", STRING, origin)], origin);
  return name === undefined ? result : Object.freeze({ ...result, pathName: name });
}

/** Stands for a literal that is refused when the rest is read. */
const UNREAD = literal(null, VOID, undefined);

function operand(cursor: SqlCursor): Expression {
  const first = cursor.position, token = cursor.peek();
  switch (token.kind) {
    case "number": return cursor.built(() => numberLiteral(cursor), UNREAD);
    case "string": return stringLiteral(cursor);
    case "quoted": return named(cursor);
    case "word": return word(cursor);
    case "operator":
      switch (token.text) {
        case "-": if (cursor.isKind("number", 1)) return cursor.built(() => numberLiteral(cursor), UNREAD); break;
        case "*": return star(cursor, first, []);
        case "(": return parenthesized(cursor);
        case "?":
          cursor.position++;
          return Object.freeze({ kind: "parameter", name: cursor.positionalParameters++, origin: cursor.originFrom(first) });
        case ":": {
          if (!cursor.isName(1)) break;
          cursor.position++;
          const name = cursor.next();
          return Object.freeze({ kind: "parameter", name: name.kind === "quoted" ? name.value : name.text, origin: cursor.originFrom(first) });
        }
      }
      throw cursor.fail();
    default: throw cursor.fail();
  }
}

function star(cursor: SqlCursor, first: number, target: readonly string[]): UnresolvedStar {
  cursor.expectSymbol("*");
  const isExcept = cursor.isWord("EXCEPT") && cursor.isSymbol("(", 1) && cursor.isName(2) && (cursor.isSymbol(",", 3) || cursor.isSymbol(")", 3) || cursor.isSymbol(".", 3));
  if (!isExcept) return Object.freeze({ kind: "unresolved_star", target, origin: cursor.originFrom(first) });
  cursor.position += 2;
  const except = cursor.list(() => cursor.names());
  cursor.expectSymbol(")");
  return Object.freeze({ kind: "unresolved_star", target, except, origin: cursor.originFrom(first) });
}

/** At `(`: a subquery, a lambda's parameters, a row, or just an expression. */
function parenthesized(cursor: SqlCursor): Expression {
  const first = cursor.position;
  if (cursor.startsQuery()) {
    cursor.position++;
    const plan = query(cursor);
    cursor.expectSymbol(")");
    return Object.freeze<Subquery>({ kind: "subquery", form: "scalar", plan, origin: cursor.originFrom(first) });
  }
  // Parentheses in parentheses say no more than one pair.
  let doubled = 0;
  for (; cursor.isSymbol("(", 1) && cursor.closingOf(1) !== undefined && cursor.closingOf(1)! + 1 === cursor.closingOf(0); doubled++) cursor.position++;
  const inner = oneOrMore(cursor, cursor.position);
  for (; doubled > 0; doubled--) cursor.expectSymbol(")");
  return inner;
}

/** At `(`, which opens no query. */
function oneOrMore(cursor: SqlCursor, first: number): Expression {
  const close = cursor.closingOf(0);
  if (close !== undefined && cursor.tokens[close + 1]?.text === "->") return lambda(cursor, first, cursor.nameList());
  cursor.position++;
  const items = cursor.list(() => namedExpression(cursor)), only = items[0]!;
  // Names are for the fields of a row; a path into a VARIANT named itself.
  const isNamed = only.kind === "alias" && colonName(only.child) === undefined;
  if (items.length === 1 && isNamed) throw cursor.failAt(cursor.position - 1);
  cursor.expectSymbol(")");
  if (items.length === 1) return only.kind === "alias" ? only.child : only;
  if (items.some(item => item.kind === "unresolved_star")) return call("struct", items, cursor.originFrom(first));
  const fields = items.flatMap((item, i) => {
    const name = item.kind === "alias" ? item.names[0]! : item.kind === "unresolved_attribute" ? item.nameParts.at(-1)! : item.kind === "lambda_variable" ? item.name : `col${i + 1}`;
    return [literal(name, STRING, item.origin), item.kind === "alias" ? item.child : item];
  });
  return call("named_struct", fields, cursor.originFrom(first));
}

/** Behind the parameters, at `->`. */
function lambda(cursor: SqlCursor, first: number, params: readonly string[]): Lambda {
  cursor.expectSymbol("->");
  cursor.lambdaScopes.push(params);
  try {
    const body = expression(cursor);
    return Object.freeze({ kind: "lambda", params, body, origin: cursor.originFrom(first) });
  } finally {
    cursor.lambdaScopes.pop();
  }
}

function word(cursor: SqlCursor): Expression {
  const first = cursor.position, token = cursor.peek();
  const constant = (value: null | boolean, type: DataType): Expression => {
    cursor.position++;
    return literal(value, type, cursor.originFrom(first));
  };
  switch (token.value) {
    case "NULL": return constant(null, VOID);
    case "TRUE": return constant(true, BOOLEAN);
    case "FALSE": return constant(false, BOOLEAN);
    case "CASE": if (startsCase(cursor)) return caseWhen(cursor); break;
    case "CAST": case "TRY_CAST": if (cursor.isSymbol("(", 1)) return cast(cursor); break;
    case "EXISTS":
      if (cursor.isSymbol("(", 1) && cursor.startsQuery(1)) {
        cursor.position += 2;
        const plan = query(cursor);
        cursor.expectSymbol(")");
        return Object.freeze<Subquery>({ kind: "subquery", form: "exists", plan, origin: cursor.originFrom(first) });
      }
      break;
    case "INTERVAL": if (startsInterval(cursor)) return cursor.built(() => intervalLiteral(cursor), UNREAD); break;
    case "IDENTIFIER": if (cursor.isSymbol("(", 1)) return identifierClause(cursor); break;
  }
  if (cursor.isKind("string", 1)) return cursor.built(() => typedLiteral(cursor), UNREAD);
  return named(cursor);
}

/** A name, a call, or a lambda of one parameter. */
function named(cursor: SqlCursor): Expression {
  const first = cursor.position;
  if (cursor.isSymbol("->", 1)) return lambda(cursor, first, [cursor.name()]);
  const parts = [cursor.name({ beforeExpression: true, plain: true })];
  while (cursor.isSymbol(".") && cursor.isName(1)) {
    cursor.position++;
    parts.push(cursor.name({ beforeExpression: true, plain: true }));
  }
  if (cursor.isSymbol("(")) return functionCall(cursor, first, parts);
  return variableOrAttribute(cursor, first, parts);
}

function variableOrAttribute(cursor: SqlCursor, first: number, parts: readonly string[]): Expression {
  const fold = (name: string): string => cursor.isCaseSensitive ? name : name.toLowerCase();
  const head = fold(parts[0]!), origin = cursor.originFrom(first);
  for (let i = cursor.lambdaScopes.length - 1; i >= 0; i--) {
    const param = cursor.lambdaScopes[i]!.find(name => fold(name) === head);
    if (param === undefined) continue;
    return parts.slice(1).reduce<Expression>(
      (child, name) => Object.freeze({ kind: "extract_value", child, extraction: literal(name, STRING, origin), origin }),
      Object.freeze({ kind: "lambda_variable", name: param, origin: Object.freeze({ ...origin, stop: cursor.tokens[first]!.stop }) }));
  }
  return attribute(parts, undefined, origin);
}

/** Whether a CASE opens a case expression: somewhere behind it, before the parenthesis around it closes, is a WHEN. */
function startsCase(cursor: SqlCursor): boolean {
  if (!cursor.startsExpression(1)) return false;
  for (let ahead = 1; !cursor.isKind("end", ahead) && !cursor.isSymbol(")", ahead); ahead++) {
    if (cursor.isWord("WHEN", ahead)) return cursor.startsExpression(ahead + 1);
    if (cursor.isSymbol("(", ahead)) {
      const close = cursor.closingOf(ahead);
      if (close === undefined) return false;
      ahead = close - cursor.position;
    }
  }
  return false;
}

function caseWhen(cursor: SqlCursor): CaseWhen {
  const first = cursor.position++;
  const value = cursor.isWord("WHEN") && !cursor.isWord("WHEN", 1) ? undefined : expression(cursor);
  const branches: { readonly when: Expression; readonly then: Expression }[] = [];
  while (cursor.takeWords("WHEN")) {
    const at = cursor.position, condition = expression(cursor);
    cursor.expectWords("THEN");
    const then = expression(cursor);
    branches.push({ when: value === undefined ? condition : call("=", [value, condition], cursor.originFrom(at)), then });
  }
  if (branches.length === 0) throw cursor.fail();
  const otherwise = cursor.takeWords("ELSE") ? expression(cursor) : undefined;
  cursor.expectWords("END");
  const origin = cursor.originFrom(first);
  return Object.freeze(otherwise === undefined ? { kind: "case_when", branches, origin } : { kind: "case_when", branches, otherwise, origin });
}

function cast(cursor: SqlCursor): Expression {
  const first = cursor.position, evalMode = cursor.next().value === "CAST" ? "default" : "try";
  cursor.expectSymbol("(");
  const child = expression(cursor);
  // Without AS it is a call of a function that happens to have this name.
  if (cursor.isSymbol(")") || cursor.isSymbol(",")) {
    const more = cursor.takeSymbol(",") ? cursor.list(() => expression(cursor)) : [];
    cursor.expectSymbol(")");
    return call(cursor.tokens[first]!.text, [child, ...more], cursor.originFrom(first));
  }
  cursor.expectWords("AS");
  const to = castType(cursor);
  cursor.expectSymbol(")");
  return Object.freeze({ kind: "cast", child, to, evalMode, origin: cursor.originFrom(first) });
}

/** Casts know no CHAR and VARCHAR: they are STRING. */
function castType(cursor: SqlCursor): DataType {
  return withoutLengths(dataType(cursor));
}

function withoutLengths(type: DataType): DataType {
  switch (type.kind) {
    case "char": case "varchar": return STRING;
    case "array": return Object.freeze({ ...type, element: withoutLengths(type.element) });
    case "map": return Object.freeze({ ...type, key: withoutLengths(type.key), value: withoutLengths(type.value) });
    case "struct": return Object.freeze({ ...type, fields: type.fields.map(field => Object.freeze({ ...field, type: withoutLengths(field.type) })) });
    default: return type;
  }
}

/** `IDENTIFIER('a.b')`: a text that is read as a name; the expression, if its value isn't known here. */
export function identifierClauseParts(cursor: SqlCursor): readonly string[] | Expression {
  const first = cursor.position;
  cursor.expectWords("IDENTIFIER");
  cursor.expectSymbol("(");
  const value = expression(cursor), text = constantText(value);
  cursor.expectSymbol(")");
  return text === undefined ? value : identifierNames(text, cursor.settings, condition => cursor.error(first, condition.condition, condition.sqlState, condition.text, condition.messageParameters));
}

/** The parts of a name that is given as text. `rephrase`: the error with the place where the text was written. */
export function identifierNames(text: string, settings: ParserSettings, rephrase: (error: AnalysisError) => AnalysisError): readonly string[] {
  try {
    const inner = new SqlCursor(text, settings);
    if (inner.isKind("end")) throw inner.error(0, "PARSE_EMPTY_STATEMENT", "42617", "Syntax error, unexpected empty statement.");
    const parts = inner.names();
    if (!inner.isKind("end")) throw inner.fail(`: extra input '${inner.peek().text}'`);
    return parts;
  } catch (error) {
    throw error instanceof AnalysisError ? rephrase(error) : error;
  }
}

/** A name that is an expression's value is a call of `identifier`; of a function, a call of `identifier_call` with the arguments behind it. */
function identifierClause(cursor: SqlCursor): Expression {
  const first = cursor.position, parts = identifierClauseParts(cursor);
  if (!("kind" in parts)) {
    if (cursor.isSymbol("(")) return functionCall(cursor, first, parts);
    const name = variableOrAttribute(cursor, first, parts);
    return name.kind === "unresolved_attribute" ? Object.freeze({ ...name, isClause: true }) : name;
  }
  if (!cursor.isSymbol("(")) return call("identifier", [parts], cursor.originFrom(first));
  const called = functionCall(cursor, first, ["identifier_call"]);
  return called.kind === "unresolved_function" ? Object.freeze({ ...called, args: [parts, ...called.args] }) : called;
}

function constantText(node: Expression): string | undefined {
  if (node.kind === "literal" && typeof node.value === "string") return node.value;
  if (node.kind !== "unresolved_function" || node.name !== "concat") return undefined;
  const parts = node.args.map(constantText);
  return parts.includes(undefined) ? undefined : parts.join("");
}
