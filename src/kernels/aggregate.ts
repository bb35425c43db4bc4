/**
 * Kernels of assembly/aggregate.ts. `data`, `valid`: a column, `step` 0: one value for all rows; `addresses`: the group's
 * row for each selected row; the state begins `offset` bytes behind it. Merging goes pair by pair through rows at `to`
 * and `from` (u32 addresses each), in order.
 */
export type UpdateKernel = (data: number, valid: number, step: number, selection: number, count: number, addresses: number, offset: number) => void;
/** Returns 1 when a sum overflowed. */
export type SumKernel = (data: number, valid: number, step: number, selection: number, count: number, addresses: number, offset: number) => number;

export type MergeKernel = (to: number, from: number, count: number, offset: number) => void;

export interface AggregateKernels {
  aggCountRows(addresses: number, count: number, offset: number): void;
  aggCountValid(valid: number, selection: number, count: number, addresses: number, offset: number): void;
  readonly aggCountTrue: UpdateKernel;
  readonly aggMergeCount: MergeKernel;
  /** State: sum i64, count i64 with the overflow flag as its top bit. */
  readonly aggSumI8: SumKernel;
  readonly aggSumI16: SumKernel;
  readonly aggSumI32: SumKernel;
  readonly aggSumI64: SumKernel;
  aggMergeSumI64(to: number, from: number, count: number, offset: number): number;
  /** State: sum f64, count i64. */
  readonly aggAddI8: UpdateKernel;
  readonly aggAddI16: UpdateKernel;
  readonly aggAddI32: UpdateKernel;
  readonly aggAddI64: UpdateKernel;
  readonly aggAddF32: UpdateKernel;
  readonly aggAddF64: UpdateKernel;
  readonly aggMergeAdd: MergeKernel;
  /** State: 128-bit sum, count i64 with the overflow flag (past 38 digits) as its top bit. */
  readonly aggSumDecimal64: UpdateKernel;
  readonly aggSumDecimal128: UpdateKernel;
  readonly aggMergeDecimal: MergeKernel;
  /** State: value i64 or f64, 1 once there is one. */
  readonly aggMinI8: UpdateKernel;
  readonly aggMinI16: UpdateKernel;
  readonly aggMinI32: UpdateKernel;
  readonly aggMinI64: UpdateKernel;
  readonly aggMinF32: UpdateKernel;
  readonly aggMinF64: UpdateKernel;
  readonly aggMaxI8: UpdateKernel;
  readonly aggMaxI16: UpdateKernel;
  readonly aggMaxI32: UpdateKernel;
  readonly aggMaxI64: UpdateKernel;
  readonly aggMaxF32: UpdateKernel;
  readonly aggMaxF64: UpdateKernel;
  aggMergeExtreme(to: number, from: number, count: number, offset: number, isDouble: number, greatest: number): void;
  aggExtreme128(greatest: number, data: number, valid: number, step: number, selection: number, count: number, addresses: number, offset: number): void;
  aggMergeExtreme128(to: number, from: number, count: number, offset: number, greatest: number): void;
  /** `kind` 0 and, 1 or, 2 xor. State: value i64, 1 once there is one. */
  aggBits(kind: number, width: number, data: number, valid: number, step: number, selection: number, count: number, addresses: number, offset: number): void;
  aggMergeBits(to: number, from: number, count: number, offset: number, kind: number): void;
  /** First or last value. State: value in 16 bytes, then 0 nothing seen, 1 null, 2 a value. */
  aggTake(isLast: number, ignoreNulls: number, width: number, data: number, valid: number, step: number, selection: number, count: number, addresses: number, offset: number): void;
  aggMergeTake(to: number, from: number, count: number, offset: number, isLast: number): void;
  /** Validity where the word at `offset` is at least `least` and, unless `flagged` is 1, has no top bit; returns the number of nulls. */
  aggSeen(addresses: number, count: number, offset: number, least: number, flagged: number, out: number): number;
  /** Sums of decimals as a column of 64 (`narrow` 1) or 128 bits; returns how many are not below the 128-bit `limit`. */
  aggDecimalSums(addresses: number, count: number, offset: number, narrow: number, limit: number, out: number, valid: number, nulls: number): number;
  /** Copies `bytes` of state, a multiple of 8, from row to row. */
  aggCopyStates(to: number, from: number, count: number, offset: number, bytes: number): void;
  aggAverage(addresses: number, count: number, offset: number, out: number): void;
  aggGatherF32(addresses: number, count: number, offset: number, out: number): void;
  /** HyperLogLog, of assembly/distinct-count.ts: 2^precision registers of a byte. `kind`: 1, 2, 4, 8 integers of that width, 5 FLOAT, 9 DOUBLE, 16 strings. */
  aggRegisters(kind: number, precision: number, data: number, valid: number, step: number, selection: number, count: number, addresses: number, offset: number): void;
  aggMergeRegisters(to: number, from: number, count: number, offset: number, registers: number): void;
  /** How many registers hold each value from 0 to 64, as 65 u32 at `out`. */
  aggRegisterCounts(registers: number, count: number, out: number): void;
}
