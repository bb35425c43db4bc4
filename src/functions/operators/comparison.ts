/** `= <> < <= > >= <=>`, IN, equal_null. */
import { Vector } from "../../columns/vector.ts";
import { cellOrder, nullsFirst } from "../../columns/compare-cells.ts";
import { kernels } from "../../kernels/kernels.ts";
import type { Binding, ScalarFunction, SqlSettings, VectorKernel } from "../../plan/function.ts";
import type { Origin } from "../../plan/expressions.ts";
import type { ResolvedExpression } from "../../plan/resolved.ts";
import type { Cell } from "../../types/cell.ts";
import { BOOLEAN, isIntegral, type DataType } from "../../types/data-type.ts";
import { widerDecimal } from "../../types/decimal-rules.ts";
import { comparisonType, decimalOperand } from "../coercion.ts";
import { checkCount, custom } from "../define.ts";
import { differentTypes, mismatch, typeName } from "../errors.ts";
import { combinedValidity, maskOf } from "../vectors.ts";
import { comparisonKind } from "./compare-kernels.ts";

/** Types without order: maps everywhere, variants and intervals of mixed units. */
export function isOrderable(type: DataType): boolean {
  switch (type.kind) {
    case "map": case "variant": case "calendar_interval": case "geometry": case "geography": return false;
    case "array": return isOrderable(type.element);
    case "struct": return type.fields.every(field => isOrderable(field.type));
    default: return true;
  }
}
/** Types without equality. */
export function isComparable(type: DataType): boolean {
  return isOrderable(type);
}

/** The one type that two operands are compared as. @throws AnalysisError DATATYPE_MISMATCH.* */
export function operandType(name: string, args: readonly ResolvedExpression[], origin: Origin | undefined): DataType {
  const [left, right] = args as [ResolvedExpression, ResolvedExpression];
  const a = left.type, b = right.type;
  let type: DataType | undefined;
  if ((a.kind === "decimal" && isIntegral(b)) || (b.kind === "decimal" && isIntegral(a))) type = widerDecimal(decimalOperand(left), decimalOperand(right));
  else type = comparisonType(a, b);
  if (type === undefined) throw differentTypes(name, args, [a, b], origin);
  const isEquality = name === "=" || name === "==" || name === "<=>" || name === "<>" || name === "!=" || name === "equal_null";
  if (isEquality ? !isComparable(type) : !isOrderable(type)) {
    throw mismatch("INVALID_ORDERING_TYPE", name, args, `The \`${name}\` does not support ordering on type ${typeName(type)}.`, { functionName: `\`${name}\``, dataType: typeName(type) }, origin);
  }
  return type;
}

/** Equality of calendar intervals goes by their parts; all else by order. */
export function cellsEqual(type: DataType): (a: Cell, b: Cell) => boolean {
  if (type.kind === "calendar_interval") {
    return (a, b) => {
      const x = a as { months: number; days: number; micros: bigint }, y = b as typeof x;
      return x.months === y.months && x.days === y.days && x.micros === y.micros;
    };
  }
  const order = cellOrder(type);
  return (a, b) => order(a, b) === 0;
}

function comparisonBinding(name: string, operation: number, args: readonly ResolvedExpression[], origin: Origin | undefined): Binding {
  checkCount(name, args.length, 2, 2, origin);
  const type = operandType(name, args, origin), kind = comparisonKind(type);
  const order = type.kind === "calendar_interval" ? undefined : nullsFirst(cellOrder(type)), equal = cellsEqual(type);
  const tests: readonly ((order: number) => boolean)[] = [o => o === 0, o => o !== 0, o => o < 0, o => o <= 0, o => o > 0, o => o >= 0];
  const test = tests[operation]!;
  const row = ([a, b]: readonly Cell[]): Cell => (order === undefined ? equal(a!, b!) === (operation === 0) : test(order(a!, b!)));
  return { type: BOOLEAN, argTypes: [type, type], row, ...(kind !== undefined && { vector: compareVectors(kind, operation) }) };
}

const compareVectors = (kind: number, operation: number): VectorKernel => (args, rows, length, context) => {
  const [a, b] = args as [Vector, Vector], data = context.arena.allocate(length);
  kernels().compare(kind, operation, a.data, maskOf(a), b.data, maskOf(b), rows.pointer, rows.count, data);
  return new Vector(BOOLEAN, data, combinedValidity(args, rows, length, context));
};

const compare = (name: string, operation: number, description: string, cases: readonly (readonly [string, string])[], aliases?: readonly string[]): ScalarFunction => custom({
  name, usage: `expr1 ${name} expr2`, description, cases, ...(aliases && { aliases }),
  bind: (args: readonly ResolvedExpression[], _settings: SqlSettings, origin: Origin | undefined) => comparisonBinding(name, operation, args, origin),
});

