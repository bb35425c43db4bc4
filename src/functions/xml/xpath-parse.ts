/** XPath 1.0 (https://www.w3.org/TR/xpath-10) as a tree: the whole grammar but variables, which nobody could give a value. */

export type Axis = "child" | "descendant" | "parent" | "ancestor" | "following-sibling" | "preceding-sibling" | "following" | "preceding" | "attribute" | "self" | "descendant-or-self" | "ancestor-or-self" | "namespace";
export type NodeTest = { readonly kind: "name"; readonly name: string } | { readonly kind: "any" } | { readonly kind: "type"; readonly type: "node" | "text" | "comment" | "processing-instruction"; readonly target?: string };
export interface Step { readonly axis: Axis; readonly test: NodeTest; readonly predicates: readonly XpathExpression[] }
export type XpathExpression =
  | { readonly kind: "number"; readonly value: number }
  | { readonly kind: "string"; readonly value: string }
  | { readonly kind: "call"; readonly name: string; readonly args: readonly XpathExpression[] }
  | { readonly kind: "binary"; readonly operator: string; readonly left: XpathExpression; readonly right: XpathExpression }
  | { readonly kind: "negative"; readonly operand: XpathExpression }
  | { readonly kind: "filter"; readonly input: XpathExpression; readonly predicates: readonly XpathExpression[] }
  /** `from` undefined: the node that is looked at, or the document where `absolute`. */
  | { readonly kind: "path"; readonly from?: XpathExpression; readonly absolute: boolean; readonly steps: readonly Step[] };

export class XpathSyntaxError extends Error {}

