/** NOT and the tests of null, NaN and truth. AND and OR are nodes of the plan. */
import { Vector } from "../../columns/vector.ts";
import { kernels } from "../../kernels/kernels.ts";
import { linearMemory } from "../../memory/linear-memory.ts";
import type { ScalarFunction, VectorKernel } from "../../plan/function.ts";
import { BOOLEAN, type DataType } from "../../types/data-type.ts";
import { ANY, AS, oneOf } from "../coercion.ts";
import { scalar } from "../define.ts";
import { combinedValidity, emptyVector, maskOf, rowAt } from "../vectors.ts";

const nullTest = (flip: 0 | 1): VectorKernel => (args, rows, length, { arena }) => {
  const [a] = args as [Vector], data = arena.allocate(length);
  if (a.valid === 0) linearMemory().u8.fill(a.type.kind === "void" ? flip : 1 - flip, data, data + length);
  else kernels().validityRows(a.valid, maskOf(a), flip, rows.pointer, rows.count, data);
  return new Vector(BOOLEAN, data, 0);
};

const truthVector = (wanted: boolean | null, isNot: boolean): VectorKernel => (args, rows, length, context) => {
  const [a] = args as [Vector], out = emptyVector(BOOLEAN, length, 0, context), { u8 } = linearMemory(), mask = maskOf(a), isVoid = a.type.kind === "void";
  for (let i = 0; i < rows.count; i++) {
    const row = rowAt(rows, i), at = row & mask, isNull = isVoid || (a.valid !== 0 && u8[a.valid + at] === 0);
    u8[out.data + row] = (isNull ? wanted === null : wanted === (u8[a.data + at] !== 0)) !== isNot ? 1 : 0;
  }
  return out;
};
const truth = (name: string, usage: string, wanted: boolean | null, isNot: boolean): ScalarFunction => scalar({
  name, usage, description: `Whether a condition is ${isNot ? "not " : ""}${String(wanted)}; never null.`, cases: [],
  params: [AS.boolean], returns: BOOLEAN, nullAware: true, nullable: false, row: ([a]) => (a === wanted) !== isNot, vector: truthVector(wanted, isNot),
});

const isNan = (type: DataType): boolean => type.kind === "float" || type.kind === "double";

const notANumber: VectorKernel = (args, rows, length, context) => {
  const [a] = args as [Vector], out = emptyVector(BOOLEAN, length, 0, context), { f64, u8 } = linearMemory(), mask = maskOf(a);
  for (let i = 0; i < rows.count; i++) {
    const row = rowAt(rows, i), at = row & mask;
    u8[out.data + row] = (a.valid === 0 || u8[a.valid + at] !== 0) && Number.isNaN(f64[a.data / 8 + at]) ? 1 : 0;
  }
  return out;
};

export const logicFunctions: readonly ScalarFunction[] = [
  scalar({
    name: "not", aliases: ["!"], usage: "NOT expr", description: "Logical not.", cases: [["NOT true", "false"], ["NOT NULL", "NULL"], ["! false", "true"]],
    params: [AS.boolean], returns: BOOLEAN, row: ([a]) => a !== true,
    vector: (args, rows, length, context) => {
      const [a] = args as [Vector], data = context.arena.allocate(length);
      kernels().notRows(a.data, maskOf(a), rows.pointer, rows.count, data);
      return new Vector(BOOLEAN, data, combinedValidity(args, rows, length, context));
    },
  }),
  scalar({
    name: "isnull", usage: "isnull(expr)", description: "True if the value is null.", cases: [["isnull(1)", "false"], ["isnull(NULL)", "true"], ["NULL IS NULL", "true"]],
    params: [ANY], returns: BOOLEAN, nullAware: true, nullable: false, row: ([a]) => a === null, vector: nullTest(1),
  }),
  scalar({
    name: "isnotnull", usage: "isnotnull(expr)", description: "True if the value is not null.", cases: [["isnotnull(1)", "true"], ["isnotnull(NULL)", "false"]],
    params: [ANY], returns: BOOLEAN, nullAware: true, nullable: false, row: ([a]) => a !== null, vector: nullTest(0),
  }),
  truth("is_true", "expr IS TRUE", true, false), truth("is_false", "expr IS FALSE", false, false),
  truth("is_not_true", "expr IS NOT TRUE", true, true), truth("is_not_false", "expr IS NOT FALSE", false, true),
  scalar({
    name: "isnan", usage: "isnan(expr)", description: "True if the value is NaN; false for null.", cases: [["isnan(CAST('NaN' AS DOUBLE))", "true"], ["isnan(1)", "false"], ["isnan(NULL)", "false"]],
    params: [oneOf(AS.double, AS.float)], returns: BOOLEAN, nullAware: true, nullable: false, row: ([a]) => Number.isNaN(a), make: call => (call.types[0]!.kind === "double" ? { vector: notANumber } : {}),
  }),
  scalar({
    name: "nanvl", usage: "nanvl(expr1, expr2)", description: "The first value if it isn't NaN, else the second.", cases: [["nanvl(CAST('NaN' AS DOUBLE), 123)", "123.0"], ["nanvl(1.5D, 2)", "1.5"]],
    params: [oneOf(AS.double, AS.float), oneOf(AS.double, AS.float)], nullAware: true, returns: call => call.types[0]!,
    make: call => {
      const type: DataType = call.args.every(a => a.type.kind === "float" || a.type.kind === "void") && call.args[0]!.type.kind === "float" ? { kind: "float" } : { kind: "double" };
      return { type: isNan(type) ? type : call.types[0]!, argTypes: [type, type], nullable: call.args.some(a => a.nullable), row: ([a, b]) => (a === null ? null : Number.isNaN(a) ? b! : a!) };
    },
  }),
];
