/**
 * Catches input that breaks the parser instead of being refused by it: deep nesting, long chains, statements cut and
 * mixed at random; and trees too deep for the passes behind.
 */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { seededRandom } from "../base/clock.ts";
import { AnalysisError } from "../base/errors.ts";
import { parseDataType, parseExpression, parseStatement } from "./parser.ts";
import { tokenize } from "../types/lexer.ts";

function condition(run: () => unknown): string {
  try {
    run();
    return "parsed";
  } catch (error) {
    if (!(error instanceof AnalysisError)) throw error;
    return error.condition;
  }
}
const TOO_COMPLEX = "FAILED_TO_PARSE_TOO_COMPLEX";

test("nesting without bound is refused, not overflowed", () => {
  const n = 10_000, nested: Readonly<Record<string, () => unknown>> = {
    "open parentheses": () => parseExpression("(".repeat(n)),
    calls: () => parseExpression("f(".repeat(n) + "1" + ")".repeat(n)),
    not: () => parseExpression("NOT ".repeat(n) + "a"),
    minus: () => parseExpression("- ".repeat(n) + "a"),
    cases: () => parseExpression("CASE WHEN a THEN ".repeat(n) + "1" + " END".repeat(n)),
    lambdas: () => parseExpression("x -> ".repeat(n) + "1"),
    types: () => parseDataType("ARRAY<".repeat(n) + "INT" + ">".repeat(n)),
    subqueries: () => parseStatement("SELECT * FROM (".repeat(n) + "SELECT 1" + ")".repeat(n)),
    "scalar subqueries": () => parseStatement("SELECT (".repeat(n) + "SELECT 1" + ")".repeat(n)),
    joins: () => parseStatement("SELECT * FROM " + "(t JOIN ".repeat(n) + "t" + ")".repeat(n)),
    definitions: () => parseStatement("WITH a AS (".repeat(n) + "SELECT 1" + ") SELECT 1".repeat(n)),
    explain: () => parseStatement("EXPLAIN ".repeat(n) + "SELECT 1"),
    subscripts: () => parseExpression("a" + "[1]".repeat(n)),
    casts: () => parseExpression("a" + "::int".repeat(n)),
    comparisons: () => parseExpression(Array(n).fill("a").join(" = ")),
    unions: () => parseStatement(Array(n).fill("SELECT 1").join(" UNION ")),
    commas: () => parseStatement(`SELECT * FROM ${Array(n).fill("t").join(", ")}`),
    pipes: () => parseStatement("FROM t " + "|> WHERE a ".repeat(n)),
    clauses: () => parseStatement("SELECT 1 " + "FROM ".repeat(n)),
  };
  for (const [name, run] of Object.entries(nested)) assert.equal(condition(run), TOO_COMPLEX, name);
});

test("long chains of AND and OR stay shallow, and lists may be long", () => {
  const n = 100_000;
  const depth = (node: unknown): number => {
    const args = (node as { readonly args?: readonly unknown[] }).args;
    return args === undefined ? 0 : 1 + Math.max(...args.map(depth));
  };
  for (const word of ["AND", "OR"]) assert.ok(depth(parseExpression(Array(word === "AND" ? n : 10_000).fill("a = 1").join(` ${word} `))) < 25, word);
  assert.equal(condition(() => parseStatement(Array(10_000).fill("SELECT 1").join(" UNION ALL "))), "parsed");
  assert.equal(condition(() => parseExpression(Array(10_000).fill("a").join(" || "))), "parsed");
  for (const symbol of ["+", "-", "*", "/", "%", "DIV", "&", "|", "^"]) assert.ok(depth(parseExpression(Array(10_000).fill("a").join(` ${symbol} `))) < 3, symbol);
  assert.equal(condition(() => parseExpression("(".repeat(10_000) + "1" + ")".repeat(10_000))), "parsed");
  assert.equal(condition(() => parseExpression(`a IN (${Array(n).fill("1").join(", ")})`)), "parsed");
  assert.equal(condition(() => parseStatement(`VALUES ${Array(10_000).fill("(1, 'a')").join(", ")}`)), "parsed");
});

test("what is deep but sensible is parsed", () => {
  const n = 200;
  assert.equal(condition(() => parseExpression("(".repeat(n) + "1" + ")".repeat(n))), "parsed");
  assert.equal(condition(() => parseExpression("trim(".repeat(n) + "a" + ")".repeat(n))), "parsed");
  assert.equal(condition(() => parseExpression("position(".repeat(n) + "a" + ", b)".repeat(n))), "parsed");
  assert.equal(condition(() => parseExpression("dateadd(DAY, ".repeat(n) + "a" + ", b)".repeat(n))), "parsed");
  assert.equal(condition(() => parseExpression(Array(n).fill("a").join(" || "))), "parsed");
  assert.equal(condition(() => parseStatement(Array(n).fill("SELECT 1").join(" UNION ALL "))), "parsed");
  assert.equal(condition(() => parseStatement("SELECT * FROM (".repeat(40) + "SELECT 1" + ")".repeat(40))), "parsed");
});

