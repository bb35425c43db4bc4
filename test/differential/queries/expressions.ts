/** Expressions by chance over the columns of a scope. They are kept plain: it is the queries around them that are tried. */
import { BIGINT, BOOLEAN, Chance, DATE, DOUBLE, INT, STRING, hasOrder, type Column, type Family, type Type } from "./world.ts";

export interface Scope {
  readonly columns: readonly Column[];
  /** The columns of the query around this one. */
  readonly outer?: Scope;
  /** Columns that together tell rows apart, if some do. */
  readonly unique?: readonly string[] | undefined;
}

/** What is wrong on purpose with a statement; it is put in at the first place where it fits. */
export const FAULTS = ["column", "table", "function", "arguments", "types", "condition", "aggregate_where", "aggregate_nested", "window_where", "window_nested", "group_by", "group_by_aggregate", "arity", "set_types", "ordinal", "ambiguous", "subquery_columns", "subquery_rows", "using", "generator_where", "generators",
  "limit", "frame", "window_order", "order_type", "qualify", "having", "alias_arity", "star", "lateral_alias", "filter", "distinct_window", "field", "cte_name"] as const;
export type Fault = typeof FAULTS[number];

export abstract class Expressions extends Chance {
  fault: Fault | undefined;

  /** Whether the statement's fault is this one and is to be put in here. */
  protected faulty(...kinds: readonly Fault[]): boolean {
    if (this.fault === undefined || !kinds.includes(this.fault) || this.one(3)) return false;
    this.fault = undefined;
    return true;
  }

  /** A query of one column of a type, as text without brackets. `single`: it has one row at most. */
  protected abstract subquery(type: Type, scope: Scope, depth: number, single: boolean): string;
  /** A query of any columns. */
  protected abstract subqueryRows(scope: Scope, depth: number): string;

  protected column(scope: Scope, fits: (type: Type) => boolean): Column | undefined {
    if (this.faulty("column")) return { sql: this.of(["zz", "t1.zz", "nope.id", "idd", "q.k"]), type: INT };
    const outer = scope.outer !== undefined && this.one(3) ? scope.outer.columns.filter(c => fits(c.type)) : [], own = outer.length > 0 ? outer : scope.columns.filter(c => fits(c.type));
    return own.length === 0 ? undefined : this.of(own);
  }

