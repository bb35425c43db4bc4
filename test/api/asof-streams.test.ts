/**
 * Catches as-of joins of streams that lose or double rows over a crash, that differ from the same join of tables, windows
 * behind one that close too early, and plans that must be refused before they start.
 */
import assert from "node:assert/strict";
import test from "node:test";
import { seededRandom } from "../../src/base/clock.ts";
import { int, schema, string, timestamp } from "millrace";
import { count, window } from "millrace/functions";
import { testSession } from "millrace/testing";

const SEED = Number(process.env["MILLRACE_SEED"] ?? "1"), random = seededRandom(SEED);
const below = (end: number): number => random.uint32() % end;
const Event = schema({ id: int().notNull(), k: string(), at: timestamp() });
const at = (seconds: number): Date => new Date(Date.UTC(2026, 0, 1, 0, 0, seconds));
type Direction = "backward" | "forward" | "nearest";

function streams(mill: ReturnType<typeof testSession>) {
  const left = mill.memoryStream(Event), right = mill.memoryStream(Event);
  return { left, right, l: left.df.withWatermark("at", "2 seconds"), r: right.df.withWatermark("at", "2 seconds") };
}
const BY = { leftTime: "at", rightTime: "at", by: "k" } as const;
const pair = (row: { l: number; r: number | null }): string => `${row.l} ${row.r}`;

for (const point of ["compute", "append", "commit", "appendDone"] as const) {
  test(`a crash after '${point}' loses and doubles nothing`, async () => {
    await using mill = testSession();
    const { left, right, l, r } = streams(mill);
    await using run = await mill.run(l.asofJoin(r, { ...BY, how: "left" }).select((a, b) => ({ l: a.id, r: b.id })));
    const pairs = async () => (await run.process()).map(pair);
    right.add({ id: 1, k: "a", at: at(1) }, { id: 2, k: "a", at: at(5) });
    left.add({ id: 1, k: "a", at: at(4) }, { id: 2, k: "b", at: at(5) }, { id: 3, k: "a", at: at(9) });
    await run.crashAt(point);
    await run.restart();
    assert.deepEqual(await pairs(), [], "the watermark, of the slower side, stands at the third second");
    right.add({ id: 3, k: "a", at: at(4) }, { id: 4, k: "c", at: at(20) });
    left.add({ id: 4, k: "a", at: at(20) });
    await run.crashAt(point);
    await run.restart();
    assert.deepEqual(await pairs(), ["1 3", "2 null", "3 2"]);
    right.add({ id: 5, k: "a", at: at(10) }, { id: 6, k: "a", at: at(40) });
    left.add({ id: 5, k: "a", at: at(40) }, { id: 6, k: "a", at: at(3) });
    await run.crashAt(point);
    await run.restart();
    // Rows of the third and the tenth second are late by now, and row 2 of the right side is what is left of its key.
    assert.deepEqual(await pairs(), ["4 2"]);
    assert.deepEqual(await pairs(), []);
    const [state] = run.query.lastProgress!.stateOperators;
    assert.deepEqual([state?.operatorName, state?.numRowsTotal], ["asOfJoin", 4], "a left row, one of each key on the right, and one that is to come");
  });
}

test("a tolerance longer than time itself is none", async () => {
  await using mill = testSession();
  const { left, right, l, r } = streams(mill), tolerance = "18446744073709551617 microseconds";
  await using run = await mill.run(l.asofJoin(r, { ...BY, tolerance }).select((a, b) => ({ l: a.id, r: b.id })));
  right.add({ id: 1, k: "a", at: at(1) }, { id: 2, k: "z", at: at(30) });
  left.add({ id: 1, k: "a", at: at(20) }, { id: 2, k: "z", at: at(30) });
  assert.deepEqual((await run.process()).map(pair), ["1 1"]);
});

