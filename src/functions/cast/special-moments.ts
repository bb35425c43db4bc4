/** Casts that ask the clock of the batch: of a time of day, which becomes one of today; of words that a constant text may name a moment with: epoch, now, today, yesterday, tomorrow. Columns of text may not. */
import type { ResolvedCast } from "../../plan/resolved.ts";
import type { EvalContext } from "../../plan/function.ts";
import { splitDay } from "../../types/calendar.ts";
import type { Cell } from "../../types/cell.ts";
import { DAY_MICROS, trimControls } from "../../types/datetime-text.ts";
import { findTimeZone, timeZone } from "../../types/time-zone.ts";

const WORDS: Readonly<Record<string, number | undefined>> = { yesterday: -1, today: 0, tomorrow: 1 };

/** The word in lower case; undefined: none is. A zone may stand behind it, which says nothing, but not behind `now`. */
export function momentWord(text: string): string | undefined {
  const found = /^([a-z]+)[ \t]*(.*)$/i.exec(trimControls(text)), word = found?.[1]!.toLowerCase(), zone = found?.[2] ?? "";
  if (word === undefined || word !== "epoch" && word !== "now" && WORDS[word] === undefined || zone !== "" && (word === "now" || findTimeZone(zone) === undefined)) return undefined;
  return word;
}

/** The value of a cast of such a word, at the time of the batch; undefined if the cast is any other. */
export function specialMoment(cast: ResolvedCast): ((context: EvalContext) => Cell) | undefined {
  const { child, type } = cast;
  if (child.kind !== "literal" || typeof child.value !== "string" || (type.kind !== "date" && type.kind !== "timestamp" && type.kind !== "timestamp_ntz")) return undefined;
  const word = momentWord(child.value), zone = timeZone(cast.timeZone);
  if (word === undefined) return undefined;
  const days = WORDS[word];
  if (word === "epoch") return () => (type.kind === "date" ? 0 : 0n);
  return ({ batchTimeMicros }) => {
    const local = zone.toLocal(batchTimeMicros);
    if (word === "now") return type.kind === "date" ? splitDay(local).day : type.kind === "timestamp" ? batchTimeMicros : local;
    const day = splitDay(local).day + days!;
    return type.kind === "date" ? day : type.kind === "timestamp_ntz" ? BigInt(day) * DAY_MICROS : zone.toInstant(BigInt(day) * DAY_MICROS);
  };
}

/** The cast of TIME to a moment of the batch's day; undefined if the cast is any other. */
export function todayCast({ child, type, timeZone: zoneId }: ResolvedCast): ((cell: Cell, context: EvalContext) => Cell) | undefined {
  if (child.type.kind !== "time" || (type.kind !== "timestamp" && type.kind !== "timestamp_ntz")) return undefined;
  const zone = timeZone(zoneId);
  return (cell, { batchTimeMicros }) => {
    const local = BigInt(splitDay(zone.toLocal(batchTimeMicros)).day) * DAY_MICROS + (cell as bigint) / 1000n;
    return type.kind === "timestamp" ? zone.toInstant(local) : local;
  };
}

/** Whether a cast has another value in another batch. */
export const isCastOfBatch = (cast: ResolvedCast): boolean => specialMoment(cast) !== undefined || todayCast(cast) !== undefined;
