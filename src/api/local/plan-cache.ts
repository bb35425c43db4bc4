/**
 * Results of plans that a program asked to keep: the first query that reads one to its end fills it, later ones, also those
 * of which it is only a part, read columns from memory. What does not fit is computed anew; what was used longest ago goes
 * first. As in Spark a source that changed is not looked at again until unpersist().
 */
import { AnalysisError, MillraceError } from "../../base/errors.ts";
import { Batch } from "../../columns/batch.ts";
import { KeptBatch } from "../../columns/kept-batch.ts";
import { Arena } from "../../memory/arena.ts";
import type { MemoryAccount } from "../../memory/linear-memory.ts";
import type { BatchReceiver, BatchTable, ReadRequest, Table } from "../../io/source.ts";
import { samePlan } from "../../plan/same.ts";
import type { ReadDataSource, Relation } from "../../plan/relations.ts";
import type { TableStatistics } from "../../plan/statistics.ts";
import type { StructType } from "../../types/data-type.ts";

export const CACHE_BYTES = "spark.millrace.cacheBytes";
const DEFAULT_BYTES = 512 * 2 ** 20;

/** What the cache asks of its engine. */
export interface CacheHost {
  setting(key: string): string | undefined;
  /** The columns of a plan, with what is cached in it but for this entry; undefined when it can't be analysed. */
  schemaFor(plan: Relation, entry: CachedPlan): Promise<StructType | undefined>;
  /** Runs a plan, pushing its batches. */
  pump(plan: Relation, entry: CachedPlan, request: ReadRequest, receiver: BatchReceiver): Promise<void>;
}

export class PlanCache {
  readonly #host: CacheHost;
  readonly account: MemoryAccount = { name: "cached plans", bytes: 0 };
  #entries: CachedPlan[] = [];
  #rewritten = new WeakMap<object, object>();
  #clock = 0;

