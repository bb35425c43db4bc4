/** Functions of arrays. */
import { cellOrder, nullsFirst } from "../../columns/compare-cells.ts";
import type { Binding, RowKernel, ScalarFunction, VectorKernel } from "../../plan/function.ts";
import type { ResolvedExpression } from "../../plan/resolved.ts";
import { someExpression } from "../../plan/walk.ts";
import type { Cell } from "../../types/cell.ts";
import { BIGINT, BOOLEAN, INT, STRING, VOID, array, field, sameTypeIgnoringNullability, struct, type ArrayType, type DataType } from "../../types/data-type.ts";
import { ANY, ANY_ARRAY, AS, coalesceTypes, elementCommonType, foldTypes, oneOf, uncast, widerTypeWithoutStrings, ANY_MAP, exactly } from "../coercion.ts";
import { accept, checkCount, custom, scalar, type Call, type ScalarSpec } from "../define.ts";
import { differentDataTypes, executionError, invalidParameter, mismatch, nonFoldable, typeName, unexpectedType } from "../errors.ts";
import { cellsEqual, isOrderable } from "../operators/comparison.ts";
import { kernels } from "../../kernels/kernels.ts";
import { combinedValidity, emptyVector, maskOf } from "../vectors.ts";
import { keyOf } from "./keys.ts";
import { checkElements } from "../value-size.ts";
import { memberVector, sizeVector } from "./list-vectors.ts";

type List = readonly Cell[];
const elementOf = (type: DataType): DataType => (type.kind === "array" ? type.element : VOID);
const first = (call: Call): DataType => call.types[0]!;

/** A function of an array and a value of its elements' type. */
function withElement(name: string, usage: string, description: string, cases: ScalarSpec["cases"], options: {
  readonly returns: (type: ArrayType) => DataType; readonly refuseNull?: "any" | "list"; readonly asAny?: boolean; readonly nullAware?: boolean; readonly nullable?: (args: readonly ResolvedExpression[]) => boolean;
  readonly row: (list: List, value: Cell, equal: (a: Cell, b: Cell) => boolean) => Cell;
  readonly vector?: (element: DataType, row: RowKernel) => VectorKernel | undefined;
}): ScalarFunction {
  return custom({
    name, usage, description, cases,
    bind: (args, _settings, origin): Binding => {
      checkCount(name, args.length, 2, 2, origin);
      const [list, value] = args as [ResolvedExpression, ResolvedExpression];
      if (options.refuseNull !== undefined && (list.type.kind === "void" || options.refuseNull === "any" && value.type.kind === "void")) {
        throw mismatch("NULL_TYPE", name, args, `Null typed values cannot be used as arguments of \`${name}\`.`, { functionName: `\`${name}\`` }, origin);
      }
      const wrong = (): Error => mismatch("ARRAY_FUNCTION_DIFF_TYPES", name, args, `Input to \`${name}\` should have been "ARRAY" followed by a value with same element type, but it's [${typeName(list.type)}, ${typeName(value.type)}].`,
        { functionName: `\`${name}\``, dataType: "\"ARRAY\"", leftType: typeName(list.type), rightType: typeName(value.type) }, origin);
      if (list.type.kind !== "array") {
        throw options.asAny === true ? wrong() : unexpectedType(name, args, 0, "\"ARRAY\"", origin);
      }
      const element = (options.refuseNull === "any" ? widerTypeWithoutStrings : elementCommonType)(list.type.element, value.type);
      if (element === undefined) throw wrong();
      const type = array(element, list.type.containsNull), equal = element.kind === "void" || element.kind === "map" ? () => false : cellsEqual(element);
      const row: RowKernel = ([items, wanted]) => (items === null ? null : options.row(items as List, wanted!, equal)), vector = options.vector?.(element, row);
      return { type: options.returns(type), argTypes: [type, element], nullAware: options.nullAware ?? false, nullable: options.nullable?.(args) ?? false, row, ...(vector && { vector }) };
    },
  });
}

