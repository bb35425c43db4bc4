/** Kernels of assembly/aggregate.ts. */
export interface AggregateKernels {}
