/**
 * WITH RECURSIVE as a table: reading it runs the first level's plan, then the step's plan over the rows of the level
 * before, as long as there are rows. The rows of two levels are held, in linear memory.
 */
import { AnalysisError, ExecutionError } from "../base/errors.ts";
import { BATCH_ROWS, Batch } from "../columns/batch.ts";
import { ColumnStore } from "../columns/column-store.ts";
import { gather } from "../columns/gather.ts";
import type { BatchReceiver, BatchTable, ReadRequest, Table } from "../io/source.ts";
import { linearMemory } from "../memory/linear-memory.ts";
import type { ExecutionContext } from "../operators/context.ts";
import type { Operator } from "../operators/operator.ts";
import { Project } from "../operators/project.ts";
import { constantCell } from "../functions/constant-argument.ts";
import { contextOf } from "../functions/errors.ts";
import { optimize } from "../optimize/optimize.ts";
import { Recursion, type RecursionReference } from "../plan/recursion.ts";
import type { SqlSettings } from "../plan/function.ts";
import { mapExpression } from "../plan/walk.ts";
import { mapExpressionsOf, mapRelation } from "../plan/walk-relations.ts";
import { schemaOf, type ResolvedRelation, type Scan } from "../plan/resolved.ts";
import { BIGINT, type StructType } from "../types/data-type.ts";
import type { Lowering } from "./lowering.ts";
import type { PhysicalPlan } from "./planner.ts";
import { runBatchPlan } from "./run.ts";

const MAX_LEVELS = 100, MAX_ROWS = 1_000_000;

export function lowerRecursion(lowering: Lowering, scan: Scan, table: Recursion | RecursionReference, next: Operator, depth: number): void {
  lowering.say(depth, `${table.description} [${scan.output.map(a => a.name).join(", ")}]`);
  // The scan may want fewer columns than a level has; they keep the order of the definition.
  let from = 0;
  const picked = scan.output.map(a => (from = table.schema.fields.findIndex((f, i) => i >= from && f.name === a.name) + 1) - 1);
  const columns = new Project(schemaOf(scan), picked.map(i => ({ type: table.schema.fields[i]!.type, evaluate: (batch: Batch) => batch.columns[i]! })), lowering.context, next);
  if (!(table instanceof Recursion)) {
    const level = lowering.levels.get(table);
    if (level === undefined) throw new AnalysisError({ condition: "INVALID_RECURSIVE_CTE", sqlState: "42836", message: `${table.name} is read outside of its own definition.` });
    return lowering.scan(scan, level, columns);
  }
  const { settings } = lowering.context, anchor = optimize(table.anchor, settings), step = optimize(table.step, settings);
  const level = new Level(table.name, table.schema, lowering.context);
  const plan = (relation: ResolvedRelation, out: Operator): PhysicalPlan => lowering.plan(relation, out, new Map([[table.reference, level]]));
  // Planned once before anything runs: what can't be run is refused now.
  for (const part of [anchor, step]) for (const line of plan(part, NOWHERE).description) lowering.say(depth + 1, line);
  lowering.scan(scan, new RecursiveTable(table, level, out => plan(reseeded(anchor, 0, settings), out), (out, number) => plan(reseeded(step, number, settings), out), lowering.context), columns);
}

/** The plan of a level: what is drawn from a seed begins anew, from the seeds behind it level by level. */
function reseeded(step: ResolvedRelation, number: number, settings: SqlSettings): ResolvedRelation {
  return mapRelation(step, node => mapExpressionsOf(node, expression => mapExpression(expression, e => {
    const at = e.kind === "scalar_call" ? SEEDS[e.function.name] : undefined;
    if (e.kind !== "scalar_call" || at === undefined || e.args[at] === undefined) return e;
    const seed = constantCell(e.args[at]) as number | bigint | null | undefined;
    if (seed === undefined) return e;
    const args = e.args.with(at, Object.freeze({ kind: "literal", value: BigInt(seed ?? 0) + BigInt(number), type: BIGINT, nullable: false }));
    return Object.freeze({ ...e, args, binding: e.function.bind(args, settings, e.origin) });
  })));
}
/** Where functions have their seed. */
const SEEDS: Readonly<Record<string, number>> = { rand: 0, randn: 0, uuid: 0, randstr: 1, uniform: 2, shuffle: 1 };

const NOWHERE: Operator = { push: () => false, finish: () => {} };

/** The rows of one level. */
class Level implements Table {
  readonly name: string;
  readonly schema: StructType;
  readonly isStreaming = false;
  readonly replayable = true;
  readonly fingerprint = null;
  readonly #context: ExecutionContext;
  #store: ColumnStore | undefined;

