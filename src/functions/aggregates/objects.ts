/** What aggregates with state as JavaScript values share. */
import type { Merging, ObjectAggregate } from "../../plan/function.ts";

/** Hides the state's type, which only the entry itself knows. Merging is exact in order if nothing else is said. */
export function objectAggregate<S>(implementation: Omit<ObjectAggregate<S>, "kind" | "merging"> & { readonly merging?: Merging }): ObjectAggregate<never> {
  return { kind: "object", merging: "in order", ...implementation } as unknown as ObjectAggregate<never>;
}
