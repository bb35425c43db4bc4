/** What a state table is made of. */
import type { MemoryAccount } from "../memory/linear-memory.ts";
import type { DataType } from "../types/data-type.ts";
import type { ObjectStateCodec } from "./object-states.ts";

export interface StateTableOptions {
  readonly keyTypes: readonly DataType[];
  /** Bytes of state a group, a multiple of 8; zero in new groups. A table that is logged or restored may keep no addresses in it. */
  readonly stateBytes: number;
  /** Bytes behind the state of a group, a multiple of 8, that are no part of changes and snapshots: zero in new and restored groups. */
  readonly localBytes?: number;
  /** State kept as JavaScript values beside the row. */
  readonly objects?: readonly ObjectStateCodec[];
  /** What the state words mean, for the fingerprint of checkpoints. */
  readonly stateSchema?: string;
  /** The key column, or the field of a struct, whose i64 time closes groups. */
  readonly timeKey?: { readonly key: number; readonly field?: number | undefined } | undefined;
  /**
   * In place of timeKey: where in the state the i64 time lies that closes groups, in bytes. The operator writes it when it
   * sees a new group, and may only raise it later.
   */
  readonly timeState?: number;
  /** Whether changes are kept for changes(). */
  readonly logged?: boolean;
  readonly account?: MemoryAccount;
  /** Only for tests: bits of the hash that count. */
  readonly hashMask?: bigint;
}
