/**
 * What every connector to a service must hold, as one suite. A connector takes part by telling how its service is begun, ended,
 * slowed down and refused (`Subject`); the properties, and how they are proved, stand here and in contract-checks.ts once for all.
 *
 * The other end of each query is a folder of JSON files: read for a sink, written exactly once for a source.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { IS_LONG, PROPERTIES } from "./contract-checks.ts";
import { sinkLine, sourceLine, type Line } from "./contract-line.ts";
import type { End } from "./contract-query.ts";
import { WorkerProcess } from "./worker-process.ts";

export interface Row { readonly id: number; readonly text: string }

/** A topic, a table, a path: nothing is there but what the test puts there. */
export interface SourcePlace {
  /** Its name, as the service knows it. */
  readonly name: string;
  /** How a query reads it. */
  readonly end: End;
  /** Settles when the rows are there, each once. A row may come late; then it is waited for. */
  put(rows: readonly Row[]): Promise<void>;
}
export interface SinkPlace {
  readonly name: string;
  /** How a query writes it. */
  readonly end: End;
  /** All that a reader finds, also what is there twice. */
  rows(): Promise<readonly Row[]>;
}

/** Of what kind a place is to be. */
export interface Wish {
  /** A source: at most so many rows a batch. */
  readonly perBatch?: number;
  /** What is between the query and the service lets so many bytes through. */
  readonly bytesPerSecond?: number;
  /** For the row of `tooLarge.bytes`. */
  readonly tooLarge?: boolean;
}

/** A property that can't be asked of a connector, and why: the reason is printed. */
export interface None { readonly none: string }

export interface Subject<Place> extends AsyncDisposable {
  place(name: string, wish: Wish): Promise<Place>;
  /** The promise is at least once: over a crash a row may come again. */
  readonly repeats?: true;
  /** In place of 100,000 rows, where each is a request. */
  readonly many?: number;
  /** In place of 1,000 bytes a row, where the memory is looked at. */
  readonly rowBytes?: number;
  /** `crash` ends the service at once, `resume` begins it over its data. `impatient`: options by which a query gives up soon; `isDown`: what it then says. */
  readonly service: { crash(): Promise<void>; resume(): Promise<void>; readonly impatient?: Readonly<Record<string, string>>; readonly isDown: RegExp } | None;
  /** The place with credentials that are wrong; `secret` may stand in no error. */
  readonly credentials: { wrong(place: Place): Place; readonly secret: string; readonly refusal: RegExp } | None;
  readonly tooLarge: { readonly bytes: number; readonly becomes: "a row" | RegExp } | None;
  /** A record that can't become a row, or a row that the service refuses: `put` brings it, or `row` is it. `letters`: the texts of what was put aside. */
  readonly malformed: { put?(place: Place): Promise<void>; readonly row?: Row; letters(checkpoint: string): readonly string[]; readonly says: RegExp } | None;
  /** What may happen to the schema of a place while a query runs. */
  readonly changes: readonly { readonly what: string; change(place: Place): Promise<void>; readonly becomes: "the query goes on" | RegExp }[] | None;
}

export const isNone = (value: object): value is None => "none" in value;

export const sourceContract = (name: string, open: () => Promise<Subject<SourcePlace>>): void => contract(`${name} as a source`, open, sourceLine);
export const sinkContract = (name: string, open: () => Promise<Subject<SinkPlace>>): void => contract(`${name} as a sink`, open, sinkLine);

function contract<Place extends { readonly end: End }>(name: string, open: () => Promise<Subject<Place>>, lineOf: (place: Place, folder: string) => Line<unknown>): void {
  describe(name, () => {
    let subject: Subject<Place>, folder: string, lines = 0;
    before(async () => {
      folder = mkdtempSync(join(tmpdir(), "millrace-contract-"));
      subject = await open();
    });
    after(async () => {
      WorkerProcess.killAll();
      await subject?.[Symbol.asyncDispose]();
      if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
    });
    for (const { what, asks, check } of PROPERTIES) {
      test(what, { timeout: IS_LONG ? 3_600_000 : 300_000 }, async t => {
        const asked = asks === undefined ? undefined : subject[asks];
        if (asked !== undefined && isNone(asked)) return t.skip(asked.none);
        await check({ subject: subject as Subject<unknown>, open: async (place, wish = {}) => lineOf(await subject.place(place, wish), join(folder, `${lines++}`)), over: place => lineOf(place as Place, join(folder, `${lines++}`)) });
      });
    }
  });
}
