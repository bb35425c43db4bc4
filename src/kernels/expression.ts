/** Kernels of assembly/expression.ts. */
export interface ExpressionKernels {}
