/**
 * approx_top_k and its kin: the most frequent values by counting at most so many at a time (Misra and Gries, Finding
 * repeated elements, 1982): when there are more, a median of the counts is taken from all, and the rest go. A count is then
 * too small by no more than what was taken, which is added again in the estimate, as Apache DataSketches does.
 */
import { encodeCell, readCell } from "../../columns/row-codec.ts";
import { ByteReader } from "../../columns/byte-stream.ts";
import type { AggregateFunction, FunctionEntry } from "../../plan/function.ts";
import type { ResolvedExpression } from "../../plan/resolved.ts";
import type { Origin } from "../../plan/expressions.ts";
import type { Cell } from "../../types/cell.ts";
import { BIGINT, BINARY, INT, STRING, array, field, struct, typeToSql, type DataType, type StructType } from "../../types/data-type.ts";
import { ANY_STRUCT } from "../coercion.ts";
import { accept, checkCount, scalar } from "../define.ts";
import { executionError, unexpectedType } from "../errors.ts";
import { objectAggregate } from "../aggregates/objects.ts";
import { constantNumber } from "./buffers.ts";

const DEFAULT_K = 5, DEFAULT_TRACKED = 10_000, GREATEST_TRACKED = 1_000_000;

interface Counted { readonly item: Cell; count: number }

class FrequentItems {
  readonly type: DataType;
  readonly tracked: number;
  readonly counts = new Map<string, Counted>();
  /** What was taken from counts so far. */
  taken = 0;

  constructor(type: DataType, tracked: number) {
    this.type = type;
    this.tracked = tracked;
  }

  add(item: Cell, count: number): void {
    const key = item === null ? "" : Buffer.from(encodeCell(this.type, item === 0 ? 0 : item)).toString("latin1") + ".", known = this.counts.get(key);
    if (known !== undefined) known.count += count;
    else this.counts.set(key, { item, count });
    if (this.counts.size > this.tracked) this.#purge();
  }

  merge(other: FrequentItems): void {
    for (const { item, count } of other.counts.values()) this.add(item, count);
    this.taken += other.taken;
  }

  /** The most frequent, those of one count in the order in which they came. Only values that are surely more frequent than what was taken. */
  top(k: number): Cell {
    return [...this.counts.values()].filter(({ count }) => count > 0).sort((a, b) => b.count - a.count).slice(0, k).map(({ item, count }) => [item, BigInt(count + this.taken)]);
  }

  #purge(): void {
    const counts = Float64Array.from(this.counts.values(), ({ count }) => count).sort(), median = counts[counts.length >> 1]!;
    for (const [key, counted] of this.counts) {
      counted.count -= median;
      if (counted.count <= 0) this.counts.delete(key);
    }
    this.taken += median;
  }
}

const itemsType = (type: DataType): DataType => array(struct([field("item", type), field("count", BIGINT)]));
const resultType = (type: DataType): DataType => array(struct([field("item", type), field("count", BIGINT, false)]), false);
/** What approx_top_k_accumulate gives: the third field is null, and there for its type. */
const stateTypeOf = (type: DataType): StructType => struct([field("sketch", BINARY, false), field("maxItemsTracked", INT, false), field("itemDataType", type), field("itemDataTypeDDL", STRING, false)]);

function encoded(items: FrequentItems): Uint8Array {
  return encodeCell(struct([field("items", itemsType(items.type)), field("taken", BIGINT)]), [[...items.counts.values()].map(({ item, count }) => [item, BigInt(count)]), BigInt(items.taken)]);
}
function decoded(bytes: Uint8Array, type: DataType, tracked: number): FrequentItems {
  const items = new FrequentItems(type, tracked), [list, taken] = readCell(new ByteReader(bytes), struct([field("items", itemsType(type)), field("taken", BIGINT)])) as unknown as readonly [readonly (readonly [Cell, bigint])[], bigint];
  for (const [item, count] of list) items.add(item, Number(count));
  items.taken += Number(taken);
  return items;
}

function checkTracked(name: string, args: readonly ResolvedExpression[], index: number, origin: Origin | undefined): number {
  const tracked = args.length > index ? constantNumber(name, args, index, "maxItemsTracked", origin) : DEFAULT_TRACKED;
  if (!(tracked > 0)) throw executionError("APPROX_TOP_K_NON_POSITIVE_ARG", "22023", `The value of \`maxItemsTracked\` in \`${name}\` must be a positive integer, but got ${tracked}.`, { argName: "`maxItemsTracked`", argValue: String(tracked) });
  if (tracked > GREATEST_TRACKED) throw executionError("APPROX_TOP_K_MAX_ITEMS_TRACKED_EXCEEDS_LIMIT", "22023", `The max items tracked \`maxItemsTracked\`(${tracked}) of \`${name}\` should be less than or equal to ${GREATEST_TRACKED}.`, { maxItemsTracked: String(tracked), limit: String(GREATEST_TRACKED) });
  return tracked;
}
function checkK(k: number, tracked: number): number {
  if (!(k > 0)) throw executionError("APPROX_TOP_K_NON_POSITIVE_ARG", "22023", `The value of \`k\` in \`approx_top_k\` must be a positive integer, but got ${k}.`, { argName: "`k`", argValue: String(k) });
  if (k > tracked) throw executionError("APPROX_TOP_K_MAX_ITEMS_TRACKED_LESS_THAN_K", "22023", `The max items tracked \`maxItemsTracked\`(${tracked}) of \`approx_top_k\` should be greater than or equal to \`k\`(${k}).`, { maxItemsTracked: String(tracked), k: String(k) });
  return k;
}
function itemType(name: string, args: readonly ResolvedExpression[], origin: Origin | undefined): DataType {
  const { type } = args[0]!;
  if (["array", "map", "struct", "binary", "variant", "calendar_interval"].includes(type.kind)) throw unexpectedType(name, args, 0, "(\"NUMERIC\" or \"BOOLEAN\" or \"STRING\" or \"DATE\" or \"TIMESTAMP\")", origin);
  return type;
}

