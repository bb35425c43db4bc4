/**
 * Catches an optimisation that is wrong for a shape nobody thought of: random queries over small tables full of nulls,
 * run as analysed and as optimised. MILLRACE_SEED makes others; a failure names its seed.
 */
import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import test from "node:test";
import { lookupFunction } from "../../src/functions/registry.ts";
import { optimize } from "../../src/optimize/optimize.ts";
import { planToText } from "../../src/optimize/plan-text.ts";
import { answerOf } from "./answers.ts";
import { analyseCase, contextFor, Views } from "./corpus.ts";
import { withPretendedSizes } from "./pretended-sizes.ts";

const SEED = Number(process.env["MILLRACE_SEED"] ?? 20_260_301), QUERIES = Number(process.env["MILLRACE_QUERIES"] ?? 400);

/** A small generator of numbers (mulberry32). */
class Dice {
  #state: number;
  constructor(seed: number) { this.#state = seed >>> 0; }
  below(n: number): number {
    this.#state = this.#state + 0x6d2b79f5 >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ t >>> 15, t | 1);
    t ^= t + Math.imul(t ^ t >>> 7, t | 61);
    return ((t ^ t >>> 14) >>> 0) % n;
  }
  chance(percent: number): boolean { return this.below(100) < percent; }
  of<T>(items: readonly T[]): T { return items[this.below(items.length)]!; }
}

interface Column { readonly name: string; readonly type: "int" | "text" }
interface Source { readonly sql: string; readonly columns: readonly Column[] }

const TABLES: readonly Source[] = [
  { sql: "a", columns: [{ name: "x", type: "int" }, { name: "y", type: "int" }, { name: "s", type: "text" }] },
  { sql: "b", columns: [{ name: "x", type: "int" }, { name: "z", type: "int" }, { name: "t", type: "text" }] },
  { sql: "c", columns: [{ name: "k", type: "int" }, { name: "s", type: "text" }] },
];

class Writer {
  readonly #dice: Dice;
  /** Only what SQLite understands too, and means the same by. */
  readonly #portable: boolean;
  #aliases = 0;
  constructor(dice: Dice, portable = false) {
    this.#dice = dice;
    this.#portable = portable;
  }

  query(depth: number): Source {
    const dice = this.#dice, from = this.#from(depth);
    const where = dice.chance(60) ? ` WHERE ${this.#condition(from.columns, depth)}` : "";
    if (dice.chance(25)) return this.#grouped(from, where);
    const items = Array.from({ length: 1 + dice.below(3) }, (_, i) => {
      const type = dice.of(["int", "int", "text"] as const);
      return { sql: `${this.#value(from.columns, type, 2)} AS q${i}`, column: { name: `q${i}`, type } };
    });
    const distinct = dice.chance(10) ? "DISTINCT " : "";
    return { sql: `SELECT ${distinct}${items.map(i => i.sql).join(", ")} FROM ${from.sql}${where}`, columns: items.map(i => i.column) };
  }

  #grouped(from: Source, where: string): Source {
    const dice = this.#dice, key = dice.of(from.columns), value = this.#value(from.columns, "int", 1);
    const having = dice.chance(40) ? ` HAVING ${dice.of([`count(*) > ${dice.below(3)}`, `${key.name} IS NOT NULL`, `max(${value}) > 1 AND ${key.name} IS NOT NULL`])}` : "";
    const aggregate = dice.of([`sum(${value})`, `count(${value})`, `min(${value})`, `max(${value})`, "count(*)", `count(DISTINCT ${value})`]);
    return { sql: `SELECT ${key.name} AS q0, CAST(${aggregate} AS INT) AS q1 FROM ${from.sql}${where} GROUP BY ${key.name}${having}`, columns: [{ name: "q0", type: key.type }, { name: "q1", type: "int" }] };
  }

