/** What names mean while a script runs: variables and cursors of blocks, and the handlers around a statement. */
import { MillraceError } from "../../../base/errors.ts";
import type { ScriptHandler } from "../../../plan/script.ts";
import type { FoundVariable, LocalVariables, StoredVariable } from "../catalog.ts";
import type { Cursor } from "./cursor.ts";

/** A handler with the block that declares it. */
export interface BoundHandler { readonly handler: ScriptHandler; readonly scope: ScriptScope }

export class ScriptScope implements LocalVariables {
  readonly parent: ScriptScope | undefined;
  readonly label: string | undefined;
  readonly variables = new Map<string, StoredVariable>();
  readonly cursors = new Map<string, Cursor>();
  readonly #handlers: readonly ScriptHandler[];
  /** Where handlers are looked for behind those of this block. */
  readonly outer: ScriptScope | undefined;

  constructor(parent: ScriptScope | undefined, label: string | undefined, handlers: readonly ScriptHandler[], outer: ScriptScope | undefined) {
    this.parent = parent;
    this.label = label;
    this.#handlers = handlers;
    this.outer = outer;
  }

  static block(parent: ScriptScope | undefined, label?: string, handlers: readonly ScriptHandler[] = []): ScriptScope { return new ScriptScope(parent, label, handlers, parent); }
  /** For the body of a handler: it sees the variables of the block that declares it, and none of its handlers. */
  static handler(declaring: ScriptScope): ScriptScope { return new ScriptScope(declaring, undefined, [], declaring.outer); }

  lookup(parts: readonly string[]): FoundVariable | undefined {
    const [first, second] = parts;
    for (let scope: ScriptScope | undefined = this; scope !== undefined; scope = scope.parent) {
      const { variables } = scope, qualified = second !== undefined && scope.label === first ? variables.get(second) : undefined;
      if (qualified !== undefined) return { variable: qualified, used: 2, home: variables };
      const plain = variables.get(first!);
      if (plain !== undefined) return { variable: plain, used: 1, home: variables };
    }
    return undefined;
  }

  cursor(parts: readonly string[]): Cursor | undefined {
    const lower = parts.map(part => part.toLowerCase()), name = lower.at(-1)!;
    for (let scope: ScriptScope | undefined = this; scope !== undefined; scope = scope.parent) {
      if (lower.length === 1 || scope.label === lower[0]) {
        const found = scope.cursors.get(name);
        if (found !== undefined) return found;
      }
    }
    return undefined;
  }

  /** The handler of the innermost block that has one for an error; in a block the most particular one. */
  handlerFor(error: MillraceError): BoundHandler | undefined {
    for (let scope: ScriptScope | undefined = this; scope !== undefined; scope = scope.outer) {
      const handler = scope.#own(error);
      if (handler !== undefined) return { handler, scope };
    }
    return undefined;
  }

  #own({ condition, sqlState }: MillraceError): ScriptHandler | undefined {
    const find = (test: (trigger: ScriptHandler["triggers"][number]) => boolean): ScriptHandler | undefined => this.#handlers.find(handler => handler.triggers.some(test));
    const [main] = condition.split("."), isNotFound = sqlState.startsWith("02");
    return find(t => t.kind === "condition" && t.name === condition) ?? find(t => t.kind === "condition" && t.name === main)
      ?? find(t => t.kind === "state" && t.sqlState === sqlState) ?? find(t => t.kind === (isNotFound ? "not_found" : "exception"));
  }
}
