/** Kernels of assembly/ndjson.ts. */
export interface NdjsonKernels {}
