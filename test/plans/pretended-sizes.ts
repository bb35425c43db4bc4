/** Tables that say they are large, over a few rows: so that rules which go by sizes have something to do. */
import { batchesOf } from "../../src/columns/row-batches.ts";
import type { Table } from "../../src/io/source.ts";
import { Arena } from "../../src/memory/arena.ts";
import { schemaOf, type LocalRows, type ResolvedExpression, type ResolvedRelation } from "../../src/plan/resolved.ts";
import type { TableStatistics } from "../../src/plan/statistics.ts";
import { mapExpression } from "../../src/plan/walk.ts";
import { mapExpressionsOf, mapRelation } from "../../src/plan/walk-relations.ts";

/** Rows of a plan's text become tables of a size that `rows` says, also within subqueries. */
export function withPretendedSizes(plan: ResolvedRelation, rows: () => number): { readonly plan: ResolvedRelation; readonly statistics: ReadonlyMap<object, TableStatistics> } {
  const statistics = new Map<object, TableStatistics>();
  const scanned = (node: ResolvedRelation): ResolvedRelation => {
    if (node.kind !== "local_rows" || node.output.length === 0) return mapExpressionsOf(node, inside);
    const table = tableOf(node);
    statistics.set(table, { rows: rows() });
    return Object.freeze({ kind: "scan", table, description: "pretended", pushedFilters: [], output: node.output, isStreaming: false });
  };
  const inside = (e: ResolvedExpression): ResolvedExpression => mapExpression(e, x => x.kind === "subquery" ? Object.freeze({ ...x, plan: mapRelation(x.plan, scanned) }) : x);
  return { plan: mapRelation(plan, scanned), statistics };
}

function tableOf(node: LocalRows): Table {
  const schema = schemaOf(node);
  return {
    name: "pretended", description: "pretended", schema, isStreaming: false, replayable: true, fingerprint: null,
    batch: () => ({
      schema, description: "pretended", planBatch: async () => [0],
      read: async (_, { columns }, receiver) => {
        const arena = new Arena();
        for (const batch of batchesOf(schema, node.rows, arena, { columns })) if (!receiver.push(batch)) break;
        arena.release();
      },
    }),
  };
}
