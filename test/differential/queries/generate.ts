/** Queries by chance over the tables of a world. The same seed gives the same queries. */
import type { Random } from "../../../src/base/clock.ts";
import { Expressions, FAULTS, type Scope } from "./expressions.ts";
import { BIGINT, DOUBLE, INT, STRING, arrayOf, canGroup, hasOrder, type Column, type Table, type Type } from "./world.ts";

interface Named { readonly name: string; readonly type: Type }
interface Query { readonly sql: string; readonly columns: readonly Named[]; /** Names of columns that tell rows apart. */ readonly unique?: readonly string[] | undefined }
interface From extends Scope { readonly sql: string; readonly names: readonly string[] }
export interface Statement { readonly sql: string; readonly unordered: boolean }

export class QueryGenerator extends Expressions {
  readonly #tables: readonly Table[];
  #ctes: { readonly name: string; readonly query: Query }[] = [];
  #aliases = 0;
  #ordered = false;

  constructor(random: Random, tables: readonly Table[]) {
    super(random);
    this.#tables = tables;
  }

  /** One statement; one in eight is wrong on purpose. */
  statement(): Statement {
    this.fault = this.one(8) ? this.of(FAULTS) : undefined;
    this.#ctes = [];
    this.#aliases = 0;
    this.#ordered = false;
    let sql = this.#top();
    if (this.one(20)) {
      const value = this.of(["1", "2", "'a'", "NULL"]), place = sql.match(/\b[0-3]\b(?![.'0-9])/);
      const put = (mark: string): string => quoted(sql.slice(0, place!.index) + mark + sql.slice(place!.index! + 1));
      if (place !== null && !sql.includes("'1'")) sql = this.one(2) ? `EXECUTE IMMEDIATE ${put(":p")} USING ${value} AS p` : `EXECUTE IMMEDIATE ${put("?")} USING ${value}`;
    }
    return { sql, unordered: !this.#ordered };
  }

  #top(): string {
    const depth = this.of([0, 0, 0, 1, 1, 2]), none: Scope = { columns: [] };
    if (this.one(8)) return this.#pipes(Math.max(1, depth));
    if (this.one(14)) return this.#recursive();
    let query: Query, prefix = "";
    if (this.one(5)) {
      const parts = this.some(1, 2, i => {
        const query = this.#query(none, 0), name = `w${i}`, renamed = this.one(3);
        const columns = renamed ? query.columns.map((column, c) => ({ ...column, name: `x${c}` })) : query.columns;
        this.#ctes.push({ name, query: { sql: "", columns, unique: renamed ? undefined : query.unique } });
        return `${this.faulty("cte_name") ? "w0 AS (SELECT 1), w0" : name}${renamed ? `(${columns.map(c => c.name).join(", ")}${this.faulty("alias_arity") ? ", y" : ""})` : ""} AS (${query.sql})`;
      });
      prefix = `WITH ${parts.join(", ")} `;
    }
    query = this.#query(none, depth, true);
    return prefix + this.#order(query, true);
  }

  /** ORDER BY, LIMIT and OFFSET behind a query; limits only where no ties are left. */
  #order(query: Query, top: boolean): string {
    if (this.faulty("ordinal")) return `${query.sql} ORDER BY ${this.of(["99", "0", "-1"])}`;
    if (this.faulty("limit")) return `${query.sql} LIMIT ${this.of(["-1", "'a'", "id", "1.5", "NULL", "(SELECT 1)"])}`;
    if (this.faulty("order_type")) return `${query.sql} ORDER BY map('a', 1)`;
    const orderable = query.columns.every(column => hasOrder(column.type));
    if (this.one(top ? 2 : 4) || query.columns.length === 0) return query.sql;
    const word = (text: string): string => `${text}${this.of(["", "", " ASC", " DESC"])}${this.of(["", "", " NULLS FIRST", " NULLS LAST"])}`;
    const sql = !orderable ? query.columns.map((c, i) => [c, i] as const).filter(([c]) => hasOrder(c.type)).map(([, i]) => String(i + 1)).join(", ") : this.of([() => "ALL", () => word("ALL"), () => this.shuffled(query.columns.map((_, i) => word(String(i + 1)))).join(", "), () => this.shuffled(query.columns.map(c => word(c.name))).join(", ")])();
    if (sql === "") return query.sql;
    if (top) this.#ordered = orderable;
    const limit = orderable && (this.one(2) || !top) ? this.of([` LIMIT ${this.below(5)}`, ` LIMIT ${1 + this.below(4)} OFFSET ${this.below(3)}`, ` OFFSET ${this.below(3)}`, " LIMIT 1 + 1", " LIMIT ALL"]) : "";
    return `${query.sql} ORDER BY ${sql}${limit}`;
  }

  #query(outer: Scope, depth: number, top = false, wanted?: readonly Type[]): Query {
    if (this.one(6) && !this.#isNested(outer)) return this.#setOperation(outer, depth, wanted);
    if (this.one(25)) {
      const types = wanted ?? this.some(1, 3, () => this.type());
      return { sql: `VALUES ${this.some(1, 3, () => `(${types.map(type => this.value(type)).join(", ")})`).join(", ")}`, columns: types.map((type, i) => ({ name: `col${i + 1}`, type })) };
    }
    return this.#select(outer, depth, top, wanted);
  }

  #isNested(outer: Scope): boolean { return outer.columns.length > 0; }

  #setOperation(outer: Scope, depth: number, wanted?: readonly Type[]): Query {
    const types = wanted ?? this.some(1, 3, () => { let type = this.type(); while (!canGroup(type) || type.family === "map") type = this.type(); return type; }), near = (type: Type): Type => type.family === "number" && this.one(3) ? this.of([INT, BIGINT, DOUBLE]) : type;
    const left = this.#select(outer, depth - 1, false, types);
    const right = this.#select(outer, depth - 1, false, this.faulty("arity") ? [...types, INT] : this.faulty("set_types") ? types.map(() => arrayOf(arrayOf(STRING))) : types.map(near));
    const word = this.of(["UNION ALL", "UNION", "INTERSECT", "EXCEPT", "INTERSECT ALL", "EXCEPT ALL", "UNION DISTINCT", "MINUS"]), third = this.one(5) ? ` ${this.of(["UNION ALL", "INTERSECT", "EXCEPT"])} ${this.#bracketed(this.#select(outer, depth - 1, false, types).sql)}` : "";
    return { sql: `${this.#bracketed(left.sql)} ${word} ${this.#bracketed(right.sql)}${third}`, columns: left.columns };
  }

  #bracketed(sql: string): string { return this.one(2) || /\b(ORDER|LIMIT|WINDOW)\b/.test(sql) ? `(${sql})` : sql; }

  protected override subquery(type: Type, scope: Scope, depth: number, single: boolean): string {
    const types = this.faulty("subquery_columns") ? [type, type] : [type], around: Scope = { columns: scope.columns, ...scope.outer === undefined ? {} : { outer: scope.outer } };
    if (this.faulty("subquery_rows")) return "SELECT id FROM t1 UNION ALL SELECT 1 UNION ALL SELECT 2";
    if (!single) return this.#select(this.one(3) ? around : { columns: [] }, depth, false, types).sql;
    if (type.family === "number" || type.family === "text") {
      const from = this.#from(depth, around.columns.length > 0 ? around : { columns: [] }), inner: Scope = { columns: from.columns, unique: from.unique, outer: around }, where = ` WHERE ${this.condition(inner, depth)}`;
      const value = this.column({ columns: from.columns }, t => t.family === type.family && hasOrder(t))?.sql ?? this.value(type), own: Scope = { columns: from.columns, unique: from.unique };
      return this.of([() => `SELECT ${this.of(["max", "min"])}(${value}) FROM ${from.sql}${where}`, () => type.family === "number" ? `SELECT ${this.aggregate(own, 0).sql.replace(/^(sort_array|max_by|min|max|bool_or|listagg).*/, "count(*)")} FROM ${from.sql}${where}` : `SELECT max(${value}) FROM ${from.sql}${where}`, () => `SELECT ${value} FROM ${from.sql}${where}${from.unique === undefined ? " ORDER BY ALL LIMIT 1" : ` ORDER BY ${from.unique.join(", ")} LIMIT 1`}`,
        () => `SELECT ${this.expression(type, { columns: [], outer: around }, 1)}`, () => `SELECT max(${value}) + 1 FROM ${from.sql}${where} HAVING count(*) ${this.of([">", "<", "="])} ${this.below(3)}`, () => `SELECT coalesce(max(${value}), ${this.value(type, 0)}) FROM ${from.sql}${where}`])();
    }
    return `SELECT ${this.expression(type, { columns: [], outer: around }, 1)}`;
  }

  protected override subqueryRows(scope: Scope, depth: number): string {
    if (this.one(8)) return this.#setOperation({ columns: scope.columns }, 1).sql;
    return this.#select({ columns: scope.columns, ...scope.outer === undefined ? {} : { outer: scope.outer } }, depth).sql;
  }

  // FROM

  #alias(): string { return `r${this.#aliases++}`; }

  #leaf(depth: number, outer: Scope): From {
    if (this.faulty("table")) return { sql: this.of(["nope", "t9", "t1.t2", "default.t1x"]), columns: [], names: [] };
    if (depth >= 0 && this.one(depth > 0 ? 4 : 9)) {
      const query = this.#query({ columns: [] }, depth - 1), alias = this.#alias(), renamed = this.one(4), names = query.columns.map((c, i) => renamed ? `y${i}` : c.name);
      return this.#described(`(${this.one(3) ? this.#order(query, false) : query.sql}) ${this.of(["AS ", ""])}${alias}${renamed ? `(${names.join(", ")}${this.faulty("alias_arity") ? ", zz" : ""})` : ""}`, alias, query.columns.map((c, i) => ({ name: names[i]!, type: c.type })), renamed ? undefined : query.unique);
    }
    if (this.#ctes.length > 0 && this.one(2)) {
      const { name, query } = this.of(this.#ctes), alias = this.#alias();
      return this.#described(`${name} ${alias}`, alias, query.columns, query.unique);
    }
    if (this.one(14)) {
      const alias = this.#alias();
      return this.#described(this.of([`range(${1 + this.below(4)})`, `range(1, ${2 + this.below(4)})`]) + ` AS ${alias}(id)`, alias, [{ name: "id", type: BIGINT }], ["id"]);
    }
    if (this.one(16)) return this.#pivoted(outer);
    const table = this.of(this.#tables), alias = this.faulty("ambiguous") ? "t1" : this.one(3) ? table.name + "" : this.#alias();
    const named = alias === table.name ? (this.#aliases++, `${table.name} AS ${table.name}_${this.#aliases}`) : `${table.name} ${alias}`;
    return this.#described(named, alias === table.name ? `${table.name}_${this.#aliases}` : alias, table.columns, ["id"]);
  }

  #described(sql: string, alias: string, columns: readonly Named[], unique: readonly string[] | undefined): From {
    return { sql, columns: columns.map(({ name, type }) => ({ sql: `${alias}.${name}`, type })), unique: unique?.map(name => `${alias}.${name}`), names: columns.map(c => c.name) };
  }

  #pivoted(outer: Scope): From {
    void outer;
    const table = this.of(this.#tables), alias = this.#alias(), other = table.columns.filter(c => c.type.family === "number"), number = this.of(other).name;
    if (this.one(2)) {
      const values = this.shuffled(["'a'", "'b'", "'c'", "NULL"]).slice(0, 1 + this.below(3)), named = values.map((value, i) => this.one(2) ? [`${value} AS p${i}`, `p${i}`] as const : [value, value === "NULL" ? "`null`" : value.slice(1, -1)] as const), two = this.one(3);
      const aggregates = two ? `sum(${number}) AS s, count(*) AS n` : this.of([`max(id)`, "count(*)", `sum(id) AS s`]), keep = this.one(2) ? ["k"] : [];
      const columns: Named[] = [...keep.map(name => ({ name, type: table.columns.find(c => c.name === name)!.type })), ...named.flatMap(([, name]) => two ? [{ name: `${name}_s`, type: BIGINT }, { name: `${name}_n`, type: BIGINT }] : [{ name, type: BIGINT }])].map(c => ({ ...c, name: c.name.includes("`") ? `\`${c.name.replaceAll("`", "")}\`` : c.name }));
      const bare = this.one(6);
      return this.#described(`${bare ? "" : "(SELECT * FROM "}(SELECT ${[...new Set([...keep, "g", "id", number])].join(", ")} FROM ${table.name}) PIVOT (${aggregates} FOR g IN (${named.map(([text]) => text).join(", ")}))${bare ? "" : ")"} AS ${alias}`, alias, keep.length + named.length < 2 ? [] : columns.filter(c => keep.includes("k") && !two && number !== "id" && number !== "k" ? c.name === "k" : c.name !== "k"), undefined);
    }
    const columns = this.shuffled(table.columns.filter(c => c.type.sql === "INT")).slice(0, 2).map(c => c.name);
    const kept = table.columns.filter(c => !columns.includes(c.name));
    const unpivot = `${table.name} UNPIVOT ${this.of(["", "INCLUDE NULLS ", "EXCLUDE NULLS "])}(val FOR nam IN (${columns.map(name => this.one(3) ? `${name} AS n_${name}` : name).join(", ")}))`;
    return this.#described(this.one(6) ? `${unpivot} AS ${alias}` : `(SELECT * FROM ${unpivot}) AS ${alias}`, alias, [...kept, { name: "nam", type: STRING }, { name: "val", type: INT }], undefined);
  }

  #from(depth: number, outer: Scope): From {
    let from = this.#leaf(depth, outer);
    for (let more = this.of([0, 0, 0, 1, 1, 2].slice(0, 3 + (depth > 0 ? 3 : 2))); more > 0; more--) from = this.#joined(from, depth, outer);
    if (this.one(8)) from = this.#generated(from);
    return from;
  }

  #joined(left: From, depth: number, outer: Scope): From {
    if (depth >= 0 && this.one(8)) {
      const inner = this.#select({ columns: left.columns }, depth - 1), alias = this.#alias(), right = this.#described("", alias, inner.columns, undefined);
      const how = this.of([", LATERAL", " JOIN LATERAL", " LEFT JOIN LATERAL", " CROSS JOIN LATERAL"]);
      return { sql: `${left.sql}${how} (${inner.sql}) AS ${alias}${how === " LEFT JOIN LATERAL" ? " ON true" : ""}`, columns: [...left.columns, ...right.columns], names: [...left.names, ...right.names] };
    }
    const right = this.#leaf(depth - 1, outer), both: Scope = { columns: [...left.columns, ...right.columns] }, unique = left.unique !== undefined && right.unique !== undefined ? [...left.unique, ...right.unique] : undefined;
    const together = (sql: string, columns = both.columns): From => ({ sql, columns, unique, names: [...left.names, ...right.names] }), kind = this.of(["JOIN", "INNER JOIN", "LEFT JOIN", "LEFT OUTER JOIN", "RIGHT JOIN", "FULL JOIN", "FULL OUTER JOIN", "LEFT SEMI JOIN", "LEFT ANTI JOIN", "CROSS JOIN", ",", "NATURAL", "USING"]);
    if (kind === "CROSS JOIN") return together(`${left.sql} CROSS JOIN ${right.sql}`);
    if (kind === ",") return together(`${left.sql}, ${right.sql}`);
    const shared = ["id", "k", "g"].filter(name => left.names.filter(n => n === name).length === 1 && right.names.filter(n => n === name).length === 1);
    if (kind === "NATURAL" && shared.length > 0) {
      const how = this.of(["", "LEFT ", "FULL ", "RIGHT "]);
      return { ...together(`${left.sql} NATURAL ${how}JOIN ${right.sql}`), unique: undefined };
    }
    if ((kind === "USING" || this.one(5)) && shared.length > 0) {
      const using = this.shuffled(shared).slice(0, 1 + this.below(2)), how = this.of(["JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN", "LEFT SEMI JOIN", "LEFT ANTI JOIN"]);
      const sql = `${left.sql} ${how} ${right.sql} USING (${this.faulty("using") ? "nope" : using.join(", ")})`;
      if (how.includes("SEMI") || how.includes("ANTI")) return { ...left, sql };
      const merged: Column[] = using.map(name => ({ sql: name, type: left.columns.find(c => c.sql.endsWith(`.${name}`))?.type ?? INT }));
      return { ...together(sql, [...merged, ...both.columns]), names: [...left.names, ...right.names.filter(name => !using.includes(name))] };
    }
    const keys = (name: string): [Column, Column] | undefined => {
      const l = left.columns.find(c => c.sql.endsWith(`.${name}`)), r = right.columns.find(c => c.sql.endsWith(`.${name}`));
      return l !== undefined && r !== undefined ? [l, r] : undefined;
    };
    const pair = keys(this.of(["k", "g", "k", "id"])), equal = pair === undefined ? undefined : `${pair[0].sql} ${this.of(["=", "=", "=", "<=>", "<", ">="])} ${pair[1].sql}`, extra = equal === undefined || this.one(3) ? this.condition(both, 1) : undefined;
    const on = [equal, extra].filter(part => part !== undefined).join(` ${this.of(["AND", "AND", "OR"])} `), how = ["NATURAL", "USING"].includes(kind) ? "JOIN" : kind;
    const sql = `${left.sql} ${how} ${right.sql} ON ${on}`;
    return how.includes("SEMI") || how.includes("ANTI") ? { ...left, sql } : together(sql);
  }

  #generated(from: From): From {
    const array = this.column({ columns: from.columns }, t => t.family === "array"), map = this.column({ columns: from.columns }, t => t.family === "map"), alias = this.#alias(), outer = this.one(3), element = array?.type.element ?? INT, list = array?.sql ?? "array(1, 2)";
    const [call, columns] = this.of<() => readonly [string, readonly Named[]]>([
      () => [`explode(${list})`, [{ name: "e", type: element }]], () => [`posexplode(${list})`, [{ name: "pos", type: INT }, { name: "e", type: element }]], () => map === undefined ? ["explode(map('a', 1))", [{ name: "mk", type: STRING }, { name: "mv", type: INT }]] : [`explode(${map.sql})`, [{ name: "mk", type: STRING }, { name: "mv", type: INT }]],
      () => ["inline(array(struct(1, 'a'), struct(2, NULL)))", [{ name: "i1", type: INT }, { name: "i2", type: STRING }]], () => [`stack(2, 1, 'a', ${this.column({ columns: from.columns }, t => t.sql === "INT")?.sql ?? "5"}, 'b')`, [{ name: "s1", type: INT }, { name: "s2", type: STRING }]],
    ])();
    const described = this.#described("", alias, columns, undefined);
    const sql = this.one(3) && !outer ? `${from.sql}, LATERAL ${call} AS ${alias}(${columns.map(c => c.name).join(", ")})` : `${from.sql} LATERAL VIEW ${outer ? "OUTER " : ""}${call} ${alias} AS ${columns.map(c => c.name).join(", ")}`;
    return { sql, columns: [...from.columns, ...described.columns], names: [...from.names, ...described.names] };
  }

  // SELECT

  #select(outer: Scope, depth: number, top = false, wanted?: readonly Type[]): Query {
    if (this.one(30)) {
      const types = wanted ?? this.some(1, 3, () => this.type());
      return { sql: `SELECT ${types.map((type, i) => `${this.expression(type, { columns: [], ...outer.columns.length > 0 ? { outer } : {} }, 2)} AS c${i}`).join(", ")}`, columns: types.map((type, i) => ({ name: `c${i}`, type })) };
    }
    const from = this.#from(depth, outer), scope: Scope = { columns: from.columns, unique: from.unique, ...outer.columns.length > 0 ? { outer } : {} };
    const where = this.one(2) ? ` WHERE ${this.condition(scope, Math.max(0, Math.min(2, depth + 1)))}` : "";
    if (from.columns.length > 0 && this.one(3)) return this.#grouped(from, scope, where, depth, wanted);
    if (this.faulty("star")) return { sql: `SELECT nope.*, * FROM ${from.sql}${where}`, columns: [] };
    if (this.faulty("generators")) return { sql: `SELECT explode(array(1)), explode(array(2)) FROM ${from.sql}`, columns: [{ name: "c0", type: INT }] };
    if (this.faulty("lateral_alias")) return { sql: `SELECT 1 AS la, 2 AS la, la + 1 AS c0 FROM ${from.sql}`, columns: [{ name: "c0", type: INT }] };
    if (this.faulty("having")) return { sql: `SELECT 1 AS c0 FROM ${from.sql}${where} HAVING id > 1`, columns: [{ name: "c0", type: INT }] };
    if (this.faulty("qualify")) return { sql: `SELECT 1 AS c0 FROM ${from.sql}${where} QUALIFY 1 = 1`, columns: [{ name: "c0", type: INT }] };
    const types = wanted ?? this.some(1, 4, () => this.column({ columns: from.columns }, () => true)?.type ?? INT), windows = this.one(8) ? ["wn"] : [];
    const selected: Column[] = [], items = types.map((type, i) => {
      const name = `c${i}`;
      let item: Column;
      if (wanted === undefined && this.one(8)) item = this.window(scope, 1, windows);
      else if (selected.length > 0 && this.one(10)) item = { sql: this.expression(type, { columns: [...scope.columns, ...selected] }, 1), type };
      else item = { sql: this.expression(type, scope, this.of([0, 0, 1, 2])), type };
      selected.push({ sql: name, type: item.type });
      return item;
    });
    const unnamed = top && this.one(4), names = items.map((_, i) => `c${i}`), distinct = wanted === undefined && this.one(8) && items.every(item => canGroup(item.type)) ? "DISTINCT " : "";
    if (top && this.one(14)) return { sql: `SELECT ${this.of(["*", "* EXCEPT (id)", "*, 1 AS one", "struct(*) AS c0"])} FROM ${from.sql}${where}`, columns: [] };
    const shown = items.map((item, i) => unnamed ? item.sql : `${item.sql}${this.of([" AS", ""])} ${names[i]}`);
    if (wanted === undefined && distinct === "" && from.unique !== undefined && this.one(3)) {
      // What tells rows apart comes along, so that those above can put them in order.
      const keys = from.unique.map((sql, i) => ({ name: `u${i}`, sql }));
      shown.push(...keys.map(({ name, sql }) => `${sql} AS ${name}`));
      return { sql: `SELECT ${shown.join(", ")} FROM ${from.sql}${where}${this.#windows(windows, scope)}`, columns: unnamed ? [] : [...items.map((item, i) => ({ name: names[i]!, type: item.type })), ...keys.map(({ name }) => ({ name, type: INT }))], unique: keys.map(({ name }) => name) };
    }
    const qualified = wanted === undefined && this.one(14) ? ` QUALIFY ${this.window(scope, 1).sql} IS ${this.of(["", "NOT "])}NULL` : "";
    return { sql: `SELECT ${distinct}${shown.join(", ")} FROM ${from.sql}${where}${this.#windows(windows, scope)}${qualified}`, columns: unnamed ? [] : items.map((item, i) => ({ name: names[i]!, type: item.type })) };
  }

  #windows(names: readonly string[], scope: Scope): string {
    return names.map(name => ` WINDOW ${name} AS (PARTITION BY ${this.column(scope, hasOrder)?.sql ?? "1"} ORDER BY ${scope.unique === undefined || scope.unique.length === 0 ? this.column(scope, hasOrder)?.sql ?? "1" : scope.unique.join(", ")})`).join("");
  }

