/** Evaluates XPath 1.0 over a tree. Names are compared as they are written, prefixes included. */
import type { XmlDocument, XmlNode } from "../../formats/xml/xml-tree.ts";
import { XpathSyntaxError, type NodeTest, type Step, type XpathExpression } from "./xpath-parse.ts";

/** A node with its place: `order` grows in document order. */
export interface XpathNode {
  readonly kind: "document" | "element" | "attribute" | "text" | "comment" | "instruction";
  readonly name: string;
  /** Of attributes, text, comments and instructions. */
  readonly text: string;
  readonly parent: XpathNode | undefined;
  readonly children: XpathNode[];
  readonly attributes: XpathNode[];
  readonly order: number;
  readonly root: XpathNode;
}
export type XpathValue = readonly XpathNode[] | string | number | boolean;

/** How many nodes one evaluation may look at: `//*//*//*` over a deep text would take for ever. */
const MAX_VISITS = 20_000_000;

export function treeOf(document: XmlDocument): XpathNode {
  let order = 0;
  const make = (kind: XpathNode["kind"], name: string, text: string, parent: XpathNode | undefined): XpathNode => {
    const node = { kind, name, text, parent, children: [], attributes: [], order: order++, root: undefined as unknown as XpathNode };
    node.root = parent?.root ?? node;
    return node;
  };
  const root = make("document", "", "", undefined);
  const pending: (readonly [XmlNode, XpathNode])[] = [...document.children].reverse().map(child => [child, root] as const);
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const [xml, parent] = next;
    const node = make(xml.kind, xml.kind === "element" || xml.kind === "instruction" ? xml.name : "", xml.kind === "element" ? "" : xml.text, parent);
    parent.children.push(node);
    if (xml.kind !== "element") continue;
    for (const { name, value } of xml.attributes) node.attributes.push(make("attribute", name, value, node));
    for (let i = xml.children.length - 1; i >= 0; i--) pending.push([xml.children[i]!, node]);
  }
  return root;
}

function textOf(node: XpathNode): string {
  if (node.kind !== "element" && node.kind !== "document") return node.text;
  let text = "";
  const pending = [...node.children].reverse();
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    if (next.kind === "text") text += next.text;
    else if (next.kind === "element") for (let i = next.children.length - 1; i >= 0; i--) pending.push(next.children[i]!);
  }
  return text;
}

export function stringOf(value: XpathValue): string {
  if (typeof value === "string") return value;
  if (typeof value === "boolean") return String(value);
  if (typeof value === "number") return numberText(value);
  return value.length === 0 ? "" : textOf(value[0]!);
}

/** Numbers of XPath have no exponent. */
function numberText(value: number): string {
  if (Object.is(value, -0)) return "0";
  const text = String(value);
  if (!text.includes("e")) return text;
  return Math.abs(value) >= 1 ? BigInt(value).toString() : value.toFixed(100).replace(/0+$/, "");
}

export function numberOf(value: XpathValue): number {
  if (typeof value === "number") return value;
  if (typeof value === "boolean") return value ? 1 : 0;
  const text = stringOf(value).trim();
  return /^-?(?:\d+(?:\.\d*)?|\.\d+)$/.test(text) ? Number(text) : Number.NaN;
}

const truth = (value: XpathValue): boolean => typeof value === "boolean" ? value : typeof value === "number" ? value !== 0 && !Number.isNaN(value) : value.length > 0;

/** @throws XpathSyntaxError an unknown function, or one called with what it doesn't take */
export function evaluateXpath(expression: XpathExpression, document: XpathNode): XpathValue {
  return new Evaluation().value(expression, { node: document, position: 1, size: 1 });
}

interface Context { readonly node: XpathNode; readonly position: number; readonly size: number }

class Evaluation {
  #visits = 0;

