/** Throws the output away: for measuring the rest. */
import type { Sink } from "../../io/sink.ts";

export function noopSink(): Sink {
  return {
    description: "NoopSink", sinkClass: "outbox", guarantee: "exactly once", outputModes: ["append", "update", "complete"],
    async open() { /* nothing */ },
    async deliver() { /* nothing */ },
    async stop() { /* nothing */ },
  };
}
