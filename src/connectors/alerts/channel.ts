/** A way by which alerts go. What it sends for a row is a JSON text, which also stands in dead letters and in the state. */
import type { AlertValues } from "./alert-template.ts";
import type { Attempt } from "./attempts.ts";

/** What tells one message from another, and the same one when it is sent again. */
export interface Envelope {
  /** The same for the same message, whenever it is sent. */
  readonly key: string;
  /** Of the alert that this is the end of. */
  readonly answersTo: string | undefined;
  /** Microseconds since the epoch, the same whenever it is sent. */
  readonly atMicros: number;
}

export interface AlertChannel {
  readonly kind: "webhook" | "mail";
  /** Where it goes, without secrets. */
  readonly place: string;
  /** Learns what columns there are. @throws AnalysisError UNRESOLVED_COLUMN.WITH_SUGGESTION for a template that names another */
  open(columns: readonly string[], key: readonly string[]): void;
  /** The message of a row; `$status` says whether an alert is over. JSON. */
  messageOf(values: AlertValues): string;
  /** To be tried until it is taken. */
  attempt(message: string, envelope: Envelope): Attempt;
  /** The batch is over: connections are given back. */
  rest(): void;
}
