/** Clocks of a zone over columns: a kernel looks instants up in a table of the zone's offsets, made of the years that are met. */
import type { Selection } from "../../columns/batch.ts";
import type { Vector } from "../../columns/vector.ts";
import { kernels } from "../../kernels/kernels.ts";
import { linearMemory } from "../../memory/linear-memory.ts";
import type { EvalContext } from "../../plan/function.ts";
import { TIMESTAMP, TIMESTAMP_NTZ } from "../../types/data-type.ts";
import { daysFromCivil } from "../../types/civil.ts";
import { timeZone, type TimeZone } from "../../types/time-zone.ts";
import { combinedValidity, emptyVector, maskOf } from "../vectors.ts";

export const UTC_NAMES: ReadonlySet<string> = new Set(["UTC", "Z", "GMT", "UT", "Etc/UTC", "+00:00"]);

const DAY = 86_400_000_000n, STEP = 4n * DAY, QUARTER_HOUR = 900_000_000n, ALWAYS = 2n ** 62n;
/** Years whose offsets a table may hold. Before 1900 clocks were changed at odd moments; what lies outside goes value by value. */
const FIRST_YEAR = 1900, LAST_YEAR = 2400;

const startOf = (year: number): bigint => BigInt(daysFromCivil(year, 1, 1)) * DAY;
const yearOf = (micros: bigint): number => new Date(Number(micros / 1000n)).getUTCFullYear();

/** The offsets of a zone from one year to another, in linear memory; grows to where instants are met. */
class ZoneTable {
  readonly #zone: TimeZone;
  /** Of each span its first instant and its offset. */
  #spans: (readonly [from: bigint, offset: bigint])[] = [];
  #from = 0;
  #to = 0;
  pointer = 0;
  bytes = 0;
  spans = 0;

  constructor(zone: TimeZone) {
    this.#zone = zone;
    if (zone.isFixed) this.#spans.push([-ALWAYS, zone.offsetAt(0n)]);
    this.#store(zone.isFixed ? ALWAYS : -ALWAYS);
  }

  /** Makes it hold an instant and the days around it; false where it can't. */
  meet(micros: bigint): boolean {
    if (this.#zone.isFixed) return false;
    const year = yearOf(micros), from = year - 1, to = year + 2;
    if (Number.isNaN(year) || year <= FIRST_YEAR || year >= LAST_YEAR || (from >= this.#from && to <= this.#to)) return false;
    if (this.#spans.length === 0) this.#spans = this.#changes(from, to);
    else {
      if (from < this.#from) this.#spans = joined(this.#changes(from, this.#from), this.#spans);
      if (to > this.#to) this.#spans = joined(this.#spans, this.#changes(this.#to, to));
    }
    this.#from = this.#from === 0 ? from : Math.min(from, this.#from);
    this.#to = Math.max(to, this.#to);
    this.#store(startOf(this.#to));
    return true;
  }

  /** The spans of some years. A look each few days finds all: no zone changed its clocks and changed them back within so few. */
  #changes(fromYear: number, toYear: number): (readonly [bigint, bigint])[] {
    const zone = this.#zone, end = startOf(toYear);
    let at = startOf(fromYear), offset = zone.offsetAt(at);
    const spans: (readonly [bigint, bigint])[] = [[at, offset]];
    for (; at < end; at += STEP) {
      const last = at + STEP < end ? at + STEP : end - QUARTER_HOUR;
      for (let low = at; zone.offsetAt(last) !== offset;) {
        let high = last;
        while (high - low > QUARTER_HOUR) {
          const middle = low + ((high - low) / QUARTER_HOUR / 2n) * QUARTER_HOUR;
          if (zone.offsetAt(middle) === offset) low = middle;
          else high = middle;
        }
        offset = zone.offsetAt(high);
        spans.push([low = high, offset]);
      }
    }
    return spans;
  }

  #store(end: bigint): void {
    const memory = linearMemory(), entries = [...this.#spans.flat(), end];
    if (this.pointer !== 0) memory.free(this.pointer, this.bytes);
    this.bytes = 8 * entries.length + 8;
    this.pointer = memory.allocate(this.bytes);
    memory.i64.set(entries, this.pointer / 8);
    this.spans = this.#spans.length;
  }
}

const joined = (a: readonly (readonly [bigint, bigint])[], b: readonly (readonly [bigint, bigint])[]): (readonly [bigint, bigint])[] => [...a, ...(a.at(-1)![1] === b[0]![1] ? b.slice(1) : b)];

const tables = new Map<string, ZoneTable>(), MOST_TABLES = 100;
function tableOf(zoneId: string): ZoneTable {
  let table = tables.get(zoneId);
  if (table !== undefined) return table;
  for (const [oldest, { pointer, bytes }] of tables) {
    if (tables.size < MOST_TABLES) break;
    tables.delete(oldest);
    linearMemory().free(pointer, bytes);
  }
  tables.set(zoneId, table = new ZoneTable(timeZone(zoneId)));
  return table;
}

function shifted(toLocal: 0 | 1, vector: Vector, zoneId: string, rows: Selection, length: number, context: EvalContext): Vector | undefined {
  const type = toLocal === 1 ? TIMESTAMP_NTZ : TIMESTAMP;
  if (UTC_NAMES.has(zoneId)) return vector.retyped(type);
  const table = tableOf(zoneId), valid = combinedValidity([vector], rows, length, context), out = emptyVector(type, length, valid, context);
  for (;;) {
    const failed = kernels().shiftMoments(toLocal, table.pointer, table.spans, vector.data, maskOf(vector), valid, rows.pointer, rows.count, out.data);
    if (failed < 0) return out;
    if (!table.meet(linearMemory().i64[vector.data / 8 + (vector.isConstant ? 0 : failed)]!)) return undefined;
  }
}

/** What the clocks of a zone show, as TIMESTAMP_NTZ; undefined where a year is out of reach, and values must be asked one by one. */
export const localVector = (instants: Vector, zoneId: string, rows: Selection, length: number, context: EvalContext): Vector | undefined => shifted(1, instants, zoneId, rows, length, context);
/** When the clocks of a zone show times, as TIMESTAMP; undefined as for localVector. */
export const instantVector = (locals: Vector, zoneId: string, rows: Selection, length: number, context: EvalContext): Vector | undefined => shifted(0, locals, zoneId, rows, length, context);
