/** Columns that nobody reads are not computed, carried, stored or read. */
import type { Attribute, ResolvedExpression, ResolvedRelation } from "../plan/resolved.ts";
import type { DataType } from "../types/data-type.ts";
import { expressionsOf } from "../plan/walk-relations.ts";
import { references } from "./expression-facts.ts";

/** The plan with the same output that computes only what leads there. */
export function pruneColumns(plan: ResolvedRelation): ResolvedRelation {
  return narrowed(prune(plan, new Set(plan.output.map(a => a.id))), plan.output);
}

/** A plan whose output has at least the wanted attributes. */
function prune(plan: ResolvedRelation, wanted: ReadonlySet<number>): ResolvedRelation {
  const also = (...expressions: readonly ResolvedExpression[]): Set<number> => {
    const ids = references(expressions);
    for (const id of wanted) ids.add(id);
    return ids;
  };
  switch (plan.kind) {
    case "scan": {
      const output = keep(plan.output, also(...plan.pushedFilters));
      return output.length === plan.output.length ? plan : Object.freeze({ ...plan, output });
    }
    case "local_rows": {
      const output = keep(plan.output, wanted);
      if (output.length === plan.output.length || plan.output.length === 0) return plan;
      const places = output.map(a => plan.output.indexOf(a));
      return Object.freeze({ ...plan, output, rows: plan.rows.map(row => places.map(i => row[i]!)) });
    }
    case "range": return plan;
    case "project": {
      const kept = keep(plan.output, wanted), expressions = plan.expressions.filter((_, i) => kept.includes(plan.output[i]!));
      const input = prune(plan.input, references(expressions.map(e => e.expression)));
      return Object.freeze({ ...plan, input, expressions, output: expressions.map(e => e.attribute) });
    }
    case "filter": {
      const input = prune(plan.input, also(plan.condition));
      return Object.freeze({ ...plan, input, output: input.output });
    }
    case "aggregate": {
      const aggregates = plan.aggregates.filter(a => wanted.has(a.attribute.id));
      const input = prune(plan.input, references([...plan.keys.map(k => k.expression), ...aggregates.map(a => a.call)]));
      return Object.freeze({ ...plan, input, aggregates, output: [...plan.keys.map(k => k.attribute), ...aggregates.map(a => a.attribute)] });
    }
    case "expand": {
      const output = keep(plan.output, wanted), places = output.map(a => plan.output.indexOf(a));
      const projections = plan.projections.map(row => places.map(i => row[i]!));
      return Object.freeze({ ...plan, input: prune(plan.input, references(projections.flat())), projections, output });
    }
    case "join": case "as_of_join": {
      const ids = also(...expressionsOf(plan)), streams = plan.kind === "as_of_join" && plan.left.isStreaming && plan.right.isStreaming;
      // As in Spark: where nobody asks for the event time, a join of two streams can't tell late rows.
      const side = (input: ResolvedRelation): ResolvedRelation => {
        const needed = input.output.filter(a => ids.has(a.id) || streams && a.watermarkDelayMicros !== undefined);
        return narrowed(prune(input, new Set(needed.map(a => a.id))), needed.length === 0 ? undefined : needed);
      };
      const left = side(plan.left), right = side(plan.right);
      const present = new Set([...left.output, ...right.output].map(a => a.id));
      return Object.freeze({ ...plan, left, right, output: joinOutput(plan, left, right, present) });
    }
    case "union": {
      const output = keep(plan.output, wanted), places = output.map(a => plan.output.indexOf(a));
      const inputs = plan.inputs.map(input => {
        const columns = places.map(i => input.output[i]!);
        return narrowed(prune(input, new Set(columns.map(a => a.id))), columns);
      });
      return Object.freeze({ ...plan, inputs, output });
    }
    case "set_operation": return Object.freeze({ ...plan, left: pruneColumns(plan.left), right: pruneColumns(plan.right) });
    case "sort": {
      const needed = also(...plan.order.map(o => o.expression));
      const input = narrowed(prune(plan.input, needed), present(plan.input.output, needed));
      return Object.freeze({ ...plan, input, output: input.output });
    }
    case "limit": case "sample": case "subquery_alias": {
      const input = prune(plan.input, wanted);
      return Object.freeze({ ...plan, input, output: plan.kind === "subquery_alias" ? plan.output.filter(a => input.output.some(b => b.id === a.id)) : input.output });
    }
    case "deduplicate": {
      // As in Spark: what nobody asks for can't tell late rows; only the bounded memory can't do without event time.
      const times = plan.isStreaming && plan.withinWatermark ? plan.input.output.filter(a => a.watermarkDelayMicros !== undefined) : [];
      const needed = also(...plan.keys, ...times);
      const input = narrowed(prune(plan.input, needed), present(plan.input.output, needed));
      return Object.freeze({ ...plan, input, output: input.output });
    }
    case "event_time_watermark": {
      const input = prune(plan.input, also(plan.eventTime)), ids = new Set(input.output.map(a => a.id));
      return Object.freeze({ ...plan, input, output: plan.output.filter(a => ids.has(a.id)) });
    }
    // A program sees all columns.
    case "group_map": return Object.freeze({ ...plan, input: pruneColumns(plan.input), initial: plan.initial && { ...plan.initial, input: pruneColumns(plan.initial.input) } });
    case "collect_metrics": return Object.freeze({ ...plan, input: pruneColumns(plan.input) });
    case "value_map": return Object.freeze({ ...plan, inputs: plan.inputs.map(pruneColumns) });
    case "generate": {
      const input = prune(plan.input, also(plan.generator));
      return Object.freeze({ ...plan, input, output: [...input.output, ...plan.generated] });
    }
    case "window": {
      const windows = plan.windows.filter(w => wanted.has(w.attribute.id));
      if (windows.length === 0) return prune(plan.input, wanted);
      const needed = also(...windows.map(w => w.call));
      const input = narrowed(prune(plan.input, needed), present(plan.input.output, needed));
      return Object.freeze({ ...plan, input, windows, output: [...input.output, ...windows.map(w => w.attribute)] });
    }
  }
}

