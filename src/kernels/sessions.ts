/** Kernels of assembly/sessions.ts: the open sessions of keys. All arguments are pointers, counts or byte offsets; `groups`: u32 addresses, their state at `offset`. */
export interface SessionKernels {
  /** Finds or makes the session of each row; `out`: a node a row. Returns how many are new, listed in `freshRows` and `freshNodes`. */
  sessionAssign(header: number, groups: number, offset: number, selection: number, count: number, starts: number, ends: number, out: number, freshRows: number, freshNodes: number): number;
  /** Keeps in place the new sessions that need a row; returns their number. */
  sessionSettle(header: number, freshRows: number, freshNodes: number, count: number): number;
  sessionBind(header: number, freshNodes: number, rows: number, count: number): void;
  /** Rows of nodes, one a node; their start and end are written at `offset`. */
  sessionRows(header: number, nodes: number, count: number, offset: number, out: number): void;
  /** Frees what was absorbed; writes the rows to merge, pair by pair in order, and returns their number. */
  sessionMerges(header: number, into: number, from: number): number;
  sessionCount(groups: number, offset: number, count: number): number;
  /** Puts stored sessions, whose rows have start and end at `rowOffset`, under their keys. */
  sessionRestore(header: number, groups: number, offset: number, count: number, rows: number, rowOffset: number): void;
  sessionForget(header: number, groups: number, offset: number, count: number): void;
  /** Moves the open sessions of all keys to `nodes`. */
  sessionCompact(header: number, groups: number, offset: number, count: number, nodes: number): void;
  /** Rows with a start and a later end to `out` (u32); returns their number. */
  selectSessions(starts: number, startValid: number, ends: number, endValid: number, selection: number, count: number, out: number): number;
  /** Times (i64) of selected rows, `delta` microseconds later, to their places in `out`. */
  addToTimes(data: number, selection: number, count: number, delta: bigint, out: number): void;
}

/** Byte offsets of the header, as assembly/sessions.ts has them. */
export const SessionHeader = { nodes: 0, free: 4, used: 8, live: 12, batch: 16, replaced: 20, bound: 24, merges: 40, bytes: 48 } as const;
/** Bytes of a node, and of what a key's group tells of its sessions: their greatest end comes first. */
export const SESSION_NODE_BYTES = 48, SESSION_GROUP_BYTES = 24;