  value(e: XpathExpression, context: Context): XpathValue {
    switch (e.kind) {
      case "number": case "string": return e.value;
      case "negative": return -numberOf(this.value(e.operand, context));
      case "binary": return this.#binary(e, context);
      case "call": return this.#call(e.name, e.args, context);
      case "filter": return e.predicates.reduce<readonly XpathNode[]>((nodes, predicate) => this.#filtered(nodes, predicate), this.#nodes(e.input, context));
      case "path": {
        const from = e.from !== undefined ? this.#nodes(e.from, context) : [e.absolute ? context.node.root : context.node];
        return e.steps.reduce<readonly XpathNode[]>((nodes, step) => this.#step(nodes, step), from);
      }
    }
  }

  #nodes(e: XpathExpression, context: Context): readonly XpathNode[] {
    const value = this.value(e, context);
    if (!Array.isArray(value)) throw new XpathSyntaxError("nodes were expected, not a value");
    return value as readonly XpathNode[];
  }

  #step(nodes: readonly XpathNode[], { axis, test, predicates }: Step): readonly XpathNode[] {
    const found = new Set<XpathNode>();
    for (const node of nodes) {
      let matching: readonly XpathNode[] = this.#axis(node, axis).filter(candidate => matchesTest(candidate, test, axis));
      for (const predicate of predicates) matching = this.#filtered(matching, predicate);
      for (const match of matching) found.add(match);
    }
    return [...found].sort((a, b) => a.order - b.order);
  }

  /** Positions count along the axis: backwards ones count from the node. */
  #filtered(nodes: readonly XpathNode[], predicate: XpathExpression): readonly XpathNode[] {
    return nodes.filter((node, i) => {
      const value = this.value(predicate, { node, position: i + 1, size: nodes.length });
      return typeof value === "number" ? value === i + 1 : truth(value);
    });
  }

  #axis(node: XpathNode, axis: Step["axis"]): XpathNode[] {
    const result = this.#along(node, axis);
    this.#visits += result.length + 1;
    if (this.#visits > MAX_VISITS) throw new XpathSyntaxError(`it looks at more than ${MAX_VISITS} nodes`);
    return result;
  }

  #along(node: XpathNode, axis: Step["axis"]): XpathNode[] {
    switch (axis) {
      case "child": return node.children;
      case "attribute": return node.attributes;
      case "self": return [node];
      case "parent": return node.parent === undefined ? [] : [node.parent];
      case "ancestor": return ancestors(node);
      case "ancestor-or-self": return [node, ...ancestors(node)];
      case "descendant": return descendants(node);
      case "descendant-or-self": return [node, ...descendants(node)];
      case "following-sibling": return node.kind === "attribute" || node.parent === undefined ? [] : node.parent.children.filter(other => other.order > node.order);
      case "preceding-sibling": return node.kind === "attribute" || node.parent === undefined ? [] : node.parent.children.filter(other => other.order < node.order).reverse();
      case "following": {
        const inside = new Set([node, ...descendants(node)]);
        return descendants(node.root).filter(other => other.order > node.order && !inside.has(other));
      }
      case "preceding": {
        const above = new Set(ancestors(node));
        return descendants(node.root).filter(other => other.order < node.order && !above.has(other)).reverse();
      }
      case "namespace": return [];
    }
  }

  #binary({ operator, left, right }: Extract<XpathExpression, { kind: "binary" }>, context: Context): XpathValue {
    if (operator === "or") return truth(this.value(left, context)) || truth(this.value(right, context));
    if (operator === "and") return truth(this.value(left, context)) && truth(this.value(right, context));
    if (operator === "|") return [...new Set([...this.#nodes(left, context), ...this.#nodes(right, context)])].sort((a, b) => a.order - b.order);
    const l = this.value(left, context), r = this.value(right, context);
    switch (operator) {
      case "+": return numberOf(l) + numberOf(r);
      case "-": return numberOf(l) - numberOf(r);
      case "*": return numberOf(l) * numberOf(r);
      case "div": return numberOf(l) / numberOf(r);
      case "mod": return numberOf(l) % numberOf(r);
      default: return compare(operator, l, r);
    }
  }

  #call(name: string, args: readonly XpathExpression[], context: Context): XpathValue {
    const arg = (i: number): XpathValue => this.value(args[i]!, context);
    const text = (i: number): string => i < args.length ? stringOf(arg(i)) : textOf(context.node);
    const nodes = (): readonly XpathNode[] => args.length === 0 ? [context.node] : this.#nodes(args[0]!, context);
    const count = (least: number, most = least): void => {
      if (args.length < least || args.length > most) throw new XpathSyntaxError(`${name}() takes another number of arguments`);
    };
    switch (name) {
      case "last": count(0); return context.size;
      case "position": count(0); return context.position;
      case "count": count(1); return nodes().length;
      case "id": count(1); return [];
      case "local-name": count(0, 1); return nodes()[0]?.name.replace(/^.*:/, "") ?? "";
      case "namespace-uri": count(0, 1); return "";
      case "name": count(0, 1); return nodes()[0]?.name ?? "";
      case "string": count(0, 1); return text(0);
      case "concat": count(2, Infinity); return args.map((_, i) => text(i)).join("");
      case "starts-with": count(2); return text(0).startsWith(text(1));
      case "contains": count(2); return text(0).includes(text(1));
      case "substring-before": { count(2); const at = text(0).indexOf(text(1)); return at < 0 ? "" : text(0).slice(0, at); }
      case "substring-after": { count(2); const at = text(0).indexOf(text(1)); return at < 0 ? "" : text(0).slice(at + text(1).length); }
      case "substring": {
        count(2, 3);
        const start = Math.round(numberOf(arg(1))), end = args.length === 3 ? start + Math.round(numberOf(arg(2))) : Infinity;
        return Array.from(text(0)).filter((_, i) => i + 1 >= start && i + 1 < end).join("");
      }
      case "string-length": count(0, 1); return Array.from(text(0)).length;
      case "normalize-space": count(0, 1); return text(0).trim().replace(/[ \t\r\n]+/g, " ");
      case "translate": {
        count(3);
        const from = Array.from(text(1)), to = Array.from(text(2));
        return Array.from(text(0), c => from.includes(c) ? to[from.indexOf(c)] ?? "" : c).join("");
      }
      case "boolean": count(1); return truth(arg(0));
      case "not": count(1); return !truth(arg(0));
      case "true": count(0); return true;
      case "false": count(0); return false;
      case "lang": count(1); return false;
      case "number": count(0, 1); return args.length === 0 ? numberOf(textOf(context.node)) : numberOf(arg(0));
      case "sum": count(1); return nodes().reduce((sum, node) => sum + numberOf(textOf(node)), 0);
      case "floor": count(1); return Math.floor(numberOf(arg(0)));
      case "ceiling": count(1); return Math.ceil(numberOf(arg(0)));
      case "round": count(1); return Math.round(numberOf(arg(0)));
      default: throw new XpathSyntaxError(`there is no function ${name}()`);
    }
  }
}

