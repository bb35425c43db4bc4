/** ROLLUP, CUBE and GROUPING SETS: every row once a set, with the keys outside the set as null and a number for the set. */
import type { Expression } from "../plan/expressions.ts";
import type { Aggregate } from "../plan/relations.ts";
import type { Attribute, NamedExpression, ResolvedExpression, ResolvedRelation } from "../plan/resolved.ts";
import { BIGINT, INT } from "../types/data-type.ts";
import type { Groups } from "./aggregate.ts";
import { literalOf, makeAttribute, passThrough } from "./build.ts";
import { fail } from "./errors.ts";
import type { GroupingFunctions } from "./expressions.ts";
import { bitOf } from "./grouping-bits.ts";
import { semanticKey } from "./semantic.ts";

/** Sets of GROUP BY items, or undefined for an ordinary GROUP BY. */
export function groupingSetsOf(spec: Pick<Aggregate, "groupType" | "grouping" | "groupingSets">): readonly (readonly Expression[])[] | undefined {
  const { grouping } = spec;
  switch (spec.groupType) {
    case "grouping_sets": return spec.groupingSets ?? [];
    case "rollup": return Array.from({ length: grouping.length + 1 }, (_, i) => grouping.slice(0, grouping.length - i));
    case "cube": return Array.from({ length: 2 ** grouping.length }, (_, mask) => grouping.filter((_item, i) => (mask & (1 << (grouping.length - 1 - i))) === 0));
    case "group_by": case "all": return undefined;
  }
}

export interface Expansion {
  readonly plan: ResolvedRelation;
  /** The keys' new columns, null where a set leaves them out. */
  readonly keys: readonly NamedExpression[];
  /** With the set's number, and its place among equal sets. */
  readonly allKeys: readonly NamedExpression[];
  owns(id: number): boolean;
  functions(groups: Groups): GroupingFunctions;
}

export function expandGroups(input: ResolvedRelation, keys: readonly ResolvedExpression[], names: readonly string[], sets: readonly (readonly number[])[]): Expansion {
  const columns = keys.map((key, i) => makeAttribute(names[i]!, key.type, key.nullable || sets.some(set => !set.includes(i))));
  const id = makeAttribute("spark_grouping_id", BIGINT, false);
  const seen = new Map<string, number>();
  const ids = sets.map(set => keys.reduce((bits, _, i) => bits * 2n + (set.includes(i) ? 0n : 1n), 0n));
  // Two equal sets stay two groups.
  const places = ids.map(bits => {
    const place = seen.get(String(bits)) ?? 0;
    seen.set(String(bits), place + 1);
    return place;
  });
  const position = places.some(place => place > 0) ? makeAttribute("_gen_grouping_pos", INT, false) : undefined;
  const projections = sets.map((set, n) => [
    ...input.output, ...keys.map((key, i) => set.includes(i) ? key : literalOf(null, key.type)), literalOf(ids[n]!, BIGINT),
    ...(position === undefined ? [] : [literalOf(places[n]!, INT)]),
  ]);
  const made: readonly Attribute[] = [...columns, id, ...(position === undefined ? [] : [position])];
  const plan: ResolvedRelation = Object.freeze({ kind: "expand", input, projections, output: [...input.output, ...made], isStreaming: input.isStreaming });
  return {
    plan, keys: columns.map(passThrough), allKeys: made.map(passThrough),
    owns: attribute => made.some(a => a.id === attribute),
    functions: () => groupingFunctions(keys, columns, id),
  };
}

function groupingFunctions(keys: readonly ResolvedExpression[], columns: readonly Attribute[], id: Attribute): GroupingFunctions {
  const nameOf = (e: ResolvedExpression): string => e.kind === "attribute" ? e.name : e.kind;
  const indexOf = (e: ResolvedExpression): number => keys.findIndex((key, i) => semanticKey(key) === semanticKey(e) || e.kind === "attribute" && e.id === columns[i]!.id);
  const list = keys.map(nameOf).join(",");
  return {
    grouping: (args, origin) => {
      const index = indexOf(args[0]!);
      if (index < 0) {
        throw fail("GROUPING_COLUMN_MISMATCH", "42803", `Column of grouping (${nameOf(args[0]!)}) can't be found in grouping columns ${list}.`, { grouping: nameOf(args[0]!), groupingColumns: list }, origin);
      }
      return bitOf(id, keys.length - 1 - index, origin);
    },
    groupingId: (args, origin) => {
      if (args.length > 0 && (args.length !== keys.length || args.some((arg, i) => indexOf(arg) !== i))) {
        const columns = args.map(nameOf).join(",");
        throw fail("GROUPING_ID_COLUMN_MISMATCH", "42803", `Columns of grouping_id (${columns}) does not match grouping columns (${list}).`, { groupingIdColumn: columns, groupByColumns: list }, origin);
      }
      return id;
    },
  };
}


/** What grouping() and grouping_id() mean over one empty set. */
export const NO_KEYS: GroupingFunctions = (() => {
  const { grouping, groupingId } = groupingFunctions([], [], makeAttribute("spark_grouping_id", BIGINT, false));
  return { grouping, groupingId: (args, origin) => args.length > 0 ? groupingId(args, origin) : literalOf(0n, BIGINT, origin) };
})();