  /** Several tables with commas between them, and equalities that connect some of them. */
  chain(): Source {
    const dice = this.#dice, tables = Array.from({ length: 3 + dice.below(3) }, () => this.#named(0)), columns = tables.flatMap(t => t.columns);
    const ints = (i: number): string => dice.of(tables[i]!.columns.filter(c => c.type === "int")).name;
    const links = tables.flatMap((_, i) => i === 0 || dice.chance(15) ? [] : [`${ints(dice.below(i))} = ${ints(i)}`]);
    const more = Array.from({ length: 1 + dice.below(2) }, () => dice.chance(40) ? `(${this.#condition(columns, 0)} OR ${this.#condition(columns, 0)})` : this.#condition(columns, 1));
    const items = columns.filter(() => dice.chance(30)).slice(0, 3), shown = items.length === 0 ? columns.slice(0, 1) : items;
    return { sql: `SELECT ${shown.map(({ name }, i) => `${name} AS q${i}`).join(", ")} FROM ${tables.map(t => t.sql).join(", ")} WHERE ${[...links, ...more].join(" AND ")}`, columns: shown };
  }

  #from(depth: number): Source {
    const dice = this.#dice, first = this.#named(depth);
    if (!dice.chance(50)) return first;
    const second = this.#named(depth), columns = [...first.columns, ...second.columns];
    const kind = dice.of(this.#portable ? ["JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN", "CROSS JOIN"] : ["JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN", "LEFT SEMI JOIN", "LEFT ANTI JOIN", "CROSS JOIN"]);
    const ints = (side: Source): string => dice.of(side.columns.filter(c => c.type === "int").map(c => c.name).concat("1"));
    const more = dice.chance(40) ? ` AND ${this.#condition(columns, 0)}` : "";
    const on = kind === "CROSS JOIN" ? "" : ` ON ${ints(first)} ${dice.of(["=", "=", "=", this.#portable ? "=" : "<=>", "<"])} ${ints(second)}${more}`;
    return { sql: `${first.sql} ${kind} ${second.sql}${on}`, columns: kind.includes("SEMI") || kind.includes("ANTI") ? first.columns : columns };
  }

  /** A table or a query under an alias, its columns qualified by it. */
  #named(depth: number): Source {
    const dice = this.#dice, alias = `r${this.#aliases++}`;
    let source: Source;
    if (depth > 0 && dice.chance(45)) {
      const inner = this.query(depth - 1);
      source = { sql: `(${inner.sql})`, columns: inner.columns };
      if (dice.chance(25)) {
        const other = this.query(depth - 1);
        const fits = other.columns.length === inner.columns.length && other.columns.every((c, i) => c.type === inner.columns[i]!.type);
        if (fits) source = { sql: `(${inner.sql} ${dice.of(["UNION ALL", "UNION", "INTERSECT", "EXCEPT"])} ${other.sql})`, columns: inner.columns };
      }
    } else source = dice.of(TABLES);
    return { sql: `${source.sql} AS ${alias}`, columns: source.columns.map(c => ({ ...c, name: `${alias}.${c.name}` })) };
  }

  #value(columns: readonly Column[], type: "int" | "text", depth: number): string {
    const dice = this.#dice, fitting = columns.filter(c => c.type === type);
    if (depth === 0 || dice.chance(40)) return fitting.length > 0 && dice.chance(80) ? dice.of(fitting).name : type === "int" ? String(dice.below(5)) : `'${dice.of(["p", "q", ""])}'`;
    const go = (t: "int" | "text"): string => this.#value(columns, t, depth - 1);
    if (type === "text") return dice.of([() => `(${go("text")} || ${go("text")})`, () => `coalesce(${go("text")}, 'n')`, () => `CASE WHEN ${go("int")} > 2 THEN ${go("text")} END`, () => `upper(${go("text")})`])();
    return dice.of([
      () => `${go("int")} + ${go("int")}`, () => `coalesce(${go("int")}, ${go("int")})`, () => `CASE WHEN ${go("int")} > 1 THEN ${go("int")} ELSE ${go("int")} END`,
      () => this.#portable ? `nullif(${go("int")}, ${go("int")})` : `if(${go("int")} = 0, 0, 12 div nullif(${go("int")}, 0))`, () => `length(${go("text")})`,
    ])();
  }

  #condition(columns: readonly Column[], depth: number): string {
    const dice = this.#dice, value = (): string => this.#value(columns, "int", 1);
    const simple = (): string => dice.of([
      () => `${value()} ${dice.of(["=", "<", ">", "<>", this.#portable ? "IS NOT DISTINCT FROM" : "<=>"])} ${value()}`, () => `${value()} IS ${dice.of(["", "NOT "])}NULL`, () => `${this.#value(columns, "text", 1)} = ${this.#value(columns, "text", 0)}`,
      () => `NOT (${value()} > ${value()})`, () => `${value()} IN (1, 2, ${dice.of(["3", "NULL"])})`, () => `coalesce(${value()}, 0) < 3`,
      // Guarded: a condition that fails only where the one before it doesn't hold.
      () => { const v = value(); return `(${v} <> 0 AND 12 % ${v} > 2)`; },
    ])();
    if (depth > 0 && dice.chance(15)) {
      const outer = columns.filter(c => c.type === "int"), table = dice.of([TABLES[0]!, TABLES[1]!]);
      const link = outer.length > 0 && dice.chance(60) ? ` WHERE i.x ${dice.of(["=", "=", "<"])} ${dice.of(outer).name}` : "";
      return dice.of([`EXISTS (SELECT 1 FROM ${table.sql} i${link})`, `NOT EXISTS (SELECT 1 FROM ${table.sql} i${link})`, `${value()} IN (SELECT i.x FROM ${table.sql} i${link})`, `${value()} < (SELECT max(i.x) FROM ${table.sql} i${link})`, `${value()} < (SELECT count(*) FROM ${table.sql} i${link})`]);
    }
    return dice.chance(40) ? `(${simple()} ${dice.of(["AND", "AND", "OR"])} ${simple()})` : simple();
  }
}