/** A function of two arrays of one type. */
const noOrder = (name: string, args: readonly ResolvedExpression[], type: DataType, origin: ResolvedExpression["origin"]): Error =>
  mismatch("INVALID_ORDERING_TYPE", name, args, `The \`${name}\` does not support ordering on type ${typeName(type)}.`, { functionName: `\`${name}\``, dataType: typeName(type) }, origin);

function ofTwo(name: string, description: string, cases: ScalarSpec["cases"], returns: (type: ArrayType, other: ArrayType) => DataType, nullable: boolean, row: (a: List, b: List, key: ReturnType<typeof keyOf>) => Cell): ScalarFunction {
  return custom({
    name, usage: `${name}(array1, array2)`, description, cases,
    bind: (args, _settings, origin): Binding => {
      checkCount(name, args.length, 2, 2, origin);
      const [a, b] = args.map(arg => arg.type) as [DataType, DataType], wider = elementCommonType(a, b);
      const exact = a.kind === "array" && b.kind === "array" && wider?.kind === "array" && (sameTypeIgnoringNullability(a, b) || a.element.kind === "void" || b.element.kind === "void" || (a.element.kind !== "decimal" && b.element.kind !== "decimal"));
      const type = exact ? wider : undefined;
      if (type === undefined) {
        throw mismatch("BINARY_ARRAY_DIFF_TYPES", name, args, `Input to function \`${name}\` should have been two "ARRAY" with same element type, but it's [${typeName(a)}, ${typeName(b)}].`,
          { functionName: `\`${name}\``, arrayType: "\"ARRAY\"", leftType: typeName(a), rightType: typeName(b) }, origin);
      }
      if (!isOrderable(type.element)) throw noOrder(name, args, type.element, origin);
      const key = keyOf(type.element);
      return { type: returns(a.kind === "array" ? array(type.element, a.containsNull) : type, b.kind === "array" ? array(type.element, b.containsNull) : type), argTypes: [type, type], nullable, row: ([x, y]) => row(x as List, y as List, key) };
    },
  });
}

function extreme(name: string, sign: 1 | -1, cases: ScalarSpec["cases"]): ScalarFunction {
  return scalar({
    name, usage: `${name}(array)`, description: `The ${sign === 1 ? "greatest" : "least"} element; nulls are skipped.`, cases, params: [ANY_ARRAY], returns: call => elementOf(first(call)), nullable: true,
    make: call => {
      const element = elementOf(first(call));
      if (!isOrderable(element)) throw mismatch("INVALID_ORDERING_TYPE", name, call.args, `The \`${name}\` does not support ordering on type ${typeName(first(call))}.`, { functionName: `\`${name}\``, dataType: typeName(first(call)) }, call.origin);
      const order = cellOrder(element);
      return { row: ([list]) => { let best: Cell = null; for (const item of list as List) if (item !== null && (best === null || order(item, best) * sign > 0)) best = item; return best; } };
    },
  });
}

const unique = (items: Iterable<Cell>, key: ReturnType<typeof keyOf>): Cell[] => {
  const seen = new Set<unknown>(), result: Cell[] = [];
  for (const item of items) { const id = key(item); if (!seen.has(id)) { seen.add(id); result.push(typeof item === "number" ? item + 0 : item); } }
  return result;
};

const zeroIndex = (): Error => executionError("INVALID_INDEX_OF_ZERO", "22003", "The index 0 is invalid. An index shall be either < 0 or > 0 (the first element has index 1).");

