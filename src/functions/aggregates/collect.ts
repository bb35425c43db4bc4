/** Aggregates that gather values: collect_list, collect_set, collect_union, listagg, max_by and min_by. */
import { cellOrder, nullsFirst } from "../../columns/compare-cells.ts";
import { encodeCell } from "../../columns/row-codec.ts";
import type { AggregateFunction, ObjectAggregate } from "../../plan/function.ts";
import type { ResolvedExpression } from "../../plan/resolved.ts";
import type { Cell } from "../../types/cell.ts";
import { BINARY, INT, STRING, array, field, struct, typeToSql, type DataType } from "../../types/data-type.ts";
import { AS, oneOf } from "../coercion.ts";
import { accept, checkCount, literalValue } from "../define.ts";
import { mismatch, nonFoldable, typeName, unexpectedType } from "../errors.ts";
import { isOrderable } from "./extremes.ts";
import { objectAggregate } from "./objects.ts";

const listOf = (type: DataType): ObjectAggregate<never> => objectAggregate<Cell[]>({
  keepsValues: true, create: () => [],
  update(state, [value]) { if (value !== null && value !== undefined) state.push(value); return state; },
  merge(to, from) { for (const value of from) to.push(value); return to; },
  finish: state => state.slice(),
  stateType: array(type, false), encode: state => state.slice(), decode: cell => [...cell as readonly Cell[]],
});

/** Values that are equal have the same text. */
function keyOf(type: DataType): (cell: Cell) => string | number | bigint | boolean {
  switch (type.kind) {
    case "string": return cell => cell as string;
    case "float": case "double": return cell => (cell === 0 ? 0 : cell as number);
    case "boolean": case "tinyint": case "smallint": case "int": case "bigint": case "date": case "timestamp": case "decimal": return cell => cell as number;
    default: return cell => Buffer.from(encodeCell(type, zeroes(type, cell))).toString("latin1");
  }
}
/** -0.0 inside lists and structs is 0.0. */
function zeroes(type: DataType, cell: Cell): Cell {
  if (cell === null) return null;
  switch (type.kind) {
    case "float": case "double": return cell === 0 ? 0 : cell;
    case "array": return (cell as readonly Cell[]).map(item => zeroes(type.element, item));
    case "struct": return (cell as readonly Cell[]).map((item, i) => zeroes(type.fields[i]!.type, item));
    default: return cell;
  }
}

type Unique = Map<string | number | bigint | boolean | null, Cell>;
function setOf(type: DataType, valuesOf: (arg: Cell) => readonly Cell[], containsNull: boolean): ObjectAggregate<never> {
  const key = keyOf(type);
  const put = (state: Unique, value: Cell): void => {
    const k = value === null ? null : key(value);
    if (!state.has(k)) state.set(k, value === 0 ? 0 : value);
  };
  return objectAggregate<Unique>({
    create: () => new Map(),
    update(state, [arg]) { if (arg !== null && arg !== undefined) for (const value of valuesOf(arg)) put(state, value); return state; },
    merge(to, from) { for (const value of from.values()) put(to, value); return to; },
    finish: state => [...state.values()],
    stateType: array(type, containsNull), encode: state => [...state.values()],
    decode(cell) {
      const state: Unique = new Map();
      for (const value of cell as readonly Cell[]) put(state, value);
      return state;
    },
  });
}

function hasMap(type: DataType): boolean {
  switch (type.kind) {
    case "map": return true;
    case "array": return hasMap(type.element);
    case "struct": return type.fields.some(f => hasMap(f.type));
    default: return false;
  }
}

const collectList: AggregateFunction = {
  kind: "aggregate", name: "collect_list", aliases: ["array_agg"], usage: "collect_list(expr)", description: "All values that are not null, in the order of the rows.",
  cases: [["collect_list(1)", "[1]"], ["collect_list(CAST(NULL AS INT))", "[]"]],
  bind(args, _settings, origin) {
    checkCount("collect_list", args.length, 1, 1, origin);
    return { type: array(args[0]!.type, false), nullable: false, implementation: listOf(args[0]!.type) };
  },
};
const collectSet: AggregateFunction = {
  kind: "aggregate", name: "collect_set", usage: "collect_set(expr)", description: "The different values that are not null, in the order of their first rows.", cases: [["collect_set(1)", "[1]"]],
  bind(args, _settings, origin) {
    checkCount("collect_set", args.length, 1, 1, origin);
    const { type } = args[0]!;
    if (hasMap(type) || type.kind === "string" && type.collation !== undefined) {
      const dataType = "\"MAP\" or \"COLLATED STRING\"";
      throw mismatch("UNSUPPORTED_INPUT_TYPE", "collect_set", args, `The input of \`collect_set\` can't be ${dataType} type data.`, { functionName: "`collect_set`", dataType }, origin);
    }
    return { type: array(type, false), nullable: false, implementation: setOf(type, value => [value], false) };
  },
};
const collectUnion: AggregateFunction = {
  kind: "aggregate", name: "collect_union", usage: "collect_union(array)", description: "The different elements of all arrays.", cases: [["collect_union(array(1, 1))", "[1]"]],
  bind(args, _settings, origin) {
    checkCount("collect_union", args.length, 1, 1, origin);
    const { type } = args[0]!;
    if (type.kind !== "array") throw unexpectedType("collect_union", args, 0, "\"ARRAY\"", origin);
    return { type: array(type.element, type.containsNull), nullable: false, implementation: setOf(type.element, list => (list as readonly Cell[]).filter(item => item !== null), false) };
  },
};

