/** Catches products of decimals that the kernel gets wrong or lets pass although they don't fit: random factors of all lengths, beside the same by BigInt. */
import assert from "node:assert/strict";
import test from "node:test";
import { MillraceError } from "../../base/errors.ts";
import { seededRandom } from "../../base/clock.ts";
import { cellAt, vectorOf } from "../../columns/cells.ts";
import { Arena } from "../../memory/arena.ts";
import type { EvalContext } from "../../plan/function.ts";
import type { ResolvedExpression } from "../../plan/resolved.ts";
import { decimal, type DecimalType } from "../../types/data-type.ts";
import type { Cell } from "../../types/cell.ts";
import { numericBinding } from "./numeric.ts";

const SEED = Number(process.env["MILLRACE_SEED"] ?? "1"), random = seededRandom(SEED);
const below = (end: number): number => random.uint32() % end;

function value(precision: number): bigint {
  const digits = below(precision + 1);
  let number = 0n;
  for (let i = 0; i < digits; i++) number = number * 10n + BigInt(below(10));
  return below(2) === 0 ? number : -number;
}

test("products of decimals of any width are those of BigInt, or raise where those do", () => {
  const settings = { timeZone: "UTC", ansi: true, conf: new Map() }, arena = new Arena(), context: EvalContext = { arena, settings, batchTimeMicros: 0n, seed: 0 };
  let compared = 0, raised = 0;
  for (let round = 0; round < 600; round++) {
    const types = [0, 1].map(() => { const precision = 1 + below(38); return decimal(precision, below(Math.min(precision, 4) + 1)); }) as [DecimalType, DecimalType];
    const args = types.map((type, i): ResolvedExpression => ({ kind: "attribute", id: i, name: `c${i}`, type, nullable: true, qualifier: [] }));
    const { vector, row, canRaise } = numericBinding("*", "*", args, "ansi", undefined);
    if (vector === undefined) continue;
    const columns = types.map(type => Array.from({ length: 30 }, (): Cell => below(8) === 0 ? null : value(below(3) === 0 ? type.precision : Math.min(type.precision, 12)))), mark = arena.mark();
    const expected = columns[0]!.map((x, i) => {
      try {
        return x === null || columns[1]![i] === null ? null : row!([x, columns[1]![i]!], context);
      } catch (error) {
        return (error as MillraceError).condition;
      }
    });
    const say = `seed ${SEED}, ${round}: ${types.map(t => `decimal(${t.precision}, ${t.scale})`).join(" * ")}`;
    try {
      const out = vector(columns.map((cells, i) => vectorOf(types[i]!, cells, arena)), { pointer: 0, count: 30 }, 30, context);
      assert.deepEqual(expected.map((_, i) => cellAt(out, i)), expected, say);
      compared++;
    } catch (error) {
      if (!(error instanceof MillraceError)) throw error;
      assert.ok(canRaise, say);
      assert.ok(expected.includes(error.condition), say);
      raised++;
    }
    arena.rewind(mark);
  }
  assert.ok(compared > 200 && raised > 10, `${compared} compared, ${raised} raised`);
  arena.release();
});
