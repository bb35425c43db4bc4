/** Catches lambdas over columns of elements that differ from the same lambdas value by value: nulls, indices, columns from outside, lambdas in lambdas, errors. */
import test from "node:test";
import { KernelCheck, constant, type Column } from "../../test/kernels/kernel-check.ts";
import { bindCall } from "../functions/bind.ts";
import type { Attribute, ResolvedExpression, ResolvedLambda } from "../plan/resolved.ts";
import { BIGINT, BOOLEAN, DOUBLE, INT, STRING, array, type DataType } from "../types/data-type.ts";

let ids = 500_000;
const variable = (type: DataType): ResolvedLambda["params"][number] => ({ kind: "lambda_variable", id: ++ids, name: "x", type, nullable: true });
const lambda = (params: ResolvedLambda["params"], body: ResolvedExpression): ResolvedLambda => ({ kind: "lambda", params, body, type: body.type, nullable: body.nullable });

function over(compare: KernelCheck, element: DataType, others: readonly DataType[], make: (list: ResolvedExpression, ...others: readonly ResolvedExpression[]) => ResolvedExpression, tame: boolean): void {
  for (let round = 0; round < 8; round++) {
    const rows = 1 + compare.below(40), columns: Column[] = [array(element), ...others].map(type => compare.column(type, rows, round % 2 === 0, tame)), attributes = columns.map(column => column.attribute) as [Attribute, ...Attribute[]];
    compare.check(make(...attributes), columns, rows);
  }
}

test("transform, filter, exists and forall", () => {
  const compare = new KernelCheck(1), { settings } = compare, call = (name: string, ...args: ResolvedExpression[]) => bindCall(name, args, settings);
  for (const element of [INT, BIGINT, DOUBLE, STRING]) {
    const one = constant(element, compare.value(element, true)), text = element.kind === "string";
    over(compare, element, [], list => { const x = variable(element); return call("transform", list, lambda([x], text ? call("concat", x, constant(STRING, "!")) : call("+", x, one))); }, true);
    over(compare, element, [element], (list, other) => { const x = variable(element); return call("transform", list, lambda([x], call("=", x, other!))); }, true);
    over(compare, element, [], list => { const x = variable(element), i = variable(INT); return call("transform", list, lambda([x, i], i)); }, true);
    over(compare, element, [], list => call("transform", list, lambda([variable(element)], constant(INT, 7))), true);
    over(compare, element, [], list => call("transform", list, lambda([variable(element)], constant(STRING, null))), true);
    for (const name of ["filter", "exists", "forall"]) {
      over(compare, element, [], list => { const x = variable(element); return call(name, list, lambda([x], call("<", x, one))); }, true);
      over(compare, element, [element], (list, other) => { const x = variable(element); return call(name, list, lambda([x], call("<=>", x, other!))); }, true);
      for (const fixed of [true, false, null]) over(compare, element, [], list => call(name, list, lambda([variable(element)], constant(BOOLEAN, fixed))), true);
    }
    over(compare, element, [], list => { const x = variable(element), i = variable(INT); return call("filter", list, lambda([x, i], call(">", i, constant(INT, 0)))); }, true);
  }
});

test("errors come from the same element, and none from one that isn't reached", () => {
  const compare = new KernelCheck(2), { settings } = compare, call = (name: string, ...args: ResolvedExpression[]) => bindCall(name, args, settings);
  for (const name of ["transform", "filter", "exists", "forall"]) {
    over(compare, INT, [INT], (list, other) => {
      const x = variable(INT), quotient = call("div", other!, x);
      return call(name, list, lambda([x], name === "transform" ? quotient : call(">", quotient, constant(BIGINT, 0n))));
    }, false);
  }
  // What guards an expression guards it in a lambda.
  over(compare, INT, [], list => {
    const x = variable(INT);
    return call("transform", list, lambda([x], { kind: "case_when", branches: [{ when: call("<>", x, constant(INT, 0)), then: call("div", constant(INT, 10), x) }], otherwise: constant(BIGINT, null), type: BIGINT, nullable: true }));
  }, true);
});

test("lambdas in lambdas, and lists of lists", () => {
  const compare = new KernelCheck(3), { settings } = compare, call = (name: string, ...args: ResolvedExpression[]) => bindCall(name, args, settings);
  over(compare, array(INT), [INT], (list, other) => {
    const x = variable(array(INT)), y = variable(INT);
    return call("transform", list, lambda([x], call("transform", x, lambda([y], call("greatest", y, other!, call("size", x))))));
  }, true);
  over(compare, INT, [array(INT)], (list, others) => {
    const x = variable(INT), y = variable(INT);
    return call("filter", list, lambda([x], call("exists", others!, lambda([y], call("=", x, y)))));
  }, true);
  over(compare, INT, [array(INT)], (list, others) => {
    const x = variable(INT), state = variable(INT), y = variable(INT);
    return call("transform", list, lambda([x], call("aggregate", others!, x, lambda([state, y], call("least", state, y)))));
  }, true);
});
