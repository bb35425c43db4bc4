/** Types, values and tables by chance: what the queries of generate.ts read. */
import type { Random } from "../../../src/base/clock.ts";

export type Family = "number" | "text" | "boolean" | "date" | "timestamp" | "months" | "span" | "binary" | "array" | "map" | "struct" | "variant";
export interface Type { readonly sql: string; readonly family: Family; readonly element?: Type; readonly key?: Type }
/** An expression that is there to be used: a column, a key of a group, an aggregate. */
export interface Column { readonly sql: string; readonly type: Type }
export interface Table {
  readonly name: string;
  readonly columns: readonly { readonly name: string; readonly type: Type }[];
  readonly setup: string;
}

const plain = (family: Family, ...names: string[]): Type[] => names.map(sql => ({ sql, family }));
const NUMBERS = plain("number", "TINYINT", "SMALLINT", "INT", "BIGINT", "FLOAT", "DOUBLE", "DECIMAL(5,2)", "DECIMAL(20,0)", "DECIMAL(38,18)");
export const INT = NUMBERS[2]!, BIGINT = NUMBERS[3]!, DOUBLE = NUMBERS[5]!, STRING = plain("text", "STRING")[0]!, BOOLEAN = plain("boolean", "BOOLEAN")[0]!;
export const DATE = plain("date", "DATE")[0]!, TIMESTAMPS = plain("timestamp", "TIMESTAMP", "TIMESTAMP_NTZ"), MONTHS = plain("months", "INTERVAL YEAR TO MONTH")[0]!, SPAN = plain("span", "INTERVAL DAY TO SECOND")[0]!;
const ATOMS = [...NUMBERS, INT, INT, BIGINT, DOUBLE, STRING, STRING, STRING, BOOLEAN, BOOLEAN, DATE, ...TIMESTAMPS, MONTHS, SPAN, ...plain("binary", "BINARY")];
export const arrayOf = (element: Type): Type => ({ sql: `ARRAY<${element.sql}>`, family: "array", element });
const NESTED: Type[] = [arrayOf(INT), arrayOf(INT), arrayOf(STRING), arrayOf(arrayOf(INT)), { sql: "MAP<STRING, INT>", family: "map", key: STRING, element: INT }, { sql: "STRUCT<x: INT, y: STRING>", family: "struct", key: INT, element: STRING }, arrayOf({ sql: "STRUCT<x: INT, y: STRING>", family: "struct", key: INT, element: STRING }), ...plain("variant", "VARIANT")];

/** Whether values have an order, and can be keys of groups. */
export const hasOrder = (type: Type): boolean => type.family !== "map" && type.family !== "variant" && (type.family !== "array" || hasOrder(type.element!));
export const canGroup = (type: Type): boolean => type.family !== "variant" && (type.family !== "array" || canGroup(type.element!));

const VALUES: Readonly<Record<string, readonly string[]>> = {
  TINYINT: ["0", "1", "2", "-3", "127"], SMALLINT: ["0", "1", "2", "-7", "300"], INT: ["0", "1", "1", "2", "2", "3", "-1", "10", "2147483647"], BIGINT: ["0", "1", "2", "5", "-4", "3000000000", "9007199254740993"],
  FLOAT: ["0.0", "-0.0", "1.5", "NaN", "2.25", "-Infinity"], DOUBLE: ["0.0", "-0.0", "1.0", "2.5", "NaN", "Infinity", "-7.25", "1e10"], "DECIMAL(5,2)": ["0.00", "1.50", "-2.25", "999.99", "1.5"], "DECIMAL(20,0)": ["0", "1", "12345678901234567890", "-3"],
  "DECIMAL(38,18)": ["0", "1.5", "0.000000000000000001", "-12345.678"], STRING: ["", "a", "a", "b", "b", "c", "A", "ab", "é", "日本", "a😀", "10", "%", " x "], BOOLEAN: ["true", "false"], BINARY: ["", "61", "6100", "FF"],
  DATE: ["2024-02-29", "2024-03-01", "1970-01-01", "2023-12-31", "0001-01-01"], TIMESTAMP: ["2024-02-29 12:30:00", "2024-03-01 00:00:00", "1969-12-31 23:59:59.999999", "2024-02-29 12:30:00.000001"],
  TIMESTAMP_NTZ: ["2024-02-29 12:30:00", "2024-03-01 00:00:00", "1970-01-01 00:00:00"], "INTERVAL YEAR TO MONTH": ["0-0", "1-2", "-0-3", "10-0"], "INTERVAL DAY TO SECOND": ["0 00:00:00", "1 02:03:04", "-0 00:00:01.5", "30 00:00:00"], VARIANT: ["1", "\"a\"", "null", "[1,2]", "{\"a\":1}"],
};

