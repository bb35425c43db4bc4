/** Throws the output away: for measuring the rest. */
import type { Sink } from "../../io/sink.ts";

export function noopSink(): Sink {
  return {
    description: "NoopSink", sinkClass: "outbox", guarantee: "exactly once", outputModes: ["append", "update", "complete"],
    async open() { /* nothing */ },
    // Rows end here: they need no place in the log either.
    begin: () => ({ write() { /* nothing */ }, prepare: async () => [], async abort() { /* nothing */ } }),
    async deliver() { /* nothing */ },
    async stop() { /* nothing */ },
  };
}
