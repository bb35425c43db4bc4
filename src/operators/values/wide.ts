/** Functions over values that belong together: reduceByKey, groupByKey, joins, cogroup, sortBy. They hold what they need until their inputs end. */
import type { ValueProgram, ValueRun } from "../../plan/value-program.ts";
import { tooMany } from "./errors.ts";
import { compareValues, keyOf } from "./keys.ts";
import { called, nameOf, pairOf } from "./narrow.ts";

type Call = (...values: never[]) => unknown;
type Emit = (value: unknown) => boolean;

/** Something for each key, in the order in which keys first came. */
class ByKey<S> {
  readonly #operator: string;
  readonly #maxHeld: number;
  readonly #entries = new Map<unknown, { readonly key: unknown; state: S }>();
  #held = 0;

  constructor(operator: string, maxHeld: number) {
    this.#operator = operator;
    this.#maxHeld = maxHeld;
  }

  /** Another value is held. */
  hold(): void { if (++this.#held > this.#maxHeld) throw tooMany(this.#operator, this.#maxHeld); }

  update(key: unknown, first: () => S, next: (state: S) => S): void {
    const id = keyOf(key), entry = this.#entries.get(id);
    if (entry !== undefined) {
      entry.state = next(entry.state);
      return;
    }
    this.hold();
    this.#entries.set(id, { key, state: first() });
  }

  /** False when the receiver wants no more. */
  each(take: (key: unknown, state: S) => boolean): void {
    for (const { key, state } of this.#entries.values()) if (!take(key, state)) return;
  }
}

const wide = (operator: string, f: Function | undefined, open: (emit: Emit, maxHeld: number) => ValueRun): ValueProgram =>
  Object.freeze({ operator, detail: nameOf(f), open: (emit: Emit, { maxHeld }: { readonly maxHeld: number }) => open(emit, maxHeld) });

/** One value for each key of the pairs. */
export const reduceByKey = (f: Call): ValueProgram => wide("reduceByKey", f, (emit, maxHeld) => {
  const keys = new ByKey<unknown>("reduceByKey", maxHeld);
  return {
    push: value => {
      const [key, second] = pairOf("reduceByKey", value);
      keys.update(key, () => second, state => called("reduceByKey", f, [state, second]));
      return true;
    },
    finish: () => keys.each((key, state) => emit([key, state])),
  };
});

/** As reduceByKey, from a neutral element of its own for each key. */
export const foldByKey = (zero: () => unknown, f: Call): ValueProgram => wide("foldByKey", f, (emit, maxHeld) => {
  const keys = new ByKey<unknown>("foldByKey", maxHeld);
  return {
    push: value => {
      const [key, second] = pairOf("foldByKey", value);
      keys.update(key, () => called("foldByKey", f, [zero(), second]), state => called("foldByKey", f, [state, second]));
      return true;
    },
    finish: () => keys.each((key, state) => emit([key, state])),
  };
});

/** All values of each key. `key`: undefined for pairs, whose second parts are then grouped. `make`: what becomes of a group; undefined: the pair of key and values. */
export const groupByKey = (key: Call | undefined, make?: { readonly operator: string; readonly f: Call; readonly flat?: true }): ValueProgram => {
  const operator = make?.operator ?? "groupByKey";
  return wide(operator, make?.f ?? key, (emit, maxHeld) => {
    const keys = new ByKey<unknown[]>(operator, maxHeld);
    return {
      push: value => {
        const [of, item] = key === undefined ? pairOf(operator, value) : [called("groupByKey", key, [value]), value];
        keys.update(of, () => [item], list => { keys.hold(); list.push(item); return list; });
        return true;
      },
      finish: () => keys.each((of, list) => {
        if (make === undefined) return emit([of, list]);
        const made = called(operator, make.f, [of, list]);
        if (make.flat !== true) return emit(made);
        for (const item of made as Iterable<unknown>) if (!emit(item)) return false;
        return true;
      }),
    };
  });
};

export type JoinKind = "join" | "leftOuterJoin" | "rightOuterJoin" | "fullOuterJoin" | "cogroup" | "subtractByKey";

/** Two inputs of pairs: all values of both for each key. */
export const joinByKey = (kind: JoinKind): ValueProgram => wide(kind, undefined, (emit, maxHeld) => {
  const keys = new ByKey<readonly [unknown[], unknown[]]>(kind, maxHeld);
  const pairs = (key: unknown, left: readonly unknown[], right: readonly unknown[]): boolean => {
    for (const a of left) for (const b of right) if (!emit([key, [a, b]])) return false;
    return true;
  };
  const NONE = [null];
  return {
    push: (value, input) => {
      const [key, second] = pairOf(kind, value);
      keys.update(key, () => input === 0 ? [[second], []] : [[], [second]], both => { keys.hold(); both[input as 0 | 1].push(second); return both; });
      return true;
    },
    finish: () => keys.each((key, [left, right]) => {
      switch (kind) {
        case "cogroup": return emit([key, [left, right]]);
        case "subtractByKey": return right.length > 0 || left.every(value => emit([key, value]));
        default: {
          const keepsLeft = kind === "leftOuterJoin" || kind === "fullOuterJoin", keepsRight = kind === "rightOuterJoin" || kind === "fullOuterJoin";
          return pairs(key, left.length === 0 && keepsRight ? NONE : left, right.length === 0 && keepsLeft ? NONE : right);
        }
      }
    }),
  };
});

/** All values in the order of what `key` gives; equal ones as they came. */
export const sortBy = (key: Call, isAscending: boolean): ValueProgram => wide("sortBy", key, (emit, maxHeld) => {
  const all: { readonly by: unknown; readonly value: unknown }[] = [];
  return {
    push: value => {
      if (all.push({ by: called("sortBy", key, [value]), value }) > maxHeld) throw tooMany("sortBy", maxHeld);
      return true;
    },
    finish: () => {
      const sign = isAscending ? 1 : -1;
      all.sort((a, b) => sign * compareValues(a.by, b.by));
      for (const { value } of all) if (!emit(value)) return;
    },
  };
});
