/** The properties of contract.ts, and how each is proved. */
import assert from "node:assert/strict";
import { resolve } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import type { StreamingQuery } from "millrace";
import { seededRandom } from "../../../src/base/clock.ts";
import { isNone, type Row, type SinkPlace, type SourcePlace, type Subject, type Wish } from "./contract.ts";
import { arrived, check, failureOf, pause, rowsOf, running, textOfError, type Line } from "./contract-line.ts";
import type { QueryText } from "./contract-query.ts";
import { WorkerProcess } from "./worker-process.ts";

type Any = Subject<unknown>;
export interface Scene {
  readonly subject: Any;
  /** A new place with its query. */
  open(place: string, wish?: Wish): Promise<Line<unknown>>;
  /** A query of its own over a place that is there. */
  over(place: unknown): Line<unknown>;
}
interface Property { readonly what: string; readonly asks?: "service" | "credentials" | "tooLarge" | "malformed" | "changes"; check(scene: Scene): Promise<void> }
/** What a subject tells of a property; `contract` has asked whether there is anything. */
type Told<Name extends keyof Any> = Exclude<Any[Name], { readonly none: string }>;

export const IS_LONG = process.env["MILLRACE_LONG"] !== undefined;
const SEED = Number(process.env["MILLRACE_SEED"] ?? Date.now() % 1_000_000), KILLS = Number(process.env["MILLRACE_KILLS"] ?? (IS_LONG ? 40 : 4)), MANY = 100_000;
const MIB = 1 << 20, SMALL = 24, LARGE = 88, SLOW = 32 * MIB;

const isSink = (place: unknown): place is SinkPlace => "rows" in (place as object);
const worker = (query: QueryText, flags: readonly string[] = []): WorkerProcess => new WorkerProcess(resolve(import.meta.dirname, "contract-worker.ts"), [JSON.stringify(query)], flags);

