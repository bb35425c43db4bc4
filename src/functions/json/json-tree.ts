/** JSON text as a tree that keeps numbers as they are written, paths into it, and its text anew. */
import { formatDouble } from "../../types/number-text.ts";

export class JsonNumber { readonly text: string; constructor(text: string) { this.text = text; } }
export type JsonTree = null | boolean | string | JsonNumber | readonly JsonTree[] | Map<string, JsonTree>;

type Reviver = (key: string, value: unknown, context: { readonly source?: string }) => unknown;

/** Undefined for text that is no JSON. Of keys that come twice the last counts. */
export function parseJson(text: string): JsonTree | undefined {
  const revive: Reviver = (_key, value, context) => {
    if (typeof value === "number") return new JsonNumber(context.source ?? String(value));
    if (typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof JsonNumber)) return new Map(Object.entries(value));
    return value;
  };
  try {
    return (JSON.parse as (text: string, revive: Reviver) => unknown)(text, revive) as JsonTree;
  } catch {
    return undefined;
  }
}

/** Numbers print anew: fractions as DOUBLE does. */
export function jsonTreeText(tree: JsonTree): string {
  if (tree === null || typeof tree === "boolean") return String(tree);
  if (typeof tree === "string") return JSON.stringify(tree);
  if (tree instanceof JsonNumber) return /[.eE]/.test(tree.text) ? formatDouble(Number(tree.text)) : tree.text;
  if (tree instanceof Map) return `{${[...tree].map(([key, value]) => `${JSON.stringify(key)}:${jsonTreeText(value)}`).join(",")}}`;
  return `[${(tree as readonly JsonTree[]).map(jsonTreeText).join(",")}]`;
}

export type PathStep = { readonly kind: "key"; readonly name: string } | { readonly kind: "index"; readonly index: number } | { readonly kind: "all" } | { readonly kind: "fields" };

/** Steps of `$.a['b'][0][*].*`; undefined for what is no path. */
export function parsePath(path: string): readonly PathStep[] | undefined {
  if (!path.startsWith("$")) return undefined;
  const steps: PathStep[] = [], step = /\.\*|\.([^.[\]]+)|\['([^']*)'\]|\[\*\]|\[(\d+)\]/y;
  for (let at = 1; at < path.length; at = step.lastIndex) {
    step.lastIndex = at;
    const parts = step.exec(path);
    if (parts === null) return undefined;
    const name = parts[1] ?? parts[2];
    steps.push(name !== undefined ? { kind: "key", name } : parts[3] !== undefined ? { kind: "index", index: Number(parts[3]) } : { kind: parts[0] === ".*" ? "fields" : "all" });
  }
  return steps;
}

/** What stands at a path: nothing, a value, or the several that a `[*]` finds. */
export function follow(tree: JsonTree, steps: readonly PathStep[], from = 0): { readonly values: readonly JsonTree[]; readonly isMany: boolean } {
  const step = steps[from];
  if (step === undefined) return { values: [tree], isMany: false };
  switch (step.kind) {
    case "key": {
      if (tree instanceof Map) { const value = tree.get(step.name); return value === undefined ? NOTHING : follow(value, steps, from + 1); }
      return NOTHING;
    }
    case "index": {
      const value = Array.isArray(tree) ? (tree as readonly JsonTree[])[step.index] : undefined;
      return value === undefined ? NOTHING : follow(value, steps, from + 1);
    }
    case "all": {
      if (!Array.isArray(tree)) return NOTHING;
      return { values: (tree as readonly JsonTree[]).flatMap(item => follow(item, steps, from + 1).values), isMany: true };
    }
    case "fields": return NOTHING;
  }
}
const NOTHING = { values: [], isMany: false } as const;
