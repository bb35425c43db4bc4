/** Access to elements and keys, structs and maps: `a[i]`, element_at, named_struct, map... */
import type { Selection } from "../../columns/batch.ts";
import { Vector } from "../../columns/vector.ts";
import { materialized } from "../vectors.ts";
import type { Binding, EvalContext, RowKernel, ScalarFunction } from "../../plan/function.ts";
import type { ResolvedExpression } from "../../plan/resolved.ts";
import type { Cell, MapCell } from "../../types/cell.ts";
import { BOOLEAN, INT, STRING, VOID, array, field, isIntegral, map, struct, type DataType, type StructType } from "../../types/data-type.ts";
import { ANY_ARRAY, ANY_MAP, AS, coalesceTypes, isString, tightestCommonType, uncast, widerTypeWithoutStrings, ANY_INTEGRAL, familyName } from "../coercion.ts";
import { checkCount, custom, literalValue, scalar, type Call } from "../define.ts";
import { differentDataTypes, executionError, mismatch, typeName, unexpectedType, wrongNumberOfArguments } from "../errors.ts";
import { cellsEqual } from "../operators/comparison.ts";
import { rowVector } from "../row-vector.ts";
import { itemVector } from "./item-vector.ts";
import { makeMap } from "./keys.ts";
import { splitText } from "../regexp/split.ts";

type List = readonly Cell[];
const wrongIndex = (condition: string, index: number, size: number): Error => executionError(condition, "22003", `The index ${index} is out of bounds. The array has ${size} elements.`, { indexValue: String(index), arraySize: String(size) });

function lookup(type: DataType & { kind: "map" }): (m: Cell, key: Cell) => Cell {
  const equal = cellsEqual(type.key);
  return (m, key) => (m as MapCell).entries.find(([k]) => equal(k, key))?.[1] ?? null;
}

/** Typing of a place in an array or map. `at`: the value at an index that is not null. */
function itemBinding(name: string, args: readonly ResolvedExpression[], origin: ResolvedExpression["origin"], ansi: boolean, at: (list: List, index: number) => Cell, nullable: boolean, onlyInt: boolean): Binding {
  checkCount(name, args.length, 2, 2, origin);
  const [child, key] = args as [ResolvedExpression, ResolvedExpression], { type } = child;
  if (type.kind === "map") {
    const keyType = tightestCommonType(type.key, key.type) ?? (isString(key.type) ? type.key : undefined);
    if (keyType === undefined && onlyInt === false) throw unexpectedType(name, args, 1, typeName(type.key), origin);
    if (keyType === undefined) throw mismatch("MAP_FUNCTION_DIFF_TYPES", name, args, `Input to \`${name}\` should have been "MAP" followed by a value with same key type, but it's [${typeName(type)}, ${typeName(key.type)}].`, { functionName: `\`${name}\``, dataType: "\"MAP\"", leftType: typeName(type), rightType: typeName(key.type) }, origin);
    const typed = map(keyType, type.value, type.valueContainsNull), find = lookup(typed);
    return { type: type.value, argTypes: [typed, keyType], nullable: true, row: ([m, k]) => find(m!, k!) };
  }
  if (type.kind !== "array") throw unexpectedType(name, args, 0, "(\"ARRAY\" or \"MAP\")", origin);
  const index = isIntegral(key.type) && (!onlyInt || key.type.kind !== "bigint") ? key.type : !onlyInt && key.type.kind === "void" ? INT : undefined;
  if (index === undefined) throw unexpectedType(name, args, 1, onlyInt ? "\"INT\"" : familyName(ANY_INTEGRAL), origin);
  return { type: type.element, argTypes: [type, index], canRaise: ansi, nullable: nullable || type.containsNull, row: ([list, i]) => at(list as List, Number(i as number | bigint)) };
}

function elementAt(list: List, index: number, fail: boolean): Cell {
  if (index === 0) throw executionError("INVALID_INDEX_OF_ZERO", "22003", "The index 0 is invalid. An index shall be either < 0 or > 0 (the first element has index 1).");
  if (Math.abs(index) > list.length) {
    if (fail) throw wrongIndex("INVALID_ARRAY_INDEX_IN_ELEMENT_AT", index, list.length);
    return null;
  }
  return list[index > 0 ? index - 1 : list.length + index]!;
}