/** The same statements in every run. */
function numbers(seed: number): (bound: number) => number {
  const random = seededRandom(Number(process.env.MILLRACE_SEED ?? seed));
  return bound => random.uint32() % bound;
}

test("statements cut and mixed at random are parsed or refused", () => {
  const folder = join(import.meta.dirname, "../../test/corpus/conformance/golden");
  const statements = readdirSync(folder).flatMap(file => readFileSync(join(folder, file), "utf8").split("\n").filter(line => line.includes('"sql"')).map(line => (JSON.parse(line) as { sql: string }).sql))
    .filter(sql => sql.length < 600);
  const random = numbers(20_260_301);
  const noise = ["(", ")", "'", '"', "`", "\\", ",", ".", ";", "/*", "*/", "--", "->", "=>", "::", "?", ":", "[", "]", "{", "\u0000", "é", "😀", "\ud800", "SELECT", "FROM", "NULL", "INTERVAL", "CASE", "NOT", "1e999", "X''", "STREAM", "WATERMARK"];
  const rounds = process.env.MILLRACE_LONG === "1" ? 200_000 : 6000, seen = new Map<string, number>();
  for (let round = 0; round < rounds; round++) {
    let sql = statements[random(statements.length)]!;
    for (let change = random(3); change >= 0; change--) {
      const at = random(sql.length + 1);
      switch (random(5)) {
        case 0: sql = sql.slice(0, at) + sql.slice(at + 1 + random(8)); break;
        case 1: sql = sql.slice(0, at) + noise[random(noise.length)]! + sql.slice(at); break;
        case 2: sql = sql.slice(0, at) + statements[random(statements.length)]!.slice(random(40)); break;
        case 3: sql = sql.slice(at) + sql.slice(0, at); break;
        case 4: {
          // Tokens change places: more of these get past the first error.
          let words: string[];
          try { words = tokenize(sql).map(token => token.text); } catch { words = sql.split(" "); }
          const a = random(words.length), b = random(words.length);
          [words[a], words[b]] = [words[b]!, words[a]!];
          sql = words.join(" ");
        }
      }
    }
    let result: string;
    try {
      result = condition(() => parseStatement(sql));
    } catch (error) {
      assert.fail(`${JSON.stringify(sql)}: ${(error as Error).stack}`);
    }
    seen.set(result, (seen.get(result) ?? 0) + 1);
  }
  // Otherwise the mutations are too mild, or too wild, to find anything.
  assert.ok((seen.get("parsed") ?? 0) > rounds / 20 && (seen.get("PARSE_SYNTAX_ERROR") ?? 0) > rounds / 20, JSON.stringify([...seen]));
});

test("soups of tokens are parsed or refused, and soon", () => {
  const folder = join(import.meta.dirname, "../../test/corpus/conformance/golden");
  const tokens = [...new Set(readdirSync(folder).flatMap(file => readFileSync(join(folder, file), "utf8").split("\n").filter(line => line.includes('"sql"')).slice(0, 12).flatMap(line => {
    try { return tokenize((JSON.parse(line) as { sql: string }).sql).map(token => token.text); } catch { return []; }
  })))];
  const heads = ["SELECT", "CREATE TABLE t", "CREATE TEMPORARY FUNCTION f(", "INSERT INTO t", "SET VAR", "DECLARE", "EXECUTE IMMEDIATE", "ALTER VIEW v", "SHOW", "DESCRIBE", "WITH a AS (", "FROM t |>", "CACHE TABLE", "DROP", "EXPLAIN", "VALUES"];
  const random = numbers(7_070_707);
  const rounds = process.env.MILLRACE_LONG === "1" ? 200_000 : 4000;
  let parsed = 0;
  for (let round = 0; round < rounds; round++) {
    const sql = [heads[random(heads.length)]!, ...Array.from({ length: random(30) }, () => tokens[random(tokens.length)]!)].join(" ");
    try {
      if (condition(() => parseStatement(sql)) === "parsed") parsed++;
    } catch (error) {
      assert.fail(`${JSON.stringify(sql)}: ${(error as Error).stack}`);
    }
  }
  assert.ok(parsed > 20, String(parsed));
});