test("late rows are counted", async () => {
  await using mill = testSession();
  const { left, right, l, r } = streams(mill);
  await using run = await mill.run(l.asofJoin(r, BY).select((a, b) => ({ l: a.id, r: b.id })));
  for (const stream of [left, right]) stream.add({ id: 1, k: "a", at: at(30) });
  await run.process();
  left.add({ id: 2, k: "a", at: at(28) }, { id: 3, k: "a", at: at(29) }, { id: 4, k: null, at: at(1) }, { id: 5, k: "a", at: null });
  await run.process();
  assert.deepEqual(run.query.lastProgress!.stateOperators.map(s => [s.numRowsDroppedByWatermark, s.numRowsTotal]), [[2, 3]]);
});

test("what comes out is what the same join of tables gives", async () => {
  for (let round = 0; round < 6; round++) {
    await using mill = testSession({ seed: SEED + round });
    const direction = (["backward", "forward", "nearest"] as const)[round % 3]!, how = below(2) === 0 ? "left" : "inner", { left, right, l, r } = streams(mill);
    const options = { ...BY, direction: direction as Direction, how: how as "left", allowExactMatches: below(2) === 0, ...((direction !== "backward" || below(2) === 0) && { tolerance: `${below(8)} seconds` as const }) };
    await using run = await mill.run(l.asofJoin(r, options).select((a, b) => ({ l: a.id, r: b.id })));
    let id = 0, now = 0;
    const all: { id: number; k: string | null; at: Date | null }[][] = [[], []], out: string[] = [];
    for (let batch = 0; batch < 10; batch++) {
      for (const [side, stream] of [left, right].entries()) {
        const rows = Array.from({ length: below(8) }, () => ({ id: ++id, k: below(9) === 0 ? null : `k${below(3)}`, at: below(12) === 0 ? null : at(now + 1 + below(2)) }));
        if (batch === 9) rows.push({ id: ++id, k: "end", at: at(now + 100) });
        all[side]!.push(...rows);
        stream.add(...rows);
      }
      now += below(3);
      if (below(4) === 0) await run.restart();
      out.push(...(await run.process()).map(pair));
    }
    const tables = all.map(rows => mill.createDataFrame(rows.filter(row => row.k !== "end"), Event));
    const wanted = await tables[0]!.asofJoin(tables[1]!, options).select((a, b) => ({ l: a.id, r: b.id })).collect();
    assert.deepEqual(out.toSorted(), wanted.map(pair).toSorted(), `seed ${SEED}, round ${round}`);
    assert.ok(wanted.length > 0);
  }
});

test("one behind another gives what the tables give", async () => {
  for (let round = 0; round < 4; round++) {
    await using mill = testSession({ seed: SEED + round });
    const sources = [0, 1, 2].map(() => mill.memoryStream(Event)), tables: { id: number; k: string; at: Date }[][] = [[], [], []];
    const build = (a: typeof sources[0]["df"], b: typeof a, c: typeof a) => a.asofJoin(b, { ...BY, direction: round % 2 === 0 ? "forward" : "nearest", tolerance: "5 seconds", how: "left" })
      .select((x, y) => ({ id: x.id, k: x.k, at: x.at, met: y.id })).asofJoin(c, { ...BY, direction: round < 2 ? "backward" : "nearest", tolerance: "7 seconds", how: "left" }).select((x, y) => ({ l: x.id, met: x.met, r: y.id }));
    const [a, b, c] = sources.map(source => source.df.withWatermark("at", "2 seconds"));
    await using run = await mill.run(build(a!, b!, c!));
    const text = (row: { l: number; met: number | null; r: number | null }) => `${row.l} ${row.met} ${row.r}`, out: string[] = [];
    let id = 0;
    for (let batch = 0; batch < 14; batch++) {
      for (const [i, source] of sources.entries()) {
        const rows = Array.from({ length: below(6) }, () => ({ id: ++id, k: `k${below(3)}`, at: at(batch + 1 + below(2)) }));
        tables[i]!.push(...rows);
        source.add(...rows, ...(batch === 13 ? [{ id: ++id, k: "end", at: at(batch + 100) }] : []));
      }
      if (below(4) === 0) await run.restart();
      out.push(...(await run.process()).map(text));
    }
    const [x, y, z] = tables.map(rows => mill.createDataFrame(rows, Event)), wanted = await build(x!, y!, z!).collect();
    assert.deepEqual(out.toSorted(), wanted.map(text).toSorted(), `seed ${SEED}, round ${round}`);
    assert.ok(wanted.length > 0);
    assert.deepEqual(run.query.lastProgress!.stateOperators.map(s => s.numRowsDroppedByWatermark), [0, 0]);
  }
});