export const PROPERTIES: readonly Property[] = [
  {
    what: "one row comes, and a hundred thousand", async check({ subject, open }) {
      const line = await open("many"), rows = rowsOf(0, IS_LONG ? MANY : subject.many ?? MANY);
      await running(line, async query => {
        await line.put(rows.slice(0, 1));
        await arrived(line, rows.slice(0, 1), { query });
        for (let from = 1; from < rows.length; from += 25_000) await line.put(rows.slice(from, from + 25_000));
        await arrived(line, rows, { query, millis: IS_LONG ? 1_800_000 : 180_000 });
      });
    },
  },
  {
    what: "a query that is stopped behind each batch goes on with the next row", async check({ open }) {
      // Of a source more rows come in each run than its first batch may take: the next begins in the middle of them.
      const line = await open("resume", { perBatch: 5 }), rows = rowsOf(0, 42);
      let putting = Promise.resolve();
      for (let from = 0; from < rows.length; from += 7) {
        await running(line, async query => {
          putting = putting.then(() => line.put(rows.slice(from, from + 7)));
          // Rows that can't be put in end the wait; those that are in don't.
          await Promise.race([firstBatch(query), putting.then(() => new Promise<never>(() => {}))]);
        });
      }
      await running(line, async query => {
        await putting;
        await arrived(line, rows, { query });
      });
    },
  },
  {
    what: `${KILLS} kills, and a crash of the service among them, lose nothing and double nothing`, async check({ subject, open }) {
      const line = await open("kills", { perBatch: 50 }), random = seededRandom(SEED), { service } = subject, query = { ...line.query, restarts: true };
      const rows: Row[] = [];
      let isOver = false, isHeld = false, isPutting = false;
      const putting = (async () => {
        while (!isOver) {
          const part = rowsOf(rows.length, 1 + random.uint32() % 20);
          if (!isHeld) {
            isPutting = true;
            await line.put(part);
            isPutting = false;
            rows.push(...part);
          }
          await pause(30);
        }
      })();
      /** Nothing is put in meanwhile: what becomes of a row that a service was just taking is not what is looked at here. */
      const held = async (work: () => Promise<void>): Promise<void> => {
        isHeld = true;
        while (isPutting) await pause(1);
        await work();
        isHeld = false;
      };
      let run = worker(query);
      const alive = (): void => { if (run.hasEnded) assert.fail(`seed ${SEED}: the program ended: ${run.tail}`); };
      try {
        for (let kill = 0; kill < KILLS; kill++) {
          await Promise.race([run.until(() => run.batches > 0), putting]);
          await pause(random.uint32() % 150);
          alive();
          if (!isNone(service) && kill % 4 === 1) {
            await held(async () => {
              await service.crash();
              await pause(random.uint32() % 300);
              await service.resume();
            });
            await pause(random.uint32() % 300);
            alive();
          }
          await run.kill();
          run = worker(query);
        }
        isOver = true;
        await putting;
        await run.started();
        await arrived(line, rows, { repeats: subject.repeats === true }).catch((error: unknown) => { throw new Error(`seed ${SEED}: ${String(error)}; the program said: ${run.tail}`, { cause: error }); });
        await run.kill("SIGTERM");
        assert.equal(run.process.exitCode, 0, run.tail);
      } finally {
        isOver = true;
      }
    },
  },
  {
    what: "credentials that are wrong are said to be so, and stand in no error", asks: "credentials", async check({ subject, open, over }) {
      const { wrong, secret, refusal } = subject.credentials as Told<"credentials">, right = await open("credentials"), rows = rowsOf(0, 3);
      const error = await failureOf(over(wrong(right.place)), rows), text = textOfError(error);
      assert.match(text, refusal);
      assert.ok(!text.includes(secret), text);
      const line = over(right.place);
      await running(line, async query => {
        await line.put(rowsOf(10, 3));
        // A sink has the rows from before too, which the wrong ones could not write.
        for (const until = performance.now() + 30_000; !(await line.rows()).some(row => row.id === 12);) {
          const failure = query.exception();
          if (failure !== null) throw failure;
          assert.ok(performance.now() < until, "with the right ones no row came");
          await pause(50);
        }
      });
    },
  },
  {
    what: "a service that is down at the start is named; who begins again finds it when it is there", asks: "service", async check({ subject, open, over }) {
      const { crash, resume, impatient, isDown } = subject.service as Told<"service">, line = await open("down");
      const place = line.place as SourcePlace | SinkPlace;
      const hasty = over({ ...place, end: { ...place.end, options: { ...place.end.options, ...impatient } } });
      await crash();
      let error: unknown;
      try {
        // A sink needs a row to find out. A source has none: its service is down.
        error = await failureOf(isSink(place) ? hasty : { ...hasty, put: async () => {} }, rowsOf(0, 1));
      } finally {
        await resume();
      }
      assert.match(textOfError(error), isDown);
      await running(hasty, async query => {
        await arrivedWith(hasty, rowsOf(0, 20), query, isSink(place) ? 1 : 0);
      }, { restarts: true });
    },
  },
  {
    what: "a service that goes down while a query runs costs it a wait, and no row", asks: "service", async check({ subject, open }) {
      const { crash, resume } = subject.service as Told<"service">, line = await open("later");
      await running(line, async query => {
        await line.put(rowsOf(0, 20));
        await arrived(line, rowsOf(0, 20), { query });
        await crash();
        await pause(300);
        await resume();
        await line.put(rowsOf(20, 20));
        await arrived(line, rowsOf(0, 40), { repeats: subject.repeats === true });
        assert.ok(query.isActive);
      }, { restarts: true });
    },
  },
  {
    what: "a slow service slows the query down, and its memory stays flat", async check({ subject, open }) {
      const bytes = subject.rowBytes ?? 1000;
      const peak = async (name: string, mebibytes: number): Promise<number> => {
        const line = await open(name, { bytesPerSecond: SLOW }), count = Math.ceil(mebibytes * MIB / bytes), parts = Math.max(4, Math.round(mebibytes / 3)), begin = performance.now();
        const putting = (async () => { for (let part = 0, from = 0; part < parts; part++) { const to = Math.floor(count * (part + 1) / parts); await line.put(rowsOf(from, to - from, bytes)); from = to; } })();
        // Small heaps: what a program leaves behind is not mistaken for what it holds.
        const run = worker(line.query, ["--max-semi-space-size=2", "--max-old-space-size=128"]);
        await Promise.race([run.until(() => run.rows >= count), putting.then(() => run.until(() => run.rows >= count))]);
        if (run.hasEnded) assert.fail(run.tail);
        assert.ok(performance.now() - begin > 1000 * (mebibytes * MIB / SLOW) * 0.8, "it was not slow");
        await run.kill("SIGTERM");
        assert.equal(run.process.exitCode, 0, run.tail);
        check(await line.rows(), rowsOf(0, count, bytes), false);
        return Number(/^peak (\d+)$/m.exec(run.output)![1]);
      };
      const small = await peak("slow-small", SMALL), large = await peak("slow-large", LARGE), grown = (large - small) / MIB;
      console.log(`    peak memory ${(small / MIB).toFixed(0)} MiB with ${SMALL} MiB waiting, ${(large / MIB).toFixed(0)} MiB with ${LARGE}`);
      // Under load the collector comes late: a half is for it.
      assert.ok(grown < (LARGE - SMALL) / 2, `${LARGE - SMALL} MiB more that waited made it hold ${grown.toFixed(0)} MiB more`);
    },
  },
  {
    what: "a record that is very large becomes a row, or an error that says so", asks: "tooLarge", async check({ subject, open }) {
      const { bytes, becomes } = subject.tooLarge as Told<"tooLarge">, line = await open("large", { tooLarge: true }), large = rowsOf(1, 1, bytes);
      if (becomes === "a row") {
        await running(line, async query => {
          for (const rows of [rowsOf(0, 1), large, rowsOf(2, 1)]) await line.put(rows);
          await arrived(line, [...rowsOf(0, 1), ...large, ...rowsOf(2, 1)], { query });
        });
        return;
      }
      await running(line, async query => {
        await line.put(rowsOf(0, 1));
        await arrived(line, rowsOf(0, 1), { query });
      });
      const text = textOfError(await failureOf(line, large));
      assert.match(text.slice(0, 20_000), becomes);
      assert.ok(!(await line.rows()).some(row => row.id === 1));
    },
  },
  {
    what: "what can't become a row goes to the dead letters, and the others come", asks: "malformed", async check({ subject, open }) {
      const { put, row, letters, says } = subject.malformed as Told<"malformed">, line = await open("malformed");
      await running(line, async query => {
        await line.put(rowsOf(0, 5));
        if (put === undefined) await line.put([row!]);
        else await put(line.place);
        await line.put(rowsOf(5, 5));
        await arrived(line, rowsOf(0, 10), { query });
      });
      const found = letters(line.query.checkpoint);
      assert.equal(found.length, 1, found.join("\n"));
      assert.match(found[0]!, says);
    },
  },
  {
    what: "a schema that changes upstream", asks: "changes", async check({ subject, open }) {
      for (const { what, change, becomes } of subject.changes as Told<"changes">) {
        const line = await open(`change-${what.replaceAll(/\W+/g, "-")}`);
        await running(line, async query => {
          await line.put(rowsOf(0, 5));
          await arrived(line, rowsOf(0, 5), { query });
          await change(line.place);
          if (becomes === "the query goes on") {
            await line.put(rowsOf(5, 5));
            await arrived(line, rowsOf(0, 10), { query });
          } else {
            const failed = query.awaitTermination().then(() => "it ended", textOfError), slow = new AbortController();
            line.put(rowsOf(5, 5)).catch(() => {});
            const text = await Promise.race([failed, wait(30_000, "it went on", { signal: slow.signal })]);
            slow.abort();
            assert.match(text, becomes, what);
          }
        });
      }
    },
  },
  {
    what: "a program that is asked to end ends by itself: at work, at rest, and with the service away", async check({ subject, open }) {
      const { service } = subject;
      for (const when of ["at work", "at rest", ...(isNone(service) ? [] : ["the service is away"])]) {
        const line = await open(`end-${when.replaceAll(" ", "-")}`), rows = rowsOf(0, 200, 1000), run = worker({ ...line.query, restarts: true });
        await run.started();
        const putting = line.put(rows).catch(() => {});
        if (when !== "at work") await Promise.all([putting, run.until(() => run.rows >= rows.length)]);
        if (when === "the service is away" && !isNone(service)) {
          await service.crash();
          if (isSink(line.place)) await line.put(rowsOf(rows.length, 50));
          await pause(500);
        }
        const timer = setTimeout(() => run.process.kill("SIGKILL"), 15_000);
        await run.kill("SIGTERM");
        clearTimeout(timer);
        if (when === "the service is away" && !isNone(service)) await service.resume();
        assert.equal(run.process.exitCode, 0, `${when}: ${run.process.signalCode ?? ""} ${run.tail}`);
      }
    },
  },
];

/** Until a batch had rows. @throws what the query ended with */
async function firstBatch(query: StreamingQuery): Promise<void> {
  for await (const { numInputRows } of query.progress()) if (numInputRows > 0) return;
  throw query.exception() ?? new Error("the query ended before its first batch with rows");
}

/** Rows from `from` on are put in, and all are awaited. */
async function arrivedWith(line: Line<unknown>, rows: readonly Row[], query: Parameters<Parameters<typeof running>[1]>[0], from: number): Promise<void> {
  await line.put(rows.slice(from));
  await arrived(line, rows, { query });
}