function sortArray(call: Call): Partial<Binding> {
  const element = elementOf(first(call));
  if (!isOrderable(element)) throw mismatch("INVALID_ORDERING_TYPE", "sort_array", call.args, `The \`sort_array\` does not support ordering on type ${typeName(first(call))}.`, { functionName: "`sort_array`", dataType: typeName(first(call)) }, call.origin);
  if (call.args[1] !== undefined && someExpression(call.args[1], e => e.kind === "attribute")) throw nonFoldable("sort_array", call.args, 1, "ascendingOrder", call.origin);
  const order = nullsFirst(cellOrder(element));
  return { row: ([list, ascending]) => { const sorted = [...list as List].sort(order); return ascending === false ? sorted.reverse() : sorted; } };
}

/** Texts joined pair by pair. */
const joinVectors: VectorKernel = (args, rows, length, context) => {
  const kernel = kernels(), { arena } = context, valid = combinedValidity(args, rows, length, context);
  return args.slice(1).reduce((a, b) => {
    const out = emptyVector(STRING, length, valid, context), heap = arena.allocate(kernel.joinedBytes(a.data, maskOf(a), b.data, maskOf(b), rows.pointer, rows.count));
    kernel.joinStrings(a.data, maskOf(a), b.data, maskOf(b), valid, rows.pointer, rows.count, out.data, heap);
    return out;
  }, args[0]!);
};

