/** Descriptions as the steps and the SQL of a scenario: a view a node. */
import type { Scenario, ScenarioOp } from "../conformance/scenario-format.ts";
import { SECOND, replaced, type Aggregate, type Expression, type Query } from "./query.ts";

export function toSql(query: Query): Pick<Scenario, "ops" | "query"> {
  const ops: ScenarioOp[] = [], view = viewOf(query, ops);
  return { ops, query: { sql: `SELECT * FROM ${view}` } };
}

/** The name of a view that gives the node's rows; a source's is its own. */
function viewOf(query: Query, ops: ScenarioOp[]): string {
  const make = (op: Readonly<Record<string, unknown>>): string => {
    const as = `q${ops.length}`;
    ops.push({ ...op, as });
    return as;
  };
  const sql = (text: string) => make({ op: "sql", sql: text });
  switch (query.kind) {
    case "source": return query.name;
    case "watermark": return make({ op: "withWatermark", input: viewOf(query.input, ops), column: query.column, delay: `${query.delay / 1000} milliseconds` });
    case "filter": return sql(`SELECT * FROM ${viewOf(query.input, ops)} WHERE ${text(query.where)}`);
    case "project": return sql(`SELECT ${named(query.columns)} FROM ${viewOf(query.input, ops)}`);
    case "limit": return sql(`SELECT * FROM ${viewOf(query.input, ops)} LIMIT ${query.rows}`);
    case "union": return sql(query.inputs.map(input => viewOf(input, ops)).map(view => `SELECT * FROM ${view}`).join(" UNION ALL "));
    case "dedup": return make({ op: query.within === true ? "dropDuplicatesWithinWatermark" : "dropDuplicates", input: viewOf(query.input, ops), ...(query.columns && { columns: query.columns }) });
    case "aggregate": return sql(aggregateText(query.keys, query.values, viewOf(query.input, ops)));
    case "sessions": {
      const session = `session_window(${query.time}, '${query.gap / SECOND} seconds')`;
      const keys = [session, ...Object.values(query.keys).map(text)], columns = [`${session} AS ${query.as}`, ...list(query.keys), ...aggregates(query.values)];
      return sql(`SELECT ${columns.join(", ")} FROM ${viewOf(query.input, ops)} GROUP BY ${keys.join(", ")}`);
    }
    case "join": {
      const left = viewOf(query.left, ops), right = viewOf(query.right, ops), sided = (side: "l" | "r", e: Expression) => text(replaced(e, column => ({ column: `${side}.${column}` })));
      const { range } = query, conditions = query.equal.map(([l, r]) => `l.${l} ${query.nullSafe === true ? "<=>" : "="} r.${r}`);
      if (range?.from !== undefined) conditions.push(`r.${range.right} ${range.fromOpen === true ? ">" : ">="} l.${range.left} + ${interval(range.from)}`);
      if (range?.to !== undefined) conditions.push(`r.${range.right} ${range.toOpen === true ? "<" : "<="} l.${range.left} + ${interval(range.to)}`);
      for (const e of [query.condition, query.onLeft && { sided: sided("l", query.onLeft) }, query.onRight && { sided: sided("r", query.onRight) }]) if (e !== undefined) conditions.push("sided" in e ? e.sided : text(e));
      const kind = query.how === "semi" ? "LEFT SEMI" : query.how.toUpperCase(), columns = Object.entries(query.columns).map(([name, from]) => `${from} AS ${name}`).join(", ");
      return sql(`SELECT ${columns} FROM ${left} AS l ${kind} JOIN ${right} AS r ON ${conditions.join(" AND ")}`);
    }
  }
}

function aggregateText(keys: Readonly<Record<string, Expression>>, values: Readonly<Record<string, Aggregate>>, view: string): string {
  const columns = [...list(keys), ...aggregates(values)].join(", "), by = Object.values(keys).map(text).join(", ");
  return `SELECT ${columns} FROM ${view}${by === "" ? "" : ` GROUP BY ${by}`}`;
}

const list = (columns: Readonly<Record<string, Expression>>) => Object.entries(columns).map(([name, expression]) => `${text(expression)} AS ${name}`);
const named = (columns: Readonly<Record<string, Expression>>) => list(columns).join(", ");
const aggregates = (values: Readonly<Record<string, Aggregate>>) => Object.entries(values).map(([name, { fn, arg }]) => `${fn}(${arg === undefined ? "*" : text(arg)}) AS ${name}`);
const interval = (micros: number): string => `INTERVAL '${micros / SECOND}' SECOND`;

function text(expression: Expression): string {
  if ("column" in expression) return expression.column;
  if ("literal" in expression) return typeof expression.literal === "string" ? `'${expression.literal}'` : String(expression.literal);
  if ("time" in expression) return `TIMESTAMP'${new Date(expression.time / 1000).toISOString().replace("T", " ").replace("Z", "")}'`;
  if ("windowTime" in expression) return `window_time(${text(expression.windowTime)})`;
  if ("window" in expression) return `window(${[text(expression.window), ...[expression.size, expression.slide, expression.start].map(micros => `'${micros / SECOND} seconds'`)].join(", ")})`;
  const args = expression.args.map(text);
  switch (expression.call) {
    case "not": return `NOT (${args[0]})`;
    case "is null": case "is not null": return `${args[0]} ${expression.call.toUpperCase()}`;
    default: return `(${args.join(` ${expression.call.toUpperCase()} `)})`;
  }
}

/** Whether a query mentions a source. */
export function reads(query: Query, name: string): boolean {
  switch (query.kind) {
    case "source": return query.name === name;
    case "union": return query.inputs.some(input => reads(input, name));
    case "join": return reads(query.left, name) || reads(query.right, name);
    default: return reads(query.input, name);
  }
}
