/** Twin of the kernels of assembly/slice-chains.ts and slice-plan.ts, for tests: the slices of each key as a map from number to sum, windows by trying. */

export interface TwinWindow { readonly key: number; readonly window: number; readonly sum: number }

export class SliceTwin {
  readonly #shift: number;
  readonly #span: number;
  /** By key, then by number. */
  readonly keys = new Map<number, Map<number, number>>();

  /** `span`: slices in a window; window w begins with slice w << `shift`. */
  constructor(shift: number, span: number) {
    this.#shift = shift;
    this.#span = span;
  }

  /** The windows that hold a slice. */
  windowsOf(slice: number): number[] {
    const windows: number[] = [], latest = slice >> this.#shift;
    for (let window = latest - this.#span; window <= latest; window++) if (slice < window * 2 ** this.#shift + this.#span) windows.push(window);
    return windows;
  }
  /** Windows behind `closed` and not behind `limit` that hold some of these slices, in order. */
  windows(slices: Iterable<number>, closed: number, limit: number): number[] {
    const found = new Set([...slices].flatMap(slice => this.windowsOf(slice)));
    return [...found].filter(window => window > closed && window <= limit).sort((a, b) => a - b);
  }
  /** Windows of all keys. */
  count(closed: number, limit: number): number {
    let count = 0;
    for (const slices of this.keys.values()) count += this.windows(slices.keys(), closed, limit).length;
    return count;
  }

  add(key: number, slice: number, value: number): void {
    const slices = this.keys.get(key) ?? new Map<number, number>();
    slices.set(slice, (slices.get(slice) ?? 0) + value);
    this.keys.set(key, slices);
  }

  /** Keys with a window that is not behind `limit`. */
  due(keys: readonly number[], limit: number): number[] { return keys.filter(key => this.windows(this.keys.get(key)!.keys(), Number.NEGATIVE_INFINITY, limit).length > 0); }

  /** By key and window. `touched`: only windows that hold these slices. */
  plan(keys: readonly number[], closed: number, limit: number, touched?: ReadonlyMap<number, readonly number[]>): TwinWindow[] {
    return keys.flatMap(key => {
      const slices = this.keys.get(key)!;
      return this.windows(touched?.get(key) ?? slices.keys(), closed, limit).map(window => {
        let sum = 0;
        for (const [slice, value] of slices) if (this.windowsOf(slice).includes(window)) sum += value;
        return { key, window, sum };
      });
    });
  }

  /** Lets slices of these keys go that no window behind `limit` holds. */
  expire(keys: readonly number[], limit: number): { readonly slices: readonly (readonly [key: number, slice: number])[]; readonly emptied: readonly number[] } {
    const slices = keys.flatMap(key => [...this.keys.get(key)!.keys()].sort((a, b) => a - b).filter(slice => this.windowsOf(slice).every(window => window <= limit)).map(slice => [key, slice] as const));
    for (const [key, slice] of slices) this.keys.get(key)!.delete(slice);
    const emptied = keys.filter(key => this.keys.get(key)!.size === 0);
    for (const key of emptied) this.keys.delete(key);
    return { slices, emptied };
  }

  /** Whether some slice comes after one that is more than a window later. */
  isDisordered(slices: readonly number[]): boolean { return slices.some((slice, i) => slices.slice(0, i).some(before => before - slice > this.#span)); }
}
