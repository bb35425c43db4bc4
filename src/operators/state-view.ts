/**
 * The state of an operator as tables, for people who look into it: of a running query, or of a checkpoint alone. The
 * second knows no plan, so a view describes itself as JSON, which the checkpoint keeps, and `openStateView` makes an
 * empty one of that again.
 */
import type { Vector } from "../columns/vector.ts";
import type { Arena } from "../memory/arena.ts";
import { parseDataType } from "../types/ddl.ts";
import { typeToSql, type StructType } from "../types/data-type.ts";

/** Rows of one key group, by columns. Valid until the arena is reset or the state changes. */
export interface StateRows {
  readonly keyGroup: number;
  readonly count: number;
  /** The fields of the key, then those of the value; of removed rows no values. */
  readonly keys: readonly Vector[];
  readonly values: readonly Vector[];
}

/** What a batch did to a row: `update` also for a new one; `append` to a list that only grew. */
export type StateChange = "update" | "delete" | "append";
/** How Spark lays a store out: an item of a list, an entry of a map, a timer a row; `whole`: all of a list or map in one. */
export type StateLayout = "value" | "list" | "map" | "timers" | "whole";

/** One table of an operator's state. */
export interface StateStore {
  /** As Spark calls it: `default`; of a join `left` and `right`; of a program the name of a state variable. */
  readonly name: string;
  readonly key: StructType;
  readonly value: StructType;
  /** `value` unless it is of a program. */
  readonly layout?: StateLayout;
  /** Of lists and maps: the same with a row a key. */
  readonly whole?: StateStore;
  /** Rows that it holds. */
  readonly count: number;
  /** The rows of key groups `from` to `to` - 1, in batches of at most BATCH_ROWS. The state must not change between two of them. */
  rows(arena: Arena, fromKeyGroup?: number, toKeyGroup?: number): Iterable<StateRows>;
  /** The rows of one key, given as a column a field of one row each. Undefined: it can't be looked up. */
  find?(key: readonly Vector[], arena: Arena): StateRows;
}

/** What `openStateView` needs. `kind` names who reads the rest. */
export type StateDescription = Readonly<Record<string, unknown>> & { readonly kind: string };

export interface StateView {
  readonly description: StateDescription;
  readonly stores: readonly StateStore[];
  /** Applies a block of changes or of a snapshot. */
  load(block: Uint8Array): void;
  /** Whether `changes` needs the state as it was before the block. */
  readonly changesNeedState?: boolean;
  /** Tells what a block of changes does to a store: removed rows, then those that are new or have a new value. The state stays as it is. */
  changes(block: Uint8Array, store: StateStore, arena: Arena, receive: (rows: StateRows, change: StateChange) => void): void;
  /** Gives back what the view holds beside the operator's own state. */
  release(): void;
}

/** Fields as [name, type] for a description. */
export type DescribedFields = readonly (readonly [name: string, type: string])[];

export const describeFields = (schema: StructType): DescribedFields => schema.fields.map(field => [field.name, typeToSql(field.type)]);

export function describedFields(fields: unknown): StructType {
  return { kind: "struct", fields: (fields as DescribedFields).map(([name, type]) => ({ name, type: parseDataType(type), nullable: true })) };
}
