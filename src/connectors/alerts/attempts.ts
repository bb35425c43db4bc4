/**
 * Attempts to send one message. What may pass is tried again, after a pause that doubles and of which chance takes up to
 * a half, or as long as the receiver asks; anything else is final.
 */
import { sleep, type Clock, type Random } from "../../base/clock.ts";

export interface RetryPolicy { readonly attempts: number; readonly initialMicros: number; readonly maxMicros: number }

/** What came of one attempt. */
export type Answer =
  /** `missed`: who of the receivers did not get it, and why. */
  | { readonly isTaken: true; readonly missed?: string | undefined }
  /** `isPartly`: some receivers have it, so it counts as taken when no attempt is left. */
  | { readonly isTaken: false; readonly reason: string; readonly isFinal: boolean; readonly waitMicros?: number | undefined; readonly isPartly?: boolean };

/** One attempt; the next call is the next one, and knows what came of this. @throws when `signal` aborts, and what no receiver can be blamed for */
export type Attempt = (signal: AbortSignal) => Promise<Answer>;

/** `reason`: it was not taken, and why. @throws when `signal` aborts */
export async function attemptUntilTaken(attempt: Attempt, policy: RetryPolicy, clock: Clock, random: Random, signal: AbortSignal): Promise<{ readonly reason?: string; readonly missed?: string | undefined }> {
  for (let attempts = 1, pause = policy.initialMicros; ; attempts++, pause = Math.min(pause * 2, policy.maxMicros)) {
    const answer = await attempt(signal);
    signal.throwIfAborted();
    if (answer.isTaken) return { missed: answer.missed };
    const isLast = answer.isFinal || attempts >= policy.attempts, reason = answer.isFinal ? answer.reason : `${answer.reason}, ${attempts} times`;
    if (isLast) return answer.isPartly === true ? { missed: reason } : { reason };
    const chance = pause * (1 - random.uint32() / 2 ** 33);
    await sleep(clock, Math.min(answer.waitMicros ?? chance, policy.maxMicros), signal);
    signal.throwIfAborted();
  }
}
