/** Twin of the kernels of assembly/join-rows.ts, join-meet.ts and join-blocks.ts, for tests: rows of one side as objects, in the order of their ids. */

/** `strings`: one a word that begins a string's view. */
export interface TwinContent { readonly time: bigint; readonly nulls: number; readonly words: readonly bigint[]; readonly strings: readonly string[] }
export interface TwinRow extends TwinContent { readonly id: bigint; readonly group: number; isMatched: boolean; isTaken: boolean }

const zigzag = (x: bigint): bigint => BigInt.asUintN(64, (x << 1n) ^ (x >> 63n));

export class JoinRowsTwin {
  /** By id. */
  readonly rows = new Map<bigint, TwinRow>();
  nextId = 0n;
  firstId = 0n;

  beginBatch(): void { this.firstId = this.nextId; }

  keep(group: number, content: TwinContent, isMatched: boolean): TwinRow { return this.load(group, this.nextId++, content, isMatched); }
  load(group: number, id: bigint, content: TwinContent, isMatched: boolean): TwinRow {
    const row = { ...content, id, group, isMatched, isTaken: false };
    this.rows.set(id, row);
    return row;
  }

  /** The chain of a group. */
  of(group: number): TwinRow[] { return [...this.rows.values()].filter(row => row.group === group).sort((a, b) => a.id < b.id ? -1 : 1); }

  meet(groups: readonly number[], numbers: readonly number[]): readonly (readonly [number, TwinRow])[] {
    return groups.flatMap((group, i) => this.of(group).map(row => [numbers[i]!, row] as const));
  }
  match(rows: readonly TwinRow[]): TwinRow[] {
    return rows.filter(row => {
      const isFirst = !row.isMatched;
      row.isMatched = true;
      return isFirst && row.id < this.firstId;
    });
  }
  take(rows: readonly TwinRow[]): TwinRow[] {
    return rows.filter(row => {
      const isFirst = !row.isTaken;
      row.isTaken = true;
      return isFirst;
    });
  }
  expired(limit: bigint): TwinRow[] { return [...this.rows.values()].filter(row => row.time <= limit); }
  /** Returns the groups that have no rows left, in the order in which they lost their last, and how many rows were of this batch. */
  remove(rows: readonly TwinRow[]): { readonly emptied: readonly number[]; readonly fresh: number } {
    const emptied: number[] = [];
    for (const row of rows) {
      this.rows.delete(row.id);
      if (this.of(row.group).length === 0) emptied.push(row.group);
    }
    return { emptied, fresh: rows.filter(row => row.id >= this.firstId).length };
  }
  /** The first row of each group, then the second of each, and so on. */
  rowsOf(groups: readonly number[]): TwinRow[] {
    const chains = groups.map(group => this.of(group)), longest = Math.max(0, ...chains.map(chain => chain.length));
    return Array.from({ length: longest }, (_, i) => chains.flatMap(chain => chain.slice(i, i + 1))).flat();
  }

  /** Flat words and strings, as the log has them. `views`: which words begin a string's view. */
  static flat(rows: readonly TwinRow[], views: readonly number[]): { readonly words: readonly bigint[]; readonly strings: string } {
    let id = 0n, time = 0n, strings = "";
    const words = rows.flatMap(row => {
      const values = row.words.map(word => BigInt.asUintN(64, word));
      views.forEach((word, i) => {
        if (row.strings[i]!.length <= 12) return;
        values[word + 1] = 0n;
        strings += row.strings[i]!;
      });
      const flat = [zigzag(row.id - id), zigzag(BigInt.asIntN(64, row.time - time)), BigInt(row.nulls) | BigInt(row.isMatched ? 1 : 0) << 32n, ...values];
      ({ id, time } = row);
      return flat;
    });
    return { words, strings };
  }
  /** References in the order of salt and id, each as salt and the difference from the id before. */
  static flatRefs(rows: readonly TwinRow[], salts: readonly number[]): readonly bigint[] {
    let id = 0n;
    return rows.toSorted((a, b) => salts[a.group]! - salts[b.group]! || (a.id < b.id ? -1 : 1)).flatMap(row => {
      const flat = [BigInt(salts[row.group]!), zigzag(row.id - id)];
      id = row.id;
      return flat;
    });
  }
}
