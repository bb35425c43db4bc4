/** Catches what is around kernels: the place of an error, functions of the user, lambdas, fields of structs that are null, constants. */
import assert from "node:assert/strict";
import test from "node:test";
import { MillraceError } from "../base/errors.ts";
import { Batch } from "../columns/batch.ts";
import { cellAt, vectorOf } from "../columns/cells.ts";
import { bindCall, makeCast } from "../functions/bind.ts";
import { Arena } from "../memory/arena.ts";
import type { EvalContext } from "../plan/function.ts";
import type { Attribute, ResolvedExpression, ResolvedLambda } from "../plan/resolved.ts";
import type { Cell } from "../types/cell.ts";
import { BIGINT, INT, STRING, TIMESTAMP, array, field, struct, type DataType } from "../types/data-type.ts";
import { compileExpression, windowStart } from "./compile.ts";
import { evaluateConstant, isConstant } from "./constant.ts";

const settings = { timeZone: "UTC", ansi: true, conf: new Map<string, string>() }, arena = new Arena();
const context: EvalContext = { arena, settings, batchTimeMicros: 1_000_000n, seed: 3 };
const attribute = (id: number, type: DataType): Attribute => ({ kind: "attribute", id, name: `c${id}`, type, nullable: true, qualifier: [] });
const literal = (value: Cell, type: DataType): ResolvedExpression => ({ kind: "literal", value, type, nullable: value === null });

/** The values of an expression over one column. */
function over(expression: ResolvedExpression, column: Attribute, cells: readonly Cell[]): Cell[] {
  const batch = new Batch({ kind: "struct", fields: [] }, [vectorOf(column.type, cells, arena)], cells.length);
  const result = compileExpression(expression, [column]).evaluate(batch, batch.selection, context);
  return cells.map((_, row) => cellAt(result, row));
}

test("an error carries the place of its expression", () => {
  const column = attribute(1, INT), sql = "SELECT 1 DIV c1", quotient = bindCall("div", [literal(1, INT), column], settings, { sql, start: 7, stop: 15 });
  assert.throws(() => over(quotient, column, [1, 0]), (error: unknown) => error instanceof MillraceError && error.condition === "DIVIDE_BY_ZERO" && error.queryContext[0]?.fragment === "1 DIV c1");
  assert.throws(() => over(makeCast(attribute(2, STRING), INT, "ansi", "UTC", false, { sql, start: 0, stop: 6 }), attribute(2, STRING), ["x"]), (error: unknown) => error instanceof MillraceError && error.queryContext[0]?.stopIndex === 6);
});

test("functions of the user see values of the edge, and name themselves when they throw", () => {
  const column = attribute(1, BIGINT), call = (f: (value: bigint | null) => unknown): ResolvedExpression => ({ kind: "user_call", function: { kind: "user", name: "twice", usage: "", description: "", cases: [], parameters: [{ type: BIGINT, nullable: true }], type: BIGINT, nullable: true, deterministic: true, body: { kind: "row", call: f as never } }, args: [column], type: BIGINT, nullable: true });
  assert.deepEqual(over(call(value => (value === null ? null : value * 2n)), column, [1n, null, 3n]), [2n, null, 6n]);
  assert.throws(() => over(call(() => { throw new Error("boom"); }), column, [1n]), /FAILED_EXECUTE_UDF.*twice.*boom.*row 0/);
});

test("lambdas see the row's columns and each other's variables", () => {
  const column = attribute(1, array(INT)), outer = { kind: "lambda_variable" as const, id: 10, name: "x", type: INT, nullable: true }, inner = { ...outer, id: 11, name: "y" };
  const sum = bindCall("+", [outer, inner], settings), lambda = (params: ResolvedLambda["params"], body: ResolvedExpression): ResolvedLambda => ({ kind: "lambda", params, body, type: body.type, nullable: body.nullable });
  const nested = bindCall("transform", [column, lambda([outer], bindCall("transform", [column, lambda([inner], sum)], settings))], settings);
  assert.deepEqual(over(nested, column, [[1, 2], null, []]), [[[2, 3], [3, 4]], null, []]);
});

test("fields of structs that are null are null", () => {
  const type = struct([field("a", INT), field("b", array(STRING))]), column = attribute(1, type);
  const access = (index: number): ResolvedExpression => ({ kind: "field_access", child: column, index, name: type.fields[index]!.name, type: type.fields[index]!.type, nullable: true });
  const cells: readonly Cell[] = [[1, ["x"]], null, [null, null], [4, []]];
  assert.deepEqual(over(access(0), column, cells), [1, null, null, 4]);
  assert.deepEqual(over(access(1), column, cells), [["x"], null, null, []]);
  const choice: ResolvedExpression = { kind: "case_when", branches: [{ when: bindCall("isnull", [access(0)], settings), then: literal(["none"], array(STRING)) }], otherwise: access(1), type: array(STRING), nullable: true };
  assert.deepEqual(over(choice, column, cells), [["x"], ["none"], ["none"], []]);
});

test("constants fold, and what differs by row or batch doesn't", () => {
  const three = bindCall("+", [literal(1, INT), literal(2, INT)], settings);
  assert.equal(isConstant(three), true);
  assert.equal(evaluateConstant(three, settings), 3);
  assert.equal(isConstant(bindCall("rand", [], settings)), false);
  assert.equal(isConstant(bindCall("current_timestamp", [], settings)), false);
  assert.equal(isConstant(attribute(1, INT)), false);
  assert.throws(() => evaluateConstant(bindCall("div", [literal(1, INT), literal(0, INT)], settings), settings), /DIVIDE_BY_ZERO/);
});

test("random numbers of a batch come again with its seed", () => {
  const column = attribute(1, INT), draw = compileExpression(bindCall("rand", [], settings), [column]);
  const batch = new Batch({ kind: "struct", fields: [] }, [vectorOf(INT, [1, 2, 3], arena)], 3);
  const values = (seed: number): Cell[] => { const result = draw.evaluate(batch, batch.selection, { ...context, seed }); return [0, 1, 2].map(row => cellAt(result, row)); };
  const first = values(1), other = values(2);
  assert.deepEqual(values(1), first);
  assert.notDeepEqual(other, first);
  assert.equal(new Set(first).size, 3);
});

test("windows begin at or before their times, before the epoch too", () => {
  assert.deepEqual([windowStart(15n, 10n, 0n), windowStart(-1n, 10n, 0n), windowStart(10n, 10n, 3n), windowStart(3n, 10n, 3n)], [10n, -10n, 3n, 3n]);
  const column = attribute(1, TIMESTAMP);
  assert.deepEqual(over({ kind: "time_window", time: column, sizeMicros: 10, slideMicros: 10, startMicros: 0, type: struct([field("start", TIMESTAMP), field("end", TIMESTAMP)]), nullable: true }, column, [15n, null, -1n]), [[10n, 20n], null, [-10n, 0n]]);
});
