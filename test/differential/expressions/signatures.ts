/** What is called, from the function registry's own words: names, and what may stand in each place of a call. */
import { families } from "../../../src/functions/families.ts";

/** A call's form. `params`: names of parameters as the usage has them; the last `optional` may be left out. */
export interface Signature {
  readonly name: string;
  readonly kind: "scalar" | "aggregate" | "window" | "generator";
  readonly params: readonly string[];
  readonly optional: number;
  /** Any number of further arguments like the last parameter. */
  readonly many: boolean;
  /** Instead of a call: text with `{0}`, `{1}`... for arguments. */
  readonly template?: string;
  /** Arguments of the examples of its documentation. */
  readonly examples: readonly (readonly string[])[];
  readonly withinGroup: boolean;
}

/** Random, told by the clock or by where it runs, our own, or the house's. */
const LEFT_OUT = /^(?:rand|randn|random|randstr|uniform|uuid|shuffle|now|curdate|current_\w+|localtime\w*|version|input_file\w*|spark_partition_id|monotonically_increasing_id|java_method|reflect|try_reflect|user|session_user|millrace_\w+|assert_not_null|get_item|from_avro|to_avro|schema_of_avro|from_protobuf|to_protobuf|python_worker_logs|count_min_sketch|histogram_numeric|approx_top_k\w*|(?:hll|theta|tuple|kll)_\w+|bitmap_\w+agg|measure)$/;

/** What the parser and the analyser know by themselves. */
const OTHERS: readonly (readonly [usage: string, kind: Signature["kind"]])[] = [
  ["coalesce(expr1, ...)", "scalar"], ["if(condition, expr1, expr2)", "scalar"], ["nvl(expr1, expr2)", "scalar"], ["ifnull(expr1, expr2)", "scalar"], ["nvl2(expr1, expr2, expr3)", "scalar"], ["nullif(expr1, expr2)", "scalar"], ["nullifzero(expr)", "scalar"], ["zeroifnull(expr)", "scalar"],
  ["struct(expr1, ...)", "scalar"], ["try_avg(expr)", "aggregate"],
  ["row_number()", "window"], ["rank()", "window"], ["dense_rank()", "window"], ["percent_rank()", "window"], ["cume_dist()", "window"], ["ntile(count)", "window"], ["lag(expr[, offset[, default]])", "window"], ["lead(expr[, offset[, default]])", "window"], ["nth_value(expr, offset)", "window"], ["counter_diff(expr)", "window"],
  ["explode(collection)", "generator"], ["explode_outer(collection)", "generator"], ["posexplode(collection)", "generator"], ["posexplode_outer(collection)", "generator"], ["inline(structs)", "generator"], ["inline_outer(structs)", "generator"], ["stack(rows, expr1, ...)", "generator"], ["json_tuple(jsonStr, key, ...)", "generator"], ["variant_explode(v)", "generator"],
  ["sql_keywords()", "generator"], ["hll_sketch_estimate(sketch)", "scalar"], ["measure(expr)", "aggregate"], ["unix_nanos(timestamp)", "scalar"], ["timestamp_nanos(expr)", "scalar"],
];
/** Forms with words of their own. */
const TEMPLATES: readonly (readonly [name: string, template: string, params: readonly string[]])[] = [
  ...["+", "-", "*", "/", "%", "div", "=", "<>", "<", "<=", ">", ">=", "<=>", "&", "|", "^", "||", "<<", ">>", ">>>", "AND", "OR", "!=", "=="].map(op => [op, `{0} ${op} {1}`, ["expr1", "expr2"]] as const),
  ["-", "- {0}", ["expr"]], ["+", "+ {0}", ["expr"]], ["~", "~ {0}", ["expr"]], ["NOT", "NOT {0}", ["expr"]], ["!", "! {0}", ["expr"]],
  ["in", "{0} IN ({1}, {2})", ["expr1", "expr1", "expr1"]], ["not in", "{0} NOT IN ({1})", ["expr1", "expr1"]], ["between", "{0} BETWEEN {1} AND {2}", ["expr1", "expr1", "expr1"]],
  ["case", "CASE WHEN {0} THEN {1} ELSE {2} END", ["condition", "expr1", "expr1"]], ["case", "CASE {0} WHEN {1} THEN {2} END", ["expr1", "expr1", "expr2"]],
  ["is null", "{0} IS NULL", ["expr"]], ["is not null", "{0} IS NOT NULL", ["expr"]], ["is true", "{0} IS TRUE", ["expr"]], ["is not false", "{0} IS NOT FALSE", ["expr"]], ["is distinct from", "{0} IS DISTINCT FROM {1}", ["expr1", "expr2"]],
  ["like", "{0} LIKE {1}", ["str", "like"]], ["ilike", "{0} ILIKE {1}", ["str", "like"]], ["not like", "{0} NOT LIKE {1}", ["str", "like"]], ["like", "{0} LIKE {1} ESCAPE '!'", ["str", "like"]], ["rlike", "{0} RLIKE {1}", ["str", "regexp"]],
  ["like", "{0} LIKE ANY ({1}, {2})", ["str", "like", "like"]], ["like", "{0} LIKE ALL ({1}, {2})", ["str", "like", "like"]],
  ["[]", "{0}[{1}]", ["collection", "index"]], [".", "({0}).a", ["struct"]], [".", "({0}).b", ["structs"]],
  ["cast", "CAST({0} AS {1})", ["expr", "TYPE"]], ["try_cast", "TRY_CAST({0} AS {1})", ["expr", "TYPE"]], ["::", "{0}::{1}", ["expr", "TYPE"]], ["cast", "CAST({0} AS {1})", ["castText", "TYPE"]], ["try_cast", "TRY_CAST({0} AS {1})", ["castText", "TYPE"]], ["cast", "CAST({0} AS STRING)", ["expr"]], ["cast", "CAST({0} AS {1})", ["number", "TYPE"]],
  ["extract", "EXTRACT({0} FROM {1})", ["FIELD", "moment"]], ["trim", "TRIM(BOTH {0} FROM {1})", ["str", "str"]], ["trim", "TRIM(LEADING {0} FROM {1})", ["str", "str"]], ["trim", "TRIM(TRAILING FROM {0})", ["str"]], ["substring", "SUBSTRING({0} FROM {1} FOR {2})", ["str", "pos", "len"]], ["position", "POSITION({0} IN {1})", ["str", "str"]], ["overlay", "OVERLAY({0} PLACING {1} FROM {2})", ["str", "str", "pos"]],
  ["timestampadd", "TIMESTAMPADD({0}, {1}, {2})", ["UNIT", "count", "moment"]], ["timestampdiff", "TIMESTAMPDIFF({0}, {1}, {2})", ["UNIT", "moment", "moment"]], ["date_diff", "DATEDIFF({0}, {1}, {2})", ["UNIT", "moment", "moment"]], ["dateadd", "DATEADD({0}, {1}, {2})", ["UNIT", "count", "moment"]],
  ["interval", "INTERVAL {0}", ["INTERVALTEXT"]], ["interval", "INTERVAL ({0}) {1}", ["count", "UNIT"]], ["+", "{0} + {1}", ["moment", "interval"]], ["-", "{0} - {1}", ["moment", "interval"]], ["-", "{0} - {1}", ["moment", "moment"]], ["*", "{0} * {1}", ["interval", "number"]], ["/", "{0} / {1}", ["interval", "number"]], ["+", "{0} + {1}", ["interval", "interval"]],
  ["date", "DATE{0}", ["dateText"]], ["timestamp", "TIMESTAMP{0}", ["timestampText"]], ["timestamp_ntz", "TIMESTAMP_NTZ{0}", ["timestampText"]], ["timestamp_ltz", "TIMESTAMP_LTZ{0}", ["timestampText"]], ["time", "TIME{0}", ["timeText"]], ["X", "X{0}", ["hexText"]], ["collate", "{0} COLLATE {1} = {2}", ["str", "COLLATION", "str"]],
  ["at time zone", "{0} AT TIME ZONE {1}", ["timestamp", "timezone"]],
];