  #grouped(from: From, scope: Scope, where: string, depth: number, wanted?: readonly Type[]): Query {
    const keys: Column[] = this.some(0, 3, () => this.column({ columns: from.columns }, canGroup)).filter(c => c !== undefined).map(c => this.one(4) ? { sql: this.expression(c.type, { columns: from.columns }, 1), type: c.type } : c).filter(c => canGroup(c.type) && !c.sql.includes("SELECT") && !/^(CAST\(NULL|-?\d)/.test(c.sql));
    const aggregates = this.some(keys.length === 0 ? 1 : 0, 3, () => this.aggregate({ columns: from.columns, unique: from.unique }, this.one(3) ? 1 : 0)).map(c => c.sql.replaceAll("g0", from.columns.find(f => f.type.family === "text")?.sql ?? "'x'")).map((sql, i) => ({ sql, i }));
    const typed = aggregates.map(({ sql }): Column => ({ sql, type: sql.startsWith("count") || sql.startsWith("sum(") ? BIGINT : sql.startsWith("avg") || sql.startsWith("stddev") || sql.startsWith("median") ? DOUBLE : INT })), sets = keys.length > 0 && keys.every(k => hasOrder(k.type)) && this.one(4);
    const texts = keys.map(key => key.sql), list = (some: readonly string[]): string => some.join(", ");
    let by = "";
    if (keys.length > 0) {
      if (this.faulty("group_by_aggregate")) by = "count(*)";
      else if (sets) by = this.of([() => `ROLLUP(${list(texts)})`, () => `CUBE(${list(texts)})`, () => `${list(texts)} WITH ${this.of(["ROLLUP", "CUBE"])}`, () => `GROUPING SETS (${list(this.some(1, 3, () => `(${list(this.shuffled(texts).slice(0, this.below(texts.length + 1)))})`))})`, () => texts.length > 1 ? `${texts[0]}, ROLLUP(${list(texts.slice(1))})` : `ROLLUP(${texts[0]})`, () => `${list(texts)} GROUPING SETS ((${list(texts)}), (${texts[0]}), ())`])();
      else by = list(texts.map((text, i) => this.one(6) ? String(i + 1) : this.one(8) ? `c${i}` : text));
    }
    const inner: Scope = { columns: [...keys, ...typed], ...scope.outer === undefined ? {} : { outer: scope.outer }, unique: sets ? undefined : keys.every(k => hasOrder(k.type)) ? texts : undefined };
    const positional = by.split(", ").some(part => /^(\d|c\d)$/.test(part));
    let items: Column[];
    if (wanted !== undefined && !positional) items = wanted.map(type => ({ sql: this.expression(type, inner, 1), type }));
    else {
      items = [...keys, ...typed].map(column => !positional && this.one(6) ? { sql: this.expression(column.type, inner, 1), type: column.type } : column);
      if (this.one(8) && !positional) items.push(this.window(inner, 1));
      if (sets && this.one(2)) items.push({ sql: this.one(2) ? "grouping_id()" : `grouping(${this.of(texts)})`, type: INT });
      if (wanted !== undefined) items = wanted.map((type, i) => items[i]?.type.family === type.family ? items[i]! : { sql: keys.length > i && positional ? keys[i]!.sql : this.value(type), type });
    }
    if (this.faulty("group_by")) items.push(this.of(from.columns));
    if (items.length === 0) items = [{ sql: "count(*)", type: BIGINT }];
    const all = by !== "" && !sets && !positional && this.one(12), having = this.one(4) ? ` HAVING ${this.condition(inner, depth > 1 ? 1 : 0)}` : "", distinct = this.one(14) && items.every(item => canGroup(item.type)) ? "DISTINCT " : "";
    const unique = !sets && wanted === undefined && keys.length > 0 && keys.every((k, i) => items[i] === k && hasOrder(k.type)) ? keys.map((_, i) => `c${i}`) : undefined;
    return { sql: `SELECT ${distinct}${items.map((item, i) => `${item.sql} AS c${i}`).join(", ")} FROM ${from.sql}${where}${by === "" ? "" : ` GROUP BY ${all ? "ALL" : by}`}${having}`, columns: items.map((item, i) => ({ name: `c${i}`, type: item.type })), unique };
  }