const states = (type: DataType, tracked: number, update: (items: FrequentItems, value: Cell) => void, finish: (items: FrequentItems) => Cell) => objectAggregate<FrequentItems>({
  create: () => new FrequentItems(type, tracked),
  update(items, [value]) { update(items, value ?? null); return items; },
  merge(to, from) { to.merge(from); return to; },
  finish, stateType: BINARY, encode: encoded, decode: cell => decoded(cell as Uint8Array, type, tracked),
});
const asState = (items: FrequentItems): Cell => [encoded(items), items.tracked, null, `item ${typeToSql(items.type)} NOT NULL`];

export const topKFunctions: readonly FunctionEntry[] = [
  {
    kind: "aggregate", name: "approx_top_k", usage: "approx_top_k(expr[, k[, maxItemsTracked]])",
    description: "The k most frequent values with their counts, nearly; 5 if not given. At most maxItemsTracked values, 10000 if not given, are counted at a time.", cases: [["approx_top_k('a')", "[{a, 1}]"]],
    bind(args, _settings, origin) {
      const name = "approx_top_k";
      checkCount(name, args.length, 1, 3, origin);
      const type = itemType(name, args, origin), tracked = checkTracked(name, args, 2, origin), k = checkK(args.length > 1 ? constantNumber(name, args, 1, "k", origin) : DEFAULT_K, tracked);
      return { type: resultType(type), nullable: false, argTypes: [type, INT, INT].slice(0, args.length), implementation: states(type, tracked, (items, value) => items.add(value, 1), items => items.top(k)) };
    },
  } satisfies AggregateFunction,
  {
    kind: "aggregate", name: "approx_top_k_accumulate", usage: "approx_top_k_accumulate(expr[, maxItemsTracked])",
    description: "The counts of the most frequent values as a state, for approx_top_k_combine and approx_top_k_estimate.", cases: [["approx_top_k_estimate(approx_top_k_accumulate('a'))", "[{a, 1}]"]],
    bind(args, _settings, origin) {
      const name = "approx_top_k_accumulate";
      checkCount(name, args.length, 1, 2, origin);
      const type = itemType(name, args, origin), tracked = checkTracked(name, args, 1, origin);
      return { type: stateTypeOf(type), nullable: false, argTypes: [type, INT].slice(0, args.length), implementation: states(type, tracked, (items, value) => items.add(value, 1), asState) };
    },
  } satisfies AggregateFunction,
  {
    kind: "aggregate", name: "approx_top_k_combine", usage: "approx_top_k_combine(state[, maxItemsTracked])",
    description: "States of approx_top_k_accumulate made one.", cases: [["approx_top_k_estimate(approx_top_k_combine(approx_top_k_accumulate('a')))", "[{a, 1}]"]],
    bind(args, _settings, origin) {
      const name = "approx_top_k_combine";
      checkCount(name, args.length, 1, 2, origin);
      const state = accept(name, args, 0, ANY_STRUCT, origin) as StructType, type = stateItemType(name, state, args, origin), tracked = checkTracked(name, args, 1, origin);
      return {
        type: state, nullable: false, argTypes: [state, INT].slice(0, args.length),
        implementation: states(type, tracked, (items, value) => {
          if (value !== null) items.merge(decoded((value as readonly Cell[])[0] as Uint8Array, type, Math.max(tracked, (value as readonly Cell[])[1] as number)));
        }, asState),
      };
    },
  } satisfies AggregateFunction,
  scalar({
    name: "approx_top_k_estimate", usage: "approx_top_k_estimate(state[, k])", description: "The k most frequent values of a state, 5 if not given.", cases: [["approx_top_k_estimate(approx_top_k_accumulate('a'), 1)", "[{a, 1}]"]],
    params: [ANY_STRUCT, { kind: "type", type: INT }], optional: 1, canRaise: true,
    returns: call => resultType(stateItemType("approx_top_k_estimate", call.types[0] as StructType, call.args, call.origin)),
    make: call => {
      const type = stateItemType("approx_top_k_estimate", call.types[0] as StructType, call.args, call.origin);
      return {
        row: ([state, k]) => {
          const [bytes, tracked] = state as unknown as readonly [Uint8Array, number];
          return decoded(bytes, type, tracked).top(checkK((k as number | undefined) ?? DEFAULT_K, tracked));
        },
      };
    },
  }),
];

/** The type of the items that a state counts. @throws AnalysisError for a struct that is no state */
function stateItemType(name: string, state: StructType, args: readonly ResolvedExpression[], origin: Origin | undefined): DataType {
  const [sketch, tracked, item] = state.fields;
  if (state.fields.length !== 4 || sketch!.type.kind !== "binary" || tracked!.type.kind !== "int") throw unexpectedType(name, args, 0, "\"STRUCT<sketch: BINARY, maxItemsTracked: INT, itemDataType: ANY, itemDataTypeDDL: STRING>\"", origin);
  return item!.type;
}