  constructor(name: string, schema: StructType, context: ExecutionContext) {
    this.name = name;
    this.schema = schema;
    this.#context = context;
  }

  get description(): string { return this.name; }
  get rows(): number { return this.#store?.length ?? 0; }

  /** An empty store for the next level; it is held until `become` or the end of the query. */
  open(): ColumnStore { return this.#context.hold(new ColumnStore(this.schema.fields.map(field => field.type))); }

  become(store: ColumnStore | undefined): void {
    this.#context.drop(this.#store);
    this.#store = store;
  }

  /** Pushes all rows; false when no more are wanted. */
  emit(receiver: Pick<BatchReceiver, "push">): boolean {
    const store = this.#store;
    if (store === undefined) return true;
    const vectors = store.vectors(), { arena } = this.#context;
    for (let from = 0; from < store.length; from += BATCH_ROWS) {
      const count = Math.min(BATCH_ROWS, store.length - from), rows = arena.allocate(4 * count);
      for (let i = 0; i < count; i++) linearMemory().u32[(rows >>> 2) + i] = from + i;
      const more = receiver.push(new Batch(this.schema, vectors.map(vector => gather(vector, rows, count, arena)), count));
      if (!more) return false;
    }
    return true;
  }

  batch(): BatchTable {
    return { schema: this.schema, description: this.name, planBatch: async () => [null], read: async (_split, _request, receiver) => { this.emit(receiver); } };
  }
}

class RecursiveTable implements Table {
  readonly isStreaming = false;
  readonly replayable = true;
  readonly fingerprint = null;
  readonly #recursion: Recursion;
  readonly #level: Level;
  readonly #anchor: (out: Operator) => PhysicalPlan;
  readonly #step: (out: Operator, number: number) => PhysicalPlan;
  readonly #context: ExecutionContext;

  constructor(recursion: Recursion, level: Level, anchor: (out: Operator) => PhysicalPlan, step: (out: Operator, number: number) => PhysicalPlan, context: ExecutionContext) {
    this.#recursion = recursion;
    this.#level = level;
    this.#anchor = anchor;
    this.#step = step;
    this.#context = context;
  }

  get name(): string { return this.#recursion.name; }
  get description(): string { return this.#recursion.description; }
  get schema(): StructType { return this.#recursion.schema; }

  batch(): BatchTable {
    return { schema: this.schema, description: this.description, planBatch: async () => [null], read: (_split, request, receiver) => this.#read(request, receiver), close: () => this.#level.become(undefined) };
  }

  async #read(request: ReadRequest, receiver: BatchReceiver): Promise<void> {
    const { conf } = this.#context.settings, { maxLevels } = this.#recursion;
    const levels = maxLevels ?? Number(conf.get("spark.sql.cteRecursionLevelLimit") ?? MAX_LEVELS), rows = this.#recursion.hasRowLimit ? Number(conf.get("spark.sql.cteRecursionRowLimit") ?? MAX_ROWS) : -1;
    await this.#run(this.#anchor, request, receiver);
    for (let number = 1, total = this.#level.rows; this.#level.rows > 0; number++, total += this.#level.rows) {
      if (rows >= 0 && total > rows) throw this.#tooMany("RECURSION_ROW_LIMIT_EXCEEDED", `Recursion row limit ${rows} reached but query has not exhausted, try setting a larger LIMIT value when querying the CTE relation.`, { rowLimit: String(rows) });
      if (!this.#level.emit(receiver)) return;
      await receiver.ready?.();
      if (levels >= 0 && number > levels) throw this.#tooMany("RECURSION_LEVEL_LIMIT_EXCEEDED", `Recursion level limit ${levels} reached but query has not exhausted, try increasing it like 'WITH RECURSIVE t(col) MAX RECURSION LEVEL 200'.`, { levelLimit: String(levels) });
      await this.#run(out => this.#step(out, number - 1), request, receiver);
    }
  }

  /** Runs one level's plan; its rows become the level. */
  async #run(plan: (out: Operator) => PhysicalPlan, request: ReadRequest, receiver: BatchReceiver): Promise<void> {
    const store = this.#level.open();
    const out: Operator = { push: batch => { store.append(batch.columns, batch.selection); return true; }, finish: () => {} };
    await runBatchPlan(plan(out), this.#context, request.signal, record => receiver.badRecord(record));
    this.#level.become(store);
  }

  #tooMany(condition: string, message: string, messageParameters: Record<string, string>): ExecutionError {
    return new ExecutionError({ condition, sqlState: "42836", message, messageParameters, queryContext: contextOf(this.#recursion.origin) });
  }
}