  // Other shapes

  #recursive(): string {
    const limit = 2 + this.below(5), table = this.of(this.#tables).name;
    const body = this.of([
      `r(n, s) AS (SELECT 1, 'a' UNION ALL SELECT n + 1, concat(s, 'b') FROM r WHERE n < ${limit})`, `r AS (SELECT id AS n, CAST(g AS STRING) AS s FROM ${table} WHERE id < 3 UNION ALL SELECT n + 1, s FROM r WHERE n < ${limit})`,
      `r(n, s) AS (SELECT 0, CAST('' AS STRING) UNION ALL SELECT r.n + 1, t.g FROM r JOIN ${table} t ON t.id = r.n + 1 WHERE r.n < ${limit})`, `r(n, s) AS (VALUES (1, 'x'), (2, NULL) UNION ALL SELECT n * 2, s FROM r WHERE n < ${limit})`,
      `r(n, s) AS (SELECT 1, 'a' UNION ALL SELECT n + 1, s FROM r WHERE n < ${limit} AND EXISTS (SELECT 1 FROM ${table} x WHERE x.id = n))`, `r(n, s) AS (SELECT 1, 'a' UNION ALL SELECT a.n + 1, a.s FROM r a CROSS JOIN ${table} t WHERE a.n < 3)`, `r(n, s) AS (SELECT 1, 'a' UNION ALL SELECT max(n) + 1, 'b' FROM r WHERE n < 3)`, `r(n, s) AS (SELECT 1, 'a' UNION SELECT n + 1, 'b' FROM r WHERE n < 3)`,
    ]);
    this.#ordered = true;
    return `WITH RECURSIVE ${body} ${this.of(["SELECT * FROM r ORDER BY ALL", "SELECT count(*), sum(n) FROM r", `SELECT r.n, r.s, t.id FROM r LEFT JOIN ${table} t ON t.id = r.n ORDER BY ALL`, "SELECT s, max(n) FROM r GROUP BY s ORDER BY ALL", "SELECT n FROM r WHERE n IN (SELECT n + 1 FROM r) ORDER BY n"])}`;
  }

