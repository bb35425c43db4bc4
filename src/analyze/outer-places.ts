/**
 * Where a subquery uses the row around it. Spark allows that in WHERE and HAVING, in a select list without aggregates, and in the
 * condition of a join; not in what an aggregate, a sort, a window or a generator computes, nor below the side of an outer join that may
 * be missing (CheckAnalysis.checkCorrelationsInSubquery).
 */
import type { Origin } from "../plan/expressions.ts";
import type { Relation } from "../plan/relations.ts";
import type { Attribute } from "../plan/resolved.ts";
import { fail, quoteSql } from "./errors.ts";

type Within = "aggregate" | "window" | undefined;
interface Use { readonly reference: Attribute; readonly origin: Origin | undefined; /** The relations from the subquery's own to the one that uses the attribute. */ readonly path: readonly Relation[]; readonly within: Within; readonly inHaving: boolean }

export class OuterPlaces {
  readonly #path: Relation[] = [];
  readonly #uses: Use[] = [];
  /** Select lists that turned out to be over groups. */
  readonly #grouped = new Set<Relation>();
  #inHaving = false;

  /** Runs `work` inside a relation of the subquery. */
  inside<T>(relation: Relation, work: () => T): T {
    this.#path.push(relation);
    try { return work(); } finally { this.#path.pop(); }
  }

  having<T>(work: () => T): T {
    this.#inHaving = true;
    try { return work(); } finally { this.#inHaving = false; }
  }

  isGrouped(): void {
    const here = this.#path.at(-1);
    if (here !== undefined) this.#grouped.add(here);
  }

  /** An attribute of the outer row is used here. What is looked up twice at one place counts once. */
  note(reference: Attribute, origin: Origin | undefined, within: Within): void {
    if (origin === undefined) return;
    const path = [...this.#path], here = path.at(-1);
    if (this.#uses.some(use => use.origin?.start === origin.start && use.path.at(-1) === here && use.path.length === path.length)) return;
    this.#uses.push({ reference, origin, path, within, inHaving: this.#inHaving });
  }

  /** Up to where uses were found; `backTo` forgets those behind. */
  get mark(): number { return this.#uses.length; }
  backTo(mark: number): void { this.#uses.length = mark; }

  /** The attributes as they come from the top of the subquery down, once for each place. */
  get references(): readonly Attribute[] {
    const order = (a: Use, b: Use): number => {
      if (a.path.length === b.path.length) return 0;
      const [short, long] = a.path.length < b.path.length ? [a, b] : [b, a];
      return short.path.every((node, i) => node === long.path[i]) ? a.path.length - b.path.length : 0;
    };
    return this.#uses.toSorted(order).map(use => use.reference);
  }

  /** @throws AnalysisError UNSUPPORTED_SUBQUERY_EXPRESSION_CATEGORY.* */
  check(): void {
    for (const use of this.#uses) {
      use.path.forEach((node, i) => {
        if (i < use.path.length - 1 && cutsOff(node, use.path[i + 1]!)) {
          throw fail("UNSUPPORTED_SUBQUERY_EXPRESSION_CATEGORY.ACCESSING_OUTER_QUERY_COLUMN_IS_NOT_ALLOWED", "0A000", `Unsupported subquery expression: Accessing outer query column is not allowed in this location: ${use.reference.name}`, { treeNode: use.reference.name }, use.origin, "move the condition into the WHERE of the subquery");
        }
      });
      if (this.#mayHost(use)) continue;
      const sqlExprs = quoteSql(use.reference.name);
      throw fail("UNSUPPORTED_SUBQUERY_EXPRESSION_CATEGORY.CORRELATED_REFERENCE", "0A000", `Unsupported subquery expression: Expressions referencing the outer query are not supported outside of WHERE/HAVING clauses: ${sqlExprs}.`, { sqlExprs }, use.origin, "compute it outside of the subquery, or in a derived table below");
    }
  }

  #mayHost({ path, within, inHaving }: Use): boolean {
    const host = path.at(-1);
    if (host === undefined) return true;
    if (this.#grouped.has(host)) return inHaving && within === undefined;
    return host.kind !== "sort" && host.kind !== "lateral_view" && host.kind !== "pivot" && host.kind !== "unpivot" && within !== "window";
  }
}

/** Whether rows that depend on the outer row can't come from an input. */
function cutsOff(node: Relation, input: Relation): boolean {
  switch (node.kind) {
    case "join": {
      if (node.joinType === "full") return true;
      return input === (node.joinType === "right" ? node.left : node.right) && node.joinType !== "inner" && node.joinType !== "cross";
    }
    case "aggregate": return node.groupType === "rollup" || node.groupType === "cube" || node.groupType === "grouping_sets";
    case "sample": case "unpivot": return true;
    default: return false;
  }
}