function nullSafeBinding(name: string, args: readonly ResolvedExpression[], origin: Origin | undefined): Binding {
  checkCount(name, args.length, 2, 2, origin);
  const type = operandType(name, args, origin), kind = comparisonKind(type), equal = cellsEqual(type);
  return {
    type: BOOLEAN, argTypes: [type, type], nullAware: true, nullable: false,
    row: ([a, b]) => (a === null || b === null ? a === b : equal(a!, b!)),
    ...(kind !== undefined && {
      vector: (args, rows, length, { arena }) => {
        const [a, b] = args as [Vector, Vector], data = arena.allocate(length), kernel = kernels();
        kernel.compare(kind, 0, a.data, maskOf(a), b.data, maskOf(b), rows.pointer, rows.count, data);
        if (a.valid !== 0 || b.valid !== 0) kernel.nullSafe(data, a.valid, maskOf(a), b.valid, maskOf(b), rows.pointer, rows.count);
        return new Vector(BOOLEAN, data, 0);
      },
    }),
  };
}

/** A value among constants: one comparison after the other. */
const inVectors = (kind: number): VectorKernel => (args, rows, length, context) => {
  const [value, ...others] = args as [Vector, ...Vector[]], { arena } = context, data = arena.allocate(length), one = arena.allocate(length), kernel = kernels();
  others.forEach((other, i) => {
    kernel.compare(kind, 0, value.data, maskOf(value), other.data, maskOf(other), rows.pointer, rows.count, i === 0 ? data : one);
    if (i > 0) kernel.orRows(data, one, rows.pointer, rows.count);
  });
  return new Vector(BOOLEAN, data, combinedValidity([value], rows, length, context));
};

/** `a IN (b, c)`: null when nothing is equal and something is null. */
const inList = custom({
  name: "in", usage: "expr1 IN (expr2, expr3, ...)", description: "True if the first value equals one of the others.",
  cases: [["1 IN (1, 2)", "true"], ["3 IN (1, 2)", "false"], ["3 IN (1, NULL)", "NULL"], ["NULL IN (1)", "NULL"]],
  bind: (args, _settings, origin) => {
    checkCount("in", args.length, 1, Infinity, origin);
    const types = args.map(arg => arg.type);
    let type: DataType | undefined = types[0]!;
    for (const other of types.slice(1)) type = type === undefined ? undefined : comparisonType(type, other);
    if (type === undefined) {
      const dataType = `[${types.map(typeName).join(", ")}]`;
      throw mismatch("DATA_DIFF_TYPES", "in", args, `Input to \`in\` should all be the same type, but it's ${dataType}.`, { functionName: "`in`", dataType }, origin);
    }
    if (!isComparable(type)) throw mismatch("INVALID_ORDERING_TYPE", "in", args, `The \`in\` does not support ordering on type ${typeName(type)}.`, { functionName: "`in`", dataType: typeName(type) }, origin);
    const equal = cellsEqual(type), wanted = type, kind = comparisonKind(type);
    return {
      ...(kind !== undefined && args.length > 1 && args.slice(1).every(arg => arg.kind === "literal" && arg.value !== null) && { vector: inVectors(kind) }),
      type: BOOLEAN, argTypes: args.map(() => wanted), nullAware: true, nullable: args.some(arg => arg.nullable),
      row: cells => {
        const value = cells[0]!;
        if (value === null) return null;
        let sawNull = false;
        for (let i = 1; i < cells.length; i++) {
          const other = cells[i]!;
          if (other === null) sawNull = true;
          else if (equal(value, other)) return true;
        }
        return sawNull ? null : false;
      },
    };
  },
});

export const comparisonFunctions: readonly ScalarFunction[] = [
  compare("=", 0, "True if both are equal. NaN equals NaN, -0.0 equals 0.0.", [["1 = 1", "true"], ["1 = '1'", "true"], ["CAST('NaN' AS DOUBLE) = CAST('NaN' AS DOUBLE)", "true"], ["1 = NULL", "NULL"]], ["=="]),
  compare("<>", 1, "True if both differ.", [["1 <> 2", "true"], ["'a' <> 'a'", "false"]], ["!="]),
  compare("<", 2, "True if the left is less. Text compares by its bytes.", [["1 < 2", "true"], ["'B' < 'a'", "true"], ["1 < CAST('NaN' AS DOUBLE)", "true"]]),
  compare("<=", 3, "True if the left is less or equal.", [["2 <= 2", "true"]]),
  compare(">", 4, "True if the left is greater.", [["2 > 1", "true"], ["DATE'2024-01-02' > DATE'2024-01-01'", "true"]]),
  compare(">=", 5, "True if the left is greater or equal.", [["2 >= 3", "false"]]),
  custom({
    name: "<=>", usage: "expr1 <=> expr2", description: "As `=`, but nulls are equal to each other and to nothing else.", cases: [["NULL <=> NULL", "true"], ["1 <=> NULL", "false"], ["1 <=> 1", "true"]],
    bind: (args, _settings, origin) => nullSafeBinding("<=>", args, origin),
  }),
  custom({
    name: "equal_null", usage: "equal_null(expr1, expr2)", description: "As `<=>`.", cases: [["equal_null(NULL, NULL)", "true"], ["equal_null(3, 3)", "true"]],
    bind: (args, _settings, origin) => nullSafeBinding("equal_null", args, origin),
  }),
  inList,
];
