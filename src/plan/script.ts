/** SQL scripts: what stands between BEGIN and END, as the parser gives it. Names of labels are in lower case. */
import type { DeclareVariable, SetVariables } from "./commands.ts";
import type { Expression, Origin } from "./expressions.ts";
import type { Relation, Statement } from "./relations.ts";

interface Node { readonly origin?: Origin }

export interface Script extends Node { readonly kind: "script"; readonly body: ScriptBlock }

/** What an exception handler is for: a condition or its class, a SQLSTATE, or all that fails. */
export type HandlerTrigger =
  | { readonly kind: "condition"; readonly name: string }
  | { readonly kind: "state"; readonly sqlState: string }
  | { readonly kind: "exception" | "not_found" };

export interface ScriptHandler extends Node {
  readonly goesOn: boolean;
  readonly triggers: readonly HandlerTrigger[];
  readonly body: readonly ScriptStatement[];
  /** Conditions that the script declares and this handler sees, in upper case. */
  readonly declared: ReadonlySet<string>;
}

/** `BEGIN ... END`. Its variables live as long as it runs. */
export interface ScriptBlock extends Node {
  readonly kind: "block";
  readonly label?: string;
  readonly handlers: readonly ScriptHandler[];
  readonly statements: readonly ScriptStatement[];
}
/** Any other statement: a query, a command, DECLARE and SET. */
export interface ScriptRun extends Node { readonly kind: "run"; readonly statement: Exclude<Statement, DeclareVariable | SetVariables> }
export interface ScriptDeclare extends Node { readonly kind: "declare"; readonly command: DeclareVariable }
export interface ScriptSet extends Node { readonly kind: "assign"; readonly command: SetVariables }
/** `condition`: of IF, ELSEIF or WHEN; `text`: as it is written. */
export interface ScriptBranch { readonly condition: Expression; readonly text: string; readonly body: readonly ScriptStatement[] }
export interface ScriptIf extends Node { readonly kind: "if"; readonly branches: readonly ScriptBranch[]; readonly otherwise: readonly ScriptStatement[] }
/** With `subject` a branch's condition is a value to compare with. */
export interface ScriptCase extends Node { readonly kind: "case"; readonly subject?: Expression; readonly branches: readonly ScriptBranch[]; readonly otherwise: readonly ScriptStatement[] }
export interface ScriptWhile extends Node { readonly kind: "while"; readonly label?: string; readonly condition: Expression; readonly text: string; readonly body: readonly ScriptStatement[] }
/** REPEAT ... UNTIL: at least once. */
export interface ScriptRepeat extends Node { readonly kind: "repeat"; readonly label?: string; readonly condition: Expression; readonly text: string; readonly body: readonly ScriptStatement[] }
export interface ScriptLoop extends Node { readonly kind: "loop"; readonly label?: string; readonly body: readonly ScriptStatement[] }
/** Once for each row; its columns are variables, also behind `variable`. */
export interface ScriptFor extends Node { readonly kind: "for"; readonly label?: string; readonly variable?: string; readonly query: Relation; readonly body: readonly ScriptStatement[] }
export interface ScriptJump extends Node { readonly kind: "leave" | "iterate"; readonly label: string }

export interface DeclareCursor extends Node { readonly kind: "declare_cursor"; readonly name: string; readonly query: Relation }
export interface OpenCursor extends Node { readonly kind: "open_cursor"; readonly name: readonly string[]; readonly using: readonly Expression[] }
export interface FetchCursor extends Node { readonly kind: "fetch_cursor"; readonly name: readonly string[]; readonly into: readonly (readonly string[])[]; readonly intoOrigins: readonly Origin[] }
export interface CloseCursor extends Node { readonly kind: "close_cursor"; readonly name: readonly string[] }

export type ScriptStatement =
  | ScriptBlock | ScriptRun | ScriptDeclare | ScriptSet | ScriptIf | ScriptCase | ScriptWhile | ScriptRepeat | ScriptLoop | ScriptFor | ScriptJump
  | DeclareCursor | OpenCursor | FetchCursor | CloseCursor;