function matchesTest(node: XpathNode, test: NodeTest, axis: Step["axis"]): boolean {
  if (test.kind === "type") return test.type === "node" || (test.type === "processing-instruction" ? node.kind === "instruction" && (test.target === undefined || node.name === test.target) : node.kind === test.type);
  if (node.kind !== (axis === "attribute" ? "attribute" : "element")) return false;
  // Namespaces are not known: a prefix in the document counts for nothing, and nothing has one that a path asks for.
  return test.kind === "any" || node.name.slice(node.name.indexOf(":") + 1) === test.name && !test.name.includes(":");
}

function ancestors(node: XpathNode): XpathNode[] {
  const result: XpathNode[] = [];
  for (let next = node.parent; next !== undefined; next = next.parent) result.push(next);
  return result;
}

function descendants(node: XpathNode): XpathNode[] {
  const result: XpathNode[] = [], pending = [...node.children].reverse();
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    result.push(next);
    for (let i = next.children.length - 1; i >= 0; i--) pending.push(next.children[i]!);
  }
  return result;
}

/** Node sets compare by any of their nodes; beside a boolean as whether there are any. */
function compare(operator: string, left: XpathValue, right: XpathValue): boolean {
  const isEquality = operator === "=" || operator === "!=";
  if (Array.isArray(left) && typeof right !== "boolean") return (left as readonly XpathNode[]).some(node => compare(operator, textOf(node), right));
  if (Array.isArray(right) && typeof left !== "boolean") return (right as readonly XpathNode[]).some(node => compare(operator, left, textOf(node)));
  if (isEquality) {
    const equal = typeof left === "boolean" || typeof right === "boolean" ? truth(left) === truth(right)
      : typeof left === "number" || typeof right === "number" ? numberOf(left) === numberOf(right) : stringOf(left) === stringOf(right);
    return operator === "=" ? equal : !equal;
  }
  const a = typeof left === "boolean" || Array.isArray(left) ? Number(truth(left)) : numberOf(left), b = typeof right === "boolean" || Array.isArray(right) ? Number(truth(right)) : numberOf(right);
  switch (operator) {
    case "<": return a < b;
    case "<=": return a <= b;
    case ">": return a > b;
    default: return a >= b;
  }
}