const AXES: ReadonlySet<string> = new Set(["child", "descendant", "parent", "ancestor", "following-sibling", "preceding-sibling", "following", "preceding", "attribute", "self", "descendant-or-self", "ancestor-or-self", "namespace"]);
const NODE_TYPES: ReadonlySet<string> = new Set(["node", "text", "comment", "processing-instruction"]);
const POWERS: Readonly<Record<string, number>> = { or: 1, and: 2, "=": 3, "!=": 3, "<": 4, "<=": 4, ">": 4, ">=": 4, "+": 5, "-": 5, "*": 6, div: 6, mod: 6, "|": 8 };
const TOKEN = /\s*(?:(\d+(?:\.\d*)?|\.\d+)|("[^"]*"|'[^']*')|(\/\/|::|\.\.|!=|<=|>=|[()[\].@,/|+\-=<>*$])|([A-Za-z_\u00C0-\uFFFD][\w.\-\u00B7-\uFFFD]*(?::(?!:)(?:[A-Za-z_\u00C0-\uFFFD][\w.\-\u00B7-\uFFFD]*|\*))?))/y;
const MAX_DEPTH = 200;

interface Token { readonly kind: "number" | "string" | "symbol" | "name" | "end"; readonly text: string }

/** @throws XpathSyntaxError */
export function parseXpath(text: string): XpathExpression { return new XpathParser(text).whole(); }

class XpathParser {
  readonly #tokens: Token[] = [];
  #at = 0;
  #depth = 0;

  constructor(text: string) {
    let at = 0;
    while (text.slice(at).trim() !== "") {
      TOKEN.lastIndex = at;
      const found = TOKEN.exec(text);
      if (found === null) throw new XpathSyntaxError(`unexpected '${text.slice(at).trim()[0]!}'`);
      at = TOKEN.lastIndex;
      const [, number, string, symbol, name] = found;
      this.#tokens.push(number !== undefined ? { kind: "number", text: number } : string !== undefined ? { kind: "string", text: string.slice(1, -1) } : symbol !== undefined ? { kind: "symbol", text: symbol } : { kind: "name", text: name! });
    }
    this.#tokens.push({ kind: "end", text: "the end" });
  }

  whole(): XpathExpression {
    const result = this.#expression();
    if (this.#peek().kind !== "end") throw this.#error();
    return result;
  }

  #peek(ahead = 0): Token { return this.#tokens[Math.min(this.#at + ahead, this.#tokens.length - 1)]!; }
  #is(symbol: string, ahead = 0): boolean { return this.#peek(ahead).kind === "symbol" && this.#peek(ahead).text === symbol; }
  #take(symbol: string): boolean {
    if (!this.#is(symbol)) return false;
    this.#at++;
    return true;
  }
  #expect(symbol: string): void { if (!this.#take(symbol)) throw this.#error(`'${symbol}' is missing before '${this.#peek().text}'`); }
  #error(message = `unexpected '${this.#peek().text}'`): XpathSyntaxError { return new XpathSyntaxError(message); }

  #expression(least = 1): XpathExpression {
    if (++this.#depth > MAX_DEPTH) throw new XpathSyntaxError("it is nested too deep");
    try {
      let left = this.#unary();
      for (;;) {
        // Behind an operand a name is an operator, and so is *.
        const token = this.#peek(), power = token.kind === "symbol" || token.kind === "name" ? POWERS[token.text] : undefined;
        if (power === undefined || power < least) return left;
        this.#at++;
        left = { kind: "binary", operator: token.text, left, right: this.#expression(power + 1) };
      }
    } finally {
      this.#depth--;
    }
  }

  #unary(): XpathExpression {
    if (this.#take("-")) return { kind: "negative", operand: this.#expression(7) };
    return this.#path();
  }

  #path(): XpathExpression {
    const token = this.#peek();
    const isPrimary = token.kind === "number" || token.kind === "string" || this.#is("(") || this.#is("$") || token.kind === "name" && this.#is("(", 1) && !NODE_TYPES.has(token.text);
    if (!isPrimary) return this.#location(undefined);
    let input = this.#primary();
    const predicates = this.#predicates();
    if (predicates.length > 0) input = { kind: "filter", input, predicates };
    return this.#is("/") || this.#is("//") ? this.#location(input) : input;
  }

  #location(from: XpathExpression | undefined): XpathExpression {
    const steps: Step[] = [];
    const absolute = from === undefined && (this.#is("/") || this.#is("//"));
    if (absolute && this.#is("/") && !this.#startsStep(1)) {
      this.#at++;
      return { kind: "path", absolute, steps };
    }
    if (from === undefined && !absolute) steps.push(this.#step());
    for (;;) {
      if (this.#take("//")) steps.push({ axis: "descendant-or-self", test: { kind: "type", type: "node" }, predicates: [] });
      else if (!this.#take("/")) return { kind: "path", absolute, steps, ...(from !== undefined && { from }) };
      steps.push(this.#step());
    }
  }

  #startsStep(ahead: number): boolean { return this.#peek(ahead).kind === "name" || ["*", "@", ".", ".."].some(symbol => this.#is(symbol, ahead)); }

  #step(): Step {
    if (this.#take(".")) return { axis: "self", test: { kind: "type", type: "node" }, predicates: [] };
    if (this.#take("..")) return { axis: "parent", test: { kind: "type", type: "node" }, predicates: [] };
    let axis: Axis = "child";
    if (this.#take("@")) axis = "attribute";
    else if (this.#peek().kind === "name" && this.#is("::", 1)) {
      const name = this.#peek().text;
      if (!AXES.has(name)) throw this.#error(`unknown axis '${name}'`);
      axis = name as Axis;
      this.#at += 2;
    }
    const test = this.#nodeTest();
    return { axis, test, predicates: this.#predicates() };
  }

  #nodeTest(): NodeTest {
    if (this.#take("*")) return { kind: "any" };
    const token = this.#peek();
    if (token.kind !== "name") throw this.#error("a location path was expected");
    this.#at++;
    if (!NODE_TYPES.has(token.text) || !this.#take("(")) return { kind: "name", name: token.text };
    const target = this.#peek().kind === "string" ? this.#tokens[this.#at++]!.text : undefined;
    this.#expect(")");
    return { kind: "type", type: token.text as "node", ...(target !== undefined && { target }) };
  }

  #predicates(): XpathExpression[] {
    const predicates: XpathExpression[] = [];
    while (this.#take("[")) {
      predicates.push(this.#expression());
      this.#expect("]");
    }
    return predicates;
  }

  #primary(): XpathExpression {
    const token = this.#peek();
    this.#at++;
    if (token.kind === "number") return { kind: "number", value: Number(token.text) };
    if (token.kind === "string") return { kind: "string", value: token.text };
    if (token.kind === "symbol" && token.text === "(") {
      const inner = this.#expression();
      this.#expect(")");
      return inner;
    }
    if (token.kind !== "name") throw new XpathSyntaxError("variables have no value here");
    this.#expect("(");
    const args: XpathExpression[] = [];
    if (!this.#is(")")) do args.push(this.#expression()); while (this.#take(","));
    this.#expect(")");
    return { kind: "call", name: token.text, args };
  }
}
