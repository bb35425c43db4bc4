/** Time and chance come in through these interfaces, so that a test can own them. */

export interface Timer { cancel(): void }

export interface Clock {
  /** Wall clock, microseconds since 1970-01-01T00:00:00Z, as an exact integer in a number (safe until the year 2255). */
  nowMicros(): number;
  /** Monotonic clock for durations, in microseconds with fraction. */
  monotonicMicros(): number;
  /** Calls once after `delayMicros` or later. The timer keeps the process alive unless `unref`. */
  after(delayMicros: number, call: () => void, options?: { unref?: boolean }): Timer;
}

export interface Random {
  /** 32 uniform random bits as an unsigned integer. */
  uint32(): number;
  uuid(): string;
}

export const systemClock: Clock = {
  nowMicros: () => Math.round((performance.timeOrigin + performance.now()) * 1000),
  monotonicMicros: () => performance.now() * 1000,
  after(delayMicros, call, options) {
    const timer = setTimeout(call, Math.max(0, delayMicros / 1000));
    if (options?.unref === true) timer.unref();
    return { cancel: () => clearTimeout(timer) };
  },
};

/** Resolves after the delay, or at once when `signal` aborts. */
export function sleep(clock: Clock, delayMicros: number, signal?: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    if (signal?.aborted === true) return resolve();
    const done = () => { timer.cancel(); signal?.removeEventListener("abort", done); resolve(); };
    const timer = clock.after(delayMicros, done);
    signal?.addEventListener("abort", done, { once: true });
  });
}

/** A small deterministic generator (splitmix32) for tests, samples and seeds; not for secrets. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  const uint32 = () => {
    state = (state + 0x9e3779b9) >>> 0;
    let z = state;
    z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
    z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
    return (z ^ (z >>> 16)) >>> 0;
  };
  return { uint32, uuid: () => uuidFrom([uint32(), uint32(), uint32(), uint32()]) };
}

/** Words fetched together: asking for one costs as much as for all of them, and each batch wants one. */
const drawn = new Uint32Array(64);
let drawnLeft = 0;

export const systemRandom: Random = {
  uint32() {
    if (drawnLeft === 0) {
      crypto.getRandomValues(drawn);
      drawnLeft = drawn.length;
    }
    return drawn[--drawnLeft]!;
  },
  uuid: () => crypto.randomUUID(),
};

function uuidFrom(words: readonly number[]): string {
  const hex = words.map(word => word.toString(16).padStart(8, "0")).join("");
  const variant = ((parseInt(hex[16]!, 16) & 3) | 8).toString(16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
