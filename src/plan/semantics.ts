/**
 * What a plan says, as text: the same for plans that give the same rows by the same steps, whatever columns, aliases and places are called, as
 * Spark's canonicalized plans (Dataset.sameSemantics). Columns are numbered in the order in which the plan makes them; arguments whose order
 * says nothing are sorted.
 */
import { stringify } from "../types/values.ts";
import type { ResolvedRelation } from "./resolved.ts";

/** Parts that say nothing of rows. */
const SILENT: ReadonlySet<string> = new Set(["origin", "qualifier", "implicit", "isImplied", "hint"]), NAMELESS: ReadonlySet<unknown> = new Set(["attribute", "alias", "named", "field_access", "lambda_variable"]);
/** Inputs are gone over before what uses their columns. */
const INPUTS = ["input", "inputs", "left", "right"];
const COMMUTATIVE: ReadonlySet<string> = new Set(["+", "*", "=", "==", "<=>", "&", "|", "^", "greatest", "least"]);

type Node = Readonly<Record<string, unknown>>;
/** Things that are equal only to themselves: functions, tables in memory, calls of rand(). */
const identities = new WeakMap<object, number>();
let identified = 0;
function identity(value: object): string {
  let id = identities.get(value);
  if (id === undefined) identities.set(value, id = ++identified);
  return `#${id}`;
}

export function semanticsOf(plan: ResolvedRelation): string {
  const columns = new Map<unknown, number>();
  const of = (value: unknown): string => {
    if (typeof value === "function") return identity(value);
    if (typeof value !== "object" || value === null) return typeof value === "bigint" ? `${value}n` : typeof value === "number" ? String(value) : JSON.stringify(value) ?? "-";
    if (Array.isArray(value)) return `[${value.map(of).join(",")}]`;
    const node = value as Node, { kind } = node;
    if (kind === "attribute" || kind === "lambda_variable") {
      if (!columns.has(node["id"])) columns.set(node["id"], columns.size);
      return `@${columns.get(node["id"])}`;
    }
    if (kind === "subquery_alias") return of(node["input"]);
    if ("fingerprint" in node && "isStreaming" in node) return node["fingerprint"] === null ? identity(value) : `table(${String(node["description"])},${stringify(node["fingerprint"])},${of(node["schema"])})`;
    if (value instanceof Uint8Array) return `x${Buffer.from(value).toString("hex")}`;
    if (kind === undefined && Object.getPrototypeOf(value) !== Object.prototype && Object.getPrototypeOf(value) !== null) return identity(value);
    const names = Object.keys(node).filter(name => node[name] !== undefined && !SILENT.has(name) && !(name === "name" && NAMELESS.has(kind))).sort((a, b) => Number(INPUTS.includes(b)) - Number(INPUTS.includes(a)) || (a < b ? -1 : 1));
    return `{${names.map(name => `${name}:${part(node, name)}`).join(",")}}`;
  };
  /** A function is its name, unless a person made it; what follows from it and its arguments is left out. */
  const part = (node: Node, name: string): string => {
    const value = node[name], entry = value as Node;
    if (name === "function" && typeof entry?.["name"] === "string") return entry["kind"] === "user" ? identity(value as object) : JSON.stringify(entry["name"]);
    if (name === "binding") return entry["deterministic"] === false ? identity(value as object) : "";
    if (name === "args" && COMMUTATIVE.has(String((node["function"] as Node | undefined)?.["name"]))) return `[${(value as readonly unknown[]).map(of).sort().join(",")}]`;
    return of(value);
  };
  return of(plan);
}
