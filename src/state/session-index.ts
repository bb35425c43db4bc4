/**
 * Which sessions of a key are open. The sessions themselves, with what is counted in them, are groups of another table;
 * here lies what finds them: a group a key, which leads to the key's sessions by their time. Nothing of it is written to a
 * log, as the table of sessions is enough to make it anew.
 */
import type { Selection } from "../columns/batch.ts";
import type { Vector } from "../columns/vector.ts";
import { kernels } from "../kernels/kernels.ts";
import { SESSION_GROUP_BYTES, SESSION_NODE_BYTES, SessionHeader } from "../kernels/sessions.ts";
import type { Arena } from "../memory/arena.ts";
import { linearMemory, type MemoryAccount } from "../memory/linear-memory.ts";
import type { DataType } from "../types/data-type.ts";
import { GrowingBuffer } from "./growing-buffer.ts";
import { StateTable } from "./state-table.ts";

/** What a batch of columns did: a node a row, and the new sessions by the row that each began with. */
export interface AssignedSessions {
  readonly nodes: number;
  readonly count: number;
  readonly fresh: Selection;
  readonly freshNodes: number;
}

const LEAST_TIME = -(2n ** 63n);
/** Below this many nodes their memory isn't worth giving back. */
const FEW_NODES = 1024;

export class SessionIndex {
  readonly #account: MemoryAccount;
  readonly #memory = linearMemory();
  readonly #kernels = kernels();
  readonly #table: StateTable;
  readonly #header: number;
  #nodes: GrowingBuffer;
  #capacity = 0;

  constructor(keyTypes: readonly DataType[], account: MemoryAccount = { name: "sessions", bytes: 0 }) {
    this.#account = account;
    this.#table = new StateTable({ keyTypes, stateBytes: SESSION_GROUP_BYTES, timeState: 0, account });
    this.#header = this.#memory.allocateZeroed(SessionHeader.bytes, account);
    this.#nodes = new GrowingBuffer(account);
    this.#forgetAll();
  }

  /** Bytes of all memory that it holds. */
  get bytes(): number { return this.#account.bytes; }
  /** Keys, those included whose sessions are over and that no row has come for since. */
  get keys(): number { return this.#table.count; }
  /** Sessions of the batch's begin that were joined to an earlier one or begin earlier now. */
  get replaced(): number { return this.#get(SessionHeader.replaced); }

  beginBatch(): void {
    this.#table.beginBatch();
    this.#set(SessionHeader.batch, this.#get(SessionHeader.batch) + 1);
    this.#set(SessionHeader.replaced, 0);
  }

  /** Finds or makes the sessions of selected rows, of which each has one that is not empty. `length`: rows in the columns. */
  assign(keys: readonly Vector[], starts: Vector, ends: Vector, rows: Selection, length: number, arena: Arena): AssignedSessions {
    this.#reserve(rows.count);
    const groups = this.#table.upsert(keys, rows, length);
    const nodes = arena.allocate(4 * rows.count + 4), freshRows = arena.allocate(4 * rows.count + 4), freshNodes = arena.allocate(4 * rows.count + 4);
    const made = this.#kernels.sessionAssign(this.#header, groups, this.#table.stateOffset, rows.pointer, rows.count, starts.data, ends.data, nodes, freshRows, freshNodes) >>> 0;
    const count = this.#kernels.sessionSettle(this.#header, freshRows, freshNodes, made) >>> 0;
    return { nodes, count: rows.count, fresh: { pointer: freshRows, count }, freshNodes };
  }

  /** Tells the groups of new sessions, one for each of `fresh`. */
  bind(assigned: AssignedSessions, groups: number): void { this.#kernels.sessionBind(this.#header, assigned.freshNodes, groups, assigned.fresh.count); }

  /** The group of each row's session; start and end are written into it, at `offset` bytes. */
  groupsOf({ nodes, count }: AssignedSessions, offset: number, arena: Arena): number {
    const out = arena.allocate(4 * count + 4);
    this.#kernels.sessionRows(this.#header, nodes, count, offset, out);
    return out;
  }

  /** Groups (u32 addresses) that the last assign made one, to be merged pair by pair in this order. */
  merges(arena: Arena): { readonly into: number; readonly from: number; readonly count: number } {
    const bytes = 4 * this.#get(SessionHeader.merges) + 4, into = arena.allocate(bytes), from = arena.allocate(bytes);
    return { into, from, count: this.#kernels.sessionMerges(this.#header, into, from) >>> 0 };
  }

  /** Sessions of the keys that rows came for in this batch. */
  touchedSessions(): number {
    const { pointer, count } = this.#table.touched();
    return this.#kernels.sessionCount(pointer, this.#table.stateOffset, count) >>> 0;
  }

  /** Sessions that end at `limitMicros` or before are over: their groups are no longer there. */
  end(limitMicros: bigint): void {
    this.#memory.i64[(this.#header + SessionHeader.bound) / 8] = limitMicros;
    const over = this.#table.expired(limitMicros);
    if (over.count > 0) {
      this.#kernels.sessionForget(this.#header, over.pointer, this.#table.stateOffset, over.count);
      this.#table.remove(over);
    }
    const live = this.#get(SessionHeader.live);
    if (this.#capacity > FEW_NODES && live * 8 < this.#capacity) this.#shrink(live);
  }

  /** Makes the sessions of groups known, whose start and end lie at `offset`. */
  restore(keys: readonly Vector[], groups: number, count: number, offset: number): void {
    this.#reserve(count);
    const keyGroups = this.#table.upsert(keys, { pointer: 0, count }, count);
    this.#kernels.sessionRestore(this.#header, keyGroups, this.#table.stateOffset, count, groups, offset);
  }

  /** Forgets all sessions and gives their memory back. */
  clear(): void {
    this.#table.clear();
    this.#nodes.release();
    this.#capacity = 0;
    this.#forgetAll();
  }

  /** Gives all memory back. It can't be used again. */
  release(): void {
    this.#table.release();
    this.#nodes.release();
    this.#memory.free(this.#header, SessionHeader.bytes, this.#account);
  }

  #forgetAll(): void {
    for (const field of [SessionHeader.nodes, SessionHeader.free, SessionHeader.used, SessionHeader.live]) this.#set(field, 0);
    this.#memory.i64[(this.#header + SessionHeader.bound) / 8] = LEAST_TIME;
  }

  /** Room for so many new nodes. Node 0 is none. */
  #reserve(more: number): void {
    const used = this.#get(SessionHeader.used), needed = used + more + 1;
    if (needed <= this.#capacity) return;
    const pointer = this.#nodes.reserve(needed * SESSION_NODE_BYTES, used === 0 ? 0 : (used + 1) * SESSION_NODE_BYTES);
    this.#capacity = Math.floor(this.#nodes.capacity / SESSION_NODE_BYTES);
    this.#set(SessionHeader.nodes, pointer);
  }

  #shrink(live: number): void {
    const nodes = new GrowingBuffer(this.#account), all = this.#table.allAddresses();
    const pointer = nodes.reserve((2 * live + 1) * SESSION_NODE_BYTES);
    this.#kernels.sessionCompact(this.#header, all.pointer, this.#table.stateOffset, all.count, pointer);
    this.#nodes.release();
    this.#nodes = nodes;
    this.#capacity = Math.floor(nodes.capacity / SESSION_NODE_BYTES);
  }

  #get(field: number): number { return this.#memory.u32[(this.#header + field) >>> 2]!; }
  #set(field: number, value: number): void { this.#memory.u32[(this.#header + field) >>> 2] = value; }
}
