/** Kernels of assembly/table.ts. */
export interface TableKernels {}
