/**
 * Compares vector kernels with the value-by-value kernels of the same function: over random columns with nulls, constants
 * on either side, full batches and selections, also in which row an error is raised for.
 */
import assert from "node:assert/strict";
import { seededRandom } from "../../src/base/clock.ts";
import { MillraceError } from "../../src/base/errors.ts";
import { Batch, type Selection } from "../../src/columns/batch.ts";
import { cellAt, vectorOf } from "../../src/columns/cells.ts";
import { compileExpression, compilePredicate } from "../../src/eval/compile.ts";
import { compileRow } from "../../src/eval/row.ts";
import { bindCall } from "../../src/functions/bind.ts";
import { Arena } from "../../src/memory/arena.ts";
import type { EvalContext } from "../../src/plan/function.ts";
import type { Attribute, ResolvedExpression } from "../../src/plan/resolved.ts";
import type { Cell } from "../../src/types/cell.ts";
import { typeToSql, type DataType } from "../../src/types/data-type.ts";

export const arena = new Arena();
const WORDS = ["", "a", "ab", "Zebra", "naïve", "exactly 12ch", "longer than twelve", "longer than twelve!", "日本語のテキスト", "ab", "LONGER THAN TWELVE", "\u{1F600} smile"];

export interface Column { readonly attribute: Attribute; readonly cells: readonly Cell[] }
export const constant = (type: DataType, cell: Cell): ResolvedExpression => ({ kind: "literal", type, value: cell, nullable: cell === null });
export const rowsOfSelection = ({ pointer, count }: Selection): number[] => Array.from({ length: count }, (_, i) => (pointer === 0 ? i : arena.memory.u32[(pointer >>> 2) + i]!));

export class KernelCheck {
  readonly settings: { readonly timeZone: string; readonly ansi: boolean; readonly conf: ReadonlyMap<string, string> };
  readonly #random: ReturnType<typeof seededRandom>;
  readonly #words: readonly string[];
  #ids = 0;

  constructor(seed: number, { timeZone = "UTC", words = WORDS }: { readonly timeZone?: string; readonly words?: readonly string[] } = {}) {
    this.settings = { timeZone, ansi: true, conf: new Map() };
    this.#random = seededRandom(seed);
    this.#words = words;
  }

  below(n: number): number { return Math.floor((this.#random.uint32() / 2 ** 32) * n); }
  pick<T>(items: readonly T[]): T { return items[this.below(items.length)]!; }

  /** A value of a type; a tame one is small. */
  value(type: DataType, tame: boolean): Cell {
    const whole = (bits: number): bigint => {
      if (!tame && this.below(6) === 0) return this.pick([-(2n ** BigInt(bits - 1)), 2n ** BigInt(bits - 1) - 1n, 0n, -1n]);
      return BigInt(this.below(tame ? 11 : 201) - (tame ? 5 : 100));
    };
    switch (type.kind) {
      case "boolean": return this.below(2) === 1;
      case "tinyint": return Number(whole(8));
      case "smallint": return Number(whole(16));
      case "int": return Number(whole(32));
      case "date": return this.below(40_000) - 20_000;
      case "bigint": return whole(64);
      case "timestamp": case "timestamp_ntz": return BigInt(this.below(2 ** 31)) * 1_000_003n - 2n ** 50n;
      case "float": return Math.fround(this.pick([0, -0, 1.5, -2.25, NaN, 1e10, Infinity, this.below(100) - 50, this.below(100) / 7]));
      case "double": return this.pick([0, -0, 1.5, -2.25, NaN, 1e300, -Infinity, this.below(100) - 50, this.below(100) / 7, 127.5, 2147483647.5, 9.3e18]);
      case "decimal": return tame || type.precision > 18 ? BigInt(this.below(2001) - 1000) * (type.precision > 18 ? 10n ** BigInt(type.precision - 4) : 1n) : BigInt(this.below(200_001) - 100_000);
      case "binary": return Uint8Array.from({ length: this.below(20) }, () => this.below(4) * 80);
      case "array": return Array.from({ length: this.below(5) }, () => (this.below(5) === 0 ? null : this.value(type.element, tame)));
      default: return this.pick(this.#words);
    }
  }

  column(type: DataType, rows: number, nulls: boolean, tame: boolean): Column {
    const cells = Array.from({ length: rows }, () => (nulls && this.below(4) === 0 ? null : this.value(type, tame))), id = ++this.#ids;
    return { attribute: { kind: "attribute", id, name: `c${id}`, type, nullable: nulls, qualifier: [] }, cells };
  }

  #selectionOf(rows: number): Selection {
    if (this.below(2) === 0) return { pointer: 0, count: rows };
    const chosen = Array.from({ length: rows }, (_, i) => i).filter(() => this.below(3) > 0), pointer = arena.allocate(4 * rows + 4);
    arena.memory.u32.set(chosen, pointer >>> 2);
    return { pointer, count: chosen.length };
  }

  /** Both ways give the same in each row, or the same error. */
  check(expression: ResolvedExpression, columns: readonly Column[], rows: number): void {
    const context: EvalContext = { arena, settings: this.settings, batchTimeMicros: 0n, seed: 1 };
    const attributes = columns.map(c => c.attribute), batch = new Batch({ kind: "struct", fields: [] }, columns.map(c => vectorOf(c.attribute.type, c.cells, arena)), rows);
    const selection = this.#selectionOf(rows), slow = compileRow(expression, attributes);
    const what = () => `${expression.kind === "scalar_call" ? expression.function.name : expression.kind} over ${columns.map(c => typeToSql(c.attribute.type)).join(", ")}`;
    const expected: Cell[] = [];
    let failure: MillraceError | undefined;
    try {
      for (const row of rowsOfSelection(selection)) expected.push(slow(batch, row, context));
    } catch (error) {
      assert.ok(error instanceof MillraceError, String(error));
      failure = error;
    }
    const fast = compileExpression(expression, attributes);
    if (failure !== undefined) {
      assert.throws(() => fast.evaluate(batch, selection, context), (error: unknown) => error instanceof MillraceError && error.message === failure.message, what());
      return;
    }
    const result = fast.evaluate(batch, selection, context);
    rowsOfSelection(selection).forEach((row, i) => assert.deepEqual(cellAt(result, row), expected[i], `${what()} at row ${row}: ${JSON.stringify(columns.map(c => String(c.cells[row])))}`));
    if (expression.type.kind === "boolean") {
      const kept = rowsOfSelection(compilePredicate(expression, attributes)(batch, selection, context));
      assert.deepEqual(kept, rowsOfSelection(selection).filter((_, i) => expected[i] === true), `filter by ${what()}`);
    }
    arena.reset();
  }

  /** A call over columns of types, some of them constant. Arguments that are expressions already stay what they are. */
  checkCall(name: string, params: readonly (DataType | ResolvedExpression)[], tame = false): void {
    for (let round = 0; round < 6; round++) {
      const rows = 1 + this.below(70), columns: Column[] = [], literalAt = round % 3 === 2 ? this.below(params.length) : -1;
      const args = params.map((param, i): ResolvedExpression => {
        if ("type" in param && "nullable" in param) return param as ResolvedExpression;
        const c = this.column(param as DataType, rows, round % 2 === 0, tame || round > 3);
        columns.push(c);
        return i === literalAt ? constant(c.attribute.type, c.cells[0]!) : c.attribute;
      });
      this.check(bindCall(name, args, this.settings), columns, rows);
    }
  }
}
