/**
 * What typing a call needs from outside: code that is loaded when it is named, a file, an answer of a registry. Analysis is
 * synchronous: a function that misses something throws ResourceMissing, the engine fetches it, and analysis begins anew.
 */
import type { Clock, Random } from "../base/clock.ts";
import type { Files } from "../base/files.ts";
import type { AskHttp } from "../base/http.ts";

export interface ResourceWorld {
  readonly files: Files;
  readonly http: AskHttp;
  readonly clock: Clock;
  readonly random: Random;
}

type Load<T> = (world: ResourceWorld) => Promise<T>;

/** Not an error for people: the engine catches it. */
export class ResourceMissing extends Error {
  readonly key: string;
  readonly load: Load<unknown>;
  /** Held for one analysis only: it may be another the next time. */
  readonly isPassing: boolean;
  constructor(key: string, load: Load<unknown>, isPassing = false) {
    super(`${key} was not fetched before it is needed`);
    this.key = key;
    this.load = load;
    this.isPassing = isPassing;
  }
}

/** What a session has fetched. */
export class Resources {
  readonly world: ResourceWorld;
  readonly #held = new Map<string, unknown>();
  readonly #passing = new Set<string>();

  constructor(world: ResourceWorld) { this.world = world; }

  /** @throws ResourceMissing if it wasn't fetched yet. `key`: the same key must mean the same thing */
  get<T>(key: string, load: Load<T>, isPassing = false): T {
    if (!this.#held.has(key)) throw new ResourceMissing(key, load, isPassing);
    return this.#held.get(key) as T;
  }

  /** Fetches what was missing. A failure is thrown and not remembered. */
  async fetch({ key, load, isPassing }: ResourceMissing): Promise<void> {
    this.#held.set(key, await load(this.world));
    if (isPassing) this.#passing.add(key);
  }

  /** An analysis is over: the next one asks again for what may have changed. */
  letPass(): void {
    for (const key of this.#passing) this.#held.delete(key);
    this.#passing.clear();
  }
}
