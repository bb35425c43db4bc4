/** What aggregates with state as JavaScript values share. */
import type { ObjectAggregate } from "../../plan/function.ts";

/** Hides the state's type, which only the entry itself knows. */
export function objectAggregate<S>(implementation: Omit<ObjectAggregate<S>, "kind">): ObjectAggregate<never> {
  return { kind: "object", ...implementation } as unknown as ObjectAggregate<never>;
}
