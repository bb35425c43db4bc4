/**
 * Statements near those of the corpus: each is one of its cases with some of its words changed: other values, types, functions,
 * operators, columns, kinds of joins, orders and frames. Most make sense, and those that don't ask for the right error.
 */
import type { Random } from "../../src/base/clock.ts";

const NUMBERS = ["0", "1", "-1", "2", "3", "7", "10", "100", "127", "-128", "128", "255", "32767", "32768", "2147483647", "-2147483648", "2147483648", "9223372036854775807", "1Y", "5S", "10L", "0.5", "1.0", "-0.0", "1.50", "2.675",
  "12345.6789", "99999999999999999999", "0.000001", "1e3", "1.5E-3", "2.5D", "-0.0D", "1.5F", "3BD", "0.1BD", "NULL", "CAST('NaN' AS DOUBLE)", "CAST('-Infinity' AS DOUBLE)"];
const TEXTS = ["", " ", "a", "A", "abc", "ABC", "Spark SQL", "a,b,c", "äöü", "日本", "a😀b", "0", "1", "-1", " 12 ", "1.5", "1e3", "true", "false", "yes", "NaN", "Infinity", "null", "2024-02-29", "2023-02-29", "2024-1-5", "1582-10-10", "2024-03-10 02:30:00",
  "2024-03-10T02:30:00.123456789Z", "2024-12-31 23:59:59.999999+05:30", "12:34:56", "24:00:00", "1 day", "INTERVAL 1 YEAR", "1-2", "1 02:03:04", "{\"a\":1}", "[1,2]", "{\"a\":{\"b\":[1,null]}}", "a.b", "^a.*$", "%b_", "\\\\d+", "yyyy-MM-dd", "HH:mm:ss", "YEAR", "MONTH", "day", "week", "UTC", "America/Los_Angeles", "utf-8"];
const TYPES = ["BOOLEAN", "TINYINT", "SMALLINT", "INT", "BIGINT", "FLOAT", "DOUBLE", "DECIMAL(10,2)", "DECIMAL(38,18)", "DECIMAL(5,0)", "STRING", "BINARY", "DATE", "TIMESTAMP", "TIMESTAMP_NTZ", "TIME", "INTERVAL DAY TO SECOND", "INTERVAL YEAR TO MONTH", "ARRAY<INT>", "MAP<STRING, INT>", "STRUCT<a: INT>", "VARIANT"];
/** Words that may stand for one another. */
const GROUPS: readonly (readonly string[])[] = [
  ["+", "-", "*", "/", "%", "DIV"], ["=", "<>", "<", "<=", ">", ">=", "<=>"], ["AND", "OR"], ["&", "|", "^"], ["UNION", "INTERSECT", "EXCEPT"], ["ASC", "DESC"], ["FIRST", "LAST"], ["LEFT", "RIGHT", "FULL"], ["ROWS", "RANGE"], ["PRECEDING", "FOLLOWING"],
  ["ROLLUP", "CUBE"], ["INNER", "CROSS"], ["SEMI", "ANTI"], ["IN", "NOT IN"], ["LIKE", "ILIKE", "RLIKE"], ["EXISTS", "NOT EXISTS"], ["IS", "IS NOT"], ["YEAR", "MONTH", "DAY", "HOUR", "MINUTE", "SECOND"],
  ["sum", "avg", "min", "max", "count", "first", "last", "stddev", "variance", "any_value", "collect_list", "median", "mode"], ["row_number", "rank", "dense_rank", "percent_rank", "cume_dist"], ["lag", "lead"],
];
const PARTNERS = new Map(GROUPS.flatMap(group => group.map(word => [word.toUpperCase(), group] as const)));
/** What is random, tells the time or where it runs, or depends on an order that nothing gives. */
export const UNSTABLE = /\b(rand|randn|random|randstr|uniform|uuid|shuffle|now|curdate|current_\w+|localtime\w*|version|input_file\w*|spark_partition_id|monotonically_increasing_id|sample|tablesample|java_method|reflect|limit|offset|version|user|session_user|python_worker_logs|try_reflect|approx_percentile|percentile_approx|hll_\w+|theta_\w+|kll_\w+|tuple_\w+|approx_top_k\w*|bitmap_\w+|count_min_sketch|histogram_numeric)\b/i;

const TOKEN = /--[^\n]*|'(?:[^'\\]|\\.|'')*'|"(?:[^"\\]|\\.)*"|`[^`]*`|\d+(?:\.\d+)?(?:[eE][+-]?\d+)?(?:BD|[YSLDF])?\b|<=>|<>|<=|>=|!=|==|\|\||\|>|->|=>|::|[A-Za-z_][A-Za-z_0-9]*|\s+|./gsu;

