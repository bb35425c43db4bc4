/**
 * Rows a second of grouped aggregation: (string of 8 or 24 bytes, BIGINT) to count and sum, by number of groups. Steady:
 * all groups exist. A few seconds; give row counts as an argument to change it: `node bench/aggregate.ts 2000000`.
 */
import { BATCH_ROWS, Batch } from "../src/columns/batch.ts";
import { Vector } from "../src/columns/vector.ts";
import { seededRandom } from "../src/base/clock.ts";
import { aggregateFunctions } from "../src/functions/aggregates/index.ts";
import { linearMemory } from "../src/memory/linear-memory.ts";
import { AggregateUpdater } from "../src/operators/aggregate-updater.ts";
import { ExecutionContext } from "../src/operators/context.ts";
import type { Evaluator } from "../src/plan/function.ts";
import { BIGINT, STRING, field, struct } from "../src/types/data-type.ts";

const ROWS = Number(process.argv[2] ?? 2_000_000), PASSES = 4;
const memory = linearMemory(), settings = { timeZone: "UTC", ansi: true, conf: new Map<string, string>() };
const column = (index: number): Evaluator => ({ type: index === 0 ? STRING : BIGINT, evaluate: batch => batch.columns[index]! });
const schema = struct([field("name", STRING), field("window", BIGINT), field("value", BIGINT)]);

function spec(name: string, arg: Evaluator) {
  const entry = aggregateFunctions.find(one => one.name === name)!;
  const attribute = { kind: "attribute" as const, id: 1, name: "value", type: arg.type, nullable: false, qualifier: [] };
  return { call: { binding: entry.bind([attribute], settings, undefined), distinct: false }, args: [arg], filter: undefined };
}

/** Rows whose group is drawn at random: a string of `length` bytes and one of ten windows. */
function makeRows(groups: number, length: number) {
  const { uint32 } = seededRandom(groups), views = memory.allocate(16 * ROWS), windows = memory.allocate(8 * ROWS), values = memory.allocate(8 * ROWS), names = memory.allocate(32 * groups);
  for (let g = 0; g < groups; g++) memory.bytes.write(String(g).padStart(length, "0"), names + 32 * g, "latin1");
  for (let i = 0; i < ROWS; i++) {
    const g = uint32() % groups, name = names + 32 * g, at = (views + 16 * i) >>> 2;
    memory.u32[at] = length;
    memory.u32[at + 1] = memory.u32[name >>> 2]!;
    memory.u32[at + 2] = length > 12 ? name : memory.u32[(name >>> 2) + 1]!;
    memory.u32[at + 3] = 0;
    memory.i64[windows / 8 + i] = BigInt(g % 10);
    memory.i64[values / 8 + i] = BigInt(i & 1023);
  }
  const free = () => { memory.free(views, 16 * ROWS); memory.free(windows, 8 * ROWS); memory.free(values, 8 * ROWS); memory.free(names, 32 * groups); };
  return { views, windows, values, free };
}

for (const [groups, length] of [[1000, 8], [100_000, 8], [1_000_000, 8], [1000, 24], [100_000, 24]] as const) {
  const rows = makeRows(groups, length), context = new ExecutionContext(settings);
  const updater = new AggregateUpdater({ keys: [column(0), column(1)], aggregates: [spec("count", column(2)), spec("sum", column(2))] });
  let longestMillis = 0;
  const pass = (): number => {
    const start = performance.now();
    for (let from = 0; from < ROWS; from += BATCH_ROWS) {
      const count = Math.min(BATCH_ROWS, ROWS - from), began = performance.now();
      const batch = new Batch(schema, [new Vector(STRING, rows.views + 16 * from, 0), new Vector(BIGINT, rows.windows + 8 * from, 0), new Vector(BIGINT, rows.values + 8 * from, 0)], count);
      updater.table.beginBatch();
      updater.update(batch, batch.selection, context);
      context.arena.reset();
      longestMillis = Math.max(longestMillis, performance.now() - began);
    }
    return ROWS / 1000 / (performance.now() - start);
  };
  const first = pass(), longestFirst = longestMillis, steady = Math.max(...Array.from({ length: PASSES }, pass));
  console.log(`${updater.table.count} groups, key ${length} B: ${steady.toFixed(1)} M rows/s steady, ${first.toFixed(1)} while inserting (longest batch ${longestFirst.toFixed(2)} ms), ${(updater.bytes / updater.table.count).toFixed(0)} B a group`);
  updater.release();
  context.arena.release();
  rows.free();
}
