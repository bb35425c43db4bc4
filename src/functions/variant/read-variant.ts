/** JSON text as what a VARIANT holds. */
import { parseDecimal } from "../../types/number-text.ts";
import { VariantDouble, isObject, shortDecimal, variantObject } from "../../types/variant.ts";

class DuplicateKey extends Error {}

/** The first value of a text: what stands behind it counts for nothing. */
function firstValue(text: string): string {
  const start = /^\s*/.exec(text)![0].length, open = text[start];
  if (open !== "{" && open !== "[" && open !== "\"") return /^\s*(?:-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?(?=\s|$)|true\b|false\b|null\b)/.exec(text)?.[0] ?? text;
  let depth = 0;
  for (const token of text.matchAll(/"(?:[^"\\]|\\[^])*"|[{}[\]]/g)) {
    if (token[0] === "{" || token[0] === "[") depth++;
    else if (token[0] === "}" || token[0] === "]") depth--;
    if (depth === 0) return text.slice(0, token.index + token[0].length);
  }
  return text;
}

/** JSON text as a variant. Whole numbers stay exact, fractions without exponent are DECIMALs, others DOUBLEs. @throws SyntaxError, DuplicateKey */
export function readVariant(whole: string): unknown {
  const text = firstValue(whole);
  const revive = (_key: string, value: unknown, context: { readonly source?: string }): unknown => {
    if (typeof value === "number") return numberOf(context.source ?? String(value));
    return typeof value === "object" && value !== null && isObject(value) ? variantObject(Object.entries(value)) : value;
  };
  const result = (JSON.parse as (text: string, revive: (key: string, value: unknown, context: { readonly source?: string }) => unknown) => unknown)(text, revive);
  checkDuplicates(text);
  return result;
}

function numberOf(source: string): unknown {
  if (/[eE]/.test(source)) return new VariantDouble(Number(source));
  const { unscaled, scale } = parseDecimal(source)!, digits = (unscaled < 0n ? -unscaled : unscaled).toString().length;
  return Math.max(digits, scale) > 38 ? new VariantDouble(Number(source)) : shortDecimal(unscaled, scale);
}

/** Well-formed JSON with a key twice in one object is refused. */
function checkDuplicates(text: string): void {
  const open: (Set<string> | undefined)[] = [], token = /"(?:[^"\\]|\\[^])*"|[{}[\],:]/g;
  let last = "";
  for (const match of text.matchAll(token)) {
    const t = match[0];
    if (t === "{") open.push(new Set());
    else if (t === "[") open.push(undefined);
    else if (t === "}" || t === "]") open.pop();
    else if (t === ":") {
      const keys = open[open.length - 1], key = JSON.parse(last) as string;
      if (keys?.has(key) === true) throw new DuplicateKey(key);
      keys?.add(key);
    }
    last = t;
  }
}
