/** Asks the tables of a plan what they know of themselves; only where there is something to choose. */
import type { Table } from "../io/source.ts";
import type { ResolvedRelation } from "../plan/resolved.ts";
import { NO_STATISTICS, type StatisticsOf, type TableStatistics } from "../plan/statistics.ts";
import { inputsOf, expressionsOf } from "../plan/walk-relations.ts";
import { someExpression } from "../plan/walk.ts";

/** `always`: also where nothing is to be chosen. */
export async function statisticsFor(plan: ResolvedRelation, always = false): Promise<StatisticsOf> {
  const tables = new Set<Partial<Table>>();
  let joins = 0;
  const visit = (node: ResolvedRelation): void => {
    if (node.kind === "join") joins++;
    if (node.kind === "scan" && !node.isStreaming) tables.add(node.table as Partial<Table>);
    for (const e of expressionsOf(node)) someExpression(e, x => {
      if (x.kind === "subquery") visit(x.plan);
      return false;
    });
    for (const input of inputsOf(node)) visit(input);
  };
  visit(plan);
  if (joins === 0 && !always) return NO_STATISTICS;
  const found = new Map<object, TableStatistics>();
  for (const table of tables) {
    const statistics = await table.statistics?.();
    if (statistics !== undefined) found.set(table, statistics);
  }
  return found;
}