test("the state reader shows the rows that wait, and those that they may meet", async () => {
  await using mill = testSession();
  const { left, right, l, r } = streams(mill);
  await using run = await mill.run(l.asofJoin(r, BY).select((a, b) => ({ l: a.id, r: b.id })));
  left.add({ id: 1, k: "a", at: at(8) }, { id: 2, k: "a", at: at(10) });
  right.add({ id: 1, k: "a", at: at(6) }, { id: 2, k: "a", at: at(7) }, { id: 3, k: "a", at: at(10) }, { id: 4, k: "b", at: at(1) });
  assert.deepEqual(await run.process(), [{ l: 1, r: 2 }]);
  const store = async (side: string) => (await run.query.state({ store: side })).rows.length;
  assert.deepEqual([await store("left"), await store("right")], [1, 3]);
});

test("a window behind it waits for rows that wait", async () => {
  await using mill = testSession();
  const { left, right, l, r } = streams(mill);
  await using run = await mill.run(l.asofJoin(r, { ...BY, direction: "forward", tolerance: "10 seconds", how: "left" })
    .groupBy(a => ({ w: window(a.at, "10 seconds") })).agg((_a, b) => ({ n: count("*"), met: count(b.id) })).select(g => ({ from: g.w.start, n: g.n, met: g.met })));
  const rows = async () => (await run.process()).map(row => [String(row.from).slice(17, 19), row.n, row.met]);
  const step = async (seconds: number, id: number) => { for (const stream of [left, right]) stream.add({ id, k: `k${id}`, at: at(seconds) }); return await rows(); };
  left.add({ id: 1, k: "a", at: at(9) });
  assert.deepEqual(await step(14, 2), []);
  right.add({ id: 3, k: "a", at: at(18) });
  // The watermark stands at 18, behind the window's end, but the row of the ninth second may still meet one of the 19th.
  assert.deepEqual(await step(20, 4), []);
  assert.deepEqual(await step(21, 5), [], "the row comes out, but the watermark behind the join stands at 9");
  assert.deepEqual(await step(22, 6), [["00", 1n, 1n]]);
});

test("what must wait for ever, or for nothing known, is refused", async () => {
  await using mill = testSession();
  const { left, right, l, r } = streams(mill), run = (frame: typeof l, options: object, outputMode?: "update") => mill.run(frame.asofJoin(r, { ...BY, ...options }).select(a => ({ l: a.id })), outputMode === undefined ? {} : { outputMode });
  await assert.rejects(run(left.df, {}), { condition: "MILLRACE_AS_OF_JOIN_WITHOUT_WATERMARK", messageParameters: { side: "left" }, hint: /withWatermark/ });
  await assert.rejects(mill.run(l.asofJoin(right.df, BY).select(a => ({ l: a.id }))), { condition: "MILLRACE_AS_OF_JOIN_WITHOUT_WATERMARK", messageParameters: { side: "right" } });
  await assert.rejects(run(l, { direction: "nearest" }), { condition: "MILLRACE_AS_OF_JOIN_WITHOUT_TOLERANCE", hint: /tolerance/ });
  await assert.rejects(run(l, {}, "update"), { condition: "_LEGACY_ERROR_TEMP_3102", hint: /append/ });
});
