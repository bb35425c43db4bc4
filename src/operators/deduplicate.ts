/** Keeps the first row of each key, over a bounded input. */
import { Batch } from "../columns/batch.ts";
import { kernels } from "../kernels/kernels.ts";
import { StateTable } from "../state/state-table.ts";
import type { DataType, StructType } from "../types/data-type.ts";
import type { ExecutionContext } from "./context.ts";
import { groupFinder, type GroupFinder } from "./group-finder.ts";
import type { Operator } from "./operator.ts";

const SEEN_BYTES = 8;

export class Deduplicate implements Operator {
  readonly #keys: readonly number[];
  readonly #context: ExecutionContext;
  readonly #next: Operator;
  readonly #keyTypes: readonly DataType[];
  #table: StateTable | undefined;
  #finder: GroupFinder | undefined;

  constructor(schema: StructType, keys: readonly number[], context: ExecutionContext, next: Operator) {
    this.#keys = keys;
    this.#context = context;
    this.#next = next;
    this.#keyTypes = keys.map(key => schema.fields[key]!.type);
  }

  push(batch: Batch): boolean {
    const rows = batch.selection, out = this.#context.arena.allocate(4 * rows.count + 4);
    const table = (this.#table ??= this.#newTable());
    const addresses = (this.#finder ?? table).upsert(this.#keys.map(key => batch.columns[key]!), rows, batch.length);
    const count = kernels().selectUnseen(addresses, rows.pointer, rows.count, table.stateOffset, out);
    return count === 0 || this.#next.push(new Batch(batch.schema, batch.columns, batch.length, { pointer: out, count }));
  }

  finish(): void {
    this.#context.drop(this.#table);
    this.#context.drop(this.#finder);
    this.#table = this.#finder = undefined;
    this.#next.finish();
  }

  #newTable(): StateTable {
    const table = this.#context.hold(new StateTable({ keyTypes: this.#keyTypes, stateBytes: SEEN_BYTES })), finder = groupFinder(table);
    if (finder !== undefined) this.#finder = this.#context.hold(finder);
    return table;
  }
}
