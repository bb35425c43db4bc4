/** The accessor that callbacks get: `r` in `where(r => r.price.gt(100))`, one for each side of a join. */
import { alias, attribute, type Expression } from "../plan/expressions.ts";
import type { DataType } from "../types/data-type.ts";
import { ambiguousColumn, badArgument, unresolvedColumn } from "./api-errors.ts";
import { callSite } from "./call-site.ts";
import { columnOf, nodeOf } from "./column-node.ts";

/** A column that a frame is known to have before analysis. */
export interface KnownColumn { readonly name: string; readonly type?: DataType | undefined }
/** The columns of a frame, as far as they are known, and the plan node they belong to (only where there are several). */
export interface Side { readonly columns: readonly KnownColumn[] | undefined; readonly planId: number | undefined }

/** In a spread of an accessor whose columns aren't known: stands for `*`. */
const STAR = Symbol("*");

/** What objects are asked for by JavaScript itself and by tools that print them. */
const ASKED_BY_OTHERS: ReadonlySet<string> = new Set(["then", "toJSON", "constructor", "toString", "valueOf", "inspect", "$$typeof", "nodeType", "asymmetricMatch"]);

class Accessor implements ProxyHandler<object> {
  readonly #side: Side;
  constructor(side: Side) { this.#side = side; }

  get(_target: object, name: string | symbol): unknown {
    if (name === STAR) return columnOf(Object.freeze({ kind: "unresolved_star", target: [], ...(this.#side.planId !== undefined && { planId: this.#side.planId }), origin: callSite() }));
    if (typeof name === "symbol") return undefined;
    const found = find(this.#side.columns, name);
    if (found === undefined) {
      if (ASKED_BY_OTHERS.has(name)) return undefined;
      if (this.#side.columns !== undefined) throw unresolvedColumn(name, this.#side.columns.map(c => c.name));
    }
    return columnOf(attribute([name], this.#side.planId, callSite()), found?.type, name);
  }

  has(_target: object, name: string | symbol): boolean { return typeof name === "string" && (this.#side.columns?.some(c => c.name === name) ?? true); }
  ownKeys(): (string | symbol)[] { return this.#side.columns === undefined ? [STAR] : [...new Set(this.#side.columns.map(c => c.name))]; }
  getOwnPropertyDescriptor(target: object, name: string | symbol): PropertyDescriptor | undefined {
    return this.ownKeys().includes(name) ? { value: this.get(target, name), enumerable: true, configurable: true, writable: false } : undefined;
  }
  set(): never { throw new TypeError("A frame's columns can't be set."); }
  defineProperty(): never { throw new TypeError("A frame's columns can't be set."); }
  deleteProperty(): never { throw new TypeError("A frame's columns can't be deleted."); }
}

export const accessorOf = (side: Side): object => new Proxy({}, new Accessor(side));

/** The known column of a name: exactly so written, else without regard to case, as Spark resolves names. */
export function find(columns: readonly KnownColumn[] | undefined, name: string): KnownColumn | undefined {
  if (columns === undefined) return undefined;
  const exact = columns.filter(c => c.name === name);
  const found = exact.length > 0 ? exact : columns.filter(c => c.name.toLowerCase() === name.toLowerCase());
  if (found.length > 1) throw ambiguousColumn(name);
  return found[0];
}

/** A name and an expression of a select; no name: `*`. */
export interface Selected { readonly name: string | undefined; readonly expression: Expression; readonly type: DataType | undefined }

/** The names and expressions that a callback returned. */
export function entriesOf(selection: unknown, operator: string): Selected[] {
  if (typeof selection !== "object" || selection === null || nodeOf(selection) !== undefined || Array.isArray(selection)) {
    throw badArgument(`The callback of ${operator}() returns an object of names and columns.`, `${operator}(r => ({ total: r.price.mul(r.qty) }))`);
  }
  if ("then" in selection && typeof selection.then === "function") throw badArgument(`The callback of ${operator}() can't be async: it builds the query and sees no rows.`);
  const entries: Selected[] = [];
  for (const key of Object.getOwnPropertySymbols(selection)) {
    const node = key === STAR ? nodeOf((selection as Record<symbol, unknown>)[key]) : undefined;
    if (node !== undefined) entries.push({ name: undefined, expression: node.expression, type: undefined });
  }
  for (const [name, value] of Object.entries(selection)) {
    const node = nodeOf(value);
    if (node === undefined) throw badArgument(`Column '${name}' is a ${value === null ? "null" : typeof value}, not a column.`, "wrap a value in lit()");
    entries.push({ name, expression: node.expression, type: node.type });
  }
  return entries;
}

/** The expression of a selection under its name. A column that has the name already keeps its identity (and its watermark). */
export function named({ name, expression }: Selected): Expression {
  const child = expression.kind === "alias" && name !== undefined ? expression.child : expression;
  if (name === undefined || (child.kind === "unresolved_attribute" && child.nameParts.at(-1) === name)) return child;
  return alias(child, name, child.origin);
}