const ROWS: Readonly<Record<string, string>> = {
  "a(x, y, s)": "(1, 10, 'p'), (2, NULL, 'q'), (NULL, 3, 'p'), (0, 0, NULL), (2, 5, ''), (3, 1, 'P')",
  "b(x, z, t)": "(2, 1, 'p'), (2, 2, NULL), (3, NULL, 'q'), (NULL, 4, 'r'), (5, 0, 'p')",
  "c(k, s)": "(1, 'p'), (0, 'q'), (NULL, NULL)",
};

function tables() {
  const views = new Views(), context = contextFor(views, {}, lookupFunction);
  for (const [table, rows] of Object.entries(ROWS)) assert.equal(analyseCase(`CREATE TEMP VIEW ${table.slice(0, 1)} AS SELECT * FROM VALUES ${rows} AS ${table}`, views, context).kind, "command");
  return { views, context };
}

test("random queries answer as SQLite answers them", async () => {
  const { views, context } = tables(), oracle = new DatabaseSync(":memory:");
  for (const [table, rows] of Object.entries(ROWS)) {
    oracle.exec(`CREATE TABLE ${table}`);
    oracle.exec(`INSERT INTO ${table} VALUES ${rows}`);
  }
  let answered = 0;
  for (let i = 0; i < QUERIES; i++) {
    const seed = SEED + i, { sql } = new Writer(new Dice(seed), true).query(2), outcome = analyseCase(sql, views, context);
    assert.equal(outcome.kind, "schema", `seed ${seed}: ${outcome.kind === "error" ? String(outcome.error) : ""}\n${sql}`);
    if (outcome.kind !== "schema") continue;
    const optimised = optimize(outcome.plan, context.settings), answer = await answerOf(optimised, context.settings);
    if (typeof answer === "string") continue;
    const expected = oracle.prepare(sql).all().map(row => JSON.stringify(Object.values(row))).toSorted();
    assert.deepEqual(answer, expected, `seed ${seed}: ${sql}\n${planToText(outcome.plan)}\n=>\n${planToText(optimised)}`);
    answered++;
  }
  assert.ok(answered > QUERIES / 2, `${answered} of ${QUERIES} queries have rows`);
});

test("random queries answer the same when they are optimised", async () => {
  const { views, context } = tables();
  let answered = 0;
  for (let i = 0; i < QUERIES; i++) {
    const seed = SEED + i, { sql } = new Writer(new Dice(seed)).query(2), outcome = analyseCase(sql, views, context);
    assert.equal(outcome.kind, "schema", `seed ${seed}: ${outcome.kind === "error" ? String(outcome.error) : ""}\n${sql}`);
    if (outcome.kind !== "schema") continue;
    const expected = await answerOf(outcome.plan, context.settings);
    if (typeof expected === "string") continue;
    const optimised = optimize(outcome.plan, context.settings);
    assert.deepEqual(await answerOf(optimised, context.settings), expected, `seed ${seed}: ${sql}\n${planToText(outcome.plan)}\n=>\n${planToText(optimised)}`);
    answered++;
  }
  assert.ok(answered > QUERIES / 2, `${answered} of ${QUERIES} queries have rows`);
});

test("random queries over tables that say they are large answer the same", async () => {
  const { views, context } = tables();
  let answered = 0, reordered = 0;
  for (let i = 0; i < QUERIES; i++) {
    const seed = SEED + i, dice = new Dice(seed), writer = new Writer(dice), { sql } = i % 2 === 0 ? writer.query(2) : writer.chain(), outcome = analyseCase(sql, views, context);
    assert.equal(outcome.kind, "schema", `seed ${seed}: ${outcome.kind === "error" ? String(outcome.error) : ""}\n${sql}`);
    if (outcome.kind !== "schema") continue;
    const { plan, statistics } = withPretendedSizes(outcome.plan, () => 10 ** (1 + dice.below(7)));
    const expected = await answerOf(plan, context.settings);
    if (typeof expected === "string") continue;
    const optimised = optimize(plan, context.settings, statistics), plain = optimize(plan, context.settings);
    assert.deepEqual(await answerOf(optimised, context.settings), expected, `seed ${seed}: ${sql}\n${planToText(plan)}\n=>\n${planToText(optimised)}`);
    answered++;
    if (planToText(optimised) !== planToText(plain)) reordered++;
  }
  assert.ok(answered > QUERIES / 2, `${answered} of ${QUERIES} queries have rows`);
  assert.ok(reordered > QUERIES / 8, `${reordered} of ${QUERIES} plans differ by sizes`);
});
