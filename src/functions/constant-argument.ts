/** The value of an argument that must be constant: literals and calls of them (map(...), -1, concat of literals). */
import type { EvalContext } from "../plan/function.ts";
import type { ResolvedExpression } from "../plan/resolved.ts";
import type { Cell } from "../types/cell.ts";
import { Arena } from "../memory/arena.ts";
import { cellCast } from "./cast/cast-cells.ts";

let arena: Arena | undefined;

/** Undefined if the argument isn't constant or can't be computed. */
export function constantCell(expression: ResolvedExpression): Cell | undefined {
  switch (expression.kind) {
    case "literal": return expression.value;
    case "cast": {
      const child = constantCell(expression.child);
      return child === undefined || child === null ? child : cellCast(expression.child.type, expression.type, expression.evalMode, expression.timeZone)(child);
    }
    case "scalar_call": {
      const { binding } = expression;
      if (binding.deterministic === false || binding.row === undefined) return undefined;
      const cells: Cell[] = [];
      for (const arg of expression.args) {
        const cell = constantCell(arg);
        if (cell === undefined) return undefined;
        cells.push(cell);
      }
      if (binding.nullAware !== true && cells.includes(null)) return null;
      const context: EvalContext = { arena: (arena ??= new Arena()), settings: { timeZone: "UTC", ansi: true, conf: new Map() }, batchTimeMicros: 0n, seed: 0 };
      return binding.row(cells, context);
    }
    default: return undefined;
  }
}
