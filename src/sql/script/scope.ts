/** What the parser of a script knows of the blocks around a place: labels, declared conditions, and what may still be declared. */
import type { SqlCursor } from "../cursor.ts";

/** Names that no label has: they stand in front of what is the session's or built in. */
const FORBIDDEN: ReadonlySet<string> = new Set(["builtin", "session", "sys", "system"]);
/** Declarations come in this order, and before what is done. */
const ORDER = ["variable", "cursor", "handler", "statement"] as const;
export type Stage = (typeof ORDER)[number];

/** A list of statements. `kind`: "block" is BEGIN ... END, where things are declared; "body" is of a loop or a branch; "handler" the one statement of a handler. */
export class ScriptScope {
  readonly parent: ScriptScope | undefined;
  readonly kind: "block" | "body" | "handler";
  readonly conditions = new Set<string>();
  readonly #labels = new Map<string, "block" | "loop">();
  #stage: Stage = "variable";

  constructor(parent: ScriptScope | undefined, kind: ScriptScope["kind"]) {
    this.parent = parent;
    this.kind = kind;
  }

  /** A label or FOR variable that the statements of this list may use. Errors are kept until the whole text is read. */
  enter(cursor: SqlCursor, first: number, name: string, what: "block" | "loop"): void {
    const key = name.toLowerCase(), label = `\`${key}\``;
    if (FORBIDDEN.has(key)) cursor.refuse(cursor.error(first, "LABEL_OR_FOR_VARIABLE_NAME_FORBIDDEN", "42K0L", `The label or FOR variable name ${label} is forbidden.`, { label }));
    if (this.labelled(key) !== undefined) cursor.refuse(cursor.error(first, "LABEL_OR_FOR_VARIABLE_ALREADY_EXISTS", "42K0L", `The label or FOR variable ${label} already exists. Choose another name or rename the existing one.`, { label }));
    this.#labels.set(key, what);
  }

  labelled(key: string): "block" | "loop" | undefined { return this.#labels.get(key) ?? this.parent?.labelled(key); }
  isDeclared(condition: string): boolean { return this.conditions.has(condition) || this.parent?.isDeclared(condition) === true; }
  declared(): ReadonlySet<string> { return new Set([...this.conditions, ...this.parent?.declared() ?? []]); }

  /** Whether something of this stage may stand here, which then is over for what comes before it. */
  allows(stage: Stage): boolean {
    if (ORDER.indexOf(stage) < ORDER.indexOf(this.#stage)) return false;
    this.#stage = stage;
    return true;
  }
}
