/** Catches as-of joins that meet another row than the plain rule says, in any direction and for any type of time, and errors that don't help. */
import assert from "node:assert/strict";
import test from "node:test";
import { seededRandom } from "../../src/base/clock.ts";
import { bigint, schema, session, string, timestamp } from "millrace";
import { col, lit } from "millrace/functions";
import { testSession } from "millrace/testing";

const SEED = Number(process.env["MILLRACE_SEED"] ?? "1"), random = seededRandom(SEED);
const below = (end: number): number => random.uint32() % end;

const TIMES = {
  TIMESTAMP: (n: number) => `timestamp_seconds(${n})`, TIMESTAMP_NTZ: (n: number) => `CAST(timestamp_seconds(${n}) AS TIMESTAMP_NTZ)`, DATE: (n: number) => `date_add(DATE'2026-01-01', ${n})`,
  INT: (n: number) => `${n}`, DOUBLE: (n: number) => `${n}D`, "DECIMAL(9, 2)": (n: number) => `CAST(${n} AS DECIMAL(9, 2))`,
} as const;

interface Row { readonly id: number; readonly k: string | null; readonly n: number | null }
const DIRECTIONS = ["backward", "forward", "nearest"] as const;

function naive(left: Row, rights: readonly Row[], direction: typeof DIRECTIONS[number], tolerance: number | undefined, isExact: boolean): number | null {
  let best: Row | undefined;
  const gap = (r: Row) => Math.abs(r.n! - left.n!);
  for (const r of rights) {
    if (left.n === null || r.n === null || left.k === null || r.k !== left.k || !isExact && r.n === left.n) continue;
    if (direction === "backward" && r.n > left.n || direction === "forward" && r.n < left.n || tolerance !== undefined && gap(r) > tolerance) continue;
    if (best === undefined || gap(r) < gap(best) || gap(r) === gap(best) && r.n <= best.n!) best = r;
  }
  return best?.id ?? null;
}

test("the row that is met, for all types of times", async () => {
  await using mill = session({ timeZone: "America/New_York" });
  for (const [type, text] of Object.entries(TIMES)) {
    for (let round = 0; round < 4; round++) {
      const span = 1 + below(40), some = (count: number): Row[] => Array.from({ length: count }, (_, id) => ({ id, k: below(9) === 0 ? null : `key ${"k".repeat(below(4) * 8)}`, n: below(9) === 0 ? null : below(span) }));
      const lefts = some(1 + below(60)), rights = some(1 + below(60));
      const frame = (rows: readonly Row[]) => mill.sql(`SELECT id, k, CAST(t AS ${type}) AS t, array(id, NULL) AS xs, named_struct('id', id, 'k', k) AS st FROM VALUES ${rows.map(r => `(${r.id}, ${r.k === null ? "NULL" : `'${r.k}'`}, ${r.n === null ? "NULL" : text(r.n)})`).join(", ")} AS v(id, k, t)`);
      for (const direction of DIRECTIONS) {
        const tolerance = below(2) === 0 ? undefined : below(span), isExact = below(2) === 0, how = below(2) === 0 ? "left" : "inner", isTime = type.startsWith("TIMESTAMP");
        const options = { leftTime: "t", rightTime: "t", by: "k", direction, allowExactMatches: isExact, how, ...(tolerance !== undefined && { tolerance: isTime ? `${tolerance} seconds` : type === "DATE" ? `${tolerance} days` : tolerance }) };
        const joined = frame(lefts).asofJoin(frame(rights), options as never).select((l, r) => ({ l: l["id"]!, r: r["id"]!, xs: r["xs"]!, st: r["st"]! }));
        const wanted = lefts.map(l => ({ l: l.id, r: naive(l, rights, direction, tolerance, isExact) })).filter(row => how === "left" || row.r !== null);
        const got = await joined.collect() as { l: number; r: number | null; xs: unknown; st: { id: number } | null }[];
        assert.deepEqual(got.map(({ l, r }) => ({ l, r })), wanted, `seed ${SEED}: ${type} ${direction} ${tolerance} ${isExact} ${how}`);
        for (const { r, xs, st } of got) assert.deepEqual([xs, st?.id ?? null], r === null ? [null, null] : [[r, null], r]);
      }
    }
  }
});

const Trade = schema({ symbol: string().notNull(), at: timestamp().notNull(), price: bigint().notNull() });
const at = (seconds: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, seconds));