export const arrayFunctions: readonly ScalarFunction[] = [
  custom({
    name: "array", usage: "array(expr, ...)", description: "An array of the values, brought to one type.", cases: [["array(1, 2, 3)", "[1, 2, 3]"], ["array(1, '2')", "[1, 2]"], ["array(1, true)", "DATATYPE_MISMATCH.DATA_DIFF_TYPES"]],
    bind: (args, _settings, origin) => {
      const element = coalesceTypes(args.map(arg => arg.type));
      if (element === undefined) throw differentDataTypes("array", args, origin);
      return { type: array(element, args.some(arg => arg.nullable)), argTypes: args.map(() => element), nullAware: true, nullable: false, row: cells => [...cells] };
    },
  }),
  scalar({
    name: "size", aliases: ["cardinality"], usage: "size(expr)", description: "How many elements an array or a map has.", cases: [["size(array(1, NULL))", "2"], ["size(map('a', 1))", "1"], ["size(NULL)", "NULL"]], params: [oneOf(ANY_ARRAY, ANY_MAP)], returns: INT, nullAware: true,
    make: call => {
      const legacy = !call.settings.ansi && call.settings.conf.get("spark.sql.legacy.sizeOfNull")?.toLowerCase() !== "false";
      const row: RowKernel = ([c]) => (c === null ? (legacy ? -1 : null) : Array.isArray(c) ? c.length : (c as { entries: readonly unknown[] }).entries.length);
      return { nullable: legacy ? false : call.args[0]!.nullable, row, vector: sizeVector(row, legacy ? -1 : null) };
    },
  }),
  scalar({ name: "array_size", usage: "array_size(array)", description: "How many elements an array has.", cases: [["array_size(array('b', 'd'))", "2"]], params: [ANY_ARRAY], returns: INT, row: ([c]) => (c as List).length, vector: sizeVector(([c]) => (c === null ? null : (c as List).length), null) }),
  withElement("array_contains", "array_contains(array, value)", "Whether the value is among the elements; null if it may be, for a null among them.", [["array_contains(array(1, 2, 3), 2)", "true"], ["array_contains(array(1, NULL), 2)", "NULL"]], {
    returns: () => BOOLEAN, refuseNull: "any", nullable: ([list]) => list!.type.kind === "array" && list!.type.containsNull,
    row: (list, value, equal) => { let sawNull = false; for (const item of list) { if (item === null) sawNull = true; else if (equal(item, value)) return true; } return sawNull ? null : false; },
    vector: memberVector,
  }),
  withElement("array_position", "array_position(array, element)", "Where the element first stands, from 1; 0 if nowhere.", [["array_position(array(312, 773, 708, 708), 708)", "3"]], { refuseNull: "list", returns: () => BIGINT, row: (list, value, equal) => BigInt(list.findIndex(item => item !== null && equal(item, value)) + 1) }),
  withElement("array_remove", "array_remove(array, element)", "The array without an element.", [["array_remove(array(1, 2, 3, NULL, 3), 3)", "[1, 2, null]"]], { returns: type => type, asAny: true, row: (list, value, equal) => list.filter(item => item === null || !equal(item, value)) }),
  withElement("array_append", "array_append(array, element)", "The array with an element behind.", [["array_append(array('b'), 'd')", "[b, d]"]], { returns: type => array(type.element, true), nullAware: true, nullable: ([list]) => list!.nullable, row: (list, value) => [...list, value] }),
  withElement("array_prepend", "array_prepend(array, element)", "The array with an element in front.", [["array_prepend(array('b'), 'd')", "[d, b]"]], { returns: type => array(type.element, true), nullAware: true, nullable: ([list]) => list!.nullable, row: (list, value) => [value, ...list] }),
  custom({
    name: "array_insert", usage: "array_insert(x, pos, val)", description: "The array with a value put in at a position, from 1, or from the end when negative.", cases: [["array_insert(array(1, 2, 3, 4), 5, 5)", "[1, 2, 3, 4, 5]"], ["array_insert(array(5, 3, 2, 1), -4, 4)", "[5, 4, 3, 2, 1]"], ["array_insert(array(1), 0, 9)", "INVALID_INDEX_OF_ZERO"]],
    bind: (args, settings, origin): Binding => {
      checkCount("array_insert", args.length, 3, 3, origin);
      const [list, , value] = args as [ResolvedExpression, ResolvedExpression, ResolvedExpression];
      if (!["tinyint", "smallint", "int"].includes(args[1]!.type.kind)) throw unexpectedType("array_insert", args, 1, "\"INT\"", origin);
      const element = list.type.kind === "array" ? elementCommonType(list.type.element, value.type) : undefined;
      if (element === undefined) throw mismatch("ARRAY_FUNCTION_DIFF_TYPES", "array_insert", args, "Input to `array_insert` should have been an array, a position and a value of its elements' type.", { functionName: "`array_insert`", dataType: "\"ARRAY\"", leftType: typeName(list.type), rightType: typeName(value.type) }, origin);
      const isLegacy = settings.conf.get("spark.sql.legacy.negativeIndexInArrayInsert")?.toLowerCase() === "true";
      return {
        type: array(element, true), argTypes: [array(element), INT, element], nullAware: true, nullable: list.nullable || args[1]!.nullable, canRaise: true,
        row: ([items, at, item]) => {
          if (items === null || at === null) return null;
          const result = [...items as List], position = isLegacy && (at as number) < 0 ? (at as number) - 1 : at as number;
          if (position === 0) throw zeroIndex();
          const length = position > 0 ? Math.max(result.length + 1, position) : Math.max(result.length + 1, -position);
          checkElements("array_insert", length, "FUNCTION");
          if (position > 0) { while (result.length < position - 1) result.push(null); result.splice(position - 1, 0, item!); }
          else if (-position > result.length + 1) { const nulls = new Array<Cell>(-position - result.length - 1).fill(null); return [item!, ...nulls, ...result]; }
          else result.splice(result.length + position + 1, 0, item!);
          return result;
        },
      };
    },
  }),
  scalar({ name: "array_compact", usage: "array_compact(array)", description: "The array without its nulls.", cases: [["array_compact(array(1, NULL, 3))", "[1, 3]"]], params: [ANY_ARRAY], returns: call => array(elementOf(first(call)), false), row: ([list]) => (list as List).filter(item => item !== null) }),
  scalar({ name: "array_distinct", usage: "array_distinct(array)", description: "Each value once, in order of first appearance.", cases: [["array_distinct(array(1, 2, 3, NULL, 3))", "[1, 2, 3, null]"]], params: [ANY_ARRAY], returns: first, make: call => { if (!isOrderable(elementOf(first(call)))) throw noOrder("array_distinct", call.args, first(call), call.origin); const key = keyOf(elementOf(first(call))); return { row: ([list]) => unique(list as List, key) }; } }),
  ofTwo("array_union", "All values of both, each once.", [["array_union(array(1, 2, 3), array(1, 3, 5))", "[1, 2, 3, 5]"]], (a, b) => array(a.element, a.containsNull || b.containsNull), false, (a, b, key) => unique([...a, ...b], key)),
  ofTwo("array_intersect", "The values that both have, each once.", [["array_intersect(array(1, 2, 3), array(1, 3, 5))", "[1, 3]"]], (a, b) => array(a.element, a.containsNull && b.containsNull), false, (a, b, key) => { const other = new Set(b.map(key)); return unique(a.filter(item => other.has(key(item))), key); }),
  ofTwo("array_except", "The values of the first that the second has not, each once.", [["array_except(array(1, 2, 3), array(1, 3, 5))", "[2]"]], a => a, false, (a, b, key) => { const other = new Set(b.map(key)); return unique(a.filter(item => !other.has(key(item))), key); }),
  ofTwo("arrays_overlap", "Whether both have a value in common; null if they may, for a null.", [["arrays_overlap(array(1, 2, 3), array(3, 4, 5))", "true"]], () => BOOLEAN, true, (a, b, key) => {
    const other = new Set(b.filter(item => item !== null).map(key));
    if (a.some(item => item !== null && other.has(key(item)))) return true;
    return a.length > 0 && b.length > 0 && (a.includes(null) || b.includes(null)) ? null : false;
  }),
  extreme("array_max", 1, [["array_max(array(1, 20, NULL, 3))", "20"]]), extreme("array_min", -1, [["array_min(array(1, 20, NULL, 3))", "1"]]),
  scalar({ name: "sort_array", usage: "sort_array(array[, ascendingOrder])", description: "The array in order: nulls first, or last when descending.", cases: [["sort_array(array('b', 'd', NULL, 'c', 'a'), true)", "[null, a, b, c, d]"]], params: [ANY_ARRAY, uncast(AS.boolean)], optional: 1, returns: first, make: sortArray }),
  scalar({
    name: "array_join", usage: "array_join(array, delimiter[, nullReplacement])", description: "The elements as one text; nulls are left out, or replaced.", cases: [["array_join(array('hello', NULL, 'world'), ' ', ',')", "hello , world"], ["array_join(array('a', NULL), '-')", "a"]], params: [exactly(array(STRING)), uncast(AS.string), uncast(AS.string)], optional: 1, returns: STRING,
    row: ([list, delimiter, replacement]) => (list as List).flatMap(item => (item !== null ? [item as string] : replacement === undefined ? [] : [replacement as string])).join(delimiter as string),
  }),
  scalar({
    name: "array_repeat", usage: "array_repeat(element, count)", description: "An array of one value many times.", cases: [["array_repeat('123', 2)", "[123, 123]"]], params: [ANY, uncast(AS.int)], returns: call => array(first(call), call.args[0]!.nullable), nullAware: true,
    make: call => ({
      nullable: call.args[1]!.nullable, canRaise: true,
      row: ([item, n]) => {
        if (n === null) return null;
        checkElements("array_repeat", n as number);
        return new Array<Cell>(Math.max(0, n as number)).fill(item!);
      },
    }),
  }),
  scalar({
    name: "slice", usage: "slice(x, start, length)", description: "Part of an array from a position, from 1, or from the end when negative.", cases: [["slice(array(1, 2, 3, 4), 2, 2)", "[2, 3]"], ["slice(array(1, 2, 3, 4), -2, 2)", "[3, 4]"]], params: [ANY_ARRAY, AS.int, AS.int], returns: first, canRaise: true,
    row: ([list, start, length]) => {
      const items = list as List, at = start as number, n = length as number;
      if (at === 0) throw invalidParameter("START", "slice", "start", "expects a positive or a negative value for `start`, but got 0.");
      if (n < 0) throw invalidParameter("LENGTH", "slice", "length", `expects \`length\` greater than or equal to 0, but got ${n}.`, { length: String(n) });
      const from = at > 0 ? at - 1 : items.length + at;
      return from < 0 ? [] : items.slice(from, from + n);
    },
  }),
  scalar({
    name: "flatten", usage: "flatten(arrayOfArrays)", description: "The elements of the arrays in an array; null if one of them is null.", cases: [["flatten(array(array(1, 2), array(3, 4)))", "[1, 2, 3, 4]"]], params: [ANY_ARRAY], returns: call => elementOf(first(call)),
    make: call => {
      const inner = elementOf(first(call));
      if (inner.kind !== "array") throw unexpectedType("flatten", call.args, 0, "\"ARRAY\" of \"ARRAY\"", call.origin);
      return { nullable: first(call).kind === "array" && (first(call) as ArrayType).containsNull, row: ([list]) => ((list as List).includes(null) ? null : (list as readonly List[]).flat(1)) };
    },
  }),
  custom({
    name: "arrays_zip", usage: "arrays_zip(array, ...)", description: "The elements at each place as a struct; nulls where an array is shorter.", cases: [["arrays_zip(array(1, 2), array('a'))", "[{1, a}, {2, null}]"]],
    bind: (args, _settings, origin): Binding => {
      args.forEach((_, i) => accept("arrays_zip", args, i, ANY_ARRAY, origin));
      const name = (arg: ResolvedExpression, i: number): string => (arg.kind === "attribute" || arg.kind === "field_access" ? arg.name : String(i));
      return {
        type: array(struct(args.map((arg, i) => field(name(arg, i), elementOf(arg.type)))), false), row: lists => {
          const length = Math.max(0, ...lists.map(list => (list as List).length));
          return Array.from({ length }, (_, i) => lists.map(list => (list as List)[i] ?? null));
        },
      };
    },
  }),
  custom({
    name: "concat", aliases: ["||"], usage: "concat(col1, ..., colN)", description: "Texts, binaries or arrays behind each other.", cases: [["concat('Spark', 'SQL')", "SparkSQL"], ["concat(array(1, 2), array(3))", "[1, 2, 3]"], ["'a' || 1", "a1"]],
    bind: (args, settings, origin): Binding => {
      const wrong = args.findIndex(arg => arg.type.kind === "map" || arg.type.kind === "struct");
      if (wrong >= 0) throw unexpectedType("concat", args, wrong, "(\"STRING\" or \"BINARY\" or \"ARRAY\")", origin);
      if (args.some(arg => arg.type.kind === "array")) {
        const type = foldTypes(args.map(arg => (arg.type.kind === "void" ? STRING : arg.type)), (a, b) => coalesceTypes([a, b]));
        if (type?.kind !== "array") throw differentDataTypes("concat", args.map(arg => (arg.type.kind === "array" ? arg : { ...arg, type: STRING } as ResolvedExpression)), origin);
        return { type, argTypes: args.map(() => type), row: lists => (lists as readonly List[]).flat(1) };
      }
      if (args.length > 0 && args.every(arg => arg.type.kind === "binary") && settings.conf.get("spark.sql.function.concatBinaryAsString")?.toLowerCase() !== "true") return { type: { kind: "binary" }, row: parts => Buffer.concat(parts as readonly Uint8Array[]) };
      args.forEach((_, i) => accept("concat", args, i, oneOf(AS.string, AS.binary, ANY_ARRAY), origin));
      return { type: STRING, argTypes: args.map(() => STRING), row: parts => parts.join(""), ...(args.length >= 2 && { vector: joinVectors }) };
    },
  }),
];
