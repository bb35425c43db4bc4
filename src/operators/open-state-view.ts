/** Views of state by the kind that a checkpoint recorded: an operator that can be read has its line here. */
import { ExecutionError } from "../base/errors.ts";
import { AGGREGATE, openAggregateView } from "./aggregate-view.ts";
import { DEDUPLICATE, openDeduplicateView } from "./deduplicate-view.ts";
import { JOIN, openJoinView } from "./join-view.ts";
import { LIMIT, openLimitView } from "./limit-view.ts";
import { PROGRAM, openProgramView } from "./program-view.ts";
import { SESSIONS, openSessionView } from "./session-view.ts";
import type { StateDescription, StateView } from "./state-view.ts";

const kinds: Readonly<Record<string, (description: StateDescription) => StateView>> = {
  [AGGREGATE]: openAggregateView, [DEDUPLICATE]: openDeduplicateView, [JOIN]: openJoinView, [LIMIT]: openLimitView, [PROGRAM]: openProgramView, [SESSIONS]: openSessionView,
};

/** An empty view that takes the blocks of the operator so described. @throws MILLRACE_STATE_UNREADABLE when this version doesn't know its kind */
export function openStateView(description: StateDescription): StateView {
  const open = Object.hasOwn(kinds, description.kind) ? kinds[description.kind] : undefined;
  if (open === undefined) throw new ExecutionError({
    condition: "MILLRACE_STATE_UNREADABLE", sqlState: "0A000", message: `State of the kind ${description.kind} can't be read by this version.`,
    messageParameters: { kind: description.kind }, hint: "read it with the version that runs the query",
  });
  return open(description);
}
