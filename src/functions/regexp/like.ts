/** LIKE and ILIKE. */
import { Vector } from "../../columns/vector.ts";
import { kernels } from "../../kernels/kernels.ts";
import { linearMemory } from "../../memory/linear-memory.ts";
import type { Binding, ScalarFunction } from "../../plan/function.ts";
import { BOOLEAN } from "../../types/data-type.ts";
import { AS } from "../coercion.ts";
import { literalValue, scalar, type ScalarSpec } from "../define.ts";
import { executionError } from "../errors.ts";
import { combinedValidity, maskOf } from "../vectors.ts";

/** What a pattern is made of: text, any text, one character. */
type Part = string | typeof ANY | typeof ONE;
/** Bytes that no text in UTF-8 has. */
const ANY = 0xff, ONE = 0xfe;

/** @throws ExecutionError INVALID_FORMAT.ESC_AT_THE_END, ESC_IN_THE_MIDDLE */
function partsOf(pattern: string, escape: string): Part[] {
  const parts: Part[] = [], points = Array.from(pattern), quoted = `'${pattern.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
  for (let i = 0; i < points.length; i++) {
    const c = points[i]!;
    if (c !== escape) {
      parts.push(c === "%" ? ANY : c === "_" ? ONE : c);
      continue;
    }
    const next = points[++i];
    if (next === undefined) throw executionError("INVALID_FORMAT.ESC_AT_THE_END", "42601", `The format is invalid: ${quoted}. The escape character is not allowed to end with.`, { format: quoted });
    if (next !== "_" && next !== "%" && next !== escape) throw executionError("INVALID_FORMAT.ESC_IN_THE_MIDDLE", "42601", `The format is invalid: ${quoted}. The escape character is not allowed to precede '${next}'.`, { format: quoted, char: `'${next}'` });
    parts.push(next);
  }
  return parts;
}

/** The pattern as the kernel reads it. */
export function likeBytes(pattern: string, escape = "\\"): Uint8Array {
  return Uint8Array.from(partsOf(pattern, escape).flatMap(part => typeof part === "number" ? [part] : [...new TextEncoder().encode(part)]));
}

const known = new Map<string, RegExp>();

/** The same as a regular expression: for patterns that differ by row, and for ILIKE. */
export function likePattern(pattern: string, escape: string, ignoreCase: boolean): RegExp {
  const key = `${ignoreCase ? "i" : "s"}${escape}${pattern}`;
  let found = known.get(key);
  if (found !== undefined) return found;
  const source = partsOf(pattern, escape).map(part => part === ANY ? "[^]*" : part === ONE ? "[^]" : String(part).replace(/[\^$\\.*+?()[\]{}|/]/g, "\\$&")).join("");
  found = new RegExp(`^${source}$`, ignoreCase ? "iu" : "u");
  if (known.size > 1000) known.clear();
  known.set(key, found);
  return found;
}

/** One pattern for all rows: read once, and nothing can fail any more. */
function fixed(pattern: string, escape: string): Partial<Binding> | undefined {
  let bytes: Uint8Array;
  try {
    bytes = likeBytes(pattern, escape);
  } catch {
    return undefined; // said when a row asks
  }
  return {
    canRaise: false,
    vector: ([text], rows, length, context) => {
      const data = context.arena.allocate(length), at = context.arena.allocate(bytes.length + 1);
      linearMemory().u8.set(bytes, at);
      kernels().likeViews(text!.data, maskOf(text!), at, bytes.length, rows.pointer, rows.count, data);
      return new Vector(BOOLEAN, data, combinedValidity([text!], rows, length, context));
    },
  };
}

export function like(name: string, ignoreCase: boolean, cases: ScalarSpec["cases"]): ScalarFunction {
  return scalar({
    name, usage: `str ${name.toUpperCase()} pattern [ESCAPE c]`, description: `Whether text matches a pattern of % (any text) and _ (any character)${ignoreCase ? ", in any case" : ""}.`, cases, params: [AS.string, AS.string, AS.string], optional: 1, returns: BOOLEAN, canRaise: true,
    make: ({ args }) => {
      const pattern = literalValue(args[1])?.value, escape = args.length === 2 ? "\\" : literalValue(args[2])?.value;
      return {
        row: ([text, p, e]) => likePattern(p as string, (e as string | undefined) ?? "\\", ignoreCase).test(text as string),
        ...(!ignoreCase && typeof pattern === "string" && typeof escape === "string" && fixed(pattern, escape)),
      };
    },
  });
}
