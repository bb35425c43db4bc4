/** split: text cut at the matches of a regular expression; at a plain delimiter without making the text. */
import { Vector } from "../../columns/vector.ts";
import type { ScalarFunction, VectorKernel } from "../../plan/function.ts";
import { STRING, array } from "../../types/data-type.ts";
import { AS } from "../coercion.ts";
import { literalValue, scalar } from "../define.ts";
import { rowVector } from "../row-vector.ts";
import { combinedValidity, rowAt } from "../vectors.ts";
import { javaRegExp } from "./java-regexp.ts";

const TYPE = array(STRING, false), INLINE_BYTES = 12;

/** Java's split: an empty match in front gives no empty text; with limit 0 or less all parts, trailing empty ones included. */
export function splitText(text: string, pattern: string, limit: number, functionName = "split"): string[] {
  const expression = javaRegExp(pattern, functionName), parts: string[] = [];
  let at = 0;
  for (let match = expression.exec(text); match !== null && (limit <= 0 || parts.length < limit - 1); match = expression.exec(text)) {
    if (match[0] === "") {
      expression.lastIndex++;
      if (match.index === 0 || match.index >= text.length) continue;
    }
    if (match.index === 0 && match[0] === "") continue;
    parts.push(text.slice(at, match.index));
    at = match.index + match[0].length;
  }
  parts.push(text.slice(at));
  if (pattern === "" && text !== "" && limit <= 0) return Array.from(text);
  return parts;
}

/** The byte that a pattern stands for, if it is one ASCII character that means itself. */
const plainByte = (pattern: unknown): number | undefined =>
  typeof pattern === "string" && /^[\x20-\x7e]$/.test(pattern) && !/[\\^$.|?*+()[\]{}]/.test(pattern) ? pattern.charCodeAt(0) : undefined;

/** Parts are views of the bytes of the text itself: these stay as long as its batch does. */
function splitAt(delimiter: number): VectorKernel {
  return (args, rows, length, context) => {
    const [text] = args as [Vector], { arena } = context, { u8, u32 } = arena.memory, valid = combinedValidity([text], rows, length, context);
    const offsets = arena.allocate(4 * (length + 1)) >>> 2;
    let total = 0, filled = 0;
    for (let i = 0; i < rows.count; i++) {
      const row = rowAt(rows, i);
      for (; filled <= row; filled++) u32[offsets + filled] = total;
      if (valid !== 0 && u8[valid + row] === 0) continue;
      const view = text.data + 16 * row, size = u32[view >>> 2]!, from = size <= INLINE_BYTES ? view + 4 : u32[(view >>> 2) + 2]!;
      total++;
      for (let at = from; at < from + size; at++) if (u8[at] === delimiter) total++;
    }
    for (; filled <= length; filled++) u32[offsets + filled] = total;
    const parts = arena.allocate(16 * total);
    let part = parts;
    for (let i = 0; i < rows.count; i++) {
      const row = rowAt(rows, i);
      if (u32[offsets + row] === u32[offsets + row + 1]) continue;
      const view = text.data + 16 * row, size = u32[view >>> 2]!, from = size <= INLINE_BYTES ? view + 4 : u32[(view >>> 2) + 2]!, to = from + size;
      for (let start = from, at = from; at <= to; at++) {
        if (at < to && u8[at] !== delimiter) continue;
        setPart(u8, u32, part, start, at - start);
        part += 16;
        start = at + 1;
      }
    }
    return new Vector(TYPE, offsets * 4, valid, { children: [new Vector(STRING, parts, 0)] });
  };
}

function setPart(u8: Uint8Array, u32: Uint32Array, part: number, from: number, size: number): void {
  const at = part >>> 2;
  u32[at] = size;
  if (size > INLINE_BYTES) {
    u32[at + 1] = u8[from]! | u8[from + 1]! << 8 | u8[from + 2]! << 16 | u8[from + 3]! << 24;
    u32[at + 2] = from;
    u32[at + 3] = 0;
    return;
  }
  u32[at + 1] = u32[at + 2] = u32[at + 3] = 0;
  for (let i = 0; i < size; i++) u8[part + 4 + i] = u8[from + i]!;
}

export const split: ScalarFunction = scalar({
  name: "split", usage: "split(str, regex[, limit])", description: "Text cut at the matches of a regular expression.",
  cases: [["split('oneAtwoBthreeC', '[ABC]')", "[one, two, three, ]"], ["split('oneAtwoBthreeC', '[ABC]', 2)", "[one, twoBthreeC]"], ["split(',a,,b,', ',')", "[, a, , b, ]"]],
  params: [AS.string, AS.string, AS.int], optional: 1, returns: TYPE, canRaise: true, row: ([s, p, n]) => splitText(s as string, p as string, (n as number | undefined) ?? -1),
  make: call => {
    const byte = call.args.length === 2 ? plainByte(literalValue(call.args[1])?.value) : undefined;
    if (byte === undefined) return {};
    const plain = splitAt(byte), byRow = rowVector(TYPE, ([s, p]) => splitText(s as string, p as string, -1));
    return { canRaise: false, vector: (args, rows, length, context) => (args[0]!.isConstant ? byRow : plain)(args, rows, length, context) };
  },
});
