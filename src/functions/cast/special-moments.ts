/** Words that a constant text may name a moment with: epoch, now, today, yesterday, tomorrow. Columns of text may not. */
import type { ResolvedCast } from "../../plan/resolved.ts";
import type { EvalContext } from "../../plan/function.ts";
import { splitDay } from "../../types/calendar.ts";
import type { Cell } from "../../types/cell.ts";
import { DAY_MICROS, trimControls } from "../../types/datetime-text.ts";
import { timeZone } from "../../types/time-zone.ts";

const WORDS: Readonly<Record<string, number | undefined>> = { yesterday: -1, today: 0, tomorrow: 1 };

/** The value of a cast of such a word, at the time of the batch; undefined if the cast is any other. */
export function specialMoment(cast: ResolvedCast): ((context: EvalContext) => Cell) | undefined {
  const { child, type } = cast;
  if (child.kind !== "literal" || typeof child.value !== "string" || (type.kind !== "date" && type.kind !== "timestamp" && type.kind !== "timestamp_ntz")) return undefined;
  const word = trimControls(child.value).toLowerCase(), days = WORDS[word], zone = timeZone(cast.timeZone);
  if (word === "epoch") return () => (type.kind === "date" ? 0 : 0n);
  if (word !== "now" && days === undefined) return undefined;
  return ({ batchTimeMicros }) => {
    const local = zone.toLocal(batchTimeMicros);
    if (word === "now") return type.kind === "date" ? splitDay(local).day : type.kind === "timestamp" ? batchTimeMicros : local;
    const day = splitDay(local).day + days!;
    return type.kind === "date" ? day : type.kind === "timestamp_ntz" ? BigInt(day) * DAY_MICROS : zone.toInstant(BigInt(day) * DAY_MICROS);
  };
}
