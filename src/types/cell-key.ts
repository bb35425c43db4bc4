/** A cell as text that is equal for equal cells of one type: for counting values in JavaScript. */
import type { Cell } from "./cell.ts";

export function keyText(cell: Cell): string {
  if (cell === null) return "n";
  switch (typeof cell) {
    case "string": return `s${cell}`;
    case "number": return `d${cell === 0 ? 0 : cell}`;
    case "bigint": return `i${cell}`;
    case "boolean": return cell ? "t" : "f";
  }
  if (cell instanceof Uint8Array) return `x${Buffer.from(cell.buffer, cell.byteOffset, cell.byteLength).toString("hex")}`;
  if (Array.isArray(cell)) return `[${(cell as readonly Cell[]).map(item => { const text = keyText(item); return `${text.length}:${text}`; }).join("")}]`;
  return `j${JSON.stringify(cell, (_key, value: unknown) => typeof value === "bigint" ? `${value}n` : value)}`;
}
