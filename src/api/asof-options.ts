/** The options of asofJoin() as they are given: checked, and their tolerance as an expression. */
import { nearest } from "../base/errors.ts";
import type { Expression } from "../plan/expressions.ts";
import { literal } from "../plan/expressions.ts";
import type { AsOfDirection } from "../plan/relations.ts";
import { DAY_TIME_INTERVAL } from "../types/data-type.ts";
import { parseDuration } from "../types/duration.ts";
import { badArgument } from "./api-errors.ts";
import { callSite } from "./call-site.ts";
import { nodeOf } from "./column-node.ts";
import { literalOf } from "./literals.ts";

export interface AsofJoinOptions {
  readonly leftTime: string;
  readonly rightTime: string;
  readonly by?: string | readonly string[];
  readonly direction?: AsOfDirection;
  readonly tolerance?: unknown;
  readonly allowExactMatches?: boolean;
  readonly how?: string;
}

const OPTIONS: readonly (keyof AsofJoinOptions)[] = ["leftTime", "rightTime", "by", "direction", "tolerance", "allowExactMatches", "how"];

/** @throws AnalysisError for options that are missing or that nobody knows */
export function checkAsofOptions(options: AsofJoinOptions): AsofJoinOptions {
  if (typeof options !== "object" || options === null) throw badArgument("asofJoin() takes a frame and its options.", 'asofJoin(quotes, { leftTime: "at", rightTime: "at", by: "symbol" })');
  for (const name of Object.keys(options)) {
    if ((OPTIONS as readonly string[]).includes(name)) continue;
    const close = nearest(name, OPTIONS)[0];
    throw badArgument(`asofJoin() has no option '${name}'.`, close === undefined ? OPTIONS.join(", ") : `did you mean '${close}'?`);
  }
  for (const name of ["leftTime", "rightTime"] as const) if (typeof options[name] !== "string") throw badArgument(`asofJoin() needs ${name}, the name of a column.`);
  return options;
}

/** A duration is an interval, a number what it is, a column its expression. */
export function toleranceOf(given: unknown): Expression {
  if (typeof given === "string") {
    const { months, micros } = parseDuration(given);
    if (months !== 0) throw badArgument(`The tolerance '${given}' of an as-of join has months, which have no fixed length.`, "count it in days");
    return literal(micros, DAY_TIME_INTERVAL, callSite());
  }
  return nodeOf(given)?.expression ?? literalOf(given, callSite());
}
