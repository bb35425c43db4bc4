/** LEAVE and ITERATE. */
import type { ScriptJump } from "../../plan/script.ts";
import type { SqlCursor } from "../cursor.ts";
import type { ScriptScope } from "./scope.ts";

/** `LEAVE label` ends a block or a loop, `ITERATE label` begins a loop's next round. */
export function jump(cursor: SqlCursor, first: number, scope: ScriptScope): ScriptJump {
  const kind = cursor.next().value === "LEAVE" ? "leave" : "iterate", parts = cursor.names(), label = parts.join(".").toLowerCase();
  const labelName = parts.join(".").toUpperCase(), found = scope.labelled(label);
  const wrong = (sub: string, text: string, parameters: Readonly<Record<string, string>> = {}): void =>
    cursor.refuse(cursor.error(first, `INVALID_LABEL_USAGE.${sub}`, "42K0L", `The usage of the label ${labelName} is invalid. ${text}`, { labelName, ...parameters }));
  if (parts.length > 1) wrong("QUALIFIED_LABEL_NAME", "Label cannot be qualified.");
  else if (found === undefined) {
    const statementType = kind.toUpperCase();
    wrong("DOES_NOT_EXIST", `Label was used in the ${statementType} statement, but the label does not belong to any surrounding block.`, { statementType });
  } else if (kind === "iterate" && found === "block") wrong("ITERATE_IN_COMPOUND", "ITERATE statement cannot be used with a label that belongs to a compound (BEGIN...END) body.");
  return Object.freeze({ kind, label, origin: cursor.originFrom(first) });
}