export function signatures(): Signature[] {
  const found: Signature[] = [];
  for (const entry of families.flat()) {
    if (entry.kind !== "scalar" && entry.kind !== "aggregate") continue;
    for (const name of [entry.name, ...entry.aliases ?? []]) {
      if (LEFT_OUT.test(name) || !/^[a-z]\w*$/i.test(name)) continue;
      const usage = entry.usage.split(" or ")[0]!;
      const read = /^\w+\(/.test(usage) ? readUsage(usage) : undefined;
      if (read === undefined) continue;
      found.push({ name, kind: entry.kind, ...read, examples: entry.cases.map(([sql]) => argumentsOf(sql, entry.name)).filter(args => args !== undefined), withinGroup: /WITHIN GROUP/.test(entry.usage) });
    }
  }
  for (const [usage, kind] of OTHERS) found.push({ name: usage.slice(0, usage.indexOf("(")), kind, ...readUsage(usage)!, examples: [], withinGroup: false });
  for (const [name, template, params] of TEMPLATES) found.push({ name, kind: "scalar", params, optional: 0, many: false, template, examples: [], withinGroup: false });
  return found;
}

/** `f(a, b[, c[, d]], ...)` as names. */
function readUsage(usage: string): Pick<Signature, "params" | "optional" | "many"> | undefined {
  const inside = /^\w+\(([^)]*)\)/.exec(usage)?.[1];
  if (inside === undefined) return undefined;
  const many = inside.includes("..."), required = inside.replace(/\[.*/, "").match(/\w+/g) ?? [], all = inside.match(/\w+/g) ?? [];
  const leading = inside.startsWith("[");
  return { params: all, optional: leading && !inside.endsWith("]") ? 0 : all.length - required.length, many };
}

/** The arguments of a text that is one call of a function; undefined if it is something else. */
export function argumentsOf(sql: string, name: string): string[] | undefined {
  if (!sql.toLowerCase().startsWith(`${name.toLowerCase()}(`) || !sql.endsWith(")")) return undefined;
  const args: string[] = [];
  let depth = 0, start = name.length + 1, quote = "";
  for (let i = start; i < sql.length; i++) {
    const c = sql[i]!;
    if (quote !== "") {
      if (c === "\\") i++;
      else if (c === quote) quote = "";
    } else if (c === "'" || c === "\"") quote = c;
    else if ("([".includes(c)) depth++;
    else if (")]".includes(c) && depth-- === 0) {
      if (i !== sql.length - 1) return undefined;
      if (i > start) args.push(sql.slice(start, i).trim());
      return args;
    } else if (c === "," && depth === 0) {
      args.push(sql.slice(start, i).trim());
      start = i + 1;
    }
  }
  return undefined;
}
