/** The user's line that called an operator, for errors. Capturing is cheap; the text is made only when an error needs it. */
import type { Origin } from "../plan/expressions.ts";

/** Where this package's own code lies; frames there are not the user's. */
const OWN_ROOT = new URL("..", import.meta.url).href;
const OWN_FRAMES = 16;

class CallSite implements Origin {
  readonly #holder: { readonly stack?: string } = {};
  #text: string | undefined;

  constructor() {
    const limit = Error.stackTraceLimit;
    Error.stackTraceLimit = OWN_FRAMES;
    Error.captureStackTrace(this.#holder, CallSite);
    Error.stackTraceLimit = limit;
  }

  get callSite(): string {
    return this.#text ??= firstForeignFrame(this.#holder.stack ?? "");
  }

  toJSON(): object { return { callSite: this.callSite }; }
}

/** The place of the call that is under way now. */
export const callSite = (): Origin => new CallSite();

function firstForeignFrame(stack: string): string {
  for (const line of stack.split("\n").slice(1)) {
    const place = /\(([^()]+:\d+:\d+)\)$/.exec(line)?.[1] ?? /at (?:async )?([^ ()]+:\d+:\d+)$/.exec(line)?.[1];
    if (place === undefined || place.startsWith("node:") || place.includes("node:internal")) continue;
    const url = place.startsWith("file:") ? place : `file://${place}`;
    if (url.startsWith(OWN_ROOT) && !/\.test\.[jt]s:\d+:\d+$/.test(url)) continue;
    return place.replace(/^file:\/\//, "");
  }
  return "unknown place";
}