test("without keys, over no rows, and over other columns than those of the time", async () => {
  await using mill = session({ timeZone: "UTC" });
  const left = mill.sql("SELECT id FROM range(5)"), right = mill.sql("SELECT 2 * id AS at, concat('r', id) AS name FROM range(2)"), none = right.where("at > 100");
  const names = async (frame: typeof right, how: "left" | "inner") => (await left.asofJoin(frame, { leftTime: "id", rightTime: "at", how: how as "left" }).select((_l, r) => ({ name: r.name! })).collect()).map(row => row.name);
  assert.deepEqual(await names(right, "left"), ["r0", "r0", "r1", "r1", "r1"]);
  assert.deepEqual(await names(none, "left"), [null, null, null, null, null]);
  assert.deepEqual(await names(none, "inner"), []);
});

test("the plan: filters of the left side go below, columns that nobody reads go", async () => {
  await using mill = session({ timeZone: "UTC" });
  mill.sql("SELECT id AS k, id AS at, id AS v, id AS z FROM range(9)").createTempView("l");
  const l = mill.sql("SELECT * FROM l"), joined = l.asofJoin(l, { leftTime: "at", rightTime: "at", by: ["k"], tolerance: 5, direction: "nearest", allowExactMatches: false, how: "left" });
  const plan = (await joined.where((a, b) => a.v!.gt(3n).and(b.v!.isNull())).select(a => ({ v: a.v! })).explain("extended")).replaceAll(/#\d+/g, "");
  const optimized = plan.slice(plan.indexOf("Optimized"));
  assert.match(plan, /'AsOfJoin LeftOuter, nearest, 'at, 'at, by \[k\], tolerance='5, no exact matches/);
  assert.match(optimized, /AsOfJoin LeftOuter, nearest, atL, atL, \[kL = kL\], tolerance=5, no exact matches\n[ :+-]*Project \[idL AS kL, idL AS atL, idL AS vL\]\n[ :+-]*Filter \(idL > 3\)\n[ :+-]*Range/);
  assert.match(optimized, /Filter \(vL IS NULL\)/);
  assert.match(optimized, /AsofJoin Left, nearest at, at \[k = k\], build right/);
});

test("what can't be: Spark's conditions where it has one", async () => {
  await using mill = session({ timeZone: "UTC" });
  const l = mill.sql("SELECT 'a' AS s, 1 AS n, timestamp_seconds(1) AS at"), join = (options: object) => l.asofJoin(l, { leftTime: "at", rightTime: "at", by: "s", ...options } as never).collect();
  await assert.rejects(join({ tolerance: "-1 seconds" }), { condition: "AS_OF_JOIN.TOLERANCE_IS_NON_NEGATIVE", sqlState: "42604" });
  await assert.rejects(join({ tolerance: -1, leftTime: "n", rightTime: "n" }), { condition: "AS_OF_JOIN.TOLERANCE_IS_NON_NEGATIVE" });
  await assert.rejects(join({ tolerance: lit(3) }), { condition: "MILLRACE_AS_OF_JOIN_TOLERANCE", hint: /duration/ });
  await assert.rejects(join({ tolerance: col("n") }), { condition: "AS_OF_JOIN.TOLERANCE_IS_UNFOLDABLE" });
  await assert.rejects(join({ direction: "sideways" }), { condition: "AS_OF_JOIN.UNSUPPORTED_DIRECTION", messageParameters: { direction: "sideways", supported: "'forward', 'backward', 'nearest'" } });
  await assert.rejects(join({ leftTime: "s" }), { condition: "MILLRACE_AS_OF_JOIN_TIME" });
  await assert.rejects(join({ rightTime: "nowhere" }), { condition: "UNRESOLVED_COLUMN.WITH_SUGGESTION" });
  assert.throws(() => void join({ how: "full" }), { condition: "UNSUPPORTED_JOIN_TYPE" });
  assert.throws(() => void join({ tolerance: "1 month" }), /no fixed length/);
  assert.throws(() => void join({ tolerence: "1 second" }), { hint: "did you mean 'tolerance'?" });
});

test("a stream meets the table as its batch sees it", async () => {
  await using mill = testSession();
  const trades = mill.memoryStream(Trade), quotes = mill.createDataFrame([{ symbol: "a", at: at(10), price: 1n }, { symbol: "a", at: at(20), price: 2n }], Trade);
  await using run = await mill.run(trades.df.asofJoin(quotes, { leftTime: "at", rightTime: "at", by: "symbol", tolerance: "15 seconds", how: "left" }).select((t, q) => ({ id: t.price, quote: q.price })));
  for (const [id, seconds, quote] of [[1n, 5, null], [2n, 10, 1n], [3n, 25, 2n], [4n, 40, null]] as const) {
    trades.add({ symbol: "a", at: at(seconds), price: id });
    assert.deepEqual(await run.process(), [{ id, quote }]);
  }
  const swapped = quotes.asofJoin(trades.df, { leftTime: "at", rightTime: "at" }).select(q => ({ price: q.price }));
  await assert.rejects(mill.run(swapped), { hint: /swap the sides/ });
});
