/** Kernels of assembly/group-views.ts: groups of texts that were looked up lately. `mask`: 0 for a constant, else -1; 2^(64 - `shift`) entries of VIEW_ENTRY_BYTES, zero at first. */
export interface GroupViewsKernels {
  /** Groups of selected rows (u32 addresses, 0 for none and for those not known) to `out`; numbers and places of those not known to `missing` and `missingAt`. Returns how many. */
  viewsFind(data: number, valid: number, mask: number, selection: number, count: number, entries: number, shift: number, ofNull: number, out: number, missing: number, missingAt: number): number;
  /** Keeps the groups of missing rows (0: none) and completes `out`; `key`: where in a group its view stands. Returns the group of rows without a value. */
  viewsKeep(data: number, valid: number, mask: number, missing: number, missingAt: number, count: number, addresses: number, key: number, entries: number, shift: number, ofNull: number, out: number): number;
}

export const VIEW_ENTRY_BYTES = 32;