interface Joined { separator: Cell; descending: boolean; readonly items: [value: Cell, order: Cell][] }

/** The order of keys by directions as `desc last,asc first`: one a field of a struct, or one of the key itself. */
function orderBy(type: DataType, directions: string): (a: Cell, b: Cell) => number {
  const ways = directions.split(","), types = ways.length === 1 ? [type] : type.kind === "struct" ? type.fields.map(f => f.type) : [];
  const orders = ways.map((way, i) => {
    const order = cellOrder(types[i]!), sign = way.startsWith("desc") ? -1 : 1, first = way.endsWith("first") ? -1 : 1;
    return (a: Cell, b: Cell): number => (a === null ? (b === null ? 0 : first) : b === null ? -first : sign * order(a, b));
  });
  if (orders.length === 1) return orders[0]!;
  return (a, b) => {
    for (let i = 0; i < orders.length; i++) {
      const order = orders[i]!((a as readonly Cell[])[i]!, (b as readonly Cell[])[i]!);
      if (order !== 0) return order;
    }
    return 0;
  };
}

function joinedText(type: DataType, orderType: DataType | undefined, orderAt: number, directions: string | undefined): ObjectAggregate<never> {
  const isBinary = type.kind === "binary", order = orderType === undefined ? undefined : directions === undefined ? nullsFirst(cellOrder(orderType)) : orderBy(orderType, directions);
  const kept = orderType ?? INT;
  return objectAggregate<Joined>({
    keepsValues: true, create: () => ({ separator: null, descending: false, items: [] }),
    update(state, args) {
      if (args[0] === null || args[0] === undefined) return state;
      if (orderAt !== 1) state.separator = args[1] ?? null;
      if (order !== undefined) state.descending = args[orderAt + 1] === true;
      state.items.push([args[0], order === undefined ? null : args[orderAt] ?? null]);
      return state;
    },
    merge(to, from) {
      if (from.items.length > 0) { to.separator = from.separator; to.descending = from.descending; }
      for (const item of from.items) to.items.push(item);
      return to;
    },
    finish({ separator, descending, items }) {
      if (items.length === 0) return null;
      const sorted = order === undefined ? items : items.toSorted((a, b) => (descending ? order(b[1], a[1]) : order(a[1], b[1])));
      if (!isBinary) return sorted.map(item => item[0] as string).join(separator as string | null ?? "");
      return Uint8Array.from(Buffer.concat(sorted.flatMap((item, i) => (i === 0 || separator === null ? [item[0] as Uint8Array] : [separator as Uint8Array, item[0] as Uint8Array]))));
    },
    stateType: struct([field("separator", type), field("descending", { kind: "boolean" }), field("values", array(type)), field("order", array(kept))]),
    encode: ({ separator, descending, items }) => [separator, descending, items.map(item => item[0]), items.map(item => item[1])],
    decode(cell) {
      const [separator, descending, values, orders] = cell as readonly Cell[];
      return { separator: separator ?? null, descending: descending === true, items: (values as readonly Cell[]).map((value, i) => [value, (orders as readonly Cell[])[i] ?? null]) };
    },
  });
}

const collationOf = (type: DataType): string | undefined => type.kind === "string" ? type.collation : undefined;

