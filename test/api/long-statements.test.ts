/** Catches long chains of operators that overflow the stack, or give another value or name than the same operators nested. */
import assert from "node:assert/strict";
import test from "node:test";
import { session, stringify } from "millrace";

const condition = (name: string) => (error: unknown): boolean => (error as { readonly condition?: string }).condition === name;

test("a long chain gives what its nested halves give, whatever the types", async () => {
  await using mill = session({ timeZone: "UTC" });
  const symbols = ["+", "-", "*", "+", "-"], operands = ["id", "1", "CAST(id AS INT)", "2.5", "NULLIF(id, 7)", "0.5D", "CAST(3 AS TINYINT)"];
  // Multiplication binds tighter: it makes short runs inside of the long one.
  let flat = "id", nested = "id", run = "";
  for (let i = 0; i < 150; i++) {
    const symbol = symbols[(i * 7) % 5]!, operand = operands[(i * 5) % 7]!;
    if (symbol === "*") {
      run += ` * ${operand}`;
      continue;
    }
    flat += `${run} ${symbol} ${operand}`;
    run = "";
  }
  const parts = flat.split(/(?= [+-] )/), half = 50;
  nested = `(${parts.slice(0, half).join("")})${parts.slice(half, half + 50).join("")}`;
  const whole = parts.slice(0, half + 50).join("");
  assert.ok(parts.length > half + 50);
  assert.equal(stringify(await mill.sql(`SELECT ${whole} AS v, typeof(${whole}) AS t FROM range(10) ORDER BY id`).collect()), stringify(await mill.sql(`SELECT ${nested} AS v, typeof(${nested}) AS t FROM range(10) ORDER BY id`).collect()));
});

test("a long chain: its name, its errors, groups, constants, aggregates", async () => {
  await using mill = session({ timeZone: "UTC" });
  const chain = (term: string, symbol: string, n: number): string => Array<string>(n).fill(term).join(` ${symbol} `), sum = chain("id", "+", 3_000);
  assert.equal((await mill.sql(`SELECT ${chain("1", "+", 100)}`).collect()).flatMap(row => Object.keys(row))[0], `${"(".repeat(99)}1${" + 1)".repeat(99)}`);
  assert.equal(stringify(await mill.sql(`SELECT ${sum} AS s, count(*) AS n FROM range(3) GROUP BY ${sum} ORDER BY s`).collect()), '[{"s":0,"n":1},{"s":3000,"n":1},{"s":6000,"n":1}]');
  assert.equal(stringify(await mill.sql(`SELECT ${chain("sum(id)", "-", 200)} AS s FROM range(3) HAVING ${chain("count(*)", "+", 100)} = 300`).collect()), '[{"s":-594}]');
  await assert.rejects(mill.sql(`SELECT ${chain("2147483647", "+", 70)} AS s`).collect(), condition("ARITHMETIC_OVERFLOW"));
  await assert.rejects(mill.sql(`SELECT ${chain("id", "+", 70)} / 0 AS s FROM range(2)`).collect(), condition("DIVIDE_BY_ZERO"));
  assert.equal(stringify(await mill.sql(`SELECT ${chain("id", "+", 90)} + NULL AS s FROM range(1)`).collect()), '[{"s":null}]');
});