  constructor(host: CacheHost) { this.#host = host; }

  get isEmpty(): boolean { return this.#entries.length === 0; }
  get bytes(): number { return this.#entries.reduce((sum, entry) => sum + entry.bytes, 0); }

  get limit(): number {
    const text = this.#host.setting(CACHE_BYTES), bytes = text === undefined ? DEFAULT_BYTES : Number(text);
    if (Number.isSafeInteger(bytes) && bytes >= 0) return bytes;
    throw new AnalysisError({ condition: "MILLRACE_INVALID_OPTION", sqlState: "22023", message: `Invalid value '${text}' for '${CACHE_BYTES}', must be a number of bytes.`, messageParameters: { option: CACHE_BYTES, value: text! } });
  }

  find(plan: Relation): CachedPlan | undefined { return this.#entries.find(entry => samePlan(entry.plan, plan)); }

  add(plan: Relation, level: string): void {
    if (this.find(plan) !== undefined) return;
    this.#entries.push(new CachedPlan(plan, level, this.#host, this));
    this.#rewritten = new WeakMap();
  }

  remove(plan: Relation): boolean {
    const entry = this.find(plan);
    if (entry === undefined) return false;
    this.#drop(entry);
    return true;
  }

  clear(): void { for (const entry of [...this.#entries]) this.#drop(entry); }

  #drop(entry: CachedPlan): void {
    this.#entries = this.#entries.filter(other => other !== entry);
    this.#rewritten = new WeakMap();
    entry.forget();
  }

  /** Finds the columns of what was added; what can't be analysed says so where it is used, and is not kept. */
  async prepare(): Promise<void> {
    for (const entry of [...this.#entries]) if (!await entry.prepare()) this.#drop(entry);
  }

  /** The plan with cached parts read from memory. `except`: an entry that is being filled. */
  apply(plan: Relation, except?: CachedPlan): Relation {
    if (this.#entries.length === (except === undefined ? 0 : 1) && (except === undefined || this.#entries[0] === except)) return plan;
    const kinds = new Set(this.#entries.map(entry => entry.plan.kind));
    const rewrite = (node: unknown): unknown => {
      if (typeof node !== "object" || node === null) return node;
      if (Array.isArray(node)) {
        const list = node.map(rewrite);
        return list.some((item, i) => item !== node[i]) ? list : node;
      }
      if (Object.getPrototypeOf(node) !== Object.prototype) return node;
      const known = except === undefined ? this.#rewritten.get(node) : undefined;
      if (known !== undefined) return known;
      const relation = node as Relation, entry = kinds.has(relation.kind) ? this.#entries.find(other => other !== except && samePlan(other.plan, relation)) : undefined;
      let result: object = node;
      if (entry !== undefined) result = Object.freeze({ ...entry.read, ...(relation.planId !== undefined && { planId: relation.planId }) });
      else {
        let changed: Record<string, unknown> | undefined;
        for (const [key, value] of Object.entries(node)) {
          if (OPAQUE.has(key)) continue;
          const next = rewrite(value);
          if (next !== value) (changed ??= { ...node })[key] = next;
        }
        if (changed !== undefined) result = Object.freeze(changed);
      }
      if (except === undefined) this.#rewritten.set(node, result);
      return result;
    };
    return rewrite(plan) as Relation;
  }

  used(entry: CachedPlan): void { entry.usedAt = ++this.#clock; }

  /** Lets others go until so many bytes more have room; false if they never will. */
  makeRoom(bytes: number, keeper: CachedPlan): boolean {
    const { limit } = this;
    if (keeper.bytes + bytes > limit) return false;
    const others = this.#entries.filter(entry => entry !== keeper && entry.bytes > 0 && !entry.isRead).sort((a, b) => a.usedAt - b.usedAt);
    for (let free = limit - this.bytes; free < bytes;) {
      const oldest = others.shift();
      if (oldest === undefined) return false;
      free += oldest.bytes;
      oldest.forget();
    }
    return true;
  }
}

/** Parts of a plan that hold no relation. */
const OPAQUE: ReadonlySet<string> = new Set(["schema", "rows", "source", "origin", "program", "entry", "type", "to", "options"]);

export class CachedPlan implements Table {
  readonly plan: Relation;
  readonly level: string;
  readonly read: ReadDataSource;
  readonly name = "cache";
  readonly isStreaming = false;
  readonly replayable = true;
  readonly fingerprint = null;
  readonly #host: CacheHost;
  readonly #cache: PlanCache;
  #schema: StructType | undefined;
  #kept: readonly KeptBatch[] | undefined;
  #filling: KeptBatch[] | undefined;
  #readers = 0;
  #isForgotten = false;
  bytes = 0;
  usedAt = 0;

  constructor(plan: Relation, level: string, host: CacheHost, cache: PlanCache) {
    this.plan = plan;
    this.level = level;
    this.#host = host;
    this.#cache = cache;
    this.read = Object.freeze({ kind: "read_data_source", format: "cache", options: {}, paths: [], isStreaming: false, source: this });
  }

  get description(): string { return `InMemoryTable${this.#kept === undefined ? "" : ` (${this.#kept.reduce((rows, { batch }) => rows + batch.count, 0)} rows)`}`; }
  get schema(): StructType { return this.#schema!; }
  get isRead(): boolean { return this.#readers > 0 || this.#filling !== undefined; }

  async prepare(): Promise<boolean> {
    this.#schema ??= await this.#host.schemaFor(this.plan, this);
    return this.#schema !== undefined;
  }

  /** Gives the memory back: at once, or when the last reader has read. */
  forget(): void {
    this.#isForgotten = true;
    if (this.#readers > 0) return;
    for (const batch of this.#kept ?? []) batch.release();
    this.#kept = undefined;
    if (this.#filling === undefined) this.bytes = 0;
    this.#isForgotten = false;
  }

  batch(): BatchTable {
    return { schema: this.schema, description: this.description, planBatch: async () => [null], read: (_split, request, receiver) => this.#read(request, receiver) };
  }

  /** Known once the rows are kept. */
  async statistics(): Promise<TableStatistics | undefined> {
    return this.#kept && { rows: this.#kept.reduce((rows, { batch }) => rows + batch.count, 0) };
  }

  async #read(request: ReadRequest, receiver: BatchReceiver): Promise<void> {
    let from = 0;
    const picked = request.columns.map(name => (from = this.schema.fields.findIndex((f, i) => i >= from && f.name === name) + 1) - 1), schema: StructType = { kind: "struct", fields: picked.map(i => this.schema.fields[i]!) };
    const push = (batch: Batch): boolean => receiver.push(new Batch(schema, picked.map(i => batch.columns[i]!), batch.length, batch.selection));
    this.#cache.used(this);
    if (this.#kept !== undefined) {
      this.#readers++;
      try {
        for (const { batch } of this.#kept) {
          if (!push(batch)) return;
          await receiver.ready?.();
        }
      } finally {
        this.#readers--;
        if (this.#isForgotten) this.forget();
      }
      return;
    }
    await this.#fill(request, receiver, push);
  }

  /** Runs the plan for a reader, and keeps what goes by if nobody else does and it fits. */
  async #fill(request: ReadRequest, receiver: BatchReceiver, push: (batch: Batch) => boolean): Promise<void> {
    const scratch = new Arena();
    let keeping: KeptBatch[] | undefined = this.#filling === undefined ? this.#filling = [] : undefined, isWhole = true;
    const giveUp = (): void => {
      if (keeping === undefined) return;
      for (const batch of keeping) batch.release();
      keeping = this.#filling = undefined;
      this.bytes = 0;
    };
    try {
      await this.#host.pump(this.plan, this, request, {
        ...receiver,
        push: batch => {
          if (keeping !== undefined && !this.#keep(batch, keeping, scratch)) giveUp();
          const more = push(batch);
          if (!more) isWhole = false;
          return more;
        },
        badRecord: record => receiver.badRecord(record),
      });
      if (isWhole && keeping !== undefined && !this.#isForgotten) {
        this.#kept = keeping;
        this.#filling = undefined;
      }
    } finally {
      if (this.#kept !== keeping) giveUp();
      this.#isForgotten = false;
      scratch.release();
    }
  }

  #keep(batch: Batch, into: KeptBatch[], scratch: Arena): boolean {
    try {
      const kept = new KeptBatch(batch, scratch, this.#cache.account);
      into.push(kept);
      const hasRoom = this.#cache.makeRoom(kept.bytes, this);
      this.bytes += kept.bytes;
      return hasRoom;
    } catch (error) {
      if (error instanceof MillraceError && error.condition === "MILLRACE_OUT_OF_MEMORY") return false;
      throw error;
    } finally {
      scratch.reset();
    }
  }
}
