/** The view of open sessions: under their keys and the time of their first row, the session and the present results. */
import type { Evaluator } from "../plan/function.ts";
import { TIMESTAMP, type DataType, type StructField, type StructType } from "../types/data-type.ts";
import { describeAggregates, openAggregates, unread } from "./aggregate-view.ts";
import type { AggregateUpdater } from "./aggregate-updater.ts";
import { ExecutionContext } from "./context.ts";
import { sessionColumns, sessionTable } from "./session-table.ts";
import { describeFields, describedFields, type StateDescription } from "./state-view.ts";
import type { StreamingSessionsParts } from "./streaming-sessions.ts";
import { TableView, type ReadableTable } from "./table-view.ts";

export const SESSIONS = "sessions";
const FIRST_ROW = "first_row_time";

/** The view of an operator's own sessions. */
export function sessionView(parts: StreamingSessionsParts, updater: AggregateUpdater, context: ExecutionContext): TableView {
  const { schema, sessionKey, keys, start, aggregates } = parts, fields = schema.fields.slice(0, keys.length + 1), session = fields[sessionKey]!;
  const key: StructType = { kind: "struct", fields: [...fields.filter((_, i) => i !== sessionKey), firstRow(start.type)] };
  const value: StructType = { kind: "struct", fields: [session, ...schema.fields.slice(fields.length)] };
  const description = { kind: SESSIONS, keys: describeFields(key), session: describeFields({ kind: "struct", fields: [session] }), ...describeAggregates(aggregates, value.fields.slice(1), context.settings) };
  return viewOf(description, key, value, () => sessionTable(keys, start, aggregates, false), context, updater);
}

export function openSessionView(description: StateDescription): TableView {
  const key = describedFields(description["keys"]), { settings, fields, specs } = openAggregates(description);
  const value: StructType = { kind: "struct", fields: [...describedFields(description["session"]).fields, ...fields] };
  const evaluators = key.fields.map((field): Evaluator => unread(field.type));
  return viewOf(description, key, value, () => sessionTable(evaluators.slice(0, -1), evaluators.at(-1)!, specs, false), new ExecutionContext(settings), undefined);
}

function viewOf(description: StateDescription, key: StructType, value: StructType, make: () => AggregateUpdater, context: ExecutionContext, own: AggregateUpdater | undefined): TableView {
  const readable = (of: AggregateUpdater): ReadableTable => ({
    table: of.table, release: () => of.release(),
    values(addresses, count, arena) {
      const { session, results } = sessionColumns(of, value.fields[0]!.type as StructType, addresses, count, context, arena);
      return [session, ...results];
    },
  });
  return new TableView({ description, key, value, ...(own !== undefined && { of: readable(own) }), make: () => readable(make()) });
}

const firstRow = (type: DataType): StructField => ({ name: FIRST_ROW, type: type.kind === "timestamp_ntz" ? type : TIMESTAMP, nullable: false });
