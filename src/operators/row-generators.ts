/** Generators whose rows are made value by value: stack, json_tuple, variant_explode. */
import { jsonTreeText, parseJson } from "../functions/json/json-tree.ts";
import type { Cell, VariantCell } from "../types/cell.ts";
import type { RowGenerator } from "./generate.ts";

/** The rows of a generator by its name without `_outer`; undefined for those that walk a list. `columns`: how many it puts out. */
export function rowGenerator(name: string, columns: number): RowGenerator | undefined {
  switch (name) {
    case "stack": return stack(columns);
    case "json_tuple": return jsonTuple;
    case "variant_explode": return variantItems;
    default: return undefined;
  }
}

/** `stack(n, values...)`: the values in n rows; what is missing in the last is null. */
const stack = (columns: number): RowGenerator => function* (args) {
  for (let row = 0; row < Number(args[0]); row++) yield Array.from({ length: columns }, (_, i) => args[1 + row * columns + i] ?? null);
};

/** The named top-level fields of a JSON object as text; nulls for what is no object. */
const jsonTuple: RowGenerator = ([text, ...names]) => {
  const tree = typeof text === "string" ? parseJson(text) : undefined;
  return [names.map(name => {
    const value = tree instanceof Map && typeof name === "string" ? tree.get(name) : undefined;
    if (value === undefined || value === null) return null;
    return typeof value === "string" ? value : jsonTreeText(value);
  })];
};

/** The elements of a VARIANT array, or the fields of an object by name. */
const variantItems: RowGenerator = function* ([cell]) {
  const variant: unknown = (cell as VariantCell | null)?.variant;
  if (Array.isArray(variant)) {
    for (const [i, item] of (variant as readonly unknown[]).entries()) yield [i, null, { variant: item }];
  } else if (isObject(variant)) {
    for (const [i, key] of Object.keys(variant).sort().entries()) yield [i, key, { variant: variant[key] } satisfies Cell];
  }
};

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}