  #call(name: string, ...args: readonly string[]): string {
    if (this.faulty("function")) return `no_${name}(${args.join(", ")})`;
    if (this.faulty("arguments")) return this.of([`${name}(${[...args, ...args, "1", "2", "3"].join(", ")})`, `${name}()`]);
    return `${name}(${args.join(", ")})`;
  }

  /** An expression of a type's family. */
  expression(type: Type, scope: Scope, depth: number): string {
    const found = this.column(scope, t => t.family === type.family && (type.family !== "array" && type.family !== "map" && type.family !== "struct" || t.sql === type.sql));
    if (found !== undefined && (depth <= 0 || !this.one(3))) return found.sql;
    if (depth <= 0 || this.one(5)) return this.value(type);
    if (this.one(14)) return `(${this.subquery(type, scope, depth - 1, true)})`;
    const again = (t: Type = type): string => this.expression(t, scope, depth - 1);
    if (this.one(5)) {
      return this.of([() => `CASE WHEN ${this.condition(scope, depth - 1)} THEN ${again()} ELSE ${again()} END`, () => this.#call("coalesce", again(), again()), () => this.#call("if", this.condition(scope, depth - 1), again(), again()), () => `CASE WHEN ${this.condition(scope, depth - 1)} THEN ${again()} END`, () => hasOrder(type) ? this.#call("nullif", again(), again()) : again()])();
    }
    return this.#compound(type, scope, depth);
  }

  #compound(type: Type, scope: Scope, depth: number): string {
    const of = (t: Type): string => this.expression(t, scope, depth - 1), family: Family = type.family;
    if (this.faulty("types")) return `(${of(type)} ${this.of(["+", "*", "||", "="])} ${this.of(["array(1)", "true", "map('a', 1)", "INTERVAL '1' DAY", "DATE'2024-01-01'", "named_struct('x', 1)"])})`;
    if (this.faulty("aggregate_nested")) return `sum(sum(${of(INT)}))`;
    if (this.faulty("field")) return this.of(["id.x", "named_struct('x', 1).z", "map('a', 1).b.c", "array(1).x"]);
    switch (family) {
      case "number": {
        const array = this.column(scope, t => t.family === "array"), struct = this.column(scope, t => t.family === "struct");
        return this.of([
          () => `${of(INT)} + ${this.below(4)}`, () => `(${of(INT)} - ${this.below(3)})`, () => `${of(DOUBLE)} * ${this.of(["2", "0.5", "1.5D"])}`, () => this.#call("try_add", of(INT), of(INT)), () => this.#call("length", of(STRING)), () => `${of(INT)} % 3`, () => this.#call("year", of(DATE)),
          () => this.#call("datediff", of(DATE), of(DATE)), () => `CAST(${of(BOOLEAN)} AS INT)`, () => this.#call("greatest", of(INT), of(INT)), () => `-(${of(BIGINT)})`, () => `${of(INT)} / 2`, () => `${of(INT)} DIV 2`, () => this.#call("try_divide", of(INT), of(INT)), () => `TRY_CAST(${of(STRING)} AS INT)`,
          () => array === undefined ? this.#call("abs", of(INT)) : this.#call("size", array.sql), () => struct === undefined ? this.#call("sign", of(INT)) : `${struct.sql}.x`, () => `CAST(${of(INT)} AS ${this.of(["BIGINT", "DOUBLE", "DECIMAL(12,3)"])})`,
        ])();
      }
      case "text": return this.of([() => this.#call("upper", of(STRING)), () => this.#call("concat", of(STRING), of(STRING)), () => `${of(STRING)} || '-'`, () => this.#call("substring", of(STRING), "1", "1"), () => `CAST(${this.expression(this.of([INT, BIGINT, BOOLEAN, DATE]), scope, depth - 1)} AS STRING)`, () => this.#call("lpad", of(STRING), "3", "'*'"), () => this.#call("repeat", of(STRING), "2")])();
      case "boolean": return this.condition(scope, depth - 1);
      case "date": return this.of([() => this.#call("date_add", of(DATE), String(this.below(5))), () => `${of(DATE)} + INTERVAL '1' MONTH`, () => this.#call("trunc", of(DATE), "'MM'")])();
      case "timestamp": return this.of([() => `${of(type)} + INTERVAL '1' HOUR`, () => this.#call("date_trunc", "'DAY'", of(type))])();
      case "span": return this.of([() => `${of(type)} * 2`, () => `(${of(type)} + ${of(type)})`, () => `-${of(type)}`])();
      case "months": return this.of([() => `${of(type)} * 2`, () => `(${of(type)} - ${of(type)})`])();
      case "array": return this.of([() => this.#call("array", of(type.element!), of(type.element!)), () => this.#call("reverse", of(type)), () => this.#call("slice", of(type), "1", "2"), () => `filter(${of(type)}, e -> e IS NOT NULL)`])();
      case "struct": return `named_struct('x', ${of(type.key!)}, 'y', ${of(type.element!)})`;
      default: return this.value(type);
    }
  }

  /** A condition. */
  condition(scope: Scope, depth: number): string {
    if (this.faulty("condition")) return this.expression(this.of([INT, STRING, DATE]), scope, 1);
    if (this.faulty("aggregate_where")) return `sum(${this.expression(INT, scope, 0)}) > 1`;
    if (this.faulty("window_where")) return `row_number() OVER (ORDER BY ${this.expression(INT, scope, 0)}) = 1`;
    if (this.faulty("generator_where")) return "explode(array(1, 2)) = 1";
    const again = (): string => this.condition(scope, depth - 1);
    if (depth > 0 && this.one(4)) return this.of([() => `${again()} AND ${again()}`, () => `(${again()} OR ${again()})`, () => `NOT (${again()})`])();
    if (depth > 0 && this.one(5)) {
      const type = this.#comparable(scope), not = this.one(3) ? "NOT " : "";
      return this.of([
        () => `${not}EXISTS (${this.subqueryRows(scope, depth - 1)})`,
        () => this.one(4) ? `(${this.expression(INT, scope, 0)}, ${this.expression(STRING, scope, 0)}) ${not}IN (SELECT k, g FROM ${this.of(["t1", "t2", "t3"])})` : `${this.expression(type, scope, 0)} ${not}IN (${this.subquery(type, scope, depth - 1, false)})`,
        () => `${this.expression(type, scope, 0)} ${this.of(["=", "<", ">="])} (${this.subquery(type, scope, depth - 1, true)})`,
      ])();
    }
    const flag = this.one(6) ? this.column(scope, t => t.family === "boolean") : undefined;
    if (flag !== undefined) return flag.sql;
    const type = this.#comparable(scope), left = this.expression(type, scope, depth - 1), right = (): string => this.one(2) ? this.value(type, 12) : this.expression(type, scope, depth - 1);
    switch (this.below(9)) {
      case 0: return `${left} IS ${this.of(["", "NOT "])}NULL`;
      case 1: return `${left} ${this.of(["", "NOT "])}IN (${this.some(1, 3, right).join(", ")})`;
      case 2: return `${left} BETWEEN ${right()} AND ${right()}`;
      case 3: return type.family === "text" ? `${left} LIKE ${this.of(["'a%'", "'%b%'", "'_'"])}` : `${left} IS ${this.of(["", "NOT "])}DISTINCT FROM ${right()}`;
      case 4: return `${left} <=> ${right()}`;
      default: return `${left} ${this.of(["=", "=", "<>", "<", "<=", ">", ">="])} ${right()}`;
    }
  }

  #comparable(scope: Scope): Type {
    const found = this.column(scope, hasOrder);
    return found === undefined || this.one(4) ? this.of([INT, STRING]) : found.type;
  }

  /** An aggregate whose value does not depend on the order of rows. */
  aggregate(scope: Scope, depth: number): Column {
    const filter = this.one(6) ? ` FILTER (WHERE ${this.faulty("filter") ? "sum(id) > 1" : this.condition(scope, 1)})` : "", some = this.column(scope, hasOrder), distinct = this.one(6) ? "DISTINCT " : "", number = (): string => this.expression(INT, scope, depth);
    const any = some ?? { sql: this.expression(INT, scope, depth), type: INT };
    const [sql, type] = this.of<() => readonly [string, Type]>([
      () => ["count(*)", BIGINT], () => ["count(*)", BIGINT], () => [`count(${distinct}${any.sql})`, BIGINT], () => [`sum(${distinct}${number()})`, BIGINT], () => [`avg(${number()})`, DOUBLE], () => [`min(${any.sql})`, any.type], () => [`max(${any.sql})`, any.type],
      () => [`sort_array(collect_list(${distinct}${any.sql}))`, { sql: `ARRAY<${any.type.sql}>`, family: "array", element: any.type }], () => [`count_if(${this.condition(scope, 1)})`, BIGINT], () => [`bool_or(${this.condition(scope, 1)})`, BOOLEAN],
      () => [`max_by(${this.expression(STRING, scope, 0)}, ${scope.unique === undefined || scope.unique.length === 0 ? "1" : `struct(${scope.unique.join(", ")})`})`, STRING], () => [`count(DISTINCT ${any.sql}, ${this.expression(INT, scope, 0)})`, BIGINT], () => [`min(DISTINCT ${number()})`, INT], () => [`stddev_pop(${number()})`, DOUBLE],
      () => [`listagg(${distinct}${distinct === "" ? this.expression(STRING, scope, 0) : "g0"}, ',')`, STRING], () => [`median(${number()})`, DOUBLE], () => [`try_sum(${number()})`, BIGINT], () => [`bit_xor(${number()})`, INT],
    ])();
    if (sql.startsWith("listagg") || sql.startsWith("max_by") && scope.unique === undefined) return { sql: `count(1)${filter}`, type: BIGINT };
    if (sql.startsWith("sort_array")) return { sql: filter === "" ? sql : sql.replace(/\)$/, `${filter})`), type };
    return { sql: `${sql}${filter}`, type };
  }

  /** Orders that leave no ties, if there are some. */
  #total(scope: Scope): string | undefined {
    return scope.unique === undefined || scope.unique.length === 0 ? undefined : scope.unique.map(sql => this.#direction(sql)).join(", ");
  }
  #direction(sql: string): string { return `${sql}${this.of(["", "", " ASC", " DESC"])}${this.of(["", "", " NULLS FIRST", " NULLS LAST"])}`; }

  /** A window function; those that depend on the order of ties only where there are none. */
  window(scope: Scope, depth: number, windows: readonly string[] = []): Column {
    const orderable = (): string => this.#direction(this.column(scope, hasOrder)?.sql ?? "1"), partition = this.one(3) ? "" : `PARTITION BY ${this.some(1, 2, () => this.column(scope, t => hasOrder(t))?.sql ?? "1").join(", ")}`;
    const total = this.#total(scope), exact = total !== undefined && this.one(2), order = `ORDER BY ${exact ? (this.one(2) ? `${orderable()}, ${total}` : total) : this.some(1, 2, orderable).join(", ")}`;
    const over = (frame: string): string => ` OVER ${windows.length > 0 && frame === "" && this.one(3) ? this.of(windows) : `(${[partition, order, frame].filter(part => part !== "").join(" ")})`}`;
    if (this.faulty("window_order")) return { sql: this.of(["row_number() OVER ()", "rank() OVER (PARTITION BY 1)", "lag(1) OVER ()", "sum(1) OVER (RANGE BETWEEN 1 PRECEDING AND CURRENT ROW)"]), type: INT };
    if (this.faulty("frame")) return { sql: `sum(1) OVER (ORDER BY ${this.of(["id", "id, k", "g"])} ${this.of(["ROWS BETWEEN 1 FOLLOWING AND 1 PRECEDING", "RANGE BETWEEN 1 PRECEDING AND CURRENT ROW", "ROWS BETWEEN 'a' PRECEDING AND CURRENT ROW", "ROWS BETWEEN id PRECEDING AND CURRENT ROW", "ROWS BETWEEN UNBOUNDED FOLLOWING AND CURRENT ROW", "RANGE BETWEEN INTERVAL '1' DAY PRECEDING AND CURRENT ROW", "ROWS BETWEEN 1.5 PRECEDING AND CURRENT ROW"])})`, type: INT };
    if (this.faulty("window_nested")) return { sql: `sum(row_number() OVER (ORDER BY 1)) OVER (ORDER BY 1)`, type: INT };
    if (this.faulty("distinct_window")) return { sql: "count(DISTINCT id) OVER (PARTITION BY 1)", type: BIGINT };
    const value = this.column(scope, () => true) ?? { sql: "1", type: INT };
    if (exact) {
      const bound = (): string => this.of(["UNBOUNDED PRECEDING", "2 PRECEDING", "1 PRECEDING", "CURRENT ROW", "1 FOLLOWING", "2 FOLLOWING", "UNBOUNDED FOLLOWING"]), places = ["UNBOUNDED PRECEDING", "2 PRECEDING", "1 PRECEDING", "CURRENT ROW", "1 FOLLOWING", "2 FOLLOWING", "UNBOUNDED FOLLOWING"];
      const low = this.below(6), high = Math.max(1, low + this.below(7 - low)), rows = this.one(6) ? `ROWS ${this.of(["UNBOUNDED PRECEDING", "1 PRECEDING", "CURRENT ROW"])}` : `ROWS BETWEEN ${places[low]} AND ${places[high]}`, nulls = this.one(4) ? " IGNORE NULLS" : "";
      void bound;
      return this.of<() => Column>([
        () => ({ sql: `row_number()${over("")}`, type: INT }), () => ({ sql: `ntile(${1 + this.below(4)})${over("")}`, type: INT }), () => ({ sql: `${this.of(["lag", "lead"])}(${value.sql}${this.of(["", ", 1", ", 2", ", -1", ", 0"])})${nulls}${over("")}`, type: value.type }),
        () => ({ sql: `${this.of(["lag", "lead"])}(${value.sql}, ${1 + this.below(2)}, ${this.value(value.type, 0)})${over("")}`, type: value.type }), () => ({ sql: `${this.of(["first_value", "last_value", "first", "last", "any_value"])}(${value.sql})${nulls}${over(this.one(3) ? "" : rows)}`, type: value.type }),
        () => ({ sql: `nth_value(${value.sql}, ${1 + this.below(3)})${nulls}${over(this.one(2) ? "" : rows)}`, type: value.type }), () => ({ sql: `collect_list(${value.sql})${over(rows)}`, type: { sql: `ARRAY<${value.type.sql}>`, family: "array", element: value.type } }), () => ({ ...this.#plainAggregate(scope, depth, over(rows)) }), () => ({ ...this.#plainAggregate(scope, depth, over(rows)) }),
      ])();
    }
    const number = this.column(scope, t => ["INT", "BIGINT", "DOUBLE", "DECIMAL(5,2)"].includes(t.sql)), date = this.column(scope, t => t.sql === "DATE");
    return this.of<() => Column>([
      () => ({ sql: `${this.of(["rank", "dense_rank"])}()${over("")}`, type: INT }), () => ({ sql: `${this.of(["percent_rank", "cume_dist"])}()${over("")}`, type: DOUBLE }), () => this.#plainAggregate(scope, depth, over("")), () => this.#plainAggregate(scope, depth, ` OVER (${partition})`), () => this.#plainAggregate(scope, depth, over(this.of(["RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW", "RANGE BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING", "RANGE BETWEEN CURRENT ROW AND CURRENT ROW", "ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING"]))),
      () => number === undefined ? this.#plainAggregate(scope, depth, over("")) : this.#plainAggregate(scope, depth, ` OVER (${partition} ORDER BY ${this.#direction(number.sql)} RANGE BETWEEN ${this.of(["1 PRECEDING", "UNBOUNDED PRECEDING", "CURRENT ROW", "2 PRECEDING"])} AND ${this.of(["1 FOLLOWING", "CURRENT ROW", "UNBOUNDED FOLLOWING"])})`),
      () => date === undefined ? this.#plainAggregate(scope, depth, over("")) : this.#plainAggregate(scope, depth, ` OVER (${partition} ORDER BY ${this.#direction(date.sql)} RANGE BETWEEN ${this.of(["INTERVAL '1' DAY", "1", "INTERVAL '1' MONTH"])} PRECEDING AND CURRENT ROW)`),
    ])();
  }

  #plainAggregate(scope: Scope, depth: number, over: string): Column {
    const any = this.column(scope, hasOrder) ?? { sql: "1", type: INT }, filter = this.one(8) ? ` FILTER (WHERE ${this.condition(scope, 0)})` : "", number = this.expression(INT, scope, depth - 1);
    return this.of<() => Column>([() => ({ sql: `count(*)${filter}${over}`, type: BIGINT }), () => ({ sql: `count(${any.sql})${filter}${over}`, type: BIGINT }), () => ({ sql: `sum(${number})${filter}${over}`, type: BIGINT }), () => ({ sql: `avg(${number})${over}`, type: DOUBLE }), () => ({ sql: `${this.of(["min", "max"])}(${any.sql})${filter}${over}`, type: any.type })])();
  }
}
