/** Kernels of assembly/group-places.ts: groups by whole numbers that lie close together. `kind`: as KIND has it. `mask`: 0 for a constant, else -1. */
export interface GroupPlacesKernels {
  /** Groups of selected rows (u32 addresses, 0 for those not known) to `out`; numbers and places of the rows without to `missing` and `missingAt`. Returns how many. */
  placesFind(kind: number, data: number, valid: number, mask: number, selection: number, count: number, base: bigint, size: number, places: number, ofNull: number, out: number, missing: number, missingAt: number): number;
  /** Least and greatest value as two i64; the greatest i64 and the least where there is none. */
  placesRange(kind: number, data: number, valid: number, mask: number, selection: number, count: number, out: number): void;
  /** Keeps the groups of missing rows and completes `out`; returns the group of rows without a value. */
  placesKeep(kind: number, data: number, valid: number, mask: number, missing: number, missingAt: number, count: number, addresses: number, base: bigint, size: number, places: number, ofNull: number, out: number): number;
}
