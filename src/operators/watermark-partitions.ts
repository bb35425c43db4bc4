/**
 * How far the event time of each partition has come. A partition that had no row for a while holds nothing back; if all
 * are silent, nobody holds anything back and the furthest counts. The idea of idle inputs is Flink's; processing time is
 * that of batches, so that a batch that runs again decides the same.
 */
interface Partition { greatestMillis: number | null; lastRowMicros: number }

/** As a checkpoint keeps it: name, greatest event time in milliseconds, processing time of its last row in microseconds. */
export type RecordedPartition = readonly [name: string, greatestMillis: number | null, lastRowMicros: number];

/** Where an operator would let the watermark be, in milliseconds before the delay: null holds it at the epoch. */
export interface Reached { readonly greatestMillis: number | null; readonly isIdle: boolean }

export class WatermarkPartitions {
  readonly #idleMicros: number;
  readonly #partitions = new Map<string, Partition>();
  readonly #listed = new Set<string>();
  /** When the query was opened: silence is counted from then on. */
  #sinceMicros = 0;
  /** Over all partitions; also those that were forgotten. */
  greatestMillis: number | null = null;

  constructor(idleMicros: number | undefined) { this.#idleMicros = idleMicros ?? Number.POSITIVE_INFINITY; }

  /** A run begins: nobody is silent yet. */
  open(nowMicros: number): void { this.#sinceMicros = nowMicros; }

  /** Partitions that a source names: they count before their first row. */
  list(names: readonly string[], nowMicros: number): void {
    for (const name of names) {
      if (this.#listed.has(name)) continue;
      this.#listed.add(name);
      if (!this.#partitions.has(name)) this.#partitions.set(name, { greatestMillis: null, lastRowMicros: nowMicros });
    }
    if (this.#listed.size > names.length) for (const name of this.#listed) if (!names.includes(name)) this.#listed.delete(name);
  }

  /** Rows came. `greatestMillis` null: all of them lie too far ahead to count. */
  saw(name: string, greatestMillis: number | null, nowMicros: number): void {
    let partition = this.#partitions.get(name);
    if (partition === undefined) this.#partitions.set(name, partition = { greatestMillis: null, lastRowMicros: nowMicros });
    partition.lastRowMicros = nowMicros;
    if (greatestMillis === null) return;
    if (partition.greatestMillis === null || greatestMillis > partition.greatestMillis) partition.greatestMillis = greatestMillis;
    if (this.greatestMillis === null || greatestMillis > this.greatestMillis) this.greatestMillis = greatestMillis;
  }

  reached(nowMicros: number): Reached {
    let least: number | null = Number.POSITIVE_INFINITY, greatest: number | null = null, active = 0;
    for (const partition of this.#partitions.values()) {
      const { greatestMillis } = partition;
      if (greatestMillis !== null && (greatest === null || greatestMillis > greatest)) greatest = greatestMillis;
      if (this.#isIdle(partition, nowMicros)) continue;
      active++;
      least = least === null || greatestMillis === null ? null : Math.min(least, greatestMillis);
    }
    if (active > 0) return { greatestMillis: least, isIdle: false };
    return { greatestMillis: greatest, isIdle: this.#partitions.size > 0 || nowMicros - this.#sinceMicros >= this.#idleMicros };
  }

  /** When the next partition falls silent, if no row comes; infinite when none can. */
  nextIdleMicros(nowMicros: number): number {
    let next = this.#partitions.size === 0 ? this.#sinceMicros + this.#idleMicros : Number.POSITIVE_INFINITY;
    for (const partition of this.#partitions.values()) if (!this.#isIdle(partition, nowMicros)) next = Math.min(next, this.#heardMicros(partition) + this.#idleMicros);
    return next > nowMicros ? next : Number.POSITIVE_INFINITY;
  }

  /** Lets go of silent partitions that are not ahead of `millis`: when they come back it makes no difference. */
  forget(millis: number, nowMicros: number): void {
    for (const [name, partition] of this.#partitions) {
      if (this.#isIdle(partition, nowMicros) && (partition.greatestMillis ?? Number.NEGATIVE_INFINITY) <= millis && this.#partitions.size > 1) this.#partitions.delete(name);
    }
  }

  /** For people: at most `limit`, those that are furthest behind first. */
  detail(nowMicros: number, limit: number): readonly { readonly partition: string; readonly greatestMillis: number | null; readonly isIdle: boolean }[] {
    return [...this.#partitions].map(([partition, one]) => ({ partition, greatestMillis: one.greatestMillis, isIdle: this.#isIdle(one, nowMicros) }))
      .sort((a, b) => Number(a.isIdle) - Number(b.isIdle) || (a.greatestMillis ?? 0) - (b.greatestMillis ?? 0)).slice(0, limit);
  }

  get count(): number { return this.#partitions.size; }

  /** In the order of names: the same whatever came first. */
  record(): readonly RecordedPartition[] {
    return [...this.#partitions].map(([name, { greatestMillis, lastRowMicros }]) => [name, greatestMillis, lastRowMicros] as const).sort((a, b) => (a[0] < b[0] ? -1 : 1));
  }

  load(partitions: readonly RecordedPartition[]): void {
    for (const [name, greatestMillis, lastRowMicros] of partitions) this.saw(name, greatestMillis, lastRowMicros);
  }

  /** A run that begins gives everyone the whole time again. */
  #heardMicros(partition: Partition): number { return Math.max(partition.lastRowMicros, this.#sinceMicros); }
  #isIdle(partition: Partition, nowMicros: number): boolean { return nowMicros - this.#heardMicros(partition) >= this.#idleMicros; }
}
