/** collate() and collation(), and what calls over texts of a collation are rewritten to (see analyze/collations.ts). */
import { AnalysisError } from "../../base/errors.ts";
import { cellOrder } from "../../columns/compare-cells.ts";
import type { AggregateFunction, Binding, ObjectAggregate, RowKernel, ScalarFunction } from "../../plan/function.ts";
import type { Cell } from "../../types/cell.ts";
import { collationKey, collationName } from "../../types/collation.ts";
import { keyText } from "../../types/cell-key.ts";
import { array, field, STRING, struct, type DataType } from "../../types/data-type.ts";
import { constantCell } from "../constant-argument.ts";
import { checkCount, custom } from "../define.ts";
import { objectAggregate } from "../aggregates/objects.ts";
import { contextOf, quoted, typeName, unexpectedType } from "../errors.ts";

const isText = (type: DataType): boolean => type.kind === "string" || type.kind === "void";

export const collateFunctions: readonly ScalarFunction[] = [
  custom({
    name: "collate", usage: "collate(expr, collationName)", description: "A text that is compared by a collation: UTF8_BINARY, UTF8_LCASE, UNICODE, or a language as de or sr_Cyrl, the last two with _CI and _AI; _RTRIM leaves out spaces at the end.",
    cases: [["collate('a', 'UTF8_LCASE') = 'A'", "true"], ["'a ' COLLATE UTF8_BINARY_RTRIM = 'a'", "true"], ["collate('a', 'klingon')", "COLLATION_INVALID_NAME"]],
    bind: (args, _settings, origin): Binding => {
      checkCount("collate", args.length, 2, 2, origin);
      const given = constantCell(args[1]!);
      if (args[1]!.type.kind !== "string") throw new AnalysisError({ condition: "UNEXPECTED_INPUT_TYPE", sqlState: "42K09", message: `Parameter first of function \`collate\` requires the "STRING" type, however "NULL" has the type ${typeName(args[1]!.type)}.`, messageParameters: { functionName: "`collate`", paramIndex: "first", inputType: typeName(args[1]!.type), requiredType: quoted("STRING") }, queryContext: contextOf(origin) });
      if (typeof given !== "string") throw new AnalysisError({ condition: "NON_FOLDABLE_ARGUMENT", sqlState: "42K08", message: "The function `collate` requires the parameter `collationName` to be a foldable expression of the type \"STRING\", but the actual argument is a non-foldable.", messageParameters: { funcName: "`collate`", paramName: "`collationName`", paramType: quoted("STRING") }, queryContext: contextOf(origin) });
      const name = collationName(given);
      if (name === undefined) throw new AnalysisError({ condition: "COLLATION_INVALID_NAME", sqlState: "42704", message: `The value ${given} does not represent a correct collation name. Suggested valid collation names: [UTF8_BINARY, UTF8_LCASE, UNICODE].`, messageParameters: { collationName: given, proposals: "UTF8_BINARY, UTF8_LCASE, UNICODE" }, queryContext: contextOf(origin) });
      if (!isText(args[0]!.type)) throw unexpectedType("collate", args, 0, quoted("STRING"), origin);
      return { type: name === "UTF8_BINARY" ? STRING : Object.freeze({ kind: "string", collation: name }), argTypes: [STRING, STRING], row: ([text]) => text!, vector: ([text]) => text! };
    },
  }),
  custom({
    name: "collation", usage: "collation(expr)", description: "The collation of a text.", cases: [["collation('x')", "SYSTEM.BUILTIN.UTF8_BINARY"], ["collation('x' COLLATE UNICODE_CI)", "SYSTEM.BUILTIN.UNICODE_CI"]],
    bind: (args, _settings, origin): Binding => {
      checkCount("collation", args.length, 1, 1, origin);
      const { type } = args[0]!;
      if (!isText(type)) throw unexpectedType("collation", args, 0, quoted("STRING"), origin);
      const name = `SYSTEM.BUILTIN.${type.kind === "string" ? type.collation ?? "UTF8_BINARY" : "UTF8_BINARY"}`;
      return { type: STRING, nullAware: true, nullable: false, row: () => name };
    },
  }),
];

/** Each text of a cell, also in an array, by its key. */
export function keyOfCell(collation: string): (cell: Cell) => Cell {
  const key = collationKey(collation);
  return cell => typeof cell === "string" ? key(cell) : Array.isArray(cell) ? (cell as readonly Cell[]).map(item => typeof item === "string" ? key(item) : item) : cell;
}

/** The least or greatest text; of equal ones the first. */
export function extremeByKey(name: "min" | "max", collation: string): AggregateFunction {
  const compare = cellOrder({ kind: "string", collation });
  const better = (a: string | null, b: string | null): string | null => {
    if (a === null || b === null) return a ?? b;
    const order = compare(b, a);
    return (name === "min" ? order < 0 : order > 0) ? b : a;
  };
  return Object.freeze({
    kind: "aggregate" as const, name, usage: `${name}(expr)`, description: "The extreme text of a collation.", cases: [],
    bind: () => ({
      type: STRING, nullable: true, implementation: objectAggregate<{ text: string | null }>({
        create: () => ({ text: null }),
        update(state, [value]) { state.text = better(state.text, (value ?? null) as string | null); return state; },
        merge(to, from) { to.text = better(to.text, from.text); return to; },
        finish: state => state.text,
        stateType: STRING, encode: state => state.text, decode: cell => ({ text: cell as string | null }),
      }),
    }),
  } satisfies AggregateFunction);
}

