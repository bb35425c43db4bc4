/** Functions whose code is loaded when one of them is called for the first time. */
import type { ScalarFunction } from "../plan/function.ts";
import { ResourceMissing } from "../plan/resources.ts";

export type Bind = ScalarFunction["bind"];

/** `load`: imports the code and gives the function's rule. */
export function lazily(docs: Omit<ScalarFunction, "kind" | "bind">, load: () => Promise<Bind>): ScalarFunction {
  const key = `function:${docs.name}`;
  return Object.freeze({
    kind: "scalar" as const, ...docs,
    bind: (args, settings, origin) => {
      if (settings.resources === undefined) throw new ResourceMissing(key, load);
      return settings.resources.get(key, load)(args, settings, origin);
    },
  } satisfies ScalarFunction);
}
