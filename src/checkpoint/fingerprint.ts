/** Whether a query may go on with the checkpoint of an earlier one. */
import { isDeepStrictEqual } from "node:util";
import { judgeEvolution } from "../state/state-schema.ts";
import type { QueryFingerprint } from "./types.ts";

export type QueryVerdict =
  | { readonly kind: "compatible" }
  /** It can go on, but the state of operators that it no longer has is dropped. */
  | { readonly kind: "partly"; readonly dropped: readonly string[]; readonly droppedIds: ReadonlySet<number> }
  /** `condition`: Spark's, where it has one for the case. */
  | { readonly kind: "refused"; readonly reason: string; readonly condition?: string; readonly hint?: string };

/**
 * Sources must be the same in number and order, since offsets are kept by position; settings that give the state its
 * meaning must be equal; an operator that is found again by its id must have kept its name and schemas. A new operator
 * starts empty; one that is gone loses its state. The declared states of a program may grow, by the rules of judgeEvolution.
 */
export function compareQueries(before: QueryFingerprint, now: QueryFingerprint): QueryVerdict {
  const refused = (reason: string, condition?: string): QueryVerdict => ({ kind: "refused", reason, ...(condition !== undefined && { condition }) });
  if (before.sources.length !== now.sources.length) {
    return refused(`it has ${count(before.sources.length, "source")}, this query has ${now.sources.length}`);
  }
  for (const [index, source] of before.sources.entries()) {
    if (!isDeepStrictEqual(source, now.sources[index])) {
      return refused(`its source ${index + 1} is ${JSON.stringify(source)}, that of this query is ${JSON.stringify(now.sources[index])}`);
    }
  }
  for (const name of new Set([...Object.keys(before.settings), ...Object.keys(now.settings)])) {
    const old = before.settings[name], fresh = now.settings[name];
    if (!isDeepStrictEqual(old, fresh)) return refused(`its ${name} is ${JSON.stringify(old) ?? "not set"}, here it is ${JSON.stringify(fresh) ?? "not set"}`);
  }
  const dropped: string[] = [], droppedIds = new Set<number>();
  for (const operator of before.operators) {
    const twin = now.operators.find(other => other.operatorId === operator.operatorId);
    if (twin === undefined) {
      dropped.push(`the state of operator ${operator.operatorId} (${operator.name})`);
      droppedIds.add(operator.operatorId);
      continue;
    }
    const label = `stateful operator ${operator.operatorId}`;
    if (twin.name !== operator.name) return refused(`its ${label} is ${operator.name}, here it is ${twin.name}`);
    if (twin.key !== operator.key) return refused(`its ${label} (${operator.name}) has the key ${operator.key}, here ${twin.key}`, "STATE_STORE_KEY_SCHEMA_NOT_COMPATIBLE");
    const evolution = twin.value === operator.value ? undefined : judgeEvolution(operator.value, twin.value);
    if (evolution?.kind === "refused") return { kind: "refused", reason: `in its ${label} (${operator.name}) ${evolution.reason}`, condition: evolution.condition, hint: evolution.hint };
    if (twin.value !== operator.value && evolution === undefined) return refused(`its ${label} (${operator.name}) has the state ${operator.value}, here ${twin.value}`, "STATE_STORE_VALUE_SCHEMA_NOT_COMPATIBLE");
  }
  return dropped.length === 0 ? { kind: "compatible" } : { kind: "partly", dropped, droppedIds };
}

const count = (n: number, what: string) => `${n} ${what}${n === 1 ? "" : "s"}`;
