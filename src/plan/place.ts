import type { QueryContext } from "../base/errors.ts";
import type { Origin } from "./expressions.ts";

/** The place of an expression for an error. */
export function placeOf(origin: Origin | undefined): readonly QueryContext[] {
  if (origin === undefined) return [];
  const { sql, start, stop, callSite } = origin;
  const site = callSite === undefined ? {} : { callSite };
  if (sql !== undefined && start !== undefined && stop !== undefined) return [{ fragment: sql.slice(start, stop), startIndex: start, stopIndex: stop, ...site }];
  return callSite === undefined ? [] : [{ fragment: "", startIndex: 0, stopIndex: 0, callSite }];
}