/** The kernel of element_at over arrays. */
const elementBinding = (binding: Binding, args: readonly ResolvedExpression[], fail: boolean): Binding => (args[0]!.type.kind !== "array" ? binding
  : { ...binding, vector: itemVector(binding.type, rowVector(binding.type, binding.row!), fail ? (i, size) => wrongIndex("INVALID_ARRAY_INDEX_IN_ELEMENT_AT", i, size) : undefined, "from 1") });

/** keys and values, one after the other. */
function mapParts(args: readonly ResolvedExpression[], from: 0 | 1): ResolvedExpression[] {
  return args.filter((_, i) => i % 2 === from);
}

const mapType = (call: Call): DataType & { kind: "map" } => (call.types[0]!.kind === "map" ? call.types[0] : map(VOID, VOID));

/** Types whose constants can be made columns. */
const isStoredInPlace = (type: DataType): boolean => !["array", "map", "struct", "calendar_interval", "variant", "void"].includes(type.kind);

export const accessFunctions: readonly ScalarFunction[] = [
  custom({
    name: "[]", aliases: ["get_item"], usage: "array[index], map[key]", description: "An element, counted from 0, or the value of a key.", cases: [["array(1, 2)[0]", "1"], ["array(1, 2)[2]", "INVALID_ARRAY_INDEX"], ["map('a', 1)['b']", "NULL"]],
    bind: (args, settings, origin) => {
      const outside = settings.ansi ? (i: number, size: number) => wrongIndex("INVALID_ARRAY_INDEX", i, size) : undefined;
      const binding = itemBinding("[]", args, origin, settings.ansi, (list, i) => {
        if (i >= 0 && i < list.length) return list[i]!;
        if (outside !== undefined) throw outside(i, list.length);
        return null;
      }, !settings.ansi, false);
      return args[0]!.type.kind === "array" ? { ...binding, vector: itemVector(binding.type, rowVector(binding.type, binding.row!), outside) } : binding;
    },
  }),
  custom({
    name: "element_at", usage: "element_at(array, index), element_at(map, key)", description: "An element, counted from 1 or from the end, or the value of a key.", cases: [["element_at(array(1, 2, 3), 2)", "2"], ["element_at(array(1, 2), 3)", "INVALID_ARRAY_INDEX_IN_ELEMENT_AT"], ["element_at(map(1, 'a'), 2)", "NULL"]],
    bind: (args, settings, origin) => elementBinding(itemBinding("element_at", args, origin, settings.ansi, (list, i) => elementAt(list, i, settings.ansi), !settings.ansi, true), args, settings.ansi),
  }),
  custom({
    name: "try_element_at", usage: "try_element_at(array, index)", description: "As element_at; null where there is none.", cases: [["try_element_at(array(1, 2, 3), 4)", "NULL"]],
    bind: (args, _settings, origin) => elementBinding(itemBinding("element_at", args, origin, true, (list, i) => elementAt(list, i, false), true, true), args, false),
  }),
  scalar({
    name: "get", usage: "get(array, index)", description: "An element, counted from 0; null where there is none.", cases: [["get(array(1, 2, 3), 0)", "1"], ["get(array(1, 2, 3), -1)", "NULL"]], params: [ANY_ARRAY, AS.int], returns: call => (call.types[0]!.kind === "array" ? call.types[0].element : VOID), nullable: true,
    make: call => {
      if (call.args[0]!.type.kind === "void") throw unexpectedType("get", call.args, 0, "\"ARRAY\"", call.origin);
      const row: RowKernel = ([list, i]) => (list as List)[Number(i as number | bigint)] ?? null, { element } = call.types[0] as DataType & { kind: "array" };
      return { row, vector: itemVector(element, rowVector(element, row), undefined) };
    },
  }),
  custom({
    name: "named_struct", usage: "named_struct(name1, val1, ...)", description: "A struct of names and values.", cases: [["named_struct('a', 1, 'b', 2)", "{1, 2}"]],
    bind: (args, _settings, origin) => {
      if (args.length % 2 !== 0) throw wrongNumberOfArguments("named_struct", args.length, "2n (n > 0)", origin);
      const names = mapParts(args, 0), wrong = names.filter(n => { const l = literalValue(n); return l === undefined || typeof l.value !== "string"; });
      if (wrong.length > 0) {
        const inputExprs = `[${wrong.map(n => `"${n.kind === "attribute" ? n.name : n.kind === "literal" ? String(n.value) : n.kind}"`).join(", ")}]`;
        throw mismatch("CREATE_NAMED_STRUCT_WITHOUT_FOLDABLE_STRING", "named_struct", args, `Only foldable \`STRING\` expressions are allowed to appear at odd position, but they are ${inputExprs}.`, { inputExprs }, origin);
      }
      const type: StructType = struct(mapParts(args, 1).map((value, i) => field(String(literalValue(names[i])!.value), value.type, value.nullable)));
      const inPlace = type.fields.every(f => isStoredInPlace(f.type));
      return {
        type, nullAware: true, nullable: false, row: cells => cells.filter((_, i) => i % 2 === 1),
        ...(inPlace && type.fields.length > 0 && { vector: (vectors: readonly Vector[], rows: Selection, length: number, context: EvalContext) => new Vector(type, 0, 0, { children: type.fields.map((f, i) => materialized(vectors[2 * i + 1]!, rows, length, context).retyped(f.type)) }) }),
      };
    },
  }),
  custom({
    name: "map", usage: "map(key0, value0, ...)", description: "A map of keys and values.", cases: [["map(1.0, '2', 3.0, '4')", "{1.0 -> 2, 3.0 -> 4}"], ["map('a', 1, 'a', 2)", "DUPLICATED_MAP_KEY"]],
    bind: (args, _settings, origin) => {
      if (args.length % 2 !== 0) throw wrongNumberOfArguments("map", args.length, "2n (n > 0)", origin);
      const keys = mapParts(args, 0), values = mapParts(args, 1), key = coalesceTypes(keys.map(k => k.type)), value = coalesceTypes(values.map(v => v.type));
      const differ = (sub: string, of: readonly ResolvedExpression[]): Error => mismatch(sub, "map", args, "The given keys or values of function `map` should all be the same type.", { functionName: "`map`", dataType: `[${of.map(e => typeName(e.type)).join(", ")}]` }, origin);
      if (key === undefined) throw differ("CREATE_MAP_KEY_DIFF_TYPES", keys);
      if (value === undefined) throw differ("CREATE_MAP_VALUE_DIFF_TYPES", values);
      if (key.kind === "map") throw mismatch("INVALID_MAP_KEY_TYPE", "map", args, `The key of map cannot be/contain ${typeName(key)}.`, { keyType: typeName(key) }, origin);
      return {
        type: map(key, value, values.some(v => v.nullable)), argTypes: args.map((_, i) => (i % 2 === 0 ? key : value)), nullAware: true, nullable: false, canRaise: true,
        row: (cells, { settings }) => makeMap(key, Array.from({ length: cells.length / 2 }, (_, i) => [cells[2 * i]!, cells[2 * i + 1]!] as const), settings.conf),
      };
    },
  }),
  scalar({ name: "map_keys", usage: "map_keys(map)", description: "The keys as an array.", cases: [["map_keys(map(1, 'a', 2, 'b'))", "[1, 2]"]], params: [ANY_MAP], returns: call => array(mapType(call).key, false), row: ([m]) => (m as MapCell).entries.map(([k]) => k) }),
  scalar({ name: "map_values", usage: "map_values(map)", description: "The values as an array.", cases: [["map_values(map(1, 'a', 2, 'b'))", "[a, b]"]], params: [ANY_MAP], returns: call => array(mapType(call).value, mapType(call).valueContainsNull), row: ([m]) => (m as MapCell).entries.map(([, v]) => v) }),
  scalar({ name: "map_entries", usage: "map_entries(map)", description: "The entries as an array of structs.", cases: [["map_entries(map(1, 'a'))", "[{1, a}]"]], params: [ANY_MAP], returns: call => array(struct([field("key", mapType(call).key, false), field("value", mapType(call).value, mapType(call).valueContainsNull)]), false), row: ([m]) => (m as MapCell).entries.map(([k, v]) => [k, v]) }),
  custom({
    name: "map_contains_key", usage: "map_contains_key(map, key)", description: "Whether a map has a key.", cases: [["map_contains_key(map(1, 'a', 2, 'b'), 1)", "true"]],
    bind: (args, _settings, origin): Binding => {
      checkCount("map_contains_key", args.length, 2, 2, origin);
      const [m, k] = args as [ResolvedExpression, ResolvedExpression];
      if (m.type.kind === "void" || k.type.kind === "void") throw mismatch("NULL_TYPE", "map_contains_key", args, "Null typed values cannot be used as arguments of `map_contains_key`.", { functionName: "`map_contains_key`" }, origin);
      const key = m.type.kind === "map" ? widerTypeWithoutStrings(m.type.key, k.type) : undefined;
      if (m.type.kind !== "map" || key === undefined) throw mismatch("MAP_FUNCTION_DIFF_TYPES", "map_contains_key", args, `Input to \`map_contains_key\` should have been "MAP" followed by a value with same key type, but it's [${typeName(m.type)}, ${typeName(k.type)}].`, { functionName: "`map_contains_key`", dataType: "\"MAP\"", leftType: typeName(m.type), rightType: typeName(k.type) }, origin);
      const equal = cellsEqual(key);
      return { type: BOOLEAN, argTypes: [map(key, m.type.value, m.type.valueContainsNull), key], row: ([cell, wanted]) => (cell as MapCell).entries.some(([found]) => equal(found, wanted!)) };
    },
  }),
  custom({
    name: "map_concat", usage: "map_concat(map, ...)", description: "All entries of several maps.", cases: [["map_concat(map(1, 'a'), map(2, 'b'))", "{1 -> a, 2 -> b}"]],
    bind: (args, _settings, origin): Binding => {
      if (args.length === 0) return { type: map(STRING, STRING, false), row: () => ({ entries: [] }), nullAware: true };
      const type = args.every(arg => arg.type.kind === "map") ? coalesceTypes(args.map(arg => arg.type)) : undefined;
      if (type === undefined && args.every(arg => arg.type.kind === "map")) throw differentDataTypes("map_concat", args, origin);
      if (type?.kind !== "map") throw mismatch("MAP_CONCAT_DIFF_TYPES", "map_concat", args, "The `map_concat` should all be of type map.", { functionName: "`map_concat`", dataType: `[${args.map(arg => typeName(arg.type)).join(", ")}]` }, origin);
      return { type, argTypes: args.map(() => type), canRaise: true, row: (maps, { settings }) => makeMap(type.key, maps.flatMap(m => (m as MapCell).entries), settings.conf) };
    },
  }),
  scalar({
    name: "map_from_arrays", usage: "map_from_arrays(keys, values)", description: "A map of an array of keys and one of values.", cases: [["map_from_arrays(array(1.0, 3.0), array('2', '4'))", "{1.0 -> 2, 3.0 -> 4}"]], params: [ANY_ARRAY, ANY_ARRAY], canRaise: true,
    returns: call => { const [k, v] = call.types as [DataType & { kind: "array" }, DataType & { kind: "array" }]; return map(k.element, v.element, v.containsNull); },
    make: call => ({
      row: ([k, v], { settings }) => {
        const keys = k as List, values = v as List;
        if (keys.length !== values.length) throw executionError("MAP_KEY_VALUE_DIFF_SIZES", "22023", "The key array and value array of a map must have the same length.");
        return makeMap((call.types[0] as DataType & { kind: "array" }).element, keys.map((key, i) => [key, values[i]!] as const), settings.conf);
      },
    }),
  }),
  scalar({
    name: "map_from_entries", usage: "map_from_entries(arrayOfEntries)", description: "A map of an array of structs of key and value.", cases: [["map_from_entries(array(struct(1, 'a'), struct(2, 'b')))", "{1 -> a, 2 -> b}"]], params: [ANY_ARRAY], returns: VOID, canRaise: true,
    make: call => {
      const type = call.types[0]!, entry = type.kind === "array" ? type.element : VOID;
      if (entry.kind !== "struct" || entry.fields.length !== 2) throw unexpectedType("map_from_entries", call.args, 0, "\"ARRAY\" of pair \"STRUCT\"", call.origin);
      const [k, v] = entry.fields as [StructType["fields"][number], StructType["fields"][number]];
      return { type: map(k.type, v.type, v.nullable), nullable: type.kind === "array" && type.containsNull, row: ([list], { settings }) => ((list as List).includes(null) ? null : makeMap(k.type, (list as readonly (readonly [Cell, Cell])[]), settings.conf)) };
    },
  }),
  scalar({
    name: "str_to_map", usage: "str_to_map(text[, pairDelim[, keyValueDelim]])", description: "A map of text: entries cut at one delimiter (a regular expression), key and value at another.", cases: [["str_to_map('a:1,b:2,c:3', ',', ':')", "{a -> 1, b -> 2, c -> 3}"]], params: [uncast(AS.string), uncast(AS.string), uncast(AS.string)], optional: 2, returns: map(STRING, STRING, true), canRaise: true,
    row: ([text, pair, kv], { settings }) => makeMap(STRING, splitText(text as string, (pair as string | undefined) ?? ",", -1, "str_to_map").map(part => {
      const [key, value] = splitText(part, (kv as string | undefined) ?? ":", 2, "str_to_map") as [string, string | undefined];
      return [key, value ?? null] as const;
    }), settings.conf),
  }),
];