export class Chance {
  readonly random: Random;
  constructor(random: Random) { this.random = random; }
  below(end: number): number { return this.random.uint32() % end; }
  /** One time in `n`. */
  one(n: number): boolean { return this.below(n) === 0; }
  of<T>(list: readonly T[]): T { return list[this.below(list.length)]!; }
  some<T>(least: number, most: number, make: (i: number) => T): T[] { return Array.from({ length: least + this.below(most - least + 1) }, (_, i) => make(i)); }
  shuffled<T>(list: readonly T[]): T[] {
    const all = [...list];
    for (let i = all.length - 1; i > 0; i--) {
      const j = this.below(i + 1);
      [all[i], all[j]] = [all[j]!, all[i]!];
    }
    return all;
  }

  type(): Type { return this.one(5) ? this.of(NESTED) : this.of(ATOMS); }

  /** A value as SQL, of just this type. */
  value(type: Type, nulls = 8): string {
    if (nulls > 0 && this.one(nulls)) return `CAST(NULL AS ${type.sql})`;
    if (type.family === "array") return this.one(6) ? `CAST(array() AS ${type.sql})` : `array(${this.some(1, 3, () => this.value(type.element!, nulls === 0 ? 0 : 6)).join(", ")})`;
    if (type.family === "map") return this.one(6) ? `CAST(map() AS ${type.sql})` : `map(${this.shuffled(["a", "b", "é"]).slice(0, 1 + this.below(3)).map(key => `'${key}', ${this.value(type.element!, 5)}`).join(", ")})`;
    if (type.family === "struct") return `named_struct('x', ${this.value(type.key!, 5)}, 'y', ${this.value(type.element!, 5)})`;
    const text = this.of(VALUES[type.sql]!);
    switch (type.sql) {
      case "INT": return text;
      case "BIGINT": return `${text}L`;
      case "TINYINT": return `${text}Y`;
      case "SMALLINT": return `${text}S`;
      case "BOOLEAN": return text;
      case "STRING": return `'${text}'`;
      case "BINARY": return `X'${text}'`;
      case "DATE": case "TIMESTAMP": case "TIMESTAMP_NTZ": return `${type.sql}'${text}'`;
      case "INTERVAL YEAR TO MONTH": return `INTERVAL '${text}' YEAR TO MONTH`;
      case "INTERVAL DAY TO SECOND": return `INTERVAL '${text}' DAY TO SECOND`;
      case "VARIANT": return `parse_json('${text}')`;
      case "DOUBLE": return /^-?[\d.e]+$/.test(text) ? `${text}D` : `DOUBLE('${text}')`;
      default: return `CAST('${text}' AS ${type.sql})`;
    }
  }

  /**
   * Four tables that share names: `id` tells the rows of each apart, `k` and `g` join them. Beside them, columns of any type. One may
   * be empty, another has one row.
   */
  tables(): Table[] {
    const names = ["a", "b", "c", "d"], types = new Map(names.map(name => [name, this.type()]));
    return ["t1", "t2", "t3", "t4"].map((name, t) => {
      const columns = [{ name: "id", type: INT }, { name: "k", type: this.one(6) ? this.of([BIGINT, STRING, DOUBLE]) : INT }, { name: "g", type: STRING }, ...this.shuffled(names).slice(0, 1 + this.below(3)).map(column => ({ name: column, type: this.one(5) ? this.type() : types.get(column)! }))];
      const rows = t === 3 ? this.below(2) : 2 + this.below(6), full = columns.map((_, i) => i === 0 || this.one(3));
      const row = (i: number): string => `(${columns.map(({ type, name: column }, c) => c === 0 ? String(i + 1) : column === "k" && type === INT ? (full[c] || !this.one(6) ? String(this.below(4)) : "CAST(NULL AS INT)") : column === "g" ? (full[c] || !this.one(6) ? `'${this.of(["a", "b", "b", "c"])}'` : "CAST(NULL AS STRING)") : this.value(type, full[c] ? 0 : 5)).join(", ")})`;
      const body = `SELECT * FROM VALUES ${Array.from({ length: Math.max(1, rows) }, (_, i) => row(i)).join(", ")} AS v(${columns.map(column => column.name).join(", ")})${rows === 0 ? " WHERE id < 0" : ""}`;
      return { name, columns, setup: `CREATE TEMP VIEW ${name} AS ${body}` };
    });
  }
}