/** The wanted attributes; one, the cheapest to read, where only the number of rows counts. */
function keep(output: readonly Attribute[], wanted: ReadonlySet<number>): readonly Attribute[] {
  const kept = output.filter(a => wanted.has(a.id));
  if (kept.length > 0 || output.length === 0) return kept;
  return [output.reduce((best, a) => cost(a.type) < cost(best.type) ? a : best)];
}

function cost(type: DataType): number {
  switch (type.kind) {
    case "boolean": case "tinyint": return 1;
    case "smallint": case "int": case "date": case "float": case "year_month_interval": return 2;
    case "bigint": case "double": case "timestamp": case "timestamp_ntz": case "time": case "day_time_interval": return 3;
    case "decimal": return 4;
    case "string": case "binary": case "char": case "varchar": return 5;
    default: return 6;
  }
}

const present = (output: readonly Attribute[], ids: ReadonlySet<number>): readonly Attribute[] => output.filter(a => ids.has(a.id));

/** The plan with exactly these columns, by a projection where it has others. */
function narrowed(plan: ResolvedRelation, output: readonly Attribute[] | undefined): ResolvedRelation {
  if (output === undefined || plan.output.length === output.length && plan.output.every((a, i) => a.id === output[i]!.id)) return plan;
  const expressions = output.map(a => ({ expression: plan.output.find(b => b.id === a.id) ?? a, attribute: a }));
  return Object.freeze({ kind: "project", input: plan, expressions, output, isStreaming: plan.isStreaming });
}

/** A join's columns in the order of its sides, as nullable as the join makes them. */
function joinOutput(plan: Extract<ResolvedRelation, { kind: "join" | "as_of_join" }>, left: ResolvedRelation, right: ResolvedRelation, ids: ReadonlySet<number>): readonly Attribute[] {
  const byId = new Map(plan.output.map(a => [a.id, a] as const));
  const sides = plan.joinType === "left_semi" || plan.joinType === "left_anti" ? left.output : [...left.output, ...right.output];
  return sides.filter(a => ids.has(a.id)).map(a => byId.get(a.id) ?? a);
}
