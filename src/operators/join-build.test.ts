/** Catches rows that a join's kept side does not find, or finds twice or out of order: whole numbers close together, far apart, at the ends of their type, with nulls and without. */
import assert from "node:assert/strict";
import test from "node:test";
import { seededRandom } from "../base/clock.ts";
import { Batch } from "../columns/batch.ts";
import { vectorOf } from "../columns/cells.ts";
import { linearMemory } from "../memory/linear-memory.ts";
import type { Evaluator } from "../plan/function.ts";
import type { Cell } from "../types/cell.ts";
import { BIGINT, INT, SMALLINT, STRING, TINYINT, field, struct, type DataType } from "../types/data-type.ts";
import { ExecutionContext } from "./context.ts";
import { JoinBuild } from "./join-build.ts";

const SEED = Number(process.env["MILLRACE_SEED"] ?? "1"), random = seededRandom(SEED);
const below = (end: number): number => random.uint32() % end;
const first = (type: DataType): Evaluator => ({ type, evaluate: batch => batch.columns[0]! });

let next = 0;
const KEYS: readonly { readonly type: DataType; readonly cell: () => Cell; readonly say: string }[] = [
  { type: INT, say: "close together", cell: () => 1_000_000 + below(300) }, { type: INT, say: "ends of INT", cell: () => [-2147483648, 2147483647, 0, -1][below(4)]! },
  { type: BIGINT, say: "close, negative", cell: () => BigInt(below(200)) - 9_000_000_000_000n }, { type: BIGINT, say: "far apart", cell: () => BigInt(below(500)) * 10_000_000_000n },
  { type: BIGINT, say: "ends of BIGINT", cell: () => [-(2n ** 63n), 2n ** 63n - 1n, 0n, 5n][below(4)]! }, { type: TINYINT, say: "TINYINT", cell: () => below(256) - 128 },
  { type: SMALLINT, say: "SMALLINT", cell: () => below(40) - 20 }, { type: STRING, say: "STRING", cell: () => `key ${below(90)} that is long` }, { type: INT, say: "nothing but nulls", cell: () => null },
  { type: INT, say: "one behind the other", cell: () => next++ }, { type: BIGINT, say: "each once, falling", cell: () => 5n - BigInt(3 * next++) }, { type: SMALLINT, say: "each once", cell: () => next++ % 30_000 },
  { type: BIGINT, say: "each once, far apart", cell: () => BigInt(next++) << 40n }, { type: STRING, say: "texts, each once", cell: () => `${next++} that is long` },
];
const ONCE = new Set(["one behind the other", "each once, falling", "each once", "each once, far apart", "texts, each once"]);

for (const { type, cell, say } of KEYS) for (const keepsUnmatchable of [false, true]) {
  test(`keys ${say}${keepsUnmatchable ? ", rows without a key are kept" : ""}`, () => {
    for (let round = 0; round < 25; round++) {
      const context = new ExecutionContext({ timeZone: "UTC", ansi: true, conf: new Map() }), schema = struct([field("k", type), field("id", INT)]), expected = new Map<Cell, number[]>();
      const build = new JoinBuild({ keys: [{ probe: first(type), build: first(type), nullSafe: false }], columns: [{ column: 1, type: INT }], keepsRows: true, keepsUnmatchable });
      let id = 0, kept = 0;
      next = below(50);
      for (let b = below(4); b >= 0; b--) {
        const cells = Array.from({ length: below(300) }, () => (keepsUnmatchable || !say.startsWith("one behind")) && below(10) === 0 ? null : cell()), ids = cells.map(() => id++);
        build.add(new Batch(schema, [vectorOf(type, cells, context.arena), vectorOf(INT, ids, context.arena)], cells.length), context);
        cells.forEach((key, i) => { if (key !== null) expected.set(key, [...expected.get(key) ?? [], ids[i]!]); });
        kept += cells.filter(key => key !== null || keepsUnmatchable).length;
      }
      build.seal(context);
      assert.equal(build.kept, kept, `seed ${SEED}, ${round}`);
      const isOnce = [...expected.values()].every(rows => rows.length === 1);
      if (type !== INT || expected.size > 0) assert.equal(build.isUnique, isOnce, say);
      assert.ok(isOnce || !ONCE.has(say));
      const asked = Array.from({ length: 50 }, () => (below(2) === 0 ? [...expected.keys()][below(expected.size)] : cell()) ?? 7 as Cell).map((key): Cell => type === BIGINT ? BigInt(key as number | bigint) : type === STRING ? String(key) : key), { arena } = context, memory = linearMemory();
      const rows = { pointer: 0, count: asked.length }, addresses = build.find([vectorOf(type, asked, arena)], rows, asked.length), cursor = arena.allocateZeroed(8), probe = arena.allocate(4 * 64), found = arena.allocate(4 * 64);
      const ids = asked.map((): number[] => []), stored = build.vectors[0]!;
      for (let count = build.pairs(addresses, rows, cursor, probe, found, 64); count > 0; count = build.pairs(addresses, rows, cursor, probe, found, 64)) {
        for (let i = 0; i < count; i++) ids[memory.u32[(probe >>> 2) + i]!]!.push(memory.i32[(stored.data >>> 2) + memory.u32[(found >>> 2) + i]!]!);
      }
      assert.deepEqual(ids, asked.map(key => expected.get(key) ?? []), `seed ${SEED}, ${round}`);
      if (build.isUnique) {
        const probed = arena.allocate(4 * 64), partners = arena.allocate(4 * 64), count = build.pairsOnce([vectorOf(type, asked, arena)], rows, asked.length, probed, partners), words = (at: number): number[] => [...memory.u32.subarray(at >>> 2, (at >>> 2) + count)];
        const pairs = asked.flatMap((key, i) => expected.has(key) ? [[i, expected.get(key)![0]!]] : []), stored = build.vectors[0]!;
        assert.deepEqual(words(probed), pairs.map(([row]) => row));
        assert.deepEqual(words(partners).map(row => memory.i32[(stored.data >>> 2) + row]!), pairs.map(([, id]) => id));
      }
      build.release();
      context.release();
    }
  });
}