const listagg: AggregateFunction = {
  kind: "aggregate", name: "listagg", aliases: ["string_agg"], usage: "listagg(expr[, separator]) [WITHIN GROUP (ORDER BY key)]",
  description: "The values that are not null as one text, with a separator between them.", cases: [["listagg('a')", "a"], ["listagg('a', ',')", "a"]],
  bind(args, _settings, origin) {
    // ORDER BY arrives as two more arguments: the key, and whether it is descending; or a struct of keys, and their directions as text.
    checkCount("listagg", args.length, 1, 4, origin);
    const orderAt = args.length > 2 ? args.length - 2 : -1, separator = args.length % 2 === 0 ? args[1] : undefined;
    const type = accept("listagg", args, 0, oneOf(AS.string, AS.binary), origin);
    if (separator !== undefined && literalValue(separator) === undefined) throw nonFoldable("listagg", args, 1, "delimiter", origin);
    const orderType = orderAt < 0 ? undefined : args[orderAt]!.type;
    if (separator !== undefined && separator.type.kind !== "void" && ((separator.type.kind === "binary") !== (type.kind === "binary") || collationOf(separator.type) !== collationOf(args[0]!.type))) {
      const dataType = `(${args.slice(0, 2).map(arg => typeName(arg.type)).join(" or ")})`;
      throw mismatch("DATA_DIFF_TYPES", "listagg", args.slice(0, 2), `Input to \`listagg\` should all be the same type, but it's ${dataType}.`, { functionName: "`listagg`", dataType }, origin);
    }
    const result = type.kind === "binary" ? BINARY : args[0]!.type.kind === "string" ? args[0]!.type : STRING, directions = orderAt < 0 ? undefined : literalValue(args[orderAt + 1])?.value;
    return {
      type: result, nullable: true, argTypes: args.map((arg, i) => (i === 0 || arg === separator ? result : arg.type)),
      implementation: joinedText(result, orderType, orderAt < 0 ? (separator === undefined ? 1 : -1) : orderAt, typeof directions === "string" ? directions : undefined),
    };
  },
};

interface Best { value: Cell; by: Cell }

/** Equal keys: the later row wins, as in Spark. */
function bestOf(type: DataType, by: DataType, greatest: boolean): ObjectAggregate<never> {
  const order = cellOrder(by), sign = greatest ? 1 : -1;
  const put = (state: Best, value: Cell, key: Cell): Best => {
    if (key !== null && (state.by === null || sign * order(key, state.by) >= 0)) {
      state.value = value;
      state.by = key;
    }
    return state;
  };
  return objectAggregate<Best>({
    create: () => ({ value: null, by: null }),
    update: (state, [value, key]) => put(state, value ?? null, key ?? null),
    merge: (to, from) => put(to, from.value, from.by),
    finish: state => state.value,
    stateType: struct([field("value", type), field("by", by)]),
    encode: state => [state.value, state.by],
    decode: cell => { const [value, key] = cell as readonly Cell[]; return { value: value ?? null, by: key ?? null }; },
  });
}

/** The values of the `k` best keys, best first. */
function bestFew(type: DataType, by: DataType, greatest: boolean, k: number): ObjectAggregate<never> {
  const order = cellOrder(by), sign = greatest ? -1 : 1;
  const put = (state: Best[], item: Best): Best[] => {
    let at = state.length;
    while (at > 0 && sign * order(item.by, state[at - 1]!.by) < 0) at--;
    if (at < k) {
      state.splice(at, 0, item);
      if (state.length > k) state.pop();
    }
    return state;
  };
  return objectAggregate<Best[]>({
    create: () => [],
    update: (state, [value, key]) => (key === null || key === undefined ? state : put(state, { value: value ?? null, by: key })),
    merge: (to, from) => from.reduce(put, to),
    finish: state => state.map(item => item.value),
    stateType: array(struct([field("value", type), field("by", by)])),
    encode: state => state.map(item => [item.value, item.by]),
    decode: cell => (cell as readonly (readonly Cell[])[]).map(([value, key]) => ({ value: value ?? null, by: key ?? null })),
  });
}

const MAX_BEST = 100_000;

function by(name: string, greatest: boolean): AggregateFunction {
  return {
    kind: "aggregate", name, usage: `${name}(expr, key[, k])`, description: `The value in the row with the ${greatest ? "greatest" : "least"} key; with k those of the k ${greatest ? "greatest" : "least"} keys.`,
    cases: [[`${name}('a', 1)`, "a"]],
    bind(args, _settings, origin) {
      checkCount(name, args.length, 2, 3, origin);
      const [value, key, few] = args as [ResolvedExpression, ResolvedExpression, ResolvedExpression | undefined];
      if (!isOrderable(key.type)) {
        const dataType = `"${typeToSql(key.type)}"`;
        throw mismatch("INVALID_ORDERING_TYPE", name, args, `The \`${name}\` does not support ordering on type ${dataType}.`, { functionName: `\`${name}\``, dataType }, origin);
      }
      if (few === undefined) return { type: value.type, nullable: true, implementation: bestOf(value.type, key.type, greatest) };
      const k = Number(literalValue(few)?.value ?? NaN);
      if (literalValue(few) === undefined) throw nonFoldable(name, args, 2, "k", origin);
      if (!(k >= 1 && k <= MAX_BEST)) throw mismatch("VALUE_OUT_OF_RANGE", name, args, `The \`k\` must be between [1, ${MAX_BEST}] (current value = ${k}).`, { exprName: "`k`", valueRange: `[1, ${MAX_BEST}]`, currentValue: String(k) }, origin);
      return { type: array(value.type, true), nullable: true, argTypes: [value.type, key.type, INT], implementation: bestFew(value.type, key.type, greatest, k) };
    },
  };
}

export const collectFunctions: AggregateFunction[] = [collectList, collectSet, collectUnion, listagg, by("max_by", true), by("min_by", false)];