/** What functions of arrays as sets give, where elements are equal by their keys: of equal ones the first. */
export function setByKey(name: string, collation: string): RowKernel {
  const key = collationKey(collation), keyOf = (item: Cell): Cell => typeof item === "string" ? key(item) : item;
  const different = (items: readonly Cell[], holds: (key: Cell) => boolean = () => true): Cell => {
    const seen = new Set<Cell>();
    return items.filter(item => {
      const own = keyOf(item);
      if (seen.has(own) || !holds(own)) return false;
      seen.add(own);
      return true;
    });
  };
  const keysOf = (cell: Cell | undefined): ReadonlySet<Cell> => new Set((cell as readonly Cell[]).map(keyOf));
  switch (name) {
    case "array_union": return ([a, b]) => different([...a as readonly Cell[], ...b as readonly Cell[]]);
    case "array_intersect": return ([a, b]) => { const other = keysOf(b); return different(a as readonly Cell[], own => other.has(own)); };
    case "array_except": return ([a, b]) => { const other = keysOf(b); return different(a as readonly Cell[], own => !other.has(own)); };
    case "array_remove": return ([a, item]) => { const own = keyOf(item!); return (a as readonly Cell[]).filter(each => each === null || keyOf(each) !== own); };
    default: return ([a]) => different(a as readonly Cell[]);
  }
}

/** What an aggregate makes of arguments that are different by their keys, the first of each kind. */
export function distinctByKey(implementation: ObjectAggregate<never>, types: readonly DataType[]): ObjectAggregate<never> {
  const inner = implementation as unknown as ObjectAggregate;
  const keys = types.map(type => type.kind === "string" && type.collation !== undefined ? collationKey(type.collation) : undefined);
  const keyOf = (args: readonly Cell[]): string => keyText(args.map((arg, i) => keys[i] !== undefined && typeof arg === "string" ? keys[i](arg) : arg));
  return objectAggregate<Map<string, readonly Cell[]>>({
    keepsValues: true, create: () => new Map(),
    update(state, args) {
      const key = keyOf(args);
      if (!state.has(key)) state.set(key, [...args]);
      return state;
    },
    merge(to, from) {
      for (const [key, args] of from) if (!to.has(key)) to.set(key, args);
      return to;
    },
    finish(state, context) {
      let result = inner.create();
      for (const args of state.values()) result = inner.update(result, args, context);
      return inner.finish(result, context);
    },
    stateType: array(struct(types.map((type, i) => field(`_${i}`, type)))),
    encode: state => [...state.values()],
    decode: cell => new Map((cell as readonly (readonly Cell[])[]).map(args => [keyOf(args), args])),
  });
}

/** Where parts of a text are that equal another one by their keys; nothing where keys have another length than texts. */
function* placesOf(text: string, wanted: string, key: (text: string) => string): Generator<number> {
  const inside = key(text), sought = key(wanted);
  if (sought === "" || inside.length !== text.length || sought.length !== wanted.length) return;
  for (let at = inside.indexOf(sought); at >= 0; at = inside.indexOf(sought, at + sought.length)) yield at;
}

/** A text with all parts that equal `wanted` by their keys as `by`. */
export function replaceByKey(text: string, wanted: string, by: string, collation: string): string {
  let result = "", from = 0;
  for (const at of placesOf(text, wanted, collationKey(collation))) {
    result += text.slice(from, at) + by;
    from = at + wanted.length;
  }
  return result + text.slice(from);
}

/** What stands in front of the `count`th place of a delimiter, or behind it from the end; places may overlap, as in Spark. */
export function indexByKey(text: string, delimiter: string, count: number, collation: string): string {
  const key = collationKey(collation), inside = key(text), sought = key(delimiter);
  if (sought === "" || count === 0) return "";
  if (inside.length !== text.length || sought.length !== delimiter.length) return text;
  let at = count > 0 ? -1 : inside.length - sought.length + 1;
  for (let left = Math.abs(count); left > 0; left--) {
    at = count > 0 ? inside.indexOf(sought, at + 1) : at === 0 ? -1 : inside.lastIndexOf(sought, at - 1);
    if (at < 0) return text;
  }
  return count > 0 ? text.slice(0, at) : text.slice(at + delimiter.length);
}

/** The letters that equal those of `from` by their keys as those of `to`, or left out where there are fewer. */
export function translateByKey(text: string, from: string, to: string, collation: string): string {
  const key = collationKey(collation), by = Array.from(to), letters = new Map<string, string>();
  for (const [i, letter] of Array.from(from).entries()) if (!letters.has(key(letter))) letters.set(key(letter), by[i] ?? "");
  return Array.from(text, letter => letters.get(key(letter)) ?? letter).join("");
}
