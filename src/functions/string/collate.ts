/** collate() and collation(), and what calls over texts of a collation are rewritten to (see analyze/collations.ts). */
import { AnalysisError, unsupported } from "../../base/errors.ts";
import { cellOrder } from "../../columns/compare-cells.ts";
import type { AggregateFunction, Binding, ScalarFunction } from "../../plan/function.ts";
import type { Cell } from "../../types/cell.ts";
import { collationKey, collationName } from "../../types/collation.ts";
import { STRING, type DataType } from "../../types/data-type.ts";
import { constantCell } from "../constant-argument.ts";
import { checkCount, custom } from "../define.ts";
import { objectAggregate } from "../aggregates/objects.ts";
import { contextOf, quoted, typeName, unexpectedType } from "../errors.ts";

const isText = (type: DataType): boolean => type.kind === "string" || type.kind === "void";

export const collateFunctions: readonly ScalarFunction[] = [
  custom({
    name: "collate", usage: "collate(expr, collationName)", description: "A text that is compared by a collation: UTF8_BINARY, UTF8_LCASE, or for equality UNICODE with _CI and _AI; _RTRIM leaves out spaces at the end.",
    cases: [["collate('a', 'UTF8_LCASE') = 'A'", "true"], ["'a ' COLLATE UTF8_BINARY_RTRIM = 'a'", "true"], ["collate('a', 'klingon')", "COLLATION_INVALID_NAME"]],
    bind: (args, _settings, origin): Binding => {
      checkCount("collate", args.length, 2, 2, origin);
      const given = constantCell(args[1]!);
      if (args[1]!.type.kind !== "string") throw new AnalysisError({ condition: "UNEXPECTED_INPUT_TYPE", sqlState: "42K09", message: `Parameter first of function \`collate\` requires the "STRING" type, however "NULL" has the type ${typeName(args[1]!.type)}.`, messageParameters: { functionName: "`collate`", paramIndex: "first", inputType: typeName(args[1]!.type), requiredType: quoted("STRING") }, queryContext: contextOf(origin) });
      if (typeof given !== "string") throw new AnalysisError({ condition: "NON_FOLDABLE_ARGUMENT", sqlState: "42K08", message: "The function `collate` requires the parameter `collationName` to be a foldable expression of the type \"STRING\", but the actual argument is a non-foldable.", messageParameters: { funcName: "`collate`", paramName: "`collationName`", paramType: quoted("STRING") }, queryContext: contextOf(origin) });
      const name = collationName(given);
      if (name === null) throw unsupported(`The collation ${given}`, "UTF8_BINARY, UTF8_LCASE, and UNICODE, UNICODE_CI, UNICODE_AI for equality are there");
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

/** The text with the least or greatest key; of equal ones the first. */
export function extremeByKey(name: "min" | "max", collation: string): AggregateFunction {
  const key = collationKey(collation), compare = cellOrder(STRING);
  const better = (a: string | null, b: string | null): string | null => {
    if (a === null || b === null) return a ?? b;
    const order = compare(key(b), key(a));
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