export class Mutator {
  readonly #random: Random;
  /** Functions of one file of cases, by the number of their arguments. */
  readonly #functions: ReadonlyMap<number, readonly string[]>;

  constructor(random: Random, statements: readonly string[]) {
    this.#random = random;
    const found = new Map<number, Set<string>>();
    for (const sql of statements) for (const { name, args } of callsOf(sql.match(TOKEN) ?? [])) found.set(args, (found.get(args) ?? new Set()).add(name));
    this.#functions = new Map([...found].map(([args, names]) => [args, [...names].toSorted()]));
  }

  #below(end: number): number { return this.#random.uint32() % end; }
  #of<T>(list: readonly T[]): T { return list[this.#below(list.length)]!; }

  /** One to three changes. */
  mutate(sql: string): string {
    const tokens = [...sql.match(TOKEN) ?? []];
    for (let changes = 1 + this.#below(3), tries = 0; changes > 0 && tries < 30; tries++) if (this.#change(tokens)) changes--;
    return tokens.join("");
  }

  #change(tokens: string[]): boolean {
    const at = this.#below(tokens.length), token = tokens[at]!, upper = token.toUpperCase(), replace = (text: string): boolean => {
      tokens[at] = text;
      return text !== token;
    };
    if (/^\d/.test(token)) return replace(this.#of(NUMBERS));
    if (/^['"]/.test(token)) {
      if (this.#below(12) === 0) return replace("NULL");
      if (this.#below(3) === 0) return replace(quoted(this.#bent(token.slice(1, -1))));
      return replace(quoted(this.#of(TEXTS)));
    }
    const partners = PARTNERS.get(upper);
    if (partners !== undefined && this.#below(2) === 0) return replace(this.#of(partners));
    if (TYPES.includes(upper) && /\bAS$/i.test(tokens.slice(0, at).join("").trimEnd())) return replace(this.#of(TYPES));
    if (upper === "NULL") return replace(this.#of([...NUMBERS.slice(0, 10), "'x'", "true", "array(1)"]));
    const call = callsOf(tokens).find(({ place }) => place === at);
    if (call !== undefined) {
      const others = this.#functions.get(call.args);
      if (others !== undefined && others.length > 1 && this.#below(2) === 0) return replace(this.#of(others));
      if (call.args === 1 && this.#below(3) === 0) return replace(`${this.#of(["CAST", "TRY_CAST"])}(${token}`) && this.#close(tokens, at, ` AS ${this.#of(TYPES)})`);
      return false;
    }
    if (/^[a-z_]\w*$/.test(token)) {
      const names = [...new Set(tokens.filter((t, i) => /^[a-z_]\w*$/.test(t) && !/^\s*\(/.test(tokens.slice(i + 1, i + 3).join(""))))];
      if (this.#below(6) === 0) return replace(`CAST(${token} AS ${this.#of(TYPES)})`);
      return replace(this.#of(names));
    }
    return false;
  }

  /** Writes behind the bracket that closes the call at a place. */
  #close(tokens: string[], at: number, text: string): boolean {
    for (let i = at + 1, depth = 0; i < tokens.length; i++) {
      if (tokens[i] === "(") depth++;
      if (tokens[i] === ")" && --depth === 0) {
        tokens[i] += text;
        return true;
      }
    }
    return false;
  }

  #bent(text: string): string {
    const place = this.#below(text.length + 1);
    return this.#of([text.toUpperCase(), text.toLowerCase(), ` ${text} `, text.slice(0, place), text.slice(place), text + text, `${text.slice(0, place)}${this.#of(["0", "é", " ", "-", "x", "%"])}${text.slice(place)}`]);
  }
}

const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** Calls with the number of their arguments. */
function callsOf(tokens: readonly string[]): { readonly name: string; readonly place: number; readonly args: number }[] {
  return tokens.flatMap((name, place) => {
    if (!/^[a-z_]\w*$/.test(name) || tokens[place + 1] !== "(") return [];
    let depth = 0, args = /^\s*\)/.test(tokens.slice(place + 2, place + 4).join("")) ? 0 : 1;
    for (let i = place + 1; i < tokens.length; i++) {
      if (tokens[i] === "(") depth++;
      else if (tokens[i] === ")" && --depth === 0) break;
      else if (tokens[i] === "," && depth === 1) args++;
    }
    return [{ name, place, args }];
  });
}