  #pipes(depth: number): string {
    const table = this.of(this.#tables), start = this.one(3) ? this.#select({ columns: [] }, depth - 1) : undefined;
    let sql = start?.sql ?? `FROM ${table.name}`, columns: readonly Named[] = start?.columns ?? table.columns, unique: readonly string[] | undefined = start === undefined ? ["id"] : start.unique;
    for (let steps = 1 + this.below(4); steps > 0 && columns.length > 0; steps--) {
      const scope: Scope = { columns: columns.map(c => ({ sql: c.name, type: c.type })), unique }, any = this.of(columns);
      const step = this.of<() => void>([
        () => { sql += ` |> WHERE ${this.condition(scope, 1)}`; },
        () => {
          const items = this.some(1, 3, () => this.of(columns).type).map((type, i) => ({ name: `c${i}`, type, sql: this.expression(type, scope, 1) }));
          sql += ` |> SELECT ${items.map(item => `${item.sql} AS ${item.name}`).join(", ")}`; columns = items; unique = undefined;
        },
        () => { const item = this.one(2) ? this.window(scope, 1) : { sql: this.expression(any.type, scope, 1), type: any.type }, name = `x${steps}`; sql += ` |> EXTEND ${item.sql} AS ${name}`; columns = [...columns, { name, type: item.type }]; },
        () => { sql += ` |> SET ${any.name} = ${this.expression(any.type, scope, 1)}`; unique = unique?.includes(any.name) ? undefined : unique; },
        () => { if (columns.length > 1) { sql += ` |> DROP ${any.name}`; columns = columns.filter(c => c.name !== any.name); unique = unique?.includes(any.name) ? undefined : unique; } },
        () => {
          const key = columns.find(c => canGroup(c.type)), aggregates = this.some(1, 2, () => this.aggregate({ columns: scope.columns }, 0)).map(c => c.sql.replaceAll("g0", "'x'"));
          sql += ` |> AGGREGATE ${aggregates.map((text, i) => `${text} AS a${i}`).join(", ")}${key === undefined || this.one(3) ? "" : ` GROUP BY ${key.name}`}`; columns = aggregates.map((_, i) => ({ name: `a${i}`, type: BIGINT })); unique = undefined;
        },
        () => { const other = this.of(this.#tables); sql += ` |> ${this.of(["JOIN", "LEFT JOIN", "LEFT SEMI JOIN"])} ${other.name} AS j${steps} ON ${this.condition({ columns: [{ sql: `j${steps}.k`, type: INT }, { sql: `j${steps}.id`, type: INT }, ...scope.columns.filter(c => !["id", "k", "g", "a", "b", "c", "d"].includes(c.sql))] }, 0)}`; columns = columns.filter(c => !["id", "k", "g", "a", "b", "c", "d"].includes(c.name)); unique = undefined; },
        () => { sql += ` |> ${this.of(["UNION ALL", "EXCEPT", "INTERSECT", "UNION"])} (SELECT ${columns.map(c => this.value(c.type)).join(", ")})`; unique = undefined; },
        () => { if (columns.every(c => hasOrder(c.type))) sql += ` |> ORDER BY ${columns.map(c => c.name).join(", ")} |> LIMIT ${1 + this.below(4)}`; },
        () => { sql += ` |> AS q${steps}`; },
        () => { const numbers = columns.filter(c => c.type.sql === "INT"); if (numbers.length > 0 && columns.length < 5) { sql += ` |> UNPIVOT (val FOR nam IN (${numbers.map(c => c.name).join(", ")}))`; columns = [...columns.filter(c => !numbers.includes(c)), { name: "nam", type: STRING }, { name: "val", type: INT }]; unique = undefined; } },
      ]);
      step();
    }
    return sql;
  }
}

const quoted = (text: string): string => `"${text.replaceAll("\\", "\\\\").replaceAll("\"", "\\\"")}"`;
