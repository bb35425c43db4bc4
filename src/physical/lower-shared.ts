/** A part of a plan that stands in it several times: the first of its scans runs it and keeps its rows, all read what is kept. */
import { BATCH_ROWS, Batch } from "../columns/batch.ts";
import { ColumnStore } from "../columns/column-store.ts";
import { gather } from "../columns/gather.ts";
import type { BatchTable, Table } from "../io/source.ts";
import { linearMemory } from "../memory/linear-memory.ts";
import type { ExecutionContext } from "../operators/context.ts";
import type { Operator } from "../operators/operator.ts";
import { schemaOf, type Scan } from "../plan/resolved.ts";
import type { SharedPlan } from "../plan/shared-plan.ts";
import type { StructType } from "../types/data-type.ts";
import type { Lowering } from "./lowering.ts";

export function lowerShared(lowering: Lowering, scan: Scan, plan: SharedPlan, next: Operator, depth: number): void {
  let rows = lowering.shared.get(plan);
  lowering.say(depth, `${plan.description} [${scan.output.map(a => a.name).join(", ")}]${rows === undefined ? "" : ", as above"}`);
  if (rows === undefined) {
    lowering.shared.set(plan, rows = new SharedRows(plan, lowering.context));
    const into = rows;
    lowering.stopping(undefined, () => lowering.lower(plan.input, into, depth + 1));
  }
  lowering.scan(scan, rows, next);
}

/** Rows that are kept until all who read them are done. */
export class SharedRows implements Table, Operator {
  readonly isStreaming = false;
  readonly replayable = true;
  readonly fingerprint = null;
  readonly name: string;
  readonly schema: StructType;
  readonly #context: ExecutionContext;
  readonly #store: ColumnStore;
  #readers: number;

  constructor(plan: SharedPlan, context: ExecutionContext) {
    this.name = plan.description;
    this.schema = schemaOf(plan.input);
    this.#context = context;
    this.#store = context.hold(new ColumnStore(this.schema.fields.map(field => field.type), { name: "shared rows", bytes: 0 }));
    this.#readers = plan.readers;
  }

  get description(): string { return this.name; }

  push(batch: Batch): boolean {
    this.#store.append(batch.columns, batch.selection);
    return true;
  }

  finish(): void { /* all rows are there */ }

  batch(): BatchTable {
    return {
      schema: this.schema, description: this.name, planBatch: async () => [null],
      read: async (_split, _request, receiver) => {
        const vectors = this.#store.vectors(), { arena } = this.#context, { u32 } = linearMemory();
        for (let from = 0, more = true; more && from < this.#store.length; from += BATCH_ROWS) {
          const count = Math.min(BATCH_ROWS, this.#store.length - from), rows = arena.allocate(4 * count);
          for (let i = 0; i < count; i++) u32[(rows >>> 2) + i] = from + i;
          more = receiver.push(new Batch(this.schema, vectors.map(vector => gather(vector, rows, count, arena)), count));
          await receiver.ready?.();
        }
      },
      close: () => { if (--this.#readers === 0) this.#context.drop(this.#store); },
    };
  }
}
